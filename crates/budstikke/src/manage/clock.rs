//! Compares our clock with others': that of a time server, where one is named, and that of the database.
//!
//! One datagram as RFC 4330 (SNTP) has it. The offset is for people: nothing depends on it, and a server
//! that does not answer keeps nobody from starting.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use store::{Engine, Store};
use tokio::net::{UdpSocket, lookup_host};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::config::ClockConfig;

/// How long an answer is waited for.
const PATIENCE: Duration = Duration::from_secs(5);
/// Where time servers listen.
const PORT: u16 = 123;
/// From 1900, where their time begins, to 1970.
const TO_1970: u64 = 2_208_988_800;
/// Leap unknown (0), version 4, client.
const QUESTION: u8 = 0b00_100_011;

/// Seconds by which another clock is ahead of ours, or why that is not known.
pub(crate) type Reading = Result<f64, String>;

/// The latest readings. Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct Offset(Arc<Mutex<Option<(String, Reading)>>>);

impl Offset {
    /// Every clock that ours is compared with.
    pub(super) fn readings(&self, store: &Store) -> Vec<(String, Reading)> {
        let asked = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let database = (store.engine() == Engine::Postgres).then(|| {
            let ahead = store.clock().now().duration_since(Timestamp::now());
            ("database".to_owned(), Ok(ahead.as_secs_f64()))
        });
        asked.into_iter().chain(database).collect()
    }

    /// Asks the time server now and then, if one is named, until told to stop.
    pub(crate) async fn keep(self, config: ClockConfig, stop: CancellationToken) {
        let Some(server) = config.server else { return };
        loop {
            let reading = reading(&server).await;
            match &reading {
                Ok(seconds) if seconds.abs() > config.warn_seconds => {
                    tracing::warn!(seconds, %server, "the clock of this machine is wrong");
                }
                Ok(_) => {}
                Err(reason) => tracing::warn!(%reason, %server, "the time server cannot be asked"),
            }
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((server.clone(), reading));
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(Duration::from_secs(config.every_seconds.max(1))) => {}
            }
        }
    }
}

/// Asks a time server once.
pub(crate) async fn reading(server: &str) -> Reading {
    timeout(PATIENCE, ask(server)).await.unwrap_or_else(|_| Err("it does not answer".to_owned()))
}

async fn ask(server: &str) -> Reading {
    let in_words = |error: std::io::Error| error.to_string();
    let named = if server.parse::<std::net::SocketAddr>().is_ok() || server.contains(':') {
        server.to_owned()
    } else {
        format!("{server}:{PORT}")
    };
    let address = lookup_host(&named).await.map_err(in_words)?.next().ok_or("it has no address")?;
    let own = if address.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
    let socket = UdpSocket::bind(own).await.map_err(in_words)?;
    socket.connect(address).await.map_err(in_words)?;
    let mut question = [0; 48];
    question[0] = QUESTION;
    let sent = Timestamp::now();
    // The server gives back what stands here, so that an answer to somebody else is not taken for ours.
    question[40..48].copy_from_slice(&written(sent));
    socket.send(&question).await.map_err(in_words)?;
    let mut answer = [0; 48];
    let length = socket.recv(&mut answer).await.map_err(in_words)?;
    offset(&answer[..length], sent, Timestamp::now())
}

/// A moment as time servers write it.
fn written(moment: Timestamp) -> [u8; 8] {
    let seconds = u64::try_from(moment.as_second()).unwrap_or(0) + TO_1970;
    let fraction = (u64::try_from(moment.subsec_nanosecond()).unwrap_or(0) << 32) / 1_000_000_000;
    (((seconds & 0xffff_ffff) << 32) | fraction).to_be_bytes()
}

/// How far the server is ahead, given when we asked and heard, by our own clock.
fn offset(answer: &[u8], sent: Timestamp, heard: Timestamp) -> Reading {
    let answer: &[u8; 48] = answer.try_into().map_err(|_| "its answer is too short")?;
    let (mode, stratum) = (answer[0] & 0b111, answer[1]);
    if mode != 4 || stratum == 0 || answer[24..32] != written(sent) {
        return Err("it does not know the time".to_owned());
    }
    let received = read(&answer[32..40]);
    let transmitted = read(&answer[40..48]);
    let ours = |moment: Timestamp| moment.as_duration().as_secs_f64();
    Ok(f64::midpoint(received - ours(sent), transmitted - ours(heard)))
}

/// Seconds since 1970. The count of seconds begins anew in 2036.
fn read(bytes: &[u8]) -> f64 {
    let word = bytes.iter().fold(0_u64, |word, byte| (word << 8) | u64::from(*byte));
    let seconds = word >> 32;
    let era = if seconds < TO_1970 { 1 << 32 } else { 0 };
    let fraction = u32::try_from(word & 0xffff_ffff).unwrap_or(0);
    let whole = Duration::from_secs((seconds + era).saturating_sub(TO_1970));
    whole.as_secs_f64() + f64::from(fraction) / 4_294_967_296.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(text: &str) -> Timestamp {
        text.parse().expect("a moment")
    }

    fn answer(sent: Timestamp, theirs: Timestamp) -> [u8; 48] {
        let mut answer = [0; 48];
        (answer[0], answer[1]) = (0b00_100_100, 2);
        answer[24..32].copy_from_slice(&written(sent));
        answer[32..40].copy_from_slice(&written(theirs));
        answer[40..48].copy_from_slice(&written(theirs));
        answer
    }

    #[test]
    fn the_way_there_and_back_is_taken_out_of_the_offset() {
        for (sent, theirs, heard) in [
            ("2026-11-21T10:00:00Z", "2026-11-21T10:00:07.5Z", "2026-11-21T10:00:01Z"),
            ("2040-01-01T10:00:00Z", "2040-01-01T10:00:07.5Z", "2040-01-01T10:00:01Z"),
        ] {
            let reading = offset(&answer(moment(sent), moment(theirs)), moment(sent), moment(heard));
            assert!((reading.expect("a reading") - 7.0).abs() < 0.001);
        }
    }

    #[test]
    fn an_answer_to_somebody_else_is_not_believed() {
        let (sent, other) = (moment("2026-11-21T10:00:00Z"), moment("2026-11-21T10:00:01Z"));
        offset(&answer(other, other), sent, sent).expect_err("a refusal");
        offset(&[0; 12], sent, sent).expect_err("a refusal");
    }

    #[tokio::test]
    async fn a_server_is_asked_over_the_network() {
        let server = UdpSocket::bind("127.0.0.1:0").await.expect("a socket");
        let address = server.local_addr().expect("its address").to_string();
        let answering = tokio::spawn(async move {
            let mut question = [0; 48];
            let (_, from) = server.recv_from(&mut question).await.expect("a question");
            let ahead = Timestamp::now() + Duration::from_secs(60);
            let mut answer = answer(Timestamp::now(), ahead);
            answer[24..32].copy_from_slice(&question[40..48]);
            server.send_to(&answer, from).await.expect("an answer");
        });
        let seconds = ask(&address).await.expect("a reading");
        answering.await.expect("the server");
        assert!((59.0..=60.5).contains(&seconds), "{seconds}");
    }
}
