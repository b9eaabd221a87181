//! Manifests, containers and packages.

use std::io;

use super::{NameError, SignatureError, TrustError, ZipError};

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
