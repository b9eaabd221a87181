//! The tables of subscriptions and deliveries.

use jiff::Timestamp;
use store::{Error, FromRow, Result, Row, Tx, params};
use types::OrgNumber;
use uuid::Uuid;

use crate::model::{Delivery, Endpoint, Filter, NewSubscription, Subscription};

/// A filter read back was checked when it was stored, so any name in it is fine.
fn stored_filter(text: &str) -> Option<Filter> {
    let names: Vec<&str> = text.split('&').filter_map(|part| part.split_once('=')).map(|(n, _)| n).collect();
    Filter::parse(text, &names).ok()
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
        })
    }
}

impl FromRow for Delivery {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            id: row.get("id")?,
            event_id: row.get("event_id")?,
            body: row.get("body")?,
            expires: row.get("expires")?,
            tries: row.get("tries")?,
        })
    }
}

pub(crate) fn insert(
    tx: &mut Tx<'_>,
    id: i64,
    owner: OrgNumber,
    new: &NewSubscription,
    ping: (Timestamp, &str),
) -> Result<bool> {
    const SQL: &str = "INSERT INTO webhooks_subscriptions
            (id, owner, name, push_endpoint, resource, event, filter, draining, announced, last_ping,
             last_ping_outcome, failures, created)
        VALUES ($1, $2, $3, $4, $5, $6, $7, 0, 0, $8, $9, 0, $8)
        ON CONFLICT (owner, name, push_endpoint) DO NOTHING";
    let filter = new.filter.as_ref().map(Filter::as_str);
    let endpoint = new.push_endpoint.as_str();
    let (at, outcome) = ping;
    let row = params![id, owner, new.name, endpoint, new.resource, new.event, filter, at, outcome];
    Ok(tx.execute(SQL, row)? == 1)
}

pub(crate) fn update(tx: &mut Tx<'_>, changed: &Subscription) -> Result<()> {
    const SQL: &str = "UPDATE webhooks_subscriptions
        SET name = $3, push_endpoint = $4, resource = $5, event = $6, filter = $7, last_ping = $8,
            last_ping_outcome = $9
        WHERE id = $1 AND owner = $2";
    let Subscription { id, owner, name, push_endpoint, resource, event, filter, last_ping } = changed;
    let filter = filter.as_ref().map(Filter::as_str);
    let (at, outcome) = last_ping.as_ref().map(|(at, outcome)| (*at, outcome.as_str())).unzip();
    tx.execute(SQL, params![id, owner, name, push_endpoint.as_str(), resource, event, filter, at, outcome])?;
    Ok(())
}

pub(crate) fn find(tx: &mut Tx<'_>, owner: OrgNumber, id: i64) -> Result<Option<Subscription>> {
    tx.optional("SELECT * FROM webhooks_subscriptions WHERE owner = $1 AND id = $2", params![owner, id])
}

pub(crate) fn find_pair(
    tx: &mut Tx<'_>,
    owner: OrgNumber,
    name: &str,
    endpoint: &Endpoint,
) -> Result<Option<i64>> {
    const SQL: &str =
        "SELECT id FROM webhooks_subscriptions WHERE owner = $1 AND name = $2 AND push_endpoint = $3";
    tx.optional(SQL, params![owner, name, endpoint.as_str()])
}

pub(crate) fn all(tx: &mut Tx<'_>, owner: OrgNumber) -> Result<Vec<Subscription>> {
    tx.all("SELECT * FROM webhooks_subscriptions WHERE owner = $1 ORDER BY id LIMIT 10000", params![owner])
}

pub(crate) fn delete(tx: &mut Tx<'_>, owner: OrgNumber, id: i64) -> Result<bool> {
    let gone = "DELETE FROM webhooks_deliveries WHERE subscription = $1 AND owner = $2";
    tx.execute(gone, params![id, owner])?;
    let sql = "DELETE FROM webhooks_subscriptions WHERE id = $1 AND owner = $2";
    Ok(tx.execute(sql, params![id, owner])? == 1)
}

pub(crate) fn insert_delivery(
    tx: &mut Tx<'_>,
    subscription: &Subscription,
    delivery: &Delivery,
    now: Timestamp,
) -> Result<()> {
    const SQL: &str = "INSERT INTO webhooks_deliveries
            (id, owner, number, subscription, state, event_id, body, created, expires, tries)
        VALUES ($1, $2, $8, $3, 'pending', $4, $5, $6, $7, 0)";
    // Ids made in one millisecond have no order among themselves, so events are counted.
    let count =
        "UPDATE webhooks_subscriptions SET announced = announced + 1 WHERE id = $1 RETURNING announced";
    let number: i64 = tx.one(count, params![subscription.id])?;
    let Delivery { id, event_id, body, expires, .. } = delivery;
    tx.execute(SQL, params![id, subscription.owner, subscription.id, event_id, body, now, expires, number])?;
    Ok(())
}

/// Marks the queue as being emptied; answers whether it was not before.
pub(crate) fn begin_draining(tx: &mut Tx<'_>, subscription: i64) -> Result<bool> {
    const SQL: &str = "UPDATE webhooks_subscriptions SET draining = 1 WHERE id = $1 AND draining = 0";
    Ok(tx.execute(SQL, params![subscription])? == 1)
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

pub(crate) fn end_delivery(
    tx: &mut Tx<'_>,
    id: Uuid,
    state: &str,
    outcome: &str,
    now: Timestamp,
) -> Result<()> {
    const SQL: &str = "UPDATE webhooks_deliveries SET state = $2, outcome = $3, ended = $4, tries = tries + 1
        WHERE id = $1";
    tx.execute(SQL, params![id, state, outcome, now])?;
    Ok(())
}

/// Notes a failed try and answers how many in a row the endpoint has failed.
pub(crate) fn note_failure(tx: &mut Tx<'_>, subscription: i64, delivery: Uuid, outcome: &str) -> Result<u32> {
    let tried = "UPDATE webhooks_deliveries SET tries = tries + 1, outcome = $2 WHERE id = $1";
    tx.execute(tried, params![delivery, outcome])?;
    let failed = "UPDATE webhooks_subscriptions SET failures = failures + 1 WHERE id = $1 RETURNING failures";
    Ok(tx.optional(failed, params![subscription])?.unwrap_or(1))
}

pub(crate) fn forget_failures(tx: &mut Tx<'_>, subscription: i64) -> Result<()> {
    let sql = "UPDATE webhooks_subscriptions SET failures = 0 WHERE id = $1 AND failures > 0";
    tx.execute(sql, params![subscription])?;
    Ok(())
}

/// Makes deliveries since `since` pending again, in their old order.
pub(crate) fn reopen(
    tx: &mut Tx<'_>,
    subscription: i64,
    since: Timestamp,
    expires: Timestamp,
) -> Result<u64> {
    const SQL: &str = "UPDATE webhooks_deliveries
        SET state = 'pending', tries = 0, outcome = NULL, ended = NULL, expires = $3
        WHERE subscription = $1 AND state <> 'pending' AND created >= $2";
    tx.execute(SQL, params![subscription, since, expires])
}

pub(crate) fn prune(tx: &mut Tx<'_>, subscription: i64, before: Timestamp) -> Result<()> {
    const SQL: &str =
        "DELETE FROM webhooks_deliveries WHERE subscription = $1 AND state <> 'pending' AND created < $2";
    tx.execute(SQL, params![subscription, before])?;
    Ok(())
}
