//! The sections `[manage]` and `[clock]`.

use serde::Deserialize;

/// The `[manage]` section: health and figures at `/manage` on the API's address.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Manage {
    /// Whether info and figures ask for the user and password of the API. Health never does.
    pub protect_figures: bool,
    /// Health is down when less room than this is left where the data directory is, in bytes.
    pub disk_threshold_bytes: u64,
}

impl Default for Manage {
    fn default() -> Self {
        Self { protect_figures: false, disk_threshold_bytes: 100 << 20 }
    }
}

/// The `[clock]` section: what our own clock is compared with.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ClockConfig {
    /// A server that tells the time (NTP), as `host` or `host:port`. Default none.
    pub server: Option<String>,
    /// An offset of more than so many seconds is warned of.
    pub warn_seconds: f64,
    /// How often it is asked, in seconds.
    pub every_seconds: u64,
}

impl Default for ClockConfig {
    fn default() -> Self {
        Self { server: None, warn_seconds: 5.0, every_seconds: 600 }
    }
}
