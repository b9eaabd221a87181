//! Where the audit log is read from: the running server, the store itself, or an exported file.

use std::fs::File;
use std::io::{BufRead, BufReader, Lines};
use std::path::Path;

use anyhow::{Context, Result, bail};
use audit::{Head, Link};
use store::{DataDir, Store};
use types::Secret;
use url::Url;

use crate::app::{Addresses, open_store, password_file};
use crate::catalogue::entries::{files, server, start};
use crate::cli::remote::{entry_for, local};
use crate::config::{Config, StorePlace};
use console::audit::HEAD;

/// Links on a page.
const PAGE: u32 = 2_000;

/// Somewhere links come from, in their order.
pub(super) enum Source {
    /// A server that has the data directory open.
    Server(Server),
    /// The store itself, while no server runs.
    Store(Direct),
    /// An exported log, read once from its beginning.
    File(Lines<BufReader<File>>),
}

/// The store, opened by ourselves.
pub(super) struct Direct {
    store: Store,
    /// Nobody else opens the folder as long as this is held.
    _data_dir: DataDir,
}

/// A running server, as its operator sees it.
pub(super) struct Server {
    address: Url,
    user: String,
    password: Secret,
    http: reqwest::Client,
}

impl Source {
    /// An exported log.
    pub(super) fn file(path: &Path) -> Result<Self> {
        let file = File::open(path)
            .with_context(|| files::FILE_UNREADABLE.says(format!("{} cannot be read", path.display())))?;
        Ok(Self::File(BufReader::new(file).lines()))
    }

    /// The configured store, through the server if one runs on it.
    pub(super) async fn of(config: &Config) -> Result<Self> {
        if let Some(addresses) = Addresses::of_running(&config.data_dir) {
            return Ok(Self::Server(Server::of(config, &addresses)?));
        }
        let shared = matches!(config.store, StorePlace::Shared(_));
        if !shared && !config.data_dir.exists() {
            let words = format!(
                "there is no data directory {}; --data-dir says where it is",
                config.data_dir.display()
            );
            bail!(start::DATA_DIR_MISSING.says(words));
        }
        let data_dir = DataDir::open(&config.data_dir)?;
        let store = open_store(config, &data_dir)?;
        audit::link_all(&store).await.context("entries that wait for their place in the log")?;
        Ok(Self::Store(Direct { store, _data_dir: data_dir }))
    }

    /// Where the chain ends; a file does not say.
    pub(super) async fn head(&mut self) -> Result<Option<Head>> {
        match self {
            Self::Server(server) => Ok(Some(server.head().await?)),
            Self::Store(direct) => Ok(Some(direct.store.read(audit::head).await?)),
            Self::File(_) => Ok(None),
        }
    }

    /// The links behind this number, as many as come at once; none at the end.
    pub(super) async fn after(&mut self, number: i64) -> Result<Vec<Link>> {
        match self {
            Self::Server(server) => server.after(number).await,
            Self::Store(direct) => Ok(direct.store.read(move |tx| audit::after(tx, number, PAGE)).await?),
            Self::File(lines) => {
                let lines = lines.by_ref().take(usize::try_from(PAGE)?);
                lines.map(|line| parse(&line.context("the file cannot be read")?)).collect()
            }
        }
    }
}

impl Server {
    fn of(config: &Config, addresses: &Addresses) -> Result<Self> {
        let password = if let Some(configured) = &config.exchange.user_password {
            configured.clone()
        } else {
            let text = std::fs::read_to_string(password_file(config))
                .context(server::NO_PASSWORD.says("the server's password"))?;
            Secret::new(text.trim().to_owned())
        };
        let (base, http) = local(config, addresses)?;
        let address = base.join("console/audit").context("the address of the audit log")?;
        Ok(Self { address, user: config.exchange.user_name.clone(), password, http })
    }

    async fn page(&self, after: i64) -> Result<reqwest::Response> {
        let answer = self
            .http
            .get(self.address.clone())
            .query(&[("after", after)])
            .basic_auth(&self.user, Some(self.password.reveal()))
            .send()
            .await
            .context(server::UNREACHABLE.says("the running server could not be reached"))?;
        if !answer.status().is_success() {
            let entry = entry_for(answer.status());
            bail!(entry.says(format!(
                "the server refused it ({}): {}",
                answer.status(),
                answer.text().await?.trim()
            )));
        }
        Ok(answer)
    }

    async fn head(&self) -> Result<Head> {
        let answer = self.page(i64::MAX).await?;
        let head = answer.headers().get(HEAD).and_then(|head| head.to_str().ok());
        Ok(head.context("the server does not say where the log ends")?.parse()?)
    }

    async fn after(&self, number: i64) -> Result<Vec<Link>> {
        let text = self.page(number).await?.text().await?;
        text.lines().map(parse).collect()
    }
}

fn parse(line: impl AsRef<str>) -> Result<Link> {
    serde_json::from_str(line.as_ref())
        .context(files::FILE_CONTENT.says("a line is no entry of the audit log"))
}
