//! What each sender has here, and whether there is room for more.
//!
//! The row of a sender is locked after the transfer's.

use store::{FromRow, Result, Row, Tx, params};
use types::OrgNumber;

use super::Config;
use super::problem::Problem;

/// What a sender has here.
struct Usage {
    /// Transfers that are not purged.
    transfers: u64,
    /// Bytes that are stored.
    bytes: u64,
}

impl FromRow for Usage {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        // What was counted wrongly must not stop a sender for good.
        let count = |column: &str| row.get::<i64>(column).map(|count| u64::try_from(count).unwrap_or(0));
        Ok(Self { transfers: count("transfers")?, bytes: count("bytes")? })
    }
}

/// Counts one transfer more, if the sender may have it.
pub(super) fn open(tx: &mut Tx<'_>, sender: OrgNumber, config: &Config) -> std::result::Result<(), Problem> {
    let usage = changed(tx, sender, 1, 0)?;
    if usage.transfers > config.open_transfers_per_sender {
        return Err(Problem::QuotaUsedUp("too many transfers that are not purged"));
    }
    Ok(())
}

/// Whether `more` bytes of this sender have room. They are counted when they are stored.
pub(super) fn has_room(
    tx: &mut Tx<'_>,
    sender: OrgNumber,
    more: u64,
    config: &Config,
) -> std::result::Result<(), Problem> {
    const SQL: &str = "SELECT transfers, bytes FROM broker_usage WHERE sender = $1";
    let stored = tx.optional::<Usage>(SQL, params![sender])?.map_or(0, |usage| usage.bytes);
    if stored.saturating_add(more) > config.bytes_per_sender {
        return Err(Problem::QuotaUsedUp("too many bytes stored"));
    }
    Ok(())
}

/// Counts bytes that are stored now, if the sender may have them.
pub(super) fn stored(
    tx: &mut Tx<'_>,
    sender: OrgNumber,
    bytes: u64,
    config: &Config,
) -> std::result::Result<(), Problem> {
    let usage = changed(tx, sender, 0, i64::try_from(bytes).unwrap_or(i64::MAX))?;
    if usage.bytes > config.bytes_per_sender {
        return Err(Problem::QuotaUsedUp("too many bytes stored"));
    }
    Ok(())
}

/// Counts a transfer that was purged.
pub(super) fn closed(tx: &mut Tx<'_>, sender: OrgNumber) -> Result<()> {
    changed(tx, sender, -1, 0).map(drop)
}

/// Counts bytes that are gone.
pub(super) fn removed(tx: &mut Tx<'_>, sender: OrgNumber, bytes: u64) -> Result<()> {
    changed(tx, sender, 0, -i64::try_from(bytes).unwrap_or(i64::MAX)).map(drop)
}

fn changed(tx: &mut Tx<'_>, sender: OrgNumber, transfers: i64, bytes: i64) -> Result<Usage> {
    const SQL: &str = "INSERT INTO broker_usage (sender, transfers, bytes) VALUES ($1, $2, $3)
        ON CONFLICT (sender) DO UPDATE
            SET transfers = broker_usage.transfers + excluded.transfers,
                bytes = broker_usage.bytes + excluded.bytes
        RETURNING transfers, bytes";
    tx.one(SQL, params![sender, transfers, bytes])
}
