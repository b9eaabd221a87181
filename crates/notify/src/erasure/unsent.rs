//! Orders that name a recipient and have made no notification: those that wait for their time, and those that
//! ended without sending anything.
//!
//! Nothing is written down beside an order about whom it names, since that would cost every order something. So
//! they are looked for in the order of their times, a day and a transaction at a time; a million orders take a
//! second or a few.

use jiff::{SignedDuration, Timestamp};
use store::{Error, Result, Tx, params};
use types::erasure::Whom;
use types::ids::OrderId;
use uuid::Uuid;

use super::erase::Wish;
use super::model::{Tally, content_without};
use super::sql;
use crate::Notify;
use crate::orders::{State, kept};

/// How much of the time is looked at in one transaction.
const STEP: SignedDuration = SignedDuration::from_hours(24);
/// Orders found at once.
const PAGE: usize = 200;

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Held {
    /// What an erasure would take.
    pub(super) tally: Tally,
    /// Orders that wait, some of them.
    pub(super) waiting: Vec<OrderId>,
    /// How many wait.
    pub(super) waits: i64,
}

macro_rules! naming {
    ($condition:literal) => {
        concat!(
            "SELECT o.id, o.requested, o.state, o.content FROM notify_orders o
            WHERE o.requested >= $1 AND o.requested < $2 AND (o.requested > $1 OR o.id > $3)
                AND o.state IN ('registered', 'processing', 'cancelled', 'send_condition_not_met')
                AND ",
            $condition,
            " ORDER BY o.requested, o.id LIMIT 200"
        )
    };
}

const NAMING_ADDRESS: &str = naming!("lower(o.content) LIKE $4");
const NAMING_ID: &str = naming!("o.content LIKE $4");
// Without what people put between digits, which no name of a member has.
const NAMING_NUMBER: &str = naming!(
    "replace(replace(replace(replace(replace(replace(o.content,
        ' ', ''), '-', ''), '.', ''), '/', ''), '(', ''), ')', '') LIKE $4"
);

/// A first sieve; what it lets through is read.
fn sieve(whom: &Whom) -> (&'static str, String) {
    match whom {
        Whom::Email(address) => {
            // The address of an account is encoded as in a URL. Whatever means something to LIKE fits anything.
            let pattern: String = address.reveal().to_ascii_lowercase().replace(['@', '+', '\\'], "%");
            (NAMING_ADDRESS, format!("%{pattern}%"))
        }
        Whom::Phone(number) => {
            let digits = number.reveal().trim_start_matches('+');
            (NAMING_NUMBER, format!("%\"mobile\":\"%{digits}%"))
        }
        Whom::Person(id) => (NAMING_ID, format!("%\"{}\"%", id.reveal())),
        Whom::Organization(number) => (NAMING_ID, format!("%\"{number}\"%")),
    }
}

/// Where a page begins: behind this order of this moment.
type Place = (Timestamp, Uuid);
type Named = (OrderId, Timestamp, State, String);

/// The moment from which on there are orders, if there are any.
fn first(tx: &mut Tx<'_>, from: Timestamp) -> Result<Option<Timestamp>> {
    const SQL: &str =
        "SELECT o.requested FROM notify_orders o WHERE o.requested >= $1 ORDER BY o.requested LIMIT 1";
    tx.optional(SQL, params![from])
}

/// Orders of one step that name somebody, and where to go on, if there is more anywhere.
fn page(tx: &mut Tx<'_>, whom: &Whom, (from, after): Place) -> Result<(Vec<Named>, Option<Place>)> {
    let Some(begin) = first(tx, from)? else { return Ok((Vec::new(), None)) };
    let after = if begin == from { after } else { Uuid::nil() };
    let end = begin.checked_add(STEP).unwrap_or(Timestamp::MAX);
    let (sql, pattern) = sieve(whom);
    let mut found: Vec<Named> = tx.all(sql, params![begin, end, after, pattern])?;
    let next = match found.last() {
        Some((id, at, ..)) if found.len() == PAGE => (*at, id.uuid()),
        _ => (end, Uuid::nil()),
    };
    let is_meant = |content: &str| content_without(whom, content).is_some_and(|without| without.changed);
    found.retain(|(.., content)| is_meant(content));
    // At the end of all time there is no next day.
    Ok((found, Some(next).filter(|next| *next != (from, after))))
}

