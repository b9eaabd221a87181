//! Calling out.
//!
//! [`GuardedClient`] goes wherever a stranger's URL points, except inwards: webhooks, send
//! conditions, links to attachments. [`plain_client`] is for services an operator has configured.
//! Neither follows redirects, and neither looks for a proxy in the environment.

use std::error::Error as StdError;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, Method, StatusCode};
use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, ClientBuilder, RequestBuilder, Response};
use url::{Host, Url};

use crate::networks::AllowedNetworks;
use crate::resolver::GuardedResolver;

pub use crate::resolver::AddressRefused;

/// How long and how much a call may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallLimits {
    /// Until the connection stands, TLS included.
    pub connect: Duration,
    /// Between two pieces of the answer.
    pub read: Duration,
    /// For the whole call.
    pub total: Duration,
    /// Bytes of the answer's body that are kept; a longer answer is an error.
    pub answer_bytes: usize,
}

impl Default for CallLimits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            read: Duration::from_secs(10),
            total: Duration::from_secs(10),
            answer_bytes: 64 * 1024,
        }
    }
}

/// A client could not be made, most likely for want of certificates.
#[derive(Debug, thiserror::Error)]
#[error("could not make an HTTP client")]
pub struct ClientError(#[source] reqwest::Error);

/// Why a call brought no answer.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// Not `http` or `https`, or without a host.
    #[error("the URL is not an http or https URL with a host")]
    UnsuitableUrl,
    /// The host is in a network that may not be called.
    #[error(transparent)]
    Refused(#[from] AddressRefused),
    /// The request could not be put together.
    #[error("the request could not be made")]
    Request(#[source] reqwest::Error),
    /// No connection: the name is unknown, nobody listens, or TLS failed. Nothing was sent.
    #[error("could not connect")]
    Connect(#[source] reqwest::Error),
    /// The answer, or the rest of it, did not come in time. The request may have had its effect.
    #[error("no answer in time")]
    Timeout(#[source] reqwest::Error),
    /// The connection broke. The request may have had its effect.
    #[error("the connection broke before the answer was whole")]
    Interrupted(#[source] reqwest::Error),
    /// The answer is longer than is read.
    #[error("the answer is longer than {limit} bytes")]
    AnswerTooLong {
        /// Bytes.
        limit: usize,
    },
}

impl CallError {
    fn from_sending(error: reqwest::Error) -> Self {
        let error = error.without_url(); // it may carry tokens
        if is_refusal(&error) {
            Self::Refused(AddressRefused)
        } else if error.is_builder() {
            Self::Request(error)
        } else if error.is_connect() {
            Self::Connect(error)
        } else if error.is_timeout() {
            Self::Timeout(error)
        } else {
            Self::Interrupted(error)
        }
    }
}

fn is_refusal(error: &reqwest::Error) -> bool {
    let mut cause = error.source();
    while let Some(error) = cause {
        if error.is::<AddressRefused>() {
            return true;
        }
        cause = error.source();
    }
    false
}

/// A client that cannot be sent inwards.
#[derive(Clone, Debug)]
pub struct GuardedClient {
    client: Client,
    allowed: Arc<AllowedNetworks>,
    limits: CallLimits,
}

impl GuardedClient {
    /// A client that reaches public addresses and the networks allowed in addition.
    pub fn new(allowed: AllowedNetworks, limits: CallLimits) -> Result<Self, ClientError> {
        let allowed = Arc::new(allowed);
        let resolver = GuardedResolver::system(Arc::clone(&allowed));
        Self::resolving(allowed, resolver, limits)
    }

    /// The same with a resolver of its own.
    pub(crate) fn resolving(
        allowed: Arc<AllowedNetworks>,
        resolver: GuardedResolver,
        limits: CallLimits,
    ) -> Result<Self, ClientError> {
        let resolver = Arc::new(resolver);
        let client = build(|| {
            common(limits.connect)
                .read_timeout(limits.read)
                .timeout(limits.total)
                .dns_resolver(Arc::clone(&resolver))
        })?;
        Ok(Self { client, allowed, limits })
    }

    /// The same client, which keeps so many bytes of an answer.
    #[must_use]
    pub fn with_answer_limit(&self, bytes: usize) -> Self {
        Self { limits: CallLimits { answer_bytes: bytes, ..self.limits }, ..self.clone() }
    }

    /// Whether a URL could be called at all: its scheme, and its host where that is an address. What
    /// a name leads to is seen when it is called.
    pub fn check(&self, url: &Url) -> Result<(), CallError> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(CallError::UnsuitableUrl);
        }
        // The client asks no resolver about an address, so it is looked at here.
        let address = match url.host().ok_or(CallError::UnsuitableUrl)? {
            // Names that mean this machine wherever they are looked up (RFC 6761, section 6.3).
            Host::Domain(name) if name == "localhost" || name.ends_with(".localhost") => {
                IpAddr::V4(Ipv4Addr::LOCALHOST)
            }
            Host::Domain(_) => return Ok(()),
            Host::Ipv4(v4) => IpAddr::V4(v4),
            Host::Ipv6(v6) => IpAddr::V6(v6),
        };
        if self.allowed.allows(address) { Ok(()) } else { Err(AddressRefused.into()) }
    }

    /// Begins a call.
    pub fn request(&self, method: Method, url: Url) -> Result<Call, CallError> {
        self.check(&url)?;
        Ok(Call { request: self.client.request(method, url), limits: self.limits })
    }

    /// Begins a `GET`.
    pub fn get(&self, url: Url) -> Result<Call, CallError> {
        self.request(Method::GET, url)
    }

    /// Begins a `POST`.
    pub fn post(&self, url: Url) -> Result<Call, CallError> {
        self.request(Method::POST, url)
    }
}

/// A call that is being put together.
#[derive(Debug)]
#[must_use = "a call does nothing until it is sent"]
pub struct Call {
    request: RequestBuilder,
    limits: CallLimits,
}

/// A whole answer.
#[derive(Clone)]
pub struct Answer {
    /// Its status; redirects come as they are.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body, within the limit.
    pub body: Bytes,
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Answer({}, {} bytes)", self.status, self.body.len())
    }
}

impl Call {
    /// Adds headers; those already there are replaced.
    pub fn headers(mut self, headers: HeaderMap) -> Self {
        self.request = self.request.headers(headers);
        self
    }

    /// Sets the body. Its content type is a header.
    pub fn body(mut self, body: impl Into<reqwest::Body>) -> Self {
        self.request = self.request.body(body);
        self
    }

    /// Gives this call another time limit.
    pub fn total(mut self, limit: Duration) -> Self {
        self.request = self.request.timeout(limit);
        self
    }

    /// Gives this call's answer another limit, in bytes.
    pub fn answer_bytes(mut self, limit: usize) -> Self {
        self.limits.answer_bytes = limit;
        self
    }

    /// Sends it and reads the whole answer.
    pub async fn send(self) -> Result<Answer, CallError> {
        let limit = self.limits.answer_bytes;
        let mut incoming = self.open().await?;
        let mut body = BytesMut::new();
        while let Some(piece) = incoming.chunk().await? {
            if body.len() + piece.len() > limit {
                return Err(CallError::AnswerTooLong { limit });
            }
            body.extend_from_slice(&piece);
        }
        Ok(Answer {
            status: incoming.status(),
            headers: incoming.response.headers().clone(),
            body: body.freeze(),
        })
    }

    /// Sends it and hands the answer over piece by piece, up to the limit.
    pub async fn open(self) -> Result<Incoming, CallError> {
        let request = self.request.headers(trace::headers());
        let response = request.send().await.map_err(CallError::from_sending)?;
        Ok(Incoming { response, left: self.limits.answer_bytes, limit: self.limits.answer_bytes })
    }
}

/// An answer whose body is still coming.
#[derive(Debug)]
pub struct Incoming {
    response: Response,
    left: usize,
    limit: usize,
}

impl Incoming {
    /// The answer's status.
    pub fn status(&self) -> StatusCode {
        self.response.status()
    }

    /// The answer's headers.
    pub fn headers(&self) -> &HeaderMap {
        self.response.headers()
    }

    /// The next piece; `None` at the end.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, CallError> {
        let piece = self.response.chunk().await.map_err(CallError::from_sending)?;
        if let Some(piece) = &piece {
            let limit = self.limit;
            let left = self.left.checked_sub(piece.len());
            self.left = left.ok_or(CallError::AnswerTooLong { limit })?;
        }
        Ok(piece)
    }
}

/// A client for services an operator has configured: any address, no limit on an answer's size or
/// whole time, so that large files can pass; but it must connect within 5 s and never stand still
/// for 30 s. Give calls that should be quick a time limit of their own.
pub fn plain_client() -> Result<Client, ClientError> {
    build(|| common(Duration::from_secs(5)).read_timeout(Duration::from_secs(30)))
}

fn common(connect: Duration) -> ClientBuilder {
    Client::builder()
        .redirect(Policy::none())
        .no_proxy()
        .referer(false)
        .connect_timeout(connect)
        .tcp_nodelay(true)
        .tcp_keepalive(Duration::from_secs(30))
        .pool_idle_timeout(Duration::from_mins(1))
        .user_agent(concat!("budstikke/", env!("CARGO_PKG_VERSION")))
}

/// Trusts what the operating system trusts; on a machine without certificates, Mozilla's list as it
/// was when this was built.
fn build(settings: impl Fn() -> ClientBuilder) -> Result<Client, ClientError> {
    if let Ok(client) = settings().build() {
        return Ok(client);
    }
    let roots = webpki_root_certs::TLS_SERVER_ROOT_CERTS;
    let roots = roots.iter().filter_map(|der| Certificate::from_der(der).ok());
    settings().tls_certs_only(roots).build().map_err(ClientError)
}
