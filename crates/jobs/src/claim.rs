//! Taking jobs out with a lease, fairly over the organizations of a lane.
//!
//! One index, `(lane, owner, due)`, holds what waits: it knows each owner's longest due job, and stepping
//! from owner to owner is one look-up each, however many jobs lie between. So a worker looks round now and
//! then who has something due, gives each of them an equal share, and what some leave over goes to the
//! others. The cost of a claim grows with the batch, not with what waits: four hundred thousand jobs of
//! one owner are one step for whoever looks for the next.
//!
//! What is in somebody's hands is in another index, by the end of the lease. On PostgreSQL, where what has
//! been deleted stays in an index until vacuum comes, this is what keeps the steps short: an entry that
//! goes out of the first index lies where the next claim cleans up anyway. (Tried with one index for both:
//! half the rate, and half a second to step over an owner whose hundred thousand jobs were done.)

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use store::{Engine, FromRow, Result, Row, Tx, params, row};
use uuid::Uuid;

use crate::job::Lane;
use crate::queue::Taken;

/// Owners that one look sees at most.
const LOOK_AT: usize = 64;
/// Owners whose turn a worker remembers at most.
const REMEMBER: usize = 256;
/// How often a worker with enough to do looks for others who have something due.
const LOOK_EVERY: SignedDuration = SignedDuration::from_millis(100);
/// Leases that have run out and are given back in one go.
const GIVE_BACK: i64 = 500;

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

/// Whose turn it is, as far as a worker knows: how far it has come on its way round the owners of a lane.
#[derive(Clone, Debug, Default)]
pub struct Round {
    /// Those who have something due, the next one first.
    turns: VecDeque<String>,
    /// The last one that was looked at.
    after: String,
    /// When that was.
    looked: Option<Timestamp>,
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
    let mut round = round.clone();
    let mut taken = Vec::new();
    let mut all_seen = false;
    if round.wants_a_look(claim.now) {
        all_seen = round.look(tx, lane, claim.now)?;
    }
    loop {
        round.take_shares(tx, lane, claim, max, &mut taken)?;
        if taken.len() >= max || all_seen {
            break;
        }
        // Those known have nothing more, so it is worth a look at all the others.
        all_seen = round.look(tx, lane, claim.now)?;
    }
    taken.sort_unstable_by_key(|taken| taken.id);
    // What is due and was not ours to take is in somebody else's hands at this moment.
    let more = taken.len() >= max;
    Ok(Claimed { taken, round, more })
}

/// Whether anything of a lane is due, waiting or left behind by somebody whose lease has ended.
pub(crate) fn is_any_due(tx: &mut Tx<'_>, lane: Lane, now: Timestamp) -> Result<bool> {
    const LEASED: &str = "SELECT 1 FROM jobs WHERE worker IS NOT NULL AND lane = $1 AND due <= $2 LIMIT 1";
    let left: Option<i64> = tx.optional(LEASED, params![lane.0, now])?;
    Ok(left.is_some() || !look(tx, lane, now, "")?.due.is_empty())
}

/// Gives back what is in the hands of workers whose leases have ended.
fn give_back(tx: &mut Tx<'_>, lane: Lane, now: Timestamp) -> Result<()> {
    const SQLITE: &str = "UPDATE jobs SET worker = NULL WHERE id IN (SELECT id FROM jobs
        WHERE worker IS NOT NULL AND lane = $1 AND due <= $2 ORDER BY due LIMIT $3)";
    const POSTGRES: &str = "UPDATE jobs SET worker = NULL WHERE id = ANY (ARRAY(SELECT id FROM jobs
        WHERE worker IS NOT NULL AND lane = $1 AND due <= $2 ORDER BY due LIMIT $3 FOR UPDATE SKIP LOCKED))";
    let sql = match tx.engine() {
        Engine::Sqlite => SQLITE,
        Engine::Postgres => POSTGRES,
    };
    tx.execute(sql, params![lane.0, now, GIVE_BACK])?;
    Ok(())
}

impl Round {
    /// Whether those known are few, or have been known for some time. A clock that went back counts.
    fn wants_a_look(&self, now: Timestamp) -> bool {
        let fresh = |looked: Timestamp| looked <= now && now.duration_since(looked) < LOOK_EVERY;
        self.turns.is_empty() || (!self.looked.is_some_and(fresh) && self.turns.len() < REMEMBER)
    }

