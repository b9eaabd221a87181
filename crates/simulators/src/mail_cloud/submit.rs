//! Takes messages, turns them away, or leaves the sender in doubt.

use std::collections::HashMap;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{OriginalUri, Request, State};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::StatusCode;
use jiff::Timestamp;
use serde::Deserialize;

use super::events::{self, About, Due};
use super::magic::{self, DELIVERED, Outcome};
use super::operations::{Operation, denied, fault, running, throttled};
use super::{File, Mail, MailCloud, access};
use crate::drop_connection::without_an_answer;

/// How often, and since when, a recipient was turned away.
#[derive(Clone, Copy, Debug)]
pub(super) struct Refusals {
    times: u32,
    since: Timestamp,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct EmailBody {
    sender_address: String,
    content: ContentBody,
    recipients: RecipientsBody,
    #[serde(default)]
    headers: HashMap<String, String>,
    #[serde(default)]
    attachments: Vec<AttachmentBody>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ContentBody {
    subject: String,
    plain_text: Option<String>,
    html: Option<String>,
}

#[derive(Deserialize)]
struct RecipientsBody {
    to: Vec<AddressBody>,
}

#[derive(Deserialize)]
struct AddressBody {
    address: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AttachmentBody {
    name: String,
    content_type: String,
    content_in_base64: String,
}

/// Takes one message.
pub(super) async fn submit(
    State(cloud): State<MailCloud>,
    OriginalUri(uri): OriginalUri,
    request: Request<Body>,
) -> Response {
    let (head, body) = request.into_parts();
    let settings = &cloud.0.settings;
    let Ok(body) = web::body::read(body, settings.largest).await else {
        return fault(StatusCode::PAYLOAD_TOO_LARGE, "RequestEntityTooLarge", "The request is too large.");
    };
    let now = cloud.0.clock.now();
    if !access::is_signed(&settings.access_key, &head.method, &uri, &head.headers, &body, now) {
        return denied();
    }
    if !uri.query().is_some_and(|query| query.contains("api-version=")) {
        return fault(StatusCode::BAD_REQUEST, "MissingApiVersionParameter", "api-version is required.");
    }
    let rest = cloud.state().messages.count(settings.messages_per_minute, now);
    if let Some(rest) = rest {
        return throttled(rest);
    }
    let named = head.headers.get("Operation-Id").and_then(|id| id.to_str().ok()).map(str::to_owned);
    let operation = named.unwrap_or_else(|| cloud.0.random.uuid_v4().to_string());
    match read(&body, operation, now) {
        Some(mail) => cloud.decide(mail, now).await,
        None => fault(StatusCode::BAD_REQUEST, "BadRequest", "The request is not an e-mail to somebody."),
    }
}

fn read(body: &[u8], operation: String, at: Timestamp) -> Option<Mail> {
    let body: EmailBody = serde_json::from_slice(body).ok()?;
    let file = |file: AttachmentBody| {
        let content = STANDARD.decode(file.content_in_base64).ok()?;
        Some(File { name: file.name, content_type: file.content_type, size: content.len(), content })
    };
    let ContentBody { subject, plain_text, html } = body.content;
    plain_text.as_ref().or(html.as_ref())?;
    Some(Mail {
        at,
        taken: false,
        operation,
        sender: body.sender_address,
        recipient: body.recipients.to.into_iter().next()?.address,
        subject,
        plain_text,
        html,
        headers: body.headers,
        attachments: body.attachments.into_iter().map(file).collect::<Option<_>>()?,
    })
}

impl MailCloud {
    async fn decide(&self, mail: Mail, now: Timestamp) -> Response {
        let outcome = magic::outcome_for(&mail.recipient);
        if let Some(refusal) = self.turn_away(&mail.recipient, outcome, now) {
            self.0.captured.push(mail);
            return refusal;
        }
        let settings = &self.0.settings;
        let operation = mail.operation.clone();
        self.take(mail, outcome, now).await;
        match outcome {
            Outcome::FailedTaken => {
                fault(StatusCode::INTERNAL_SERVER_ERROR, "InternalServerError", "Something went wrong.")
            }
            Outcome::ClosedTaken => without_an_answer(),
            Outcome::SwallowedTaken => {
                tokio::time::sleep(settings.swallow).await;
                without_an_answer()
            }
            _ => {
                let mut response = running(&operation, settings.ask_after);
                *response.status_mut() = StatusCode::ACCEPTED;
                if let Ok(location) = format!("/emails/operations/{operation}").parse() {
                    response.headers_mut().insert("Operation-Location", location);
                }
                response
            }
        }
    }

    /// The answer of a service that takes nothing, if that is what the recipient wants.
    fn turn_away(&self, recipient: &str, outcome: Outcome, now: Timestamp) -> Option<Response> {
        let limited_for = self.0.settings.limited_for;
        match outcome {
            Outcome::TurnedAway(status, code, message) => {
                let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
                Some(fault(status, code, message))
            }
            Outcome::ClosedUntaken => Some(without_an_answer()),
            Outcome::ClosedUntakenOnce => {
                self.refused_again(recipient, now, |refusals| refusals.times < 1).map(|_| without_an_answer())
            }
            Outcome::TransientTwice => self
                .refused_again(recipient, now, |refusals| refusals.times < 2)
                .map(|_| fault(StatusCode::INTERNAL_SERVER_ERROR, "InternalServerError", "")),
            Outcome::Limited => {
                let gone = |refusals: &Refusals| {
                    Duration::try_from(now.duration_since(refusals.since)).unwrap_or_default()
                };
                self.refused_again(recipient, now, |refusals| gone(refusals) < limited_for)
                    .map(|refusals| throttled(limited_for.saturating_sub(gone(&refusals))))
            }
            _ => None,
        }
    }

    /// Counts one more refusal while `again` says so, then forgets the recipient.
    fn refused_again(
        &self,
        recipient: &str,
        now: Timestamp,
        again: impl Fn(&Refusals) -> bool,
    ) -> Option<Refusals> {
        let mut state = self.state();
        if state.refusals.len() >= self.0.settings.keep {
            state.refusals.clear();
        }
        let refusals =
            state.refusals.entry(recipient.to_owned()).or_insert(Refusals { times: 0, since: now });
        if again(refusals) {
            refusals.times += 1;
            return Some(*refusals);
        }
        state.refusals.remove(recipient);
        None
    }

    /// Begins an operation, keeps the message, and puts its report in line.
    async fn take(&self, mail: Mail, outcome: Outcome, now: Timestamp) {
        let due = Due::first(About::new(&mail), reports_of(outcome));
        {
            let mut state = self.state();
            if state.operations.len() >= self.0.settings.keep {
                state.operations.clear();
            }
            let begun = Operation { taken: now, outcome, questions: 0 };
            state.operations.insert(mail.operation.clone(), begun);
        }
        self.0.captured.push(Mail { taken: true, ..mail });
        match due {
            Some(due) if outcome == Outcome::ReportBeforeAnswer => events::push_now(&self.0, due).await,
            Some(due) => self.0.events.put_in_line(due, self.0.settings.report_after),
            None => {}
        }
    }
}

/// The reports that follow, in order.
fn reports_of(outcome: Outcome) -> &'static [&'static str] {
    match outcome {
        Outcome::Taken(reports) => reports,
        Outcome::OperationFails(_) | Outcome::OperationCanceled | Outcome::NeverEnds => &[],
        _ => DELIVERED,
    }
}
