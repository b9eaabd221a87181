//! The tables of subscriptions and deliveries.
//!
//! A subscription's row stands for its queue: who adds to the queue, declares it empty or removes it
//! locks that row first, and the deliveries after it. That is what makes the numbers of a subscriber's
//! events follow the order of commits, and what keeps an event from being left behind by a job that is
//! just finding the queue empty.

use jiff::Timestamp;
use store::{Error, FromRow, Result, Row, ToValue as _, Tx, Value, params};
use types::Secret;
use uuid::Uuid;

use crate::model::{
    Delivery, Endpoint, Filter, NewSubscription, Owner, Secrets, Since, Standing, Subscription,
};

/// A filter read back was checked when it was stored, so any name in it is fine.
fn stored_filter(text: &str) -> Option<Filter> {
    let names: Vec<&str> = text.split('&').filter_map(|part| part.split_once('=')).map(|(n, _)| n).collect();
    Filter::parse(text, &names).ok()
}

impl store::ToValue for Owner {
    fn to_value(&self) -> Value<'_> {
        Value::Text(self.as_str().into())
    }
}

impl store::Column for Owner {
    const WANTED: &'static str = "an owner";

    fn from_value(value: Value<'_>) -> Option<Self> {
        <String as store::Column>::from_value(value).map(Self::new)
    }
}

fn secrets(row: &Row<'_>) -> Result<Secrets> {
    let secret = |column: &str| Ok::<_, Error>(row.get::<Option<String>>(column)?.map(Secret::new));
    let until: Option<Timestamp> = row.get("older_secret_until")?;
    Ok(Secrets { current: secret("secret")?, older: secret("older_secret")?.zip(until) })
}

impl FromRow for Subscription {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        let endpoint: String = row.get("push_endpoint")?;
        let push_endpoint = endpoint.parse().map_err(|_| Error::Column {
            column: "push_endpoint".to_owned(),
            wanted: "a URL",
            found: "another text".to_owned(),
        })?;
        let filter: Option<String> = row.get("filter")?;
        let pinged: Option<Timestamp> = row.get("last_ping")?;
        let outcome: Option<String> = row.get("last_ping_outcome")?;
        Ok(Self {
            id: row.get("id")?,
            owner: row.get("owner")?,
            name: row.get("name")?,
            push_endpoint,
            resource: row.get("resource")?,
            event: row.get("event")?,
            filter: filter.as_deref().and_then(stored_filter),
            last_ping: pinged.zip(outcome),
            secrets: secrets(row)?,
            failures: row.get("failures")?,
            paused: row.get("paused")?,
            held: row.get("held")?,
            turn: row.get("turn")?,
            created: row.get("created")?,
        })
    }
}

impl FromRow for Delivery {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            id: row.get("id")?,
            number: row.get("number")?,
            event_id: row.get("event_id")?,
            event: row.get("event")?,
            body: row.get("body")?,
            expires: row.get("expires")?,
            tries: row.get("tries")?,
        })
    }
}

impl FromRow for Standing {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            id: row.get("id")?,
            number: row.get("number")?,
            event_id: row.get("event_id")?,
            event: row.get("event")?,
            state: row.get("state")?,
            tries: row.get("tries")?,
            outcome: row.get("outcome")?,
            created: row.get("created")?,
            ended: row.get("ended")?,
        })
    }
}

pub(crate) fn insert(
    tx: &mut Tx<'_>,
    id: i64,
    owner: &Owner,
    new: &NewSubscription,
    ping: (Timestamp, &str),
) -> Result<bool> {
    const SQL: &str = "INSERT INTO webhooks_subscriptions
            (id, owner, name, push_endpoint, resource, event, filter, draining, announced, last_ping,
             last_ping_outcome, failures, created, secret, held, turn)
        VALUES ($1, $2, $3, $4, $5, $6, $7, 0, 0, $8, $9, 0, $8, $10, 0, 0)
        ON CONFLICT (owner, name, push_endpoint) DO NOTHING";
    let filter = new.filter.as_ref().map(Filter::as_str);
    let endpoint = new.push_endpoint.as_str();
    let (at, outcome) = ping;
    let secret = new.secret.as_ref().map(|secret| secret.reveal().clone());
    let row = params![id, owner, new.name, endpoint, new.resource, new.event, filter, at, outcome, secret];
    Ok(tx.execute(SQL, row)? == 1)
}

