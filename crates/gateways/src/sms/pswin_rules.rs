//! What the PSWin gateway's answers mean, and what it cannot carry. Pure.

use std::time::Duration;

use http::{HeaderMap, StatusCode};

use super::parts::{Encoding, SmsParts};
use super::pswin::Unicode;
use super::pswin_wire::{self, WireText};
use crate::retry_after::retry_after;
use crate::{HandOver, Holdup, SmsResult};

/// The gateway cuts what is longer than sixteen parts of 134 octets, without an error. A Unicode
/// character takes two octets.
const LONGEST_OCTETS: usize = 16 * 134;
/// The gateway cuts longer names.
const LONGEST_SENDER: usize = 11;

/// What a status other than success says about the message.
pub(super) fn understand_status(status: StatusCode, headers: &HeaderMap) -> HandOver<SmsResult> {
    let detail = format!("the gateway answered HTTP {}", status.as_u16());
    let after = retry_after(headers, None);
    match status.as_u16() {
        429 => HandOver::TryLater { after, cause: Holdup::RateLimited(detail) },
        503 if after.is_some() => HandOver::TryLater { after, cause: Holdup::RateLimited(detail) },
        300..400 | 401 | 403 => HandOver::misconfigured(detail),
        400..500 => HandOver::passing(detail),
        _ => HandOver::unknown(detail),
    }
}

/// Whole minutes, rounded down; nothing for the gateway's default. A part of a second already lost
/// since the lifetime began does not cost a minute.
pub(super) fn ttl_minutes(left: Option<Duration>) -> Result<Option<u64>, HandOver<SmsResult>> {
    let Some(left) = left else {
        return Ok(None);
    };
    let seconds = (left + Duration::from_millis(999)).as_secs();
    match seconds / 60 {
        0 => Err(HandOver::TryLater { after: None, cause: Holdup::TooLate }),
        minutes => Ok(Some(minutes)),
    }
}

/// What is wrong with a sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SenderFault {
    /// Nothing at all.
    #[error("the SMS sender is empty")]
    Empty,
    /// A name of more than 11 characters.
    #[error("the SMS sender is longer than 11 characters")]
    TooLong,
    /// A number of more than 15 digits.
    #[error("the SMS sender is a number of more than 15 digits")]
    NumberTooLong,
    /// A character that XML cannot carry.
    #[error("the SMS sender has a control character")]
    ControlCharacter,
}

impl SenderFault {
    pub(super) const fn is_mended_by_cutting(self) -> bool {
        matches!(self, Self::TooLong)
    }
}

/// Whether the gateway takes a sender as it is.
pub fn check_sender(sender: &str) -> Result<(), SenderFault> {
    if sender.is_empty() {
        return Err(SenderFault::Empty);
    }
    if !sender.chars().all(pswin_wire::can_carry) {
        return Err(SenderFault::ControlCharacter);
    }
    let is_number = sender.bytes().all(|byte| byte.is_ascii_digit());
    if is_number && sender.len() > 15 {
        return Err(SenderFault::NumberTooLong);
    }
    if !is_number && sender.chars().count() > LONGEST_SENDER {
        return Err(SenderFault::TooLong);
    }
    Ok(())
}

pub(super) fn wire_text(text: &str, unicode: Unicode) -> Result<WireText, HandOver<SmsResult>> {
    let parts = SmsParts::of(text);
    let carried = text.chars().all(pswin_wire::can_carry);
    let as_unicode = unicode == Unicode::Auto && (parts.encoding == Encoding::Ucs2 || !carried);
    let octets = if as_unicode { text.encode_utf16().count() * 2 } else { text.chars().count() };
    if octets > LONGEST_OCTETS {
        return Err(refused(SmsResult::Failed, "the text is longer than the gateway carries".to_owned()));
    }
    match (as_unicode, carried) {
        (true, _) => Ok(WireText::unicode(text)),
        (false, true) => Ok(WireText::Characters(text.to_owned())),
        (false, false) => Err(refused(SmsResult::Failed, "the text has a control character".to_owned())),
    }
}

pub(super) fn refused(result: SmsResult, detail: String) -> HandOver<SmsResult> {
    HandOver::Refused { result, detail }
}

