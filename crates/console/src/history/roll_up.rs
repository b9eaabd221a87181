//! Makes longer intervals of shorter ones, and forgets what is old.

use jiff::{SignedDuration, Timestamp};
use store::{Result, Tx};

use super::model::{Figures, Grain};
use super::{History, sql};

/// Intervals made in one commit.
const AT_ONCE: i64 = 20;

impl History {
    /// Makes or replaces the longer intervals since the last but one that there is, up to the one that
    /// `minute` lies in, which is not over yet. Answers how many.
    pub(super) async fn roll_up(&self, minute: Timestamp) -> Result<usize> {
        let mut made = 0;
        for (from, to) in [(Grain::Minute, Grain::Quarter), (Grain::Quarter, Grain::Hour)] {
            let Some(mut at) = self.0.store.read(move |tx| first(tx, from, to)).await? else { continue };
            while at <= minute {
                let work = move |tx: &mut Tx<'_>| step(tx, (from, to), at, minute);
                let (next, done) = self.0.store.write(work).await?;
                at = next;
                made += done;
            }
        }
        Ok(made)
    }

    /// Forgets intervals that are older than they are kept.
    pub(super) async fn forget(&self, now: Timestamp) -> Result<u64> {
        let work = move |tx: &mut Tx<'_>| {
            let mut gone = 0;
            for grain in Grain::ALL {
                gone += sql::forget(tx, grain, now.saturating_sub(grain.kept()).unwrap_or(Timestamp::MIN))?;
            }
            Ok(gone)
        };
        self.0.store.write(work).await
    }
}

/// Where making longer intervals begins: one before the latest, since a node may have been late.
fn first(tx: &mut Tx<'_>, from: Grain, to: Grain) -> Result<Option<Timestamp>> {
    let second = SignedDuration::from_secs(1);
    let before = |at: Timestamp| to.beginning(at.saturating_sub(second).unwrap_or(at));
    match sql::latest(tx, to)? {
        Some(latest) => Ok(Some(before(latest))),
        None => Ok(sql::earliest(tx, from)?.map(|earliest| to.beginning(earliest))),
    }
}

