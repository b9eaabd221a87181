//! What health and figures ask for, asked once for all who ask at the same time.

use std::fmt::Display;
use std::sync::Arc;
use std::time::{Duration, Instant};

use exchange::overview::Depths;
use jobs::Backlog;
use store::{Lead, params};
use tokio::sync::Mutex;
use webhooks::Standings;

use super::disk::{self, Room};
use crate::app::App;

/// How long an answer is good.
const FRESH: Duration = Duration::from_secs(1);
/// And at least so many times as long as counting took, whether it came to an end or not: it never costs
/// more than a twentieth of a core.
const REST: u32 = 20;
/// Who has not answered by then does not answer.
const PATIENCE: Duration = Duration::from_secs(3);

/// What waits in the store.
pub(super) struct Sample {
    pub(super) depths: Depths,
    pub(super) lanes: Vec<Backlog>,
    pub(super) size: store::Size,
    /// Of the shared engine only.
    pub(super) queue: Option<jobs::rotation::Rows>,
    /// Subscriptions that are told nothing.
    pub(super) still: Standings,
    /// Who leads what; empty where a process is alone.
    pub(super) leads: Vec<Lead>,
}

/// Asks and remembers.
pub(super) struct Sampler {
    store: Latest<()>,
    writes: Latest<()>,
    counts: Latest<Sample>,
    room: Latest<Room>,
}

impl Default for Sampler {
    fn default() -> Self {
        Self {
            store: Latest::new("the store does not answer", 0),
            writes: Latest::new("nothing can be written to the store", REST),
            counts: Latest::new("what waits in the store cannot be counted", REST),
            room: Latest::new("the room on the disk cannot be found out", REST),
        }
    }
}

impl Sampler {
    /// Whether the store answers: one row, however much there is in it.
    pub(super) async fn store_answers(&self, app: &App) -> bool {
        let asking = async { app.store().read(audit::head).await.map(drop) };
        self.store.ask(asking, PATIENCE).await.is_some()
    }

    /// Whether the store takes anything: one row is written.
    pub(super) async fn store_takes(&self, app: &App) -> bool {
        let asking = app
            .store()
            .write(|tx| tx.execute("UPDATE store_probe SET times = times + 1 WHERE one = 1", params![]));
        let asking = async { asking.await.map(drop) };
        self.writes.ask(asking, PATIENCE).await.is_some()
    }

    /// What waits in the store; `None` when it could not be counted in time.
    pub(super) async fn counts(&self, app: &App) -> Option<Arc<Sample>> {
        self.counts.ask(count(app), PATIENCE).await
    }

    /// The room in the data directory; `None` when the disk does not say.
    pub(super) async fn room(&self, app: &App) -> Option<Arc<Room>> {
        let folder = app.config().data_dir.clone();
        // A disk in the network may keep a thread waiting without end.
        let asking = async { tokio::task::spawn_blocking(move || disk::room(&folder)).await? };
        self.room.ask(asking, PATIENCE).await
    }
}

async fn count(app: &App) -> store::Result<Sample> {
    let depths = exchange::overview::depths(app.store()).await?;
    let rest = app.store().read(|tx| {
        Ok::<_, store::Error>((jobs::backlog(tx)?, jobs::rotation::rows(tx)?, webhooks::standing_still(tx)?))
    });
    let (lanes, queue, still) = rest.await?;
    let size = app.store().read(store::size).await?;
    let leads = app.store().read(store::leads).await?;
    Ok(Sample { depths, lanes, size, queue, still, leads })
}

/// The latest answer to a question; `None` in it when there was none.
struct Latest<T> {
    /// What is said when there is no answer.
    failing: &'static str,
    /// How many times as long as it took nobody asks again.
    rest: u32,
    known: Mutex<Option<(Instant, Option<Arc<T>>)>>,
}

impl<T> Latest<T> {
    fn new(failing: &'static str, rest: u32) -> Self {
        Self { failing, rest, known: Mutex::default() }
    }

    /// The answer, asked for now or just before.
    async fn ask<E: Display>(
        &self,
        asking: impl Future<Output = Result<T, E>>,
        patience: Duration,
    ) -> Option<Arc<T>> {
        let mut known = self.known.lock().await;
        if let Some((until, answer)) = &*known
            && Instant::now() < *until
        {
            return answer.clone();
        }
        let began = Instant::now();
        let answer = match tokio::time::timeout(patience, asking).await {
            Ok(Ok(answer)) => Some(Arc::new(answer)),
            Ok(Err(error)) => {
                tracing::warn!(%error, "{}", self.failing);
                None
            }
            Err(_) => {
                tracing::warn!("{} in time", self.failing);
                None
            }
        };
        let rest = FRESH.max(began.elapsed() * self.rest);
        *known = Some((Instant::now() + rest, answer.clone()));
        answer
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use super::*;

    #[tokio::test]
    async fn who_does_not_answer_in_time_is_left_alone_for_much_longer() {
        let patience = Duration::from_millis(100);
        let late = Latest::new("it does not answer", 1_000);

        let first = late.ask(pending::<Result<u8, store::Error>>(), patience).await;
        let (until, _) = late.known.lock().await.clone().expect("an answer");
        let second = late.ask(ready(Ok::<_, store::Error>(1)), patience).await;

        assert_eq!((first, second), (None, None));
        assert!(until > Instant::now() + Duration::from_secs(60));
    }

    #[tokio::test]
    async fn an_answer_serves_all_who_ask_meanwhile() {
        let known = Latest::new("it does not answer", 1_000_000);
        let ask = async |answer| known.ask(ready(Ok::<u8, store::Error>(answer)), PATIENCE).await;

        assert_eq!((ask(1).await, ask(2).await), (Some(Arc::new(1)), Some(Arc::new(1))));
    }
}
