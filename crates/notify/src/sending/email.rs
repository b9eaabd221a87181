//! JOB: send one e-mail.

use jobs::{Job, Outcome, Taken};
use serde::{Deserialize, Serialize};
use types::ids::NotificationId;

use super::begin::Begun;
use super::hand_over::{Started, hand_over, hand_over_ready, start};
use super::outcome::{Call, Fact};
use super::ready::Message;
use super::settle::{Concluded, Next, conclude};
use super::sms::unreadable;
use crate::Notify;
use crate::orders::Texts;
use crate::recipients::Channel;
use crate::{attachments, work};
use gateways::{OutgoingEmail, Urgency};

/// Sends one e-mail.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct SendEmail {
    pub(crate) notification: NotificationId,
}

impl Job<Notify> for SendEmail {
    const KIND: &'static str = "notify.send_email";

    async fn run(self, app: Notify, taken: Taken) -> Outcome {
        trace::about(trace::About::Notification, self.notification);
        match app.waiting().take(self.notification) {
            Some(ready) => hand_over_ready(&app, taken, ready).await,
            None => send_from_store(&app, taken, self.notification).await,
        }
    }
}

async fn send_from_store(app: &Notify, taken: Taken, id: NotificationId) -> Outcome {
    let files = attachments::bring(app, &taken, id).await;
    let (begun, seat) = match start(app, &taken, id, Channel::Email).await {
        Started::Now(begun, seat) => (*begun, seat),
        Started::Over(outcome) => return outcome,
    };
    let Begun { call, notification, texts } = begun;
    let urgency = work::urgency(&taken);
    let email = match &files {
        Ok(files) => match compose(&call, &notification, texts, urgency) {
            Some(email) => Ok(OutgoingEmail { attachments: files.attachments.clone(), ..email }),
            None => Err(unreadable(Channel::Email)),
        },
        Err(instead) => Err(Fact::from(instead.clone())),
    };
    match email {
        Ok(email) => hand_over(app, taken, call, Message::Email(email), seat).await.0,
        Err(fact) => {
            app.give_back(seat).await;
            conclude(app, Concluded { taken, call, fact, next: Next::None }).await.0
        }
    }
}

fn compose(
    call: &Call,
    notification: &super::Notification,
    texts: Texts,
    urgency: Urgency,
) -> Option<OutgoingEmail> {
    let text = texts.email?;
    Some(OutgoingEmail {
        attempt: call.attempt,
        notification: call.notification,
        to: notification.destination.reveal().parse().ok()?,
        from: text.sender,
        subject: notification.subject.clone().unwrap_or(text.subject),
        body: notification.body.clone().unwrap_or(text.body),
        format: text.format,
        attachments: Vec::new(),
        urgency,
    })
}
