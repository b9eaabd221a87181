//! Writes figures down, minute by minute.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use meter::Snapshot;
use tokio_util::sync::CancellationToken;

use super::model::{Figures, Grain};
use super::{History, sql};

/// A minute is written down so long after its end: what was counted in it has been committed by then.
const LATE: SignedDuration = SignedDuration::from_secs(1);

/// Writes down what this node has counted in every minute, and in the last, broken one at the end.
pub(super) async fn count_minutes(history: &History, stop: &CancellationToken) {
    let mut before = Snapshot::default();
    loop {
        let (minute, wait) = next(history.0.clock.now());
        let stopped = tokio::select! {
            () = stop.cancelled() => true,
            () = tokio::time::sleep(wait) => false,
        };
        before = history.count(minute, before).await;
        if stopped {
            return;
        }
    }
}

/// Measures every minute, rolls up and forgets, for as long as this node leads.
pub(super) async fn lead(history: History, term: CancellationToken) {
    loop {
        let (minute, wait) = next(history.0.clock.now());
        tokio::select! {
            () = term.cancelled() => return,
            () = tokio::time::sleep(wait) => {}
        }
        let done = async {
            history.measure(minute).await?;
            history.roll_up(minute).await?;
            history.forget(minute).await
        };
        if let Err(error) = done.await {
            tracing::warn!(%error, "the history of figures could not be kept; tried again in a minute");
        }
    }
}

/// The minute that is to be written down next, and how long to wait for that.
fn next(now: Timestamp) -> (Timestamp, Duration) {
    let minute = Grain::Minute.beginning(now.saturating_sub(LATE).unwrap_or(now));
    let at = Grain::Minute.after(minute).saturating_add(LATE).unwrap_or(Timestamp::MAX);
    (minute, Duration::try_from(at.duration_since(now)).unwrap_or_default())
}

impl History {
    /// Writes down what this node has counted since `before`; answers from where on the next time counts.
    /// What could not be written is counted the next time.
    pub(super) async fn count(&self, minute: Timestamp, before: Snapshot) -> Snapshot {
        let now = self.0.store.meter().snapshot();
        let counted = Figures::counted(&now, &before);
        if counted.is_empty() {
            return now;
        }
        let node = self.0.node.clone();
        let work = move |tx: &mut store::Tx<'_>| sql::add(tx, Grain::Minute, minute, &node, &counted);
        match self.0.store.write(work).await {
            Ok(()) => now,
            Err(error) => {
                tracing::warn!(%error, "a minute's figures could not be written; they count in the next");
                before
            }
        }
    }

    /// Writes down what is measured now as that minute's.
    pub(super) async fn measure(&self, minute: Timestamp) -> store::Result<()> {
        let measured = Figures::measured(&self.now().await);
        let work = move |tx: &mut store::Tx<'_>| sql::put(tx, Grain::Minute, minute, sql::LEADER, &measured);
        self.0.store.write(work).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_is_written_down_a_second_after_its_end() {
        let at = |text: &str| next(text.parse().expect("a moment"));
        let (minute, wait) = at("2026-03-02T11:00:30Z");
        assert_eq!((minute.to_string().as_str(), wait), ("2026-03-02T11:00:00Z", Duration::from_secs(31)));
        let (minute, wait) = at("2026-03-02T11:01:00.5Z");
        assert_eq!((minute.to_string().as_str(), wait.as_millis()), ("2026-03-02T11:00:00Z", 500));
        let (minute, wait) = at("2026-03-02T11:01:01Z");
        assert_eq!((minute.to_string().as_str(), wait), ("2026-03-02T11:01:00Z", Duration::from_secs(60)));
    }
}
