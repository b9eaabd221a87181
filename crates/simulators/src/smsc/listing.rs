//! What people and the console see of the message centre.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Query, State};
use serde::{Deserialize, Serialize};

use super::{MAGIC_NUMBERS, MagicNumber, Sms, Smsc};

/// Where to begin, and how many.
#[derive(Debug, Deserialize)]
pub(super) struct Wanted {
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
pub(super) struct MessagesBody {
    messages: Vec<NumberedBody>,
    next: u64,
    total: u64,
}

#[derive(Serialize)]
struct NumberedBody {
    number: u64,
    #[serde(flatten)]
    sms: Sms,
}

/// Lists what came, oldest first.
pub(super) async fn messages(State(smsc): State<Smsc>, Query(wanted): Query<Wanted>) -> Json<MessagesBody> {
    let captured = smsc.captured();
    let page = captured.since(wanted.since).into_iter().take(wanted.limit.min(1000));
    let messages: Vec<_> =
        page.map(|(number, sms)| NumberedBody { number, sms: Arc::unwrap_or_clone(sms) }).collect();
    let next = messages.last().map_or(wanted.since, |last| last.number + 1);
    Json(MessagesBody { messages, next, total: captured.total() })
}

/// Lists the magic numbers.
pub(super) async fn magic_numbers() -> Json<&'static [MagicNumber]> {
    Json(MAGIC_NUMBERS)
}
