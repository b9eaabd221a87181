//! One conversation with a mail server, step by step, so that it is known how far it came; and a
//! pool of them.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Ehlo, Mail, Rcpt, Rset};
use lettre::transport::smtp::extension::{ClientId, MailParameter, RcptParameter};
use lettre::transport::smtp::response::Response;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{Instant, timeout};

use super::message::Ready;
use super::outcome::{Phase, Reply, Stop};
use super::smtp_config::Dsn;

/// Messages over one connection at most.
const MESSAGES: u32 = 100;
/// How long an unused connection is kept.
const IDLE: Duration = Duration::from_secs(60);

/// How the server is reached.
pub(super) struct Relay {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) security: Security,
    pub(super) credentials: Option<Credentials>,
    pub(super) mechanisms: &'static [Mechanism],
    pub(super) hello: ClientId,
    pub(super) dsn: Dsn,
    /// For each step.
    pub(super) patience: Duration,
    /// For the answer to the final dot.
    pub(super) last_patience: Duration,
}

/// How a conversation is kept private.
pub(super) enum Security {
    None,
    StartTls(TlsParameters),
    Implicit(TlsParameters),
}

/// Where and why a conversation ended.
pub(super) struct Ended {
    pub(super) phase: Phase,
    pub(super) stop: Stop,
}

/// A conversation that can take messages.
pub(super) struct Connection {
    inner: AsyncSmtpConnection,
    extensions: Vec<String>,
    messages: u32,
    last_used: Instant,
}

impl Connection {
    /// Connects, and goes as far as the server must know us.
    pub(super) async fn open(relay: &Relay) -> Result<Self, Ended> {
        let mut inner = connect(relay).await?;
        if let Some(credentials) = &relay.credentials {
            let granted = inner.auth(relay.mechanisms, credentials);
            step(Phase::Auth, relay.patience, granted).await?;
        }
        // The library keeps only the extensions it uses itself; we want to know about DSN and SIZE.
        let asked = inner.command(Ehlo::new(relay.hello.clone()));
        let said = step(Phase::Connect, relay.patience, asked).await?;
        let extensions = said.message().skip(1).map(str::to_ascii_uppercase).collect();
        Ok(Self { inner, extensions, messages: 0, last_used: Instant::now() })
    }

    fn offers(&self, extension: &str) -> bool {
        self.extensions.iter().any(|line| line.split_whitespace().next() == Some(extension))
    }

    /// Whether it has been used before, so that the server may have closed it meanwhile.
    pub(super) const fn is_used(&self) -> bool {
        self.messages > 0
    }

    /// Sends one message; the server's words on success.
    pub(super) async fn deliver(
        &mut self,
        relay: &Relay,
        ready: &Ready,
        envelope_id: &str,
    ) -> Result<String, Ended> {
        self.messages += 1;
        let mail = Mail::new(Some(ready.from.clone()), self.mail_parameters(relay, ready, envelope_id)?);
        step(Phase::Mail, relay.patience, self.inner.command(mail)).await?;
        let recipient = Rcpt::new(ready.to.clone(), self.recipient_parameters(relay, ready));
        step(Phase::Rcpt, relay.patience, self.inner.command(recipient)).await?;
        step(Phase::Data, relay.patience, self.inner.command(Data)).await?;
        let said = self.content(relay, &ready.bytes).await?;
        self.last_used = Instant::now();
        Ok(said.message().collect::<Vec<_>>().join(" "))
    }

    /// Sends the message itself. The library asks for the next piece when it has written the one
    /// before, and writes the final dot when there is none; so when it has asked for a second piece,
    /// the dot may be out.
    async fn content(&mut self, relay: &Relay, bytes: &[u8]) -> Result<Response, Ended> {
        let mut phase = Phase::Data;
        let mut pieces = std::iter::once(bytes);
        let watched = std::iter::from_fn(|| {
            let piece = pieces.next();
            if piece.is_none() {
                phase = Phase::Dot;
            }
            piece
        });
        let sent = timeout(relay.last_patience, self.inner.message_iter(watched)).await;
        let stop = match sent {
            Ok(Ok(said)) => return Ok(said),
            Ok(Err(error)) => stop_of(&error),
            Err(_) => Stop::Lost("the mail server fell silent".to_owned()),
        };
        Err(Ended { phase, stop })
    }

    fn mail_parameters(
        &self,
        relay: &Relay,
        ready: &Ready,
        envelope_id: &str,
    ) -> Result<Vec<MailParameter>, Ended> {
        let other = |keyword: &str, value: &str| MailParameter::Other {
            keyword: keyword.to_owned(),
            value: Some(value.to_owned()),
        };
        let mut parameters = Vec::new();
        if self.offers("SIZE") {
            // With the line break that goes before the final dot.
            parameters.push(MailParameter::Size(ready.bytes.len() + 2));
        }
        if ready.needs_utf8() {
            if !self.offers("SMTPUTF8") {
                return Err(Ended { phase: Phase::Rcpt, stop: Stop::AddressUnfit });
            }
            parameters.push(MailParameter::SmtpUtfEight);
        }
        if !ready.bytes.is_ascii() && self.offers("8BITMIME") {
            parameters.push(other("BODY", "8BITMIME"));
        }
        if self.wants_reports(relay)? {
            parameters.extend([other("RET", "HDRS"), other("ENVID", envelope_id)]);
        }
        Ok(parameters)
    }

