//! Who may ask the embedded issuer for tokens.

use std::collections::{BTreeSet, HashMap};

use der::Decode as _;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{DecodingKey, Header};
use types::OrgNumber;
use x509_cert::Certificate;

use super::OAuthError;

/// Whose grants are accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhoMayAsk {
    /// Registered clients, each proving itself with its key.
    RegisteredClients,
    /// Registered clients as above, and **anybody else without proof**: whoever names a client id
    /// that ends with nine digits is taken for that organization and gets any scope. A certificate,
    /// where one is shown, must still have signed the grant. For development only.
    AnybodyWithoutProof,
}

/// A client that may ask for tokens.
#[derive(Clone, Debug)]
pub struct Client {
    /// Its id.
    pub id: String,
    /// The organization that owns it.
    pub org: OrgNumber,
    /// What it proves itself with.
    pub credential: ClientCredential,
    /// What it may ask for.
    pub scopes: AllowedScopes,
    /// The organizations that have delegated to it.
    pub acts_for: BTreeSet<OrgNumber>,
}

/// What a client proves itself with.
#[derive(Clone, Debug)]
pub enum ClientCredential {
    /// A public key; the assertion's `kid` must be the key's.
    Key(Box<Jwk>),
    /// A certificate (DER); the assertion must show the same one as the first of its `x5c`.
    Certificate(Vec<u8>),
}

/// Believes clients that nobody registered, because of the certificate that they show.
pub trait CertificateCheck: Send + Sync {
    /// The organization whose certificate comes first in the chain (DER, the client's own first), and those
    /// that have delegated to it; `None` for a chain that leads to nobody we trust.
    fn owner(&self, chain: &[Vec<u8>]) -> Option<CertifiedClient>;
}

/// A client that showed a certificate we trust.
#[derive(Clone, Debug)]
pub struct CertifiedClient {
    /// The organization that the certificate belongs to.
    pub org: OrgNumber,
    /// The organizations that have delegated to it.
    pub acts_for: BTreeSet<OrgNumber>,
}

/// Scopes that a client may ask for.
#[derive(Clone, Debug)]
pub enum AllowedScopes {
    /// Whatever it asks for.
    Any,
    /// These.
    Only(BTreeSet<String>),
}

impl AllowedScopes {
    pub(super) fn allow(&self, scope: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Only(scopes) => scopes.contains(scope),
        }
    }
}

/// The registered clients.
#[derive(Debug, Default)]
pub(super) struct Clients(HashMap<String, Client>);

impl Clients {
    pub fn register(&mut self, client: Client) {
        self.0.insert(client.id.clone(), client);
    }

    pub fn get(&self, id: &str) -> Option<&Client> {
        self.0.get(id)
    }
}

impl ClientCredential {
    /// The key that must have signed an assertion with this header.
    pub(super) fn key_for(&self, header: &Header) -> Result<DecodingKey, OAuthError> {
        match self {
            Self::Key(jwk) => {
                if jwk.common.key_id != header.kid {
                    return Err(invalid_key("MP-120: the client has no key of this kid"));
                }
                DecodingKey::from_jwk(jwk).map_err(|_| invalid_key("MP-120: the client's key cannot be used"))
            }
            Self::Certificate(registered) => {
                let shown = shown_certificate(header)?
                    .ok_or_else(|| invalid_key("MP-121: the assertion shows no certificate"))?;
                if shown != *registered {
                    return Err(invalid_key("MP-121: the certificate is not the client's"));
                }
                certificate_key(&shown)
            }
        }
    }
}

/// The leaf certificate (DER) that an assertion shows.
pub(super) fn shown_certificate(header: &Header) -> Result<Option<Vec<u8>>, OAuthError> {
    let chain = header.x5c_der().map_err(|_| invalid_key("MP-121: x5c is not base64"))?;
    Ok(chain.and_then(|chain| chain.into_iter().next()))
}

/// The RSA key of a certificate.
pub(super) fn certificate_key(der: &[u8]) -> Result<DecodingKey, OAuthError> {
    let certificate =
        Certificate::from_der(der).map_err(|_| invalid_key("MP-121: x5c holds no certificate"))?;
    let public = &certificate.tbs_certificate.subject_public_key_info.subject_public_key;
    let public =
        public.as_bytes().ok_or_else(|| invalid_key("MP-121: the certificate's key cannot be read"))?;
    Ok(DecodingKey::from_rsa_der(public))
}

fn invalid_key(description: &str) -> OAuthError {
    OAuthError::new("invalid_client", description)
}
