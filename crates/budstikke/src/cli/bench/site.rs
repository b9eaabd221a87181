//! A place where a server keeps its rows: a folder, and on PostgreSQL a database beside it.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use store::{DataDir, Options, PostgresConfig, Store};

use super::figure::Engine;
use super::postgres::{Database, Postgres};
use super::server::{Server, settings};

/// Statements of ours may take long; a server's may not.
const LONGEST_STATEMENT_MS: u64 = 600_000;

pub(super) struct Site {
    folder: PathBuf,
    database: Option<Database>,
}

impl Site {
    /// An empty one in a folder of this name.
    pub(super) async fn make(folder: &Path, name: &str, postgres: Option<&Postgres>) -> Result<Self> {
        let database = match postgres {
            Some(server) => Some(server.database(name).await?),
            None => None,
        };
        let folder = folder.join(name);
        DataDir::make(&folder)?;
        Ok(Self { folder, database })
    }

    pub(super) const fn engine(&self) -> Engine {
        if self.database.is_some() { Engine::Postgres } else { Engine::Sqlite }
    }

    /// Opens the rows as a server does. No server may run here meanwhile.
    pub(super) fn store(&self) -> Result<Store> {
        match &self.database {
            None => Store::open(&self.folder.join("budstikke.db"), Options::default()),
            Some(database) => {
                let config = PostgresConfig {
                    statement_timeout_ms: LONGEST_STATEMENT_MS,
                    ..PostgresConfig::at(database.url())
                };
                Store::connect(&config, &Options::default())
            }
        }
        .context("the store of the bench")
    }

    /// Starts a server on these rows.
    pub(super) async fn serve(&self) -> Result<Server> {
        let mut settings = settings(&self.folder, "fjord", "310000001");
        settings.extend(self.database.as_ref().map(|database| ("store".to_owned(), database.url())));
        Server::start(&settings).await
    }

    /// To be called after many rows were written at once.
    pub(super) async fn settle(&self) -> Result<()> {
        match &self.database {
            Some(database) => database.settle().await,
            None => Ok(()),
        }
    }

    /// Bytes on disk.
    pub(super) async fn size(&self) -> Result<u64> {
        match &self.database {
            Some(database) => database.size().await,
            None => Ok(std::fs::metadata(self.folder.join("budstikke.db"))?.len()),
        }
    }

    pub(super) async fn remove(self) -> Result<()> {
        if let Some(database) = self.database {
            database.remove().await?;
        }
        tokio::fs::remove_dir_all(&self.folder).await.context("a folder of the bench cannot be removed")
    }
}