/// Makes some intervals from `at` on; answers where the next begins, and how many were made.
fn step(
    tx: &mut Tx<'_>,
    (from, to): (Grain, Grain),
    at: Timestamp,
    minute: Timestamp,
) -> Result<(Timestamp, usize)> {
    let reach = SignedDuration::from_secs(to.seconds() * AT_ONCE);
    let end = at.saturating_add(reach).unwrap_or(Timestamp::MAX).min(to.after(to.beginning(minute)));
    let mut longer: Vec<(Timestamp, Figures)> = Vec::new();
    for (at, figures) in sql::between(tx, from, at, end)? {
        let begin = to.beginning(at);
        match longer.last_mut() {
            Some((last, all)) if *last == begin => all.add(&figures),
            _ => longer.push((begin, figures)),
        }
    }
    for (begin, figures) in &longer {
        sql::put(tx, to, *begin, sql::LEADER, figures)?;
    }
    Ok((end, longer.len()))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use meter::Snapshot;
    use meter::families::{GATEWAY_CALLS, LANE_DEPTH};
    use store::Store;

    use super::*;
    use crate::history::{Measure, Range};

    const TAKEN: [&str; 3] = ["sms", "pswin", "taken"];

    fn node(store: &Store, name: &str) -> History {
        let measure: Measure = Arc::new(|| {
            Box::pin(async {
                let mut snapshot = Snapshot::default();
                snapshot.set(&LANE_DEPTH, &["notify.sms"], 7.0);
                snapshot
            })
        });
        let history = History::new(store, name.to_owned());
        history.measure_with(measure);
        history
    }

    fn minutes(from: Timestamp, count: i64) -> impl Iterator<Item = Timestamp> {
        (0..count).map(move |minute| from + SignedDuration::from_mins(minute))
    }

    async fn calls(store: &Store, grain: Grain, from: Timestamp, to: Timestamp) -> Vec<u64> {
        let read = store.read(move |tx| sql::between(tx, grain, from, to)).await.expect("figures");
        read.iter().map(|(_, figures)| figures.count(&GATEWAY_CALLS, |_| true)).collect()
    }

    /// Two nodes count, one of them begins anew halfway; a third writes a minute late.
    #[tokio::test]
    async fn nodes_restarts_and_latecomers_all_add_up_and_nothing_counts_twice() {
        let store = testkit::stores::temporary();
        let begin: Timestamp = "2026-03-02T11:00:00Z".parse().expect("a moment");
        let (first, again) = (node(&store, "a"), node(&store, "b"));
        let mut before = Snapshot::default();
        for minute in minutes(begin, 30) {
            store.meter().count(&GATEWAY_CALLS, &TAKEN);
            before = first.count(minute, before).await;
            first.measure(minute).await.expect("measured");
            first.roll_up(minute).await.expect("rolled up");
        }
        // Another life: its meter knows of thirty already, and counts from there.
        store.meter().count(&GATEWAY_CALLS, &TAKEN);
        again.count(begin + SignedDuration::from_mins(30), before).await;
        let late = begin + SignedDuration::from_mins(16);
        store.meter().add(&GATEWAY_CALLS, &TAKEN, 5);
        let known = store.meter().snapshot();
        node(&store, "c").count(late, Snapshot::default()).await;
        let last = begin + SignedDuration::from_mins(31);
        for _ in 0..2 {
            first.roll_up(last).await.expect("rolled up");
        }

        let end = begin + SignedDuration::from_hours(1);
        let late = known.points(&GATEWAY_CALLS).len() as u64 * 36;
        assert_eq!(calls(&store, Grain::Minute, begin, end).await.iter().sum::<u64>(), 31 + late);
        assert_eq!(calls(&store, Grain::Quarter, begin, end).await, [15, 15 + late, 1]);
        assert_eq!(calls(&store, Grain::Hour, begin, end).await, [31 + late]);
        let hours = store.read(move |tx| sql::between(tx, Grain::Hour, begin, end)).await.expect("hours");
        let levels: Vec<f64> = hours[0].1.levels(&LANE_DEPTH).map(|(_, level)| level).collect();
        assert_eq!(levels.len(), 1);
        assert!((levels[0] - 7.0).abs() < f64::EPSILON, "a measure is no sum: {levels:?}");
    }

    #[tokio::test]
    async fn a_leader_that_comes_back_after_hours_makes_up_for_them_and_forgets_what_is_old() {
        let store = testkit::stores::temporary();
        let begin: Timestamp = "2026-03-02T11:00:00Z".parse().expect("a moment");
        let history = node(&store, "a");
        let mut before = Snapshot::default();
        for minute in minutes(begin, 12 * 60).step_by(30) {
            store.meter().count(&GATEWAY_CALLS, &TAKEN);
            before = history.count(minute, before).await;
        }
        let now = begin + SignedDuration::from_hours(12);
        let end = now + SignedDuration::from_hours(1);
        assert_eq!(history.roll_up(now).await.expect("rolled up"), 24 + 12);
        assert_eq!(calls(&store, Grain::Hour, begin, end).await, [2; 12]);

        let later = begin + SignedDuration::from_hours(49);
        assert_eq!(history.forget(later).await.expect("forgotten"), 2);
        assert_eq!(calls(&store, Grain::Minute, begin, end).await.len(), 22);
        history.forget(begin + SignedDuration::from_hours(9 * 24)).await.expect("forgotten");
        assert_eq!(calls(&store, Grain::Quarter, begin, end).await.len(), 0);
        assert_eq!(calls(&store, Grain::Hour, begin, end).await, [2; 12]);
        history.forget(begin + SignedDuration::from_hours(42 * 24)).await.expect("forgotten");
        assert_eq!(calls(&store, Grain::Hour, begin, end).await.len(), 0);
    }

    #[tokio::test]
    async fn the_last_hour_the_last_day_and_the_last_month_are_lines_of_slots() {
        let store = testkit::stores::temporary();
        let history = node(&store, "a");
        let now = store.clock().now();
        let ago = |minutes: i64| Grain::Minute.beginning(now - SignedDuration::from_mins(minutes));
        let mut before = Snapshot::default();
        for minutes in [3 * 24 * 60, 100, 2] {
            store.meter().count(&GATEWAY_CALLS, &TAKEN);
            before = history.count(ago(minutes), before).await;
            history.roll_up(ago(minutes)).await.expect("rolled up");
        }
        history.roll_up(now).await.expect("rolled up");
        for (range, slots, known) in [(Range::Hour, 60, 1), (Range::Day, 96, 2), (Range::Month, 120, 3)] {
            let past = history.past(range).await.expect("the past");
            assert_eq!((past.slots.len(), past.total().count(&GATEWAY_CALLS, |_| true)), (slots, known));
            assert!(past.slots.is_sorted_by_key(|(at, _)| *at));
        }
    }
}
