//! Takes messages, turns them away, or leaves the sender in doubt.

use std::collections::HashMap;
use std::sync::atomic::Ordering;
use std::sync::{MutexGuard, PoisonError};
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{Html, IntoResponse, Response};
use bytes::Bytes;
use http::{StatusCode, header};
use tokio::time::Instant;

use super::answers::{self, MessageAnswer};
use super::magic::{self, Outcome, ReportState};
use super::reports::{self, About, Due};
use super::wire::{self, Session, Understood, WireMessage};
use super::{Sms, SmsGateway};
use crate::drop_connection::without_an_answer;

/// A request may have this many bytes.
const REQUEST_BYTES: usize = 1024 * 1024;
/// Receivers whose refusals are counted.
const REFUSALS_KEPT: usize = 10_000;

/// How often, and since when, a receiver was turned away.
#[derive(Clone, Copy, Debug)]
pub(super) struct Refusals {
    times: u32,
    since: Instant,
}

/// Takes one request.
pub(super) async fn submit(State(gateway): State<SmsGateway>, request: Request<Body>) -> Response {
    gateway.0.requests.fetch_add(1, Ordering::Relaxed);
    let (head, body) = request.into_parts();
    let Ok(body) = web::body::read(body, REQUEST_BYTES).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let settings = &gateway.0.settings;
    if !settings.answer_after.is_zero() {
        tokio::time::sleep(settings.answer_after).await;
    }
    let read = wire::decode(&head.headers, &body).and_then(|text| wire::read(&text));
    let session = match read {
        Ok(session) => session,
        Err(error) => return (StatusCode::BAD_REQUEST, error.to_string()).into_response(),
    };
    if !gateway.knows(&session) {
        return xml(answers::LOGON_FAILED.to_owned());
    }
    let mut messages = session.messages.iter();
    if let Some(response) = messages.find_map(|message| gateway.turn_away(&message.receiver)) {
        for message in &session.messages {
            let understood = wire::understand(message).ok();
            gateway.keep(&session, message, &body, understood, None);
        }
        return response;
    }
    let (answers, taken) = gateway.take(&session, &body);
    gateway.answer(&answers, taken).await
}

/// What was taken: its outcome, and a report that must go before the answer.
type Taken = Vec<(Outcome, Option<Due>)>;

impl SmsGateway {
    fn knows(&self, session: &Session) -> bool {
        let settings = &self.0.settings;
        session.client == settings.client && session.password == *settings.password.reveal()
    }

    /// The answer of a gateway that takes nothing of the request, if that is what the receiver wants.
    fn turn_away(&self, receiver: &str) -> Option<Response> {
        let limited_for = self.0.settings.limited_for;
        match magic::outcome_for(receiver) {
            Outcome::LogonFails => Some(xml(answers::LOGON_FAILED.to_owned())),
            Outcome::ServerError => Some(StatusCode::INTERNAL_SERVER_ERROR.into_response()),
            Outcome::ClosedUntaken => Some(without_an_answer()),
            Outcome::Unavailable => Some(wait(StatusCode::SERVICE_UNAVAILABLE, limited_for)),
            Outcome::TransientTwice => self
                .is_refused_again(receiver, |refusals| refusals.times < 2)
                .then(|| StatusCode::REQUEST_TIMEOUT.into_response()),
            Outcome::RateLimited => self
                .is_refused_again(receiver, |refusals| refusals.since.elapsed() < limited_for)
                .then(|| wait(StatusCode::TOO_MANY_REQUESTS, limited_for)),
            _ => None,
        }
    }

    fn refusals(&self) -> MutexGuard<'_, HashMap<String, Refusals>> {
        let kept = &self.0.refusals;
        kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts one more refusal while `again` says so, then forgets the receiver.
    fn is_refused_again(&self, receiver: &str, again: impl Fn(&Refusals) -> bool) -> bool {
        let mut kept = self.refusals();
        if kept.len() >= REFUSALS_KEPT {
            kept.clear();
        }
        let (times, since) = (0, Instant::now());
        let refusals = kept.entry(receiver.to_owned());
        let refusals = refusals.or_insert(Refusals { times, since });
        if again(refusals) {
            refusals.times += 1;
            return true;
        }
        kept.remove(receiver);
        false
    }