    /// Finds others who have something due; they come first. Answers whether all owners have been seen.
    fn look(&mut self, tx: &mut Tx<'_>, lane: Lane, now: Timestamp) -> Result<bool> {
        give_back(tx, lane, now)?;
        let look = look(tx, lane, now, &self.after)?;
        for owner in look.due.into_iter().rev() {
            if !self.turns.contains(&owner) {
                self.turns.push_front(owner);
            }
        }
        (self.after, self.looked) = (look.last, Some(now));
        Ok(look.all_seen)
    }

    /// Adds to `taken` until there are `max`, or those known have nothing more.
    fn take_shares(
        &mut self,
        tx: &mut Tx<'_>,
        lane: Lane,
        claim: &Claim,
        max: usize,
        taken: &mut Vec<Taken>,
    ) -> Result<()> {
        while taken.len() < max && !self.turns.is_empty() {
            let room = max - taken.len();
            let share = room.div_ceil(self.turns.len());
            let served: Vec<String> = self.turns.drain(..self.turns.len().min(room / share)).collect();
            let got = take(tx, lane, claim, &served, share)?;
            let mut counts: HashMap<&str, usize> = HashMap::new();
            for taken in &got {
                *counts.entry(&taken.owner).or_default() += 1;
            }
            // Whoever filled his share may have more, and waits for his next turn.
            let full = |owner: &String| counts.get(owner.as_str()).is_some_and(|count| *count >= share);
            self.turns.extend(served.into_iter().filter(full));
            taken.extend(got);
        }
        Ok(())
    }
}

/// What a look found.
struct Look {
    /// Who has something due, in their order.
    due: Vec<String>,
    /// The last owner seen.
    last: String,
    /// Whether that was all of them.
    all_seen: bool,
}

struct Owner {
    name: String,
    longest_due: Timestamp,
}

impl FromRow for Owner {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self { name: row.at(0)?, longest_due: row.at(1)? })
    }
}

/// Looks at the owners that come after `start`, going round, until some have something due or all have
/// been seen.
fn look(tx: &mut Tx<'_>, lane: Lane, now: Timestamp, start: &str) -> Result<Look> {
    // The way round begins after `start` and ends with it.
    let place = |name: &str| (name <= start, name.to_owned());
    let mut last = start.to_owned();
    let mut first_look = true;
    loop {
        let mut owners = owners_after(tx, lane, &last)?;
        owners.retain(|owner| first_look || place(&owner.name) > place(&last));
        owners.sort_unstable_by_key(|owner| place(&owner.name));
        let all_seen = owners.len() < LOOK_AT;
        if let Some(owner) = owners.last() {
            last.clone_from(&owner.name);
        }
        let due = owners.into_iter().filter(|owner| owner.longest_due <= now).map(|owner| owner.name);
        let due: Vec<_> = due.collect();
        if all_seen || !due.is_empty() {
            return Ok(Look { due, last, all_seen });
        }
        first_look = false;
    }
}

const OWNERS: &str = "WITH RECURSIVE round (owner) AS (
        SELECT coalesce(
            (SELECT j.owner FROM jobs j
                WHERE j.worker IS NULL AND j.lane = $1 AND j.owner > $2 ORDER BY j.owner LIMIT 1),
            (SELECT j.owner FROM jobs j WHERE j.worker IS NULL AND j.lane = $1 ORDER BY j.owner LIMIT 1))
        UNION
        SELECT coalesce(
            (SELECT j.owner FROM jobs j
                WHERE j.worker IS NULL AND j.lane = $1 AND j.owner > r.owner ORDER BY j.owner LIMIT 1),
            (SELECT j.owner FROM jobs j WHERE j.worker IS NULL AND j.lane = $1 ORDER BY j.owner LIMIT 1))
        FROM round r WHERE r.owner IS NOT NULL),
    seen AS (SELECT owner FROM round LIMIT $3)
    SELECT s.owner, (SELECT j.due FROM jobs j
        WHERE j.worker IS NULL AND j.lane = $1 AND j.owner = s.owner ORDER BY j.due LIMIT 1)
    FROM seen s WHERE s.owner IS NOT NULL";

