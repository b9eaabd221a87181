//! What subscribers were told about one thing, and telling it once more.

use jiff::Timestamp;
use store::{FromRow, Result, Row, Tx, params};
use uuid::Uuid;

use crate::model::{Owner, Standing};
use crate::{Webhooks, sql};

/// Which events are looked for.
#[derive(Clone, Copy, Debug)]
pub enum Which<'a> {
    /// Those with this id.
    Exactly(&'a str),
    /// Those of a subject: ids that begin with it and a colon.
    About(&'a str),
}

/// One delivery and whom it goes to.
#[derive(Clone, Debug)]
pub struct Told {
    /// The number of the subscription.
    pub subscription: i64,
    /// What its owner calls it.
    pub name: String,
    /// Whether it is told nothing at present: paused after failures, or held.
    pub stands_still: bool,
    /// How the delivery stands.
    pub standing: Standing,
}

impl FromRow for Told {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            subscription: row.get("subscription")?,
            name: row.get("name")?,
            stands_still: row.get("still")?,
            standing: Standing::from_row(row)?,
        })
    }
}

const EXACTLY: &str = "SELECT d.subscription, s.name,
        CASE WHEN s.paused IS NOT NULL OR s.held = 1 THEN 1 ELSE 0 END AS still,
        d.id, d.number, d.event_id, d.event, d.state, d.tries, d.outcome, d.created, d.ended
    FROM webhooks_subscriptions s JOIN webhooks_deliveries d ON d.subscription = s.id
    WHERE s.owner = $1 AND d.event_id = $2 ORDER BY d.subscription, d.number LIMIT $3";
// A semicolon comes right after a colon.
const ABOUT: &str = "SELECT d.subscription, s.name,
        CASE WHEN s.paused IS NOT NULL OR s.held = 1 THEN 1 ELSE 0 END AS still,
        d.id, d.number, d.event_id, d.event, d.state, d.tries, d.outcome, d.created, d.ended
    FROM webhooks_subscriptions s JOIN webhooks_deliveries d ON d.subscription = s.id
    WHERE s.owner = $1 AND d.event_id >= $2 || ':' AND d.event_id < $2 || ';'
    ORDER BY d.subscription, d.number LIMIT $3";

/// What an owner's subscribers were told, or are still to be told, at most `max` deliveries.
pub fn told(tx: &mut Tx<'_>, owner: &Owner, which: Which<'_>, max: u32) -> Result<Vec<Told>> {
    match which {
        Which::Exactly(id) => tx.all(EXACTLY, params![owner, id, max]),
        Which::About(subject) => tx.all(ABOUT, params![owner, subject, max]),
    }
}

// A semicolon comes right after a colon.
const BODIES: &str = "SELECT d.id, d.body
    FROM webhooks_subscriptions s JOIN webhooks_deliveries d ON d.subscription = s.id
    WHERE s.owner = $1 AND d.event_id >= $2 || ':' AND d.event_id < $2 || ';'
    ORDER BY d.id LIMIT 1000";

/// How many of the texts that an owner's subscribers were told about a subject, or are still to be told, are
/// like this.
pub fn count_about(
    tx: &mut Tx<'_>,
    owner: &Owner,
    subject: &str,
    is_meant: impl Fn(&str) -> bool,
) -> Result<i64> {
    let bodies: Vec<(Uuid, String)> = tx.all(BODIES, params![owner, subject])?;
    Ok(bodies.iter().map(|(_, body)| i64::from(is_meant(body))).sum())
}

/// Writes over what an owner's subscribers were told about a subject, or are still to be told, where there is
/// another text for it; answers how many texts that were.
pub fn rewrite_about(
    tx: &mut Tx<'_>,
    owner: &Owner,
    subject: &str,
    rewrite: impl Fn(&str) -> Option<String>,
) -> Result<i64> {
    const WRITE: &str = "UPDATE webhooks_deliveries SET body = $2 WHERE id = $1";
    let bodies: Vec<(Uuid, String)> = tx.all(BODIES, params![owner, subject])?;
    let mut count = 0;
    for (id, body) in bodies {
        if let Some(other) = rewrite(&body) {
            tx.execute(WRITE, params![id, other])?;
            count += 1;
        }
    }
    Ok(count)
}

/// What came of asking for a delivery once more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Again {
    /// It goes out as soon as what is before it has.
    Soon,
    /// It waits with all the others until its subscription goes on.
    StandsStill,
    /// It has not been over yet: it is on its way as it is.
    OnItsWay,
    /// It is not kept any more, or its subscription is gone.
    Gone,
}

impl Webhooks {
    /// Tells one delivery of an owner's once more, under its old id; others are left as they are. Ring after the
    /// commit.
    pub fn tell_again(
        &self,
        tx: &mut Tx<'_>,
        owner: &Owner,
        delivery: Uuid,
        now: Timestamp,
    ) -> Result<Again> {
        const FIND: &str = "SELECT subscription FROM webhooks_deliveries WHERE id = $1 AND owner = $2";
        const REOPEN: &str = "UPDATE webhooks_deliveries
            SET state = 'pending', tries = 0, outcome = NULL, ended = NULL, expires = $2
            WHERE id = $1 AND state <> 'pending'";
        let of: Option<i64> = tx.optional(FIND, params![delivery, owner])?;
        let Some(of) = of else { return Ok(Again::Gone) };
        // The subscription before its deliveries, as everybody does.
        let Some(draining) = sql::lock(tx, of)? else { return Ok(Again::Gone) };
        let Some(subscription) = sql::find(tx, owner, of)? else { return Ok(Again::Gone) };
        if tx.execute(REOPEN, params![delivery, self.expiry(now)])? == 0 {
            return Ok(Again::OnItsWay);
        }
        if !draining && !subscription.held {
            self.begin_draining(tx, &subscription, now)?;
        }
        let still = subscription.held || subscription.paused.is_some();
        Ok(if still { Again::StandsStill } else { Again::Soon })
    }
}

#[cfg(test)]
mod tests {
    use testkit::{on_every_store, plan};

    use super::*;

    on_every_store! {
        async fn what_was_told_about_one_thing_is_found_by_indexes(store: Store) {
            let look = |tx: &mut Tx<'_>| {
                for sql in [EXACTLY, ABOUT] {
                    plan::of_an_index(tx, sql, params!["310000001", "7", 10], "webhooks_deliveries_event")?;
                }
                plan::of_an_index(tx, BODIES, params!["310000001", "7"], "webhooks_deliveries_event")
            };
            store.write(look).await.expect("plans");
        }
    }
}
