//! The DPO channel over the embedded broker.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use exchange::registry::ServiceIdentifier;
use exchange::transports::dpo::Config;
use exchange::transports::{
    Arrival, Fetched, Package, Sent, Sighting, Transport as _, TransportError, Watch, Watched,
};
use futures_util::{StreamExt as _, stream};
use serde_json::json;
use store::blobs::Blobs as _;
use uuid::Uuid;

use crate::support::{Installation, answer, new_key, receiver, sender, stranger, world, world_with};

const LARGE: u64 = 64 << 20;

/// The question about a parcel of the sender's.
fn watched(sent: &Sent) -> Watched {
    Watched {
        message_id: String::new(),
        conversation_id: String::new(),
        reference: sent.reference.clone(),
        organization: sender(),
    }
}

/// The answer that there is nothing more to say.
fn over(sent: &Sent) -> Sighting {
    Sighting { reference: sent.reference.clone(), news: Vec::new(), over: true }
}

async fn all(installation: &Installation) -> Vec<Arrival> {
    let mut all = Vec::new();
    let mut from = None;
    loop {
        let page = installation.dpo.arrivals(receiver(), from).await.expect("a page");
        all.extend(page.arrivals);
        from = page.next;
        if from.is_none() {
            return all;
        }
    }
}

/// Covers: ET-37
#[tokio::test]
async fn a_parcel_passes_from_one_installation_to_another() {
    let world = world().await;
    let (from, to) = (world.installation(sender()), world.installation(receiver()));
    let parcel = from.parcel(b"a transport zip").await;

    let sent = from.dpo.send(&parcel).await.expect("sent");
    let arrivals = all(&to).await;
    let key = new_key();
    let fetched = to.dpo.fetch(&arrivals[0], &key).await.expect("fetched");
    to.dpo.confirm(&arrivals[0]).await.expect("confirmed");

    assert_eq!(from.dpo.service(), ServiceIdentifier::Dpo);
    assert_eq!(sent.watch, Watch::Nothing);
    assert_eq!((arrivals.len(), &arrivals[0].reference), (1, &sent.reference));
    assert_eq!((arrivals[0].sender, arrivals[0].receiver), (Some(sender()), receiver()));
    assert!(!arrivals[0].begun_before);
    assert!(matches!(fetched, Fetched::TransportZip { bytes: 15 }), "{fetched:?}");
    assert_eq!(to.content(&key).await, b"a transport zip");
    assert!(all(&to).await.is_empty());
    let overview = world.overview(&sent.reference).await;
    assert_eq!(overview["sendersFileTransferReference"], parcel.id.to_string());
    assert_eq!(overview["fileName"], "sbd.zip");
    assert_eq!(from.dpo.statuses(&[watched(&sent)]).await, Ok(vec![over(&sent)]));
}

/// Covers: ET-43
#[tokio::test]
async fn what_was_fetched_and_not_stored_is_offered_again() {
    let world = world().await;
    let from = world.installation(sender());
    from.dpo.send(&from.parcel(b"bytes").await).await.expect("sent");
    let crashed = world.installation(receiver());
    let arrival = all(&crashed).await.remove(0);
    crashed.dpo.fetch(&arrival, &new_key()).await.expect("fetched");
    drop(crashed);

    let restarted = world.installation(receiver());
    let offered = all(&restarted).await;
    let key = new_key();
    restarted.dpo.fetch(&offered[0], &key).await.expect("fetched again");
    restarted.dpo.confirm(&offered[0]).await.expect("confirmed");

    assert_eq!((offered.len(), &offered[0].reference), (1, &arrival.reference));
    assert!(offered[0].begun_before);
    assert_eq!(restarted.content(&key).await, b"bytes");
    assert!(all(&restarted).await.is_empty());
}

/// Covers: ET-44
#[tokio::test]
async fn confirming_twice_is_no_error_but_confirming_unfetched_is() {
    let world = world().await;
    let (from, to) = (world.installation(sender()), world.installation(receiver()));
    from.dpo.send(&from.parcel(b"bytes").await).await.expect("sent");
    let arrival = all(&to).await.remove(0);

    let unfetched = to.dpo.confirm(&arrival).await;
    to.dpo.fetch(&arrival, &new_key()).await.expect("fetched");
    let once = to.dpo.confirm(&arrival).await;
    let twice = to.dpo.confirm(&arrival).await;

    assert!(matches!(unfetched, Err(TransportError::Temporary { .. })), "{unfetched:?}");
    assert_eq!((once, twice), (Ok(()), Ok(())));
}

