//! What is checked of a message before it is accepted, beyond what the contract demands: the settings.

use std::collections::BTreeMap;

use serde::Deserialize;

/// The `[exchange.validation]` section.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// For every process that is not named in `processes`. Default `off`.
    pub default: Strictness,
    /// For single processes, by their identifiers. Default none.
    pub processes: BTreeMap<String, Strictness>,
}

/// How much is checked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Strictness {
    /// What the contract demands. Whatever else is wrong shows when the message is sent.
    #[default]
    Off,
    /// Also the fields of the business message, and that its primary document is attached.
    Business,
    /// Also `arkivmelding.xml`, against the schema of Noark 5's arkivmelding.
    Full,
}

impl Config {
    /// How much is checked of messages in this process.
    pub fn of(&self, process: &str) -> Strictness {
        self.processes.get(process).copied().unwrap_or(self.default)
    }
}
