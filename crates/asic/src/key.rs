//! Our own key and certificate: they sign what we send and open what we get.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
use aws_lc_rs::rsa::{
    KeyPair as RsaKeyPair, OaepAlgorithm, OaepPrivateDecryptingKey, Pkcs1PrivateDecryptingKey,
    PrivateDecryptingKey,
};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use zeroize::Zeroizing;

use crate::ber::{OCTET_STRING, SEQUENCE, nested, tlv};
use crate::certificate::Certificate;
use crate::error::KeyError;
use crate::pem;
use crate::rsa_sha1;
use crate::time::UnixTime;

/// AlgorithmIdentifier of an RSA key: rsaEncryption, NULL.
const RSA_ALGORITHM: [u8; 15] =
    [0x30, 0x0D, 0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01, 0x05, 0x00];

/// An RSA private key of 2048 bits or more. Prints nothing of itself; wiped on drop.
#[derive(Clone)]
pub struct PrivateKey(Arc<Inner>);

struct Inner {
    signing: RsaKeyPair,
    oaep: OaepPrivateDecryptingKey,
    pkcs1: Pkcs1PrivateDecryptingKey,
}

impl PrivateKey {
    /// Reads DER, PKCS#8 (RFC 5208) or PKCS#1 (RFC 8017).
    pub fn from_der(der: &[u8]) -> Result<Self, KeyError> {
        match Self::from_pkcs8(der) {
            Ok(key) => Ok(key),
            Err(error) => Self::from_pkcs8(&pkcs8_around(der)).map_err(|_| error),
        }
    }

    /// Reads the first private key of a PEM text.
    pub fn from_pem(text: &str) -> Result<Self, KeyError> {
        for block in pem::blocks(text) {
            let block = block.ok_or(KeyError::NotPem)?;
            match block.label.as_str() {
                "PRIVATE KEY" | "RSA PRIVATE KEY" => return Self::from_der(&block.der),
                "ENCRYPTED PRIVATE KEY" => return Err(KeyError::Encrypted),
                _ => {}
            }
        }
        Err(KeyError::NotPem)
    }

    fn from_pkcs8(der: &[u8]) -> Result<Self, KeyError> {
        let rejected = |error: aws_lc_rs::error::KeyRejected| KeyError::Rejected(error.to_string());
        let unusable = |_| KeyError::Rejected("not usable for decryption".to_owned());
        let signing = RsaKeyPair::from_pkcs8(der).map_err(rejected)?;
        let decrypting = PrivateDecryptingKey::from_pkcs8(der).map_err(rejected)?;
        let oaep = OaepPrivateDecryptingKey::new(decrypting.clone()).map_err(unusable)?;
        let pkcs1 = Pkcs1PrivateDecryptingKey::new(decrypting).map_err(unusable)?;
        Ok(Self(Arc::new(Inner { signing, oaep, pkcs1 })))
    }

    /// RSASSA-PKCS1-v1_5 with SHA-256, or with SHA-1 where that is asked for; `None` when the library
    /// refuses.
    pub(crate) fn sign(&self, hash: SignatureHash, message: &[u8]) -> Option<Vec<u8>> {
        if hash == SignatureHash::Sha1 {
            let pkcs8: Pkcs8V1Der<'_> = self.0.signing.as_der().ok()?;
            return rsa_sha1::sign(pkcs8.as_ref(), message);
        }
        let mut signature = vec![0; self.0.signing.public_modulus_len()];
        let random = aws_lc_rs::rand::SystemRandom::new();
        self.0.signing.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature).ok()?;
        Some(signature)
    }

    /// Unwraps a content key; `None` without telling why.
    pub(crate) fn unwrap_oaep(
        &self,
        algorithm: &'static OaepAlgorithm,
        wrapped: &[u8],
    ) -> Option<Zeroizing<Vec<u8>>> {
        let mut out = Zeroizing::new(vec![0; self.0.oaep.min_output_size()]);
        let length = self.0.oaep.decrypt(algorithm, wrapped, &mut out, None).ok()?.len();
        out.truncate(length);
        Some(out)
    }

    /// Unwraps a content key; `None` without telling why.
    pub(crate) fn unwrap_pkcs1(&self, wrapped: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let mut out = Zeroizing::new(vec![0; self.0.pkcs1.min_output_size()]);
        let length = self.0.pkcs1.decrypt(wrapped, &mut out).ok()?.len();
        out.truncate(length);
        Some(out)
    }

    pub(crate) fn belongs_to(&self, certificate: &Certificate) -> bool {
        self.0.signing.public_key().as_ref() == certificate.key().raw()
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PrivateKey(…)")
    }
}

/// A PKCS#1 key in the PKCS#8 wrapping that the library reads.
fn pkcs8_around(pkcs1: &[u8]) -> Zeroizing<Vec<u8>> {
    let key = Zeroizing::new(tlv(OCTET_STRING, pkcs1));
    Zeroizing::new(nested(SEQUENCE, &[&[0x02, 1, 0], &RSA_ALGORITHM, &key]))
}

/// Who we are towards others: a certificate, those that issued it, and the private key.
#[derive(Clone, Debug)]
pub struct Identity {
    certificate: Certificate,
    chain: Vec<Certificate>,
    key: PrivateKey,
    signature_hash: SignatureHash,
}

/// The hash function of signatures that we make.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SignatureHash {
    /// SHA-256.
    #[default]
    Sha256,
    /// SHA-1, as the reference signs: only for receivers that know nothing else.
    Sha1,
}

impl Identity {
    /// Puts certificate and key together. `chain` is the issuers from the nearest to the root; it
    /// travels with signatures and may be empty.
    pub fn new(certificate: Certificate, chain: Vec<Certificate>, key: PrivateKey) -> Result<Self, KeyError> {
        if !key.belongs_to(&certificate) {
            return Err(KeyError::OtherCertificate);
        }
        Ok(Self { certificate, chain, key, signature_hash: SignatureHash::default() })
    }

    /// The same identity, which signs with this hash function.
    #[must_use]
    pub fn signing_with(self, signature_hash: SignatureHash) -> Self {
        Self { signature_hash, ..self }
    }

    /// What it signs with.
    pub(crate) fn signature_hash(&self) -> SignatureHash {
        self.signature_hash
    }

    /// Our certificate.
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// Whether our certificate is valid at a moment; others refuse what it signs otherwise.
    pub fn valid_at(&self, at: UnixTime) -> bool {
        self.certificate.is_valid_at(at)
    }

    /// Those that issued it.
    pub fn chain(&self) -> &[Certificate] {
        &self.chain
    }

    /// Our key.
    pub fn key(&self) -> &PrivateKey {
        &self.key
    }
}
