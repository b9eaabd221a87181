//! What can be wrong, precisely: one enum per thing that is opened or made.

use std::io;

pub use crate::elements::Malformed;

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

/// A zip archive that cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum ZipError {
    /// No directory at the end: cut off, or no zip at all.
    #[error("the archive has no directory at its end; it is cut off or not a zip")]
    NoDirectory,
    /// The directory does not fit what is around it.
    #[error("the archive's directory is inconsistent: {0}")]
    Inconsistent(&'static str),
    /// More entries than allowed.
    #[error("the archive has {entries} entries, the limit is {limit}")]
    TooManyEntries {
        /// Entries in the archive.
        entries: u64,
        /// Entries allowed.
        limit: u64,
    },
    /// Unpacks to more than allowed.
    #[error("the archive unpacks to {size} bytes, the limit is {limit}")]
    TooLarge {
        /// Bytes after unpacking.
        size: u64,
        /// Bytes allowed.
        limit: u64,
    },
    /// An entry that must fit in memory does not.
    #[error("entry {name:?} unpacks to {size} bytes, the limit is {limit}")]
    EntryTooLarge {
        /// The entry.
        name: String,
        /// Bytes after unpacking.
        size: u64,
        /// Bytes allowed.
        limit: u64,
    },
    /// Unpacks to suspiciously much: a bomb.
    #[error("entry {name:?} unpacks to more than {limit} times its packed size")]
    Ratio {
        /// The entry.
        name: String,
        /// The highest ratio allowed.
        limit: u64,
    },
    /// A name that could lead somewhere else.
    #[error("entry name {name:?} is not allowed: {reason}")]
    Name {
        /// The name.
        name: String,
        /// What is wrong with it.
        reason: NameError,
    },
    /// A name that is not UTF-8.
    #[error("an entry name is not UTF-8")]
    NameNotUtf8,
    /// Two entries with one name.
    #[error("two entries are named {0:?}")]
    Duplicate(String),
    /// Two entries share bytes.
    #[error("entry {0:?} overlaps another")]
    Overlap(String),
    /// An entry with a password.
    #[error("entry {0:?} is encrypted")]
    Encrypted(String),
    /// A compression method that is neither stored nor deflated.
    #[error("entry {name:?} uses compression method {method}")]
    Method {
        /// The entry.
        name: String,
        /// The method's number.
        method: u16,
    },
    /// Local and central header of an entry disagree.
    #[error("entry {0:?} has two headers that disagree")]
    HeaderMismatch(String),
    /// The content is not what the directory says.
    #[error("entry {0:?} is damaged")]
    Damaged(String),
    /// More than 65,535 bytes of name.
    #[error("an entry name is longer than 65535 bytes")]
    NameTooLong,
    /// The input could not be read or the output not written.
    #[error("could not read or write: {0}")]
    Io(#[source] io::Error),
}

impl ZipError {
    /// The zip error inside an error that came out of a reader or writer.
    pub fn inside(error: &io::Error) -> Option<&Self> {
        error.get_ref()?.downcast_ref()
    }
}

impl From<io::Error> for ZipError {
    fn from(error: io::Error) -> Self {
        error.downcast().unwrap_or_else(Self::Io)
    }
}

/// What is wrong with a file name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing.
    #[error("it is empty")]
    Empty,
    /// From the root, or from a drive.
    #[error("it is absolute")]
    Absolute,
    /// A `..`, `.` or empty segment.
    #[error("it has a segment that is empty, . or ..")]
    Segment,
    /// A backslash.
    #[error("it has a backslash")]
    Backslash,
    /// NUL or another control character, or one that XML cannot hold.
    #[error("it has a control character")]
    Control,
    /// In the folder that belongs to the format.
    #[error("META-INF belongs to the container format")]
    Reserved,
    /// An entry that the format writes itself.
    #[error("the container format uses this name itself")]
    Taken,
    /// A folder.
    #[error("it is a folder")]
    Folder,
    /// Longer than a zip can say.
    #[error("it is longer than 65535 bytes")]
    TooLong,
}

