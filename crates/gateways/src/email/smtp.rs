//! Mail through an SMTP relay of our own (RFC 5321, RFC 6409).
//!
//! The conversation is held step by step, because the outcome depends on how far it came: up to the
//! final dot nothing has been taken; once the dot is out and no answer comes, nobody knows. The
//! `Message-ID` is the notification's, so that a duplicate can be recognised by whoever gets it.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{Certificate, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use tracing::warn;
use types::EmailAddress;
use types::time::Clock;

use super::connection::{Connection, Ended, Pool, Relay, Security};
use super::dkim::{self, Signer};
use super::message::{self, BuildError, Origin, Ready};
use super::outcome;
use super::smtp_config::{Auth, SmtpConfig, SmtpConfigError, Tls};
use super::verp::{ReturnPaths, Returns};
use crate::{EmailProvider, EmailResult, HandOver, OutgoingEmail, Urgency};

/// The relay.
pub struct Smtp {
    relay: Relay,
    origin: Origin,
    signers: Arc<[Signer]>,
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
            mechanisms: match config.auth {
                Auth::Password => &[Mechanism::Plain, Mechanism::Login],
                Auth::Xoauth2 => &[Mechanism::Xoauth2],
            },
            hello: ClientId::Domain(config.hello.clone()),
            dsn: config.dsn,
            patience: Duration::from_secs(config.timeout_seconds),
            last_patience: Duration::from_secs(config.final_timeout_seconds),
        };
        Ok(Self {
            relay,
            origin: origin(config)?,
            signers: config.dkim.iter().map(Signer::new).collect::<Result<_, _>>()?,
            clock,
            instant: Pool::new(config.instant_connections),
            ordinary: Pool::new(config.connections),
        })
    }

    /// Has mail returned to an address for each attempt, unless the configuration names one for all.
    #[must_use]
    pub fn returning_to(mut self, paths: Option<&ReturnPaths>) -> Self {
        if let (Returns::ToSender, Some(paths)) = (&self.origin.returns, paths) {
            self.origin.returns = Returns::ByAttempt(paths.clone());
        }
        self
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

    async fn probe(&self) -> Result<(), String> {
        match Connection::open(&self.relay).await {
            Ok(connection) => {
                connection.part(&self.relay).await;
                Ok(())
            }
            Err(ended) => Err(outcome::in_words(&ended.stop)),
        }
    }

    async fn send(&self, email: &OutgoingEmail) -> HandOver<EmailResult> {
        let now = self.clock.now();
        let mut ready = match message::build_aside(email, &self.origin, now).await {
            Ok(ready) => ready,
            Err(error) => return impossible(error),
        };
        let sender = email.from.as_ref().and_then(message::wire_address);
        let domain = sender.as_ref().map_or(self.origin.domain.as_str(), |sender| sender.domain());
        ready.bytes = dkim::sign_aside(&self.signers, domain, ready.bytes, now).await;
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
    let returns = match &config.return_path {
        None => Returns::ToSender,
        Some(text) => {
            let address: Option<EmailAddress> = text.parse().ok();
            let address = address.and_then(|address| message::wire_address(&address));
            Returns::To(address.ok_or(SmtpConfigError::Address("return_path"))?)
        }
    };
    Ok(Origin { from, name: config.from_name.clone(), returns, domain, alternative: config.alternative })
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
    use types::Secret;

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