/// Writes a subscription over; answers false when it is gone.
pub(crate) fn update(tx: &mut Tx<'_>, changed: &Subscription) -> Result<bool> {
    const SQL: &str = "UPDATE webhooks_subscriptions
        SET name = $3, push_endpoint = $4, resource = $5, event = $6, filter = $7, last_ping = $8,
            last_ping_outcome = $9
        WHERE id = $1 AND owner = $2";
    let Subscription { id, owner, name, push_endpoint, resource, event, filter, last_ping, .. } = changed;
    let filter = filter.as_ref().map(Filter::as_str);
    let (at, outcome) = last_ping.as_ref().map(|(at, outcome)| (*at, outcome.as_str())).unzip();
    let endpoint = push_endpoint.as_str();
    let row = params![id, owner, name, endpoint, resource, event, filter, at, outcome];
    Ok(tx.execute(SQL, row)? == 1)
}

pub(crate) fn find(tx: &mut Tx<'_>, owner: &Owner, id: i64) -> Result<Option<Subscription>> {
    tx.optional("SELECT * FROM webhooks_subscriptions WHERE owner = $1 AND id = $2", params![owner, id])
}

pub(crate) fn find_pair(
    tx: &mut Tx<'_>,
    owner: &Owner,
    name: &str,
    endpoint: &Endpoint,
) -> Result<Option<i64>> {
    const SQL: &str =
        "SELECT id FROM webhooks_subscriptions WHERE owner = $1 AND name = $2 AND push_endpoint = $3";
    tx.optional(SQL, params![owner, name, endpoint.as_str()])
}

pub(crate) fn all(tx: &mut Tx<'_>, owner: &Owner) -> Result<Vec<Subscription>> {
    tx.all("SELECT * FROM webhooks_subscriptions WHERE owner = $1 ORDER BY id LIMIT 10000", params![owner])
}

pub(crate) fn delete(tx: &mut Tx<'_>, owner: &Owner, id: i64) -> Result<bool> {
    if lock(tx, id)?.is_none() {
        return Ok(false);
    }
    let gone = "DELETE FROM webhooks_deliveries WHERE subscription = $1 AND owner = $2";
    tx.execute(gone, params![id, owner])?;
    let sql = "DELETE FROM webhooks_subscriptions WHERE id = $1 AND owner = $2";
    Ok(tx.execute(sql, params![id, owner])? == 1)
}

/// Locks a subscription until the commit; answers whether its queue is being emptied, or `None` when
/// there is no such subscription. Once this has answered, everything that was ever added to the queue
/// can be seen.
pub(crate) fn lock(tx: &mut Tx<'_>, subscription: i64) -> Result<Option<bool>> {
    const SQL: &str = "SELECT draining FROM webhooks_subscriptions WHERE id = $1 FOR UPDATE";
    tx.optional(SQL, params![subscription])
}

/// A queue that has got longer.
pub(crate) struct Queue {
    /// The number of its last event.
    last: i64,
    /// Whether a job is emptying it.
    pub(crate) draining: bool,
    /// Whether nobody may empty it.
    pub(crate) held: bool,
    /// Whose turn it is, see [`Subscription::turn`].
    pub(crate) turn: i64,
}

impl FromRow for Queue {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            last: row.get("announced")?,
            draining: row.get("draining")?,
            held: row.get("held")?,
            turn: row.get("turn")?,
        })
    }
}

/// Reserves the next `by` numbers of a subscription and locks it until the commit; `None` when there is
/// no such subscription any more. Ids made in one millisecond have no order among themselves, so events
/// are counted.
pub(crate) fn lengthen(tx: &mut Tx<'_>, subscription: i64, by: usize) -> Result<Option<Queue>> {
    const SQL: &str = "UPDATE webhooks_subscriptions SET announced = announced + $2 WHERE id = $1
        RETURNING announced, draining, held, turn";
    tx.optional(SQL, params![subscription, by as u64])
}

