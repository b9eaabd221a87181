//! BER, signatures and envelopes.

use std::io;

use super::{CertificateError, Malformed};

/// A BER structure that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum BerError {
    /// The input ended inside an element.
    #[error("the structure is cut off")]
    Truncated,
    /// Something follows the end of the structure.
    #[error("bytes follow the end of the structure")]
    TrailingBytes,
    /// An element reaches beyond the one around it.
    #[error("an element is longer than the one around it")]
    Overrun,
    /// Another element than the format asks for at this place.
    #[error("expected an element with tag {expected:#04x}, found {found:#04x}")]
    Unexpected {
        /// The tag the format asks for; 0 for "the end".
        expected: u8,
        /// The tag that came.
        found: u8,
    },
    /// A tag number above 30, which neither CMS nor X.509 uses.
    #[error("an element has a tag of several bytes")]
    LongTag,
    /// "Until end-of-contents" on an element that has no elements inside.
    #[error("an element without elements inside has no length")]
    PrimitiveWithoutLength,
    /// A length that no file can have.
    #[error("an element claims a length beyond 64 bits")]
    LengthTooLarge,
    /// More than is kept in memory.
    #[error("a part that must fit in memory is too large")]
    TooLarge,
    /// Elements inside elements without end.
    #[error("elements are nested too deeply")]
    TooDeep,
    /// The input could not be read.
    #[error("could not read: {0}")]
    Io(#[from] io::Error),
}

/// A detached signature that does not hold, or cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum SignatureError {
    /// Not BER.
    #[error("the signature file cannot be read: {0}")]
    Ber(#[from] BerError),
    /// BER, but not the structure of signed data.
    #[error("the signature file is not CMS signed data: {0}")]
    Malformed(#[from] Malformed),
    /// Another kind of CMS message.
    #[error("the signature file holds another CMS type: {0}")]
    NotSignedData(String),
    /// The content is inside the signature, where it could differ from the entry.
    #[error("the signature carries its own content instead of covering the manifest")]
    Attached,
    /// Nobody signed.
    #[error("the signature file holds no signature")]
    NoSigner,
    /// The signer's certificate is not in the file.
    #[error("the signer's certificate is not in the signature file")]
    SignerCertificateMissing,
    /// A certificate in the file cannot be read.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// An algorithm outside SHA-1, SHA-2, RSA and ECDSA.
    #[error("the signature uses an unknown algorithm: {0}")]
    UnknownAlgorithm(String),
    /// The signed attributes lack content type or digest.
    #[error("the signed attributes lack {0}")]
    AttributeMissing(&'static str),
    /// The digest in the signature is of other bytes.
    #[error("the signature covers other bytes")]
    OtherContent,
    /// The attribute that names the signer's certificate names another.
    #[error("the signature names another signing certificate than the one it comes with")]
    OtherSigningCertificate,
    /// The mathematics say no.
    #[error("the signature does not verify")]
    Invalid,
    /// The private key refused.
    #[error("the private key could not sign")]
    CouldNotSign,
    /// A signing time that ASN.1 cannot express.
    #[error("the signing time is after the year 9999")]
    SigningTime,
}

/// An encrypted envelope that cannot be made or opened.
#[derive(Debug, thiserror::Error)]
pub enum EnvelopeError {
    /// Cut off, or not BER at all.
    #[error("the envelope cannot be read: {0}")]
    Ber(#[from] BerError),
    /// BER, but not the structure of enveloped data.
    #[error("the envelope is not CMS enveloped data: {0}")]
    Malformed(#[from] Malformed),
    /// Another kind of CMS message.
    #[error("the envelope holds another CMS type: {0}")]
    NotEnveloped(String),
    /// No key to open with, or nobody to close for.
    #[error("an envelope needs at least one certificate")]
    NoRecipient,
    /// No recipient is named in a way that we know.
    #[error("the envelope names no recipient with an RSA key")]
    NoKeyTransport,
    /// Key transport that is not RSA with PKCS#1 v1.5 or OAEP.
    #[error("the envelope wraps its key in an unknown way: {0}")]
    UnknownKeyTransport(String),
    /// A content cipher that is not AES-CBC or AES-GCM.
    #[error("the envelope uses an unknown content cipher: {0}")]
    UnknownCipher(String),
    /// None of the recipients is us, and the first could not be opened with our key either.
    #[error("the envelope is addressed to another certificate")]
    OtherRecipient,
    /// Wrong key, or content that was altered. Which of them is not told, on purpose: the
    /// difference would help somebody who guesses.
    #[error("the envelope cannot be decrypted")]
    Undecryptable,
    /// GCM content must be checked whole before a byte is given out, so it has a limit.
    #[error("authenticated content is above {limit} bytes")]
    AuthenticatedContentTooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// Fewer or more bytes were written than promised in the header.
    #[error("{written} bytes were written, {promised} were promised")]
    SizeMismatch {
        /// Bytes promised.
        promised: u64,
        /// Bytes written.
        written: u64,
    },
    /// The recipient's certificate cannot be used.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// A cryptographic operation failed that cannot fail on correct input.
    #[error("the cryptographic library refused")]
    Cryptography,
    /// The input could not be read or the output not written.
    #[error("could not read or write: {0}")]
    Io(#[source] io::Error),
}

impl EnvelopeError {
    /// The envelope error inside an error that came out of a reader or writer.
    pub fn inside(error: &io::Error) -> Option<&Self> {
        error.get_ref()?.downcast_ref()
    }

    /// The error itself if it travelled inside an I/O error.
    pub(crate) fn unwrap_io(error: io::Error) -> Self {
        error.downcast().unwrap_or_else(Self::Io)
    }
}

impl From<io::Error> for EnvelopeError {
    fn from(error: io::Error) -> Self {
        Self::unwrap_io(error)
    }
}
