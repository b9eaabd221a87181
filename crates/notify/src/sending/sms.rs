//! JOB: send one SMS.

use std::time::Duration;

use jobs::{Job, Outcome, Taken};
use serde::{Deserialize, Serialize};
use types::ids::NotificationId;

use super::begin::{Begun, begin_until_known};
use super::outcome::{Call, Fact};
use super::ready::{Message, Ready};
use super::settle::{Concluded, conclude};
use crate::Notify;
use crate::recipients::Channel;
use crate::work;
use gateways::{OutgoingSms, Urgency};

/// Sends one SMS.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct SendSms {
    pub(crate) notification: NotificationId,
}

impl Job<Notify> for SendSms {
    const KIND: &'static str = "notify.send_sms";

    async fn run(self, app: Notify, taken: Taken) -> Outcome {
        match app.waiting().take(self.notification) {
            Some(Ready { message: Message::Sms(sms), call, tell }) => {
                let (outcome, ended) = hand_over(&app, taken, call, &sms).await;
                // Whoever asked may have gone away; the message is on record all the same.
                let _ = tell.send(ended);
                outcome
            }
            _ => send_from_store(&app, taken, self.notification).await,
        }
    }
}

async fn hand_over(app: &Notify, taken: Taken, call: Call, sms: &OutgoingSms) -> (Outcome, super::Ended) {
    let fact = call.way.carrier.send_sms(sms).await;
    conclude(app, Concluded { taken, call, fact }).await
}

async fn send_from_store(app: &Notify, taken: Taken, id: NotificationId) -> Outcome {
    let Some(beginning) = app.beginning(Channel::Sms) else {
        return Outcome::Later(Duration::from_secs(5), "no route is open".to_owned());
    };
    match begin_until_known(app, &taken, id, &beginning).await {
        Ok(None) => Outcome::Settled,
        Ok(Some(Begun { call, notification, texts })) => {
            let urgency = work::urgency(&taken);
            let Some(sms) = compose(app, &call, &notification, texts, urgency) else {
                let fact = unreadable(Channel::Sms);
                return conclude(app, Concluded { taken, call, fact }).await.0;
            };
            hand_over(app, taken, call, &sms).await.0
        }
        Err(error) => work::after_error(&taken, error),
    }
}

fn compose(
    app: &Notify,
    call: &Call,
    notification: &super::Notification,
    texts: crate::orders::Texts,
    urgency: Urgency,
) -> Option<OutgoingSms> {
    let text = texts.sms?;
    let left = call.expires.duration_since(app.clock().now());
    Some(OutgoingSms {
        attempt: call.attempt,
        to: notification.destination.reveal().parse().ok()?,
        sender: text.sender.unwrap_or_else(|| app.config().sms_sender.clone()),
        text: notification.body.clone().unwrap_or(text.body),
        time_to_live: Some(Duration::try_from(left).unwrap_or_default()),
        urgency,
    })
}

/// What was stored makes no message: no text, or no address.
pub(super) fn unreadable(channel: Channel) -> Fact {
    Fact::Refused {
        standing: super::Standing::failed(channel),
        detail: "the stored notification has no text or no usable address".to_owned(),
    }
}
