//! Counts days, and keeps what was counted: by whoever leads, when a day is over and while its last
//! results come in.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use store::Error;
use tokio_util::sync::CancellationToken;

use super::day::{ByCreator, Day, Month};
use super::sql;
use crate::Notify;

/// The task that one node leads.
pub(crate) const FIGURES: &str = "notify.figures";

/// Counted in one query.
const STRETCH: SignedDuration = SignedDuration::from_hours(1);
/// How often it is looked whether a day is to be counted.
const LOOK_EVERY: Duration = Duration::from_secs(600);

/// Counts days for as long as this node leads. Safe to do twice.
pub(crate) async fn lead(notify: Notify, term: CancellationToken) {
    loop {
        tokio::select! {
            () = term.cancelled() => return,
            counted = count_due(&notify) => if let Err(error) = counted {
                tracing::warn!(%error, "could not count a day's figures; trying again");
            },
        }
        tokio::select! {
            () = term.cancelled() => return,
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
    }
}

/// Counts every day that is to be counted, and answers how many there were.
pub(crate) async fn count_due(notify: &Notify) -> Result<usize, Error> {
    let now = notify.clock().now();
    let Some(earliest) = notify.store().read(sql::earliest).await? else {
        return Ok(0);
    };
    let (first, last) = (Day::of(earliest), Day::of(now).before());
    let counted = notify.store().read(move |tx| sql::counted(tx, first, last)).await?;
    let days = std::iter::successors(Some(first), |day| Some(day.next())).take_while(|day| *day <= last);
    let due: Vec<Day> = days.filter(|day| day.is_due(counted.get(&day.begins()).copied(), now)).collect();
    for day in &due {
        let (day, mut all) = (*day, ByCreator::new());
        count_day(notify, day, &mut all).await?;
        notify.store().write(move |tx| sql::keep(tx, day, &all, now)).await?;
    }
    Ok(due.len())
}

/// Counts one day, hour by hour.
async fn count_day(notify: &Notify, day: Day, all: &mut ByCreator) -> Result<(), Error> {
    let mut from = day.begins();
    while from < day.ends() {
        let to = from.saturating_add(STRETCH).unwrap_or(Timestamp::MAX).min(day.ends());
        let counted: Result<ByCreator, Error> = notify.store().read(move |tx| sql::count(tx, from, to)).await;
        for (creator, figures) in counted? {
            *all.entry(creator).or_default() += figures;
        }
        from = to;
    }
    Ok(())
}

/// The figures of a month: of days that are counted as they are kept, of others as they are now.
pub(super) async fn of_month(notify: &Notify, month: Month) -> Result<ByCreator, Error> {
    let mut all = ByCreator::new();
    let days: Vec<Day> = month.days().collect();
    let (Some(first), Some(last)) = (days.first().copied(), days.last().copied()) else {
        return Ok(all);
    };
    let kept = notify.store().read(move |tx| {
        let mut all = ByCreator::new();
        sql::add_kept(tx, first, last, &mut all)?;
        Ok::<_, Error>((all, sql::counted(tx, first, last)?))
    });
    let (kept, counted) = kept.await?;
    for (creator, figures) in kept {
        *all.entry(creator).or_default() += figures;
    }
    for day in days.into_iter().filter(|day| !counted.contains_key(&day.begins())) {
        count_day(notify, day, &mut all).await?;
    }
    Ok(all)
}
