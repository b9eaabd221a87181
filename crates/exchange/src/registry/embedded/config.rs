//! The `[registry]` section.

use serde::Deserialize;
use types::Secret;

/// How the embedded registry behaves.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Answers questions without a token, for closed networks whose clients have none. Default: false.
    pub open: bool,
    /// The Altinn resource under which organizations without an installation of their own get
    /// messages in their Altinn inbox (DPV). Default: none, and then they are reported as not
    /// reachable for a process they have not registered.
    pub correspondence_resource: Option<String>,
    /// The shared access key of the message bus that eInnsyn uses (DPE). Default: none.
    pub sas_token: Option<Secret>,
}
