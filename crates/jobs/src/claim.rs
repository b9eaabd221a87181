//! Taking jobs out with a lease, fairly over the organizations of a lane.
//!
//! One index, `(lane, owner, due)`, carries it all: it knows each owner's longest due job, and stepping
//! from owner to owner is one look-up each, however many jobs lie between. So a claim looks at a few
//! owners, gives each that has something due an equal share, and what some leave over goes to the
//! others. Its cost grows with the batch, not with what waits: four hundred thousand jobs of one owner
//! are one step for a claim that looks for the next.

use std::collections::HashMap;
use std::time::Duration;

use jiff::Timestamp;
use store::{Engine, FromRow, Result, Row, Tx, params, row};
use uuid::Uuid;

use crate::job::Lane;
use crate::queue::Taken;

/// Owners that a claim looks at before it is content with those that had something last time.
const LOOK_AT: usize = 64;

/// Who takes jobs, when, and for how long.
#[derive(Clone, Debug)]
pub struct Claim {
    /// The worker's name, for operators.
    pub worker: String,
    /// The moment of taking.
    pub now: Timestamp,
    /// How long the lease lasts.
    pub lease: Duration,
}

impl Claim {
    pub(crate) fn until(&self) -> Timestamp {
        self.now.checked_add(self.lease).unwrap_or(Timestamp::MAX)
    }
}

/// How far a worker has come on its way round the owners of a lane.
#[derive(Clone, Debug, Default)]
pub struct Round {
    /// The owner whose turn was last.
    after: String,
    /// Those that had more due than they were given.
    busy: Vec<String>,
}

/// What a claim brought.
#[derive(Debug, Default)]
pub struct Claimed {
    /// The jobs, oldest first.
    pub taken: Vec<Taken>,
    /// Where the next claim goes on.
    pub round: Round,
    /// Whether more may be due now.
    pub more: bool,
}

/// Takes up to `max` due jobs of a lane, beginning with the first of its owners.
pub fn claim(tx: &mut Tx<'_>, lane: Lane, claim: &Claim, max: usize) -> Result<Vec<Taken>> {
    claim_in_turn(tx, lane, claim, max, &Round::default()).map(|claimed| claimed.taken)
}

/// Takes up to `max` due jobs of a lane, going on where `round` ended: an equal share for every owner
/// that has something due, the longest due first.
pub fn claim_in_turn(
    tx: &mut Tx<'_>,
    lane: Lane,
    claim: &Claim,
    max: usize,
    round: &Round,
) -> Result<Claimed> {
    let mut busy = round.busy.as_slice();
    let mut after = round.after.clone();
    loop {
        let look = look(tx, lane, claim.now, &after, busy.is_empty())?;
        let owners = in_turn(&look, busy, max);
        let next = next_turn(&look, &owners, &after);
        let (mut taken, busy_now) = take_shares(tx, lane, claim, owners, max)?;
        if !taken.is_empty() || look.whole || busy.is_empty() {
            taken.sort_unstable_by_key(|taken| taken.id);
            // What is due and was not ours to take is in somebody else's hands at this moment.
            let more = !taken.is_empty() && (taken.len() == max || !look.whole);
            return Ok(Claimed { taken, round: Round { after: next, busy: busy_now }, more });
        }
        // Those that were busy have become quiet, so the others are worth a longer look.
        (after, busy) = (next, &[]);
    }
}

/// Whether anything of a lane is due.
pub(crate) fn is_any_due(tx: &mut Tx<'_>, lane: Lane, now: Timestamp) -> Result<bool> {
    Ok(look(tx, lane, now, "", true)?.owners.iter().any(|owner| owner.is_due))
}

struct Owner {
    name: String,
    longest_due: Timestamp,
    is_due: bool,
}

impl FromRow for Owner {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self { name: row.at(0)?, longest_due: row.at(1)?, is_due: false })
    }
}

/// Some owners of a lane in their order, and whether they are all there are.
struct Look {
    owners: Vec<Owner>,
    whole: bool,
}

