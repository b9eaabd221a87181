//! A message's story as operators read it: what happened, who did it, and what comes next. Values only.

use jiff::Timestamp;
use uuid::Uuid;

use super::note::FileNote;
use crate::overview::MessageLine;
use crate::statuses::Status;

/// Who did something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Who {
    /// Our client, by what it calls itself if it says so.
    Client(Option<String>),
    /// This gateway.
    Service,
    /// The channel.
    Channel,
    /// The other end of the message.
    Peer,
    /// Whoever runs this gateway, by name.
    Operator(String),
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// The message has come so far.
    Status {
        /// How far, in the contract's word; one that this version does not know as it is.
        name: String,
        /// The same, where this version knows it.
        status: Option<Status>,
        /// Whether it was said after the message had come further, or to its end.
        late: bool,
        /// Whether a receipt came with it as its sender wrote it.
        receipt: bool,
    },
    /// The client has said that it be sent.
    Submitted,
    /// It was packed; encrypted where there is a fingerprint.
    Sealed {
        /// Size of the package.
        bytes: u64,
        /// Fingerprint of the receiver's certificate, in hexadecimal.
        certificate: Option<String>,
    },
    /// It, or an answer to its sender, is handed to the channel.
    HandedOver,
    /// The channel has taken it.
    Taken,
    /// The channel has not taken it.
    NotTaken,
    /// Nobody knows whether the channel has taken it; it is looked for before it is sent again.
    InDoubt,
    /// It came in over the channel.
    Arrived,
    /// A client has looked at it and holds it until this moment.
    Peeked(Timestamp),
    /// The hold ran out.
    LockRanOut,
    /// A client has fetched the files, so many bytes.
    Popped(u64),
    /// A client has given it back.
    GivenBack,
    /// Its sender was told a status.
    Answered(String),
    /// A package with its id was set aside.
    SetAside,
    /// A webhook tells of it.
    Webhook {
        /// The id of the delivery, to tell it again.
        delivery: Uuid,
        /// The subscription's name.
        subscription: String,
        /// The status that it tells of.
        status: String,
        /// `pending`, `delivered` or `given_up`.
        state: String,
        /// How often it has been tried.
        tries: u32,
    },
    /// Somebody who runs the gateway did something by hand.
    Operated,
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// When.
    pub at: Timestamp,
    /// Who did it.
    pub who: Who,
    /// What it was.
    pub what: What,
    /// The channel's reference.
    pub reference: Option<String>,
    /// More about it; numbers of persons are hidden.
    pub detail: Option<String>,
}

impl Event {
    pub(super) const fn new(at: Timestamp, who: Who, what: What) -> Self {
        Self { at, who, what, reference: None, detail: None }
    }
}

/// What comes next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// Nothing: it is over.
    Nothing,
    /// The client is to add files and say that it be sent, before this moment.
    Client(Timestamp),
    /// It waits for its turn.
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
    /// The other end is to answer before a moment; the channel is asked at another.
    Answer {
        /// When the time is up.
        until: Timestamp,
        /// When the channel is asked the next time, if it is.
        asked: Option<Timestamp>,
    },
    /// A client is to take it before this moment.
    Waits(Timestamp),
    /// A client holds it until this moment.
    Held(Timestamp),
    /// It was given up, for this reason, and nothing happens until somebody digs it up.
    GivenUp(String),
}

/// What an operator can do now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Try now instead of later.
    TryNow,
    /// Put what was given up back into the queue.
    DigUp,
    /// Let a message go that a client holds.
    ReleaseLock,
}

/// A status on its way back to the sender of a message.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Its id.
    pub id: Uuid,
    /// The status.
    pub status: String,
    /// Since when it waits.
    pub created: Timestamp,
    /// What comes next.
    pub next: Next,
}

/// Everything there is to tell of a message.
#[derive(Clone, Debug)]
pub struct Story {
    /// Its line: ids, parties, process, latest status. Numbers of persons are hidden.
    pub line: MessageLine,
    /// Its sender's reference.
    pub reference: String,
    /// The channel's reference.
    pub channel_reference: Option<String>,
    /// When its time is up.
    pub expiry: Timestamp,
    /// Whether nothing more has to happen.
    pub finished: bool,
    /// Whether it ended in an error, which is told and final: its client must send it anew, under another id.
    pub failed: bool,
    /// Its files, as far as they are known.
    pub files: Vec<FileNote>,
    /// How many more files it has.
    pub more_files: usize,
    /// What comes next.
    pub next: Next,
    /// What can be done now.
    pub acts: Vec<Act>,
    /// Statuses that its sender has not been told yet.
    pub answers: Vec<Answer>,
    /// The other messages of its conversation, the latest first, some of them.
    pub others: Vec<MessageLine>,
    /// What happened, the first first.
    pub events: Vec<Event>,
}
