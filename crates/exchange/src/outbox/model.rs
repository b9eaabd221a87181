//! A message on its way out.

use jiff::Timestamp;
use store::blobs::BlobKey;
use types::OrgNumber;
use uuid::Uuid;

use crate::message::document::Document;
use crate::registry::ServiceIdentifier;

/// How far it has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// Takes files.
    Draft,
    /// Is being sent.
    Queued,
}

impl State {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Queued => "queued",
        }
    }
}

/// A message on its way out.
#[derive(Clone, Debug)]
pub(crate) struct OutMessage {
    pub(crate) id: Uuid,
    pub(crate) owner: OrgNumber,
    pub(crate) state: State,
    pub(crate) message_id: String,
    pub(crate) conversation_id: String,
    pub(crate) process: String,
    /// Which of our organizations sends it, without scheme.
    pub(crate) sender: String,
    pub(crate) receiver: Option<String>,
    pub(crate) service: ServiceIdentifier,
    pub(crate) sbd: String,
    pub(crate) main_document: Option<String>,
    /// The files that `arkivmelding.xml` refers to, once it has been added.
    pub(crate) referenced: Option<Vec<String>>,
    pub(crate) files_bytes: u64,
    pub(crate) expires: Timestamp,
    pub(crate) package: Option<SealedPackage>,
}

/// A package that is ready to be handed over.
#[derive(Clone, Debug)]
pub(crate) struct SealedPackage {
    pub(crate) blob: BlobKey,
    pub(crate) bytes: u64,
    /// The fingerprint of the certificate it was encrypted to.
    pub(crate) recipient: Vec<u8>,
}

/// A message and its files, both read in one snapshot.
#[derive(Clone, Debug)]
pub(crate) struct WithFiles {
    pub(crate) message: OutMessage,
    pub(crate) files: Vec<Document>,
}

impl WithFiles {
    /// The files in the order of the container: the main document first, the rest as they were added.
    pub(crate) fn in_order(&self) -> Vec<Document> {
        let main = self.message.main_document.as_deref();
        let mut files = self.files.clone();
        files.sort_by_key(|file| (Some(file.name.as_str()) != main, file.number));
        files
    }

    /// Every blob that belongs to the message.
    pub(crate) fn blobs(&self) -> Vec<BlobKey> {
        let package = self.message.package.iter().map(|package| package.blob.clone());
        self.files.iter().map(|file| file.blob.clone()).chain(package).collect()
    }
}
