//! Bulks in the store, and which orders came of them.

use jiff::Timestamp;
use store::{Error, FromRow, Result, Row, ToValue as _, Tx, params};
use tokio_util::sync::CancellationToken;
use types::ids::OrderId;
use types::retention::days_before;
use uuid::Uuid;

use super::model::{Bulk, Counts, Standing};
use crate::Notify;
use crate::access::Creator;
use crate::orders::State;

impl FromRow for Bulk {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        let standing: String = row.get("state")?;
        Ok(Self {
            id: row.get("id")?,
            standing: Standing::parse(&standing).ok_or_else(|| Error::Column {
                column: "state".to_owned(),
                wanted: "a bulk's state",
                found: "another word".to_owned(),
            })?,
            counts: Counts {
                lines: row.get("lines")?,
                accepted: row.get("accepted")?,
                known: row.get("known")?,
                refused: row.get("refused")?,
            },
            created: row.get("created")?,
            changed: row.get("changed")?,
        })
    }
}

/// Begins a bulk. Harmless when asked again.
pub(super) fn insert(tx: &mut Tx<'_>, id: Uuid, creator: &Creator, now: Timestamp) -> Result<()> {
    const SQL: &str = "INSERT INTO notify_bulks
            (id, creator, state, lines, accepted, known, refused, created, changed)
        VALUES ($1, $2, 'taking', 0, 0, 0, 0, $3, $3) ON CONFLICT DO NOTHING";
    tx.execute(SQL, params![id, creator, now])?;
    Ok(())
}

/// Notes how far a bulk has come. One call reads its lines, so the counts are simply written.
pub(super) fn note(
    tx: &mut Tx<'_>,
    id: Uuid,
    standing: Standing,
    counts: Counts,
    now: Timestamp,
) -> Result<()> {
    const SQL: &str = "UPDATE notify_bulks SET state = $2, lines = $3, accepted = $4, known = $5,
        refused = $6, changed = $7 WHERE id = $1";
    let Counts { lines, accepted, known, refused } = counts;
    tx.execute(SQL, params![id, standing.as_str(), lines, accepted, known, refused, now])?;
    Ok(())
}

/// Notes which orders came of a bulk. Harmless when asked again.
pub(super) fn add_orders(tx: &mut Tx<'_>, id: Uuid, orders: &[OrderId]) -> Result<()> {
    const SQL: &str =
        "INSERT INTO notify_bulk_orders (bulk, order_id) VALUES ($1, $2) ON CONFLICT DO NOTHING";
    let rows: Vec<_> = orders.iter().map(|order| vec![id.to_value(), order.to_value()]).collect();
    tx.each(SQL, &rows)?;
    Ok(())
}

/// A creator's bulk.
pub(super) fn find_own(tx: &mut Tx<'_>, creator: &Creator, id: Uuid) -> Result<Option<Bulk>> {
    tx.optional("SELECT * FROM notify_bulks WHERE id = $1 AND creator = $2", params![id, creator])
}

/// How many main orders of a bulk are in which state. Counted when asked: keeping count would make all of
/// them wait for one row.
pub(super) fn by_state(tx: &mut Tx<'_>, id: Uuid) -> Result<Vec<(State, u64)>> {
    const SQL: &str = "SELECT o.state, count(*) FROM notify_bulk_orders b
        JOIN notify_orders o ON o.id = b.order_id WHERE b.bulk = $1 GROUP BY o.state ORDER BY o.state";
    tx.all(SQL, params![id])
}

/// Rows removed in one commit at most.
const AT_ONCE: u64 = 1000;

/// Forgets bulks that are as old as the feed's oldest entries, until told to stop. Their orders stay.
pub(crate) async fn prune(app: &Notify, stop: &CancellationToken) -> Result<()> {
    const OLD: &str = "SELECT id FROM notify_bulks WHERE created < $1 ORDER BY created LIMIT 1";
    const ORDERS: &str = "DELETE FROM notify_bulk_orders WHERE bulk = $1 AND order_id IN
        (SELECT order_id FROM notify_bulk_orders WHERE bulk = $1 ORDER BY order_id LIMIT 1000)";
    let before = days_before(app.clock().now(), app.config().feed_days);
    let find = move |tx: &mut Tx<'_>| tx.optional::<Uuid>(OLD, params![before]);
    while !stop.is_cancelled()
        && let Some(old) = app.store().read(find).await?
    {
        let removed: u64 = app.store().write(move |tx| tx.execute(ORDERS, params![old])).await?;
        if removed < AT_ONCE {
            let forget =
                move |tx: &mut Tx<'_>| tx.execute("DELETE FROM notify_bulks WHERE id = $1", params![old]);
            app.store().write(forget).await?;
        }
    }
    Ok(())
}
