//! A small issuer for development: what Maskinporten and Altinn's exchange do, without them.
//!
//! It is plain functions over request values; whoever embeds it mounts them as routes:
//!
//! | route | function |
//! |---|---|
//! | `GET /.well-known/oauth-authorization-server` | [`LocalIssuer::metadata`] |
//! | `GET /jwks` | [`LocalIssuer::jwks`] |
//! | `POST /token` | [`LocalIssuer::token`] |
//! | `GET /exchange` | [`LocalIssuer::exchange`], the answer is the bare text |
//!
//! It issues under its own address, which is never that of a real issuer, and refuses to exist in
//! production. Tokens of both kinds are signed with the same key but under different issuer names,
//! so that a verifier tells them apart.

mod clients;
mod grant;
mod issue;
mod source;
mod used;

use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;
use jsonwebtoken::jwk::JwkSet;
use serde::{Deserialize, Serialize};
use types::Secret;
use types::random::Random;
use types::time::Clock;
use url::Url;

use crate::caller::TokenKind;
use crate::directory::Directory;
use crate::issuer_keys::IssuerKeys;
use crate::public_keys::PublicKeys;
use crate::signing_key::{KeyError, SigningKey};
use crate::verify::{TrustedIssuer, Verifier};

pub use clients::{AllowedScopes, CertificateCheck, CertifiedClient, Client, ClientCredential, WhoMayAsk};
pub use issue::{DevToken, ExchangeError};
pub use source::LocalTokens;

use clients::Clients;
use used::UsedGrants;

/// What surrounds the issuer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Environment {
    /// A developer's machine, a test, a demo, a closed trial.
    Development,
    /// Real organizations, real messages.
    Production,
}

/// How the issuer is set up.
#[derive(Clone, Debug)]
pub struct LocalIssuerConfig {
    /// The address it is reached at, such as `http://localhost:8080/`: its issuer name.
    pub address: Url,
    /// What surrounds it.
    pub environment: Environment,
    /// Who gets tokens.
    pub who_may_ask: WhoMayAsk,
    /// The life of tokens like Maskinporten's.
    pub token_life: Duration,
    /// The life of exchanged tokens.
    pub exchanged_life: Duration,
    /// Numbers and short names of known organizations.
    pub directory: Arc<Directory>,
}

impl LocalIssuerConfig {
    /// Registered clients only, with the lifetimes of the real ones (119 and 1800 seconds).
    pub fn at(address: Url, environment: Environment, directory: Arc<Directory>) -> Self {
        Self {
            address,
            environment,
            who_may_ask: WhoMayAsk::RegisteredClients,
            token_life: Duration::from_secs(119),
            exchanged_life: Duration::from_mins(30),
            directory,
        }
    }
}

/// Why there is no local issuer.
#[derive(Debug, thiserror::Error)]
pub enum LocalIssuerError {
    /// Its tokens would be believed where they must not be.
    #[error("the embedded token issuer does not run in production")]
    InProduction,
    /// Its name could be mistaken for a real issuer's.
    #[error("the embedded token issuer must not carry the address of a real issuer ({0})")]
    LooksReal(String),
    /// The address cannot be the base of others.
    #[error("the address of the embedded token issuer must be http(s) and end with a slash")]
    NoBaseAddress,
}

/// The issuer. Cheap to clone; clones share keys, clients and used grants.
#[derive(Clone)]
pub struct LocalIssuer(Arc<Inner>);

struct Inner {
    config: LocalIssuerConfig,
    keys: ArcSwap<Keys>,
    public: Arc<ArcSwap<PublicKeys>>,
    clients: Mutex<Clients>,
    used: Mutex<UsedGrants>,
    certificates: OnceLock<Box<dyn CertificateCheck>>,
    verifier: Verifier,
    clock: Clock,
    random: Random,
}

/// The key that signs, and the one that signed before it.
struct Keys {
    current: SigningKey,
    previous: Option<SigningKey>,
}

impl Keys {
    fn published(&self) -> JwkSet {
        let keys = std::iter::once(&self.current).chain(&self.previous);
        JwkSet { keys: keys.map(|key| key.public_jwk().clone()).collect() }
    }
}

/// The issuer's metadata document (RFC 8414 section 2).
#[derive(Clone, Debug, Serialize)]
pub struct Metadata {
    /// The issuer name.
    pub issuer: String,
    /// Where grants are sent.
    pub token_endpoint: Url,
    /// Where public keys are.
    pub jwks_uri: Url,
    /// Only the signed grant.
    pub grant_types_supported: Vec<&'static str>,
    /// No client authentication beside the assertion.
    pub token_endpoint_auth_methods_supported: Vec<&'static str>,
    /// Algorithms that assertions may be signed with.
    pub token_endpoint_auth_signing_alg_values_supported: Vec<&'static str>,
}

/// The form posted to the token endpoint.
#[derive(Debug, Deserialize)]
pub struct GrantForm {
    /// Must be the grant type of RFC 7523.
    pub grant_type: String,
    /// The signed request.
    pub assertion: Secret,
}

/// A token, as the token endpoint answers (RFC 6749 section 5.1).
#[derive(Debug)]
pub struct TokenResponse {
    /// The token.
    pub access_token: Secret,
    /// Its life in seconds.
    pub expires_in: u64,
    /// What was granted, separated by spaces.
    pub scope: String,
}

/// The wire form of [`TokenResponse`].
#[derive(Serialize)]
pub struct TokenResponseBody<'a> {
    access_token: &'a str,
    token_type: &'static str,
    expires_in: u64,
    scope: &'a str,
}