    fn recipient_parameters(&self, relay: &Relay, ready: &Ready) -> Vec<RcptParameter> {
        if relay.dsn == Dsn::Off || !self.offers("DSN") {
            return Vec::new();
        }
        let other = |keyword: &str, value: String| RcptParameter::Other {
            keyword: keyword.to_owned(),
            value: Some(value),
        };
        let mut parameters = vec![other("NOTIFY", "SUCCESS,FAILURE,DELAY".to_owned())];
        if !ready.needs_utf8() {
            parameters.push(other("ORCPT", format!("rfc822;{}", ready.to)));
        }
        parameters
    }

    fn wants_reports(&self, relay: &Relay) -> Result<bool, Ended> {
        match (relay.dsn, self.offers("DSN")) {
            (Dsn::Off, _) | (Dsn::WhenOffered, false) => Ok(false),
            (_, true) => Ok(true),
            (Dsn::Required, false) => {
                let why = "the mail server offers no delivery reports (DSN), which are required".to_owned();
                Err(Ended { phase: Phase::Connect, stop: Stop::Unfit(why) })
            }
        }
    }

    /// Forgets a message that the server refused, so that the next one can be sent.
    async fn reset(&mut self, relay: &Relay) -> bool {
        step(Phase::Mail, relay.patience, self.inner.command(Rset)).await.is_ok()
    }

    /// Says goodbye.
    pub(super) async fn part(mut self, relay: &Relay) {
        let _ = timeout(relay.patience, self.inner.quit()).await;
    }

    fn is_fresh(&self) -> bool {
        self.messages < MESSAGES && self.last_used.elapsed() < IDLE && !self.inner.has_broken()
    }
}

async fn connect(relay: &Relay) -> Result<AsyncSmtpConnection, Ended> {
    let implicit = match &relay.security {
        Security::Implicit(tls) => Some(tls.clone()),
        Security::None | Security::StartTls(_) => None,
    };
    let server = (relay.host.as_str(), relay.port);
    let limit = Some(relay.patience);
    let connecting = AsyncSmtpConnection::connect_tokio1(server, limit, &relay.hello, implicit, None);
    let mut inner = step(Phase::Connect, relay.patience, connecting).await?;
    if let Security::StartTls(tls) = &relay.security {
        if !inner.can_starttls() {
            let why = "the mail server offers no STARTTLS, which is required".to_owned();
            return Err(Ended { phase: Phase::Connect, stop: Stop::Unfit(why) });
        }
        step(Phase::Connect, relay.patience, inner.starttls(tls.clone(), &relay.hello)).await?;
    }
    Ok(inner)
}

async fn step<T>(
    phase: Phase,
    limit: Duration,
    doing: impl Future<Output = Result<T, Error>>,
) -> Result<T, Ended> {
    let stop = match timeout(limit, doing).await {
        Ok(Ok(done)) => return Ok(done),
        Ok(Err(error)) => stop_of(&error),
        Err(_) => Stop::Lost("the mail server fell silent".to_owned()),
    };
    Err(Ended { phase, stop })
}

fn stop_of(error: &Error) -> Stop {
    if let Some(code) = error.status() {
        let text = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
        return Stop::Reply(Reply { code: code.into(), text });
    }
    if error.is_client() {
        return Stop::Unfit(error.to_string());
    }
    Stop::Lost(
        if error.is_tls() { "TLS failed" } else { "the connection to the mail server broke" }.to_owned(),
    )
}

/// A few connections to one relay.
pub(super) struct Pool {
    idle: Mutex<Vec<Connection>>,
    places: Semaphore,
}

impl Pool {
    pub(super) fn new(connections: usize) -> Self {
        Self { idle: Mutex::default(), places: Semaphore::new(connections.max(1)) }
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for a place among the connections.
    pub(super) async fn place(&self) -> SemaphorePermit<'_> {
        self.places.acquire().await.expect("the pool is never closed")
    }

    /// The connection used last, while it is good; older ones are let go.
    pub(super) fn take(&self) -> Option<Connection> {
        let mut idle = self.idle();
        idle.retain(Connection::is_fresh);
        idle.pop()
    }

    /// Gives a connection back after a message, or lets it go.
    pub(super) async fn give_back(&self, relay: &Relay, mut connection: Connection, ended: Option<&Ended>) {
        let usable = match ended.map(|ended| &ended.stop) {
            None | Some(Stop::AddressUnfit) => true,
            Some(Stop::Reply(reply)) if reply.code != 421 => connection.reset(relay).await,
            Some(_) => false,
        };
        if usable && connection.is_fresh() {
            self.idle().push(connection);
        }
    }
}
