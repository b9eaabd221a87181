//! Certificates, keys, key stores, and why somebody is not trusted.

use super::{BerError, Malformed};

/// A certificate that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// Neither DER nor PEM.
    #[error("the certificate is not valid PEM or base64")]
    NotPem,
    /// No certificate in the text.
    #[error("there is no certificate in the text")]
    Missing,
    /// Not an X.509 certificate.
    #[error("the certificate cannot be parsed: {0}")]
    Parse(#[from] der::Error),
    /// Not well-formed DER.
    #[error("the certificate cannot be parsed: {0}")]
    Malformed(#[from] Malformed),
    /// Neither subject attribute holds nine digits.
    #[error("the certificate names no organization number")]
    NoOrganizationNumber,
    /// The public key is not RSA, which is all that message exchange knows.
    #[error("the certificate's key is not an RSA key")]
    NotRsa,
    /// An RSA key below 2048 bits.
    #[error("the certificate's RSA key has {bits} bits, at least 2048 are needed")]
    WeakKey {
        /// Bits in the modulus.
        bits: usize,
    },
}

/// A private key that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// No private key in the text.
    #[error("there is no private key in PEM form in the text")]
    NotPem,
    /// Encrypted with a password.
    #[error("the private key is encrypted; decrypt it first")]
    Encrypted,
    /// Not RSA, broken, or of an unusable size.
    #[error("the private key is not a usable RSA key: {0}")]
    Rejected(String),
    /// Key and certificate do not belong together.
    #[error("the private key does not belong to the certificate")]
    OtherCertificate,
}

/// Why a certificate is not trusted.
#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    /// Before its first moment.
    #[error("{subject} is not valid before {not_before}")]
    NotYetValid {
        /// Whose certificate.
        subject: String,
        /// Its first moment.
        not_before: crate::UnixTime,
    },
    /// After its last moment.
    #[error("{subject} was valid until {not_after}")]
    Expired {
        /// Whose certificate.
        subject: String,
        /// Its last moment.
        not_after: crate::UnixTime,
    },
    /// Issued by itself.
    #[error("the certificate is self-signed")]
    SelfSigned,
    /// A critical extension beyond key usage and basic constraints.
    #[error("the certificate has a critical extension that is not understood: {0}")]
    CriticalExtension(String),
    /// No critical key usage.
    #[error("the certificate does not state its key usage as critical")]
    NoKeyUsage,
    /// The key usage does not allow signing.
    #[error("the certificate's key may not be used for signatures")]
    NotForSigning,
    /// None of the accepted policies.
    #[error("the certificate has none of the accepted policies")]
    Policy,
    /// No way up to a root.
    #[error("no trusted issuer is known for {issuer}")]
    NoPath {
        /// The issuer's name as written in the certificate.
        issuer: String,
    },
    /// The issuer's name fits, its signature does not.
    #[error("the signature of {issuer} on the certificate does not verify")]
    BadSignature {
        /// The issuer's name.
        issuer: String,
    },
    /// The issuer may not issue.
    #[error("{issuer} is not allowed to issue certificates")]
    NotAnIssuer {
        /// The issuer's name.
        issuer: String,
    },
    /// More issuers below another than it allows.
    #[error("the chain below {issuer} is longer than it allows")]
    ChainTooLong {
        /// The issuer's name.
        issuer: String,
    },
    /// On its issuer's list of revoked certificates.
    #[error("the certificate has been revoked")]
    Revoked,
    /// The revocation list is not signed by the issuer, or is out of date.
    #[error("the revocation list cannot be used: {0}")]
    RevocationList(&'static str),
    /// A certificate in the chain cannot be read.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
}

/// A key store that cannot be opened, or does not hold what is looked for.
#[derive(Debug, thiserror::Error)]
pub enum KeyStoreError {
    /// Neither PKCS#12 nor JKS, JCEKS or PEM.
    #[error("the file is no key store: neither PKCS#12 nor JKS, JCEKS or PEM")]
    UnknownKind,
    /// The bytes break the format.
    #[error("the key store is damaged: {0}")]
    Damaged(&'static str),
    /// Not BER.
    #[error("the key store is damaged: {0}")]
    Ber(#[from] BerError),
    /// BER, but not the structure of a key store.
    #[error("the key store is damaged: {0}")]
    Malformed(#[from] Malformed),
    /// The check value does not fit. Which of the two it is cannot be told.
    #[error("the password of the key store is wrong, or the file was altered")]
    WrongPassword,
    /// The key is protected by another password than the store.
    #[error("the key of entry {0:?} does not open with the password of the key store")]
    WrongKeyPassword(String),
    /// An algorithm that is not read.
    #[error("the key store uses an unknown algorithm: {0}")]
    UnknownAlgorithm(String),
    /// So much work that somebody wants to keep us busy.
    #[error("the key store asks for {0} iterations")]
    TooManyIterations(u64),
    /// No private key at all.
    #[error("the key store holds no private key")]
    NoKey,
    /// No such entry.
    #[error("the key store has no private key under the alias {wanted:?}; it has {there:?}")]
    NoSuchAlias {
        /// The alias asked for.
        wanted: String,
        /// Those that are there.
        there: Vec<String>,
    },
    /// Several keys, and none was named.
    #[error("the key store holds several private keys, so an alias is needed; it has {0:?}")]
    SeveralKeys(Vec<String>),
    /// A key without its certificate.
    #[error("the key store has no certificate for the key {0:?}")]
    NoCertificate(String),
    /// A certificate in it cannot be read.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// The key cannot be used.
    #[error(transparent)]
    Key(#[from] KeyError),
}
