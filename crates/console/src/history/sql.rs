//! The only place that knows the table of past figures.

use jiff::Timestamp;
use store::{Error, FromRow, Result, Row, Tx, params};

use super::model::{Figures, Grain};

/// The node in whose name the leader writes.
pub(super) const LEADER: &str = "";
/// Rows that one look takes in: two days of minutes of seven nodes.
const AT_MOST: u32 = 20_000;

/// What one row says about one interval.
struct Kept {
    at: Timestamp,
    figures: Figures,
}

impl FromRow for Kept {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        let figures: String = row.get("figures")?;
        let figures = serde_json::from_str(&figures).map_err(|_| unreadable())?;
        Ok(Self { at: row.get("at")?, figures })
    }
}

fn unreadable() -> Error {
    Error::Column { column: "figures".to_owned(), wanted: "figures", found: "something else".to_owned() }
}

fn written(figures: &Figures) -> Result<String> {
    serde_json::to_string(figures).map_err(|_| unreadable())
}

/// Adds to what a node has counted in an interval.
pub(super) fn add(tx: &mut Tx<'_>, grain: Grain, at: Timestamp, node: &str, more: &Figures) -> Result<()> {
    const HOLD: &str =
        "SELECT at, figures FROM history_figures WHERE grain = $1 AND at = $2 AND node = $3 FOR UPDATE";
    let kept: Option<Kept> = tx.optional(HOLD, params![grain.seconds(), at, node])?;
    let mut figures = kept.map(|kept| kept.figures).unwrap_or_default();
    figures.add(more);
    put(tx, grain, at, node, &figures)
}

/// Writes down the figures of an interval, whatever was there before.
pub(super) fn put(tx: &mut Tx<'_>, grain: Grain, at: Timestamp, node: &str, figures: &Figures) -> Result<()> {
    const SQL: &str = "INSERT INTO history_figures (grain, at, node, figures) VALUES ($1, $2, $3, $4)
        ON CONFLICT (grain, at, node) DO UPDATE SET figures = excluded.figures";
    tx.execute(SQL, params![grain.seconds(), at, node, written(figures)?])?;
    Ok(())
}

/// The figures of every interval from a moment until before another, the nodes' added up, oldest first.
pub(super) fn between(
    tx: &mut Tx<'_>,
    grain: Grain,
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<(Timestamp, Figures)>> {
    let rows: Vec<Kept> = tx.all(BETWEEN, params![grain.seconds(), from, to, AT_MOST])?;
    let mut intervals: Vec<(Timestamp, Figures)> = Vec::new();
    for Kept { at, figures } in rows {
        match intervals.last_mut() {
            Some((last, all)) if *last == at => all.add(&figures),
            _ => intervals.push((at, figures)),
        }
    }
    Ok(intervals)
}

const BETWEEN: &str = "SELECT at, figures FROM history_figures
    WHERE grain = $1 AND at >= $2 AND at < $3 ORDER BY at, node LIMIT $4";

/// When the latest interval began of which there is anything.
pub(super) fn latest(tx: &mut Tx<'_>, grain: Grain) -> Result<Option<Timestamp>> {
    tx.optional(LATEST, params![grain.seconds()])
}

const LATEST: &str = "SELECT at FROM history_figures WHERE grain = $1 ORDER BY at DESC LIMIT 1";

/// When the earliest interval began of which there is anything.
pub(super) fn earliest(tx: &mut Tx<'_>, grain: Grain) -> Result<Option<Timestamp>> {
    const SQL: &str = "SELECT at FROM history_figures WHERE grain = $1 ORDER BY at LIMIT 1";
    tx.optional(SQL, params![grain.seconds()])
}

/// Forgets the intervals that began before a moment.
pub(super) fn forget(tx: &mut Tx<'_>, grain: Grain, before: Timestamp) -> Result<u64> {
    tx.execute(FORGET, params![grain.seconds(), before])
}

const FORGET: &str = "DELETE FROM history_figures WHERE grain = $1 AND at < $2";

#[cfg(test)]
mod tests {
    use store::Engine;

    use super::*;

    #[tokio::test]
    async fn everything_is_found_by_the_primary_key() {
        let store = testkit::stores::temporary();
        for (sql, values) in [(BETWEEN, 4), (LATEST, 1), (FORGET, 2)] {
            let plan = store.read(move |tx| plan(tx, sql, values)).await.expect("a plan");
            let by_key = plan.contains("USING PRIMARY KEY (") || plan.contains("history_figures_pkey");
            assert!(by_key && !plan.contains("SCAN") && !plan.contains("Seq Scan"), "{sql}: {plan}");
        }
    }

    fn plan(tx: &mut Tx<'_>, sql: &str, values: usize) -> Result<String> {
        let all = params![60, Timestamp::UNIX_EPOCH, Timestamp::UNIX_EPOCH, 10];
        let steps: Vec<String> = match tx.engine() {
            Engine::Sqlite => {
                let steps: Vec<(i64, i64, i64, String)> =
                    tx.all(&format!("EXPLAIN QUERY PLAN {sql}"), &all[..values])?;
                steps.into_iter().map(|(.., step)| step).collect()
            }
            Engine::Postgres => {
                // An empty table is read whole if nobody forbids it.
                tx.execute("SET LOCAL enable_seqscan = off", params![])?;
                tx.all(&format!("EXPLAIN {sql}"), &all[..values])?
            }
        };
        Ok(steps.join("\n"))
    }
}
