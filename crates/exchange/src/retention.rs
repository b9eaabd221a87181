//! Removes what has been kept long enough: drafts that nobody sends, conversations that are finished, and
//! entries of the status queue that nobody takes off. Nothing is, unless it is configured.
//!
//! Batches are small, each is found by an index and is a commit of its own, and rows that somebody is just
//! working with are left for the next sweep: nobody waits for this.

use jiff::Timestamp;
use store::blobs::BlobKey;
use store::{Result, Tx, params, row};
use tokio_util::sync::CancellationToken;
use types::OrgNumber;
use types::retention::{Kept, days_before};
use uuid::Uuid;

use crate::{Config, Exchange, conversations, outbox};

/// Rows of one commit.
const BATCH: usize = 500;

/// What is old, for removing it and for counting it.
macro_rules! old {
    (drafts) => {
        "FROM exchange_outbox WHERE owner = $1 AND state = 'draft' AND last_updated < $2"
    };
    (conversations) => {
        "FROM exchange_conversations WHERE owner = $1 AND finished = 1 AND last_update < $2"
    };
    (queued) => {
        "FROM exchange_statuses WHERE owner = $1 AND queued = 1 AND last_update < $2"
    };
}

const OLD_DRAFTS: &str =
    concat!("SELECT id ", old!(drafts), " ORDER BY last_updated LIMIT 500 FOR UPDATE SKIP LOCKED");
const OLD_CONVERSATIONS: &str =
    concat!("SELECT id ", old!(conversations), " ORDER BY last_update LIMIT 500 FOR UPDATE SKIP LOCKED");
const OLD_QUEUED: &str =
    concat!("SELECT id ", old!(queued), " ORDER BY last_update LIMIT 500 FOR UPDATE SKIP LOCKED");

impl Exchange {
    /// What is kept for how long, and what would go at a moment.
    pub async fn kept(&self, at: Timestamp) -> Result<Vec<Kept>> {
        let (config, own) = (self.config(), self.own());
        self.store().read(move |tx| kept(tx, &config, own, at)).await
    }

    /// Removes what is due now; until told to stop.
    pub async fn remove_old(&self, stop: &CancellationToken) {
        sweep(self, stop).await;
        crate::sweep::forget(self, stop).await;
    }
}

fn kept(tx: &mut Tx<'_>, config: &Config, own: OrgNumber, at: Timestamp) -> Result<Vec<Kept>> {
    const RECEIVED: &str = "SELECT count(*) FROM exchange_received WHERE received < $1";
    let mut rule = |kind: &str, what: &str, setting: &str, days: u32, sql: &'static str| {
        let kept = Kept::for_days(kind, what, setting, days, at);
        let Some(before) = kept.before else { return Ok(kept.counted(0, None)) };
        let due: i64 = tx.one(sql, params![own, before])?;
        Ok::<_, store::Error>(kept.counted(due, None))
    };
    let mut all = vec![
        rule(
            "drafts",
            "messages that nobody has sent, with their files",
            "exchange.keep_drafts_days",
            config.keep_drafts_days,
            concat!("SELECT count(*) ", old!(drafts)),
        )?,
        rule(
            "conversations",
            "finished conversations with their statuses",
            "exchange.keep_finished_days",
            config.keep_finished_days,
            concat!("SELECT count(*) ", old!(conversations)),
        )?,
        rule(
            "queued",
            "statuses that nobody takes off the queue; they stay in the lists",
            "exchange.keep_queued_statuses_days",
            config.keep_queued_statuses_days,
            concat!("SELECT count(*) ", old!(queued)),
        )?,
    ];
    let days = config.remember_received_days;
    let remembered = days_before(at, days);
    let due: i64 = tx.one(RECEIVED, params![remembered])?;
    let received = "ids of messages that have come in, so that none comes in twice";
    all.push(Kept {
        before: Some(remembered),
        days: Some(days),
        ..Kept::for_days("received", received, "exchange.remember_received_days", days, at).counted(due, None)
    });
    let days = u32::try_from(config.webhooks.keep_seconds / 86_400).unwrap_or(u32::MAX);
    let posted = "what webhooks were told; goes when its queue is emptied next";
    all.push(Kept::for_days("webhooks", posted, "exchange.webhooks.keep_seconds", days, at));
    all.push(Kept::by_itself(
        "messages",
        "messages on their way: until they are sent, or taken by their client",
    ));
    all.push(Kept::by_itself("blobs", "files that no message names any more: a day"));
    Ok(all)
}

