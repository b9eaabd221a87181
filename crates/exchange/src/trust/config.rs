//! The `[exchange.trust]` section.

use serde::Deserialize;
use types::OrgNumber;

/// What is asked of whoever signs a container that comes in.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Whether lists of revoked certificates are looked at. Default `prefer`.
    pub revocation: Revocation,
    /// How long a list is used before it is fetched again, in seconds; never beyond the moment for
    /// which its issuer promises the next. Default 900, as the reference has it.
    pub keep_lists_seconds: u64,
    /// The most bytes a list may have. Default 20 MiB.
    pub list_limit_bytes: usize,
    /// What follows when a container is signed by another organization than its sender. Default
    /// `warn`: operators sign for those whose systems they run.
    pub sender: SenderCheck,
    /// Organizations that may sign for others without that being said.
    pub operators: Vec<OrgNumber>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            revocation: Revocation::Prefer,
            keep_lists_seconds: 900,
            list_limit_bytes: 20 << 20,
            sender: SenderCheck::Warn,
            operators: Vec::new(),
        }
    }
}

/// How much lists of revoked certificates matter.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Revocation {
    /// They are not looked at.
    Off,
    /// What is on one is refused; when none can be had, that is said and the certificate believed.
    Prefer,
    /// When none can be had, the message waits on its channel until one can.
    Require,
}

/// How much it matters who signs.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum SenderCheck {
    /// Not at all.
    Off,
    /// It is said in the log.
    Warn,
    /// The message is set aside.
    Refuse,
}
