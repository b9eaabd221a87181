//! What there is about a recipient, without changing anything.

use std::collections::{BTreeMap, HashSet};

use jiff::{SignedDuration, Timestamp};
use store::{Error, Tx};
use types::erasure::{ERASED, Share, Whom};
use types::ids::OrderId;

use super::model::{
    self, About, Tally, content_without_these, destinations, is_over, keys, without_destinations,
};
use super::sql::{self, NEWEST, PAGE, Place};
use super::{register, unsent};
use crate::Notify;
use crate::sending::Notification;
use crate::{sending, subscriptions, suppression};

/// Orders that are named to whoever asks, at most.
pub(super) const NAMED: usize = 20;

/// Whose time was up before this moment gets no result any more.
pub(super) fn time_up(app: &Notify) -> Timestamp {
    let grace = i64::try_from(app.config().expiry_grace_seconds).unwrap_or(i64::MAX);
    app.clock().now().checked_sub(SignedDuration::from_secs(grace)).unwrap_or(Timestamp::MIN)
}

/// What is known after some pages.
#[derive(Default)]
struct Known {
    tally: Tally,
    /// Notifications that are not over.
    open: i64,
    /// Their orders.
    waiting: Vec<OrderId>,
    seen: HashSet<uuid::Uuid>,
}

impl Notify {
    /// What there is about a recipient, and what an erasure would leave. Nothing is changed.
    pub async fn held_about(&self, whom: &Whom) -> Result<About, Error> {
        let mut known = Known::default();
        for key in keys(whom) {
            known = pages(self, whom, &key, known).await?;
        }
        let mut held = unsent::held(self, whom).await?;
        let theirs = whom.clone();
        let contacts = self.store().read(move |tx| register::count(tx, &theirs)).await?;
        let suppressed = suppression::entries_about(self, whom).await?;
        let Known { tally, open, mut waiting, .. } = known;
        waiting.append(&mut held.waiting);
        waiting.truncate(NAMED);
        let found = Tally { contacts, ..tally.and(held.tally) };
        Ok(About { shares: shares(&found, open, held.waits, suppressed), waiting })
    }
}

/// What goes, with what stays and why.
pub(super) fn shares(found: &Tally, open: i64, waits: i64, suppressed: i64) -> Vec<Share> {
    let mut shares = found.shares();
    for share in &mut shares {
        let (stays, why) = match share.kind.as_str() {
            "notifications" => (open, "they are on their way; erase once more when they have their result"),
            "orders" => {
                (waits, "their senders want them sent; cancel them, or erase once more when they are over")
            }
            _ => continue,
        };
        *share = share.clone().but(stays, why);
    }
    let kept = Share::going("suppressions", "suppressions of the address, as a keyed hash", 0);
    shares.push(kept.but(suppressed, "so that it goes on being left alone"));
    shares
}

/// Everything that a key finds, a page and a transaction at a time.
async fn pages(app: &Notify, whom: &Whom, key: &str, mut known: Known) -> Result<Known, Error> {
    let (mut place, before) = (NEWEST, time_up(app));
    loop {
        let (theirs, key, from) = (whom.clone(), key.to_owned(), place);
        let seen = std::mem::take(&mut known.seen);
        let read = app.store().read(move |tx| page(tx, &theirs, &key, (from, before), &seen));
        let (found, tally, orders) = read.await?;
        known.tally = known.tally.and(tally);
        known.seen = orders;
        for open in found.iter().filter(|found| !is_over(found, before)) {
            known.open += 1;
            if known.waiting.len() < NAMED && !known.waiting.contains(&open.order) {
                known.waiting.push(open.order);
            }
        }
        match found.last() {
            Some(last) if found.len() == PAGE => place = (last.created, last.id.uuid()),
            _ => return Ok(known),
        }
    }
}

type Page = (Vec<Notification>, Tally, HashSet<uuid::Uuid>);

/// One page: its notifications, what an erasure would take of them, and which orders have been looked at.
fn page(
    tx: &mut Tx<'_>,
    whom: &Whom,
    key: &str,
    (from, before): (Place, Timestamp),
    seen: &HashSet<uuid::Uuid>,
) -> Result<Page, Error> {
    let found = sql::page(tx, sql::by(whom), key, from)?;
    let (mut tally, mut seen) = (Tally::default(), seen.clone());
    let mut by_order: BTreeMap<uuid::Uuid, Vec<Notification>> = BTreeMap::new();
    for notification in found.iter().filter(|found| is_over(found, before)) {
        let (log, attempts, reports) = sql::notes(tx, notification.id)?;
        tally = tally.and(Tally { notifications: 1, log, attempts, reports, ..Tally::default() });
        by_order.entry(notification.order.uuid()).or_default().push(notification.clone());
    }
    for (id, gone) in by_order {
        let first = seen.insert(id);
        tally = tally.and(of_order(tx, whom, OrderId::new(id), (&gone, before), first)?);
    }
    Ok((found, tally, seen))
}

/// What an erasure would take of an order and of what is told of it; of the order itself the first time only.
fn of_order(
    tx: &mut Tx<'_>,
    whom: &Whom,
    id: OrderId,
    (gone, before): (&[Notification], Timestamp),
    first: bool,
) -> Result<Tally, Error> {
    let Some(order) = sql::order(tx, id)? else { return Ok(Tally::default()) };
    let mut tally = Tally::default();
    let (owner, names) = (subscriptions::owner(&order.creator), destinations(gone));
    let is_told = |text: &str| without_destinations(text, &names).is_some();
    for notification in gone {
        tally.webhooks += webhooks::count_about(tx, &owner, &notification.id.to_string(), is_told)?;
    }
    if !first {
        return Ok(tally);
    }
    tally.webhooks += webhooks::count_about(tx, &owner, &id.to_string(), is_told)?;
    let without = content_without_these(whom, gone, &order.content);
    tally.orders = without.as_ref().is_some_and(|without| without.changed).into();
    if without.is_some_and(|without| without.nobody_left) && only_theirs(tx, whom, id, before)? {
        tally.timeline = sql::timeline(tx, id)?;
    }
    tally.feed = sql::feed_entry(tx, id)?.is_some_and(|entry| is_told(&entry)).into();
    Ok(tally)
}

/// Whether all notifications of an order are over and went to them. Few orders come so far: those whose every
/// recipient is meant.
fn only_theirs(tx: &mut Tx<'_>, whom: &Whom, id: OrderId, before: Timestamp) -> Result<bool, Error> {
    let all = sending::sql::of_order(tx, id)?;
    Ok(all.iter().all(|one| {
        let destination = one.destination.reveal();
        let empty = destination.is_empty() && one.standing.is_final();
        let theirs = is_over(one, before) && model::went_to(whom, one);
        destination == ERASED || empty || theirs
    }))
}
