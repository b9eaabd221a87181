//! How the process ends.

use std::process::ExitCode;

use serde::{Serialize, Serializer};

/// Few and stable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// It was done.
    Done = 0,
    /// It failed; trying again may help.
    Failed = 1,
    /// Command line or configuration is wrong; trying again does not help.
    Usage = 2,
    /// Something was examined and is not as it should be.
    Found = 3,
    /// What was asked for is not there.
    Nothing = 4,
    /// A message came to its end without reaching its receiver.
    NotDelivered = 5,
    /// What was waited for did not come in time; it may yet.
    InVain = 6,
}

impl Exit {
    /// All of them.
    pub(crate) const ALL: [Self; 7] =
        [Self::Done, Self::Failed, Self::Usage, Self::Found, Self::Nothing, Self::NotDelivered, Self::InVain];

    /// For the shell.
    pub(crate) const fn number(self) -> u8 {
        self as u8
    }

    /// In words.
    pub(crate) const fn in_words(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Failed => "failed; the message says why, and trying again may help",
            Self::Usage => "the command line or the configuration is wrong; trying again does not help",
            Self::Found => {
                "something was examined and is not as it should be (`check`, `doctor`, `audit verify`, `bench`)"
            }
            Self::Nothing => "what was asked for is not there (an unknown id, an empty inbox)",
            Self::NotDelivered => "a message came to its end without reaching its receiver",
            Self::InVain => "what was waited for did not come in time; it may yet come",
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.number())
    }
}

impl Serialize for Exit {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u8(self.number())
    }
}
