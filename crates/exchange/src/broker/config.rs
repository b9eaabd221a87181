//! The `[broker]` section.

use serde::Deserialize;

/// How the embedded broker behaves.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The resources that transfers may be made under, without `urn:altinn:resource:`. Default:
    /// `eformidling-dpo-meldingsutveksling` alone.
    pub resources: Vec<String>,
    /// The largest file, in bytes. Default: 50,000,000,000.
    pub largest_file_bytes: u64,
    /// How long a transfer lives, in days. Default: 30.
    pub time_to_live_days: u32,
    /// How long a file is kept after every recipient has confirmed it, in minutes. Default: 120;
    /// the hosted broker allows at most 1440.
    pub grace_minutes: u32,
    /// How long a purged transfer can still be looked up, in days. Default: 30.
    pub remember_days: u32,
    /// How long a file stays in `UploadProcessing`, in seconds; stands in for a virus scan, of which
    /// the embedded broker has none. 0 publishes at once. Default: 0.
    pub scan_delay_seconds: u32,
    /// Transfers that one sender may have that are not purged. Default: 100,000.
    pub open_transfers_per_sender: u64,
    /// Bytes that one sender may have stored here, all transfers together. Default: 1,000,000,000,000.
    pub bytes_per_sender: u64,
    /// Uploads that are taken at the same time by one node; others wait for five seconds and are then told
    /// to try again. Default: 64.
    pub uploads_at_once: u32,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            resources: vec!["eformidling-dpo-meldingsutveksling".to_owned()],
            largest_file_bytes: 50_000_000_000,
            time_to_live_days: 30,
            grace_minutes: 120,
            remember_days: 30,
            scan_delay_seconds: 0,
            open_transfers_per_sender: 100_000,
            bytes_per_sender: 1_000_000_000_000,
            uploads_at_once: 64,
        }
    }
}

impl Config {
    pub(super) fn has_resource(&self, resource: &str) -> bool {
        self.resources.iter().any(|known| known == resource)
    }
}
