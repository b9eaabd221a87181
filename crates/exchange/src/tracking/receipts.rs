//! Records answers that came by themselves, and settles them with their channel.

use tokio_util::sync::CancellationToken;

use super::record;
use crate::Exchange;
use crate::conversations::{self, Direction};
use crate::registry::ServiceIdentifier;
use crate::transports::{About, Receipt, Transport};

/// Takes in every answer that waits; answers how many were new.
pub(super) async fn look(app: &Exchange, transport: &dyn Transport, stop: &CancellationToken) -> usize {
    let service = transport.service();
    let receipts = match transport.receipts().await {
        Ok(receipts) => receipts,
        Err(error) => {
            tracing::warn!(%service, %error, "could not ask for receipts");
            return 0;
        }
    };
    let mut taken = 0;
    for receipt in receipts {
        if stop.is_cancelled() {
            break;
        }
        let kept = keep(app, service, &receipt).await;
        let settled = match kept {
            Ok(known) => {
                if !known {
                    tracing::warn!(%service, handle = %receipt.handle, "a receipt answers no message of ours");
                }
                transport.settle(&receipt).await.map_err(|error| error.to_string())
            }
            Err(error) => Err(error.to_string()),
        };
        match settled {
            Ok(()) => taken += 1,
            Err(error) => tracing::warn!(%service, %error, "a receipt will be looked at again"),
        }
    }
    if taken > 0 {
        app.webhooks().ring();
    }
    taken
}

/// Records one answer; answers whether it belongs to a message of ours.
async fn keep(app: &Exchange, service: ServiceIdentifier, receipt: &Receipt) -> store::Result<bool> {
    let (doing, receipt, owner) = (app.clone(), receipt.clone(), app.own());
    let kept = app.store().write(move |tx| {
        let found = match &receipt.about {
            About::Message(id) => conversations::find_message(tx, owner, id, Direction::Outgoing)?,
            About::Conversation(id) => conversations::find_last_sent(tx, owner, id, service)?,
        };
        // A channel knows what became of its own messages only.
        let found = found.filter(|conversation| conversation.service == service);
        if let Some(conversation) = &found {
            record(&doing, tx, conversation, &receipt.news, doing.now())?;
        }
        Ok::<_, store::Error>(found.is_some())
    });
    kept.await
}
