//! Public keys to check signatures with.

use std::str::FromStr;

use jsonwebtoken::jwk::{Jwk, JwkSet, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};

use crate::believed::Believed;

/// One public key.
#[derive(Clone)]
pub(crate) struct PublicKey {
    kid: Option<String>,
    algorithm: Option<Algorithm>,
    key: DecodingKey,
    believed: Believed,
}

impl PublicKey {
    /// A key from a JWK, if it is one that signs and that we can use.
    fn from_jwk(jwk: &Jwk) -> Option<Self> {
        let signs = !matches!(jwk.common.public_key_use, Some(PublicKeyUse::Encryption));
        let key = DecodingKey::from_jwk(jwk).ok().filter(|_| signs)?;
        let algorithm = jwk.common.key_algorithm.map(|name| name.to_string());
        Some(Self {
            kid: jwk.common.key_id.clone(),
            algorithm: algorithm.and_then(|name| Algorithm::from_str(&name).ok()),
            key,
            believed: Believed::default(),
        })
    }

    /// Tokens that this key has signed.
    pub const fn believed(&self) -> &Believed {
        &self.believed
    }

    /// The key, unless it was published for another algorithm (RFC 7517 section 4.4).
    pub fn decoding_key(&self, wanted: Algorithm) -> Option<&DecodingKey> {
        let fits = self.algorithm.is_none_or(|algorithm| algorithm == wanted);
        (fits && self.key.family() == wanted.family()).then_some(&self.key)
    }
}

/// The keys of one issuer.
#[derive(Clone, Default)]
pub(crate) struct PublicKeys(Vec<PublicKey>);

impl PublicKeys {
    /// The usable keys of a set; others are passed over (RFC 7517 section 5).
    pub fn from_jwks(set: &JwkSet) -> Self {
        Self(set.keys.iter().filter_map(PublicKey::from_jwk).collect())
    }

    /// The key of this name. A token that names none fits only an issuer with a single key.
    pub fn find(&self, kid: Option<&str>) -> Option<&PublicKey> {
        match (kid, self.0.as_slice()) {
            (None, [only]) => Some(only),
            (None, _) => None,
            (Some(kid), keys) => keys.iter().find(|key| key.kid.as_deref() == Some(kid)),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
