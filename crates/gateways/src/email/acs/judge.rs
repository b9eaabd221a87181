//! What the service's answers mean for the message. Pure.
//!
//! Several things may hold of one answer. What is looked at first is the reference's order: the error
//! code, the list of suppressed recipients, the text, the size, trouble of the service's own, and then
//! whatever else it may be.

use std::time::Duration;

use http::StatusCode;

use super::wire::{Fault, Operation};
use crate::{EmailResult, HandOver, Holdup};

/// How long to be patient where the service asks for patience and names no time.
const PATIENCE: Duration = Duration::from_secs(60);
/// Characters of the service's words that are kept.
const LONGEST_DETAIL: usize = 300;

/// An answer that is no yes.
#[derive(Debug)]
pub(super) struct Said {
    pub(super) status: StatusCode,
    pub(super) fault: Fault,
    /// The pause it asks for.
    pub(super) after: Option<Duration>,
}

/// What follows for the message.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Judged {
    /// This.
    Settled(HandOver<EmailResult>),
    /// The service failed; whether it has the message must be asked.
    ServiceFailed(String),
}

/// Judges the answer to a message.
pub(super) fn judge(said: &Said) -> Judged {
    let detail = said.detail();
    if said.is_throttled() {
        let after = Some(said.after.unwrap_or(PATIENCE));
        return Judged::Settled(HandOver::TryLater { after, cause: Holdup::RateLimited(detail) });
    }
    if let Some(result) = said.fault.recognized() {
        return Judged::Settled(HandOver::Refused { result, detail });
    }
    Judged::Settled(match said.status.as_u16() {
        413 => HandOver::Refused { result: EmailResult::FailedPayloadTooLarge, detail },
        500.. => return Judged::ServiceFailed(detail),
        300..400 | 401 | 403 => HandOver::misconfigured(detail),
        400 | 404 if said.fault.names_the_sender() => HandOver::misconfigured(detail),
        // It gave up before the request had arrived.
        408 => HandOver::passing(detail),
        _ => HandOver::Refused { result: EmailResult::Failed, detail },
    })
}

/// How an operation has ended, if it has.
pub(super) fn ended(operation: &Operation) -> Option<(EmailResult, String)> {
    let status = operation.status.as_deref()?;
    let recognized = || operation.error.as_ref().and_then(Fault::recognized);
    let result = match status.to_ascii_lowercase().as_str() {
        "succeeded" => EmailResult::Succeeded,
        "failed" | "canceled" | "cancelled" => recognized().unwrap_or(EmailResult::Failed),
        _ => return None,
    };
    let words = operation.error.as_ref().map(Fault::words).unwrap_or_default();
    Some((result, shortened(format!("the operation ended as {status}{words}"))))
}

impl Said {
    /// Whether it asks for patience.
    pub(super) fn is_throttled(&self) -> bool {
        self.status == StatusCode::TOO_MANY_REQUESTS || self.fault.has_code("TooManyRequests")
    }

    /// The pause it asks for, where it is one that asks for patience.
    pub(super) fn patience(&self) -> Option<Duration> {
        if self.is_throttled() { Some(self.after.unwrap_or(PATIENCE)) } else { self.after }
    }

    /// For the attempt's record.
    pub(super) fn detail(&self) -> String {
        shortened(format!("the mail service answered HTTP {}{}", self.status.as_u16(), self.fault.words()))
    }
}

impl Fault {
    fn has_code(&self, code: &str) -> bool {
        self.code.as_deref().is_some_and(|own| own.eq_ignore_ascii_case(code))
    }

    /// What is said about the recipient, where it is one of two things that the contract knows.
    fn recognized(&self) -> Option<EmailResult> {
        if self.has_code("EmailDroppedAllRecipientsSuppressed") {
            return Some(EmailResult::FailedSupressedRecipient);
        }
        let text = self.message.as_deref().unwrap_or_default();
        text.contains("Invalid format for email address").then_some(EmailResult::FailedInvalidEmailFormat)
    }

    /// Whether it is our sender, or its domain, that the service does not know.
    fn names_the_sender(&self) -> bool {
        let words = format!("{:?} {:?}", self.code, self.message).to_ascii_lowercase();
        words.contains("sender") || self.code.as_deref().is_some_and(|code| code.contains("Domain"))
    }

    /// Code and message without addresses, after a colon.
    fn words(&self) -> String {
        let said = [self.code.as_deref(), self.message.as_deref()].into_iter().flatten();
        let words = said.flat_map(str::split_whitespace);
        let words: Vec<_> = words.map(|word| if word.contains('@') { "***" } else { word }).collect();
        if words.is_empty() { String::new() } else { format!(": {}", words.join(" ")) }
    }
}

