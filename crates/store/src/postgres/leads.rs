//! Who leads what, for operators.

use crate::error::Result;
use crate::params;
use crate::tx::{Engine, FromRow, Row, Tx};

/// One task and the node that leads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lead {
    /// The task's name.
    pub task: String,
    /// The node: machine, process, and a random part.
    pub node: String,
    /// How often the lead has gone to another node, plus one.
    pub term: u64,
    /// Whether the term lasts; otherwise nobody leads at this moment.
    pub holds: bool,
}

impl FromRow for Lead {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self { task: row.at(0)?, node: row.at(1)?, term: row.at(2)?, holds: row.at(3)? })
    }
}

/// Every task that has ever been led. Empty on the embedded engine, where the one process leads all.
pub fn leads(tx: &mut Tx<'_>) -> Result<Vec<Lead>> {
    const SQL: &str = "SELECT task, node, term, until >= clock_timestamp() FROM leaders ORDER BY task";
    match tx.engine() {
        Engine::Sqlite => Ok(Vec::new()),
        Engine::Postgres => tx.all(SQL, params![]),
    }
}
