//! The section `[console]`.

use std::time::Duration;

use serde::Deserialize;
use url::Url;

/// The `[console]` section: the web pages for those who run the server.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Whether there are pages for people. What commands and scripts ask for is there all the same.
    pub enabled: bool,
    /// Where browsers reach the server, where that is not `listen.api` itself: `https://varsel.example.no/`.
    pub address: Option<Url>,
    /// A session ends when it was not used for so many minutes.
    pub idle_minutes: u32,
    /// A session ends after so many hours, used or not.
    pub session_hours: u32,
}

impl Default for Config {
    fn default() -> Self {
        Self { enabled: true, address: None, idle_minutes: 60, session_hours: 12 }
    }
}

impl Config {
    /// How long a session outlives its last use.
    pub(crate) fn idle(&self) -> Duration {
        Duration::from_secs(u64::from(self.idle_minutes) * 60)
    }

    /// How long a session may last.
    pub(crate) fn longest(&self) -> Duration {
        Duration::from_secs(u64::from(self.session_hours) * 3_600)
    }
}
