//! A shipment's story as operators read it: what happened, who decided it, and what comes next. Values only.

use jiff::Timestamp;
use types::erasure::ERASED;
use types::ids::{ChainId, NotificationId, OrderId};
use types::mask;
use uuid::Uuid;

use crate::access::Creator;
use crate::orders::{Kind, State};
use crate::recipients::Channel;
use crate::sending::{Notification, Standing};

/// Who decided something, or did it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Who {
    /// Whoever placed the order.
    Sender,
    /// This service.
    Service,
    /// A register of contact details.
    Register,
    /// The sender's own endpoint that was asked whether to send.
    Condition,
    /// An SMS gateway or a mail server.
    Gateway,
    /// Whoever runs this service, by name.
    Operator(String),
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// The order was taken.
    Ordered,
    /// The send condition said yes.
    ConditionMet,
    /// The send condition said no.
    ConditionNotMet,
    /// The send condition gave no answer, and the sender wants the order to be sent all the same.
    ConditionUnknownSent,
    /// The send condition gave no answer, and the sender wants nothing to be sent then.
    ConditionUnknownDropped,
    /// Processing was put off.
    PutOff,
    /// Addresses are found and notifications made.
    Processed,
    /// A notification was made for a recipient.
    Made,
    /// A recipient is sent nothing, for this reason.
    NotSent(Standing),
    /// A message is handed to a gateway.
    HandedOver,
    /// The gateway has taken it.
    Taken,
    /// The gateway has refused it for good.
    Refused,
    /// The gateway has not taken it, and it is tried again.
    NotTaken,
    /// Nobody knows whether the gateway has taken it.
    InDoubt,
    /// A doubt has been settled.
    DoubtResolved,
    /// A message is sent again though the first copy may have arrived.
    SentAgain,
    /// A delivery report. `counted` is false for one that came too late to change anything.
    Reported {
        /// What it says.
        result: String,
        /// Whether it changed the notification.
        counted: bool,
        /// When it happened, as the gateway says.
        occurred: Option<Timestamp>,
    },
    /// No result came in time.
    TimeUp,
    /// An e-mail of which nothing was heard counts as delivered.
    AssumedDelivered,
    /// The order has come to its end.
    Ended(State),
    /// The sender can read the end in the feed under this number; none while it waits for one.
    InFeed(Option<i64>),
    /// Somebody who has declined digital communication is written to, because the sender said so.
    Overridden,
    /// A webhook tells of it.
    Webhook {
        /// The id of the delivery, to tell it again.
        delivery: Uuid,
        /// The subscription's name.
        subscription: String,
        /// The event's name.
        event: String,
        /// `pending`, `delivered` or `given_up`.
        state: String,
        /// How often it has been tried.
        tries: u32,
    },
    /// Somebody who runs the service did something by hand.
    Operated,
    /// What older or newer versions have written down.
    Other(String),
}

impl What {
    /// How far it comes behind what else happened in the same moment: an end follows what brought it about, and is
    /// told after that.
    pub(super) const fn follows(&self) -> u8 {
        match self {
            Self::Ended(_) => 1,
            Self::InFeed(_) => 2,
            Self::Webhook { .. } => 3,
            _ => 0,
        }
    }
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// When.
    pub at: Timestamp,
    /// Who decided it.
    pub who: Who,
    /// What it was.
    pub what: What,
    /// Whom of the recipients it concerns; all of them otherwise.
    pub recipient: Option<NotificationId>,
    /// By which route.
    pub route: Option<String>,
    /// The provider's reference.
    pub reference: Option<String>,
    /// More about it; never an address.
    pub detail: Option<String>,
}

impl Event {
    pub(super) const fn new(at: Timestamp, who: Who, what: What) -> Self {
        Self { at, who, what, recipient: None, route: None, reference: None, detail: None }
    }

    pub(super) fn with(mut self, detail: Option<String>) -> Self {
        self.detail = detail;
        self
    }

    pub(super) const fn of(mut self, recipient: NotificationId) -> Self {
        self.recipient = Some(recipient);
        self
    }
}

