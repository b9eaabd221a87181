//! SMPP 3.4: a message centre over a connection that stays.
//!
//! [`Smpp`] keeps one bind for ordinary messages and one for instant ones ([`SmsProvider::run`]), each
//! with a window of messages that may be unanswered at a time, so that a crowd of ordinary messages
//! never makes an instant one wait. Where an account allows one bind only, a share of its window is kept
//! free instead. Receipts come over the same binds, whichever it is, and are answered when they are on
//! disk.
//!
//! The protocol has no key against duplicates, and most message centres cannot be asked. So a message
//! whose answer is lost is in doubt ([`HandOver::Unknown`]); one that was not yet written when the
//! connection broke is certainly not sent. An answer that comes after its time is remembered, and told
//! to whoever asks ([`SmsProvider::look_up`]).
//!
//! A message in several parts is sent part by part. When its first part is not taken, nothing of it was;
//! a later part that is held up is tried again here, for a while, since the whole message can no longer
//! be. What then still fails leaves the message in doubt.
//!
//! | file | holds |
//! |---|---|
//! | `pdu`, `text`, `submit`, `receipt`, `status` | the protocol's words, without a connection |
//! | `connect`, `session`, `receipts` | one bind, from its beginning to its end |
//! | `keep`, `line`, `pace`, `joins` | what outlives a bind |

mod config;
mod connect;
mod fields;
mod joins;
mod keep;
mod line;
mod pace;
pub mod pdu;
pub mod receipt;
mod receipts;
mod session;
mod status;
mod submit;
mod text;

use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher as _, RandomState};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use jiff::tz::TimeZone;
use tokio::time::{Instant, sleep_until};
use tokio_rustls::TlsConnector;
use tokio_util::sync::CancellationToken;
use tracing::{error, warn};
use types::ids::AttemptId;
use types::random::Random;

use crate::{HandOver, Holdup, LookUp, OutgoingSms, ReportSink, SmsProvider, SmsResult, Urgency};
use joins::Joins;
use line::{Answer, Line, State};
use submit::Submit;

pub use config::{LongMessages, SmppConfig, SmppConfigError};
pub use receipt::IdFormat;
pub use status::Verdict;
pub use text::Alphabet;

/// How long later parts of a message are tried again.
const INSISTENCE: Duration = Duration::from_secs(20);
/// Messages whose passing failures are counted.
const REPEATS_KEPT: usize = 10_000;
/// A failure that passes, but not more often than this for one message.
const REPEATS: u8 = 3;

/// One account at a message centre.
#[derive(Debug)]
pub struct Smpp {
    route: String,
    config: SmppConfig,
    statuses: BTreeMap<u32, Verdict>,
    zone: TimeZone,
    tls: Tls,
    ordinary: Line,
    /// Instant messages', unless they share the other.
    instant: Option<Line>,
    joins: Joins,
    repeats: Mutex<HashMap<u64, u8>>,
    hasher: RandomState,
    random: Random,
}

/// What TLS is set up with. Says nothing.
struct Tls(Option<TlsConnector>);

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.0.is_some() { "Tls" } else { "plain" })
    }
}

impl Smpp {
    /// An account, for the route with this name. Nothing is connected before [`SmsProvider::run`].
    pub fn new(
        route: impl Into<String>,
        config: SmppConfig,
        random: Random,
    ) -> Result<Self, SmppConfigError> {
        config.check()?;
        Ok(Self {
            route: route.into(),
            statuses: config.table()?,
            zone: config.zone()?,
            tls: Tls(connect::tls(&config)?),
            ordinary: Line::new(),
            instant: config.instant_bind.then(Line::new),
            config,
            joins: Joins::default(),
            repeats: Mutex::default(),
            hasher: RandomState::new(),
            random,
        })
    }

    fn line(&self, urgency: Urgency) -> &Line {
        match (&self.instant, urgency) {
            (Some(instant), Urgency::Instant) => instant,
            _ => &self.ordinary,
        }
    }

    /// Sends one part, or a message that is whole in itself.
    async fn hand_over(
        &self,
        sms: &OutgoingSms,
        submit: &Submit,
        attempt: Option<AttemptId>,
    ) -> HandOver<SmsResult> {
        let line = self.line(sms.urgency);
        let connecting = Duration::from_secs(self.config.connect_seconds);
        match line.submit(submit.body(), attempt, sms.urgency, connecting).await {
            Answer::NotSent(after, cause) => HandOver::TryLater { after, cause },
            Answer::Lost(cause) => HandOver::unknown(cause),
            Answer::Answered(status::OK, response) => {
                let now = Instant::now();
                line.pace.taken(now);
                response.congestion.inspect(|level| line.pace.congested(now, *level));
                let reference = self.config.receipt_id.of_answer(&response.message_id);
                if reference.is_empty() {
                    warn!("the message centre gives no ids, so its delivery receipts cannot be matched");
                }
                HandOver::Accepted { gateway_reference: Some(reference).filter(|id| !id.is_empty()) }
            }
            Answer::Answered(status, _) => self.understand(sms, line, status),
        }
    }

