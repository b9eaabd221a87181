//! A message larger than memory, from API to API: sent in several steps, its upload cut off half-way and
//! repeated, its download cut off half-way and repeated. Neither side's memory grows with it.

use std::fs::File;
use std::io::{BufReader, Read as _};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use aws_lc_rs::digest::{Context, SHA256};
use futures_util::{StreamExt as _, stream};
use reqwest::{Body, Method, RequestBuilder};
use tokio::io::AsyncWriteExt as _;
use trials::{
    Answer, Door, ORG, OTHER_ORG, OtherParty, Outside, Place, Sheet, Trial, Ways, blobs_left, envelope,
    within,
};
use uuid::Uuid;

use crate::asked::Asked;

/// The most memory that may be resident on either side, in megabytes.
const MOST_MB: u64 = 150;
const PIECE: usize = 256 << 10;
const NAME: &str = "tegninger.bin";
const ARKIVMELDING: &str = include_str!("../../demo/arkivmelding.xml");

pub async fn run(asked: Asked) -> Sheet {
    let (outside, other) = (Outside::start().await, OtherParty::start().await);
    let mut place = Place::new();
    Trial::furnish(&mut place, &outside, &other);
    place.set("exchange.upload_limit_bytes", ((asked.megabytes * 2) << 20).to_string());
    place.set("exchange.lease_seconds", "60");
    let server = place.start_without_token().await;
    let door = Door::to(&[&server.api]).await;
    let ours = other.ways_to_us(vec![door.address()]).await;
    let bytes = asked.megabytes << 20;
    let patience =
        Duration::from_secs(120) + Duration::from_millis(200) * u32::try_from(asked.megabytes).expect("MB");
    let mut sheet = Sheet::new("a large message");
    sheet.count("megabytes", asked.megabytes);

    let begun = Instant::now();
    let trip = Trip {
        id: Uuid::new_v4().to_string(),
        bytes,
        patience,
        folder: place.folder().to_owned(),
        ours,
        theirs: other.ways(),
    };
    trip.send(&mut sheet).await;
    trip.take(&mut sheet).await;
    trip.delivered(&mut sheet).await;
    sheet.count("from the first byte to LEVERT", format!("{:.1} s", begun.elapsed().as_secs_f64()));
    for (whose, peak) in
        [("the sender's side", server.peak_mb()), ("the receiver's, with the broker", other.peak_mb())]
    {
        sheet.count(&format!("MB resident at most, {whose}"), peak);
        sheet.broken((peak >= MOST_MB).then(|| format!("{peak} MB were resident at {whose}")));
    }
    let left = blobs_left::of(&place.data());
    sheet.broken((!left.is_empty()).then(|| format!("left behind: {left:?}")));
    server.stop().await;
    sheet
}

/// One message between two ways.
struct Trip {
    id: String,
    bytes: u64,
    patience: Duration,
    /// Where there is room.
    folder: PathBuf,
    ours: Ways,
    theirs: Ways,
}

impl Trip {
    fn patient(&self, request: RequestBuilder) -> RequestBuilder {
        request.timeout(self.patience)
    }

    fn put(&self, name: &str, body: impl Into<Body>) -> RequestBuilder {
        let request = self.ours.exchange(Method::PUT, &format!("/messages/out/{}", self.id));
        let disposition = format!("attachment; name=\"{name}\"; filename=\"{name}\"");
        let media_type = if name == NAME { "application/octet-stream" } else { "text/xml" };
        let request = request.header("Content-Disposition", disposition).header("Content-Type", media_type);
        self.patient(request.body(body))
    }

    /// Draft, both files, off; the large one breaks off at first.
    async fn send(&self, sheet: &mut Sheet) {
        let mut sbd = envelope(&self.id, ORG, OTHER_ORG);
        sbd["arkivmelding"]["hoveddokument"] = NAME.into();
        ok(self.ours.exchange(Method::POST, "/messages/out").json(&sbd)).await;
        ok(self.put("arkivmelding.xml", ARKIVMELDING.replace("vedtak.pdf", NAME))).await;
        let half = noise(self.bytes / 2).chain(stream::once(async { Err(std::io::Error::other("cut off")) }));
        let broken = self.put(NAME, Body::wrap_stream(half)).send().await;
        sheet.broken(broken.ok().map(|answer| format!("half an upload was answered {}", answer.status())));
        let files = format!("/messages/out/{}/files", self.id);
        let listed = ok(self.ours.exchange(Method::GET, &files)).await.text;
        sheet.broken(listed.contains(NAME).then(|| format!("half an upload is listed: {listed}")));
        ok(self.put(NAME, Body::wrap_stream(noise(self.bytes)))).await;
        ok(self.patient(self.ours.exchange(Method::POST, &format!("/messages/out/{}", self.id)))).await;
    }