impl TokenResponse {
    /// What to write as JSON. Named, because this is where the token leaves.
    pub fn body(&self) -> TokenResponseBody<'_> {
        TokenResponseBody {
            access_token: self.access_token.reveal(),
            token_type: "Bearer",
            expires_in: self.expires_in,
            scope: &self.scope,
        }
    }
}

/// A refusal, as the token endpoint answers (RFC 6749 section 5.2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{error}: {error_description}")]
pub struct OAuthError {
    /// The HTTP status to answer with.
    #[serde(skip)]
    pub status: u16,
    /// The OAuth code.
    pub error: &'static str,
    /// A sentence that starts with a code of the real issuer.
    pub error_description: String,
}

impl OAuthError {
    fn new(error: &'static str, description: impl Into<String>) -> Self {
        Self {
            status: if error == "invalid_client" { 401 } else { 400 },
            error,
            error_description: description.into(),
        }
    }

    fn failed(why: &KeyError) -> Self {
        tracing::error!("the embedded token issuer cannot sign: {why}");
        Self {
            status: 500,
            error: "server_error",
            error_description: "the token could not be signed".to_owned(),
        }
    }
}

impl LocalIssuer {
    /// The organizations that are known by name; all clones have the same.
    pub fn directory(&self) -> &Directory {
        &self.0.config.directory
    }

    /// An issuer that signs with this key.
    pub fn new(
        config: LocalIssuerConfig,
        key: SigningKey,
        clock: Clock,
        random: Random,
    ) -> Result<Self, LocalIssuerError> {
        check_surroundings(&config)?;
        let keys = Keys { current: key, previous: None };
        let public = Arc::new(ArcSwap::from_pointee(PublicKeys::from_jwks(&keys.published())));
        let own = IssuerKeys::shared(Arc::clone(&public));
        let trusted = vec![TrustedIssuer::maskinporten(config.address.as_str(), own)];
        Ok(Self(Arc::new(Inner {
            verifier: Verifier::new(trusted, Arc::clone(&config.directory), clock.clone()),
            keys: ArcSwap::from_pointee(keys),
            public,
            clients: Mutex::default(),
            used: Mutex::default(),
            certificates: OnceLock::new(),
            config,
            clock,
            random,
        })))
    }

    /// The issuer name of tokens like Maskinporten's: its address, with a slash at the end.
    pub fn issuer(&self) -> &str {
        self.0.config.address.as_str()
    }

    /// The issuer name of exchanged tokens.
    pub fn altinn_issuer(&self) -> String {
        format!("{}authentication/api/v1/openid/", self.issuer())
    }

    /// The metadata document.
    pub fn metadata(&self) -> Metadata {
        let below = |path: &str| {
            let mut url = self.0.config.address.clone();
            url.set_path(&format!("{}{path}", self.0.config.address.path()));
            url
        };
        Metadata {
            issuer: self.issuer().to_owned(),
            token_endpoint: below("token"),
            jwks_uri: below("jwks"),
            grant_types_supported: vec![crate::assertion::GRANT_TYPE],
            token_endpoint_auth_methods_supported: vec!["private_key_jwt"],
            token_endpoint_auth_signing_alg_values_supported: vec!["RS256", "RS384", "RS512"],
        }
    }

    /// The public keys: the one that signs first, then the one before it.
    pub fn jwks(&self) -> JwkSet {
        self.0.keys.load().published()
    }

    /// Signs with this key from now on. Tokens of the key before it stay good.
    pub fn rotate_to(&self, key: SigningKey) {
        let keys = Keys { current: key, previous: Some(self.key()) };
        self.0.public.store(Arc::new(PublicKeys::from_jwks(&keys.published())));
        self.0.keys.store(Arc::new(keys));
    }

    /// Adds a client, or replaces the one of the same id.
    pub fn register(&self, client: Client) {
        self.clients().register(client);
    }

    /// Gives tokens also to clients that nobody registered, where this believes their certificates. Only
    /// the first call counts.
    pub fn believe_certificates(&self, check: Box<dyn CertificateCheck>) {
        drop(self.0.certificates.set(check));
    }

    /// The public keys as a verifier takes them; they follow [`LocalIssuer::rotate_to`].
    pub fn keys(&self) -> IssuerKeys {
        IssuerKeys::shared(Arc::clone(&self.0.public))
    }

    /// What a verifier needs to believe tokens of this kind.
    pub fn trusted(&self, kind: TokenKind) -> TrustedIssuer {
        match kind {
            TokenKind::Maskinporten => TrustedIssuer::maskinporten(self.issuer(), self.keys()),
            TokenKind::Altinn => TrustedIssuer::altinn(self.altinn_issuer(), self.keys()),
            TokenKind::PlatformAccess => TrustedIssuer::any_platform(self.keys()),
        }
    }

    fn key(&self) -> SigningKey {
        self.0.keys.load().current.clone()
    }

    fn clients(&self) -> std::sync::MutexGuard<'_, Clients> {
        self.0.clients.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for LocalIssuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LocalIssuer({})", self.issuer())
    }
}

fn check_surroundings(config: &LocalIssuerConfig) -> Result<(), LocalIssuerError> {
    if config.environment == Environment::Production {
        return Err(LocalIssuerError::InProduction);
    }
    let address = &config.address;
    if !matches!(address.scheme(), "http" | "https") || !address.path().ends_with('/') {
        return Err(LocalIssuerError::NoBaseAddress);
    }
    let host = address.host_str().unwrap_or_default();
    let real = ["maskinporten.no", "altinn.no", "altinn.cloud", "digdir.no"];
    let is_below = |name: &&str| host == *name || host.ends_with(&format!(".{name}"));
    if real.iter().any(is_below) {
        return Err(LocalIssuerError::LooksReal(host.to_owned()));
    }
    Ok(())
}