/// Covers: ET-39, ET-41
#[tokio::test]
async fn everything_that_waits_is_found_oldest_first_page_by_page() {
    let world = world().await;
    let to = world.installation(receiver());
    let mut published = Vec::new();
    for number in 0..120 {
        published.push(world.publish(&[receiver()], b"x").await);
        world.clock.advance(Duration::from_secs(1));
        if number % 10 == 0 {
            world.download(receiver(), &published[number]).await;
        }
    }

    let first = to.dpo.arrivals(receiver(), None).await.expect("a page");
    let arrivals = all(&to).await;

    assert!(first.next.is_some());
    let references: Vec<_> = arrivals.iter().map(|arrival| arrival.reference.clone()).collect();
    assert_eq!(references, published);
    assert_eq!(arrivals.iter().filter(|arrival| arrival.begun_before).count(), 12);
}

/// Covers: ET-38, ET-40
#[tokio::test]
async fn each_installation_takes_what_names_its_channel() {
    let world = world().await;
    let from = world.installation(sender());
    let plain = world.installation(receiver());
    let named = Config { message_channel: Some("sak".parse().expect("a channel")), ..Config::default() };
    let named = world.installation_with(receiver(), named);
    let ordinary = from.parcel(b"ordinary").await;
    let mut answering = from.parcel(b"answering").await;
    answering.channel = Some("sak".parse().expect("a channel"));

    let ordinary = from.dpo.send(&ordinary).await.expect("sent");
    let answering_sent = from.dpo.send(&answering).await.expect("sent");

    let reference = |arrivals: Vec<Arrival>| arrivals.into_iter().map(|a| a.reference).collect::<Vec<_>>();
    for _ in 0..2 {
        assert_eq!(reference(all(&plain).await), std::slice::from_ref(&ordinary.reference));
        assert_eq!(reference(all(&named).await), std::slice::from_ref(&answering_sent.reference));
    }
    let overview = world.overview(&ordinary.reference).await;
    let uuid = overview["sendersFileTransferReference"].as_str().expect("a reference");
    assert!(uuid.parse::<Uuid>().is_ok());
    let overview = world.overview(&answering_sent.reference).await;
    assert_eq!(overview["sendersFileTransferReference"], "sak");
    answering.in_doubt_since = Some(world.clock.now());
    let again = from.dpo.send(&answering).await;
    assert_eq!(again, Ok(answering_sent));
}

#[tokio::test]
async fn a_parcel_in_doubt_that_had_been_sent_is_not_sent_again() {
    let world = world().await;
    let (from, to) = (world.installation(sender()), world.installation(receiver()));
    let mut parcel = from.parcel(b"bytes").await;
    let began = world.clock.now();
    let first = from.dpo.send(&parcel).await.expect("sent");
    world.clock.advance(Duration::from_mins(20));

    parcel.in_doubt_since = Some(began);
    let again = from.dpo.send(&parcel).await.expect("found");

    assert_eq!(again, first);
    assert_eq!(all(&to).await.len(), 1);
}

#[tokio::test]
async fn a_parcel_in_doubt_is_found_among_many_others() {
    let world = world().await;
    let from = world.installation(sender());
    let began = world.clock.now();
    for _ in 0..105 {
        world.announce(&[receiver()]).await;
        world.clock.advance(Duration::from_secs(1));
    }
    let mut parcel = from.parcel(b"bytes").await;
    let first = from.dpo.send(&parcel).await.expect("sent");

    parcel.in_doubt_since = Some(began);
    let again = from.dpo.send(&parcel).await.expect("found");

    assert_eq!(again, first);
}

#[tokio::test]
async fn an_announcement_without_its_bytes_is_gone_on_with() {
    let world = world().await;
    let (from, to) = (world.installation(sender()), world.installation(receiver()));
    let mut parcel = from.parcel(b"bytes").await;
    let reference = json!({ "sendersFileTransferReference": parcel.id.to_string() });
    let announced = world.announce_with(&[receiver()], reference).await;

    parcel.in_doubt_since = Some(world.clock.now());
    let sent = from.dpo.send(&parcel).await.expect("sent");

    assert_eq!(sent.reference, announced);
    assert_eq!(all(&to).await.len(), 1);
    assert_eq!(world.list(sender(), "").await.len(), 1);
}

#[tokio::test]
async fn a_parcel_in_doubt_that_never_arrived_is_sent() {
    let world = world().await;
    let (from, to) = (world.installation(sender()), world.installation(receiver()));
    let mut parcel = from.parcel(b"bytes").await;
    parcel.in_doubt_since = Some(world.clock.now());

    from.dpo.send(&parcel).await.expect("sent");

    assert_eq!(all(&to).await.len(), 1);
}

