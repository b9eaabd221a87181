//! A PostgreSQL to measure on: the operator's, or one of our own from the programs on this machine, with
//! everything on that keeps what was committed.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, bail};
use tokio_postgres::{Client, NoTls};
use url::Url;
use uuid::Uuid;

const SCRIPT: &str = include_str!("throwaway.sh");

/// What our own server has besides its defaults: memory as on a small server, and checkpoints as far
/// apart as every operator sets them.
const SETTINGS: [&str; 6] = [
    "listen_addresses=127.0.0.1",
    "shared_buffers=512MB",
    "max_wal_size=4GB",
    "checkpoint_timeout=15min",
    "fsync=on",
    "synchronous_commit=on",
];

/// A server on which databases may be made.
pub(super) struct Postgres {
    url: Url,
    /// Ends with us, since it holds the other end of a pipe.
    process: Option<Child>,
}

impl Postgres {
    /// The operator's, at the address of any of its databases.
    pub(super) fn at(url: &str) -> Result<Self> {
        let url = Url::parse(url).context("--postgres takes postgres://user:password@host/database")?;
        Ok(Self { url, process: None })
    }

    /// One of our own; `None` when PostgreSQL is not installed here.
    pub(super) fn start(folder: &Path) -> Result<Option<Self>> {
        let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
        let password = Uuid::new_v4().simple().to_string();
        let mut command = Command::new("sh");
        command.args(["-c", SCRIPT, "throwaway-postgres"]).arg(folder.join("postgres"));
        command.arg(port.to_string()).arg(&password);
        command.args(SETTINGS.iter().flat_map(|setting| ["-c", setting]));
        // What stops a terminal's processes must not stop this one before it has tidied up.
        command.process_group(0).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().context("`sh` cannot be started")?;
        let mut answer = String::new();
        let output = process.stdout.take().context("its answer")?;
        BufReader::new(output).read_line(&mut answer)?;
        match answer.trim() {
            "ok" => {
                let url = format!("postgres://postgres:{password}@127.0.0.1:{port}/postgres");
                Ok(Some(Self { url: Url::parse(&url)?, process: Some(process) }))
            }
            "missing" => Ok(None),
            _ => bail!("a PostgreSQL of our own does not start; what it said stands above"),
        }
    }

    /// Makes an empty database, in place of an older one with that name.
    pub(super) async fn database(&self, name: &str) -> Result<Database> {
        let database = Database { admin: self.url.clone(), name: format!("budstikke_bench_{name}") };
        let client = connect(self.url.as_str()).await?;
        let Database { name, .. } = &database;
        client.batch_execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await?;
        client.batch_execute(&format!("CREATE DATABASE {name}")).await?;
        Ok(database)
    }

    /// Its version and the settings that matter, in words.
    pub(super) async fn version(&self) -> Result<String> {
        let client = connect(self.url.as_str()).await?;
        let show = "SELECT current_setting('server_version') || ', fsync ' || current_setting('fsync')
            || ', synchronous_commit ' || current_setting('synchronous_commit')
            || ', shared_buffers ' || current_setting('shared_buffers')
            || ', max_wal_size ' || current_setting('max_wal_size')";
        Ok(client.query_one(show, &[]).await?.get(0))
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        if let Some(process) = &mut self.process {
            drop(process.stdin.take());
            // The folder goes when the server has gone.
            let _ = process.wait();
        }
    }
}

/// One database of ours.
pub(super) struct Database {
    admin: Url,
    name: String,
}

impl Database {
    /// Its address.
    pub(super) fn url(&self) -> String {
        let mut url = self.admin.clone();
        url.set_path(&self.name);
        url.into()
    }

    /// Brings the planner's knowledge up to date, and on disk what is not yet there, as time would.
    pub(super) async fn settle(&self) -> Result<()> {
        let client = connect(&self.url()).await?;
        client.batch_execute("VACUUM ANALYZE").await?;
        // Only administrators may; without it the first minute is slower.
        if let Err(error) = client.batch_execute("CHECKPOINT").await {
            tracing::info!(%error, "no checkpoint before measuring");
        }
        Ok(())
    }

    /// Bytes on disk.
    pub(super) async fn size(&self) -> Result<u64> {
        let client = connect(&self.url()).await?;
        let row = client.query_one("SELECT pg_database_size(current_database())", &[]).await?;
        Ok(u64::try_from(row.get::<_, i64>(0))?)
    }

    pub(super) async fn remove(self) -> Result<()> {
        let client = connect(self.admin.as_str()).await?;
        client.batch_execute(&format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name)).await?;
        Ok(())
    }
}

/// A plain connection.
pub(super) async fn connect(url: &str) -> Result<Client> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.context("PostgreSQL")?;
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::warn!(%error, "a connection of the bench broke");
        }
    });
    Ok(client)
}
