//! Opens connections.

use std::fs;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::stream;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_postgres::config::SslMode;
use tokio_postgres::{AsyncMessage, Client, Connection, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::config::{Address, PostgresConfig};
use crate::error::{Error, Result};

/// The longest it may take to open a connection, all hosts together.
const OPENING: Duration = Duration::from_secs(10);

/// Opens connections to one database, all alike.
#[derive(Clone)]
pub(crate) struct Connector {
    config: PostgresConfig,
    address: Address,
    /// The host, by its place in the address, that was last found good.
    good: Arc<AtomicUsize>,
    tls: Option<MakeRustlsConnect>,
    full_sync: bool,
}

/// What drives a connection; it ends when the connection does.
pub(crate) type Driver = Pin<Box<dyn Future<Output = ()> + Send>>;
/// Hears what the database says without being asked.
pub(crate) type Hear = Box<dyn FnMut(AsyncMessage) + Send>;

impl Connector {
    pub(crate) fn new(config: &PostgresConfig, full_sync: bool) -> Result<Self> {
        let address = Address::parse(config)?;
        let tls = match address.ssl_mode {
            SslMode::Disable => None,
            _ => Some(MakeRustlsConnect::new(trust(address.root_certificates.as_deref())?)),
        };
        Ok(Self { config: config.clone(), address, good: Arc::default(), tls, full_sync })
    }

    pub(crate) const fn config(&self) -> &PostgresConfig {
        &self.config
    }

    /// Opens a connection whose statements are limited in time, at the host that was last found good or
    /// the next one that is. Each has a limit of its own: one that stands still takes connections and
    /// says nothing, and the others must get their turn.
    pub(crate) async fn open(&self, hear: Hear) -> Result<(Client, Driver)> {
        let (hear, hosts) = (Arc::new(Mutex::new(hear)), &self.address.hosts);
        let limit = OPENING / u32::try_from(hosts.len()).unwrap_or(1);
        let (first, mut refusals) = (self.good.load(Ordering::Relaxed), Vec::new());
        for step in 0..hosts.len() {
            let index = (first + step) % hosts.len();
            match tokio::time::timeout(limit, self.open_at(&hosts[index], &hear)).await {
                Ok(Ok(open)) => {
                    self.good.store(index, Ordering::Relaxed);
                    return Ok(open);
                }
                Ok(Err(refusal)) => refusals.push(refusal),
                Err(_) => refusals.push("it did not answer in time".to_owned()),
            }
        }
        Err(Error::Unavailable(refusals.join("; ")))
    }

    async fn open_at(
        &self,
        host: &tokio_postgres::Config,
        hear: &Arc<Mutex<Hear>>,
    ) -> std::result::Result<(Client, Driver), String> {
        let (client, mut driver) = self.connect(host, hear).await.map_err(|error| explained(&error))?;
        let settings = self.settings();
        let set = client.batch_execute(&settings);
        tokio::select! {
            biased;
            set = set => set.map_err(|error| explained(&error))?,
            () = &mut driver => return Err("the connection ended at once".to_owned()),
        }
        Ok((client, driver))
    }

    async fn connect(
        &self,
        host: &tokio_postgres::Config,
        hear: &Arc<Mutex<Hear>>,
    ) -> std::result::Result<(Client, Driver), tokio_postgres::Error> {
        let hear = Arc::clone(hear);
        match &self.tls {
            None => {
                let (client, connection) = host.connect(NoTls).await?;
                Ok((client, drive(connection, hear)))
            }
            Some(tls) => {
                let (client, connection) = host.connect(tls.clone()).await?;
                Ok((client, drive(connection, hear)))
            }
        }
    }

    /// A statement that hangs, or a transaction whose owner has died, must not hold the others up. A plan
    /// made while a table was empty is kept when it has grown, so it may not be one that reads all of it
    /// (tried: 280 instead of 0.7 ms a claim); what has no other way still does, without compiling. An
    /// operator's stronger promise about replicas stays; only one that is weaker than the disk is raised.
    fn settings(&self) -> String {
        let PostgresConfig { statement_timeout_ms, lock_timeout_ms, .. } = self.config;
        let sync = if self.full_sync {
            "SELECT set_config('synchronous_commit', 'on', false)
                WHERE current_setting('synchronous_commit') = 'off' AND current_setting('fsync') = 'on';"
        } else {
            ""
        };
        format!(
            "SET statement_timeout = {statement_timeout_ms}; SET lock_timeout = {lock_timeout_ms};
             SET idle_in_transaction_session_timeout = 15000; SET client_min_messages = warning;
             SET enable_seqscan = off; SET jit = off; {sync}"
        )
    }
}

fn drive<S, T>(mut connection: Connection<S, T>, hear: Arc<Mutex<Hear>>) -> Driver
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    Box::pin(async move {
        let mut messages = stream::poll_fn(move |context| connection.poll_message(context));
        while let Some(message) = futures_util::StreamExt::next(&mut messages).await {
            match message {
                Ok(message) => hear.lock().unwrap_or_else(PoisonError::into_inner)(message),
                Err(error) => {
                    tracing::debug!(%error, "a connection to the database ended");
                    return;
                }
            }
        }
    })
}

/// The driver says only which step failed; the cause is what helps.
fn explained(error: &tokio_postgres::Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    if text.contains("certificate") {
        text.push_str("; name the authority's certificate with sslrootcert=<file> in the address");
    }
    text
}

/// Whose certificates we believe: the named authority, or the public ones.
fn trust(file: Option<&str>) -> Result<rustls::ClientConfig> {
    let mut roots = rustls::RootCertStore::empty();
    match file {
        None => {
            roots.add_parsable_certificates(webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter().cloned());
        }
        Some(file) => {
            let unusable = |why: String| Error::Configuration(format!("sslrootcert={file}: {why}"));
            let pem = fs::read(file).map_err(|error| unusable(error.to_string()))?;
            for certificate in CertificateDer::pem_slice_iter(&pem) {
                let certificate = certificate.map_err(|error| unusable(error.to_string()))?;
                roots.add(certificate).map_err(|error| unusable(error.to_string()))?;
            }
            if roots.is_empty() {
                return Err(unusable("it holds no certificate".to_owned()));
            }
        }
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::Configuration(error.to_string()))?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}
