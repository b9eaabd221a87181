//! The `[dpo]` section.

use std::time::Duration;

use auth::SystemUser;
use serde::Deserialize;
use types::OrgNumber;
use url::Url;

use crate::transports::MessageChannel;

/// Which broker, as whom, and with how much patience.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The broker's address. Default: `https://platform.tt02.altinn.no/broker/api/v1`, the hosted
    /// one's test environment.
    pub broker_url: Url,
    /// The resource that files are sent under. Default: `eformidling-dpo-meldingsutveksling`.
    pub resource: String,
    /// The organizations we send and receive for, our own first. Default: none.
    pub system_users: Vec<SystemUserConfig>,
    /// The name of this installation, where the organization has several. Default: none.
    pub message_channel: Option<MessageChannel>,
    /// The largest package, in bytes; larger ones are refused before anything is sent. Default:
    /// 50,000,000,000, the limit of the hosted broker.
    pub largest_package_bytes: u64,
    /// How long a sending waits for the file to be published, in seconds; after that it is asked for
    /// from time to time. Default: 10.
    pub wait_for_publishing_seconds: u32,
    /// How long one call to the broker may take, in milliseconds (`difi.move.dpo.requestTimeout`); uploads and
    /// downloads have longer, by their size. Default: 30,000.
    pub request_timeout_ms: u32,
    /// An upload slower than this is broken off, in bytes per second. Default: 65,536.
    pub slowest_upload_bytes_per_second: u32,
}

/// An organization that has given our system the right to act for it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SystemUserConfig {
    /// The organization.
    pub org: OrgNumber,
    /// The name of its system user. Default: `<org>_integrasjonspunkt_systembruker_<org>`.
    #[serde(default)]
    pub name: Option<String>,
}

impl SystemUserConfig {
    pub(super) fn system_user(&self) -> SystemUser {
        match &self.name {
            Some(name) => SystemUser { org: self.org, external_ref: name.clone() },
            None => SystemUser::default_for(self.org),
        }
    }
}

impl Config {
    pub(super) fn request_timeout(&self) -> Duration {
        Duration::from_millis(self.request_timeout_ms.max(1).into())
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            broker_url: Url::parse("https://platform.tt02.altinn.no/broker/api/v1").expect("a URL"),
            resource: "eformidling-dpo-meldingsutveksling".to_owned(),
            system_users: Vec::new(),
            message_channel: None,
            largest_package_bytes: 50_000_000_000,
            wait_for_publishing_seconds: 10,
            request_timeout_ms: 30_000,
            slowest_upload_bytes_per_second: 64 * 1024,
        }
    }
}
