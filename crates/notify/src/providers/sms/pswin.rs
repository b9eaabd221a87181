//! Link Mobility's "PSWin" XML gateway: `POST` of a session with one message.
//!
//! One message goes in each request, so that one lost answer puts one message in doubt. The gateway
//! has no key against duplicates and cannot be asked later; a request whose answer is lost therefore
//! ends as [`HandOver::Unknown`], and is never posted to the second address, which feeds the same
//! platform.

use std::time::Duration;

use async_trait::async_trait;
use http::{HeaderMap, StatusCode, header};
use jiff::fmt::rfc2822;
use reqwest::{Body, Client};
use serde::Deserialize;
use tracing::warn;
use types::Secret;
use url::Url;
use web::client::ClientError;

use super::pswin_wire::{self, Answer, Request, WireText};
use super::watched_body::{Watch, WatchedBody};
use crate::providers::{HandOver, Holdup, OutgoingSms, SmsProvider, SmsResult, Urgency};
use crate::text::{Encoding, SmsParts};

/// The gateway cuts what is longer than sixteen parts of 134 octets, without an error. A Unicode
/// character takes two octets.
const LONGEST_OCTETS: usize = 16 * 134;
/// The gateway cuts longer names.
const LONGEST_SENDER: usize = 11;
/// Bytes of an answer that are read.
const ANSWER_BYTES: usize = 256 * 1024;

/// How the gateway is reached.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PsWinConfig {
    /// Where requests go. Default: the vendor's test system.
    pub endpoint: Url,
    /// Where they go when no connection to `endpoint` can be made. Default: nowhere.
    pub failover_endpoint: Option<Url>,
    /// The account. No default.
    pub username: String,
    /// Its password. No default.
    pub password: Secret,
    /// For a whole request with an ordinary message, in seconds. Default 30.
    pub timeout_seconds: u64,
    /// For a whole request with an instant message, in seconds. Default 15.
    pub instant_timeout_seconds: u64,
    /// What becomes of characters outside the GSM alphabet. Default `auto`.
    pub unicode: Unicode,
    /// Whether a sender name that the gateway would cut (over 11 characters) is refused; otherwise it
    /// is sent with a warning. Default false.
    pub refuse_long_senders: bool,
    /// Beginnings of the gateway's refusals that mean "not now" instead of "never". Default none.
    pub passing_refusals: Vec<String>,
    /// Beginnings of the gateway's refusals that mean that our account is wrong. Default none.
    pub account_refusals: Vec<String>,
}

impl Default for PsWinConfig {
    fn default() -> Self {
        Self {
            endpoint: Url::parse("https://xml-test.pswin.com/").expect("a constant URL"),
            failover_endpoint: None,
            username: String::new(),
            password: Secret::new(String::new()),
            timeout_seconds: 30,
            instant_timeout_seconds: 15,
            unicode: Unicode::default(),
            refuse_long_senders: false,
            passing_refusals: Vec::new(),
            account_refusals: Vec::new(),
        }
    }
}

/// What becomes of texts with characters outside the GSM alphabet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unicode {
    /// They go as Unicode, which takes more parts.
    #[default]
    Auto,
    /// They go as they are, as the reference sends them; the gateway replaces what it does not know.
    Never,
}

/// The gateway.
#[derive(Debug)]
pub struct PsWin {
    config: PsWinConfig,
    instant: Client,
    ordinary: Client,
}

impl PsWin {
    /// Speaks to the gateway over these clients, one for each urgency, so that a crowd of ordinary
    /// messages never makes an instant one wait for a connection.
    pub fn new(config: PsWinConfig, instant: Client, ordinary: Client) -> Self {
        Self { config, instant, ordinary }
    }

    /// The same with clients of its own.
    pub fn from_config(config: PsWinConfig) -> Result<Self, ClientError> {
        Ok(Self::new(config, web::plain_client()?, web::plain_client()?))
    }

    async fn post(&self, url: &Url, body: &bytes::Bytes, urgency: Urgency) -> Result<Posted, Trouble> {
        let (client, seconds) = match urgency {
            Urgency::Instant => (&self.instant, self.config.instant_timeout_seconds),
            Urgency::Ordinary => (&self.ordinary, self.config.timeout_seconds),
        };
        let (body, watch) = WatchedBody::new(body.clone());
        let sent = client
            .post(url.clone())
            .header(header::CONTENT_TYPE, "text/xml; charset=utf-8")
            .timeout(Duration::from_secs(seconds))
            .body(Body::wrap(body))
            .send();
        let answer = sent.await.map_err(|error| Trouble::of(&error, &watch))?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        let text = read(answer).await.map_err(|error| Trouble::of(&error, &watch));
        // A status that is an error says enough without its body.
        let text = if status.is_success() { text? } else { text.unwrap_or_default() };
        Ok(Posted { status, headers, text })
    }