/// Adds these to a queue that has been lengthened by their number.
pub(crate) fn insert_deliveries(
    tx: &mut Tx<'_>,
    subscription: &Subscription,
    deliveries: &[Delivery],
    queue: &Queue,
    now: Timestamp,
) -> Result<()> {
    const SQL: &str = "INSERT INTO webhooks_deliveries
            (id, owner, number, subscription, state, event_id, body, created, expires, tries, event)
        VALUES ($1, $2, $3, $4, 'pending', $5, $6, $7, $8, 0, $9)";
    let before = queue.last - i64::try_from(deliveries.len()).unwrap_or(i64::MAX);
    let Subscription { id: of, owner, .. } = subscription;
    let row = |(number, delivery)| {
        let Delivery { id, event_id, event, body, expires, .. }: &Delivery = delivery;
        let number = Value::Integer(number);
        let (of, expires) = (of.to_value(), expires.to_value());
        vec![
            id.to_value(),
            owner.to_value(),
            number,
            of,
            event_id.to_value(),
            body.to_value(),
            now.to_value(),
            expires,
            event.to_value(),
        ]
    };
    let rows: Vec<_> = (before + 1..).zip(deliveries).map(row).collect();
    tx.each(SQL, &rows)?;
    Ok(())
}

/// Marks the queue as being emptied.
pub(crate) fn begin_draining(tx: &mut Tx<'_>, subscription: i64) -> Result<()> {
    tx.execute("UPDATE webhooks_subscriptions SET draining = 1 WHERE id = $1", params![subscription])?;
    Ok(())
}

pub(crate) fn end_draining(tx: &mut Tx<'_>, subscription: i64) -> Result<()> {
    tx.execute(
        "UPDATE webhooks_subscriptions SET draining = 0, failures = 0 WHERE id = $1",
        params![subscription],
    )?;
    Ok(())
}

pub(crate) fn next_pending(tx: &mut Tx<'_>, subscription: i64) -> Result<Option<Delivery>> {
    const SQL: &str = "SELECT * FROM webhooks_deliveries WHERE subscription = $1 AND state = 'pending'
        ORDER BY number LIMIT 1";
    tx.optional(SQL, params![subscription])
}

/// The same, while this turn lasts and nobody holds the subscription.
pub(crate) fn next_of_turn(tx: &mut Tx<'_>, subscription: i64, turn: i64) -> Result<Option<Delivery>> {
    const SQL: &str = "SELECT * FROM webhooks_deliveries WHERE subscription = $1 AND state = 'pending'
            AND EXISTS (SELECT 1 FROM webhooks_subscriptions WHERE id = $1 AND turn = $2 AND held = 0)
        ORDER BY number LIMIT 1";
    tx.optional(SQL, params![subscription, turn])
}

pub(crate) fn end_delivery(
    tx: &mut Tx<'_>,
    id: Uuid,
    state: &str,
    outcome: &str,
    now: Timestamp,
) -> Result<()> {
    const SQL: &str = "UPDATE webhooks_deliveries SET state = $2, outcome = $3, ended = $4, tries = tries + 1
        WHERE id = $1 AND state = 'pending'";
    tx.execute(SQL, params![id, state, outcome, now])?;
    Ok(())
}

/// Notes a failed try and answers how many in a row the endpoint has failed.
pub(crate) fn note_failure(tx: &mut Tx<'_>, subscription: i64, delivery: Uuid, outcome: &str) -> Result<u32> {
    let failed = "UPDATE webhooks_subscriptions SET failures = failures + 1 WHERE id = $1 RETURNING failures";
    let failures = tx.optional(failed, params![subscription])?.unwrap_or(1);
    let tried = "UPDATE webhooks_deliveries SET tries = tries + 1, outcome = $2 WHERE id = $1";
    tx.execute(tried, params![delivery, outcome])?;
    Ok(failures)
}

pub(crate) fn forget_failures(tx: &mut Tx<'_>, subscription: i64) -> Result<()> {
    let sql = "UPDATE webhooks_subscriptions SET failures = 0 WHERE id = $1 AND failures > 0";
    tx.execute(sql, params![subscription])?;
    Ok(())
}

