//! What an operator sees at a glance. Reads only; addresses are masked.

use jiff::Timestamp;
use store::{FromRow, Result, Row, Tx, params};
use types::ids::OrderId;
use types::mask;

use crate::access::Creator;
use crate::orders::{Kind, State};
use crate::status::timeline::{self, Step};

/// How many of the latest orders and notifications the counts look at.
const LATEST: i64 = 10_000;

/// One of the latest shipments.
#[derive(Clone, Debug)]
pub struct Shipment {
    /// The order's id.
    pub id: OrderId,
    /// Whose it is.
    pub creator: Creator,
    /// How it came to be.
    pub kind: Kind,
    /// How far it has come.
    pub state: State,
    /// The sender's own words for it.
    pub senders_reference: Option<String>,
    /// When it was to be sent.
    pub requested: Timestamp,
    /// When it was registered.
    pub created: Timestamp,
    /// When its state changed last.
    pub changed: Timestamp,
    /// Its notifications.
    pub recipients: Vec<ShipmentRecipient>,
}

/// One notification of a shipment.
#[derive(Clone, Debug)]
pub struct ShipmentRecipient {
    /// `sms` or `email`.
    pub channel: String,
    /// The address, masked.
    pub destination: String,
    /// Its result.
    pub result: String,
    /// Whether nobody knows how an attempt ended.
    pub in_doubt: bool,
}

impl FromRow for Shipment {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            id: row.get("id")?,
            creator: row.get("creator")?,
            kind: row.get("kind")?,
            state: row.get("state")?,
            senders_reference: row.get("senders_reference")?,
            requested: row.get("requested")?,
            created: row.get("created")?,
            changed: row.get("changed")?,
            recipients: Vec::new(),
        })
    }
}

impl FromRow for ShipmentRecipient {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        let (channel, destination): (String, String) = (row.get("channel")?, row.get("destination")?);
        let destination =
            if channel == "email" { mask::email(&destination) } else { mask::middle(&destination, 5, 2) };
        Ok(Self { channel, destination, result: row.get("result")?, in_doubt: row.get("doubt")? })
    }
}

/// The latest shipments of all creators, at most `limit`, each with at most ten recipients.
pub fn latest_shipments(tx: &mut Tx<'_>, limit: u32) -> Result<Vec<Shipment>> {
    const ORDERS: &str = "SELECT id, creator, kind, state, senders_reference, requested, created, changed
        FROM notify_orders ORDER BY id DESC LIMIT $1";
    const RECIPIENTS: &str = "SELECT channel, destination, result, doubt FROM notify_notifications
        WHERE order_id = $1 ORDER BY id LIMIT 10";
    let mut shipments: Vec<Shipment> = tx.all(ORDERS, params![limit])?;
    for shipment in &mut shipments {
        shipment.recipients = tx.all(RECIPIENTS, params![shipment.id])?;
    }
    Ok(shipments)
}

/// A report that a provider has pushed and that could not be understood.
#[derive(Clone, Debug)]
pub struct DeadReport {
    /// Why, in one word.
    pub reason: String,
    /// The message that it names.
    pub reference: Option<String>,
    /// How often it has come.
    pub attempts: i64,
    /// When it came first.
    pub first_seen: Timestamp,
}

impl FromRow for DeadReport {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            reason: row.get("reason")?,
            reference: row.get("reference")?,
            attempts: row.get("attempts")?,
            first_seen: row.get("first_seen")?,
        })
    }
}

/// The latest reports that nobody could understand and nobody has seen to.
pub fn dead_reports(tx: &mut Tx<'_>, limit: u32) -> Result<Vec<DeadReport>> {
    const SQL: &str = "SELECT reason, reference, attempts, first_seen FROM notify_dead_reports
        WHERE resolved = 0 ORDER BY id DESC LIMIT $1";
    tx.all(SQL, params![limit])
}

/// How many of the latest 10,000 orders are in each state.
pub fn orders_by_state(tx: &mut Tx<'_>) -> Result<Vec<(String, i64)>> {
    const SQL: &str = "SELECT state, count(*) FROM
            (SELECT state FROM notify_orders ORDER BY id DESC LIMIT $1) AS latest
        GROUP BY state ORDER BY state";
    tx.all(SQL, params![LATEST])
}

/// How many of the latest 10,000 notifications have each result, as channel, result, count.
pub fn notifications_by_result(tx: &mut Tx<'_>) -> Result<Vec<(String, String, i64)>> {
    const SQL: &str = "SELECT channel, result, count(*) FROM
            (SELECT channel, result FROM notify_notifications ORDER BY id DESC LIMIT $1) AS latest
        GROUP BY channel, result ORDER BY channel, result";
    tx.all(SQL, params![LATEST])
}

/// How many jobs wait in each of our lanes, due or not.
pub fn backlog(tx: &mut Tx<'_>) -> Result<Vec<(String, i64)>> {
    let lanes = jobs::waiting(tx)?;
    Ok(lanes.into_iter().filter(|(lane, _)| lane.starts_with("notify.")).collect())
}

/// What was decided about an order, the first decision first.
pub fn timeline_of(tx: &mut Tx<'_>, order: OrderId) -> Result<Vec<Step>> {
    timeline::of(tx, order)
}
