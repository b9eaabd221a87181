//! Chains and orders in the store.

use jiff::Timestamp;
use store::{Error, FromRow, Result, Row, Tx, params};
use types::ids::{ChainId, OrderId};

use super::kept;
use super::model::{Kind, Order, State};
use crate::access::Creator;

/// Where idempotency ids are unique, for each creator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Space {
    Standard,
    Instant,
}

impl Space {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::Instant => "instant",
        }
    }
}

/// What names a request for all time.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    pub(crate) creator: Creator,
    pub(crate) space: Space,
    pub(crate) idempotency_id: String,
}

/// A chain about to be registered.
#[derive(Clone, Debug)]
pub(crate) struct Chain {
    pub(crate) id: ChainId,
    pub(crate) key: Key,
    /// The answer's body, for this request and every repetition.
    pub(crate) receipt: String,
    pub(crate) dialog_id: Option<String>,
    pub(crate) transmission_id: Option<String>,
}

/// Registers a chain, unless its key is taken. Of several at once, one succeeds.
pub(crate) fn insert_chain(tx: &mut Tx<'_>, chain: &Chain, now: Timestamp) -> Result<bool> {
    const SQL: &str = "INSERT INTO notify_chains
            (creator, space, idempotency_id, id, receipt, dialog_id, transmission_id, created)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING";
    let Chain { id, key, receipt, dialog_id, transmission_id } = chain;
    let Key { creator, space, idempotency_id } = key;
    let space = space.as_str();
    let params = params![creator, space, idempotency_id, id, receipt, dialog_id, transmission_id, now];
    Ok(tx.execute(SQL, params)? == 1)
}

/// The answer that an earlier request with the key got.
pub(crate) fn receipt(tx: &mut Tx<'_>, key: &Key) -> Result<Option<String>> {
    const SQL: &str =
        "SELECT receipt FROM notify_chains WHERE creator = $1 AND space = $2 AND idempotency_id = $3";
    tx.optional(SQL, params![key.creator, key.space.as_str(), key.idempotency_id])
}

/// Takes back a chain of one order whose message certainly never left, and frees its key.
pub(crate) fn remove_chain(tx: &mut Tx<'_>, key: &Key, order: OrderId) -> Result<()> {
    const CHAIN: &str = "DELETE FROM notify_chains WHERE creator = $1 AND space = $2 AND idempotency_id = $3";
    tx.execute(CHAIN, params![key.creator, key.space.as_str(), key.idempotency_id])?;
    tx.execute("DELETE FROM notify_notifications WHERE order_id = $1", params![order])?;
    tx.execute("DELETE FROM notify_timeline WHERE order_id = $1", params![order])?;
    tx.execute("DELETE FROM notify_orders WHERE id = $1", params![order])?;
    Ok(())
}

/// Stores an order.
pub(crate) fn insert(tx: &mut Tx<'_>, order: &Order) -> Result<()> {
    const SQL: &str = "INSERT INTO notify_orders
            (id, creator, chain, kind, state, senders_reference, requested, content, texts, tries,
             created, changed)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    let content = kept::write(&order.content);
    let texts = kept::write_texts(&order.content.texts);
    let Order { id, creator, chain, kind, state, senders_reference, requested, .. } = order;
    let Order { tries, created, changed, .. } = order;
    tx.execute(
        SQL,
        params![
            id,
            creator,
            chain,
            kind,
            state,
            senders_reference,
            requested,
            content,
            texts,
            tries,
            created,
            changed
        ],
    )?;
    Ok(())
}

impl FromRow for Order {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        let (content, texts): (String, String) = (row.get("content")?, row.get("texts")?);
        let content = kept::read(&content, &texts).ok_or_else(|| Error::Column {
            column: "content".to_owned(),
            wanted: "an order's content",
            found: "something this version cannot read".to_owned(),
        })?;
        Ok(Self {
            id: row.get("id")?,
            creator: row.get("creator")?,
            chain: row.get("chain")?,
            kind: row.get("kind")?,
            state: row.get("state")?,
            senders_reference: row.get("senders_reference")?,
            requested: row.get("requested")?,
            content,
            tries: row.get("tries")?,
            created: row.get("created")?,
            changed: row.get("changed")?,
        })
    }
}

/// The order with this id, whoever owns it. For jobs.
pub(crate) fn find(tx: &mut Tx<'_>, id: OrderId) -> Result<Option<Order>> {
    tx.optional("SELECT * FROM notify_orders WHERE id = $1", params![id])
}

/// A creator's order with this id.
pub(crate) fn find_own(tx: &mut Tx<'_>, creator: &Creator, id: OrderId) -> Result<Option<Order>> {
    tx.optional("SELECT * FROM notify_orders WHERE id = $1 AND creator = $2", params![id, creator])
}

/// A creator's orders with this reference, the oldest first.
pub(crate) fn by_reference(tx: &mut Tx<'_>, creator: &Creator, reference: &str) -> Result<Vec<Order>> {
    const SQL: &str = "SELECT * FROM notify_orders WHERE creator = $1 AND senders_reference = $2
        ORDER BY id LIMIT 1000";
    tx.all(SQL, params![creator, reference])
}

/// What manifest and feed say about an order itself.
#[derive(Clone, Debug)]
pub(crate) struct Head {
    pub(crate) creator: Creator,
    pub(crate) kind: Kind,
    pub(crate) state: State,
    pub(crate) senders_reference: Option<String>,
    pub(crate) changed: Timestamp,
}

impl FromRow for Head {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            creator: row.get("creator")?,
            kind: row.get("kind")?,
            state: row.get("state")?,
            senders_reference: row.get("senders_reference")?,
            changed: row.get("changed")?,
        })
    }
}

/// The head of an order, whoever owns it.
pub(crate) fn head(tx: &mut Tx<'_>, id: OrderId) -> Result<Head> {
    const SQL: &str =
        "SELECT creator, kind, state, senders_reference, changed FROM notify_orders WHERE id = $1";
    tx.one(SQL, params![id])
}

/// Moves an order from one state to another. Answers false when it was not in the first.
pub(crate) fn advance(tx: &mut Tx<'_>, id: OrderId, from: State, to: State, now: Timestamp) -> Result<bool> {
    const SQL: &str = "UPDATE notify_orders SET state = $3, changed = $4 WHERE id = $1 AND state = $2";
    Ok(tx.execute(SQL, params![id, from, to, now])? == 1)
}

/// Counts one more try at processing that has been put off.
pub(crate) fn count_try(tx: &mut Tx<'_>, id: OrderId) -> Result<()> {
    tx.execute("UPDATE notify_orders SET tries = tries + 1 WHERE id = $1", params![id])?;
    Ok(())
}
