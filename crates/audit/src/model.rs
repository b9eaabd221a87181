//! Entries and links, as they are kept and shown.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::chain::{self, Digest};

/// What is answered for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// A message was accepted that goes out at once, before anybody could stop it.
    InstantAccepted,
    /// The same message was certainly not taken by any gateway, and its sender has been told so.
    InstantWithdrawn,
    /// A message is sent to a person who has declined digital communication, because the sender said so.
    ReservationOverridden,
    /// An operator looked at or changed something by hand.
    Operated,
    /// Somebody has signed in to the console.
    SignedIn,
    /// Somebody tried to, and was not let in.
    SignInRefused,
    /// Somebody's session was ended, by themselves or by others.
    SignedOut,
    /// An account of the console was made or changed.
    UserChanged,
}

impl Action {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::InstantAccepted,
        Self::InstantWithdrawn,
        Self::ReservationOverridden,
        Self::Operated,
        Self::SignedIn,
        Self::SignInRefused,
        Self::SignedOut,
        Self::UserChanged,
    ];

    /// As it is written.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InstantAccepted => "instant.accepted",
            Self::InstantWithdrawn => "instant.withdrawn",
            Self::ReservationOverridden => "reservation.overridden",
            Self::Operated => "operated",
            Self::SignedIn => "signed_in",
            Self::SignInRefused => "sign_in.refused",
            Self::SignedOut => "signed_out",
            Self::UserChanged => "user.changed",
        }
    }
}

/// Who did what to what, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its id. Entries of one moment are linked in the order of their ids.
    pub id: Uuid,
    /// When it happened, to the microsecond.
    pub at: Timestamp,
    /// Who did it: a creator's short name, or an operator.
    pub actor: String,
    /// What was done, see [`Action::as_str`]. Text, so that older versions can check newer logs.
    pub action: String,
    /// To what: an order's id, for example.
    pub subject: String,
    /// More about it, without personal data.
    pub detail: String,
}

impl Entry {
    /// An entry about something that happens in the same commit.
    pub fn new(
        id: Uuid,
        at: Timestamp,
        actor: impl Into<String>,
        action: Action,
        subject: &impl ToString,
        detail: impl Into<String>,
    ) -> Self {
        // Stores keep microseconds; the hash is made over what is kept.
        let at = Timestamp::from_microsecond(at.as_microsecond()).unwrap_or(at);
        let (actor, detail) = (actor.into(), detail.into());
        Self { id, at, actor, action: action.as_str().to_owned(), subject: subject.to_string(), detail }
    }
}

/// An entry in its place in the chain. As JSON it is one line of an exported log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// From 1, without holes.
    pub number: i64,
    /// What it tells.
    #[serde(flatten)]
    pub entry: Entry,
    /// Over the link before it, its number and its entry.
    pub hash: Digest,
}

impl Link {
    /// Puts an entry behind the link that has this number and hash.
    pub(crate) fn behind(number: i64, hash: &Digest, entry: Entry) -> Self {
        let number = number + 1;
        Self { number, hash: chain::digest(hash, number, &entry), entry }
    }
}
