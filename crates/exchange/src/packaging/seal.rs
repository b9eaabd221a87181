//! Files from blobs become a signed, encrypted container in a transport zip, in one blob. One pass,
//! constant memory; hashing and encrypting run side by side.

use std::io;
use std::sync::Arc;

use asic::error::{EnvelopeError, PackError, TransportError};
use asic::{Certificate, EnvelopeWriter, HandOver, Identity, Manifest, TransportWriter, UnixTime};
use bytes::Bytes;
use store::blobs::{BlobError, BlobKey, Blobs};

use crate::message::document::Document;

/// What is to be sealed.
pub(crate) struct Sealing {
    pub(crate) envelope: Bytes,
    /// In the form `0192:<number>`.
    pub(crate) sender: String,
    pub(crate) receiver: String,
    /// The main document first.
    pub(crate) documents: Vec<Document>,
    pub(crate) recipient: Certificate,
    pub(crate) signer: Identity,
    pub(crate) signed_at: UnixTime,
}

/// Why nothing could be sealed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SealError {
    #[error(transparent)]
    Pack(#[from] PackError),
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
    #[error(transparent)]
    Transport(#[from] TransportError),
    // Not transparent, so that the blob store's own error is found among the causes.
    #[error("{0}")]
    Blob(#[from] BlobError),
    #[error("could not hand over to the encrypting thread: {0}")]
    HandOver(#[from] io::Error),
}

impl SealError {
    /// Whether trying again may help: the disk was full or failed, nothing is wrong with the message.
    pub(crate) fn is_temporary(&self) -> bool {
        super::is_about_the_machine(self)
    }
}

/// A package without files: the envelope alone. Blocks.
pub(crate) fn seal_envelope(blobs: &Arc<dyn Blobs>, sbd: &[u8], into: &BlobKey) -> Result<u64, SealError> {
    let out = blobs.create_blocking(into)?;
    let (out, _) = asic::write_message(out, sbd)?;
    Ok(out.finish()?)
}

/// Seals a message; answers the package's size in bytes. Blocks.
pub(crate) fn seal(blobs: &Arc<dyn Blobs>, sealing: Sealing, into: &BlobKey) -> Result<u64, SealError> {
    let Some(main) = sealing.documents.first() else {
        return seal_envelope(blobs, &sealing.envelope, into);
    };
    let manifest = Manifest {
        receiver: sealing.receiver,
        sender: sealing.sender,
        main_document: main.name.clone(),
        main_media_type: main.media_type.clone(),
    };
    let out = TransportWriter::begin(blobs.create_blocking(into)?, &sealing.envelope)?;
    let envelope = EnvelopeWriter::new(out, &[sealing.recipient])?;
    let mut encrypting = HandOver::to(envelope)?;
    let documents = sealing.documents.into_iter().map(|document| {
        let content = blobs.read_blocking(&document.blob).map_err(io::Error::other)?;
        let media_type = Some(document.media_type);
        Ok(asic::Document { name: document.name, media_type, content })
    });
    asic::pack(&mut encrypting, Some(&manifest), documents, &sealing.signer, sealing.signed_at)?;
    let (out, _) = encrypting.finish()?.finish()?.finish()?;
    Ok(out.finish()?)
}