/// At most [`LOOK_AT`] owners of waiting jobs, one look-up in the index each, beginning anew after the
/// last.
fn owners_after(tx: &mut Tx<'_>, lane: Lane, after: &str) -> Result<Vec<Owner>> {
    tx.all(OWNERS, params![lane.0, after, LOOK_AT as u64])
}

const TAKE_EMBEDDED: &str = "UPDATE jobs SET due = $3, worker = $4, fence = fence + 1, tries = tries + 1
    WHERE id IN (SELECT id FROM jobs
        WHERE worker IS NULL AND lane = $1 AND owner = $5 AND due <= $2 ORDER BY due LIMIT $6)
    RETURNING id, fence, lane, kind, owner, payload, expires, tries, created, due, context";

// The names travel as JSON, so that one round trip serves all of them. The array of ids keeps the
// planner from joining with the whole table, whatever it believes about its size.
const TAKE_SHARED: &str = "WITH next AS (
        SELECT due.id FROM json_array_elements_text(CAST(CAST($5 AS TEXT) AS JSON)) AS turn (owner)
        CROSS JOIN LATERAL (SELECT j.id FROM jobs j
            WHERE j.worker IS NULL AND j.lane = $1 AND j.owner = turn.owner AND j.due <= $2
            ORDER BY j.due LIMIT $6 FOR UPDATE SKIP LOCKED) AS due)
    UPDATE jobs SET due = $3, worker = $4, fence = fence + 1, tries = tries + 1
    WHERE id = ANY (ARRAY(SELECT id FROM next))
    RETURNING id, fence, lane, kind, owner, payload, expires, tries, created, due, context";

/// Up to `share` due jobs of each owner.
fn take(tx: &mut Tx<'_>, lane: Lane, claim: &Claim, owners: &[String], share: usize) -> Result<Vec<Taken>> {
    let (share, until) = (share as u64, claim.until());
    match tx.engine() {
        Engine::Sqlite => {
            let mut taken = Vec::new();
            for owner in owners {
                let mut some: Vec<Taken> =
                    tx.all(TAKE_EMBEDDED, params![lane.0, claim.now, until, claim.worker, owner, share])?;
                taken.append(&mut some);
            }
            Ok(taken)
        }
        Engine::Postgres => {
            let owners = serde_json::Value::from(owners);
            tx.all(TAKE_SHARED, params![lane.0, claim.now, until, claim.worker, owners, share])
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

#[cfg(test)]
mod tests {
    use testkit::on_every_store;

    use super::*;

    /// How the engine means to go about it.
    fn plan(tx: &mut Tx<'_>, sql: &str, params: &[store::Value<'_>]) -> Result<Vec<String>> {
        let engine = tx.engine();
        let explain = match engine {
            Engine::Sqlite => format!("EXPLAIN QUERY PLAN {sql}"),
            Engine::Postgres => format!("EXPLAIN {sql}"),
        };
        match engine {
            Engine::Sqlite => {
                let steps: Vec<(i64, i64, i64, String)> = tx.all(&explain, params)?;
                Ok(steps.into_iter().map(|(_, _, _, step)| step).collect())
            }
            Engine::Postgres => tx.all(&explain, params),
        }
    }

    on_every_store! {
        async fn no_claim_reads_more_than_an_index_tells_it_to(store: Store) {
            let take = match store.engine() {
                Engine::Sqlite => TAKE_EMBEDDED,
                Engine::Postgres => TAKE_SHARED,
            };
            let looking = store.write(move |tx| plan(tx, OWNERS, params!["lane", "", 64])).await;
            let taking = store.write(move |tx| plan(tx, take, params!["lane", 1, 2, "me", "[\"org\"]", 50])).await;
            for plan in [looking.expect("a plan"), taking.expect("a plan")] {
                let whole = |step: &&String| step.contains("Seq Scan on jobs") || step.contains("SCAN j");
                assert_eq!(plan.iter().find(whole), None, "{plan:#?}");
                assert!(plan.iter().any(|step| step.contains("jobs_waiting")), "{plan:#?}");
                assert!(!plan.iter().any(|step| step.contains("Sort") || step.contains("ORDER BY")), "{plan:#?}");
            }
        }
    }
}
