//! Public keys and the signatures they verify, in terms of X.509 and CMS algorithm identifiers.

use aws_lc_rs::digest;
use aws_lc_rs::signature::{self, UnparsedPublicKey, VerificationAlgorithm};
use const_oid::ObjectIdentifier;

use crate::ber::SEQUENCE;
use crate::elements::{Algorithm, Element, Elements, Malformed};

pub(crate) const RSA_ENCRYPTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
pub(crate) const SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");
pub(crate) const SHA1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.14.3.2.26");
const RSA_PSS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.10");
const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");

/// A hash function that peers use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Hash {
    /// SHA-1: to read what older peers made, and to write what they can read.
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

impl Hash {
    pub(crate) fn from_oid(oid: ObjectIdentifier) -> Option<Self> {
        match oid.to_string().as_str() {
            "1.3.14.3.2.26" => Some(Self::Sha1),
            "2.16.840.1.101.3.4.2.1" => Some(Self::Sha256),
            "2.16.840.1.101.3.4.2.2" => Some(Self::Sha384),
            "2.16.840.1.101.3.4.2.3" => Some(Self::Sha512),
            _ => None,
        }
    }

    pub(crate) fn algorithm(self) -> &'static digest::Algorithm {
        match self {
            Self::Sha1 => &digest::SHA1_FOR_LEGACY_USE_ONLY,
            Self::Sha256 => &digest::SHA256,
            Self::Sha384 => &digest::SHA384,
            Self::Sha512 => &digest::SHA512,
        }
    }

    pub(crate) fn of(self, bytes: &[u8]) -> digest::Digest {
        digest::digest(self.algorithm(), bytes)
    }
}

/// How a signature is made from a hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scheme {
    RsaPkcs1,
    RsaPss,
    Ecdsa,
}

/// An algorithm identifier of a signature, understood.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SignatureScheme {
    scheme: Scheme,
    hash: Hash,
}

impl SignatureScheme {
    /// `implied` is the hash named elsewhere, for identifiers that only say "RSA".
    pub(crate) fn parse(algorithm: Algorithm<'_>, implied: Option<Hash>) -> Option<Self> {
        let (scheme, hash) = match algorithm.oid.to_string().as_str() {
            "1.2.840.113549.1.1.1" => (Scheme::RsaPkcs1, implied?),
            "1.2.840.113549.1.1.5" => (Scheme::RsaPkcs1, Hash::Sha1),
            "1.2.840.113549.1.1.11" => (Scheme::RsaPkcs1, Hash::Sha256),
            "1.2.840.113549.1.1.12" => (Scheme::RsaPkcs1, Hash::Sha384),
            "1.2.840.113549.1.1.13" => (Scheme::RsaPkcs1, Hash::Sha512),
            "1.2.840.10045.4.3.2" => (Scheme::Ecdsa, Hash::Sha256),
            "1.2.840.10045.4.3.3" => (Scheme::Ecdsa, Hash::Sha384),
            _ if algorithm.oid == RSA_PSS => (Scheme::RsaPss, pss_hash(algorithm.parameters?)?),
            _ => return None,
        };
        Some(Self { scheme, hash })
    }
}

/// What certificates and revocation lists have in common: a part that is signed, the signature's
/// algorithm, and the signature (the SIGNED macro of X.509).
pub(crate) struct Signed {
    part: Vec<u8>,
    /// The content of the AlgorithmIdentifier.
    algorithm: Vec<u8>,
    signature: Vec<u8>,
}

impl Signed {
    pub(crate) fn parse(der: &[u8]) -> Result<Self, Malformed> {
        let mut fields = Elements::of(der, SEQUENCE)?;
        let part = fields.element(SEQUENCE)?.whole.to_vec();
        let algorithm = fields.element(SEQUENCE)?.content.to_vec();
        let signature = fields.element(0x03)?.content.get(1..).ok_or(Malformed)?.to_vec();
        fields.end()?;
        Ok(Self { part, algorithm, signature })
    }

    /// The fields of the part that is signed.
    pub(crate) fn fields(&self) -> Result<Elements<'_>, Malformed> {
        Elements::of(&self.part, SEQUENCE)
    }

    /// Whether `key` made the signature.
    pub(crate) fn is_by(&self, key: &PublicKey) -> bool {
        let scheme = Algorithm::parse(Elements::row(&self.algorithm))
            .ok()
            .and_then(|algorithm| SignatureScheme::parse(algorithm, None));
        scheme.is_some_and(|scheme| key.verifies(scheme, &self.part, &self.signature))
    }
}

