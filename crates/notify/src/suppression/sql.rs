//! The list in the store.

use jiff::Timestamp;
use store::{FromRow, Result, Row, Tx, params, row};

use super::model::{Entry, EntryId, Hashed, Reason, Scope};
use crate::access::Creator;

impl FromRow for Entry {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            hash: row.get("hash")?,
            scope: Scope::from_name(row.get("scope")?),
            source: row.get("source")?,
            reason: row.get("reason")?,
            created: row.get("created")?,
            expires: row.get("expires")?,
        })
    }
}

/// Puts addresses on the list, given in the order of their hashes, or renews them; one that is there until it
/// is lifted stays so.
pub(super) fn put_all(tx: &mut Tx<'_>, entries: &[Entry]) -> Result<()> {
    const SQL: &str = "INSERT INTO notify_suppressions
            (channel, hash, scope, source, reason, created, expires)
        VALUES ('email', $1, $2, $3, $4, $5, $6)
        ON CONFLICT (channel, hash, scope) DO UPDATE
        SET source = excluded.source, reason = excluded.reason, created = excluded.created,
            expires = excluded.expires
        WHERE notify_suppressions.expires IS NOT NULL";
    debug_assert!(entries.is_sorted_by_key(|entry| entry.hash), "rows are held in one order");
    let rows: Vec<_> = entries
        .iter()
        .map(|Entry { hash, scope, source, reason, created, expires }| {
            row![hash, scope.name(), source, reason.name(), created, expires]
        })
        .collect();
    tx.each(SQL, &rows)?;
    Ok(())
}

/// What stands in the way of an e-mail of this creator.
pub(super) fn find(
    tx: &mut Tx<'_>,
    creator: &Creator,
    hash: Hashed,
    now: Timestamp,
) -> Result<Option<Entry>> {
    tx.optional(FIND, params![hash, creator, now])
}

const FIND: &str = "SELECT * FROM notify_suppressions
    WHERE channel = 'email' AND hash = $1 AND scope IN ('', $2) AND (expires IS NULL OR expires > $3)
    ORDER BY scope LIMIT 1";

/// How many entries an address has.
pub(super) fn count(tx: &mut Tx<'_>, hash: Hashed) -> Result<i64> {
    tx.one("SELECT count(*) FROM notify_suppressions WHERE channel = 'email' AND hash = $1", params![hash])
}

/// A page of the entries that a creator has brought about, those for everybody first.
pub(super) fn page(
    tx: &mut Tx<'_>,
    creator: &Creator,
    after: Option<EntryId>,
    most: u32,
) -> Result<Vec<Entry>> {
    match after {
        None => tx.all(FIRST_PAGE, params![creator, most]),
        Some(after) => tx.all(NEXT_PAGE, params![creator, most, after.scope_for(creator), after.hash]),
    }
}

const FIRST_PAGE: &str = "SELECT * FROM notify_suppressions WHERE source = $1 ORDER BY scope, hash LIMIT $2";
const NEXT_PAGE: &str = "SELECT * FROM notify_suppressions
    WHERE source = $1 AND (scope, hash) > ($3, $4) ORDER BY scope, hash LIMIT $2";

/// Takes addresses off the list, as far as they stand there for this creator or for everybody. Tells how
/// many entries there were.
pub(super) fn lift_all(tx: &mut Tx<'_>, creator: &Creator, hashes: &[Hashed]) -> Result<u64> {
    const SQL: &str = "DELETE FROM notify_suppressions
        WHERE channel = 'email' AND hash = $1 AND scope IN ('', $2)";
    debug_assert!(hashes.is_sorted(), "rows are held in one order");
    let rows: Vec<_> = hashes.iter().map(|hash| row![hash, creator]).collect();
    Ok(tx.each(SQL, &rows)?.into_iter().sum())
}

/// Takes one entry off the list that a creator has brought about.
pub(super) fn lift_one(tx: &mut Tx<'_>, creator: &Creator, id: EntryId) -> Result<bool> {
    const SQL: &str = "DELETE FROM notify_suppressions
        WHERE channel = 'email' AND hash = $1 AND scope = $2 AND source = $3";
    Ok(tx.execute(SQL, params![id.hash, id.scope_for(creator), creator])? == 1)
}

/// Entries removed in one commit at most.
pub(super) const REMOVED_AT_ONCE: u64 = 500;

/// Removes entries whose time is up, a few.
pub(super) fn remove_expired(tx: &mut Tx<'_>, now: Timestamp) -> Result<u64> {
    const SQL: &str = "DELETE FROM notify_suppressions WHERE (channel, hash, scope) IN (
        SELECT channel, hash, scope FROM notify_suppressions
        WHERE expires <= $1 ORDER BY expires LIMIT $2)";
    tx.execute(SQL, params![now, REMOVED_AT_ONCE])
}

/// The key of the hashes, made by whoever asks first.
pub(super) fn key(tx: &mut Tx<'_>, new: &[u8]) -> Result<Vec<u8>> {
    const SQL: &str = "INSERT INTO notify_suppression_key (one, key) VALUES (1, $1) ON CONFLICT DO NOTHING";
    tx.execute(SQL, params![new])?;
    tx.one("SELECT key FROM notify_suppression_key WHERE one = 1", params![])
}

impl store::ToValue for Reason {
    fn to_value(&self) -> store::Value<'_> {
        store::Value::Text(self.name().into())
    }
}

#[cfg(test)]
mod tests {
    use store::Engine;

    use super::*;

    /// Every e-mail asks, so it must never be more than a look into an index.
    #[tokio::test]
    async fn questions_are_answered_by_indexes() {
        let store = testkit::stores::temporary();
        let plan = |sql: &'static str, parameters: usize| {
            let store = store.clone();
            async move {
                let read = move |tx: &mut Tx<'_>| {
                    let (hash, text, number) = (Hashed([0; 32]), "bym".to_owned(), 7_i64);
                    let parameters = match parameters {
                        2 => params![text, number].to_vec(),
                        3 => params![hash, text, number].to_vec(),
                        _ => params![text, number, text, hash].to_vec(),
                    };
                    let steps: Vec<String> = match tx.engine() {
                        Engine::Sqlite => {
                            let steps: Vec<(i64, i64, i64, String)> =
                                tx.all(&format!("EXPLAIN QUERY PLAN {sql}"), &parameters)?;
                            steps.into_iter().map(|(.., step)| step).collect()
                        }
                        Engine::Postgres => tx.all(&format!("EXPLAIN {sql}"), &parameters)?,
                    };
                    Ok::<_, store::Error>(steps.join("\n"))
                };
                store.read(read).await.expect("a plan")
            }
        };
        for (sql, parameters) in [(FIND, 3), (FIRST_PAGE, 2), (NEXT_PAGE, 4)] {
            let plan = plan(sql, parameters).await;
            assert!(!plan.contains("SCAN") && !plan.contains("Seq Scan"), "{plan}");
        }
    }
}
