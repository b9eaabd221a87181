//! A look at a shared database from outside, for operators: changes nothing, and migrates nothing.

use super::{Connector, PostgresConfig};
use crate::error::{Error, Result};

/// What there is to know about a database before anything goes wrong.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a setting or a fact of its own")]
pub struct PostgresLook {
    /// Its version, such as `15.14`.
    pub version: String,
    /// Whether writes are forced to the disk (`fsync`).
    pub fsync: bool,
    /// Whether torn pages are mended after a crash (`full_page_writes`).
    pub full_page_writes: bool,
    /// What a commit waits for (`synchronous_commit`), as the server has it for our user.
    pub synchronous_commit: String,
    /// Which replicas a commit waits for; empty for none.
    pub synchronous_standbys: String,
    /// Whether it is a replica.
    pub replica: bool,
    /// Replicas that follow it.
    pub replicas: i64,
    /// Connections that are taken, by anybody.
    pub connections: i64,
    /// Connections that it gives at most.
    pub connections_at_most: i64,
    /// The size of the database, in bytes.
    pub bytes: i64,
    /// Its encoding, such as `UTF8`.
    pub encoding: String,
    /// Seconds by which its clock is ahead of ours; half the way there and back is taken out.
    pub clock_ahead: f64,
    /// Whether a budstikke has made its tables there.
    pub has_tables: bool,
}

/// Looks at the database over one connection, which is closed afterwards.
pub async fn look(config: &PostgresConfig) -> Result<PostgresLook> {
    const SQL: &str = "SELECT current_setting('server_version') AS version,
            current_setting('fsync') = 'on' AS fsync,
            current_setting('full_page_writes') = 'on' AS full_page_writes,
            current_setting('synchronous_commit') AS synchronous_commit,
            current_setting('synchronous_standby_names') AS synchronous_standbys,
            pg_is_in_recovery() AS replica,
            (SELECT count(*) FROM pg_stat_replication) AS replicas,
            (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend') AS connections,
            current_setting('max_connections')::bigint AS connections_at_most,
            pg_database_size(current_database()) AS bytes,
            current_setting('server_encoding') AS encoding,
            extract(epoch FROM clock_timestamp())::double precision AS now,
            to_regclass('jobs') IS NOT NULL AS has_tables";
    let connector = Connector::new(config, false)?;
    let (client, driver) = connector.open(Box::new(|_| ())).await?;
    let ask = async {
        let sent = jiff::Timestamp::now().as_duration().as_secs_f64();
        let row = client.query_one(SQL, &[]).await.map_err(|error| Error::Database(error.into()))?;
        let heard = jiff::Timestamp::now().as_duration().as_secs_f64();
        let now: f64 = row.get("now");
        Ok(PostgresLook {
            version: row.get("version"),
            fsync: row.get("fsync"),
            full_page_writes: row.get("full_page_writes"),
            synchronous_commit: row.get("synchronous_commit"),
            synchronous_standbys: row.get("synchronous_standbys"),
            replica: row.get("replica"),
            replicas: row.get("replicas"),
            connections: row.get("connections"),
            connections_at_most: row.get("connections_at_most"),
            bytes: row.get("bytes"),
            encoding: row.get("encoding"),
            clock_ahead: now - f64::midpoint(sent, heard),
            has_tables: row.get("has_tables"),
        })
    };
    tokio::select! {
        biased;
        looked = ask => looked,
        () = driver => Err(Error::Unavailable("the connection ended".to_owned())),
    }
}
