//! Brings the schema of the shared database up to date while other nodes are at work on it.
//!
//! A change to a table waits until nobody reads or writes it, and whoever comes meanwhile waits behind the
//! change. So a change that does not get its turn within a second steps back with all that went before it,
//! lets the others by, and begins again. How long it may take once it has its turn is not limited.

use std::thread;
use std::time::{Duration, Instant};

use super::connect::Connector;
use super::session::{Ended, Failure, Kind, Session};
use crate::error::{Error, Result};
use crate::migrate;
use crate::tx::Tx;

/// How long a migration may take: an index over many rows, or another node that makes one.
const LONGEST: Duration = Duration::from_secs(12 * 3600);
/// How long turns are tried for.
const PATIENCE: Duration = Duration::from_secs(600);
/// The pause between two tries, in which the others go on.
const PAUSE: Duration = Duration::from_millis(500);

/// Runs the migrations that are missing.
///
/// # Errors
/// Those of [`migrate::run`]; [`Error::Unavailable`] when a table was in use for [`PATIENCE`].
pub(crate) fn bring_up_to_date(connector: &Connector) -> Result<()> {
    let begun = Instant::now();
    let mut told = false;
    loop {
        let mut session = Session::open_patiently(connector, LONGEST)?;
        session.begin(Kind::Write);
        let error = match migrate::run(&mut Tx::postgres(&mut session)) {
            Ok(()) => return committed(&session.commit()),
            Err(error) => error,
        };
        let in_the_way = matches!(error, Error::Unavailable(_)) && session.failure() != Some(Failure::Lost);
        session.roll_back();
        if !in_the_way || begun.elapsed() > PATIENCE {
            return Err(error);
        }
        if !told {
            tracing::info!(%error, "the schema is to change; waiting for a moment when its tables are free");
            told = true;
        }
        thread::sleep(PAUSE);
    }
}

fn committed(ended: &Ended) -> Result<()> {
    match ended {
        Ended::Committed => Ok(()),
        ended => Err(Error::NotCommitted(format!("the schema could not be brought up to date: {ended:?}"))),
    }
}