    fn understand(&self, sms: &OutgoingSms, line: &Line, status: u32) -> HandOver<SmsResult> {
        let detail = status::name(status);
        let verdict = self.statuses.get(&status).copied().unwrap_or_else(|| Verdict::of(status));
        if let Some(result) = verdict.result() {
            if verdict == Verdict::OurMistake {
                error!(status, "the message centre does not accept how we write messages: {detail}");
            }
            return HandOver::Refused { result, detail };
        }
        match verdict {
            Verdict::Misconfigured => HandOver::misconfigured(detail),
            Verdict::RateLimited => {
                let after = Some(line.pace.throttled(Instant::now()));
                HandOver::TryLater { after, cause: Holdup::RateLimited(detail) }
            }
            Verdict::PassingThreeTimes if self.has_passed_often(sms) => {
                HandOver::Refused { result: SmsResult::Failed, detail }
            }
            Verdict::Rebind => {
                line.rebind();
                HandOver::passing(detail)
            }
            _ => HandOver::passing(detail),
        }
    }

    /// Counts one more failure of a message; whether it has had its three. Attempts have ids of their
    /// own, so a message is known by what it says to whom.
    fn has_passed_often(&self, sms: &OutgoingSms) -> bool {
        let key = self.hasher.hash_one((sms.to.reveal(), &sms.sender, sms.text.reveal()));
        let mut repeats = self.repeats.lock().unwrap_or_else(PoisonError::into_inner);
        if repeats.len() >= REPEATS_KEPT {
            repeats.clear();
        }
        let times = repeats.entry(key).or_default();
        *times += 1;
        let enough = *times > REPEATS;
        if enough {
            repeats.remove(&key);
        }
        enough
    }

    /// Sends a message of several parts, in order.
    async fn send_parts(&self, sms: &OutgoingSms, submits: &[Submit]) -> HandOver<SmsResult> {
        let sending = self.joins.begin();
        let mut ids: Vec<String> = Vec::with_capacity(submits.len());
        for (number, submit) in submits.iter().enumerate() {
            let outcome = if number == 0 {
                self.hand_over(sms, submit, None).await
            } else {
                self.insist(sms, submit).await
            };
            match outcome {
                HandOver::Accepted { gateway_reference } => ids.extend(gateway_reference),
                // Nothing of it was taken.
                outcome if number == 0 => return outcome,
                outcome => {
                    sending.broken_off(ids);
                    return in_pieces(outcome, number, submits.len());
                }
            }
        }
        let gateway_reference = ids.first().cloned();
        sending.taken(ids);
        HandOver::Accepted { gateway_reference }
    }

    /// Sends a part that must follow another, for as long as that makes sense.
    async fn insist(&self, sms: &OutgoingSms, submit: &Submit) -> HandOver<SmsResult> {
        let until = Instant::now() + INSISTENCE;
        loop {
            let outcome = self.hand_over(sms, submit, None).await;
            let HandOver::TryLater { after, cause: Holdup::Passing(_) | Holdup::RateLimited(_) } = &outcome
            else {
                return outcome;
            };
            let again = Instant::now() + after.unwrap_or(Duration::from_secs(1));
            if again > until {
                return outcome;
            }
            sleep_until(again).await;
        }
    }
}

/// A message of which some parts are taken and one is not.
fn in_pieces(outcome: HandOver<SmsResult>, taken: usize, all: usize) -> HandOver<SmsResult> {
    let cause = match outcome {
        HandOver::Refused { result, detail } => return HandOver::Refused { result, detail },
        HandOver::TryLater { cause, .. } => cause.detail().to_owned(),
        HandOver::Unknown { cause } => cause,
        HandOver::Accepted { .. } | HandOver::UnderWay { .. } => String::new(),
    };
    HandOver::unknown(format!("{taken} of {all} parts were taken: {cause}"))
}

#[async_trait]
impl SmsProvider for Smpp {
    fn name(&self) -> &'static str {
        "smpp"
    }

    async fn send(&self, sms: &OutgoingSms) -> HandOver<SmsResult> {
        match submit::prepare(&self.config, sms) {
            Err(impossible) => impossible,
            Ok(submits) => match &submits[..] {
                [only] => self.hand_over(sms, only, Some(sms.attempt)).await,
                parts => self.send_parts(sms, parts).await,
            },
        }
    }

    async fn look_up(&self, attempt: AttemptId) -> LookUp {
        let lines = std::iter::once(&self.ordinary).chain(&self.instant);
        let mut answers = lines.map(|line| line.look_up(attempt));
        answers.find(|answer| *answer != LookUp::CannotTell).unwrap_or(LookUp::CannotTell)
    }

    async fn probe(&self) -> Result<(), String> {
        match self.ordinary.state() {
            State::Bound(_) => Ok(()),
            State::Down(holdup, _) => Err(holdup.detail().to_owned()),
            State::Connecting => Err("no bind at the message centre yet".to_owned()),
            State::Unkept => {
                let bound =
                    connect::bind(&self.config, self.tls.0.as_ref(), &self.config.addresses()[0]).await;
                match bound {
                    Ok(bound) => {
                        connect::leave(bound).await;
                        Ok(())
                    }
                    Err(holdup) => Err(holdup.detail().to_owned()),
                }
            }
        }
    }

    async fn run(&self, reports: &dyn ReportSink, stop: CancellationToken) {
        let kept_free = if self.instant.is_some() { 0 } else { self.config.instant_share };
        let ordinary = self.keep(&self.ordinary, kept_free, reports, &stop);
        let instant = async {
            if let Some(line) = &self.instant {
                self.keep(line, 0, reports, &stop).await;
            }
        };
        tokio::join!(ordinary, instant);
    }
}
