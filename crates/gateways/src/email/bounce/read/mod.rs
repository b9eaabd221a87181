//! Reads a message that came to one of our return paths. Pure, and never fails: whatever cannot be
//! understood says nothing.

use mail_parser::{Message, MessageParser, MessagePart, MimeHeaders as _, PartType};
use types::ids::{AttemptId, NotificationId};
use uuid::Uuid;

use super::fields::{self, Fields};
use super::{Arrival, Bounce, Clues, Says, status};
use crate::EmailResult;
use crate::email::verp::ReturnPaths;

/// Reads a message.
///
/// Reports and complaints are known by their structure, and a report must come from nobody (RFC 3464, section
/// 2). Other mail counts as returned only when it comes from nobody to a return path that names an attempt,
/// and does not call itself an automatic answer.
pub fn read(raw: &[u8], arrival: Arrival, paths: Option<&ReturnPaths>) -> Bounce {
    let clues = Clues { token: arrival.token, ..Clues::default() };
    let Some(message) = MessageParser::default().parse(raw) else {
        return unstructured(clues, arrival, false);
    };
    let returned = Returned::of(&message);
    let mut clues = Clues {
        token: arrival.token.or_else(|| attempt_in(returned.return_path.as_deref(), paths)),
        message: returned.message,
        ..clues
    };
    if let Some(part) = part_of(&message, &["delivery-status", "global-delivery-status"])
        && arrival.is_from_nobody
    {
        let blocks = fields::blocks(part.contents());
        clues.envelope = blocks.iter().find_map(|block| envelope_id(block.get("Original-Envelope-Id")?));
        let verdicts = blocks.iter().filter_map(status::verdict).collect();
        let (says, state) = status::combined(verdicts).unwrap_or((Says::Nothing, "unreadable report".into()));
        return Bounce { clues, says, state };
    }
    if let Some(part) = part_of(&message, &["feedback-report"]) {
        let feedback = fields::head(part.contents());
        clues.token = clues.token.or_else(|| attempt_in(feedback.get("Original-Mail-From"), paths));
        return complaint(clues, &feedback);
    }
    unstructured(clues, arrival, is_automatic_answer(&message) || is_other_report(&message))
}

/// A part of `message/<one of these>` of the message itself, not of what it returns.
fn part_of<'m, 'x>(message: &'m Message<'x>, subtypes: &[&str]) -> Option<&'m MessagePart<'x>> {
    message.parts.iter().find(|part| subtypes.iter().any(|subtype| part.is_content_type("message", subtype)))
}

fn complaint(clues: Clues, feedback: &Fields) -> Bounce {
    let kind = feedback.get("Feedback-Type").unwrap_or_default().to_ascii_lowercase();
    let (says, state) = match kind.as_str() {
        // RFC 5965, section 7.3; RFC 6430; RFC 6591.
        "not-spam" => (Says::Noted, "feedback: not spam"),
        "auth-failure" => (Says::Noted, "feedback: authentication failed"),
        "virus" => (Says::Noted, "feedback: virus"),
        _ => (Says::Complaint, "complaint"),
    };
    Bounce { clues, says, state: state.to_owned() }
}

fn unstructured(clues: Clues, arrival: Arrival, is_answer: bool) -> Bounce {
    if arrival.token.is_none() || !arrival.is_from_nobody || is_answer {
        return Bounce { clues, says: Says::Nothing, state: "no report".to_owned() };
    }
    let says = Says::Failed { result: EmailResult::FailedBounced, is_hard: false };
    Bounce { clues, says, state: "returned without a report".to_owned() }
}

/// Somebody's machine answers for them (RFC 3834, section 5, and what older ones wrote).
fn is_automatic_answer(message: &Message<'_>) -> bool {
    let header = |name: &'static str| message.header_raw(name).map(|value| value.trim().to_ascii_lowercase());
    let begins = |name, words: &[&str]| {
        header(name).is_some_and(|value| words.iter().any(|word| value.starts_with(word)))
    };
    begins("Auto-Submitted", &["auto-replied", "auto-notified"])
        || begins("Precedence", &["auto_reply", "auto-reply"])
        || ["X-Autoreply", "X-Autorespond", "X-Auto-Reply"].iter().any(|name| header(name).is_some())
}

/// Such as that a message has been read (RFC 8098), or a report on delivery that has a sender.
fn is_other_report(message: &Message<'_>) -> bool {
    message.root_part().is_content_type("multipart", "report")
}

/// What is known from the message that came back, or its headers.
#[derive(Default)]
struct Returned {
    message: Option<NotificationId>,
    return_path: Option<String>,
}

impl Returned {
    fn of(message: &Message<'_>) -> Self {
        message.parts.iter().skip(1).find_map(Self::from_part).unwrap_or_default()
    }

    fn from_part(part: &MessagePart<'_>) -> Option<Self> {
        let headers = |fields: &Fields| Self {
            message: fields.get("Message-ID").and_then(notification_in),
            return_path: fields.get("Return-Path").map(str::to_owned),
        };
        if let PartType::Message(inner) = &part.body {
            let header = |name: &'static str| inner.header_raw(name);
            return Some(Self {
                message: header("Message-ID").and_then(notification_in),
                return_path: header("Return-Path").map(str::to_owned),
            });
        }
        let are_headers = ["rfc822-headers", "rfc822", "global", "global-headers"]
            .iter()
            .any(|subtype| part.is_content_type("text", subtype) || part.is_content_type("message", subtype));
        are_headers.then(|| headers(&fields::head(part.contents())))
    }
}

fn attempt_in(address: Option<&str>, paths: Option<&ReturnPaths>) -> Option<AttemptId> {
    paths?.read(address?.trim().trim_start_matches('<').trim_end_matches('>'))
}

fn envelope_id(text: &str) -> Option<AttemptId> {
    Uuid::try_parse(text.trim()).ok().map(AttemptId::new)
}

fn notification_in(message_id: &str) -> Option<NotificationId> {
    let local = message_id.trim().trim_start_matches('<').split('@').next()?;
    Uuid::try_parse(local).ok().map(NotificationId::new)
}

#[cfg(test)]
mod tests;
