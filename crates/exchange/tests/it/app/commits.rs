//! Commits of a gateway, counted and disturbed.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use store::{Fault, FaultPoint};

/// Counts a gateway's commits, and lets a fault strike one when a test asks for it.
#[derive(Default)]
pub struct Commits {
    count: AtomicUsize,
    strike: Mutex<Option<Strike>>,
}

/// A fault, and at which commit it strikes: the first at whose time this is so.
struct Strike {
    fault: Fault,
    when: Box<dyn Fn() -> bool + Send>,
}

impl Commits {
    pub fn count(&self) -> usize {
        self.count.load(Ordering::SeqCst)
    }

    /// Loses the answer of the first commit at whose time this is so.
    pub fn lose_answer_when(&self, so: impl Fn() -> bool + Send + 'static) {
        self.strike_with(Fault::AnswerLost, so);
    }

    /// Fails the first commit at whose time this is so.
    pub fn fail_when(&self, so: impl Fn() -> bool + Send + 'static) {
        self.strike_with(Fault::DiskFull, so);
    }

    fn strike_with(&self, fault: Fault, so: impl Fn() -> bool + Send + 'static) {
        *self.strike.lock().expect("no panic") = Some(Strike { fault, when: Box::new(so) });
    }

    pub fn were_struck(&self) -> bool {
        self.strike.lock().expect("no panic").is_none()
    }

    pub(super) fn at(&self, point: FaultPoint) -> Fault {
        let mut strike = self.strike.lock().expect("no panic");
        let wanted = match point {
            FaultPoint::BeforeCommit => Fault::DiskFull,
            FaultPoint::AfterCommit => {
                self.count.fetch_add(1, Ordering::SeqCst);
                Fault::AnswerLost
            }
        };
        if strike.as_ref().is_some_and(|strike| strike.fault == wanted && (strike.when)()) {
            *strike = None;
            return wanted;
        }
        Fault::Pass
    }
}
