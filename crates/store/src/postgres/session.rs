//! One connection, in the hands of one thread.
//!
//! `BEGIN` travels together with the first statement, so a transaction of one statement costs two
//! round trips and work that turns out to be none costs nothing.

use std::collections::HashMap;

use futures_util::future::{join, try_join_all};
use tokio::runtime::{Builder, Runtime};
use tokio_postgres::error::SqlState;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Statement};

use super::connect::Connector;
use super::unnest;
use crate::error::{Error, Result};
use crate::value::Value;

/// Statements kept prepared on a connection.
const PREPARED: usize = 1_000;
/// The first statement travels with its `BEGIN`. Should that alone fail (cancelled, timed out), the
/// statement must not be kept by itself.
const NOTHING_BY_ITSELF: &str = "SET default_transaction_read_only = on";

/// What kind of transaction comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Write,
    Read,
}

impl Kind {
    const fn begin(self) -> &'static str {
        match self {
            Self::Write => "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE",
            Self::Read => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        }
    }
}

/// Why a transaction came to nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Failure {
    /// A statement was refused; asking again would not help.
    Refused,
    /// Two transactions were in each other's way; this one may be run again.
    Collided,
    /// The connection is gone, or leads to a server that takes no writes.
    Lost,
}

/// How a transaction ended.
#[derive(Debug)]
pub(crate) enum Ended {
    Committed,
    /// It certainly changed nothing.
    Not(Failure),
    /// Nobody knows.
    Unknown,
}

/// One connection and the transaction on it.
pub(crate) struct Session {
    runtime: Runtime,
    client: Client,
    limit: std::time::Duration,
    statements: HashMap<String, Statement>,
    next: Kind,
    begun: bool,
    failure: Option<Failure>,
}

impl Session {
    pub(crate) fn open(connector: &Connector) -> Result<Self> {
        Self::open_patiently(connector, connector.config().answer_limit())
    }

