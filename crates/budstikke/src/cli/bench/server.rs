//! Two servers in processes of their own, and what the operating system says about them.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use tokio::process::{Child, Command};
use types::Secret;
use types::time::Clock;
use uuid::Uuid;

use crate::app::{Addresses, password_file};
use crate::cli::client::Client;
use crate::config::{Config, Override};
use crate::embedded;

/// Organization A with every embedded service, and B that uses A's.
pub(super) struct Servers {
    pub a: Server,
    pub b: Server,
    pub folder: PathBuf,
}

/// One server process.
pub(super) struct Server {
    process: Child,
    /// From starting the process to its first answer.
    pub ready_after: Duration,
    pub client: Client,
}

impl Servers {
    pub(super) async fn start() -> Result<Self> {
        let folder = std::env::temp_dir().join(format!("budstikke-bench-{}", Uuid::new_v4()));
        Self::start_in(folder).await
    }

    async fn start_in(folder: PathBuf) -> Result<Self> {
        let a = settings(&folder, "fjord", "310000001");
        let mut b = settings(&folder, "vidde", "310000002");
        for service in ["issuer", "broker", "registry"] {
            b.push((format!("embedded.{service}"), "false".to_owned()));
        }
        b.push(("embedded.elsewhere".to_owned(), "http://127.0.0.1:1/".to_owned()));
        let b_config = load(&b)?;
        embedded::identity(&b_config, &Clock::system())?;
        let certificate = embedded::certificate_file(&b_config);
        let known =
            format!("[{{number=\"310000002\",name=\"vidde\",certificate=\"{}\"}}]", certificate.display());
        let a = [a, vec![("organizations".to_owned(), known)]].concat();
        let a_config = load(&a)?;
        let (process, ready_after, addresses) = launch(&a_config.data_dir, &a).await?;
        let issuer = embedded::issuer(&a_config, addresses.services)?;
        let token = embedded::own_token(&a_config, &issuer)?;
        let a = Server { process, ready_after, client: client(&a_config, &addresses, token.clone())? };
        if let Some((_, elsewhere)) = b.iter_mut().find(|(key, _)| key == "embedded.elsewhere") {
            *elsewhere = format!("http://{}/", addresses.services);
        }
        let (process, ready_after, addresses) = launch(&b_config.data_dir, &b).await?;
        let b = Server { process, ready_after, client: client(&b_config, &addresses, token)? };
        Ok(Self { a, b, folder })
    }

    /// Stops both; the data stays for [`Servers::start_again`].
    pub(super) async fn stop_but_keep_data(mut self) -> Result<PathBuf> {
        self.a.stop().await?;
        self.b.stop().await?;
        Ok(self.folder)
    }

    /// Starts on data that is there.
    pub(super) async fn start_again(folder: PathBuf) -> Result<Self> {
        Self::start_in(folder).await
    }

    /// Stops both and removes their data.
    pub(super) async fn stop(self) -> Result<()> {
        let folder = self.stop_but_keep_data().await?;
        tokio::fs::remove_dir_all(folder).await.context("the data cannot be removed")
    }
}

fn settings(folder: &Path, name: &str, number: &str) -> Vec<(String, String)> {
    [
        ("data_dir", folder.join(name).to_string_lossy().into_owned()),
        ("embedded.authority_dir", folder.join("authority").to_string_lossy().into_owned()),
        ("organization.number", format!("\"{number}\"")),
        ("organization.name", name.to_owned()),
        ("listen.api", "127.0.0.1:0".to_owned()),
        ("listen.services", "127.0.0.1:0".to_owned()),
        ("listen.mail", "127.0.0.1:0".to_owned()),
        ("log.filter", "warn".to_owned()),
        ("exchange.receive_interval_ms", "500".to_owned()),
    ]
    .map(|(key, value)| (key.to_owned(), value))
    .to_vec()
}

fn load(settings: &[(String, String)]) -> Result<Config> {
    let overrides = settings.iter().map(|(key, value)| Override::parse(&format!("{key}={value}")));
    Config::load(None, overrides.collect::<Result<_, _>>().map_err(anyhow::Error::msg)?)
}

async fn launch(data_dir: &Path, settings: &[(String, String)]) -> Result<(Child, Duration, Addresses)> {
    let begun = Instant::now();
    let mut command = Command::new(std::env::current_exe().context("where this program is")?);
    command.arg("serve").stdout(Stdio::null()).kill_on_drop(true);
    for (key, value) in settings {
        command.arg("--set").arg(format!("{key}={value}"));
    }
    let _ = std::fs::remove_file(Addresses::file(data_dir));
    let mut process = command.spawn().context("the server cannot be started")?;
    let addresses = loop {
        if let Some(addresses) = Addresses::read(data_dir)
            && answers(&addresses).await
        {
            break addresses;
        }
        if let Some(status) = process.try_wait()? {
            bail!("the server ended at once ({status}); its reason stands above");
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    };
    Ok((process, begun.elapsed(), addresses))
}

async fn answers(addresses: &Addresses) -> bool {
    let Ok(client) = web::client::plain_client() else { return false };
    let asked = client.get(format!("http://{}/health", addresses.api)).send().await;
    asked.is_ok_and(|answer| answer.status().is_success())
}

fn client(config: &Config, addresses: &Addresses, token: Secret) -> Result<Client> {
    let password = std::fs::read_to_string(password_file(config)).context("the server's password")?;
    let (api, user) = (format!("http://{}/", addresses.api), config.exchange.user_name.clone());
    Client::new(api, config.organization.number, user, Secret::new(password.trim().to_owned()), token)
}

impl Server {
    /// Memory that is resident now, in megabytes.
    pub(super) fn resident_mb(&self) -> Result<f64> {
        self.status("VmRSS:")
    }

    /// The most memory that was ever resident, in megabytes.
    pub(super) fn peak_mb(&self) -> Result<f64> {
        self.status("VmHWM:")
    }

    fn status(&self, field: &str) -> Result<f64> {
        let id = self.process.id().context("the server has ended")?;
        let status = std::fs::read_to_string(format!("/proc/{id}/status")).context("needs Linux's /proc")?;
        let line = status.lines().find_map(|line| line.strip_prefix(field)).context("no such figure")?;
        let kib: f64 = line.trim().trim_end_matches(" kB").parse()?;
        Ok(kib / 1_024.0)
    }

    async fn stop(&mut self) -> Result<()> {
        if let Some(id) = self.process.id() {
            let told = Command::new("kill").arg(id.to_string()).status().await?;
            anyhow::ensure!(told.success(), "the server could not be told to stop");
        }
        self.process.wait().await?;
        Ok(())
    }
}