/// The gateway quotes receivers in its refusals; they are not for logs. Long words are cut.
pub(super) fn without_numbers(info: &str) -> String {
    let mut shown: String = info.chars().take(200).collect();
    let digits: Vec<usize> =
        shown.char_indices().filter(|(_, c)| c.is_ascii_digit()).map(|(at, _)| at).collect();
    let is_long = |at: usize| {
        let before = (0..at).rev().take_while(|i| digits.binary_search(i).is_ok()).count();
        let after = (at + 1..shown.len()).take_while(|i| digits.binary_search(i).is_ok()).count();
        before + 1 + after >= 4
    };
    let hidden: Vec<usize> = digits.iter().copied().filter(|at| is_long(*at)).collect();
    for at in hidden {
        shown.replace_range(at..=at, "*");
    }
    shown
}

#[cfg(test)]
mod tests {
    use http::header;

    use super::*;

    /// Covers: NP-17, NP-18
    #[test]
    fn a_lifetime_is_rounded_down_and_never_to_nothing() {
        let minutes = |seconds| ttl_minutes(Some(Duration::from_secs(seconds)));
        assert_eq!(minutes(48 * 3600), Ok(Some(2880)));
        assert_eq!(minutes(60), Ok(Some(1)));
        assert_eq!(minutes(119), Ok(Some(1)));
        assert_eq!(ttl_minutes(Some(Duration::from_millis(59_001))), Ok(Some(1)));
        assert_eq!(ttl_minutes(None), Ok(None));
        for seconds in [0, 1, 59] {
            let refusal = minutes(seconds).expect_err("too little");
            assert!(matches!(refusal, HandOver::TryLater { cause: Holdup::TooLate, .. }), "{seconds}");
        }
    }

    /// Covers: NP-31
    #[test]
    fn a_text_that_the_gateway_would_cut_is_refused() {
        let fits = |text: &str, unicode| wire_text(text, unicode).is_ok();
        assert!(fits(&"a".repeat(2144), Unicode::Auto) && !fits(&"a".repeat(2145), Unicode::Auto));
        assert!(fits(&"ł".repeat(1072), Unicode::Auto) && !fits(&"ł".repeat(1073), Unicode::Auto));
    }

    /// Covers: NP-24, NP-29
    #[test]
    fn what_characters_cannot_carry_goes_as_unicode_or_is_refused() {
        let characters = |text: &str| Ok(WireText::Characters(text.to_owned()));
        assert_eq!(wire_text("Blåbær €", Unicode::Auto), characters("Blåbær €"));
        assert_eq!(wire_text("Čáhci", Unicode::Auto), Ok(WireText::unicode("Čáhci")));
        assert_eq!(wire_text("Čáhci", Unicode::Never), characters("Čáhci"));
        assert_eq!(wire_text("side\u{c}skift", Unicode::Auto), Ok(WireText::unicode("side\u{c}skift")));
        assert!(wire_text("side\u{c}skift", Unicode::Never).is_err());
    }

    #[test]
    fn an_http_status_says_whether_the_message_was_taken() {
        let with = |text: &'static str| {
            HeaderMap::from_iter([
                (header::RETRY_AFTER, http::HeaderValue::from_static(text)),
                (header::DATE, http::HeaderValue::from_static("Fri, 20 Nov 2026 12:00:00 GMT")),
            ])
        };
        let answered = |status: u16, headers: &HeaderMap| {
            understand_status(StatusCode::from_u16(status).expect("a status"), headers)
        };
        let none = HeaderMap::new();
        for status in [401, 403, 302] {
            let outcome = answered(status, &none);
            let cause = Holdup::Misconfigured(format!("the gateway answered HTTP {status}"));
            assert_eq!(outcome, HandOver::TryLater { after: None, cause });
        }
        for (status, text, seconds) in
            [(429, "7", 7), (503, "20", 20), (503, "Fri, 20 Nov 2026 12:00:30 GMT", 30)]
        {
            let HandOver::TryLater { after, cause: Holdup::RateLimited(_) } = answered(status, &with(text))
            else {
                panic!("{status} {text} is a request for patience");
            };
            assert_eq!(after, Some(Duration::from_secs(seconds)));
        }
        assert!(matches!(answered(408, &none), HandOver::TryLater { cause: Holdup::Passing(_), .. }));
        for status in [500, 502, 503] {
            assert!(matches!(answered(status, &none), HandOver::Unknown { .. }), "{status}");
        }
    }
}
