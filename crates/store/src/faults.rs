//! Breaking things on purpose: the seam through which tests make a commit fail.

use std::fmt;
use std::sync::Arc;

/// A place where a fault can strike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FaultPoint {
    /// All work of the group is done, nothing is on disk yet.
    BeforeCommit,
    /// Everything is on disk, nobody has been told.
    AfterCommit,
}

/// What happens at such a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing.
    Pass,
    /// The commit fails as if the disk were full; everything in the group is taken back.
    DiskFull,
    /// The answers are lost, as if the process had been killed: callers hear
    /// [`Error::OutcomeUnknown`](crate::Error::OutcomeUnknown).
    AnswerLost,
}

type Decide = dyn Fn(FaultPoint) -> Fault + Send + Sync;

/// Decides at each [`FaultPoint`]. The default never strikes.
#[derive(Clone, Default)]
pub struct Faults(Option<Arc<Decide>>);

impl Faults {
    /// Faults as `decide` says; it is asked at every point of every group.
    pub fn new(decide: impl Fn(FaultPoint) -> Fault + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(decide)))
    }

    pub(crate) fn at(&self, point: FaultPoint) -> Fault {
        self.0.as_ref().map_or(Fault::Pass, |decide| decide(point))
    }
}

impl fmt::Debug for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Faults(decided by a test)" } else { "Faults(none)" })
    }
}
