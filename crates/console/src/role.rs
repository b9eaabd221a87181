//! What somebody may do.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer};

use crate::language::Language;

/// What somebody may do. Each may do what those before it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Look.
    Read,
    /// Do what operators do: send again, cancel, hold, pin.
    Operate,
    /// Manage users, and see the audit log.
    Administer,
}

impl Role {
    /// All, the least first.
    pub const ALL: [Self; 3] = [Self::Read, Self::Operate, Self::Administer];

    /// As it is kept and configured.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Operate => "operate",
            Self::Administer => "administer",
        }
    }

    /// As people read it.
    pub const fn word(self, lang: Language) -> &'static str {
        match self {
            Self::Read => lang.of("read", "lese"),
            Self::Operate => lang.of("operate", "drifte"),
            Self::Administer => lang.of("administer", "administrere"),
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A text that names no role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a role is read, operate or administer")]
pub struct RoleError;

impl FromStr for Role {
    type Err = RoleError;

    fn from_str(text: &str) -> Result<Self, RoleError> {
        Self::ALL.into_iter().find(|role| role.as_str() == text).ok_or(RoleError)
    }
}

impl<'de> Deserialize<'de> for Role {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl store::Column for Role {
    const WANTED: &'static str = "a role";

    fn from_value(value: store::Value<'_>) -> Option<Self> {
        String::from_value(value)?.parse().ok()
    }
}
