//! Delivery reports: what a provider says later about a message that it took.

use std::fmt;

use async_trait::async_trait;
use jiff::Timestamp;
use types::ids::{AttemptId, NotificationId};

use crate::{EmailResult, SmsResult};

/// One report about one message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Which message.
    pub about: About,
    /// What became of it.
    pub reported: Reported,
    /// The provider's own word for it, without addresses.
    pub state: String,
    /// When it happened, where the provider says.
    pub occurred: Option<Timestamp>,
}

/// How a report names its message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum About {
    /// By the provider's own name for it.
    Reference(String),
    /// By our notification.
    Notification(NotificationId),
    /// By our attempt.
    Attempt(AttemptId),
}

/// What became of a message, in the published vocabulary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reported {
    /// Of an SMS.
    Sms(SmsResult),
    /// Of an e-mail.
    Email(EmailResult),
}

/// Where reports go.
#[async_trait]
pub trait ReportSink: Send + Sync + fmt::Debug {
    /// Takes reports of the route with this name. They are on disk when it answers `Ok`; only then may the
    /// provider be told so. Reports about messages that are not known yet are kept, too.
    async fn take(&self, route: &str, reports: Vec<Report>) -> Result<(), NotTaken>;
}

/// The reports could not be kept; the provider should bring them again.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the reports could not be kept: {0}")]
pub struct NotTaken(pub String);
