//! The addresses a server has taken, written down for other commands while it runs.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use store::{DataDir, DataDirError};
use url::Url;
use web::server::Bound;

use crate::catalogue::Told;
use crate::catalogue::entries::start;
use crate::config::Config;

/// Where a running server is reached.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Addresses {
    /// Both APIs and the console.
    pub api: SocketAddr,
    /// The embedded services.
    pub services: SocketAddr,
    /// What is for operators.
    pub operators: SocketAddr,
    /// The embedded mail server.
    pub mail: Option<SocketAddr>,
    /// The process.
    #[serde(default)]
    pub pid: u32,
    /// The embedded message centre.
    #[serde(default)]
    pub smsc: Option<SocketAddr>,
}

/// Takes an address, or says which setting to change.
pub(crate) async fn take(setting: &str, address: SocketAddr) -> Result<Bound> {
    let taken = web::server::bind(address).await;
    taken.with_context(|| taken_address(setting, address))
}

/// What is said when an address cannot be listened on.
pub(super) fn taken_address(setting: &str, address: SocketAddr) -> Told {
    start::ADDRESS_TAKEN.says(format!("{setting} {address} is taken or not ours; choose another, or port 0"))
}

impl Addresses {
    /// The file in the data directory that names them.
    pub(crate) fn file(data_dir: &Path) -> PathBuf {
        data_dir.join("addresses.json")
    }

    /// What the file says, if it is there.
    pub(crate) fn read(data_dir: &Path) -> Option<Self> {
        serde_json::from_slice(&std::fs::read(Self::file(data_dir)).ok()?).ok()
    }

    /// Those of the server that holds this data directory now. A file that a killed server left behind
    /// does not count.
    pub(crate) fn of_running(data_dir: &Path) -> Option<Self> {
        // Where there is no file nobody runs, and nothing is made or locked by looking.
        let there = Self::read(data_dir)?;
        match DataDir::open(data_dir) {
            Err(DataDirError::InUse(_)) => Self::read(data_dir).or(Some(there)),
            _ => None,
        }
    }

    /// Those that are configured, for commands that need some and call none of them.
    pub(crate) const fn configured(config: &Config) -> Self {
        let listen = &config.listen;
        Self {
            pid: 0,
            api: listen.api,
            services: listen.services,
            operators: listen.operators,
            mail: Some(listen.mail),
            smsc: None,
        }
    }

    /// Base of the APIs, with a slash at the end.
    pub(super) fn url(&self) -> Result<Url> {
        Url::parse(&format!("http://{}/", self.api)).context("our own address")
    }

    /// The same as this machine reaches it, also where it listens on every address.
    pub(super) fn here(&self) -> Result<Url> {
        let ip = match self.api.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
            ip => ip,
        };
        Url::parse(&format!("http://{}/", SocketAddr::new(ip, self.api.port()))).context("our own address")
    }

    /// Written whole or not at all, since another process may be waiting for it.
    pub(crate) fn write(&self, data_dir: &Path) -> Result<()> {
        let half = data_dir.join("addresses.json.new");
        let written = std::fs::write(&half, serde_json::to_vec_pretty(self)?)
            .and_then(|()| std::fs::rename(&half, Self::file(data_dir)));
        written.context("the addresses cannot be written to the data directory")
    }

    /// Nobody is there any more.
    pub(crate) fn forget(data_dir: &Path) {
        if let Err(error) = std::fs::remove_file(Self::file(data_dir)) {
            tracing::debug!(%error, "the file with the addresses was gone already");
        }
    }
}
