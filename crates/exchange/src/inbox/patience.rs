//! How long arrivals that could not be taken in are left alone.
//!
//! Kept in memory: after a restart everything is tried at once, which is what an operator who has
//! mended something expects.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

/// Arrivals that are remembered. Beyond that all are forgotten, and tried again.
const MOST: usize = 10_000;

/// What has failed, how often, and until when it is left alone.
#[derive(Debug, Default)]
pub(crate) struct Patience(Mutex<HashMap<String, Failed>>);

#[derive(Debug)]
struct Failed {
    times: u32,
    until: Timestamp,
}

impl Patience {
    /// Whether it is time to try this one.
    pub(super) fn may_try(&self, reference: &str, now: Timestamp) -> bool {
        self.failed_ones().get(reference).is_none_or(|failed| failed.until <= now)
    }

    /// Forgets what has gone well.
    pub(super) fn succeeded(&self, reference: &str) {
        self.failed_ones().remove(reference);
    }

    /// Notes a failure; answers how long this one is left alone. The first is tried again with the
    /// next look, later ones after what `pause` says for the failures before them.
    pub(super) fn failed(
        &self,
        reference: &str,
        now: Timestamp,
        pause: impl FnOnce(u32) -> Duration,
    ) -> Duration {
        let mut failed_ones = self.failed_ones();
        if failed_ones.len() >= MOST {
            failed_ones.clear();
        }
        let failed = failed_ones.entry(reference.to_owned()).or_insert(Failed { times: 0, until: now });
        let pause = if failed.times == 0 { Duration::ZERO } else { pause(failed.times) };
        failed.times = failed.times.saturating_add(1);
        failed.until = now.checked_add(pause).unwrap_or(Timestamp::MAX);
        pause
    }

    fn failed_ones(&self) -> MutexGuard<'_, HashMap<String, Failed>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_keeps_failing_is_left_alone_longer_and_nothing_else_is() {
        let patience = Patience::default();
        let at = |second| Timestamp::from_second(second).expect("a moment");
        let pause = |failures: u32| Duration::from_secs(10 * u64::from(failures));

        patience.failed("a", at(0), pause);
        assert!(patience.may_try("a", at(0)), "once may be chance");
        patience.failed("a", at(0), pause);
        assert!(!patience.may_try("a", at(9)) && patience.may_try("a", at(10)));
        patience.failed("a", at(10), pause);
        assert!(!patience.may_try("a", at(29)) && patience.may_try("a", at(30)));
        assert!(patience.may_try("b", at(10)));

        patience.succeeded("a");
        assert!(patience.may_try("a", at(10)));
    }
}
