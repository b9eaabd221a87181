//! Jobs claimed and completed by the product's own workers, with very many waiting.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use jiff::Timestamp;
use jobs::{Job, Kinds, Lane, LaneLimits, Outcome, Taken, Wake, Workers};
use serde::{Deserialize, Serialize};
use store::{Error, Store, params};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::figure::{Engine, per_second};
use super::site::Site;
use super::sql::spell;

/// Jobs that wait when a measurement begins.
pub(super) const WAITING: i64 = 400_000;
/// Jobs written at once while the queue is filled.
const BATCH: i64 = 20_000;
/// Jobs under way at once, as many as the raw engine claims at once.
const AT_ONCE: usize = 500;
const LANE: Lane = Lane("bench");

const FILL: &str = "INSERT INTO jobs (id, lane, due, kind, owner, payload, fence, tries, created) <rows>
    SELECT <key 9>, 'bench', <at>, 'bench.nothing', CASE WHEN n % 2 = 0 THEN 'fjord' ELSE 'etat-' || (n % 50) END,
        '{\"notification\":\"' || <uuid 8> || '\"}', 0, 0, <at> FROM rows";

/// A job that only is: what is measured is the queue.
#[derive(Serialize, Deserialize)]
struct Nothing {
    notification: Uuid,
}

type Counter = Arc<AtomicUsize>;

impl Job<Counter> for Nothing {
    const KIND: &'static str = "bench.nothing";

    async fn run(self, counter: Counter, _: Taken) -> Outcome {
        counter.fetch_add(1, Ordering::Relaxed);
        Outcome::Done
    }
}

/// Jobs a second that leave the queue, until half of them have or the time is up.
pub(super) async fn measure(site: &Site, time: Duration) -> Result<f64> {
    let store = site.store()?;
    fill(&store, site.engine()).await?;
    site.settle().await?;
    let before = left(&store).await?;
    let (counter, stop, wake) = (Counter::default(), CancellationToken::new(), Wake::new(&store));
    let limits = LaneLimits { at_once: AT_ONCE, ..LaneLimits::default() };
    let kinds = Kinds::new().with::<Nothing>();
    let workers = Workers::new(Arc::clone(&counter), kinds, LANE, limits, store.clone(), store.clock(), wake);
    let begun = Instant::now();
    let running = tokio::spawn(workers.run(stop.clone()));
    let enough = usize::try_from(WAITING / 2)?;
    while begun.elapsed() < time && counter.load(Ordering::Relaxed) < enough {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    // Only what has left the queue counts; what runs now gets to its end within the measured time.
    stop.cancel();
    running.await.context("the workers")?;
    let took = begun.elapsed();
    let done = before - left(&store).await?;
    if done <= 0 {
        bail!("no job left the queue");
    }
    Ok(per_second(usize::try_from(done)?, took))
}

/// Fills the queue anew.
async fn fill(store: &Store, engine: Engine) -> Result<()> {
    store.write::<_, Error, _>(|tx| tx.execute("DELETE FROM jobs WHERE lane = 'bench'", params![])).await?;
    let (sql, early) = (spell(engine, FILL), Timestamp::now().as_microsecond() - 2 * WAITING);
    for from in (1..=WAITING).step_by(usize::try_from(BATCH)?) {
        let sql = sql.clone();
        let to = from + BATCH - 1;
        store.write::<_, Error, _>(move |tx| tx.execute(&sql, params![from, to, early, 1_i64])).await?;
    }
    Ok(())
}

async fn left(store: &Store) -> Result<i64> {
    let count = "SELECT count(*) FROM jobs WHERE lane = 'bench'";
    Ok(store.read::<_, Error, _>(move |tx| tx.one(count, params![])).await?)
}
