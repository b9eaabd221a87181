//! Trays: clients that speak no HTTP. What they do with files is what others do with the API.
//!
//! | a client over HTTP | a tray |
//! |---|---|
//! | POST `/api/messages/out/multipart` | puts a folder into `send`; the answer is a file in `send/sent`, or the folder in `send/rejected` with the reason |
//! | GET peek and pop, DELETE pop | finds a folder in `received` |
//! | GET `/api/statuses/peek`, DELETE | finds a file in `statuses` |
//!
//! **Promises.** A message in `send` is sent once, also when the process dies at any moment in between: its
//! id is written down before it is stored here. A received message appears whole, and once; the sender is
//! told LEVERT when it is on the disk there. One node at a time looks after the trays.

mod config;
mod receive;
mod send;
mod statuses;

use std::io;
use std::time::Duration;

use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::Exchange;
use crate::access::{Client, Reach};
use crate::problem::Problem;

pub use config::{TrayConfig, TrayConfigError, TrayForm};

/// Things of one kind that are done in one look at a tray.
const AT_ONCE: usize = 100;

/// Why something is not done now. It is tried again at the next look.
#[derive(Debug, thiserror::Error)]
enum TrayError {
    #[error("the folder: {0}")]
    Io(#[from] io::Error),
    #[error("the gateway: {0}")]
    Problem(String),
    #[error("the work was interrupted")]
    Interrupted(#[from] tokio::task::JoinError),
}

impl From<Problem> for TrayError {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem.exception())
    }
}

/// Looks after the trays while this node leads, until told to stop.
pub(crate) async fn run(app: Exchange, stop: CancellationToken) {
    if app.config().trays.is_empty() {
        return;
    }
    let store = app.store().clone();
    store.lead("exchange.trays", stop, move |leading| keep_looking(app.clone(), leading)).await;
}

async fn keep_looking(app: Exchange, stop: CancellationToken) {
    let interval = Duration::from_millis(app.config().receive_interval_ms.max(10));
    while !stop.is_cancelled() {
        look(&app, &stop).await;
        tokio::select! {
            () = stop.cancelled() => return,
            () = sleep(interval) => {}
        }
    }
}

/// Does everything there is to do in every tray once; answers how much that was.
pub(crate) async fn look(app: &Exchange, stop: &CancellationToken) -> usize {
    let mut done = 0;
    for tray in app.config().trays.clone() {
        if stop.is_cancelled() {
            break;
        }
        let (sent, received, told) =
            tokio::join!(send::look(app, &tray), receive::look(app, &tray), statuses::look(app, &tray));
        for (what, looked) in [("send", sent), ("received", received), ("statuses", told)] {
            match looked {
                Ok(times) => done += times,
                Err(error) => tracing::warn!(tray = tray.name, what, %error, "a tray cannot be used now"),
            }
        }
    }
    done
}

/// The client that a tray is.
fn client(app: &Exchange, tray: &TrayConfig) -> Client {
    Client {
        owner: app.own(),
        reach: Reach::All,
        subscriber: app.own(),
        user_agent: Some(format!("tray {}", tray.name)),
    }
}