    /// The same for statements that may take so long to answer.
    pub(crate) fn open_patiently(connector: &Connector, limit: std::time::Duration) -> Result<Self> {
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| Error::Unavailable(error.to_string()))?;
        let (client, driver) = runtime.block_on(connector.open(Box::new(|_| ())))?;
        runtime.spawn(driver);
        let set = async { tokio::time::timeout(limit, client.batch_execute(NOTHING_BY_ITSELF)).await };
        match runtime.block_on(set) {
            Ok(set) => set.map_err(translated)?,
            Err(_) => return Err(silent()),
        }
        let statements = HashMap::new();
        Ok(Self { runtime, client, limit, statements, next: Kind::Write, begun: false, failure: None })
    }

    /// The next statement begins a transaction.
    pub(crate) fn begin(&mut self, kind: Kind) {
        self.next = kind;
        self.begun = false;
        self.failure = None;
    }

    /// What went wrong in this transaction, if anything did.
    pub(crate) const fn failure(&self) -> Option<Failure> {
        self.failure
    }

    /// Whether the connection is of no more use.
    pub(crate) fn is_lost(&self) -> bool {
        self.failure == Some(Failure::Lost) || self.client.is_closed()
    }

    pub(crate) fn execute(&mut self, sql: &str, params: &[Value<'_>]) -> Result<u64> {
        let statement = self.prepared(sql)?;
        let params = borrowed(params);
        self.run(&async |client: &Client| client.execute(&statement, &params).await)
    }

    pub(crate) fn query(&mut self, sql: &str, params: &[Value<'_>]) -> Result<Vec<tokio_postgres::Row>> {
        let statement = self.prepared(sql)?;
        let params = borrowed(params);
        self.run(&async |client: &Client| client.query(&statement, &params).await)
    }

    /// The rows of a plain insert travel as arrays in one statement; everything else as one statement
    /// after the other, sent together.
    pub(crate) fn each(&mut self, sql: &str, rows: &[Vec<Value<'_>>]) -> Result<Vec<u64>> {
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let statement = self.prepared(sql)?;
        if let Some(text) = unnest::rewritten(sql, statement.params(), rows.len()) {
            let columns = unnest::columns(statement.params(), rows);
            let whole = self.prepared(&text)?;
            let params: Vec<&(dyn ToSql + Sync)> = columns.iter().map(|c| c as &(dyn ToSql + Sync)).collect();
            self.run(&async |client: &Client| client.execute(&whole, &params).await)?;
            return Ok(vec![1; rows.len()]);
        }
        let rows: Vec<_> = rows.iter().map(|row| borrowed(row)).collect();
        self.run(&async |client: &Client| {
            try_join_all(rows.iter().map(|row| client.execute(&statement, row))).await
        })
    }

    pub(crate) fn batch(&mut self, sql: &str) -> Result<()> {
        self.run(&async |client: &Client| client.batch_execute(sql).await)
    }

    /// Ends the transaction so that its changes stay.
    pub(crate) fn commit(&mut self) -> Ended {
        if let Some(failure) = self.failure {
            self.roll_back();
            return Ended::Not(failure);
        }
        if !self.begun {
            return Ended::Committed;
        }
        // A limit on time would end the wait for a replica with a mere warning, as if it had the rows.
        let commit = self.client.batch_execute("SET LOCAL statement_timeout = 0; COMMIT");
        let limited = async { tokio::time::timeout(self.limit, commit).await };
        match self.runtime.block_on(limited) {
            Ok(Ok(())) => Ended::Committed,
            Ok(Err(error)) => match error.code().map(classify) {
                Some(failure @ (Failure::Refused | Failure::Collided)) => Ended::Not(failure),
                _ => self.lost(Ended::Unknown),
            },
            Err(_) => self.lost(Ended::Unknown),
        }
    }

    fn lost(&mut self, ended: Ended) -> Ended {
        self.failure = Some(Failure::Lost);
        ended
    }

    /// Ends the transaction and takes its changes back.
    pub(crate) fn roll_back(&mut self) {
        if self.begun && !self.is_lost() {
            let failed = self.failure;
            let ended = self.run(&async |client: &Client| client.batch_execute("ROLLBACK").await);
            if ended.is_ok() {
                self.failure = failed;
            }
        }
        self.begun = false;
    }

    fn prepared(&mut self, sql: &str) -> Result<Statement> {
        if let Some(statement) = self.statements.get(sql) {
            return Ok(statement.clone());
        }
        let statement = self.limited(&async |client: &Client| client.prepare(sql).await)?;
        if self.statements.len() >= PREPARED {
            self.statements.clear();
        }
        self.statements.insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }

    /// Runs a statement, with `BEGIN` before the first.
    fn run<T>(
        &mut self,
        statement: &impl AsyncFn(&Client) -> std::result::Result<T, tokio_postgres::Error>,
    ) -> Result<T> {
        if self.begun {
            return self.limited(statement);
        }
        self.begun = true;
        let begin = self.next.begin();
        self.limited(&async |client: &Client| {
            let (started, ran) = join(client.batch_execute(begin), statement(client)).await;
            started.and(ran)
        })
    }

    fn limited<T>(
        &mut self,
        work: &impl AsyncFn(&Client) -> std::result::Result<T, tokio_postgres::Error>,
    ) -> Result<T> {
        let answer =
            self.runtime.block_on(async { tokio::time::timeout(self.limit, work(&self.client)).await });
        match answer {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => Err(self.failed(error)),
            Err(_) => {
                self.failure = Some(Failure::Lost);
                Err(silent())
            }
        }
    }

    /// Remembers what a failure means for the transaction, and makes it ours.
    fn failed(&mut self, error: tokio_postgres::Error) -> Error {
        let failure = error.code().map_or(
            if error.is_closed() || self.client.is_closed() || error.as_db_error().is_none() && is_io(&error)
            {
                Failure::Lost
            } else {
                Failure::Refused
            },
            classify,
        );
        if error.code() == Some(&SqlState::FEATURE_NOT_SUPPORTED) {
            // "cached plan must not change result type": the schema has moved on under our statements.
            self.statements.clear();
        }
        self.failure = self.failure.max(Some(failure));
        translated(error)
    }
}

fn silent() -> Error {
    Error::Unavailable("it did not answer in time".to_owned())
}

fn is_io(error: &tokio_postgres::Error) -> bool {
    std::error::Error::source(error).is_some_and(<dyn std::error::Error + 'static>::is::<std::io::Error>)
}

fn borrowed<'a>(params: &'a [Value<'a>]) -> Vec<&'a (dyn ToSql + Sync)> {
    params.iter().map(|param| param as &(dyn ToSql + Sync)).collect()
}

fn classify(code: &SqlState) -> Failure {
    match code.code() {
        "40001" | "40P01" | "0A000" => Failure::Collided,
        // Shut down, starting up, gone over to another server, or out of connections.
        "57P01" | "57P02" | "57P03" | "25006" | "53300" => Failure::Lost,
        code if code.starts_with("08") => Failure::Lost,
        _ => Failure::Refused,
    }
}

fn translated(error: tokio_postgres::Error) -> Error {
    let Some(said) = error.as_db_error() else {
        return if error.is_closed() || is_io(&error) {
            Error::Unavailable(error.to_string())
        } else {
            Error::Database(error.into())
        };
    };
    let text = said.constraint().unwrap_or(said.message()).to_owned();
    match said.code().code() {
        "23505" => Error::Duplicate(text),
        "23503" => Error::Reference(text),
        code if code.starts_with("23") => Error::NotCommitted(text),
        "53100" => Error::Full,
        "42501" => Error::ReadOnly(text),
        "57014" | "55P03" | "40001" | "40P01" => Error::Unavailable(said.message().to_owned()),
        _ if classify(said.code()) == Failure::Lost => Error::Unavailable(said.message().to_owned()),
        _ => Error::Database(format!("{} ({})", said.message(), said.code().code()).into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::params;
    use crate::postgres::PostgresConfig;

    #[test]
    fn a_statement_whose_begin_has_failed_is_not_kept_by_itself() {
        let config = PostgresConfig::at(testkit::postgres::shared().database());
        let mut session =
            Session::open(&Connector::new(&config, false).expect("an address")).expect("a session");
        session.begin(Kind::Write);
        session.batch("CREATE TABLE kept (a BIGINT)").expect("a table");
        assert!(matches!(session.commit(), Ended::Committed));

        // As the server sees it then: nothing has begun.
        session.begun = true;
        let alone = session.execute("INSERT INTO kept VALUES (1)", params![]);
        assert!(matches!(alone, Err(Error::Unavailable(_))), "{alone:?}");

        session.begin(Kind::Write);
        assert_eq!(session.execute("INSERT INTO kept VALUES (2)", params![]).expect("a row"), 1);
        assert!(matches!(session.commit(), Ended::Committed));
        session.begin(Kind::Read);
        assert_eq!(session.query("SELECT a FROM kept", params![]).expect("rows").len(), 1);
    }
}
