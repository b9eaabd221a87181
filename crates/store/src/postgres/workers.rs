//! Threads that run work, each on a connection of its own.

use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use super::connect::Connector;
use super::session::{Ended, Failure, Kind, Session};
use crate::error::{Error, Result};
use crate::faults::{Fault, FaultPoint, Faults};
use crate::tx::Tx;
use crate::work::{self, Work};

/// How often work that collides is run again.
const TRIES: u32 = 20;
/// How long overdue work is refused at once after a connection could not be opened.
const REST: Duration = Duration::from_secs(1);
/// The pause between two attempts to connect.
const PAUSE: Duration = Duration::from_millis(250);

/// Starts `count` threads that share one queue. They end when every sender is gone.
pub(crate) fn start(
    connector: &Connector,
    kind: Kind,
    count: usize,
    waiting: mpsc::Receiver<Work>,
    faults: &Faults,
) -> Vec<JoinHandle<()>> {
    let waiting = Arc::new(Mutex::new(waiting));
    let start = |number| {
        let waiting = Arc::clone(&waiting);
        let (connector, faults) = (connector.clone(), faults.clone());
        let mut line = Line { connector, kind, session: None, failed: None, faults };
        let run = move || {
            while let Some(work) = work::next(&waiting) {
                line.serve(work);
            }
        };
        let name = format!("store-{kind:?}-{number}").to_lowercase();
        thread::Builder::new().name(name).spawn(run).expect("a thread can be started")
    };
    (0..count.max(1)).map(start).collect()
}

/// One thread's connection, opened when it is needed.
struct Line {
    connector: Connector,
    kind: Kind,
    session: Option<Session>,
    /// When it could last not be opened.
    failed: Option<Instant>,
    faults: Faults,
}

impl Line {
    fn serve(&mut self, mut work: Work) {
        let give_up = work.since() + self.connector.config().patience();
        let kind = self.kind;
        for attempt in 1.. {
            let session = match self.connected(give_up) {
                Ok(session) => session,
                Err(error) => return work.answer(Err(error)),
            };
            session.begin(kind);
            let keep = work.run(&mut Tx::postgres(session));
            if kind == Kind::Read && session.failure().is_none() {
                // Nobody needs to wait for the end of a snapshot.
                work.answer(Ok(()));
                self.end(false);
                return;
            }
            match self.end(keep) {
                Ended::Committed => return work.answer(Ok(())),
                Ended::Unknown => return work.answer(Err(Error::OutcomeUnknown)),
                Ended::Not(Failure::Collided) if attempt < TRIES => {
                    tracing::debug!(attempt, "two transactions collided; running one again");
                    thread::sleep(Duration::from_millis(u64::from(attempt).pow(2) + u64::from(attempt % 3)));
                }
                Ended::Not(Failure::Lost) if Instant::now() < give_up => {
                    tracing::debug!("the database was lost under a piece of work; running it again");
                    if attempt > 1 {
                        // It lets us in and turns us away: a server that has just become a replica.
                        thread::sleep(PAUSE);
                    }
                }
                // A refusal has been answered by the work itself, unless the work ignored it.
                Ended::Not(_) if !keep => return work.answer(Ok(())),
                Ended::Not(_) => {
                    let why = "a statement in it was refused".to_owned();
                    return work.answer(Err(Error::NotCommitted(why)));
                }
            }
        }
    }

    /// Ends the transaction; `keep` is what the work wants.
    fn end(&mut self, keep: bool) -> Ended {
        let session = self.session.as_mut().expect("work has just run on it");
        let ended = match (keep, session.failure()) {
            (true, None) => commit(session, &self.faults),
            (false, None) => {
                session.roll_back();
                Ended::Committed // nothing, as the work wishes
            }
            (_, Some(failure)) => {
                session.roll_back();
                Ended::Not(failure)
            }
        };
        if self.session.as_ref().is_some_and(Session::is_lost) {
            self.session = None;
        }
        ended
    }

    /// The connection, opened again where it was lost. Of the work that has waited too long while the
    /// database was away, one piece in a while pays for another try.
    fn connected(&mut self, give_up: Instant) -> Result<&mut Session> {
        while self.session.is_none() {
            if Instant::now() >= give_up && self.failed.is_some_and(|failed| failed.elapsed() < REST) {
                return Err(Error::Unavailable("it has been away for longer than work waits".to_owned()));
            }
            match Session::open(&self.connector) {
                Ok(session) => {
                    self.failed = None;
                    self.session = Some(session);
                }
                Err(error) => {
                    self.failed = Some(Instant::now());
                    if Instant::now() + PAUSE >= give_up {
                        return Err(error);
                    }
                    tracing::debug!(%error, "the database cannot be reached; trying again");
                    thread::sleep(PAUSE);
                }
            }
        }
        Ok(self.session.as_mut().expect("opened above"))
    }
}

fn commit(session: &mut Session, faults: &Faults) -> Ended {
    if faults.at(FaultPoint::BeforeCommit) == Fault::DiskFull {
        session.roll_back();
        return Ended::Not(Failure::Refused);
    }
    match (session.commit(), faults.at(FaultPoint::AfterCommit)) {
        (Ended::Committed, Fault::AnswerLost) => Ended::Unknown,
        (ended, _) => ended,
    }
}