/// The owners that come after `start`, going round. With `to_the_end`, further and further until one has
/// something due or all have been seen.
fn look(tx: &mut Tx<'_>, lane: Lane, now: Timestamp, start: &str, to_the_end: bool) -> Result<Look> {
    // The way round begins after `start` and ends with it.
    let place = |name: &str| (name <= start, name.to_owned());
    let mut owners = owners_after(tx, lane, now, start)?;
    let mut whole = owners.len() < LOOK_AT;
    owners.sort_unstable_by_key(|owner| place(&owner.name));
    while to_the_end && !whole && !owners.iter().any(|owner| owner.is_due) {
        let Some(last) = owners.last().map(|owner| owner.name.clone()) else { break };
        let mut next = owners_after(tx, lane, now, &last)?;
        next.retain(|owner| place(&owner.name) > place(&last));
        next.sort_unstable_by_key(|owner| place(&owner.name));
        whole = next.len() < LOOK_AT;
        if next.is_empty() {
            break;
        }
        owners = next;
    }
    Ok(Look { owners, whole })
}

/// At most [`LOOK_AT`] owners, one look-up in the index each, beginning anew after the last.
fn owners_after(tx: &mut Tx<'_>, lane: Lane, now: Timestamp, after: &str) -> Result<Vec<Owner>> {
    const SQL: &str = "WITH RECURSIVE round (owner) AS (
            SELECT coalesce(
                (SELECT j.owner FROM jobs j WHERE j.lane = $1 AND j.owner > $2 ORDER BY j.owner LIMIT 1),
                (SELECT j.owner FROM jobs j WHERE j.lane = $1 ORDER BY j.owner LIMIT 1))
            UNION
            SELECT coalesce(
                (SELECT j.owner FROM jobs j WHERE j.lane = $1 AND j.owner > r.owner ORDER BY j.owner LIMIT 1),
                (SELECT j.owner FROM jobs j WHERE j.lane = $1 ORDER BY j.owner LIMIT 1))
            FROM round r WHERE r.owner IS NOT NULL),
        seen AS (SELECT owner FROM round LIMIT $3)
        SELECT s.owner, (SELECT j.due FROM jobs j WHERE j.lane = $1 AND j.owner = s.owner ORDER BY j.due LIMIT 1)
        FROM seen s WHERE s.owner IS NOT NULL";
    let mut owners: Vec<Owner> = tx.all(SQL, params![lane.0, after, LOOK_AT as u64])?;
    for owner in &mut owners {
        owner.is_due = owner.longest_due <= now;
    }
    Ok(owners)
}

/// Whose turn it is: those seen with something due, then those known to be busy, not more than there is
/// room for.
fn in_turn(look: &Look, busy: &[String], max: usize) -> Vec<String> {
    let seen = look.owners.iter().filter(|owner| owner.is_due).map(|owner| &owner.name);
    let unseen = busy.iter().filter(|busy| look.owners.iter().all(|owner| owner.name != **busy));
    seen.chain(unseen).take(max).cloned().collect()
}

/// Where the next claim goes on: after the last that was seen, or that got something when not all did.
/// When everybody gets something every time, it moves on by one, so that nobody is always the first to be
/// given what is left over.
fn next_turn(look: &Look, owners: &[String], after: &str) -> String {
    let due = look.owners.iter().filter(|owner| owner.is_due).map(|owner| &owner.name);
    let last_served = due.clone().take_while(|name| owners.contains(name)).last();
    let next = match (last_served, due.clone().count() > owners.len()) {
        (Some(last), true) => Some(last),
        _ if look.whole => due.clone().next(),
        _ => look.owners.last().map(|owner| &owner.name),
    };
    next.map_or_else(|| after.to_owned(), Clone::clone)
}