/// The hash in RSASSA-PSS parameters (RFC 4055 section 3.1); SHA-1 when absent.
fn pss_hash(parameters: Element<'_>) -> Option<Hash> {
    match parameters.inside().optional(0xA0).ok()? {
        None => Some(Hash::Sha1),
        Some(hash) => {
            let algorithm = hash.inside().element(SEQUENCE).ok()?;
            Hash::from_oid(Algorithm::parse(algorithm.inside()).ok()?.oid)
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Rsa { bits: usize },
    P256,
    P384,
    Other,
}

/// A SubjectPublicKeyInfo.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PublicKey {
    der: Vec<u8>,
    /// What is inside the bit string.
    raw: Vec<u8>,
    kind: Kind,
}

impl PublicKey {
    pub(crate) fn parse(info: Element<'_>) -> Result<Self, Malformed> {
        let mut fields = info.inside();
        let algorithm = Algorithm::parse(fields.element(SEQUENCE)?.inside())?;
        let bits = fields.element(0x03)?.content;
        let (0, raw) = bits.split_first().map(|(unused, raw)| (*unused, raw)).ok_or(Malformed)? else {
            return Err(Malformed);
        };
        let curve = algorithm.parameters.and_then(|it| Elements::row(it.whole).oid().ok());
        let kind = match (algorithm.oid, curve) {
            (RSA_ENCRYPTION, _) => Kind::Rsa { bits: modulus_bits(raw)? },
            (EC_PUBLIC_KEY, Some(P256)) => Kind::P256,
            (EC_PUBLIC_KEY, Some(P384)) => Kind::P384,
            _ => Kind::Other,
        };
        Ok(Self { der: info.whole.to_vec(), raw: raw.to_vec(), kind })
    }

    pub(crate) fn to_der(&self) -> &[u8] {
        &self.der
    }

    /// What is inside the bit string: for RSA an RSAPublicKey.
    pub(crate) fn raw(&self) -> &[u8] {
        &self.raw
    }

    /// Bits in the modulus, for an RSA key.
    pub(crate) fn rsa_bits(&self) -> Option<usize> {
        match self.kind {
            Kind::Rsa { bits } => Some(bits),
            _ => None,
        }
    }

    /// Whether `signature` is this key's over `message`.
    pub(crate) fn verifies(&self, scheme: SignatureScheme, message: &[u8], signature: &[u8]) -> bool {
        self.algorithm(scheme).is_some_and(|algorithm| {
            UnparsedPublicKey::new(algorithm, &self.raw).verify(message, signature).is_ok()
        })
    }

    fn algorithm(&self, scheme: SignatureScheme) -> Option<&'static dyn VerificationAlgorithm> {
        Some(match (self.kind, scheme.scheme, scheme.hash) {
            (Kind::Rsa { .. }, Scheme::RsaPkcs1, Hash::Sha1) => {
                &signature::RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY
            }
            (Kind::Rsa { .. }, Scheme::RsaPkcs1, Hash::Sha256) => &signature::RSA_PKCS1_2048_8192_SHA256,
            (Kind::Rsa { .. }, Scheme::RsaPkcs1, Hash::Sha384) => &signature::RSA_PKCS1_2048_8192_SHA384,
            (Kind::Rsa { .. }, Scheme::RsaPkcs1, Hash::Sha512) => &signature::RSA_PKCS1_2048_8192_SHA512,
            (Kind::Rsa { .. }, Scheme::RsaPss, Hash::Sha256) => &signature::RSA_PSS_2048_8192_SHA256,
            (Kind::Rsa { .. }, Scheme::RsaPss, Hash::Sha384) => &signature::RSA_PSS_2048_8192_SHA384,
            (Kind::Rsa { .. }, Scheme::RsaPss, Hash::Sha512) => &signature::RSA_PSS_2048_8192_SHA512,
            (Kind::P256, Scheme::Ecdsa, Hash::Sha256) => &signature::ECDSA_P256_SHA256_ASN1,
            (Kind::P256, Scheme::Ecdsa, Hash::Sha384) => &signature::ECDSA_P256_SHA384_ASN1,
            (Kind::P384, Scheme::Ecdsa, Hash::Sha256) => &signature::ECDSA_P384_SHA256_ASN1,
            (Kind::P384, Scheme::Ecdsa, Hash::Sha384) => &signature::ECDSA_P384_SHA384_ASN1,
            _ => return None,
        })
    }
}

fn modulus_bits(rsa_public_key: &[u8]) -> Result<usize, Malformed> {
    let modulus = Elements::of(rsa_public_key, SEQUENCE)?.element(0x02)?.content;
    let zeros = modulus.iter().take_while(|byte| **byte == 0).count();
    let first = modulus.get(zeros).ok_or(Malformed)?;
    Ok((modulus.len() - zeros) * 8 - first.leading_zeros() as usize)
}
