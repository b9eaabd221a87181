//! Mail through an SMTP relay of our own (RFC 5321, RFC 6409).
//!
//! The conversation is held step by step, because the outcome depends on how far it came: up to the
//! final dot nothing has been taken; once the dot is out and no answer comes, nobody knows. The
//! `Message-ID` is the notification's, so that a duplicate can be recognised by whoever gets it.

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use async_trait::async_trait;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use serde::Deserialize;
use tracing::warn;
use types::time::Clock;
use types::{EmailAddress, Secret};

use super::connection::{Connection, Ended, Pool, Relay, Security};
use super::message::{self, BuildError, Origin, Ready};
use super::outcome;
use crate::{EmailProvider, EmailResult, HandOver, OutgoingEmail, Urgency};

/// How the relay is reached, and who mail comes from.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SmtpConfig {
    /// The relay's name or address. Default `localhost`.
    pub host: String,
    /// Its port. Default 587.
    pub port: u16,
    /// How the conversation is kept private. Default `required`.
    pub tls: Tls,
    /// A PEM file with certificates that are trusted in addition to the public ones. Default: none.
    pub ca_file: Option<PathBuf>,
    /// The account. Default: none, the relay knows us by our address.
    pub username: Option<String>,
    /// Its password. Default: none.
    pub password: Option<Secret>,
    /// What we call ourselves in `EHLO`. Default `localhost`.
    pub hello: String,
    /// Who mail comes from where a sender names nobody. Default `noreply@localhost.localdomain`.
    pub from: String,
    /// The name shown beside that address. Default: none.
    pub from_name: Option<String>,
    /// Where the relay returns mail to. Default: the sender's address.
    pub return_path: Option<String>,
    /// Whether the relay is asked for delivery reports. Default `when_offered`.
    pub dsn: Dsn,
    /// Whether HTML mail gets a plain twin. Default false.
    pub alternative: bool,
    /// For each step of the conversation, in seconds. Default 30.
    pub timeout_seconds: u64,
    /// For the answer after the message, in seconds. Giving up early makes duplicates. Default 120.
    pub final_timeout_seconds: u64,
    /// Connections for ordinary mail at most. Default 8.
    pub connections: usize,
    /// Connections for instant mail at most. Default 4.
    pub instant_connections: usize,
}

impl Default for SmtpConfig {
    fn default() -> Self {
        Self {
            host: "localhost".to_owned(),
            port: 587,
            tls: Tls::default(),
            ca_file: None,
            username: None,
            password: None,
            hello: "localhost".to_owned(),
            from: "noreply@localhost.localdomain".to_owned(),
            from_name: None,
            return_path: None,
            dsn: Dsn::default(),
            alternative: false,
            timeout_seconds: 30,
            final_timeout_seconds: 120,
            connections: 8,
            instant_connections: 4,
        }
    }
}

/// How a conversation is kept private.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tls {
    /// It begins in the open and goes on encrypted (STARTTLS), or not at all.
    #[default]
    Required,
    /// It is encrypted from the start (usually port 465).
    Implicit,
    /// It is not. Only towards this machine.
    None,
}

/// Whether the relay is asked for delivery reports (RFC 3461).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dsn {
    /// Where it offers them.
    #[default]
    WhenOffered,
    /// Always; a relay that does not offer them is not used.
    Required,
    /// Never.
    Off,
}

/// What is wrong with the configuration.
#[derive(Debug, thiserror::Error)]
pub enum SmtpConfigError {
    /// Without TLS, but not towards this machine.
    #[error("tls = \"none\" is only for a relay on this machine, and {0} is not")]
    PlainToStrangers(String),
    /// Not an address.
    #[error("{0} is not an e-mail address")]
    Address(&'static str),
    /// One of user name and password is missing.
    #[error("username and password belong together")]
    HalfCredentials,
    /// The file with certificates.
    #[error("ca_file {0} cannot be read as PEM certificates")]
    CaFile(PathBuf),
    /// TLS.
    #[error("TLS cannot be set up")]
    Tls(#[source] lettre::transport::smtp::Error),
}

/// The relay.
pub struct Smtp {
    relay: Relay,
    origin: Origin,
    clock: Clock,
    instant: Pool,
    ordinary: Pool,
}

impl fmt::Debug for Smtp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Smtp({}:{})", self.relay.host, self.relay.port)
    }
}

impl Smtp {
    /// Speaks to the relay. Connects to nobody yet.
    pub fn new(config: &SmtpConfig, clock: Clock) -> Result<Self, SmtpConfigError> {
        let credentials = match (&config.username, &config.password) {
            (Some(name), Some(password)) => Some(Credentials::new(name.clone(), password.reveal().clone())),
            (None, None) => None,
            _ => return Err(SmtpConfigError::HalfCredentials),
        };
        let relay = Relay {
            host: config.host.clone(),
            port: config.port,
            security: security(config)?,
            credentials,
            hello: ClientId::Domain(config.hello.clone()),
            dsn: config.dsn,
            patience: Duration::from_secs(config.timeout_seconds),
            last_patience: Duration::from_secs(config.final_timeout_seconds),
        };
        Ok(Self {
            relay,
            origin: origin(config)?,
            clock,
            instant: Pool::new(config.instant_connections),
            ordinary: Pool::new(config.connections),
        })
    }

