//! Those who carry messages out: SMS gateways and mail servers, one file or folder each, behind two
//! traits. Nothing here knows the store or the orders; [`results`] alone says how its words become columns.
//!
//! A provider is asked to take one message and says what became of it, in one of four ways
//! ([`HandOver`]). It never sleeps, never repeats, and never decides what follows: that is the
//! sender's part. Three things matter to it:
//!
//! - **Was it taken?** `Accepted` and `Refused` are the provider's own words. `TryLater` means that
//!   it was *certainly not* taken, so that trying again cannot duplicate anything.
//! - **Doubt.** Where the request had left us whole and no readable answer came, the message may be
//!   on its way. That is `Unknown`, and only the sender's policy says whether to repeat.
//! - **Whose fault?** Wrong credentials are never the recipient's failure: they are a
//!   `TryLater` with [`Holdup::Misconfigured`], and the message stays unsent until somebody has
//!   mended the configuration.

pub mod email;
pub mod report;
pub mod results;
mod retry_after;
pub mod sms;
mod watched_body;

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use tokio_util::sync::CancellationToken;
use types::ids::{AttemptId, NotificationId};
use types::{EmailAddress, PhoneNumber};

pub use report::{About, NotTaken, Report, ReportSink, Reported};
pub use results::{EmailResult, SmsResult};

/// What an e-mail's body is written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum BodyFormat {
    /// Plain text.
    #[default]
    Plain,
    /// HTML.
    Html,
}

/// Which line a message stands in. Instant messages have connections of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Urgency {
    /// Somebody is waiting for it; never shares a request with others.
    Instant,
    /// Everything else.
    Ordinary,
}

/// One SMS to one number.
#[derive(Clone, Debug)]
pub struct OutgoingSms {
    /// The attempt; the provider is given it to quote back where its protocol allows.
    pub attempt: AttemptId,
    /// Who gets it.
    pub to: PhoneNumber,
    /// Who it seems to come from: a name of at most 11 characters, a number or a short code.
    pub sender: String,
    /// The text, keywords filled in.
    pub text: Text,
    /// What is left of its lifetime; without it, the provider's default holds. Less than the provider
    /// can express ends as [`Holdup::TooLate`], so hand over an instant message within a
    /// second of its acceptance, or with the whole lifetime asked for.
    pub time_to_live: Option<Duration>,
    /// Which line it stands in.
    pub urgency: Urgency,
}

/// One e-mail to one address.
#[derive(Clone, Debug)]
pub struct OutgoingEmail {
    /// The attempt, named to the relay as the envelope id (RFC 3461).
    pub attempt: AttemptId,
    /// The notification; its `Message-ID` is the same in every attempt, so that a duplicate folds.
    pub notification: NotificationId,
    /// Who gets it.
    pub to: EmailAddress,
    /// Who it comes from; the configured sender where nobody is named.
    pub from: Option<EmailAddress>,
    /// One line.
    pub subject: Text,
    /// The text, keywords filled in.
    pub body: Text,
    /// Plain text or HTML.
    pub format: BodyFormat,
    /// Files that go with it, already fetched, in the sender's order.
    pub attachments: Vec<Attachment>,
    /// Which line it stands in.
    pub urgency: Urgency,
}

/// A file that goes with an e-mail. Prints neither its name nor its content.
#[derive(Clone, PartialEq, Eq)]
pub struct Attachment {
    /// What the recipient sees; without a path.
    pub filename: String,
    /// Such as `application/pdf`.
    pub mime_type: String,
    /// The file. Whoever fetched it has held it against a limit.
    pub content: Bytes,
}

impl fmt::Debug for Attachment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Attachment({} bytes)", self.content.len())
    }
}

/// What a message says. Prints only its length.
#[derive(Clone, PartialEq, Eq)]
pub struct Text(String);

impl Text {
    /// The words themselves, for the wire.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl<T: Into<String>> From<T> for Text {
    fn from(text: T) -> Self {
        Self(text.into())
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Text({} bytes)", self.0.len())
    }
}

/// What became of handing one message over. `R` is [`SmsResult`] or [`EmailResult`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HandOver<R> {
    /// The provider has it.
    Accepted {
        /// The provider's own name for it, which delivery reports will quote. Without one, reports
        /// cannot be matched.
        gateway_reference: Option<String>,
    },
    /// The provider has it and works on it; [`EmailProvider::follow`] tells what comes of it.
    UnderWay {
        /// The provider's own name for it, which delivery reports will quote, too.
        gateway_reference: String,
        /// The earliest moment worth asking, when the provider named one.
        after: Option<Duration>,
    },
    /// The provider will never take this message.
    Refused {
        /// The final result, of the published vocabulary.
        result: R,
        /// The provider's words, without addresses.
        detail: String,
    },
    /// It was certainly not taken, and may be later.
    TryLater {
        /// The earliest moment worth trying, when the provider named one.
        after: Option<Duration>,
        /// What is in the way.
        cause: Holdup,
    },
    /// It may or may not have been taken.
    Unknown {
        /// What is known, without addresses.
        cause: String,
    },
}

