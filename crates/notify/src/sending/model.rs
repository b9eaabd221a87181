//! A notification and every change between its states. Pure.

use std::fmt;

use jiff::Timestamp;
use types::ids::{NotificationId, OrderId};

use crate::access::Creator;
use crate::recipients::{Channel, NotSent};
use gateways::{EmailResult, SmsResult, Text};

/// Where a notification stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Standing {
    /// Of an SMS.
    Sms(SmsResult),
    /// Of an e-mail.
    Email(EmailResult),
}

impl Standing {
    /// Waiting to be sent.
    pub const fn new(channel: Channel) -> Self {
        match channel {
            Channel::Sms => Self::Sms(SmsResult::New),
            Channel::Email => Self::Email(EmailResult::New),
        }
    }

    /// On its way to the provider.
    pub const fn sending(channel: Channel) -> Self {
        match channel {
            Channel::Sms => Self::Sms(SmsResult::Sending),
            Channel::Email => Self::Email(EmailResult::Sending),
        }
    }

    /// The provider has it.
    pub const fn taken(channel: Channel) -> Self {
        match channel {
            Channel::Sms => Self::Sms(SmsResult::Accepted),
            Channel::Email => Self::Email(EmailResult::Succeeded),
        }
    }

    /// Failed without a closer reason.
    pub const fn failed(channel: Channel) -> Self {
        match channel {
            Channel::Sms => Self::Sms(SmsResult::Failed),
            Channel::Email => Self::Email(EmailResult::Failed),
        }
    }

    /// Its time is up.
    pub const fn timed_out(channel: Channel) -> Self {
        match channel {
            Channel::Sms => Self::Sms(SmsResult::FailedTtl),
            Channel::Email => Self::Email(EmailResult::FailedTtl),
        }
    }

    /// Nothing is sent, from the start.
    pub const fn not_sent(channel: Channel, why: NotSent) -> Self {
        match (channel, why) {
            (Channel::Sms, NotSent::Reserved) => Self::Sms(SmsResult::FailedRecipientReserved),
            (Channel::Sms, NotSent::NotIdentified) => Self::Sms(SmsResult::FailedRecipientNotIdentified),
            (Channel::Email, NotSent::Reserved) => Self::Email(EmailResult::FailedRecipientReserved),
            (Channel::Email, NotSent::NotIdentified) => {
                Self::Email(EmailResult::FailedRecipientNotIdentified)
            }
        }
    }

    /// The channel it is about.
    pub const fn channel(self) -> Channel {
        match self {
            Self::Sms(_) => Channel::Sms,
            Self::Email(_) => Channel::Email,
        }
    }