    async fn hand_over(&self, pool: &Pool, ready: &Ready, envelope_id: &str) -> HandOver<EmailResult> {
        let _place = pool.place().await;
        let mut connection = pool.take();
        loop {
            let mut current = match connection.take() {
                Some(idle) => idle,
                None => match Connection::open(&self.relay).await {
                    Ok(opened) => opened,
                    Err(ended) => return judge(&ended),
                },
            };
            let was_used = current.is_used();
            let ended = match current.deliver(&self.relay, ready, envelope_id).await {
                Ok(said) => {
                    pool.give_back(&self.relay, current, None).await;
                    return HandOver::Accepted { gateway_reference: queue_id(&said) };
                }
                Err(ended) => ended,
            };
            // A server may close a connection that stood still; nothing has been said on it yet.
            if was_used && ended.phase == outcome::Phase::Mail && matches!(ended.stop, outcome::Stop::Lost(_))
            {
                continue;
            }
            let judged = judge(&ended);
            pool.give_back(&self.relay, current, Some(&ended)).await;
            return judged;
        }
    }
}

#[async_trait]
impl EmailProvider for Smtp {
    fn name(&self) -> &'static str {
        "smtp"
    }

    async fn send(&self, email: &OutgoingEmail) -> HandOver<EmailResult> {
        let ready = match message::build_aside(email, &self.origin, self.clock.now()).await {
            Ok(ready) => ready,
            Err(error) => return impossible(error),
        };
        let pool = match email.urgency {
            Urgency::Instant => &self.instant,
            Urgency::Ordinary => &self.ordinary,
        };
        let envelope_id = email.attempt.uuid().simple().to_string();
        self.hand_over(pool, &ready, &envelope_id).await
    }
}

fn judge(ended: &Ended) -> HandOver<EmailResult> {
    if outcome::is_about_our_domain(&ended.stop) {
        warn!("a mail server refused mail because of our domain; check SPF, DKIM and DMARC");
    }
    outcome::judge(ended.phase, &ended.stop)
}

fn impossible(error: BuildError) -> HandOver<EmailResult> {
    let result = match error {
        BuildError::Recipient => EmailResult::FailedInvalidEmailFormat,
        BuildError::Sender | BuildError::Message => EmailResult::Failed,
    };
    HandOver::Refused { result, detail: error.to_string() }
}

/// The relay's own name for the message, where its answer has a known form.
fn queue_id(said: &str) -> Option<String> {
    let (_, after) = said.split_once("queued as ")?;
    let id = after.split_whitespace().next()?.trim_end_matches(['.', ',', ';', ')']);
    (!id.is_empty()).then(|| id.chars().take(64).collect())
}

fn origin(config: &SmtpConfig) -> Result<Origin, SmtpConfigError> {
    let from: EmailAddress = config.from.parse().map_err(|_| SmtpConfigError::Address("from"))?;
    let domain = message::wire_address(&from).ok_or(SmtpConfigError::Address("from"))?.domain().to_owned();
    let bounces = match &config.return_path {
        None => None,
        Some(text) => {
            let address: Option<EmailAddress> = text.parse().ok();
            let address = address.and_then(|address| message::wire_address(&address));
            Some(address.ok_or(SmtpConfigError::Address("return_path"))?)
        }
    };
    Ok(Origin { from, name: config.from_name.clone(), bounces, domain, alternative: config.alternative })
}

fn security(config: &SmtpConfig) -> Result<Security, SmtpConfigError> {
    match config.tls {
        Tls::None if is_this_machine(&config.host) => Ok(Security::None),
        Tls::None => Err(SmtpConfigError::PlainToStrangers(config.host.clone())),
        Tls::Required => tls(config).map(Security::StartTls),
        Tls::Implicit => tls(config).map(Security::Implicit),
    }
}

fn is_this_machine(host: &str) -> bool {
    host == "localhost" || host.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

fn tls(config: &SmtpConfig) -> Result<TlsParameters, SmtpConfigError> {
    let mut builder = TlsParameters::builder(config.host.clone());
    if let Some(file) = &config.ca_file {
        let unreadable = || SmtpConfigError::CaFile(file.clone());
        let pem = std::fs::read(file).map_err(|_| unreadable())?;
        builder = builder.add_root_certificate(Certificate::from_pem(&pem).map_err(|_| unreadable())?);
    }
    builder.build().map_err(SmtpConfigError::Tls)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_is_only_for_this_machine() {
        let config =
            |host: &str| SmtpConfig { host: host.to_owned(), tls: Tls::None, ..SmtpConfig::default() };
        for host in ["localhost", "127.0.0.1", "::1"] {
            assert!(Smtp::new(&config(host), Clock::system()).is_ok(), "{host}");
        }
        let refusal = Smtp::new(&config("mail.fjord.example"), Clock::system()).expect_err("a refusal");
        assert!(matches!(refusal, SmtpConfigError::PlainToStrangers(_)));
    }

    #[test]
    fn a_password_without_a_name_is_a_mistake() {
        let config = SmtpConfig { password: Some(Secret::new("x".to_owned())), ..SmtpConfig::default() };
        let refusal = Smtp::new(&config, Clock::system()).expect_err("a refusal");
        assert!(matches!(refusal, SmtpConfigError::HalfCredentials));
    }

    #[test]
    fn the_relays_own_name_is_found_where_it_has_a_known_form() {
        assert_eq!(queue_id("2.0.0 OK queued as 12").as_deref(), Some("12"));
        assert_eq!(queue_id("2.0.0 Ok: queued as 4F8X2k0zq1.").as_deref(), Some("4F8X2k0zq1"));
        assert_eq!(queue_id("2.0.0 Thank you"), None);
    }
}
