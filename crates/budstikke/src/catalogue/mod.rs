//! The catalogue of everything that can go wrong with a command or a start: a stable code, what happened,
//! why, what to do, whose move it is, and the exit code.
//!
//! This is the only place where they are written down. [`edge`] finds the entry of an error, whoever raised
//! it; [`tell`] shows it to people or machines; [`page`] makes docs/reference/errors.md. An entry's code is
//! never used for anything else, and never given to another entry.

mod edge;
pub(crate) mod entries;
mod exit;
pub(crate) mod page;
mod report;
#[cfg(test)]
mod tests;

use std::fmt;

use serde::Serialize;

pub(crate) use edge::entry_of;
pub(crate) use exit::Exit;
pub(crate) use report::tell;

/// One thing that can go wrong.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Entry {
    /// Stable, such as `BUD-1002`.
    pub code: &'static str,
    /// What happened, in a few words.
    pub what: &'static str,
    /// What is usually behind it.
    pub cause: &'static str,
    /// What to do.
    pub remedy: &'static str,
    /// Who can do it.
    #[serde(rename = "whoseMove")]
    pub whose: Whose,
    /// How the process ends.
    #[serde(rename = "exitCode")]
    pub exit: Exit,
}

/// Whose move it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Whose {
    /// Whoever gave the command or runs the server.
    Yours,
    /// Whoever runs the machine: disk, rights, ports.
    Machine,
    /// Whoever runs the network between: names, firewalls, proxies.
    Network,
    /// Whoever runs the database.
    Database,
    /// Whoever runs the gateway or mail relay.
    Gateway,
    /// Whoever runs the registers and registries asked about receivers.
    Register,
    /// Digdir, who runs Maskinporten, the broker and the registry.
    Digdir,
    /// Whoever runs the budstikke that was called.
    Server,
    /// The receiver of a message.
    Receiver,
    /// Ours, who make budstikke.
    Ours,
    /// Nobody's.
    Nobodys,
}

impl Whose {
    /// In words, after "it is".
    pub(crate) const fn in_words(self) -> &'static str {
        match self {
            Self::Yours => "yours",
            Self::Machine => "the machine's administrator's",
            Self::Network => "your network's",
            Self::Database => "the database's administrator's",
            Self::Gateway => "the gateway's",
            Self::Register => "the register's",
            Self::Digdir => "Digdir's",
            Self::Server => "the server's operator's",
            Self::Receiver => "the receiver's",
            Self::Ours => "budstikke's: it should not happen",
            Self::Nobodys => "nobody's",
        }
    }
}

impl Entry {
    /// An error of this kind, in words for this very case.
    pub(crate) fn says(&'static self, words: impl Into<String>) -> Told {
        Told { entry: self, words: words.into() }
    }
}

/// An error, or what an error was about, whose entry is known.
#[derive(Debug)]
pub(crate) struct Told {
    entry: &'static Entry,
    words: String,
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words)
    }
}

impl std::error::Error for Told {}
