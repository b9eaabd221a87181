//! The statuses a message can have.

use std::fmt;
use std::str::FromStr;

/// A status. See the module for what is promised about them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    /// Registered here.
    Opprettet,
    /// The channel has it.
    Sendt,
    /// The receiver's gateway has it.
    Mottatt,
    /// The receiver's system has taken it.
    Levert,
    /// Read, or answered by the application.
    Lest,
    /// Given up.
    Feil,
    /// Something else.
    Annet,
    /// Waits in our inbox.
    InnkommendeMottatt,
    /// Our client has taken it.
    InnkommendeLevert,
    /// Its deadline passed first.
    LevetidUtlopt,
}

/// A text that names no status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the name of a status")]
pub struct UnknownStatus;

impl Status {
    /// Every status, in the order of a message's life.
    pub const ALL: [Self; 10] = [
        Self::Opprettet,
        Self::Sendt,
        Self::Mottatt,
        Self::Levert,
        Self::Lest,
        Self::Feil,
        Self::Annet,
        Self::InnkommendeMottatt,
        Self::InnkommendeLevert,
        Self::LevetidUtlopt,
    ];

    /// Its name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Opprettet => "OPPRETTET",
            Self::Sendt => "SENDT",
            Self::Mottatt => "MOTTATT",
            Self::Levert => "LEVERT",
            Self::Lest => "LEST",
            Self::Feil => "FEIL",
            Self::Annet => "ANNET",
            Self::InnkommendeMottatt => "INNKOMMENDE_MOTTATT",
            Self::InnkommendeLevert => "INNKOMMENDE_LEVERT",
            Self::LevetidUtlopt => "LEVETID_UTLOPT",
        }
    }

    /// Whether nothing more has to happen.
    pub const fn finishes(self) -> bool {
        matches!(self, Self::Levert | Self::Lest | Self::Feil | Self::InnkommendeLevert | Self::LevetidUtlopt)
    }

    /// Whether the channel need not be asked any more.
    pub const fn stops_polling(self) -> bool {
        matches!(self, Self::Lest | Self::Feil | Self::InnkommendeLevert | Self::LevetidUtlopt)
    }

    /// How far a sent message has come with it; none for what is no step on its way. Reports may overtake
    /// each other, so what is shown in order is ordered by this.
    pub fn rank(self) -> Option<usize> {
        [Self::Opprettet, Self::Sendt, Self::Mottatt, Self::Levert, Self::Lest]
            .into_iter()
            .position(|step| step == self)
    }

    /// Whether the other one is late when it is recorded after this one: a step before this one, or anything
    /// behind the end of a message that nobody waits for any more. A receipt behind LEVERT is in time.
    pub fn overtakes(self, other: Self) -> bool {
        match self {
            Self::Feil | Self::LevetidUtlopt => self != other,
            _ => self.rank().zip(other.rank()).is_some_and(|(this, other)| this > other),
        }
    }

    /// Whether a receiver may report it about a message we sent.
    pub const fn may_come_back(self) -> bool {
        matches!(self, Self::Mottatt | Self::Levert | Self::Lest | Self::Feil | Self::Annet)
    }
}

impl FromStr for Status {
    type Err = UnknownStatus;

    fn from_str(text: &str) -> Result<Self, UnknownStatus> {
        Self::ALL.into_iter().find(|status| status.as_str() == text).ok_or(UnknownStatus)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
