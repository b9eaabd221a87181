//! Chains and orders in the store.

use jiff::Timestamp;
use meter::families::NOTIFY_ORDERS;
use store::{Error, FromRow, Result, Row, ToValue, Tx, Value, params, row};
use types::ids::{ChainId, OrderId};

use super::kept;
use super::model::{Kind, Order, State};
use super::receipt::Receipt;
use crate::access::Creator;

/// Where idempotency ids are unique, for each creator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Space {
    Standard,
    Composed,
    Instant,
}

impl ToValue for Space {
    fn to_value(&self) -> Value<'_> {
        let name = match self {
            Self::Standard => "standard",
            Self::Composed => "composed",
            Self::Instant => "instant",
        };
        Value::Text(name.into())
    }
}

/// What names a request for all time.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
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
    pub(crate) receipt: Receipt,
    pub(crate) dialog_id: Option<String>,
    pub(crate) transmission_id: Option<String>,
    pub(crate) created: Timestamp,
}

/// How often a key is asked for that somebody else took and gave back.
const KEY_TRIES: u32 = 8;

/// Registers chains, given in the order of their keys, but for those whose key is taken: of these it
/// answers the receipt that the first request got.
///
/// Of several at once, one succeeds; the others wait for its commit and then see it.
pub(crate) fn insert_chains(tx: &mut Tx<'_>, chains: &[&Chain]) -> Result<Vec<Option<Receipt>>> {
    debug_assert!(chains.is_sorted_by_key(|chain| &chain.key), "keys are taken in one order");
    let rows: Vec<_> = chains.iter().map(|chain| chain.row()).collect();
    let inserted = tx.each(INSERT_CHAIN, &rows)?;
    let mut receipts = Vec::with_capacity(chains.len());
    for ((chain, row), inserted) in chains.iter().zip(&rows).zip(inserted) {
        receipts.push(if inserted == 1 { None } else { earlier(tx, &chain.key, row)? });
    }
    Ok(receipts)
}

const INSERT_CHAIN: &str = "INSERT INTO notify_chains
        (creator, space, idempotency_id, id, receipt, dialog_id, transmission_id, created, digest)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING";

/// The receipt of whoever has the key; `None` when it was given back meanwhile, and is ours now.
fn earlier(tx: &mut Tx<'_>, key: &Key, row: &[Value<'_>]) -> Result<Option<Receipt>> {
    for _ in 0..KEY_TRIES {
        let found = receipt(tx, key)?;
        if found.is_some() || tx.execute(INSERT_CHAIN, row)? == 1 {
            return Ok(found);
        }
    }
    Err(Error::NotFound)
}

impl Chain {
    fn row(&self) -> Vec<Value<'_>> {
        let Self { id, key, receipt, dialog_id, transmission_id, created } = self;
        let Key { creator, space, idempotency_id } = key;
        let Receipt { text, digest } = receipt;
        row![creator, space, idempotency_id, id, text, dialog_id, transmission_id, created, digest]
    }
}

/// The answer that an earlier request with the key got.
pub(crate) fn receipt(tx: &mut Tx<'_>, key: &Key) -> Result<Option<Receipt>> {
    const SQL: &str = "SELECT receipt, digest FROM notify_chains
        WHERE creator = $1 AND space = $2 AND idempotency_id = $3";
    tx.optional(SQL, params![key.creator, key.space, key.idempotency_id])
}

impl FromRow for Receipt {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self { text: row.get("receipt")?, digest: row.get("digest")? })
    }
}

/// Takes back a chain of one order whose message certainly never left, and frees its key.
pub(crate) fn remove_chain(tx: &mut Tx<'_>, key: &Key, order: OrderId) -> Result<()> {
    const CHAIN: &str = "DELETE FROM notify_chains WHERE creator = $1 AND space = $2 AND idempotency_id = $3";
    tx.execute(CHAIN, params![key.creator, key.space, key.idempotency_id])?;
    tx.execute("DELETE FROM notify_notifications WHERE order_id = $1", params![order])?;
    tx.execute("DELETE FROM notify_timeline WHERE order_id = $1", params![order])?;
    tx.execute("DELETE FROM notify_orders WHERE id = $1", params![order])?;
    Ok(())
}

/// An instant chain: its key outlives its order.
pub(crate) enum InstantChain {
    /// With its one order.
    Of(OrderId),
    /// Its order was kept long enough and has been removed.
    Outlived,
}

/// The instant chain with this key.
pub(crate) fn instant_chain(tx: &mut Tx<'_>, key: &Key) -> Result<Option<InstantChain>> {
    const SQL: &str = "SELECT o.id FROM notify_chains c
        LEFT JOIN notify_orders o ON o.chain = c.id AND o.kind = 'instant'
        WHERE c.creator = $1 AND c.space = $2 AND c.idempotency_id = $3 LIMIT 1";
    let order = tx.optional(SQL, params![key.creator, key.space, key.idempotency_id])?;
    Ok(order.map(|order: Option<OrderId>| order.map_or(InstantChain::Outlived, InstantChain::Of)))
}

/// Stores orders.
pub(crate) fn insert_all(tx: &mut Tx<'_>, orders: &[&Order]) -> Result<()> {
    const SQL: &str = "INSERT INTO notify_orders
            (id, creator, chain, kind, state, senders_reference, requested, content, texts, tries,
             created, changed, channels, resource)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";
    let written: Vec<_> = orders
        .iter()
        .map(|order| (kept::write(&order.content), kept::write_texts(&order.content.texts)))
        .collect();
    let rows: Vec<_> = orders.iter().zip(&written).map(|(order, written)| row(order, written)).collect();
    tx.each(SQL, &rows)?;
    for order in orders {
        tx.count(&NOTIFY_ORDERS, &[order.kind.as_str()]);
    }
    Ok(())
}

fn row<'v>(order: &'v Order, (content, texts): &'v (String, String)) -> Vec<Value<'v>> {
    let Order { id, creator, chain, kind, state, senders_reference, requested, .. } = order;
    let Order { tries, created, changed, .. } = order;
    row![
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
        changed,
        order.content.schema.as_str(),
        order.content.resource_id,
    ]
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

/// Whether an order is there.
pub(crate) fn exists(tx: &mut Tx<'_>, id: OrderId) -> Result<bool> {
    let found: Option<i64> = tx.optional("SELECT 1 FROM notify_orders WHERE id = $1", params![id])?;
    Ok(found.is_some())
}

/// A creator's order with this id.
pub(crate) fn find_own(tx: &mut Tx<'_>, creator: &Creator, id: OrderId) -> Result<Option<Order>> {
    tx.optional("SELECT * FROM notify_orders WHERE id = $1 AND creator = $2", params![id, creator])
}

/// The same, held until the commit, so that nobody else changes it meanwhile.
pub(crate) fn hold_own(tx: &mut Tx<'_>, creator: &Creator, id: OrderId) -> Result<Option<Order>> {
    const SQL: &str = "SELECT * FROM notify_orders WHERE id = $1 AND creator = $2 FOR UPDATE";
    tx.optional(SQL, params![id, creator])
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

/// The head of an order that is in this state, held until the commit, so that nobody else ends it
/// meanwhile.
pub(crate) fn hold(tx: &mut Tx<'_>, id: OrderId, state: State) -> Result<Option<Head>> {
    const SQL: &str = "SELECT creator, kind, state, senders_reference, changed FROM notify_orders
        WHERE id = $1 AND state = $2 FOR UPDATE";
    tx.optional(SQL, params![id, state])
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