    /// Peeks, breaks one download off, finds the message still locked, and downloads it whole.
    async fn take(&self, sheet: &mut Sheet) {
        within(self.patience, "the message to arrive", || async {
            let peek = Answer::of(self.theirs.exchange(Method::GET, "/messages/in/peek")).await.ok()?;
            (peek.status == 200).then_some(())
        })
        .await;
        let mut half = self.pop().await;
        let mut seen = 0;
        while seen < self.bytes / 2 {
            seen += half.chunk().await.expect("bytes").expect("more bytes").len() as u64;
        }
        drop(half);
        let peek =
            Answer::of(self.theirs.exchange(Method::GET, "/messages/in/peek")).await.expect("an answer");
        sheet.broken(
            (peek.status != 204).then(|| format!("after half a download it was shown again: {peek:?}")),
        );
        let (mut whole, expected) = (self.pop().await, self.bytes);
        let mut container = tokio::fs::File::from_std(tempfile::tempfile_in(&self.folder).expect("a file"));
        while let Some(piece) = whole.chunk().await.expect("bytes") {
            container.write_all(&piece).await.expect("room on the disk");
        }
        container.flush().await.expect("room on the disk");
        let container = container.into_std().await;
        let found = tokio::task::spawn_blocking(move || find_file(container)).await.expect("no panic");
        let sent = tokio::task::spawn_blocking(move || hash_of_noise(expected)).await.expect("no panic");
        sheet.broken((found != Some(sent)).then(|| "the file is not what was sent".to_owned()));
        ok(self.patient(self.theirs.exchange(Method::DELETE, &format!("/messages/in/{}", self.id)))).await;
    }

    async fn pop(&self) -> reqwest::Response {
        let request = self.theirs.exchange(Method::GET, &format!("/messages/in/pop/{}", self.id));
        let answer = self.patient(request).send().await.expect("an answer");
        assert_eq!(answer.status(), 200);
        answer
    }

    /// The sender hears of it, each status once.
    async fn delivered(&self, sheet: &mut Sheet) {
        let fate = within(self.patience, "LEVERT", || async {
            trials::Fate::of(&self.ours, &self.id)
                .await
                .filter(|fate| !matches!(fate, trials::Fate::UnderWay(_)))
        });
        let fate = fate.await;
        let well = matches!(fate, trials::Fate::Arrived(_)) && fate.each_once();
        sheet.broken((!well).then(|| format!("the message ended so: {fate:?}")));
    }
}

async fn ok(request: RequestBuilder) -> Answer {
    let answer = Answer::of(request).await.expect("an answer");
    assert_eq!(answer.status, 200, "{answer:?}");
    answer
}

/// The piece of this number: bytes that do not compress, the same every time.
fn piece(number: u64) -> Vec<u8> {
    let mut state = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut bytes = vec![0; PIECE];
    for word in bytes.chunks_exact_mut(8) {
        // xorshift64 (Marsaglia 2003)
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        word.copy_from_slice(&state.to_le_bytes());
    }
    bytes
}

fn pieces(bytes: u64) -> u64 {
    bytes / PIECE as u64
}

fn noise(bytes: u64) -> impl futures_util::Stream<Item = std::io::Result<Vec<u8>>> + Send {
    stream::iter((0..pieces(bytes)).map(|number| Ok(piece(number))))
}

fn hash_of_noise(bytes: u64) -> Vec<u8> {
    let mut hash = Context::new(&SHA256);
    (0..pieces(bytes)).for_each(|number| hash.update(&piece(number)));
    hash.finish().as_ref().to_vec()
}

/// The hash of the large file in a container.
fn find_file(container: File) -> Option<Vec<u8>> {
    let mut zip = zip::ZipArchive::new(BufReader::new(container)).expect("a container");
    let mut file = zip.by_name(NAME).ok()?;
    let (mut hash, mut bytes) = (Context::new(&SHA256), vec![0; PIECE]);
    loop {
        match file.read(&mut bytes).expect("bytes") {
            0 => return Some(hash.finish().as_ref().to_vec()),
            read => hash.update(&bytes[..read]),
        }
    }
}
