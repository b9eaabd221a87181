//! How much room the rows take, for operators.

use std::path::Path;

use crate::error::Result;
use crate::params;
use crate::tx::{Engine, Tx};

/// How much room the rows take, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// The database: its file, or all tables and indexes of the shared one.
    pub database: u64,
    /// The log beside the file, which checkpoints empty; the shared database has its log to itself.
    pub log: Option<u64>,
}

/// How much room the rows take now.
pub fn size(tx: &mut Tx<'_>) -> Result<Size> {
    const FILE: &str = "SELECT page_count * page_size, (SELECT file FROM pragma_database_list
        WHERE name = 'main') FROM pragma_page_count(), pragma_page_size()";
    match tx.engine() {
        Engine::Sqlite => {
            let (database, file): (u64, String) = tx.one(FILE, params![])?;
            let log = std::fs::metadata(Path::new(&format!("{file}-wal")));
            Ok(Size { database, log: log.ok().map(|log| log.len()) })
        }
        Engine::Postgres => {
            let database = tx.one("SELECT pg_database_size(current_database())", params![])?;
            Ok(Size { database, log: None })
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{Error, Store, params};

    #[tokio::test]
    async fn a_database_grows_with_its_rows_and_has_a_log() {
        let store = Store::temporary().expect("a store");
        let before = store.read(super::size).await.expect("a size");
        let grow = |tx: &mut crate::Tx<'_>| {
            tx.execute("CREATE TABLE large (text TEXT)", params![])?;
            tx.execute("INSERT INTO large VALUES ($1)", params!["x".repeat(200_000)])?;
            Ok::<_, Error>(())
        };
        store.write(grow).await.expect("a table");
        let after = store.read(super::size).await.expect("a size");
        assert!(after.database >= before.database + 200_000, "{before:?} {after:?}");
        assert!(after.log.is_some());
    }
}
