//! Gives waiting entries their places in the chain, for as long as this node leads.

use std::time::Duration;

use store::{Error, Store};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use types::Roles;

use crate::sql;

/// What one node does for all.
const CHAIN: &str = "audit.chain";
/// Entries linked in one commit at most: some milliseconds of work.
const BATCH: u32 = 400;
/// How often to look for entries that wait. Nobody waits for them, and each look costs a read.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Links entries until told to stop, if this node sweeps; otherwise answers at once.
pub async fn run(store: &Store, roles: Roles, stop: CancellationToken) {
    if roles.sweep {
        store.lead(CHAIN, stop, |term| link_until(store.clone(), term)).await;
    }
}

async fn link_until(store: Store, term: CancellationToken) {
    while !term.is_cancelled() {
        if let Err(error) = link_all(&store).await {
            tracing::warn!(%error, "could not link entries of the audit log; trying again");
        }
        tokio::select! {
            () = term.cancelled() => return,
            () = sleep(LOOK_EVERY) => {}
        }
    }
}

/// Links everything that waits, and answers how many entries that were. Safe to do twice.
///
/// # Errors
/// When the store fails; entries then go on waiting.
pub async fn link_all(store: &Store) -> Result<usize, Error> {
    let mut total = 0;
    while store.read(sql::waiting).await? {
        match store.write(|tx| sql::link(tx, BATCH)).await? {
            0 => break,
            linked => total += linked,
        }
    }
    Ok(total)
}
