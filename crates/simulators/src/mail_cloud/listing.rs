//! What people and the console see of the service.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Query, State};
use serde::{Deserialize, Serialize};

use super::{MAGIC_RECIPIENTS, MagicRecipient, Mail, MailCloud};

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
    mail: Mail,
}

/// Lists what came, oldest first.
pub(super) async fn messages(
    State(cloud): State<MailCloud>,
    Query(wanted): Query<Wanted>,
) -> Json<MessagesBody> {
    let captured = cloud.captured();
    let kept = captured.since(wanted.since);
    let page = kept.into_iter().take(wanted.limit.min(1000));
    let messages: Vec<_> =
        page.map(|(number, mail)| NumberedBody { number, mail: Arc::unwrap_or_clone(mail) }).collect();
    let next = messages.last().map_or(wanted.since, |last| last.number + 1);
    let total = captured.total();
    Json(MessagesBody { messages, next, total })
}

/// Lists the magic recipients.
pub(super) async fn magic_recipients() -> Json<&'static [MagicRecipient]> {
    Json(MAGIC_RECIPIENTS)
}
