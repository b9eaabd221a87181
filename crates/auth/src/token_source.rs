//! Where tokens for our own calls come from: one trait, whatever stands behind it.

use std::fmt;

use async_trait::async_trait;
use types::{OrgNumber, Secret};

/// Which token is wanted; also what it is kept under.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TokenRequest {
    /// The scopes, separated by spaces.
    pub scope: String,
    /// The audience that the token shall be limited to.
    pub resource: Option<String>,
    /// The organization that has delegated to us (`consumer_org`).
    pub on_behalf_of: Option<OrgNumber>,
    /// The system user that the token shall speak for.
    pub system_user: Option<SystemUser>,
}

/// An Altinn system user: a right that an organization gave to a system.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SystemUser {
    /// The organization acted for: our own, or a customer's.
    pub org: OrgNumber,
    /// The name that the system user was registered under.
    pub external_ref: String,
}

impl SystemUser {
    /// The name that the reference gives a system user when nothing else is configured.
    pub fn default_for(org: OrgNumber) -> Self {
        Self { org, external_ref: format!("{org}_integrasjonspunkt_systembruker_{org}") }
    }
}

impl TokenRequest {
    /// A token with these scopes (separated by spaces), for ourselves.
    pub fn scope(scope: impl Into<String>) -> Self {
        Self { scope: scope.into(), resource: None, on_behalf_of: None, system_user: None }
    }

    /// Limited to an audience.
    #[must_use]
    pub fn for_resource(mut self, resource: impl Into<String>) -> Self {
        self.resource = Some(resource.into());
        self
    }

    /// On behalf of an organization that has delegated to us.
    #[must_use]
    pub const fn on_behalf_of(mut self, org: OrgNumber) -> Self {
        self.on_behalf_of = Some(org);
        self
    }

    /// For a system user.
    #[must_use]
    pub fn as_system_user(mut self, user: SystemUser) -> Self {
        self.system_user = Some(user);
        self
    }
}

/// Gives tokens, kept until shortly before they end.
#[async_trait]
pub trait TokenSource: Send + Sync + fmt::Debug {
    /// A token that is good for a while yet.
    async fn token(&self, wanted: &TokenRequest) -> Result<Secret, TokenError>;

    /// Tells that the resource answered 401 to this token, so that the next call fetches another.
    ///
    /// Naming the token keeps two callers who were refused together from throwing away the new one.
    async fn refused(&self, wanted: &TokenRequest, token: &Secret);
}

/// Why there is no token. Never contains a token or an assertion.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Nobody answered, or not in time.
    #[error("the token endpoint cannot be reached: {0}")]
    Unreachable(String),
    /// The endpoint said no.
    #[error("the token endpoint answered {status} {error}: {description}")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// The OAuth error (RFC 6749 section 5.2), or empty.
        error: String,
        /// What it says, starting with a code such as MP-130.
        description: String,
    },
    /// The endpoint said yes, but in a form we do not know.
    #[error("the token endpoint's answer cannot be read: {0}")]
    Unreadable(String),
    /// Our own key failed, so there was nothing to send.
    #[error("the request for a token cannot be signed: {0}")]
    Signing(String),
}

impl TokenError {
    /// Whether trying again later may help without anybody changing the configuration.
    pub const fn is_temporary(&self) -> bool {
        match self {
            Self::Unreachable(_) | Self::Unreadable(_) => true,
            Self::Refused { status, .. } => *status >= 500 || *status == 429,
            Self::Signing(_) => false,
        }
    }
}

/// Reads a body, and gives up when it is longer than we want to hold.
pub(crate) async fn read_at_most(mut answer: reqwest::Response, limit: usize) -> Result<Vec<u8>, String> {
    let mut body = Vec::new();
    while let Some(piece) = answer.chunk().await.map_err(|why| why.without_url().to_string())? {
        if body.len() + piece.len() > limit {
            return Err(format!("the answer is longer than {limit} bytes"));
        }
        body.extend_from_slice(&piece);
    }
    Ok(body)
}