    async fn hand_over(&self, sms: &OutgoingSms, text: &WireText, ttl: Option<u64>) -> HandOver<SmsResult> {
        let attempt = sms.attempt.to_string();
        let request = Request {
            client: &self.config.username,
            password: &self.config.password,
            data: &attempt,
            text,
            sender: sms.sender.trim(),
            receiver: sms.to.reveal().trim_start_matches('+'),
            ttl_minutes: ttl,
        };
        let body = request.to_xml();
        let mut posted = self.post(&self.config.endpoint, &body, sms.urgency).await;
        if let (Err(Trouble::NotSent(why)), Some(second)) = (&posted, &self.config.failover_endpoint) {
            warn!(%why, "the SMS gateway cannot be reached, going on to its second address");
            posted = self.post(second, &body, sms.urgency).await;
        }
        match posted {
            Ok(posted) => self.understand(&posted),
            Err(Trouble::NotSent(why)) => HandOver::passing(why),
            Err(Trouble::InDoubt(why)) => HandOver::unknown(why),
        }
    }

    fn understand(&self, posted: &Posted) -> HandOver<SmsResult> {
        if !posted.status.is_success() {
            return understand_status(posted.status, &posted.headers);
        }
        match pswin_wire::read_answer(&posted.text) {
            Err(_) => HandOver::unknown("the gateway's answer is not the protocol's XML"),
            Ok(Answer::NotMentioned) => {
                HandOver::unknown("the gateway's answer does not mention the message")
            }
            Ok(Answer::LogonFailed { reason }) => {
                HandOver::misconfigured(format!("the gateway refuses our logon: {reason}"))
            }
            Ok(Answer::Accepted { reference }) => {
                if reference.is_none() {
                    warn!(
                        "the SMS gateway gives no references, so its delivery reports cannot be matched; have them enabled on the account"
                    );
                }
                HandOver::Accepted { gateway_reference: reference }
            }
            Ok(Answer::Refused { info }) => self.understand_refusal(&info),
        }
    }

    fn understand_refusal(&self, info: &str) -> HandOver<SmsResult> {
        let begins = |list: &[String]| list.iter().any(|beginning| info.starts_with(beginning.as_str()));
        if begins(&self.config.account_refusals) {
            return HandOver::misconfigured(without_numbers(info));
        }
        if begins(&self.config.passing_refusals) {
            return HandOver::passing(without_numbers(info));
        }
        let invalid = info.starts_with("Invalid RCV");
        let result = if invalid { SmsResult::FailedInvalidRecipient } else { SmsResult::Failed };
        HandOver::Refused { result, detail: without_numbers(info) }
    }

    /// What makes a message impossible for this gateway, seen before anything is sent.
    fn prepare(&self, sms: &OutgoingSms) -> Result<(WireText, Option<u64>), HandOver<SmsResult>> {
        let ttl = ttl_minutes(sms.time_to_live)?;
        if let Err(fault) = check_sender(sms.sender.trim()) {
            if self.config.refuse_long_senders || !fault.is_mended_by_cutting() {
                return Err(refused(SmsResult::Failed, fault.to_string()));
            }
            warn!("an SMS sender is longer than 11 characters, the gateway will cut it");
        }
        Ok((wire_text(sms.text.reveal(), self.config.unicode)?, ttl))
    }
}

#[async_trait]
impl SmsProvider for PsWin {
    fn name(&self) -> &'static str {
        "pswin"
    }

    async fn send(&self, sms: &OutgoingSms) -> HandOver<SmsResult> {
        match self.prepare(sms) {
            Ok((text, ttl)) => self.hand_over(sms, &text, ttl).await,
            Err(impossible) => impossible,
        }
    }
}

/// A whole answer, or what there is of it.
struct Posted {
    status: StatusCode,
    headers: HeaderMap,
    text: String,
}

/// Why there is no answer.
enum Trouble {
    /// The request never left us.
    NotSent(String),
    /// It may have.
    InDoubt(String),
}

impl Trouble {
    fn of(error: &reqwest::Error, watch: &Watch) -> Self {
        let what = match () {
            () if error.is_connect() => "no connection to the gateway",
            () if error.is_timeout() => "no answer from the gateway in time",
            () => "the connection to the gateway broke",
        };
        let certainly_not = error.is_connect() || error.is_builder() || !watch.was_taken();
        if certainly_not { Self::NotSent(what.to_owned()) } else { Self::InDoubt(what.to_owned()) }
    }
}

