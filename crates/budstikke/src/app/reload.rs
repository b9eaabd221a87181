//! Reading the configuration anew while we run: on SIGHUP, which `budstikke reload` sends.
//!
//! It is read whole and checked whole. What is safe is taken over (see `config/live.rs`), and every key that
//! has changed is told of: taken over, or waiting for a restart. What is broken changes nothing. What came
//! of it stands in the log, in the health, in the figures and in a file of the data directory, where
//! `budstikke reload` looks.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use anyhow::{Context, Result, ensure};
use arc_swap::ArcSwapOption;
use auth::Organization;
use jiff::Timestamp;
use notify::routes::Terms;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use types::Secret;

use super::{App, password, products};
use crate::config::{Config, Given, Renewed, RouteConfig, Sources};
use crate::embedded::configured;
use crate::lifecycle::at_hangups;

/// What came of reading the configuration anew.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Reloaded {
    /// When that was.
    pub at: Timestamp,
    /// What is wrong with it; nothing was taken over then.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<String>,
    /// Keys that have changed and were taken over.
    #[serde(default)]
    pub applied: Vec<String>,
    /// Keys that differ from what we run with and need a restart.
    #[serde(default)]
    pub waiting: Vec<String>,
}

/// The file in a data directory that says what came of the last time.
fn file(data_dir: &Path) -> PathBuf {
    data_dir.join("reload.json")
}

type Read = Box<dyn Fn() -> Result<Sources> + Send + Sync>;

/// Where the configuration comes from, and what became of reading it anew.
pub(super) struct Reloading {
    origin: OnceLock<Read>,
    given: Mutex<Given>,
    last: ArcSwapOption<Reloaded>,
    /// How often it has been tried.
    times: watch::Sender<u64>,
}

impl Default for Reloading {
    fn default() -> Self {
        Self {
            origin: OnceLock::new(),
            given: Mutex::default(),
            last: ArcSwapOption::empty(),
            times: watch::Sender::new(0),
        }
    }
}

impl fmt::Debug for Reloading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Reloading")
    }
}

impl Reloading {
    /// Changes after every try.
    pub(super) fn times(&self) -> watch::Receiver<u64> {
        self.times.subscribe()
    }
}

/// Reads the configuration anew at every SIGHUP, until told to stop.
pub(super) async fn watch(app: App, stop: CancellationToken) {
    at_hangups(stop, || app.reload()).await;
}

impl App {
    /// Reads the configuration from there from now on, whenever it is asked to.
    pub(crate) fn reloads_from(
        &self,
        given: Given,
        read: impl Fn() -> Result<Sources> + Send + Sync + 'static,
    ) {
        *self.0.reloading.given.lock().unwrap_or_else(PoisonError::into_inner) = given;
        // Only the first counts, and there is no second.
        let _ = self.0.reloading.origin.set(Box::new(read));
    }

    /// What came of it last time.
    pub(crate) fn last_reload(&self) -> Option<Arc<Reloaded>> {
        self.0.reloading.last.load_full()
    }

    /// Reads it anew, and tells everybody what came of it.
    fn reload(&self) {
        let reloading = &self.0.reloading;
        if reloading.origin.get().is_some() {
            let reloaded = self.read_anew();
            say(&reloaded);
            let written = serde_json::to_vec_pretty(&reloaded).map_err(std::io::Error::from);
            let path = file(&self.config().data_dir);
            let half = path.with_extension("json.new");
            let written = written.and_then(|text| std::fs::write(&half, text));
            if let Err(error) = written.and_then(|()| std::fs::rename(&half, &path)) {
                tracing::warn!(%error, "what came of reading the configuration anew cannot be written down");
            }
            reloading.last.store(Some(Arc::new(reloaded)));
        }
        reloading.times.send_modify(|times| *times += 1);
    }

    fn read_anew(&self) -> Reloaded {
        let at = self.store().clock().now();
        match self.renewed() {
            Ok(Renewed { applied, waiting, .. }) => Reloaded { at, problems: Vec::new(), applied, waiting },
            Err(problems) => Reloaded { at, problems, applied: Vec::new(), waiting: Vec::new() },
        }
    }

    fn renewed(&self) -> Result<Renewed, Vec<String>> {
        let reloading = &self.0.reloading;
        let told = |error: anyhow::Error| vec![format!("{error:#}")];
        let Some(read) = reloading.origin.get() else { return Err(Vec::new()) };
        let mut given = reloading.given.lock().unwrap_or_else(PoisonError::into_inner);
        let renewed = given.renew(&read().map_err(told)?)?;
        self.take_over(&renewed.config).map_err(told)?;
        *given = renewed.given.clone();
        Ok(renewed)
    }

    /// Goes on with this configuration. Whatever can fail comes first, so that nothing is taken over by half.
    fn take_over(&self, config: &Config) -> Result<()> {
        let app = &self.0;
        let password = password::read_or_make(config)?;
        let notify = products::notify_settings(config, &app.addresses, &app.reports)?;
        let certificates = configured(config)?;
        let own = !configured_names(&self.config());
        ensure!(
            own || !certificates.is_empty(),
            "a certificate of our own cannot be taken away while we run"
        );
        if let Some(telemetry) = self.telemetry() {
            telemetry.change(&config.log)?;
        }
        app.notify.set_terms(terms(&config.providers.sms), terms(&config.providers.email))?;
        app.exchange.reconfigure(products::exchange_settings(config, &password))?;
        app.notify.reconfigure(notify);
        let known: Vec<Organization> = config.known();
        app.verifier.directory().replace(known.clone());
        if let Some(issuer) = &app.services.issuer {
            issuer.directory().replace(known);
        }
        app.password.store(Arc::<Secret>::new(password));
        app.config.store(Arc::new(config.clone()));
        Ok(())
    }
}

/// Whether a certificate of our own is configured.
fn configured_names(config: &Config) -> bool {
    config.organization.certificate_file.is_some() || config.organization.keystore.is_some()
}

fn terms<G>(routes: &[RouteConfig<G>]) -> impl Iterator<Item = (String, Terms)> {
    routes.iter().map(|route| (route.name.clone(), route.terms.clone()))
}

fn say(reloaded: &Reloaded) {
    let Reloaded { problems, applied, waiting, .. } = reloaded;
    if !problems.is_empty() {
        for problem in problems {
            tracing::error!(%problem, "the configuration has a problem");
        }
        tracing::error!(
            problems = problems.len(),
            "the configuration was read anew and cannot be used; nothing has changed"
        );
        return;
    }
    for key in applied {
        tracing::info!(key, "took a changed setting over");
    }
    for key in waiting {
        tracing::warn!(key, "a changed setting needs a restart");
    }
    let (applied, waiting) = (applied.len(), waiting.len());
    tracing::info!(applied, waiting, "read the configuration anew");
}

/// What came of the last time in the server of this data directory.
pub(crate) fn read(data_dir: &Path) -> Result<Option<Reloaded>> {
    match std::fs::read(file(data_dir)) {
        Ok(text) => serde_json::from_slice(&text).map(Some).context("reload.json cannot be read"),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).context("reload.json cannot be read"),
    }
}
