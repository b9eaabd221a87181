//! What health and figures ask the store for, asked once for all who ask at the same time.

use std::sync::Arc;
use std::time::{Duration, Instant};

use exchange::overview::Depths;
use jobs::Backlog;
use tokio::sync::Mutex;

use crate::app::App;

/// How long an answer is good.
const FRESH: Duration = Duration::from_secs(1);
/// And at least so many times as long as it took: asking never costs more than a twentieth of a core.
const REST: u32 = 20;
/// A store that has not answered by then is down.
const PATIENCE: Duration = Duration::from_secs(3);

/// What the store said.
pub(super) struct Sample {
    pub(super) depths: Depths,
    pub(super) lanes: Vec<Backlog>,
}

/// The latest answer; `None` when the store gave none.
type Answer = Option<Arc<Sample>>;

/// Asks and remembers.
#[derive(Default)]
pub(super) struct Sampler(Mutex<Option<(Instant, Answer)>>);

impl Sampler {
    /// What the store says, asked now or just before.
    pub(super) async fn ask(&self, app: &App) -> Answer {
        let mut latest = self.0.lock().await;
        if let Some((until, answer)) = &*latest
            && Instant::now() < *until
        {
            return answer.clone();
        }
        let began = Instant::now();
        let answer = tokio::time::timeout(PATIENCE, ask(app)).await;
        let answer = match answer {
            Ok(Ok(sample)) => Some(Arc::new(sample)),
            Ok(Err(error)) => {
                tracing::warn!(%error, "the store does not answer");
                None
            }
            Err(_) => {
                tracing::warn!("the store does not answer in time");
                None
            }
        };
        let rest = if answer.is_some() { FRESH.max(began.elapsed() * REST) } else { FRESH };
        *latest = Some((Instant::now() + rest, answer.clone()));
        answer
    }
}

async fn ask(app: &App) -> store::Result<Sample> {
    let depths = exchange::overview::depths(app.store()).await?;
    let lanes = app.store().read(jobs::backlog).await?;
    Ok(Sample { depths, lanes })
}