/// Covers: ET-47
#[tokio::test]
async fn a_package_over_the_limit_is_refused_before_anything_is_announced() {
    let world = world().await;
    let config = Config { largest_package_bytes: 4, ..Config::default() };
    let from = world.installation_with(sender(), config);

    let refused = from.dpo.send(&from.parcel(b"bytes").await).await;

    assert!(matches!(refused, Err(TransportError::Permanent { .. })), "{refused:?}");
    assert_eq!(world.list(sender(), "").await, Vec::<String>::new());
}

#[tokio::test]
async fn a_sender_without_a_system_user_is_refused() {
    let world = world().await;
    let from = world.installation(sender());
    let mut parcel = from.parcel(b"bytes").await;
    parcel.organization = stranger();

    let refused = from.dpo.send(&parcel).await;

    assert!(matches!(refused, Err(TransportError::Permanent { .. })), "{refused:?}");
}

#[tokio::test]
async fn a_file_that_is_being_looked_at_is_under_way() {
    let config = exchange::broker::Config { scan_delay_seconds: 30, ..exchange::broker::Config::default() };
    let world = world_with(config, |router| router).await;
    let from = world.installation(sender());

    let sent = from.dpo.send(&from.parcel(b"bytes").await).await.expect("sent");
    world.clock.advance(Duration::from_secs(30));
    world.broker.run_due().await;
    let seen = from.dpo.statuses(&[watched(&sent)]).await;

    assert_eq!(sent.watch, Watch::Closely);
    assert_eq!(seen, Ok(vec![over(&sent)]));
}

/// Lets `written` trail `read` and remembers by how much at most.
fn lag(read: &Arc<AtomicU64>) -> (Arc<AtomicU64>, crate::support::Watch) {
    let most = Arc::new(AtomicU64::new(0));
    let (read, noted) = (read.clone(), most.clone());
    let watch = move |written: u64| {
        noted.fetch_max(read.load(Ordering::SeqCst).saturating_sub(written), Ordering::SeqCst);
    };
    (most, Arc::new(watch))
}

/// Covers: ET-47
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_large_file_streams_both_ways() {
    let world = world().await;
    let (from, to) = (world.installation(sender()), world.installation(receiver()));
    let mut parcel = from.parcel(b"").await;
    let blob = new_key();
    parcel.package = Some(Package { blob: blob.clone(), bytes: LARGE });
    let mut writer = from.blobs.create(&blob).await.expect("a writer");
    let pieces = (0..LARGE >> 16).map(|number| Bytes::from(vec![number.to_le_bytes()[0]; 1 << 16]));
    let mut pieces = stream::iter(pieces);
    while let Some(piece) = pieces.next().await {
        writer.write(piece).await.expect("room");
    }
    writer.finish().await.expect("room");

    let (up, watch) = lag(&from.blobs.read);
    *world.blobs.watch.lock().expect("no panic") = Some(watch);
    from.dpo.send(&parcel).await.expect("sent");
    let (down, watch) = lag(&world.blobs.read);
    *to.blobs.watch.lock().expect("no panic") = Some(watch);
    let arrival = all(&to).await.remove(0);
    let key = new_key();
    let fetched = to.dpo.fetch(&arrival, &key).await.expect("fetched");

    assert!(matches!(fetched, Fetched::TransportZip { bytes: LARGE }), "{fetched:?}");
    assert_eq!(world.blobs.written.load(Ordering::SeqCst), LARGE);
    for lag in [up, down] {
        let lag = lag.load(Ordering::SeqCst);
        assert!(lag < LARGE / 3, "{lag} bytes lay somewhere between reader and writer");
    }
    assert_eq!(to.blobs.size(&key).await.expect("a blob"), LARGE);
}

#[tokio::test]
async fn an_arrival_that_has_expired_cannot_be_fetched_and_is_confirmed_quietly() {
    let world = world().await;
    let (from, to) = (world.installation(sender()), world.installation(receiver()));
    from.dpo.send(&from.parcel(b"bytes").await).await.expect("sent");
    let arrival = all(&to).await.remove(0);
    world.clock.advance(Duration::from_hours(24 * 30));
    world.broker.run_due().await;

    let key = new_key();
    let fetched = to.dpo.fetch(&arrival, &key).await;

    assert!(matches!(fetched, Err(TransportError::Permanent { .. })), "{fetched:?}");
    assert!(to.blobs.size(&key).await.is_err(), "nothing is left behind");
    assert_eq!(to.dpo.confirm(&arrival).await, Ok(()));
    assert!(all(&to).await.is_empty());
    assert_eq!(
        answer(world.get(receiver(), &format!("filetransfer/{}", arrival.reference))).await.status,
        200
    );
}
