//! What a job is, and what can come of it.

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::queue::Taken;

/// A queue with workers of its own, such as `notify.sms`. Many jobs of many kinds may share one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Lane(pub &'static str);

/// Work to be done later, as small as its ids.
pub trait Job<App>: Serialize + DeserializeOwned + Send + 'static {
    /// The fixed name under which it is kept. Never changed, because old rows carry it.
    const KIND: &'static str;

    /// Does the work. May run twice; see the crate's promises.
    fn run(self, app: App, taken: Taken) -> impl Future<Output = Outcome> + Send;
}

/// What came of running a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The job has finished itself, or put itself off, within its own commit.
    Settled,
    /// Done; the worker takes it off the queue.
    Done,
    /// Not now; once more after this long.
    Later(Duration, String),
    /// Never; set aside for an operator to see.
    GiveUp(String),
    /// It is not known whether the outside world did it, and repeating might do it twice.
    Unknown(String),
}

type Run<App> = dyn Fn(App, Taken) -> Pin<Box<dyn Future<Output = Outcome> + Send>> + Send + Sync;

/// The kinds of job that an application knows how to run.
pub struct Kinds<App> {
    runs: HashMap<&'static str, Arc<Run<App>>>,
}

impl<App> Clone for Kinds<App> {
    fn clone(&self) -> Self {
        Self { runs: self.runs.clone() }
    }
}

impl<App: Send + 'static> Default for Kinds<App> {
    fn default() -> Self {
        Self { runs: HashMap::new() }
    }
}

impl<App: Send + 'static> Kinds<App> {
    /// No kinds yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a kind.
    #[must_use]
    pub fn with<J: Job<App>>(mut self) -> Self {
        let run: Arc<Run<App>> = Arc::new(|app, taken| Box::pin(parse_and_run::<App, J>(app, taken)));
        let earlier = self.runs.insert(J::KIND, run);
        assert!(earlier.is_none(), "two kinds of job are named {}", J::KIND);
        self
    }

    pub(crate) async fn run(&self, app: App, taken: Taken) -> Outcome {
        match self.runs.get(taken.kind.as_str()) {
            Some(run) => run(app, taken).await,
            None => {
                Outcome::Later(Duration::from_secs(60), format!("this version knows no job {}", taken.kind))
            }
        }
    }
}

async fn parse_and_run<App: Send + 'static, J: Job<App>>(app: App, taken: Taken) -> Outcome {
    match serde_json::from_str::<J>(&taken.payload) {
        Ok(job) => job.run(app, taken).await,
        Err(error) => Outcome::GiveUp(format!("the job cannot be read: {error}")),
    }
}