fn shortened(text: String) -> String {
    match text.char_indices().nth(LONGEST_DETAIL) {
        Some((end, _)) => text[..end].to_owned(),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(status: u16, code: &str, message: &str) -> Said {
        let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let status = StatusCode::from_u16(status).expect("a status");
        Said { status, fault: Fault { code: text(code), message: text(message) }, after: None }
    }

    /// In one word.
    fn verdict(said: &Said) -> &'static str {
        match judge(said) {
            Judged::ServiceFailed(_) => "ask",
            Judged::Settled(HandOver::Refused { result, .. }) => result.as_str(),
            Judged::Settled(HandOver::TryLater { cause, .. }) => match cause {
                Holdup::RateLimited(_) => "patience",
                Holdup::Misconfigured(_) => "misconfigured",
                _ => "later",
            },
            Judged::Settled(other) => panic!("{other:?}"),
        }
    }

    /// Status, code and message, and the verdict on them in one word.
    fn check(table: &[(u16, &str, &str, &str)]) {
        for &(status, code, message, expected) in table {
            assert_eq!(verdict(&said(status, code, message)), expected, "{status} {code} {message}");
        }
    }

    const SUPPRESSED: &str = "EmailDroppedAllRecipientsSuppressed";
    const FORMAT: &str = "Invalid format for email address";

    #[test]
    fn every_answer_has_its_class() {
        let table = [
            (429, "", "", "patience"),
            (400, SUPPRESSED, "", "Failed_SupressedRecipient"),
            (400, "BadRequest", "Invalid format for email address 'x'.", "Failed_InvalidEmailFormat"),
            (413, "", "", "Failed_PayloadTooLarge"),
            (500, "", "", "ask"),
            (503, "ServiceUnavailable", "", "ask"),
            (401, "Denied", "", "misconfigured"),
            (403, "", "", "misconfigured"),
            (302, "", "", "misconfigured"),
            (404, "DomainNotLinked", "", "misconfigured"),
            (400, "", "The specified sender is not known.", "misconfigured"),
            (404, "NotFound", "", "Failed"),
            (400, "BadRequest", "Subject is empty.", "Failed"),
            (409, "", "", "Failed"),
            (408, "", "", "later"),
        ];
        check(&table);
    }

    /// Covers: NP-62
    #[test]
    fn where_several_conditions_hold_the_first_of_the_contract_counts() {
        // Each line holds everything below it as well, and loses its foremost condition in the next.
        let domain = format!("{FORMAT}: the sender");
        let table = [
            (503, "TooManyRequests", domain.as_str(), "patience"),
            (429, SUPPRESSED, &domain, "patience"),
            (503, SUPPRESSED, &domain, "Failed_SupressedRecipient"),
            (413, SUPPRESSED, &domain, "Failed_SupressedRecipient"),
            (503, "", &domain, "Failed_InvalidEmailFormat"),
            (413, "", &domain, "Failed_InvalidEmailFormat"),
            (401, "", &domain, "Failed_InvalidEmailFormat"),
            (413, "DomainNotLinked", "the sender", "Failed_PayloadTooLarge"),
            (503, "DomainNotLinked", "the sender", "ask"),
            (403, "DomainNotLinked", "the sender", "misconfigured"),
            (409, "DomainNotLinked", "the sender", "Failed"),
        ];
        check(&table);
    }

    #[test]
    fn patience_is_a_minute_where_none_is_named() {
        let after = |said: &Said| match judge(said) {
            Judged::Settled(HandOver::TryLater { after, .. }) => after,
            other => panic!("{other:?}"),
        };
        assert_eq!(after(&said(429, "", "")), Some(Duration::from_secs(60)));
        let named = Said { after: Some(Duration::from_secs(7)), ..said(429, "", "") };
        assert_eq!(after(&named), Some(Duration::from_secs(7)));
    }

    #[test]
    fn an_operation_ends_as_the_contract_says() {
        let operation = |status: &str, code: &str, message: &str| {
            let error = Some(said(200, code, message).fault);
            Operation { id: None, status: Some(status.to_owned()), error }
        };
        let result = |operation: Operation| ended(&operation).map(|(result, _)| result.as_str());
        assert_eq!(result(operation("Succeeded", "", "")), Some("Succeeded"));
        for status in ["Failed", "Canceled"] {
            assert_eq!(result(operation(status, "", "")), Some("Failed"));
            assert_eq!(result(operation(status, SUPPRESSED, "")), Some("Failed_SupressedRecipient"));
            assert_eq!(result(operation(status, "", FORMAT)), Some("Failed_InvalidEmailFormat"));
        }
        for status in ["NotStarted", "Running", "Something new"] {
            assert_eq!(result(operation(status, SUPPRESSED, "")), None);
        }
    }

    #[test]
    fn the_services_words_are_kept_short_and_without_addresses() {
        let long = format!("To kari@fjord.example: {}", "æ".repeat(400));
        let detail = said(400, "BadRequest", &long).detail();
        assert!(detail.starts_with("the mail service answered HTTP 400: BadRequest To *** æ"), "{detail}");
        assert_eq!(detail.chars().count(), LONGEST_DETAIL);
    }
}