/// Makes deliveries since `since` pending again, in their old order.
pub(crate) fn reopen(tx: &mut Tx<'_>, subscription: i64, since: &Since, expires: Timestamp) -> Result<u64> {
    const SINCE_MOMENT: &str = "UPDATE webhooks_deliveries
        SET state = 'pending', tries = 0, outcome = NULL, ended = NULL, expires = $3
        WHERE subscription = $1 AND state <> 'pending' AND created >= $2";
    const SINCE_NUMBER: &str = "UPDATE webhooks_deliveries
        SET state = 'pending', tries = 0, outcome = NULL, ended = NULL, expires = $3
        WHERE subscription = $1 AND state <> 'pending' AND number >= $2";
    let number_of = |tx: &mut Tx<'_>, event: &str| {
        const BY_EVENT: &str =
            "SELECT number FROM webhooks_deliveries WHERE subscription = $1 AND event_id = $2 LIMIT 1";
        const BY_ID: &str = "SELECT number FROM webhooks_deliveries WHERE subscription = $1 AND id = $2";
        match event.parse::<Uuid>() {
            Ok(id) => match tx.optional(BY_ID, params![subscription, id])? {
                Some(number) => Ok(Some(number)),
                None => tx.optional(BY_EVENT, params![subscription, event]),
            },
            Err(_) => tx.optional::<i64>(BY_EVENT, params![subscription, event]),
        }
    };
    match since {
        Since::Event(event) => match number_of(tx, event)? {
            Some(number) => tx.execute(SINCE_NUMBER, params![subscription, number, expires]),
            None => Ok(0),
        },
        Since::Moment(moment) => tx.execute(SINCE_MOMENT, params![subscription, moment, expires]),
        Since::Number(number) => tx.execute(SINCE_NUMBER, params![subscription, number, expires]),
    }
}

/// How a subscription's deliveries with larger numbers stand, the smallest first.
pub(crate) fn standings(tx: &mut Tx<'_>, subscription: i64, after: i64, max: u32) -> Result<Vec<Standing>> {
    const SQL: &str = "SELECT id, number, event_id, event, state, tries, outcome, created, ended
        FROM webhooks_deliveries WHERE subscription = $1 AND number > $2 ORDER BY number LIMIT $3";
    tx.all(SQL, params![subscription, after, max])
}

/// The same of those in one state.
pub(crate) fn standings_in(
    tx: &mut Tx<'_>,
    subscription: i64,
    state: &str,
    after: i64,
    max: u32,
) -> Result<Vec<Standing>> {
    const SQL: &str = "SELECT id, number, event_id, event, state, tries, outcome, created, ended
        FROM webhooks_deliveries WHERE subscription = $1 AND state = $2 AND number > $3
        ORDER BY number LIMIT $4";
    tx.all(SQL, params![subscription, state, after, max])
}

/// How many of a subscription's deliveries wait, up to a thousand.
pub(crate) fn count_pending(tx: &mut Tx<'_>, subscription: i64) -> Result<u64> {
    const SQL: &str = "SELECT count(*) FROM (SELECT 1 FROM webhooks_deliveries
        WHERE subscription = $1 AND state = 'pending' LIMIT 1000) AS waiting";
    tx.one(SQL, params![subscription])
}

/// Gives a subscription a new secret; the one before signs too until `until`. Answers false when the
/// subscription is gone.
pub(crate) fn change_secret(
    tx: &mut Tx<'_>,
    owner: &Owner,
    id: i64,
    secret: &Secret,
    until: Timestamp,
) -> Result<bool> {
    const SQL: &str = "UPDATE webhooks_subscriptions
        SET older_secret = secret, older_secret_until = $4, secret = $3 WHERE id = $1 AND owner = $2";
    Ok(tx.execute(SQL, params![id, owner, secret.reveal(), until])? == 1)
}

/// Notes how a ping went.
pub(crate) fn note_ping(tx: &mut Tx<'_>, owner: &Owner, id: i64, at: Timestamp, outcome: &str) -> Result<()> {
    const SQL: &str = "UPDATE webhooks_subscriptions SET last_ping = $3, last_ping_outcome = $4
        WHERE id = $1 AND owner = $2";
    tx.execute(SQL, params![id, owner, at, outcome])?;
    Ok(())
}

pub(crate) fn prune(tx: &mut Tx<'_>, subscription: i64, before: Timestamp) -> Result<()> {
    const SQL: &str =
        "DELETE FROM webhooks_deliveries WHERE subscription = $1 AND state <> 'pending' AND created < $2";
    tx.execute(SQL, params![subscription, before])?;
    Ok(())
}

