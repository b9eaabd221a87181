//! Files become a signed container, plain or encrypted, alone or in a transport zip, in one blob. One
//! pass, constant memory; hashing and encrypting run side by side.

use std::io::{self, Write};
use std::sync::Arc;

use asic::error::{EnvelopeError, PackError, TransportError};
use asic::{
    Certificate, EnvelopeWriter, HandOver, Identity, KeyTransport, Manifest, TransportWriter, UnixTime,
};
use bytes::Bytes;
use store::blobs::{BlobError, BlobKey, Blobs};

use crate::transports::Loose;

/// What is to be sealed.
pub(crate) struct Sealing {
    pub(crate) form: Form,
    /// In the form `0192:<number>`; `manifest.xml` is left out where there is nobody to name.
    pub(crate) parties: Option<Parties>,
    /// The main document first; at least one.
    pub(crate) documents: Vec<Loose>,
    pub(crate) signer: Identity,
    pub(crate) signed_at: UnixTime,
}

/// Sender and receiver as `manifest.xml` names them.
pub(crate) struct Parties {
    pub(crate) sender: String,
    pub(crate) receiver: String,
}

/// What comes of it.
pub(crate) enum Form {
    /// Envelope and encrypted container in one zip.
    TransportZip { envelope: Bytes, recipient: Certificate },
    /// The container alone, encrypted.
    Sealed { recipient: Certificate, keys: KeyTransport },
    /// The container alone, for everybody to read.
    Plain,
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
    let Sealing { form, parties, documents, signer, signed_at } = sealing;
    let container = Container { parties, documents, signer, signed_at };
    let out = blobs.create_blocking(into)?;
    match form {
        Form::TransportZip { envelope, recipient } => {
            let out = EnvelopeWriter::new(TransportWriter::begin(out, &envelope)?, &[recipient])?;
            let (out, _) = container.encrypt(out)?.finish()?;
            Ok(out.finish()?)
        }
        Form::Sealed { recipient, keys } => {
            let out = EnvelopeWriter::begin(out, &[recipient], keys, None)?;
            Ok(container.encrypt(out)?.finish()?)
        }
        Form::Plain => {
            let mut out = out;
            container.pack(&mut out)?;
            Ok(out.finish()?)
        }
    }
}

/// A container that is about to be written.
struct Container {
    parties: Option<Parties>,
    documents: Vec<Loose>,
    signer: Identity,
    signed_at: UnixTime,
}

impl Container {
    /// Writes through an encrypting thread; answers what lies behind it.
    fn encrypt<W: Write + Send + 'static>(self, envelope: EnvelopeWriter<W>) -> Result<W, SealError> {
        let mut encrypting = HandOver::to(envelope)?;
        self.pack(&mut encrypting)?;
        Ok(encrypting.finish()?.finish()?)
    }

    fn pack(self, out: &mut impl Write) -> Result<(), SealError> {
        let main = self.documents.first().map(|main| (main.name.clone(), main.media_type.clone()));
        let manifest = self.parties.zip(main).map(|(parties, (name, media_type))| Manifest {
            main_media_type: asic::media_type(&name, media_type.as_deref()).to_owned(),
            receiver: parties.receiver,
            sender: parties.sender,
            main_document: name,
        });
        let documents = self.documents.into_iter().map(|document| {
            let Loose { name, media_type, source } = document;
            Ok(asic::Document { name, media_type, content: source.open()? })
        });
        asic::pack(out, manifest.as_ref(), documents, &self.signer, self.signed_at)?;
        Ok(())
    }
}