const fn waits(state: State) -> bool {
    matches!(state, State::Registered | State::Processing)
}

/// What there is. Nothing is changed.
pub(super) async fn held(app: &Notify, whom: &Whom) -> Result<Held> {
    let mut held = Held::default();
    let mut place = Some((Timestamp::MIN, Uuid::nil()));
    while let Some(from) = place {
        let theirs = whom.clone();
        let read = app.store().read(move |tx| {
            let (found, next) = page(tx, &theirs, from)?;
            let mut tally = Tally::default();
            for (id, .., content) in found.iter().filter(|(_, _, state, _)| !waits(*state)) {
                tally.orders += 1;
                if content_without(&theirs, content).is_some_and(|without| without.nobody_left) {
                    tally.timeline += sql::timeline(tx, *id)?;
                }
            }
            let waiting = found.iter().filter(|(_, _, state, _)| waits(*state)).map(|(id, ..)| *id);
            Ok::<_, Error>((tally, waiting.collect::<Vec<_>>(), next))
        });
        let (tally, waiting, next) = read.await?;
        held.tally = held.tally.and(tally);
        held.waits += i64::try_from(waiting.len()).unwrap_or(i64::MAX);
        held.waiting.extend(waiting.into_iter().take(super::look::NAMED));
        place = next;
    }
    Ok(held)
}

/// Takes somebody out of the orders that ended without sending anything.
pub(super) async fn erase(app: &Notify, wish: &Wish) -> Result<Tally> {
    let mut gone = Tally::default();
    let mut place = Some((Timestamp::MIN, Uuid::nil()));
    while let Some(from) = place {
        let theirs = wish.whom.clone();
        let (found, next) = app.store().read(move |tx| page(tx, &theirs, from)).await?;
        let over: Vec<OrderId> =
            found.into_iter().filter(|(_, _, state, _)| !waits(*state)).map(|(id, ..)| id).collect();
        if !over.is_empty() {
            gone = gone.and(take_out(app, wish, over).await?);
        }
        place = next;
    }
    Ok(gone)
}

/// One commit.
async fn take_out(app: &Notify, wish: &Wish, mut orders: Vec<OrderId>) -> Result<Tally> {
    orders.sort_unstable_by_key(|id| id.uuid());
    let (wish, now) = (wish.clone(), app.clock().now());
    let entry = app.random().uuid_v7(now);
    let commit = app.store().write(move |tx| {
        let mut gone = Tally::default();
        for id in &orders {
            gone = gone.and(take_out_of(tx, &wish.whom, *id)?);
        }
        if gone != Tally::default() {
            wish.note(tx, entry, now, &gone)?;
        }
        Ok::<_, Error>(gone)
    });
    commit.await
}

fn take_out_of(tx: &mut Tx<'_>, whom: &Whom, id: OrderId) -> Result<Tally> {
    let none = Ok(Tally::default());
    let Some(order) = sql::hold_order(tx, id)?.filter(|order| !waits(order.state)) else { return none };
    let Some(without) = content_without(whom, &order.content).filter(|without| without.changed) else {
        return none;
    };
    sql::set_content(tx, id, &without.content)?;
    let mut gone = Tally { orders: 1, ..Tally::default() };
    if without.nobody_left && !sql::any_left(tx, id)? {
        gone.timeline = sql::empty_order(tx, id, &kept::no_texts())?;
    }
    Ok(gone)
}

#[cfg(test)]
mod tests {
    use testkit::{on_every_store, plan};

    use super::*;

    on_every_store! {
        async fn orders_are_looked_through_in_the_order_of_an_index(store: Store) {
            let look = |tx: &mut Tx<'_>| {
                let (from, id) = (Timestamp::UNIX_EPOCH, Uuid::nil());
                for sql in [NAMING_ADDRESS, NAMING_ID, NAMING_NUMBER] {
                    let params = params![from, from, id, "%a%"];
                    plan::of_an_index(tx, sql, params, "notify_orders_requested")?;
                }
                Ok::<_, Error>(())
            };
            store.write(look).await.expect("plans");
        }
    }
}
