//! Erases what there is about a recipient, a batch and a commit at a time.

use std::collections::BTreeMap;

use audit::{Action, Entry};
use jiff::Timestamp;
use store::{Error, Tx};
use types::erasure::Whom;
use types::ids::{NotificationId, OrderId};
use uuid::Uuid;

use super::model::{
    About, Tally, content_without_these, destinations, identity_left, is_over, keys, went_to,
    without_destinations,
};
use super::sql::{self, BATCH};
use super::{look, register, unsent};
use crate::orders::kept;
use crate::sending::Notification;
use crate::{Notify, sending, subscriptions};

/// What audit entries about erasures are about.
const SUBJECT: &str = "erasure";

/// Who has something erased, and whose it is.
#[derive(Clone, Debug)]
pub(super) struct Wish {
    pub(super) whom: Whom,
    pub(super) actor: String,
}

impl Wish {
    /// Writes down what is erased in the same commit.
    pub(super) fn note(&self, tx: &mut Tx<'_>, id: Uuid, now: Timestamp, tally: &Tally) -> Result<(), Error> {
        let detail = format!("erased of {}: {}", self.whom, tally.words());
        audit::record(tx, &[Entry::new(id, now, self.actor.as_str(), Action::Operated, &SUBJECT, detail)])
    }
}

impl Notify {
    /// Erases what there is about a recipient, and answers what has gone and what is left. Each commit is noted in
    /// the audit log as `actor`'s. Whoever is interrupted calls it again.
    pub async fn erase(&self, whom: &Whom, actor: &str) -> Result<About, Error> {
        let wish = Wish { whom: whom.clone(), actor: actor.to_owned() };
        let mut gone = Tally::default();
        for key in keys(whom) {
            loop {
                let (batch, full) = batch(self, &wish, &key).await?;
                gone = gone.and(batch);
                if !full {
                    break;
                }
            }
        }
        gone = gone.and(unsent::erase(self, &wish).await?);
        gone = gone.and(contacts(self, &wish).await?);
        // Whatever came meanwhile is told as left, not as gone.
        let left = self.held_about(whom).await?;
        let stays =
            |kind: &str| left.shares.iter().find(|share| share.kind == kind).map_or(0, |left| left.stays);
        let shares = look::shares(&gone, stays("notifications"), stays("orders"), stays("suppressions"));
        Ok(About { shares, waiting: left.waiting })
    }
}

/// One commit; answers what it took, and whether there may be more.
async fn batch(app: &Notify, wish: &Wish, key: &str) -> Result<(Tally, bool), Error> {
    let (wish, key, now) = (wish.clone(), key.to_owned(), app.clock().now());
    let (entry, before) = (app.random().uuid_v7(now), look::time_up(app));
    let commit = app.store().write(move |tx| {
        let found = sql::over(tx, sql::by(&wish.whom), &key, before)?;
        let gone = hold(tx, &wish.whom, &found, before)?;
        let tally = erase(tx, &wish.whom, &gone)?;
        if !gone.is_empty() {
            wish.note(tx, entry, now, &tally)?;
        }
        Ok::<_, Error>((tally, found.len() == BATCH))
    });
    commit.await
}

/// Those that are over and still theirs, held until the commit, the lower id first as everybody does. Somebody else
/// may have erased some while we waited for them.
fn hold(
    tx: &mut Tx<'_>,
    whom: &Whom,
    found: &[NotificationId],
    before: Timestamp,
) -> Result<Vec<Notification>, Error> {
    let mut held = Vec::with_capacity(found.len());
    for id in found {
        held.extend(sending::sql::hold(tx, *id)?.filter(|held| is_over(held, before) && went_to(whom, held)));
    }
    Ok(held)
}

fn erase(tx: &mut Tx<'_>, whom: &Whom, gone: &[Notification]) -> Result<Tally, Error> {
    let (log, attempts, reports) = sql::remove_notes(tx, gone)?;
    sql::erase(tx, gone, |notification| identity_left(whom, notification))?;
    let notifications = i64::try_from(gone.len()).unwrap_or(i64::MAX);
    let mut tally = Tally { notifications, log, attempts, reports, ..Tally::default() };
    let mut by_order: BTreeMap<Uuid, Vec<Notification>> = BTreeMap::new();
    for notification in gone {
        by_order.entry(notification.order.uuid()).or_default().push(notification.clone());
    }
    for (id, gone) in by_order {
        tally = tally.and(of_order(tx, whom, OrderId::new(id), &gone)?);
    }
    Ok(tally)
}

/// What an order and those who are told of it say of these notifications, which have been erased.
fn of_order(tx: &mut Tx<'_>, whom: &Whom, id: OrderId, gone: &[Notification]) -> Result<Tally, Error> {
    let Some(order) = sql::hold_order(tx, id)? else { return Ok(Tally::default()) };
    let mut tally = Tally::default();
    if let Some(without) = content_without_these(whom, gone, &order.content) {
        if without.changed {
            sql::set_content(tx, id, &without.content)?;
            tally.orders = 1;
        }
        if without.nobody_left && !sql::any_left(tx, id)? {
            tally.timeline = sql::empty_order(tx, id, &kept::no_texts())?;
        }
    }
    let names = destinations(gone);
    let rewrite = |text: &str| without_destinations(text, &names);
    tally.feed = sql::rewrite_entries(tx, id, order.changed, rewrite)?;
    let owner = subscriptions::owner(&order.creator);
    let told = gone.iter().map(|notification| notification.id.to_string()).chain([id.to_string()]);
    for subject in told {
        tally.webhooks += webhooks::rewrite_about(tx, &owner, &subject, rewrite)?;
    }
    Ok(tally)
}

/// What the embedded contact register knows.
async fn contacts(app: &Notify, wish: &Wish) -> Result<Tally, Error> {
    let (wish, now) = (wish.clone(), app.clock().now());
    let entry = app.random().uuid_v7(now);
    let commit = app.store().write(move |tx| {
        let tally = Tally { contacts: register::erase(tx, &wish.whom)?, ..Tally::default() };
        if tally.contacts > 0 {
            wish.note(tx, entry, now, &tally)?;
        }
        Ok::<_, Error>(tally)
    });
    commit.await
}