/// An equal share for each owner; what some leave over goes to the others. Also answers those that may
/// have more.
fn take_shares(
    tx: &mut Tx<'_>,
    lane: Lane,
    claim: &Claim,
    mut owners: Vec<String>,
    max: usize,
) -> Result<(Vec<Taken>, Vec<String>)> {
    let mut taken = Vec::new();
    while taken.len() < max && !owners.is_empty() {
        let room = max - taken.len();
        let share = (room / owners.len()).max(1);
        let mut unserved = owners.split_off(owners.len().min(room));
        let got = take(tx, lane, claim, &owners, share)?;
        let mut counts: HashMap<&str, usize> = HashMap::new();
        for taken in &got {
            *counts.entry(&taken.owner).or_default() += 1;
        }
        owners.retain(|owner| counts.get(owner.as_str()) == Some(&share));
        taken.extend(got);
        owners.append(&mut unserved);
    }
    Ok((taken, owners))
}

/// Up to `share` due jobs of each owner.
fn take(tx: &mut Tx<'_>, lane: Lane, claim: &Claim, owners: &[String], share: usize) -> Result<Vec<Taken>> {
    const SQLITE: &str = "UPDATE jobs SET due = $3, worker = $4, fence = fence + 1, tries = tries + 1
        WHERE id IN (SELECT id FROM jobs WHERE lane = $1 AND owner = $5 AND due <= $2 ORDER BY due LIMIT $6)
        RETURNING id, fence, lane, kind, owner, payload, expires, tries, created";
    // The names travel as JSON, so that one round trip serves all of them. The array of ids keeps the
    // planner from joining with the whole table, whatever it believes about its size.
    const POSTGRES: &str = "WITH next AS (
            SELECT due.id FROM json_array_elements_text(CAST(CAST($5 AS TEXT) AS JSON)) AS turn (owner)
            CROSS JOIN LATERAL (SELECT j.id FROM jobs j
                WHERE j.lane = $1 AND j.owner = turn.owner AND j.due <= $2
                ORDER BY j.due LIMIT $6 FOR UPDATE SKIP LOCKED) AS due)
        UPDATE jobs SET due = $3, worker = $4, fence = fence + 1, tries = tries + 1
        WHERE id = ANY (ARRAY(SELECT id FROM next))
        RETURNING id, fence, lane, kind, owner, payload, expires, tries, created";
    let (share, until) = (share as u64, claim.until());
    match tx.engine() {
        Engine::Sqlite => {
            let mut taken = Vec::new();
            for owner in owners {
                let mut some: Vec<Taken> =
                    tx.all(SQLITE, params![lane.0, claim.now, until, claim.worker, owner, share])?;
                taken.append(&mut some);
            }
            Ok(taken)
        }
        Engine::Postgres => {
            let owners = serde_json::Value::from(owners);
            tx.all(POSTGRES, params![lane.0, claim.now, until, claim.worker, owners, share])
        }
    }
}

/// Extends the leases of jobs that are still being worked on; answers those that are lost.
pub fn renew(tx: &mut Tx<'_>, held: &[(Uuid, i64)], claim: &Claim) -> Result<Vec<Uuid>> {
    // A job that has just put itself off is in nobody's hands, and keeps the time it asked for.
    const SQL: &str = "UPDATE jobs SET due = $3 WHERE id = $1 AND fence = $2 AND worker = $4";
    let until = claim.until();
    let mut held = held.to_vec();
    held.sort_unstable(); // always the same order, so that two who lock the same rows do not wait in a ring
    let rows: Vec<_> = held.iter().map(|(id, fence)| row![id, fence, until, claim.worker]).collect();
    let renewed = tx.each(SQL, &rows)?;
    Ok(held.iter().zip(renewed).filter(|(_, rows)| *rows == 0).map(|((id, _), _)| *id).collect())
}

/// Gives back at once what a former process on this machine left in its hands, instead of when its leases
/// end; answers how many jobs that were. Only for the embedded engine, whose data directory is locked, so
/// that nobody else can be alive; on the shared one it does nothing.
///
/// Fences and the ledger stay as they are: whoever takes such a job next finds the attempt that began and
/// has no end, and decides.
pub fn release_abandoned(tx: &mut Tx<'_>, now: Timestamp) -> Result<u64> {
    const SQL: &str = "UPDATE jobs SET due = $1, worker = NULL WHERE worker IS NOT NULL AND due > $1";
    match tx.engine() {
        Engine::Sqlite => tx.execute(SQL, params![now]),
        Engine::Postgres => Ok(0),
    }
}