/// Notes that a subscription is paused from now on; answers whether it was not before.
pub(crate) fn pause(tx: &mut Tx<'_>, subscription: i64, now: Timestamp) -> Result<bool> {
    const SQL: &str = "UPDATE webhooks_subscriptions SET paused = $2 WHERE id = $1 AND paused IS NULL";
    Ok(tx.execute(SQL, params![subscription, now])? == 1)
}

/// Holds a subscription, or lets it go; answers false when it is gone.
pub(crate) fn set_held(tx: &mut Tx<'_>, subscription: i64, held: bool) -> Result<bool> {
    const SQL: &str = "UPDATE webhooks_subscriptions SET held = $2 WHERE id = $1";
    Ok(tx.execute(SQL, params![subscription, held])? == 1)
}

/// Begins a new turn of a subscription, as if nothing had failed; answers its number.
pub(crate) fn next_turn(tx: &mut Tx<'_>, subscription: i64) -> Result<i64> {
    const SQL: &str = "UPDATE webhooks_subscriptions
        SET turn = turn + 1, held = 0, paused = NULL, failures = 0 WHERE id = $1 RETURNING turn";
    tx.one(SQL, params![subscription])
}

/// A paused subscription goes on.
pub(crate) fn unpause(tx: &mut Tx<'_>, subscription: i64) -> Result<()> {
    const SQL: &str = "UPDATE webhooks_subscriptions SET paused = NULL, failures = 0 WHERE id = $1";
    tx.execute(SQL, params![subscription])?;
    Ok(())
}

/// Gives what waits, and was announced from `from` on, time until `expires` at least.
pub(crate) fn prolong(tx: &mut Tx<'_>, subscription: i64, from: Timestamp, expires: Timestamp) -> Result<()> {
    const SQL: &str = "UPDATE webhooks_deliveries SET expires = $3
        WHERE subscription = $1 AND state = 'pending' AND created >= $2 AND expires < $3";
    tx.execute(SQL, params![subscription, from, expires])?;
    Ok(())
}

/// Gives up what waits and was announced before `before`.
pub(crate) fn give_up_old(
    tx: &mut Tx<'_>,
    subscription: i64,
    before: Timestamp,
    now: Timestamp,
) -> Result<()> {
    const SQL: &str = "UPDATE webhooks_deliveries
        SET state = 'given_up', outcome = 'given up: paused for too long', ended = $3
        WHERE subscription = $1 AND state = 'pending' AND created < $2";
    tx.execute(SQL, params![subscription, before, now])?;
    Ok(())
}

/// Subscriptions that are paused or held, of all owners, some of them.
pub(crate) fn standing_still(tx: &mut Tx<'_>) -> Result<Vec<Subscription>> {
    const SQL: &str = "SELECT * FROM webhooks_subscriptions
        WHERE paused IS NOT NULL OR held = 1 ORDER BY id LIMIT 1000";
    tx.all(SQL, params![])
}

/// Subscriptions of all owners behind a number.
pub(crate) fn everybodys(tx: &mut Tx<'_>, after: i64, max: u32) -> Result<Vec<Subscription>> {
    tx.all("SELECT * FROM webhooks_subscriptions WHERE id > $1 ORDER BY id LIMIT $2", params![after, max])
}

/// How a subscription's deliveries with smaller numbers stand, the largest first.
pub(crate) fn latest(
    tx: &mut Tx<'_>,
    subscription: i64,
    state: Option<&str>,
    before: i64,
    max: u32,
) -> Result<Vec<Standing>> {
    const ALL: &str = "SELECT id, number, event_id, event, state, tries, outcome, created, ended
        FROM webhooks_deliveries WHERE subscription = $1 AND number < $2 ORDER BY number DESC LIMIT $3";
    const IN_STATE: &str = "SELECT id, number, event_id, event, state, tries, outcome, created, ended
        FROM webhooks_deliveries WHERE subscription = $1 AND number < $2 AND state = $4
        ORDER BY number DESC LIMIT $3";
    match state {
        Some(state) => tx.all(IN_STATE, params![subscription, before, max, state]),
        None => tx.all(ALL, params![subscription, before, max]),
    }
}
