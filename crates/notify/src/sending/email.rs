//! JOB: send one e-mail.

use std::time::Duration;

use jobs::{Job, Outcome, Taken};
use serde::{Deserialize, Serialize};
use types::ids::NotificationId;

use super::begin::{Begun, begin_until_known};
use super::outcome::{Call, Fact};
use super::ready::{Message, Ready};
use super::settle::{Concluded, conclude};
use super::sms::unreadable;
use crate::Notify;
use crate::access::Creator;
use crate::orders::Texts;
use crate::recipients::Channel;
use crate::{attachments, suppression, work};
use gateways::{OutgoingEmail, Urgency};

/// Sends one e-mail.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct SendEmail {
    pub(crate) notification: NotificationId,
}

impl Job<Notify> for SendEmail {
    const KIND: &'static str = "notify.send_email";

    async fn run(self, app: Notify, taken: Taken) -> Outcome {
        match app.waiting().take(self.notification) {
            Some(Ready { message: Message::Email(email), call, tell }) => {
                let (outcome, ended) = hand_over(&app, taken, call, &email).await;
                // Whoever asked may have gone away; the message is on record all the same.
                let _ = tell.send(ended);
                outcome
            }
            _ => send_from_store(&app, taken, self.notification).await,
        }
    }
}

async fn hand_over(app: &Notify, taken: Taken, call: Call, email: &OutgoingEmail) -> (Outcome, super::Ended) {
    let creator = Creator::new(taken.owner.clone());
    if let Some(fact) = suppression::check(app, &creator, &email.to).await {
        return conclude(app, Concluded { taken, call, fact }).await;
    }
    let fact = call.way.carrier.send_email(email).await;
    suppression::learn_from_refusal(app, &creator, &email.to, &fact).await;
    conclude(app, Concluded { taken, call, fact }).await
}

async fn send_from_store(app: &Notify, taken: Taken, id: NotificationId) -> Outcome {
    let Some(beginning) = app.beginning(Channel::Email) else {
        return Outcome::Later(Duration::from_secs(5), "no route is open".to_owned());
    };
    let files = attachments::bring(app, &taken, id).await;
    match begin_until_known(app, &taken, id, &beginning).await {
        Ok(None) => Outcome::Settled,
        Ok(Some(Begun { call, notification, texts })) => {
            let urgency = work::urgency(&taken);
            let files = match files {
                Ok(files) => files,
                Err(instead) => {
                    let fact = Fact::from(instead);
                    return conclude(app, Concluded { taken, call, fact }).await.0;
                }
            };
            let Some(email) = compose(&call, &notification, texts, urgency) else {
                let fact = unreadable(Channel::Email);
                return conclude(app, Concluded { taken, call, fact }).await.0;
            };
            let email = OutgoingEmail { attachments: files.attachments.clone(), ..email };
            hand_over(app, taken, call, &email).await.0
        }
        Err(error) => work::after_error(&taken, error),
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