    /// As it is kept in the store and told to operators.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sms(result) => result.as_str(),
            Self::Email(result) => result.as_str(),
        }
    }

    /// Reads what [`Standing::as_str`] wrote.
    pub fn parse(channel: Channel, text: &str) -> Option<Self> {
        match channel {
            Channel::Sms => text.parse().ok().map(Self::Sms),
            Channel::Email => text.parse().ok().map(Self::Email),
        }
    }

    /// Whether nothing is expected to follow.
    pub const fn is_final(self) -> bool {
        match self {
            Self::Sms(result) => result.is_final(),
            Self::Email(result) => result.is_final(),
        }
    }

    /// Whether the older endpoints count it as a success.
    pub const fn is_success(self) -> bool {
        matches!(
            self,
            Self::Sms(SmsResult::Accepted | SmsResult::Delivered)
                | Self::Email(EmailResult::Succeeded | EmailResult::Delivered)
        )
    }

    /// As manifest and feed call it.
    pub fn wire(self) -> String {
        match self {
            Self::Sms(result) => format!("SMS_{result}"),
            Self::Email(EmailResult::FailedInvalidEmailFormat) => "Email_Failed_InvalidFormat".to_owned(),
            Self::Email(EmailResult::FailedSupressedRecipient) => {
                "Email_Failed_SuppressedRecipient".to_owned()
            }
            Self::Email(result) => format!("Email_{result}"),
        }
    }

    /// As the older endpoints call it.
    pub const fn legacy(self) -> &'static str {
        match self {
            Self::Sms(SmsResult::FailedTtl) | Self::Email(EmailResult::FailedTtl) => "Failed",
            other => other.as_str(),
        }
    }

    /// How far along the way it is, the final ones last.
    const fn rank(self) -> u8 {
        match self {
            Self::Sms(SmsResult::New) | Self::Email(EmailResult::New | EmailResult::FailedTransientError) => {
                0
            }
            Self::Sms(SmsResult::Sending) | Self::Email(EmailResult::Sending) => 1,
            Self::Sms(SmsResult::Accepted) | Self::Email(EmailResult::Succeeded) => 2,
            _ => 3,
        }
    }

    /// What a fact from outside makes of it; `None` when the fact comes too late to count.
    ///
    /// A fact never leads backwards. The first final result stands, except that a failure without a
    /// reason may still be explained, or turn out to be a delivery, while the notification lives.
    pub fn after(self, fact: Self, is_expired: bool) -> Option<Self> {
        if self.channel() != fact.channel() {
            return None;
        }
        if !self.is_final() {
            return (fact.rank() > self.rank()).then_some(fact);
        }
        let unexplained = self == Self::failed(self.channel());
        (unexplained && fact.is_final() && fact != self && !is_expired).then_some(fact)
    }
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One e-mail to one address, or one SMS to one number.
#[derive(Clone, Debug)]
pub struct Notification {
    /// Its id; ordered by time.
    pub id: NotificationId,
    /// The order it was made of.
    pub order: OrderId,
    /// Whose it is.
    pub creator: Creator,
    /// Where it stands.
    pub standing: Standing,
    /// The address or number as given; empty when there is none.
    pub destination: Text,
    /// The national identity or organization number of the recipient, where one was given.
    pub identity: Option<Text>,
    /// The subject, where it differs from the order's.
    pub subject: Option<Text>,
    /// The body, where it differs from the order's.
    pub body: Option<Text>,
    /// After this moment it is no longer worth sending.
    pub expires: Timestamp,
    /// The provider's reference.
    pub reference: Option<String>,
    /// Whether an attempt may have had its effect without anybody knowing.
    pub in_doubt: bool,
    /// Parts an SMS takes.
    pub parts: Option<u32>,
    /// When it was made.
    pub created: Timestamp,
    /// When its standing changed last.
    pub changed: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEW: Standing = Standing::new(Channel::Sms);
    const SENDING: Standing = Standing::sending(Channel::Sms);
    const ACCEPTED: Standing = Standing::taken(Channel::Sms);
    const DELIVERED: Standing = Standing::Sms(SmsResult::Delivered);
    const FAILED: Standing = Standing::failed(Channel::Sms);
    const BARRED: Standing = Standing::Sms(SmsResult::FailedBarredReceiver);

    /// Covers: NP-12
    #[test]
    fn a_standing_never_goes_backwards() {
        let table = [
            (NEW, SENDING, Some(SENDING)),
            (SENDING, ACCEPTED, Some(ACCEPTED)),
            (SENDING, DELIVERED, Some(DELIVERED)),
            (ACCEPTED, ACCEPTED, None),
            (ACCEPTED, SENDING, None),
            (ACCEPTED, BARRED, Some(BARRED)),
            (DELIVERED, ACCEPTED, None),
            (DELIVERED, BARRED, None),
            (DELIVERED, FAILED, None),
            (BARRED, DELIVERED, None),
        ];
        for (standing, fact, expected) in table {
            assert_eq!(standing.after(fact, false), expected, "{standing} then {fact}");
        }
    }

    /// Covers: NP-13
    #[test]
    fn an_unexplained_failure_may_be_explained_while_it_lives() {
        assert_eq!(FAILED.after(DELIVERED, false), Some(DELIVERED));
        assert_eq!(FAILED.after(BARRED, false), Some(BARRED));
        assert_eq!(FAILED.after(FAILED, false), None);
        assert_eq!(FAILED.after(ACCEPTED, false), None);
        assert_eq!(FAILED.after(DELIVERED, true), None);
        assert_eq!(Standing::timed_out(Channel::Sms).after(DELIVERED, false), None);
    }

    #[test]
    fn an_open_notification_takes_a_final_fact_even_after_expiry() {
        assert_eq!(ACCEPTED.after(DELIVERED, true), Some(DELIVERED));
    }

    #[test]
    fn a_fact_about_another_channel_is_no_fact() {
        assert_eq!(SENDING.after(Standing::Email(EmailResult::Delivered), false), None);
    }

    #[test]
    fn names_differ_between_the_generations() {
        let suppressed = Standing::Email(EmailResult::FailedSupressedRecipient);
        assert_eq!(suppressed.wire(), "Email_Failed_SuppressedRecipient");
        assert_eq!(suppressed.legacy(), "Failed_SupressedRecipient");
        let format = Standing::Email(EmailResult::FailedInvalidEmailFormat);
        assert_eq!(
            (format.wire().as_str(), format.legacy()),
            ("Email_Failed_InvalidFormat", "Failed_InvalidEmailFormat")
        );
        let late = Standing::timed_out(Channel::Sms);
        assert_eq!((late.wire().as_str(), late.legacy()), ("SMS_Failed_TTL", "Failed"));
    }
}
