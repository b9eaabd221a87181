//! The ledger of attempts: about to, under way, ended so, or unknown.
//!
//! A row is on disk before the outside world is called and is closed after it answered. When a
//! worker dies between the two, nobody knows whether the call had an effect; whoever takes the job
//! next finds the open row with [`unfinished`], marks it [`State::Unknown`] and decides by the rules
//! of that channel: repeat (the peer recognizes repeats), ask, or stop and say so.

use jiff::Timestamp;
use store::{FromRow, Result, Row, Tx, params, row};
use types::ids::AttemptId;
use uuid::Uuid;

/// How far an attempt has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Written down; the outside world has not been called.
    Prepared,
    /// The call is being made, or was when the process died.
    InFlight,
    /// The call has ended, for better or worse; the outcome says which.
    Ended,
    /// Nobody knows whether the call had an effect.
    Unknown,
}

impl State {
    const fn name(self) -> &'static str {
        match self {
            Self::Prepared => "prepared",
            Self::InFlight => "in_flight",
            Self::Ended => "ended",
            Self::Unknown => "unknown",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        [Self::Prepared, Self::InFlight, Self::Ended, Self::Unknown].into_iter().find(|s| s.name() == name)
    }
}

/// One try to hand something to the outside world.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// Its id; ordered by time.
    pub id: AttemptId,
    /// For whom.
    pub owner: String,
    /// What was to be handed over: the id of a notification, message or delivery.
    pub subject: Uuid,
    /// The gateway, transport or subscriber.
    pub route: String,
    /// How far it has come.
    pub state: State,
    /// When it was written down.
    pub prepared: Timestamp,
    /// When the call began.
    pub started: Option<Timestamp>,
    /// When it ended, or when it was found to be unknown.
    pub ended: Option<Timestamp>,
    /// How it ended, in the channel's own words.
    pub outcome: Option<String>,
    /// The other side's reference.
    pub reference: Option<String>,
    /// More for the operator; never personal data.
    pub detail: Option<String>,
}

impl FromRow for Attempt {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        let state: String = row.get("state")?;
        Ok(Self {
            id: row.get("id")?,
            owner: row.get("owner")?,
            subject: row.get("subject")?,
            route: row.get("route")?,
            state: State::from_name(&state).unwrap_or(State::Unknown),
            prepared: row.get("prepared")?,
            started: row.get("started")?,
            ended: row.get("ended")?,
            outcome: row.get("outcome")?,
            reference: row.get("reference")?,
            detail: row.get("detail")?,
        })
    }
}

/// What is to be handed over, by whom and through what.
#[derive(Clone, Debug)]
pub struct Intent<'a> {
    /// The attempt's new id.
    pub id: AttemptId,
    /// For whom.
    pub owner: &'a str,
    /// What is to be handed over.
    pub subject: Uuid,
    /// The gateway, transport or subscriber.
    pub route: &'a str,
}

/// Writes down that an attempt is coming; the call is not allowed yet.
pub fn prepare(tx: &mut Tx<'_>, intent: &Intent<'_>, now: Timestamp) -> Result<()> {
    insert(tx, intent, State::Prepared, now, None)
}

/// Writes down that the call is about to be made; once this is on disk, it may be.
pub fn begin(tx: &mut Tx<'_>, intent: &Intent<'_>, now: Timestamp) -> Result<()> {
    insert(tx, intent, State::InFlight, now, Some(now))
}

/// The same for many calls that are about to be made.
pub fn begin_all(tx: &mut Tx<'_>, intents: &[Intent<'_>], now: Timestamp) -> Result<()> {
    let state = State::InFlight.name();
    let mut rows = Vec::with_capacity(intents.len());
    for Intent { id, owner, subject, route } in intents {
        rows.push(row![id, owner, subject, route, state, now, now]);
    }
    tx.each(INSERT, &rows)?;
    Ok(())
}

const INSERT: &str = "INSERT INTO attempts (id, owner, subject, route, state, prepared, started)
    VALUES ($1, $2, $3, $4, $5, $6, $7)";

fn insert(
    tx: &mut Tx<'_>,
    intent: &Intent<'_>,
    state: State,
    now: Timestamp,
    started: Option<Timestamp>,
) -> Result<()> {
    let Intent { id, owner, subject, route } = intent;
    tx.execute(INSERT, params![id, owner, subject, route, state.name(), now, started])?;
    Ok(())
}

/// A prepared attempt's call is about to be made. Answers false when it was no longer waiting.
pub fn start(tx: &mut Tx<'_>, id: AttemptId, now: Timestamp) -> Result<bool> {
    const SQL: &str =
        "UPDATE attempts SET state = 'in_flight', started = $2 WHERE id = $1 AND state = 'prepared'";
    Ok(tx.execute(SQL, params![id, now])? == 1)
}

/// How a call ended.
#[derive(Clone, Debug, Default)]
pub struct End<'a> {
    /// In the channel's own words.
    pub outcome: &'a str,
    /// The other side's reference.
    pub reference: Option<&'a str>,
    /// More for the operator; never personal data.
    pub detail: Option<&'a str>,
}

/// Closes an attempt. A late answer may still close one that was found unknown.
pub fn end(tx: &mut Tx<'_>, id: AttemptId, end: &End<'_>, now: Timestamp) -> Result<()> {
    close(tx, id, State::Ended, end, now)
}

/// Marks an attempt as one whose effect nobody knows.
pub fn mark_unknown(tx: &mut Tx<'_>, id: AttemptId, end: &End<'_>, now: Timestamp) -> Result<()> {
    close(tx, id, State::Unknown, end, now)
}

/// Closes many attempts, as [`end`] does.
pub fn end_all(tx: &mut Tx<'_>, ends: &[(AttemptId, End<'_>)], now: Timestamp) -> Result<()> {
    let state = State::Ended.name();
    let mut rows = Vec::with_capacity(ends.len());
    for (id, End { outcome, reference, detail }) in ends {
        rows.push(row![id, state, now, outcome, reference, detail]);
    }
    tx.each(CLOSE, &rows)?;
    Ok(())
}

const CLOSE: &str = "UPDATE attempts SET state = $2, ended = $3, outcome = $4, reference = $5, detail = $6
    WHERE id = $1 AND state <> 'ended'";

fn close(tx: &mut Tx<'_>, id: AttemptId, state: State, end: &End<'_>, now: Timestamp) -> Result<()> {
    tx.execute(CLOSE, params![id, state.name(), now, end.outcome, end.reference, end.detail])?;
    Ok(())
}

/// The attempts of a subject that began and have no end. More than a memory of this process: after
/// a crash this is how the next worker learns that a call may have been made.
pub fn unfinished(tx: &mut Tx<'_>, subject: Uuid) -> Result<Vec<Attempt>> {
    const SQL: &str = "SELECT * FROM attempts WHERE subject = $1 AND state = 'in_flight' ORDER BY id";
    tx.all(SQL, params![subject])
}

/// The attempts of a subject whose effect nobody knows.
pub fn unknown(tx: &mut Tx<'_>, subject: Uuid) -> Result<Vec<Attempt>> {
    const SQL: &str = "SELECT * FROM attempts WHERE subject = $1 AND state = 'unknown' ORDER BY id";
    tx.all(SQL, params![subject])
}

/// Every attempt of a subject, oldest first.
pub fn of(tx: &mut Tx<'_>, subject: Uuid) -> Result<Vec<Attempt>> {
    tx.all("SELECT * FROM attempts WHERE subject = $1 ORDER BY id LIMIT 1000", params![subject])
}
