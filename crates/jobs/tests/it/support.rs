//! What the tests of the queue share.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use jobs::{Claim, Due, Job, Kinds, Lane, LaneLimits, Outcome, Stale, Taken, Wake, Workers};
use serde::{Deserialize, Serialize};
use store::{Error, Store, Tx, params};
use types::time::Clock;
use uuid::Uuid;

pub const LANE: Lane = Lane("test");
pub const THE_ONE_THAT_PANICS: u32 = 666;
pub const A_MINUTE: Duration = Duration::from_secs(60);

/// Notes what ran, and answers what the test wants.
#[derive(Clone)]
pub struct App {
    pub ran: Arc<Mutex<Vec<u32>>>,
    pub outcome: Outcome,
}

impl App {
    pub fn that_answers(outcome: Outcome) -> Self {
        Self { ran: Arc::default(), outcome }
    }

    pub fn ran(&self) -> Vec<u32> {
        self.ran.lock().expect("no panic").clone()
    }
}

#[derive(Serialize, Deserialize)]
pub struct Note {
    pub number: u32,
}

impl Job<App> for Note {
    const KIND: &'static str = "note";

    async fn run(self, app: App, _: Taken) -> Outcome {
        app.ran.lock().expect("no panic").push(self.number);
        assert_ne!(self.number, THE_ONE_THAT_PANICS, "a job that fails its own way");
        app.outcome.clone()
    }
}

/// Waits until the test lets it go.
#[derive(Serialize, Deserialize)]
pub struct Slow;

impl Job<Arc<tokio::sync::Notify>> for Slow {
    const KIND: &'static str = "slow";

    async fn run(self, go: Arc<tokio::sync::Notify>, _: Taken) -> Outcome {
        go.notified().await;
        Outcome::Done
    }
}

#[derive(Debug)]
pub enum Failed {
    Stale,
    Store,
}

impl From<Stale> for Failed {
    fn from(_: Stale) -> Self {
        Self::Stale
    }
}

impl From<Error> for Failed {
    fn from(_: Error) -> Self {
        Self::Store
    }
}

pub fn workers(app: App, store: &Store, clock: &Clock) -> Workers<App> {
    let limits = LaneLimits { at_once: 4, lease: A_MINUTE, ..LaneLimits::default() };
    Workers::new(
        app,
        Kinds::new().with::<Note>(),
        LANE,
        limits,
        store.clone(),
        clock.clone(),
        Wake::default(),
    )
}

pub fn by(worker: &str, now: Timestamp) -> Claim {
    Claim { worker: worker.to_owned(), now, lease: A_MINUTE }
}

pub fn queue(tx: &mut Tx<'_>, number: u32, due: &Due, now: Timestamp) -> Result<(), Error> {
    jobs::enqueue::<App, Note>(tx, Uuid::now_v7(), &Note { number }, due, now)
}

pub async fn queue_now(store: &Store, clock: &Clock, numbers: std::ops::Range<u32>) {
    let now = clock.now();
    let all = move |tx: &mut Tx<'_>| {
        numbers.clone().try_for_each(|number| queue(tx, number, &Due::now(LANE, "org", now), now))
    };
    store.write(all).await.expect("queued");
}

pub async fn claim(store: &Store, claim: Claim, max: usize) -> Vec<Taken> {
    store.write(move |tx| jobs::claim(tx, LANE, &claim, max)).await.expect("a claim")
}

pub async fn waiting(store: &Store) -> i64 {
    let lanes = store.read(jobs::waiting).await.expect("a count");
    lanes.into_iter().map(|(_, count)| count).sum()
}

pub async fn queue_slow(store: &Store, id: Uuid, now: Timestamp) {
    let due = Due::now(LANE, "org", now);
    let work =
        move |tx: &mut Tx<'_>| jobs::enqueue::<Arc<tokio::sync::Notify>, Slow>(tx, id, &Slow, &due, now);
    store.write(work).await.expect("queued");
}

/// Waits until somebody has taken the job.
pub async fn until_taken(store: &Store, id: Uuid) {
    let taken = async {
        let sql = "SELECT 1 FROM jobs WHERE id = $1 AND worker IS NOT NULL";
        while store.read(move |tx| tx.optional::<i64>(sql, params![id])).await.expect("an answer").is_none() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), taken).await.expect("it is taken");
}
