//! Trials of whole servers, each in a process of its own, by faults that nobody plans for.
//!
//! ```text
//!   clients ──► Door ──► Server (a process in a Place) ──► Door ──► gateway, mail server, other party
//!      │                     ▲                                          │
//!      ▼                     │ killed, paused, cut off                  ▼
//!     Book  what was asked   │                                    Outside  what was handed over
//!        └───────────────────┴──── verdict: nothing lost, nothing doubled ◄┘
//! ```
//!
//! What must be remembered lives in the test's own process and survives every server: the [`Book`] of
//! what clients asked and heard, and the world [`Outside`] with all that was handed over. The
//! verdict compares both with what the servers say afterwards, and counts on a [`Sheet`].

mod answer;
pub mod blobs_left;
mod book;
mod chance;
mod checkpoint;
mod clients;
mod consumers;
mod door;
mod exchange;
mod frozen;
mod hand_overs;
mod journey;
mod ledger;
mod onlookers;
pub mod openid;
mod outside;
mod pair;
mod place;
mod posting;
mod requests;
mod scarce;
mod server;
mod sheet;
mod signed_in;
mod takings;
mod trial;
mod verdict;

use std::future::Future;
use std::time::Duration;

pub use answer::Answer;
pub use book::{Asked, Book, Kind};
pub use chance::Chance;
pub use checkpoint::Checkpoint;
pub use clients::{Clients, Pace, Ways};
pub use consumers::Consumers;
pub use door::Door;
pub use exchange::{Fate, Letter, Letters, Route, envelope};
pub use frozen::Frozen;
pub use hand_overs::{ANSWERED_UNKNOWN, IN_DOUBT};
pub use journey::Journey;
pub use ledger::{Ledger, OpenWork};
pub use onlookers::Onlookers;
pub use openid::OpenIdProvider;
pub use outside::{GATEWAY_PASSWORD, Outside};
pub use pair::{OTHER_ORG, OtherParty};
pub use place::{Place, Said, budstikke, run, run_with_input};
pub use posting::{agreed_envelope, post_many};
pub use requests::{email_order, instant_sms, sms_order};
pub use scarce::Scarce;
pub use server::Server;
pub use sheet::Sheet;
pub use signed_in::{SignedIn, csrf, session};
pub use trial::Trial;
pub use verdict::{LOOKS_IN_VAIN, MOST_FOR_ONE_ORDER, most_for_one_message};

/// The organization whose servers are tried, unless a test says otherwise.
pub const ORG: &str = "310000001";

/// How long a test waits for something that is bound to happen.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Asks again and again until there is an answer; panics when it does not come.
pub async fn eventually<T, F>(what: &str, ask: impl FnMut() -> F) -> T
where
    F: Future<Output = Option<T>>,
{
    within(PATIENCE, what, ask).await
}

/// The same with another patience.
pub async fn within<T, F>(patience: Duration, what: &str, mut ask: impl FnMut() -> F) -> T
where
    F: Future<Output = Option<T>>,
{
    let asking = async {
        loop {
            if let Some(answer) = ask().await {
                return answer;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let answer = tokio::time::timeout(patience, asking).await;
    answer.unwrap_or_else(|_| panic!("waited {} s for {what}, in vain", patience.as_secs()))
}
