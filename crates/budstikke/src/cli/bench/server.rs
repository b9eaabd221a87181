//! Two servers in processes of their own, and what the operating system says about them.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use tokio::process::{Child, Command};
use types::Secret;
use types::time::Clock;

use crate::app::{Addresses, password_file};
use crate::cli::client::Client;
use crate::config::{Config, Override};
use crate::embedded;

/// The most bytes that a message may have.
const UPLOAD_LIMIT: u64 = 10 << 30;
/// Ticks of the kernel's clock a second, in which it counts processor time; fixed for programs.
const TICKS: u32 = 100;

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
    /// Where it listens.
    pub addresses: Addresses,
    pub client: Client,
}

impl Servers {
    /// Starts both, on data that is there or on none.
    pub(super) async fn start(folder: PathBuf) -> Result<Self> {
        let authority =
            ("embedded.authority_dir".to_owned(), folder.join("authority").to_string_lossy().into_owned());
        let mut a = settings(&folder.join("fjord"), "fjord", "310000001");
        let mut b = settings(&folder.join("vidde"), "vidde", "310000002");
        a.push(authority.clone());
        b.push(authority);
        for service in ["issuer", "broker", "registry"] {
            b.push((format!("embedded.{service}"), "false".to_owned()));
        }
        b.push(("embedded.elsewhere".to_owned(), "http://127.0.0.1:1/".to_owned()));
        let b_config = load(&b)?;
        embedded::identity(&b_config, &Clock::system())?;
        let certificate = embedded::certificate_file(&b_config);
        let known =
            format!("[{{number=\"310000002\",name=\"vidde\",certificate=\"{}\"}}]", certificate.display());
        a.push(("organizations".to_owned(), known));
        let a = Server::start(&a).await?;
        if let Some((_, elsewhere)) = b.iter_mut().find(|(key, _)| key == "embedded.elsewhere") {
            *elsewhere = format!("http://{}/", a.addresses.services);
        }
        let (process, ready_after, addresses) = launch(&b_config.data_dir, &b).await?;
        let client = client(&b_config, &addresses, a.client.token.clone())?;
        let b = Server { process, ready_after, addresses, client };
        Ok(Self { a, b, folder })
    }

    /// Stops both; the data stays.
    pub(super) async fn stop_but_keep_data(mut self) -> Result<PathBuf> {
        self.a.stop().await?;
        self.b.stop().await?;
        Ok(self.folder)
    }

    /// Stops both and removes their data.
    pub(super) async fn stop(self) -> Result<()> {
        let folder = self.stop_but_keep_data().await?;
        tokio::fs::remove_dir_all(folder).await.context("the data cannot be removed")
    }
}

/// Settings of a server that is ready to be measured: any free port, and little to say.
pub(super) fn settings(data_dir: &Path, name: &str, number: &str) -> Vec<(String, String)> {
    [
        ("data_dir", data_dir.to_string_lossy().into_owned()),
        ("organization.number", format!("\"{number}\"")),
        ("organization.name", name.to_owned()),
        ("listen.api", "127.0.0.1:0".to_owned()),
        ("listen.services", "127.0.0.1:0".to_owned()),
        ("listen.operators", "127.0.0.1:0".to_owned()),
        ("listen.mail", "127.0.0.1:0".to_owned()),
        ("log.filter", "error".to_owned()),
        ("exchange.receive_interval_ms", "500".to_owned()),
        ("exchange.upload_limit_bytes", UPLOAD_LIMIT.to_string()),
        ("embedded.sms_report_after_ms", "0".to_owned()),
    ]
    .map(|(key, value)| (key.to_owned(), value))
    .to_vec()
}

fn load(settings: &[(String, String)]) -> Result<Config> {
    let overrides = settings.iter().map(|(key, value)| Override::parse(&format!("{key}={value}")));
    Config::of(overrides.collect::<Result<_, _>>().map_err(anyhow::Error::msg)?)
}

async fn launch(data_dir: &Path, settings: &[(String, String)]) -> Result<(Child, Duration, Addresses)> {
    let begun = Instant::now();
    let mut command = Command::new(std::env::current_exe().context("where this program is")?);
    command.arg("serve").stdout(Stdio::null()).kill_on_drop(true);
    for (key, value) in settings {
        match key.as_str() {
            // It may hold a password, and everybody on the machine can read command lines.
            "store" => command.env("BUDSTIKKE_STORE", value),
            _ => command.arg("--set").arg(format!("{key}={value}")),
        };
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
    /// Starts one with its own token issuer.
    pub(super) async fn start(settings: &[(String, String)]) -> Result<Self> {
        let config = load(settings)?;
        let (process, ready_after, addresses) = launch(&config.data_dir, settings).await?;
        let issuer = embedded::issuer(&config, addresses.services)?;
        let token = embedded::own_token(&config, &issuer)?;
        let client = client(&config, &addresses, token)?;
        Ok(Self { process, ready_after, addresses, client })
    }

    /// Memory that is resident now, in megabytes.
    pub(super) fn resident_mb(&self) -> Result<f64> {
        self.status("VmRSS:")
    }

    /// The most memory that was ever resident, in megabytes.
    pub(super) fn peak_mb(&self) -> Result<f64> {
        self.status("VmHWM:")
    }

    /// Processor time that the process has used.
    pub(super) fn processor_time(&self) -> Result<Duration> {
        let id = self.process.id().context("the server has ended")?;
        let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).context("needs Linux's /proc")?;
        // The name of the program stands in brackets and may hold anything.
        let (_, fields) = stat.rsplit_once(')').context("no name in it")?;
        let times = fields.split_whitespace().skip(11).take(2).map(str::parse::<u32>);
        let ticks = times.sum::<Result<u32, _>>()?;
        Ok(Duration::from_secs(1) * ticks / TICKS)
    }

    fn status(&self, field: &str) -> Result<f64> {
        let id = self.process.id().context("the server has ended")?;
        let status = std::fs::read_to_string(format!("/proc/{id}/status")).context("needs Linux's /proc")?;
        let line = status.lines().find_map(|line| line.strip_prefix(field)).context("no such figure")?;
        let kib: f64 = line.trim().trim_end_matches(" kB").parse()?;
        Ok(kib / 1_024.0)
    }

    pub(super) async fn stop(&mut self) -> Result<()> {
        if let Some(id) = self.process.id() {
            let told = Command::new("kill").arg(id.to_string()).status().await?;
            anyhow::ensure!(told.success(), "the server could not be told to stop");
        }
        self.process.wait().await?;
        Ok(())
    }
}