/// What comes next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// Nothing: it is over.
    Nothing,
    /// Processing begins at this moment.
    StartsAt(Timestamp),
    /// It is due and waits for its turn.
    Queued,
    /// Somebody works on it at this moment.
    InHand,
    /// It is tried again.
    TriedAgain {
        /// When.
        at: Timestamp,
        /// Why not yet.
        reason: String,
        /// How often it has been tried.
        tries: u32,
    },
    /// It waits for the hours in which SMS may be sent, which begin at this moment.
    Window(Timestamp),
    /// A delivery report is waited for, until this moment.
    Report(Timestamp),
    /// It was taken; a report may come, but few mail servers send one.
    ReportMayCome,
    /// Nobody knows whether it was taken; nothing is sent again. Until this moment a report may settle it.
    Doubt(Timestamp),
    /// It waits for its recipients' results.
    Recipients,
    /// It was given up, for this reason, and nothing happens until somebody digs it up.
    GivenUp(String),
}

/// What an operator can do now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Cancel the order.
    Cancel,
    /// Try now instead of later.
    TryNow,
    /// Put what was given up back into the queue.
    DigUp,
    /// Send again what may have been sent already.
    SendAgain,
}

/// One recipient of a shipment.
#[derive(Clone, Debug)]
pub struct Recipient {
    /// The notification's id.
    pub id: NotificationId,
    /// The channel.
    pub channel: Channel,
    /// Where it stands.
    pub standing: Standing,
    /// The address, masked; empty where there is none.
    pub destination: String,
    /// Whether the order named a person or an organization, and a register the address.
    pub by_register: bool,
    /// After this moment it is no longer worth sending.
    pub expires: Timestamp,
    /// The provider's reference.
    pub reference: Option<String>,
    /// The route that took it.
    pub route: Option<String>,
    /// Parts that an SMS takes.
    pub parts: Option<u32>,
    /// Whether nobody knows how an attempt ended.
    pub in_doubt: bool,
    /// When it was made.
    pub created: Timestamp,
    /// When its standing changed last.
    pub changed: Timestamp,
    /// What comes next.
    pub next: Next,
    /// What can be done now.
    pub acts: Vec<Act>,
}

impl Recipient {
    pub(super) fn of(notification: &Notification, route: Option<String>) -> Self {
        Self {
            id: notification.id,
            channel: notification.standing.channel(),
            standing: notification.standing,
            destination: masked(notification.standing.channel(), notification.destination.reveal()),
            by_register: notification.identity.is_some(),
            expires: notification.expires,
            reference: notification.reference.clone(),
            route,
            parts: notification.parts,
            in_doubt: notification.in_doubt,
            created: notification.created,
            changed: notification.changed,
            next: Next::Nothing,
            acts: Vec::new(),
        }
    }
}

/// An address as it is shown to whoever has not asked for it.
pub(super) fn masked(channel: Channel, destination: &str) -> String {
    match channel {
        _ if destination == ERASED => ERASED.to_owned(),
        Channel::Email if !destination.is_empty() => mask::email(destination),
        Channel::Email => String::new(),
        Channel::Sms => mask::middle(destination, 5, 2),
    }
}

/// An order of the same chain.
#[derive(Clone, Debug)]
pub struct Sibling {
    /// Its id.
    pub id: OrderId,
    /// Whether it is the main order or a reminder.
    pub kind: Kind,
    /// How far it has come.
    pub state: State,
    /// When it is to be sent.
    pub requested: Timestamp,
}

/// Everything there is to tell of a shipment.
#[derive(Clone, Debug)]
pub struct Story {
    /// The order's id.
    pub id: OrderId,
    /// Its chain, if it is of one.
    pub chain: Option<ChainId>,
    /// Whose it is.
    pub creator: Creator,
    /// How it came to be.
    pub kind: Kind,
    /// How far it has come.
    pub state: State,
    /// The sender's own words for it.
    pub senders_reference: Option<String>,
    /// When it was to be sent.
    pub requested: Timestamp,
    /// When it was taken.
    pub created: Timestamp,
    /// When its state changed last.
    pub changed: Timestamp,
    /// What comes next.
    pub next: Next,
    /// What can be done now.
    pub acts: Vec<Act>,
    /// The other orders of its chain.
    pub siblings: Vec<Sibling>,
    /// Its recipients, or those that were asked for, in the order they were made.
    pub recipients: Vec<Recipient>,
    /// Where the next page of recipients begins, if there are more.
    pub more: Option<NotificationId>,
    /// What happened, the first first: to the order, and to the recipients that are here.
    pub events: Vec<Event>,
}

/// Which recipients are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// The first ones.
    First,
    /// Those after this one.
    After(NotificationId),
    /// This one only.
    Only(NotificationId),
}