/// Why a message was certainly not taken yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Holdup {
    /// Trouble that passes: no connection, a busy server.
    Passing(String),
    /// The provider asks for patience. Not a failed attempt.
    RateLimited(String),
    /// Our account, sender or configuration is wrong: every message is affected, and somebody must
    /// be told.
    Misconfigured(String),
    /// Less is left of the lifetime than the provider can express. Nothing was sent, and nothing will
    /// be: the notification has expired (`Failed_TTL`).
    TooLate,
}

impl Holdup {
    /// What happened, for the attempt's record.
    pub fn detail(&self) -> &str {
        match self {
            Self::Passing(detail) | Self::RateLimited(detail) | Self::Misconfigured(detail) => detail,
            Self::TooLate => "less is left of the lifetime than the provider can express",
        }
    }
}

impl<R> HandOver<R> {
    pub(crate) fn passing(detail: impl Into<String>) -> Self {
        Self::TryLater { after: None, cause: Holdup::Passing(detail.into()) }
    }

    pub(crate) fn misconfigured(detail: impl Into<String>) -> Self {
        Self::TryLater { after: None, cause: Holdup::Misconfigured(detail.into()) }
    }

    pub(crate) fn unknown(cause: impl Into<String>) -> Self {
        Self::Unknown { cause: cause.into() }
    }
}

/// What a provider says when asked about an attempt whose answer was lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LookUp {
    /// It cannot be asked, or gave no answer now.
    CannotTell,
    /// It has the message.
    Taken {
        /// Its own name for it.
        gateway_reference: Option<String>,
    },
    /// It has never heard of the attempt. Right after the attempt that may yet change: ask twice, at least
    /// five seconds apart.
    Unknown,
}

/// What has become of a message that a provider took and promised to work on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress<R> {
    /// This provider has nothing to tell beyond its reports.
    NotFollowed,
    /// Not decided yet.
    UnderWay {
        /// The earliest moment worth asking again, when the provider named one.
        after: Option<Duration>,
    },
    /// Decided.
    Ended {
        /// Of the published vocabulary.
        result: R,
        /// The provider's words, without addresses.
        detail: String,
    },
}

/// How often a provider is asked about what it works on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Following {
    /// From the acceptance to the first question, at least. Each pause after it is twice as long.
    pub first: Duration,
    /// The longest pause.
    pub longest: Duration,
    /// From the acceptance to the last question; then a report or the message's expiry decides.
    pub give_up_after: Duration,
}

impl Following {
    /// How long to wait after this many questions (none before the first), at least; and no less than
    /// what the provider has named.
    pub fn pause(&self, asked: u32, named: Option<Duration>) -> Duration {
        let doubled = self.first.saturating_mul(2_u32.saturating_pow(asked.min(16)));
        doubled.min(self.longest).max(named.unwrap_or_default())
    }
}

/// An SMS gateway.
#[async_trait]
pub trait SmsProvider: Send + Sync + fmt::Debug {
    /// The protocol, such as `pswin`. Routes have names of their own.
    fn name(&self) -> &'static str;

    /// Hands one SMS over. Ends within the provider's own time limits, and sends at most once.
    async fn send(&self, sms: &OutgoingSms) -> HandOver<SmsResult>;

    /// Asks what became of an attempt whose answer was lost.
    async fn look_up(&self, _attempt: AttemptId) -> LookUp {
        LookUp::CannotTell
    }

    /// Whether it answers, without sending anything: the words for an operator are the error.
    async fn probe(&self) -> Result<(), String> {
        Ok(())
    }

    /// Keeps connections and brings reports to the sink, until told to stop. Most have nothing to do.
    async fn run(&self, _reports: &dyn ReportSink, stop: CancellationToken) {
        stop.cancelled().await;
    }
}

/// A mail server or mail service.
#[async_trait]
pub trait EmailProvider: Send + Sync + fmt::Debug {
    /// The protocol, such as `smtp`. Routes have names of their own.
    fn name(&self) -> &'static str;

    /// Hands one e-mail over. Ends within the provider's own time limits, and sends at most once.
    async fn send(&self, email: &OutgoingEmail) -> HandOver<EmailResult>;

    /// Asks what became of an attempt whose answer was lost.
    async fn look_up(&self, _attempt: AttemptId) -> LookUp {
        LookUp::CannotTell
    }

    /// How messages are followed that this provider has taken: with this, its answer to a message that
    /// it takes is [`HandOver::UnderWay`]. Without, there is nothing to ask.
    fn following(&self) -> Option<Following> {
        None
    }

    /// Asks how far a message has come that was taken under this reference. Takes nothing again,
    /// whatever the answer.
    async fn follow(&self, _gateway_reference: &str) -> Progress<EmailResult> {
        Progress::NotFollowed
    }

    /// Whether it answers, without sending anything: the words for an operator are the error.
    async fn probe(&self) -> Result<(), String> {
        Ok(())
    }

    /// Keeps connections and brings reports to the sink, until told to stop. Most have nothing to do.
    async fn run(&self, _reports: &dyn ReportSink, stop: CancellationToken) {
        stop.cancelled().await;
    }
}
