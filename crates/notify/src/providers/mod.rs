//! Those who carry messages out: SMS gateways and mail servers.
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
pub mod results;
pub mod sms;

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use types::ids::{AttemptId, NotificationId};
use types::{EmailAddress, PhoneNumber};

pub use results::{EmailResult, SmsResult};

use crate::text::BodyFormat;

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
    /// Which line it stands in.
    pub urgency: Urgency,
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

/// An SMS gateway.
#[async_trait]
pub trait SmsProvider: Send + Sync + fmt::Debug {
    /// Its name in the ledger of attempts, such as `pswin`.
    fn name(&self) -> &'static str;

    /// Hands one SMS over. Ends within the provider's own time limits, and sends at most once.
    async fn send(&self, sms: &OutgoingSms) -> HandOver<SmsResult>;
}

/// A mail server or mail service.
#[async_trait]
pub trait EmailProvider: Send + Sync + fmt::Debug {
    /// Its name in the ledger of attempts, such as `smtp`.
    fn name(&self) -> &'static str;

    /// Hands one e-mail over. Ends within the provider's own time limits, and sends at most once.
    async fn send(&self, email: &OutgoingEmail) -> HandOver<EmailResult>;
}
