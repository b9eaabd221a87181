//! What an order is, in one form for every endpoint that makes one.

use jiff::Timestamp;
use types::EmailAddress;
use types::ids::{ChainId, OrderId};
use url::Url;

use crate::access::Creator;
use crate::binding::Choice;
use crate::recipients::{ChannelSchema, Recipient};
use crate::send_condition::FailurePolicy;
use gateways::BodyFormat;
use gateways::Text;

macro_rules! words {
    ($(#[$doc:meta])+ $name:ident { $($(#[$variant_doc:meta])+ $variant:ident = $word:literal,)+ }) => {
        $(#[$doc])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[$variant_doc])+ $variant,)+
        }

        impl $name {
            /// As it is kept in the store.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }
        }

        impl store::ToValue for $name {
            fn to_value(&self) -> store::Value<'_> {
                store::Value::Text(self.as_str().into())
            }
        }

        impl store::Column for $name {
            const WANTED: &'static str = stringify!($name);

            fn from_value(value: store::Value<'_>) -> Option<Self> {
                match <String as store::Column>::from_value(value)?.as_str() {
                    $($word => Some(Self::$variant),)+
                    _ => None,
                }
            }
        }
    };
}

words! {
    /// How an order came to be.
    Kind {
        /// The main order of a chain.
        Notification = "notification",
        /// A reminder of a chain.
        Reminder = "reminder",
        /// To be sent while the sender waits.
        Instant = "instant",
        /// An e-mail with files.
        Composed = "composed",
        /// Of the older endpoints, without a chain.
        Legacy = "legacy",
    }
}

impl Kind {
    /// As manifest and feed call it.
    pub const fn wire(self) -> &'static str {
        match self {
            Self::Notification | Self::Legacy => "Notification",
            Self::Reminder => "Reminder",
            Self::Instant => "Instant",
            Self::Composed => "Composed",
        }
    }
}

words! {
    /// How far an order has come.
    State {
        /// Stored, waiting for its time.
        Registered = "registered",
        /// Condition, addresses and notifications are under way, or wait for another try.
        Processing = "processing",
        /// The notifications exist; results are outstanding.
        Processed = "processed",
        /// Every notification has a final result.
        Completed = "completed",
        /// The send condition said no.
        SendConditionNotMet = "send_condition_not_met",
        /// Cancelled in time.
        Cancelled = "cancelled",
    }
}

impl State {
    /// As manifest and feed call it.
    pub const fn wire(self) -> &'static str {
        match self {
            Self::Registered => "Order_Registered",
            Self::Processing => "Order_Processing",
            Self::Processed => "Order_Processed",
            Self::Completed => "Order_Completed",
            Self::SendConditionNotMet => "Order_SendConditionNotMet",
            Self::Cancelled => "Order_Cancelled",
        }
    }

    /// As the older endpoints call it, whose list of words is frozen.
    pub const fn legacy(self) -> &'static str {
        match self {
            Self::Registered => "Registered",
            Self::Processing => "Processing",
            Self::Processed | Self::Completed => "Completed",
            Self::SendConditionNotMet => "SendConditionNotMet",
            Self::Cancelled => "Cancelled",
        }
    }

    /// The same for people.
    pub const fn description(self) -> &'static str {
        match self {
            Self::Registered => "The order is stored and waits for its time.",
            Self::Processing => "The order is being processed.",
            Self::Processed => "The notifications have been made; their final results are outstanding.",
            Self::Completed => "Every notification has its final result.",
            Self::SendConditionNotMet => "The send condition was not met; nothing was sent.",
            Self::Cancelled => "The order was cancelled before its time; nothing is sent.",
        }
    }
}

/// When an SMS may be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SendingTime {
    /// At any hour.
    Anytime,
    /// In the daytime window only.
    Daytime,
}

impl Choice for SendingTime {
    const ALL: &[(Self, &'static str, i64)] = &[(Self::Anytime, "Anytime", 1), (Self::Daytime, "Daytime", 2)];
}

impl Choice for ChannelSchema {
    const ALL: &[(Self, &'static str, i64)] = &[
        (Self::Email, "Email", 0),
        (Self::Sms, "Sms", 1),
        (Self::EmailPreferred, "EmailPreferred", 2),
        (Self::SmsPreferred, "SmsPreferred", 3),
        (Self::EmailAndSms, "EmailAndSms", 4),
    ];
}

impl Choice for BodyFormat {
    const ALL: &[(Self, &'static str, i64)] = &[(Self::Plain, "Plain", 0), (Self::Html, "Html", 1)];
}

/// What e-mails of an order say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmailText {
    /// Who they come from; the configured sender where nobody is named.
    pub sender: Option<EmailAddress>,
    /// One line.
    pub subject: Text,
    /// The body.
    pub body: Text,
    /// What the body is written in.
    pub format: BodyFormat,
}

/// What SMS of an order say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SmsText {
    /// Who they seem to come from; the configured sender where nobody is named.
    pub sender: Option<String>,
    /// The text.
    pub body: Text,
    /// When they may be sent.
    pub sending_time: SendingTime,
}

/// The texts that all notifications of an order share.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Texts {
    /// The e-mail's texts, where an e-mail may come of it.
    pub email: Option<EmailText>,
    /// The SMS's text, where an SMS may come of it.
    pub sms: Option<SmsText>,
}

/// What an order asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// On which channels.
    pub schema: ChannelSchema,
    /// To whom.
    pub recipients: Vec<Recipient>,
    /// What is said.
    pub texts: Texts,
    /// Asked right before sending.
    pub condition: Option<Url>,
    /// What follows when the condition cannot be asked.
    pub condition_failure: FailurePolicy,
    /// As the sender gave it; shown by the older endpoints.
    pub ignore_reservation: Option<bool>,
    /// As the sender gave it, prefix included.
    pub resource_id: Option<String>,
    /// As the sender gave it.
    pub resource_action: Option<String>,
}

/// An order that nobody has registered yet.
#[derive(Debug)]
pub(crate) struct NewOrder {
    pub(crate) kind: Kind,
    pub(crate) senders_reference: Option<String>,
    pub(crate) requested: Timestamp,
    pub(crate) content: Content,
}

impl NewOrder {
    /// The order that it becomes when it is registered.
    pub(crate) fn registered(
        self,
        id: OrderId,
        creator: Creator,
        chain: Option<ChainId>,
        now: Timestamp,
    ) -> Order {
        let Self { kind, senders_reference, requested, content } = self;
        Order {
            id,
            creator,
            chain,
            kind,
            state: State::Registered,
            senders_reference,
            requested,
            content,
            tries: 0,
            created: now,
            changed: now,
        }
    }
}

/// One order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// Its id (`shipmentId`).
    pub id: OrderId,
    /// Whose it is.
    pub creator: Creator,
    /// The chain it belongs to; orders of the older endpoints have none.
    pub chain: Option<ChainId>,
    /// How it came to be.
    pub kind: Kind,
    /// How far it has come.
    pub state: State,
    /// The sender's own words for it.
    pub senders_reference: Option<String>,
    /// Not to be sent before this moment.
    pub requested: Timestamp,
    /// What it asks for.
    pub content: Content,
    /// How often processing has been put off.
    pub tries: u32,
    /// When it was registered.
    pub created: Timestamp,
    /// When its state changed last.
    pub changed: Timestamp,
}
