//! JOB: send one SMS.

use std::time::Duration;

use jobs::{Job, Outcome, Taken};
use serde::{Deserialize, Serialize};
use types::ids::NotificationId;

use super::begin::Begun;
use super::hand_over::{Started, hand_over, hand_over_ready, start};
use super::outcome::{Call, Fact};
use super::ready::Message;
use super::settle::{Concluded, Next, conclude};
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
        trace::about(trace::About::Notification, self.notification);
        match app.waiting().take(self.notification) {
            Some(ready) => hand_over_ready(&app, taken, ready).await,
            None => send_from_store(&app, taken, self.notification).await,
        }
    }
}

async fn send_from_store(app: &Notify, taken: Taken, id: NotificationId) -> Outcome {
    let (begun, seat) = match start(app, &taken, id, Channel::Sms).await {
        Started::Now(begun, seat) => (*begun, seat),
        Started::Over(outcome) => return outcome,
    };
    let Begun { call, notification, texts } = begun;
    let urgency = work::urgency(&taken);
    let Some(sms) = compose(app, &call, &notification, texts, urgency) else {
        app.give_back(seat).await;
        let fact = unreadable(Channel::Sms);
        return conclude(app, Concluded { taken, call, fact, next: Next::None }).await.0;
    };
    hand_over(app, taken, call, Message::Sms(sms), seat).await.0
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
