//! Whoever carries a route's messages, on either channel.

use std::sync::Arc;

use gateways::{
    EmailProvider, EmailResult, Following, LookUp, OutgoingEmail, OutgoingSms, Progress, ReportSink,
    SmsProvider,
};
use tokio_util::sync::CancellationToken;
use types::ids::AttemptId;

use crate::recipients::Channel;
use crate::sending::Fact;

/// Who carries a route's messages.
#[derive(Clone, Debug)]
pub(crate) enum Carrier {
    Sms(Arc<dyn SmsProvider>),
    Email(Arc<dyn EmailProvider>),
}

impl Carrier {
    pub(super) const fn channel(&self) -> Channel {
        match self {
            Self::Sms(_) => Channel::Sms,
            Self::Email(_) => Channel::Email,
        }
    }

    /// Asks what became of an attempt whose answer was lost.
    pub(crate) async fn look_up(&self, attempt: AttemptId) -> LookUp {
        match self {
            Self::Sms(provider) => provider.look_up(attempt).await,
            Self::Email(provider) => provider.look_up(attempt).await,
        }
    }

    /// The protocol.
    pub(super) fn protocol(&self) -> &'static str {
        match self {
            Self::Sms(provider) => provider.name(),
            Self::Email(provider) => provider.name(),
        }
    }

    pub(crate) async fn send_sms(&self, sms: &OutgoingSms) -> Fact {
        match self {
            Self::Sms(provider) => provider.send(sms).await.into(),
            Self::Email(_) => Fact::of_another_channel(),
        }
    }

    pub(crate) async fn send_email(&self, email: &OutgoingEmail) -> Fact {
        match self {
            Self::Email(provider) => provider.send(email).await.into(),
            Self::Sms(_) => Fact::of_another_channel(),
        }
    }

    /// How its messages are followed, if they are.
    pub(crate) fn following(&self) -> Option<Following> {
        match self {
            Self::Sms(_) => None,
            Self::Email(provider) => provider.following(),
        }
    }

    /// How far a message has come.
    pub(crate) async fn follow(&self, reference: &str) -> Progress<EmailResult> {
        match self {
            Self::Sms(_) => Progress::NotFollowed,
            Self::Email(provider) => provider.follow(reference).await,
        }
    }

    pub(super) async fn run(&self, reports: &dyn ReportSink, stop: CancellationToken) {
        match self {
            Self::Sms(provider) => provider.run(reports, stop).await,
            Self::Email(provider) => provider.run(reports, stop).await,
        }
    }
}