/// Reads an answer up to a limit; what is longer is cut, and then is no XML.
async fn read(mut answer: reqwest::Response) -> Result<String, reqwest::Error> {
    let mut body = Vec::new();
    while let Some(piece) = answer.chunk().await? {
        let room = ANSWER_BYTES.saturating_sub(body.len());
        body.extend_from_slice(&piece[..piece.len().min(room)]);
        if room == 0 {
            break;
        }
    }
    Ok(String::from_utf8_lossy(&body).into_owned())
}

fn understand_status(status: StatusCode, headers: &HeaderMap) -> HandOver<SmsResult> {
    let detail = format!("the gateway answered HTTP {}", status.as_u16());
    let after = retry_after(headers);
    match status.as_u16() {
        429 => HandOver::TryLater { after, cause: Holdup::RateLimited(detail) },
        503 if after.is_some() => HandOver::TryLater { after, cause: Holdup::RateLimited(detail) },
        300..400 | 401 | 403 => HandOver::misconfigured(detail),
        400..500 => HandOver::passing(detail),
        _ => HandOver::unknown(detail),
    }
}

/// `Retry-After` (RFC 9110, section 10.2.3): seconds, or a moment by the server's own clock.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = rfc2822::parse(text).ok()?.timestamp();
    let now = rfc2822::parse(headers.get(header::DATE)?.to_str().ok()?).ok()?.timestamp();
    Some(Duration::try_from(until.duration_since(now)).unwrap_or_default())
}

/// Whole minutes, rounded down; nothing for the gateway's default. A part of a second already lost
/// since the lifetime began does not cost a minute.
fn ttl_minutes(left: Option<Duration>) -> Result<Option<u64>, HandOver<SmsResult>> {
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
    const fn is_mended_by_cutting(self) -> bool {
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

fn wire_text(text: &str, unicode: Unicode) -> Result<WireText, HandOver<SmsResult>> {
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

fn refused(result: SmsResult, detail: String) -> HandOver<SmsResult> {
    HandOver::Refused { result, detail }
}

/// The gateway quotes receivers in its refusals; they are not for logs. Long words are cut.
fn without_numbers(info: &str) -> String {
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
    use super::*;

    fn gateway() -> PsWin {
        PsWin::from_config(PsWinConfig::default()).expect("clients")
    }

    fn sms(text: &str, sender: &str, left: Option<Duration>) -> OutgoingSms {
        OutgoingSms {
            attempt: types::ids::AttemptId::new(uuid::Uuid::nil()),
            to: "+4740000000".parse().expect("a number"),
            sender: sender.to_owned(),
            text: text.into(),
            time_to_live: left,
            urgency: Urgency::Ordinary,
        }
    }

    /// Covers: NP-17, NP-18, NP-19
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

    /// Covers: NP-30
    #[test]
    fn a_sender_of_twelve_characters_is_warned_about_or_refused() {
        let long = sms("Hei", "Altinn-tests", None);
        assert_eq!(check_sender("Altinn-test"), Ok(()));
        assert_eq!(check_sender("Altinn-tests"), Err(SenderFault::TooLong));
        assert_eq!(check_sender("123456789012345"), Ok(()));
        assert_eq!(check_sender("1234567890123456"), Err(SenderFault::NumberTooLong));
        assert_eq!(check_sender(""), Err(SenderFault::Empty));

        assert!(gateway().prepare(&long).is_ok());
        let strict = PsWinConfig { refuse_long_senders: true, ..PsWinConfig::default() };
        let strict = PsWin::from_config(strict).expect("clients");
        let refusal = strict.prepare(&long).expect_err("refused");
        assert!(matches!(refusal, HandOver::Refused { result: SmsResult::Failed, .. }));
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

    /// Covers: NP-25
    #[test]
    fn refusals_map_to_the_contracts_results_without_the_number() {
        let understand = |info: &str| gateway().understand_refusal(info);
        assert_eq!(
            understand("Invalid RCV '12345678'. Receiver number must be at least 9 digits."),
            HandOver::Refused {
                result: SmsResult::FailedInvalidRecipient,
                detail: "Invalid RCV '********'. Receiver number must be at least 9 digits.".to_owned(),
            }
        );
        for info in ["Message refused.", ""] {
            let refusal = HandOver::Refused { result: SmsResult::Failed, detail: info.to_owned() };
            assert_eq!(understand(info), refusal);
        }
    }

    #[test]
    fn configured_refusals_are_not_the_messages_fault() {
        let config = PsWinConfig {
            passing_refusals: vec!["Queue full".to_owned()],
            account_refusals: vec!["No credit".to_owned()],
            ..PsWinConfig::default()
        };
        let gateway = PsWin::from_config(config).expect("clients");
        assert_eq!(gateway.understand_refusal("Queue full, wait"), HandOver::passing("Queue full, wait"));
        assert_eq!(gateway.understand_refusal("No credit"), HandOver::misconfigured("No credit"));
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
