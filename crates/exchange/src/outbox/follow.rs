//! JOB: asks a channel what became of a message that it was still working on, for up to 30 minutes.

use std::time::Duration;

use jobs::{Job, Outcome, Taken};
use serde::{Deserialize, Serialize};
use types::OrgNumber;

use super::send::SendError;
use crate::Exchange;
use crate::conversations::{self, Direction};
use crate::tracking;
use crate::transports::{Sighting, Watched};

/// Pauses between questions, in seconds; the last repeats.
const PAUSES: [u64; 4] = [1, 2, 5, 30];
/// Questions before nobody asks any more: about half an hour.
const QUESTIONS: u32 = 64;

/// Asks about one message.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Follow {
    pub(crate) owner: OrgNumber,
    pub(crate) message_id: String,
    pub(crate) reference: String,
}

impl Job<Exchange> for Follow {
    const KIND: &'static str = "exchange.follow";

    async fn run(self, app: Exchange, taken: Taken) -> Outcome {
        let (owner, message_id) = (self.owner, self.message_id.clone());
        let find = move |tx: &mut store::Tx<'_>| {
            conversations::find_message(tx, owner, &message_id, Direction::Outgoing)
        };
        let conversation = match app.store().read(find).await {
            Ok(Some(conversation)) if !conversation.finished => conversation,
            Ok(_) => return Outcome::Done,
            Err(error) => return Outcome::Later(Duration::from_secs(5), error.to_string()),
        };
        let Some(transport) = app.transport(conversation.service).cloned() else { return Outcome::Done };
        let watched = Watched { reference: self.reference, ..tracking::watched(&conversation) };
        let reason = match transport.statuses(&[watched]).await.map(|mut seen| seen.pop()) {
            Ok(Some(Sighting { news, over: true, .. })) => {
                let doing = app.clone();
                let recorded = app.store().write(move |tx| {
                    tracking::record(&doing, tx, &conversation, &news, doing.now())?;
                    taken.finish::<SendError>(tx)
                });
                let recorded = recorded.await;
                app.webhooks().ring();
                return match recorded {
                    Ok(()) | Err(SendError::Stale(_)) => Outcome::Settled,
                    Err(error) => Outcome::Later(Duration::from_secs(5), error.to_string()),
                };
            }
            Ok(_) => "the channel still works on it".to_owned(),
            Err(error) => error.to_string(),
        };
        if taken.tries >= QUESTIONS {
            return Outcome::Done;
        }
        let rung = usize::try_from(taken.tries).unwrap_or(usize::MAX).min(PAUSES.len() - 1);
        Outcome::Later(Duration::from_secs(PAUSES[rung]), reason)
    }
}