    /// Decides about each message and keeps it; those that are reported later are put in line.
    fn take(&self, session: &Session, request: &Bytes) -> (Vec<MessageAnswer>, Taken) {
        let (mut answers, mut taken) = (Vec::new(), Vec::new());
        for message in &session.messages {
            let outcome = magic::outcome_for(&message.receiver);
            let id = message.id.clone();
            let understood = match judge(message, outcome) {
                Ok(understood) => understood,
                Err(info) => {
                    let understood = wire::understand(message).ok();
                    self.keep(session, message, request, understood, None);
                    answers.push(MessageAnswer::Refused { id, info });
                    continue;
                }
            };
            let reference = self.0.random.uuid_v4().to_string();
            let receiver = understood.receiver.clone();
            let kept_reference = Some(reference.clone());
            self.keep(session, message, request, Some(understood), kept_reference);
            let about = About { reference: reference.clone(), receiver };
            let due = Due::first(about, reports_of(outcome));
            taken.push((outcome, self.report_later(outcome, due)));
            let reference = (outcome != Outcome::AcceptedWithoutReference).then_some(reference);
            if outcome != Outcome::AnswerWithoutMessage {
                answers.push(MessageAnswer::Accepted { id, reference });
            }
        }
        (answers, taken)
    }

    /// Puts a report in line, or gives it back when it must go before the answer.
    fn report_later(&self, outcome: Outcome, due: Option<Due>) -> Option<Due> {
        if outcome == Outcome::ReportBeforeAnswer {
            return due;
        }
        self.0.reports.put_in_line(due?, self.0.settings.report_after);
        None
    }

    /// Keeps a message for those who ask; one that was not understood is kept as it was written.
    fn keep(
        &self,
        session: &Session,
        message: &WireMessage,
        request: &Bytes,
        understood: Option<Understood>,
        reference: Option<String>,
    ) {
        let understood = understood.unwrap_or_else(|| Understood {
            text: message.text.clone(),
            sender: message.sender.clone(),
            receiver: message.receiver.clone(),
            ttl_minutes: 0,
        });
        self.0.captured.push(Sms {
            at: self.0.clock.now(),
            taken: reference.is_some(),
            reference,
            id: message.id.clone(),
            data: session.data.clone(),
            sender: understood.sender,
            receiver: understood.receiver,
            text: understood.text,
            ttl_minutes: understood.ttl_minutes,
            class: message.class.clone(),
            request: request.clone(),
        });
    }

    /// Answers, or does not, as the strangest of the messages wants.
    async fn answer(&self, said: &[MessageAnswer], taken: Taken) -> Response {
        let settings = &self.0.settings;
        let mut response = None;
        for (outcome, due) in taken {
            if let Some(due) = due {
                let now = self.0.clock.now();
                reports::push_now(&self.0.reports, settings, due, now).await;
            }
            match outcome {
                Outcome::Slow => tokio::time::sleep(settings.slow).await,
                Outcome::SwallowedTaken => {
                    tokio::time::sleep(settings.swallow).await;
                    response = Some(without_an_answer());
                }
                Outcome::ClosedTaken => response = Some(without_an_answer()),
                Outcome::AnswerNotXml => response = Some(Html("<h1>It works!").into_response()),
                _ => {}
            }
        }
        response.unwrap_or_else(|| xml(answers::answer(said)))
    }
}

/// What a message means, or the words it is refused with.
fn judge(message: &WireMessage, outcome: Outcome) -> Result<Understood, String> {
    let understood = wire::understand(message)?;
    match outcome {
        Outcome::Refused(info) => Err(info.to_owned()),
        Outcome::InvalidReceiver => Err(wire::invalid_receiver(&message.receiver)),
        _ => Ok(understood),
    }
}

const fn reports_of(outcome: Outcome) -> &'static [ReportState] {
    match outcome {
        Outcome::Accepted(states) => states,
        Outcome::AcceptedWithoutReference => &[],
        _ => &[ReportState::Delivered],
    }
}

fn xml(text: String) -> Response {
    ([(header::CONTENT_TYPE, "text/xml; charset=utf-8")], text).into_response()
}

fn wait(status: StatusCode, time: Duration) -> Response {
    let seconds = time.as_secs().max(1).to_string();
    (status, [(header::RETRY_AFTER, seconds)]).into_response()
}