/// One batch of something; answers how many rows that was, and the blobs that belonged to them.
type Remove = fn(&mut Tx<'_>, OrgNumber, Timestamp) -> Result<(usize, Vec<BlobKey>)>;

/// Removes everything that is due; answers how much that was.
pub(crate) async fn sweep(app: &Exchange, stop: &CancellationToken) -> usize {
    let config = app.config();
    let work: [(&str, u32, Remove); 3] = [
        ("drafts", config.keep_drafts_days, drafts),
        ("conversations", config.keep_finished_days, finished),
        ("queued statuses", config.keep_queued_statuses_days, queued),
    ];
    let mut total = 0;
    for (what, days, remove) in work {
        if days == 0 {
            continue;
        }
        let before = days_before(app.now(), days);
        match remove_all(app, remove, before, stop).await {
            Ok(0) => {}
            Ok(removed) => {
                tracing::info!(what, removed, days, "removed what had been kept long enough");
                total += removed;
            }
            Err(error) => tracing::warn!(%error, what, "could not remove what has been kept long enough"),
        }
    }
    total
}

async fn remove_all(
    app: &Exchange,
    remove: Remove,
    before: Timestamp,
    stop: &CancellationToken,
) -> Result<usize> {
    let (own, mut total) = (app.own(), 0);
    while !stop.is_cancelled() {
        let (removed, blobs) = app.store().write(move |tx| remove(tx, own, before)).await?;
        app.drop_blobs(blobs).await;
        total += removed;
        if removed < BATCH {
            break;
        }
    }
    Ok(total)
}

/// Drafts go with their files, as when their client deletes them: the conversation stays.
fn drafts(tx: &mut Tx<'_>, owner: OrgNumber, before: Timestamp) -> Result<(usize, Vec<BlobKey>)> {
    let ids: Vec<Uuid> = tx.all(OLD_DRAFTS, params![owner, before])?;
    let mut blobs = Vec::new();
    for id in &ids {
        blobs.extend(outbox::sql::remove(tx, *id)?);
    }
    Ok((ids.len(), blobs))
}

/// Finished conversations go with their statuses.
fn finished(tx: &mut Tx<'_>, owner: OrgNumber, before: Timestamp) -> Result<(usize, Vec<BlobKey>)> {
    let ids: Vec<i64> = tx.all(OLD_CONVERSATIONS, params![owner, before])?;
    for id in &ids {
        conversations::delete(tx, *id)?;
    }
    Ok((ids.len(), Vec::new()))
}

/// Statuses leave the queue and stay in the lists.
fn queued(tx: &mut Tx<'_>, owner: OrgNumber, before: Timestamp) -> Result<(usize, Vec<BlobKey>)> {
    let ids: Vec<i64> = tx.all(OLD_QUEUED, params![owner, before])?;
    let rows: Vec<_> = ids.iter().map(|id| row![id]).collect();
    tx.each("UPDATE exchange_statuses SET queued = 0 WHERE id = $1", &rows)?;
    Ok((ids.len(), Vec::new()))
}

#[cfg(test)]
mod tests {
    use testkit::{on_every_store, plan};

    use super::*;

    on_every_store! {
        async fn what_is_due_is_found_by_an_index(store: Store) {
            let look = |tx: &mut Tx<'_>| {
                let params = params!["310000001", Timestamp::UNIX_EPOCH];
                plan::of_an_index(tx, OLD_DRAFTS, params, "exchange_outbox_drafts")?;
                plan::of_an_index(tx, OLD_CONVERSATIONS, params, "exchange_conversations_finished")?;
                plan::of_an_index(tx, OLD_QUEUED, params, "exchange_statuses_queue_age")
            };
            store.write(look).await.expect("plans");
        }
    }
}
