//! Signed answers: JSON Web Signatures in compact form (RFC 7515), around JSON or plain text.

use auth::authority::Credential;
use auth::signing_key::KeyError;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::jwk::{Jwk, JwkSet};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, crypto};
use serde::{Deserialize, Serialize};

/// Why an answer cannot be signed.
#[derive(Debug, thiserror::Error)]
pub enum SigningError {
    /// The key is not one that can sign.
    #[error("the registry's signing key: {0}")]
    Key(#[from] KeyError),
    /// The library refused.
    #[error("the registry's answer cannot be signed: {0}")]
    Library(#[from] jsonwebtoken::errors::Error),
    /// The header cannot be written.
    #[error("the header of the registry's answer: {0}")]
    Header(#[from] serde_json::Error),
}

/// Signs answers with one key, and shows its certificate.
pub(super) struct Signer {
    key: EncodingKey,
    /// The header, encoded; the same for all answers.
    header: String,
    published: JwkSet,
}

#[derive(Serialize)]
struct HeaderOut<'a> {
    x5c: &'a [String],
    kid: &'a str,
    alg: &'a str,
}

impl Signer {
    pub fn new(credential: &Credential) -> Result<Self, SigningError> {
        let pem = credential.key.to_pkcs8_pem()?;
        let certificate = vec![STANDARD.encode(credential.certificate())];
        let mut jwk: Jwk = credential.key.public_jwk().clone();
        let header = HeaderOut { x5c: &certificate, kid: credential.key.kid(), alg: "RS256" };
        let header = URL_SAFE_NO_PAD.encode(serde_json::to_vec(&header)?);
        jwk.common.x509_chain = Some(certificate);
        Ok(Self {
            key: EncodingKey::from_rsa_pem(pem.reveal().as_bytes())?,
            header,
            published: JwkSet { keys: vec![jwk] },
        })
    }

    /// A compact JWS around these bytes.
    pub fn sign(&self, payload: &[u8]) -> Result<String, SigningError> {
        let mut token = format!("{}.{}", self.header, URL_SAFE_NO_PAD.encode(payload));
        let signature = crypto::sign(token.as_bytes(), &self.key, Algorithm::RS256)?;
        token.push('.');
        token.push_str(&signature);
        Ok(token)
    }

    /// The public key, alone: clients of the reference take the first one whatever its name.
    pub fn published(&self) -> &JwkSet {
        &self.published
    }
}

/// A signed answer that has not been checked yet.
pub(super) struct Unchecked<'a> {
    signed: &'a str,
    signature: &'a str,
    payload: &'a str,
    /// The name of the key.
    pub kid: Option<String>,
    /// The certificates it shows, DER, leaf first.
    pub certificates: Vec<Vec<u8>>,
    algorithm: Algorithm,
}

#[derive(Deserialize)]
struct HeaderIn {
    alg: String,
    kid: Option<String>,
    #[serde(default)]
    x5c: Vec<String>,
    crit: Option<serde_json::Value>,
}

/// Why a signed answer is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum NotBelieved {
    #[error("it is no compact JWS")]
    Malformed,
    #[error("its algorithm is not allowed")]
    AlgorithmNotAllowed,
    #[error("its signature is wrong")]
    BadSignature,
}

impl<'a> Unchecked<'a> {
    pub fn read(token: &'a str) -> Result<Self, NotBelieved> {
        let (signed, signature) = token.trim().rsplit_once('.').ok_or(NotBelieved::Malformed)?;
        let (header, payload) = signed.split_once('.').ok_or(NotBelieved::Malformed)?;
        let header = URL_SAFE_NO_PAD.decode(header).map_err(|_| NotBelieved::Malformed)?;
        let header: HeaderIn = serde_json::from_slice(&header).map_err(|_| NotBelieved::Malformed)?;
        if header.crit.is_some() {
            // RFC 7515 section 4.1.11: what must be understood and is not, is refused.
            return Err(NotBelieved::Malformed);
        }
        let certificates = header.x5c.iter().map(|text| STANDARD.decode(text)).collect::<Result<_, _>>();
        Ok(Self {
            signed,
            signature,
            payload,
            kid: header.kid,
            certificates: certificates.map_err(|_| NotBelieved::Malformed)?,
            algorithm: allowed(&header.alg).ok_or(NotBelieved::AlgorithmNotAllowed)?,
        })
    }

    /// The payload, if this key signed it.
    pub fn check(&self, key: &DecodingKey) -> Result<Vec<u8>, NotBelieved> {
        let good = crypto::verify(self.signature, self.signed.as_bytes(), key, self.algorithm);
        if !matches!(good, Ok(true)) {
            return Err(NotBelieved::BadSignature);
        }
        URL_SAFE_NO_PAD.decode(self.payload).map_err(|_| NotBelieved::Malformed)
    }
}

/// RSA alone: neither `none` nor shared secrets.
fn allowed(name: &str) -> Option<Algorithm> {
    match name {
        "RS256" => Some(Algorithm::RS256),
        "RS384" => Some(Algorithm::RS384),
        "RS512" => Some(Algorithm::RS512),
        "PS256" => Some(Algorithm::PS256),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unchecked(header: &str) -> Result<(), NotBelieved> {
        let token = format!("{}.e30.c2ln", URL_SAFE_NO_PAD.encode(header));
        Unchecked::read(&token).map(|_| ())
    }

    #[test]
    fn only_rsa_signatures_are_read() {
        assert_eq!(unchecked(r#"{"alg":"RS256"}"#), Ok(()));
        for alg in ["none", "HS256", "ES256", "rs256", ""] {
            let header = format!(r#"{{"alg":"{alg}"}}"#);
            assert_eq!(unchecked(&header), Err(NotBelieved::AlgorithmNotAllowed), "{alg}");
        }
    }

    #[test]
    fn what_is_no_jws_is_malformed() {
        for token in ["", "a.b", "..", "{\"error_code\":\"\"}"] {
            assert_eq!(Unchecked::read(token).err(), Some(NotBelieved::Malformed), "{token}");
        }
        assert_eq!(unchecked(r#"{"alg":"RS256","crit":["x"]}"#), Err(NotBelieved::Malformed));
        assert_eq!(unchecked(r#"{"alg":"RS256","x5c":["*"]}"#), Err(NotBelieved::Malformed));
    }
}
