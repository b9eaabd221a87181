//! What was decided about an order, when and why. For operators; never personal data.

use jiff::Timestamp;
use store::{FromRow, Result, Row, Tx, params, row};
use types::ids::OrderId;

use crate::orders::Order;

/// One decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// When.
    pub at: Timestamp,
    /// What, in a few fixed words.
    pub cause: String,
    /// More about it.
    pub detail: Option<String>,
}

impl FromRow for Step {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self { at: row.get("at")?, cause: row.get("cause")?, detail: row.get("detail")? })
    }
}

/// Writes a decision down, within the commit that makes it.
///
/// Two who write about one order at once draw the same number; the one who comes second waits for the
/// first and then draws again.
pub fn record(
    tx: &mut Tx<'_>,
    order: OrderId,
    cause: &str,
    detail: Option<&str>,
    now: Timestamp,
) -> Result<()> {
    const SQL: &str = "INSERT INTO notify_timeline (order_id, number, at, cause, detail)
        SELECT $1, coalesce(max(number), 0) + 1, $2, $3, $4 FROM notify_timeline WHERE order_id = $1
        ON CONFLICT DO NOTHING";
    while tx.execute(SQL, params![order, now, cause, detail.map(str::to_owned)])? == 0 {}
    Ok(())
}

/// Writes down something about orders that have just been made, as the first thing about each.
pub(crate) fn record_first(tx: &mut Tx<'_>, orders: &[&Order], cause: &str) -> Result<()> {
    const SQL: &str = "INSERT INTO notify_timeline (order_id, number, at, cause) VALUES ($1, $2, $3, $4)";
    const FIRST: i64 = 1;
    let rows: Vec<_> = orders.iter().map(|order| row![order.id, FIRST, order.created, cause]).collect();
    tx.each(SQL, &rows)?;
    Ok(())
}

/// Everything that was decided about an order, the first decision first.
pub fn of(tx: &mut Tx<'_>, order: OrderId) -> Result<Vec<Step>> {
    const SQL: &str =
        "SELECT at, cause, detail FROM notify_timeline WHERE order_id = $1 ORDER BY number LIMIT 1000";
    tx.all(SQL, params![order])
}
