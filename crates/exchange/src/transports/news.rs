//! What channels say about messages we sent.

use jiff::Timestamp;
use types::OrgNumber;

use crate::statuses::Status;

/// The channel has the parcel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// What the channel calls it: for [`Watched::reference`] and for support.
    pub reference: String,
    /// What is known at once beside SENDT, such as LEVERT where the channel never says more.
    pub news: Vec<News>,
    /// How to go on.
    pub watch: Watch,
}

impl Sent {
    /// The channel has it, and says no more by itself.
    pub fn and_done(reference: impl Into<String>) -> Self {
        Self { reference: reference.into(), news: Vec::new(), watch: Watch::Nothing }
    }
}

/// Whether [`super::Transport::statuses`] is to be asked about a parcel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Watch {
    /// No: it is done, or its answers come by themselves.
    Nothing,
    /// The channel is just working on it: within seconds, and for half an hour.
    Closely,
    /// A receiver takes their time: every minute at first, then more and more seldom, until it is over.
    Slowly,
}

/// A status that a channel tells of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct News {
    /// The status.
    pub status: Status,
    /// When it came about, as the channel says; when it is recorded where it does not.
    pub at: Option<Timestamp>,
    /// In words, for people.
    pub description: Option<String>,
    /// What the channel said, as it came.
    pub raw: Option<String>,
}

impl From<Status> for News {
    fn from(status: Status) -> Self {
        Self { status, at: None, description: None, raw: None }
    }
}

impl News {
    /// A status in words.
    pub fn described(status: Status, description: impl Into<String>) -> Self {
        Self { description: Some(description.into()), ..status.into() }
    }
}

/// A message that a channel is asked about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watched {
    /// Its message id.
    pub message_id: String,
    /// Its conversation.
    pub conversation_id: String,
    /// What the channel called it.
    pub reference: String,
    /// The organization that sent it.
    pub organization: OrgNumber,
}

/// What a channel knows about one of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// What the channel calls it.
    pub reference: String,
    /// Everything that is known; what was told before may be told again.
    pub news: Vec<News>,
    /// Whether nothing more will come.
    pub over: bool,
}

/// An answer that came by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// What the channel calls it; for [`super::Transport::settle`].
    pub handle: String,
    /// Which message it answers.
    pub about: About,
    /// What it says.
    pub news: Vec<News>,
}

/// How an answer names the message it answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum About {
    /// By its message id.
    Message(String),
    /// By its conversation: the last message we sent in it.
    Conversation(String),
}

/// Whether the other side of a channel can be reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Health {
    /// Whether it can.
    pub up: bool,
    /// In words, for operators.
    pub detail: String,
}

impl Health {
    /// Reachable.
    pub fn up(detail: impl Into<String>) -> Self {
        Self { up: true, detail: detail.into() }
    }

    /// Not reachable, or not usable.
    pub fn down(detail: impl Into<String>) -> Self {
        Self { up: false, detail: detail.into() }
    }
}
