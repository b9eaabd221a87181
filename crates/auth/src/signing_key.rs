//! Our own RSA key: from PEM or JWK, from a file, or new.

use std::fmt;
use std::io;
use std::path::Path;
use std::sync::Arc;

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeyPairComponents, KeySize, PublicKeyComponents};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use der::pem::LineEnding;
use jsonwebtoken::jwk::{
    AlgorithmParameters, CommonParameters, Jwk, KeyAlgorithm, PublicKeyUse, RSAKeyParameters, RSAKeyType,
    ThumbprintHash,
};
use jsonwebtoken::{Algorithm, Header};
use serde::{Deserialize, Serialize};
use types::Secret;

use crate::private_file;

/// An RSA key that signs with RS256. Cheap to clone; prints its id only.
#[derive(Clone)]
pub struct SigningKey(Arc<Inner>);

struct Inner {
    kid: String,
    pair: KeyPair,
    pkcs8: Secret<Vec<u8>>,
    public: Jwk,
}

/// Why a key cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The text is neither PKCS#8 nor PKCS#1 in PEM.
    #[error("expected a PEM block `PRIVATE KEY` (PKCS#8) or `RSA PRIVATE KEY` (PKCS#1)")]
    NotPem,
    /// The text is no complete RSA private key in JWK form (RFC 7518 section 6.3).
    #[error("expected an RSA private key as JWK with n, e, d, p, q, dp, dq and qi: {0}")]
    NotJwk(String),
    /// The key's numbers do not fit together, or it is too short.
    #[error("the RSA key was rejected: {0}")]
    Rejected(String),
    /// The random generator or the library failed.
    #[error("the cryptographic library failed while {0}")]
    Library(&'static str),
    /// What was to be signed cannot be written as JSON.
    #[error("the claims cannot be written as JSON: {0}")]
    Claims(#[from] serde_json::Error),
    /// The key file cannot be read or written.
    #[error("the key file cannot be read or written: {0}")]
    File(#[from] io::Error),
}

impl SigningKey {
    /// A new key of 2048 bits.
    pub fn generate() -> Result<Self, KeyError> {
        let pair = KeyPair::generate(KeySize::Rsa2048).map_err(|_| KeyError::Library("making a key"))?;
        Self::new(pair, None)
    }

    /// Reads PKCS#8 or PKCS#1 in PEM. Without `kid`, the key is named by its thumbprint (RFC 7638).
    pub fn from_pem(pem: &str, kid: Option<String>) -> Result<Self, KeyError> {
        let (label, der) = der::pem::decode_vec(pem.trim().as_bytes()).map_err(|_| KeyError::NotPem)?;
        let der = Secret::new(der);
        let pair = match label {
            "PRIVATE KEY" => KeyPair::from_pkcs8(der.reveal()),
            "RSA PRIVATE KEY" => KeyPair::from_der(der.reveal()),
            _ => return Err(KeyError::NotPem),
        };
        Self::new(pair.map_err(|why| KeyError::Rejected(why.to_string()))?, kid)
    }

    /// Reads PKCS#8 or PKCS#1 in DER. Without `kid`, the key is named by its thumbprint (RFC 7638).
    pub fn from_der(der: &[u8], kid: Option<String>) -> Result<Self, KeyError> {
        let pair = KeyPair::from_pkcs8(der).or_else(|why| KeyPair::from_der(der).map_err(|_| why));
        Self::new(pair.map_err(|why| KeyError::Rejected(why.to_string()))?, kid)
    }

    /// Reads an RSA private key as JWK; its `kid` is kept.
    pub fn from_jwk(json: &str) -> Result<Self, KeyError> {
        let jwk: PrivateJwk = serde_json::from_str(json).map_err(|why| KeyError::NotJwk(describe(&why)))?;
        if jwk.kty != "RSA" {
            return Err(KeyError::NotJwk("kty is not RSA".to_owned()));
        }
        let pair = KeyPair::from_components(&jwk.components()?)
            .map_err(|why| KeyError::Rejected(why.to_string()))?;
        Self::new(pair, jwk.kid)
    }

    /// Reads the key in this file (PEM), or makes a new one there that only its owner can read.
    pub fn load_or_create(path: &Path) -> Result<Self, KeyError> {
        let (pem, _) = private_file::load_or_create(path, || {
            Ok::<_, KeyError>(Self::generate()?.to_pkcs8_pem()?.reveal().clone().into_bytes())
        })?;
        let pem = Secret::new(String::from_utf8(pem).map_err(|_| KeyError::NotPem)?);
        Self::from_pem(pem.reveal(), None)
    }

    fn new(pair: KeyPair, kid: Option<String>) -> Result<Self, KeyError> {
        let pkcs8 = pair.as_der().map_err(|_| KeyError::Library("writing the key as PKCS#8"))?;
        let mut public = public_jwk(&pair);
        let kid = match kid {
            Some(kid) => kid,
            None => {
                public.thumbprint(ThumbprintHash::SHA256).map_err(|_| KeyError::Library("naming the key"))?
            }
        };
        public.common.key_id = Some(kid.clone());
        Ok(Self(Arc::new(Inner { kid, pkcs8: Secret::new(pkcs8.as_ref().to_vec()), pair, public })))
    }

    /// The name of the key, as tokens carry it.
    pub fn kid(&self) -> &str {
        &self.0.kid
    }

    /// The public half, with `kid`, `alg` and `use`.
    pub fn public_jwk(&self) -> &Jwk {
        &self.0.public
    }

    /// The private key in PKCS#8 (DER).
    pub fn pkcs8_der(&self) -> &Secret<Vec<u8>> {
        &self.0.pkcs8
    }

    /// The private key in PKCS#8 (PEM).
    pub fn to_pkcs8_pem(&self) -> Result<Secret, KeyError> {
        der::pem::encode_string("PRIVATE KEY", LineEnding::LF, self.0.pkcs8.reveal())
            .map(Secret::new)
            .map_err(|_| KeyError::Library("writing the key as PEM"))
    }

    /// Signs claims as a JWT whose header names this key by `kid`.
    pub fn sign(&self, claims: &impl Serialize) -> Result<Secret, KeyError> {
        let mut header = Header::new(Algorithm::RS256);
        header.kid = Some(self.0.kid.clone());
        self.sign_under(&header, claims)
    }

    /// Signs claims as a JWT whose header shows certificates (DER, leaf first) instead of a `kid`.
    pub fn sign_with_certificates(
        &self,
        chain: &[Vec<u8>],
        claims: &impl Serialize,
    ) -> Result<Secret, KeyError> {
        let mut header = Header::new(Algorithm::RS256);
        header.x5c = Some(chain.iter().map(|der| STANDARD.encode(der)).collect());
        self.sign_under(&header, claims)
    }

    /// RFC 7515 section 5.1, with the key pair that was parsed once: reading it again for every
    /// signature costs as much as the signature.
    fn sign_under(&self, header: &Header, claims: &impl Serialize) -> Result<Secret, KeyError> {
        let mut token = URL_SAFE_NO_PAD.encode(serde_json::to_vec(header)?);
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(serde_json::to_vec(claims)?, &mut token);
        let mut signature = vec![0; self.0.pair.public_modulus_len()];
        self.0
            .pair
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), token.as_bytes(), &mut signature)
            .map_err(|_| KeyError::Library("signing"))?;
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut token);
        Ok(Secret::new(token))
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.0.kid)
    }
}

