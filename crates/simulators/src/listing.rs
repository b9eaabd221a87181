//! What people and the console see of what a simulator was sent: a page at a time, oldest first.

use axum::Json;
use axum::extract::Query;
use axum::routing::{MethodRouter, get};
use serde::{Deserialize, Serialize};

use crate::captured::Captured;

/// Messages on one page at most.
const LONGEST_PAGE: usize = 1000;

/// Where to begin, and how many.
#[derive(Debug, Deserialize)]
struct Wanted {
    #[serde(default)]
    since: u64,
    #[serde(default = "hundred")]
    limit: usize,
}

const fn hundred() -> usize {
    100
}

/// Messages, and the number to ask with for newer ones.
#[derive(Serialize)]
struct PageBody<B> {
    messages: Vec<B>,
    next: u64,
    total: u64,
}

#[derive(Serialize)]
struct NumberedBody<T> {
    number: u64,
    #[serde(flatten)]
    message: T,
}

/// Lists messages as they were captured, each with its number.
pub(crate) fn messages<T, S>(captured: &Captured<T>) -> MethodRouter<S>
where
    T: Clone + Serialize + Send + Sync + 'static,
    S: Clone + Send + Sync + 'static,
{
    messages_as(captured, |number, message| NumberedBody { number, message: message.clone() })
}

/// Lists messages in a form of the simulator's own, made of each one's number and itself.
pub(crate) fn messages_as<T, B, S>(captured: &Captured<T>, body: fn(u64, &T) -> B) -> MethodRouter<S>
where
    T: Send + Sync + 'static,
    B: Serialize + 'static,
    S: Clone + Send + Sync + 'static,
{
    let captured = captured.clone();
    get(async move |Query(wanted): Query<Wanted>| Json(page(&captured, &wanted, body)))
}

fn page<T, B>(captured: &Captured<T>, wanted: &Wanted, body: fn(u64, &T) -> B) -> PageBody<B> {
    let kept = captured.since(wanted.since).into_iter().take(wanted.limit.min(LONGEST_PAGE));
    let mut next = wanted.since;
    let messages = kept.map(|(number, message)| {
        next = number + 1;
        body(number, &message)
    });
    PageBody { messages: messages.collect(), next, total: captured.total() }
}