/// An XML manifest that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// Not well-formed.
    #[error("the manifest is not well-formed XML: {0}")]
    Xml(String),
    /// Not UTF-8.
    #[error("the manifest is not UTF-8")]
    NotUtf8,
    /// A document type declaration, which could define entities.
    #[error("the manifest has a document type declaration")]
    DocumentType,
    /// Another document.
    #[error("the root element is {0:?}")]
    Root(String),
    /// Something the schema demands.
    #[error("the manifest lacks {0}")]
    Missing(&'static str),
    /// A digest that is not SHA-256.
    #[error("{uri:?} has a digest of an unsupported kind: {algorithm:?}")]
    DigestAlgorithm {
        /// The data object.
        uri: String,
        /// The algorithm's URI.
        algorithm: String,
    },
    /// Not 32 bytes of base64.
    #[error("{uri:?} has a digest that is not 32 bytes in base64")]
    DigestValue {
        /// The data object.
        uri: String,
    },
    /// Two lines for one file.
    #[error("{0:?} is listed twice")]
    Duplicate(String),
    /// Two files claim to be the main one.
    #[error("two files are marked as root file")]
    TwoRootFiles,
}

/// A container that could not be made.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// A document's name cannot be used.
    #[error("document name {name:?} is not allowed: {reason}")]
    Name {
        /// The name.
        name: String,
        /// What is wrong with it.
        reason: NameError,
    },
    /// Two documents with one name.
    #[error("two documents are named {0:?}")]
    Duplicate(String),
    /// A container without documents; such a message has no container.
    #[error("a container needs at least one document")]
    NoDocuments,
    /// The manifest names another main document than the first.
    #[error("the manifest names {named:?} as main document, the first document is {first:?}")]
    MainDocument {
        /// Named in the manifest.
        named: String,
        /// The first document.
        first: String,
    },
    /// A document could not be read.
    #[error("document {name:?} could not be read: {source}")]
    Document {
        /// The document; empty when it could not even be opened.
        name: String,
        /// Why.
        source: io::Error,
    },
    /// A text that XML cannot hold.
    #[error("{0} has a character that XML cannot hold")]
    Text(&'static str),
    /// The signature could not be made.
    #[error(transparent)]
    Signature(#[from] SignatureError),
    /// The archive could not be written.
    #[error(transparent)]
    Zip(#[from] ZipError),
}

/// A container that is not right.
#[derive(Debug, thiserror::Error)]
pub enum ContainerError {
    /// The zip around it.
    #[error(transparent)]
    Zip(#[from] ZipError),
    /// `mimetype` has another content.
    #[error("the mimetype entry says something else than ASiC-E")]
    Mimetype,
    /// `mimetype` is not the first entry.
    #[error("the container does not begin with its mimetype entry")]
    MimetypeNotFirst,
    /// Something in `META-INF/` that does not belong there.
    #[error("{0:?} does not belong in META-INF")]
    UnknownMetadata(String),
    /// A signature of the XML kind.
    #[error("the container is signed with XAdES, which is not supported")]
    Xades,
    /// No manifest, so nothing says what was signed.
    #[error("the container has no ASiC manifest")]
    NoManifest,
    /// A manifest that cannot be read.
    #[error("{name:?}: {source}")]
    Manifest {
        /// The entry.
        name: String,
        /// Why.
        source: ManifestError,
    },
    /// The manifest's signature is not there.
    #[error("the signature {0:?} is missing")]
    SignatureMissing(String),
    /// A signature that no manifest speaks of.
    #[error("the signature {0:?} belongs to no manifest")]
    SignatureUnused(String),
    /// A signature that does not hold.
    #[error("{name:?}: {source}")]
    Signature {
        /// The entry.
        name: String,
        /// Why.
        source: SignatureError,
    },
    /// The signer is not trusted.
    #[error("the signer is not trusted: {0}")]
    Trust(#[from] TrustError),
    /// A file that no manifest lists.
    #[error("{0:?} is not covered by any signature")]
    Unlisted(String),
    /// A listed file that is not there.
    #[error("{0:?} is listed but missing")]
    FileMissing(String),
    /// A file with other content than was signed.
    #[error("{0:?} has another content than was signed")]
    Digest(String),
    /// No such document.
    #[error("there is no document {0:?}")]
    NoSuchDocument(String),
}

/// A transport zip that is not right.
#[derive(Debug, thiserror::Error)]
pub enum TransportError {
    /// The zip itself.
    #[error(transparent)]
    Zip(#[from] ZipError),
    /// `sbd.json` is not there.
    #[error("the transport zip has no sbd.json")]
    NoSbd,
}