fn public_jwk(pair: &KeyPair) -> Jwk {
    let public = pair.public_key();
    let number = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    Jwk {
        common: CommonParameters {
            public_key_use: Some(PublicKeyUse::Signature),
            key_algorithm: Some(KeyAlgorithm::RS256),
            ..CommonParameters::default()
        },
        algorithm: AlgorithmParameters::RSA(RSAKeyParameters {
            key_type: RSAKeyType::RSA,
            n: number(public.modulus().big_endian_without_leading_zero()),
            e: number(public.exponent().big_endian_without_leading_zero()),
        }),
    }
}

/// What went wrong, without the text that went wrong: it is a private key.
fn describe(why: &serde_json::Error) -> String {
    format!("{:?} error at line {}, column {}", why.classify(), why.line(), why.column())
}

#[derive(Deserialize)]
struct PrivateJwk {
    kty: String,
    kid: Option<String>,
    n: Secret,
    e: Secret,
    d: Secret,
    p: Secret,
    q: Secret,
    dp: Secret,
    dq: Secret,
    qi: Secret,
}

impl PrivateJwk {
    fn components(&self) -> Result<KeyPairComponents<Vec<u8>>, KeyError> {
        let number = |name: &str, text: &Secret| {
            URL_SAFE_NO_PAD
                .decode(text.reveal())
                .map_err(|_| KeyError::NotJwk(format!("{name} is not base64url")))
        };
        Ok(KeyPairComponents {
            public_key: PublicKeyComponents { n: number("n", &self.n)?, e: number("e", &self.e)? },
            d: number("d", &self.d)?,
            p: number("p", &self.p)?,
            q: number("q", &self.q)?,
            dP: number("dp", &self.dp)?,
            dQ: number("dq", &self.dq)?,
            qInv: number("qi", &self.qi)?,
        })
    }
}
