//! What all nodes know about routes, in the store.

use std::collections::BTreeMap;

use jiff::Timestamp;
use store::{FromRow, Result, Row, Tx, params, row};

use super::shares::Counts;
use super::state::{Breaker, Event, Mode, State};
use crate::recipients::Channel;
use crate::sending::sql::channel_name;

impl FromRow for State {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        let until: Option<Timestamp> = row.get("until")?;
        let until = until.unwrap_or(Timestamp::UNIX_EPOCH);
        let breaker = match row.get::<String>("state")?.as_str() {
            "open" => Breaker::Open(until),
            "half_open" => Breaker::HalfOpen(until),
            _ => Breaker::Closed,
        };
        Ok(Self {
            breaker,
            trips: row.get("trips")?,
            paused: row.get("paused")?,
            score: row.get("score")?,
            lowered: row.get("lowered")?,
            raised: row.get("raised")?,
            mode: Mode::named(&row.get::<String>("mode")?).unwrap_or_default(),
            trouble: row.get("trouble")?,
            duplicate_risks: row.get("duplicate_risks")?,
        })
    }
}

impl Breaker {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Open(_) => "open",
            Self::HalfOpen(_) => "half_open",
        }
    }

    pub(super) const fn until(self) -> Option<Timestamp> {
        match self {
            Self::Closed => None,
            Self::Open(until) | Self::HalfOpen(until) => Some(until),
        }
    }
}

/// The state of a route, as far as anything was written down about it.
pub(super) fn read(tx: &mut Tx<'_>, channel: Channel, name: &str) -> Result<Option<State>> {
    tx.optional(
        "SELECT * FROM notify_routes WHERE channel = $1 AND name = $2",
        params![channel_name(channel), name],
    )
}

/// Changes a route's state; answers the state by now, and whether the event changed it.
pub(super) fn change(
    tx: &mut Tx<'_>,
    channel: Channel,
    name: &str,
    event: &Event,
    now: Timestamp,
) -> Result<(State, bool)> {
    const HOLD: &str = "SELECT * FROM notify_routes WHERE channel = $1 AND name = $2 FOR UPDATE";
    const INSERT: &str = "INSERT INTO notify_routes
            (channel, name, state, trips, score, mode, duplicate_risks, changed)
        VALUES ($1, $2, 'closed', 0, 100, 'auto', 0, $3) ON CONFLICT (channel, name) DO NOTHING";
    let key = channel_name(channel);
    tx.execute(INSERT, params![key, name, now])?;
    let before: State = tx.one(HOLD, params![key, name])?;
    let Some(after) = before.after(event, now) else {
        return Ok((before, false));
    };
    write(tx, key, name, &after, now)?;
    Ok((after, true))
}

fn write(tx: &mut Tx<'_>, channel: &str, name: &str, state: &State, now: Timestamp) -> Result<()> {
    const SQL: &str = "UPDATE notify_routes SET state = $3, until = $4, trips = $5, paused = $6, score = $7,
            lowered = $8, raised = $9, mode = $10, trouble = $11, duplicate_risks = $12, changed = $13
        WHERE channel = $1 AND name = $2";
    let State { breaker, trips, paused, score, lowered, raised, mode, trouble, duplicate_risks } = state;
    let (word, until, mode) = (breaker.as_str(), breaker.until(), mode.as_str());
    let values = params![
        channel,
        name,
        word,
        until,
        trips,
        paused,
        score,
        lowered,
        raised,
        mode,
        trouble,
        duplicate_risks,
        now
    ];
    tx.execute(SQL, values)?;
    Ok(())
}

/// Adds what one node has counted.
pub(super) fn add_counts(
    tx: &mut Tx<'_>,
    channel: Channel,
    name: &str,
    counts: &BTreeMap<i64, Counts>,
) -> Result<()> {
    const SQL: &str = "INSERT INTO notify_route_counts (channel, name, at, errors, taken, quick, reported)
        VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (channel, name, at) DO UPDATE SET
            errors = notify_route_counts.errors + excluded.errors,
            taken = notify_route_counts.taken + excluded.taken,
            quick = notify_route_counts.quick + excluded.quick,
            reported = notify_route_counts.reported + excluded.reported";
    let key = channel_name(channel);
    let rows = counts.iter().filter(|(_, counts)| !counts.is_empty());
    let rows: Vec<_> = rows
        .map(|(at, Counts { errors, taken, quick, reported })| {
            row![key, name, at, errors, taken, quick, reported]
        })
        .collect();
    tx.each(SQL, &rows)?;
    Ok(())
}

/// What all nodes have counted since a moment.
pub(super) fn counts(
    tx: &mut Tx<'_>,
    channel: Channel,
    name: &str,
    since: Timestamp,
) -> Result<Vec<(Timestamp, Counts)>> {
    const SQL: &str = "SELECT at, errors, taken, quick, reported FROM notify_route_counts
        WHERE channel = $1 AND name = $2 AND at >= $3 ORDER BY at";
    let rows: Vec<(i64, i64, i64, i64, i64)> =
        tx.all(SQL, params![channel_name(channel), name, since.as_second()])?;
    let counted = |(at, errors, taken, quick, reported)| {
        let at = Timestamp::from_second(at).unwrap_or(Timestamp::MIN);
        (at, Counts { errors, taken, quick, reported })
    };
    Ok(rows.into_iter().map(counted).collect())
}

/// Forgets what was counted before a moment.
pub(super) fn forget_counts(tx: &mut Tx<'_>, before: Timestamp) -> Result<()> {
    tx.execute("DELETE FROM notify_route_counts WHERE at < $1", params![before.as_second()])?;
    Ok(())
}

/// Says that this node is alive; answers how many are.
pub(super) fn show_life(tx: &mut Tx<'_>, node: &str, now: Timestamp, since: Timestamp) -> Result<u32> {
    const SQL: &str = "INSERT INTO notify_route_nodes (node, seen) VALUES ($1, $2)
        ON CONFLICT (node) DO UPDATE SET seen = excluded.seen";
    tx.execute(SQL, params![node, now])?;
    tx.execute("DELETE FROM notify_route_nodes WHERE seen < $1", params![since])?;
    tx.one("SELECT count(*) FROM notify_route_nodes WHERE seen >= $1", params![since])
}
