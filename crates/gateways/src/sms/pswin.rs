//! Link Mobility's "PSWin" XML gateway: `POST` of a session with one message.
//!
//! One message goes in each request, so that one lost answer puts one message in doubt. The gateway
//! has no key against duplicates and cannot be asked later; a request whose answer is lost therefore
//! ends as [`HandOver::Unknown`], and is never posted to the second address, which feeds the same
//! platform.

use std::time::Duration;

use async_trait::async_trait;
use http::{HeaderMap, StatusCode, header};
use reqwest::{Body, Client};
use serde::Deserialize;
use tokio_util::sync::CancellationToken;
use tracing::warn;
use types::Secret;
use url::Url;
use web::client::ClientError;

use super::pswin_poll::{self, PollConfig};
use super::pswin_rules::{check_sender, refused, ttl_minutes, understand_status, wire_text, without_numbers};
use super::pswin_wire::{self, Answer, Request, WireText};
use crate::watched_body::{Watch, WatchedBody};
use crate::{HandOver, OutgoingSms, ReportSink, SmsProvider, SmsResult, Urgency};

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
    /// Where delivery reports are fetched, if the gateway does not push them. Default: nowhere.
    pub poll: Option<PollConfig>,
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
            poll: None,
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
    /// Which fetched reports belong to.
    route: String,
    instant: Client,
    ordinary: Client,
}

impl PsWin {
    /// Speaks to the gateway over these clients, one for each urgency, so that a crowd of ordinary
    /// messages never makes an instant one wait for a connection.
    pub fn new(config: PsWinConfig, instant: Client, ordinary: Client) -> Self {
        Self { config, route: "pswin".to_owned(), instant, ordinary }
    }

    /// For the route with this name, instead of `pswin`.
    #[must_use]
    pub fn for_route(self, route: impl Into<String>) -> Self {
        Self { route: route.into(), ..self }
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
        let (body, watch) = WatchedBody::in_one_piece(body.clone());
        let sent = client
            .post(url.clone())
            .header(header::CONTENT_TYPE, "text/xml; charset=utf-8")
            .headers(trace::headers())
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

    async fn run(&self, reports: &dyn ReportSink, stop: CancellationToken) {
        match &self.config.poll {
            Some(poll) => pswin_poll::run(poll, &self.ordinary, &self.route, reports, &stop).await,
            None => stop.cancelled().await,
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
        let certainly_not = error.is_connect() || error.is_builder() || !watch.saw_it_whole();
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sms::SenderFault;

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
}
