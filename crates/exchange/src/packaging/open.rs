//! A package in a blob becomes an envelope, and a container that has been decrypted and verified.

use std::io;
use std::sync::Arc;

use asic::error::{ContainerError, EnvelopeError, TransportError};
use asic::{Container, Identity, Limits, Signature, Transport, Trust, TrustAnchors, UnixTime, open_envelope};
use store::blobs::{BlobError, BlobKey, Blobs};

/// What a package holds, before anything is decrypted.
pub(crate) struct Inside {
    pub(crate) envelope: Vec<u8>,
    pub(crate) has_container: bool,
}

/// With what packages are opened.
#[derive(Clone)]
pub(crate) struct Opening {
    pub(crate) identities: Vec<Identity>,
    pub(crate) trust: Option<Arc<TrustAnchors>>,
    pub(crate) limits: Limits,
    pub(crate) at: UnixTime,
}

/// A container that has been decrypted and verified.
pub(crate) struct Opened {
    pub(crate) bytes: u64,
    /// Who signed it, one for each manifest.
    pub(crate) signatures: Vec<Signature>,
}

/// Why a package cannot be opened.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OpenError {
    #[error("the transport zip: {0}")]
    Transport(#[from] TransportError),
    #[error("the envelope around the container: {0}")]
    Envelope(#[from] EnvelopeError),
    #[error("the container: {0}")]
    Container(#[from] ContainerError),
    #[error("unpacked it would be larger than {limit} bytes")]
    TooLarge { limit: u64 },
    // Not transparent, so that the blob store's own error is found among the causes.
    #[error("{0}")]
    Blob(#[from] BlobError),
}

impl OpenError {
    /// Whether the fault is ours (a full disk) and the package may be fine.
    pub(crate) fn is_ours(&self) -> bool {
        super::is_about_the_machine(self)
    }
}

/// Reads the envelope. Blocks.
pub(crate) fn look_inside(
    blobs: &Arc<dyn Blobs>,
    package: &BlobKey,
    limits: &Limits,
) -> Result<Inside, OpenError> {
    let mut transport = Transport::open(blobs.read_blocking(package)?, limits)?;
    Ok(Inside { envelope: transport.sbd()?, has_container: transport.has_container() })
}

/// Where a container is.
#[derive(Clone, Debug)]
pub(crate) enum Wrapped {
    /// In this transport zip, encrypted.
    TransportZip(BlobKey),
    /// This is the encrypted container.
    Sealed(BlobKey),
    /// This is the container.
    Plain(BlobKey),
}

/// Decrypts the container into a blob of its own and verifies every signature and digest in it;
/// answers its size and who signed it. A blob that fails is the caller's to remove. Blocks.
pub(crate) fn open_container(
    blobs: &Arc<dyn Blobs>,
    wrapped: &Wrapped,
    into: &BlobKey,
    opening: &Opening,
) -> Result<Option<Opened>, OpenError> {
    let limit = opening.limits.total_bytes;
    let mut out = blobs.create_blocking(into)?;
    match wrapped {
        Wrapped::TransportZip(package) => {
            let mut transport = Transport::open(blobs.read_blocking(package)?, &opening.limits)?;
            let Some(encrypted) = transport.container()? else { return Ok(None) };
            copy(open_envelope(encrypted, &opening.identities)?, &mut out, limit)?;
        }
        Wrapped::Sealed(package) => {
            copy(open_envelope(blobs.read_blocking(package)?, &opening.identities)?, &mut out, limit)?;
        }
        Wrapped::Plain(package) => copy(blobs.read_blocking(package)?, &mut out, limit)?,
    }
    let bytes = out.finish()?;

    let container = Container::open(blobs.read_blocking(into)?, &opening.limits)?;
    let trust = opening.trust.as_deref().map_or(Trust::AnySigner, Trust::Anchors);
    let verified = container.verify(trust, opening.at)?;
    Ok(Some(Opened { bytes, signatures: verified.signatures().to_vec() }))
}

/// Copies at most `limit` bytes, and tells a reader's fault from a writer's.
fn copy(mut from: impl io::Read, to: &mut impl io::Write, limit: u64) -> Result<(), OpenError> {
    let mut piece = vec![0; 256 * 1024];
    let mut copied = 0_u64;
    loop {
        let read = match from.read(&mut piece) {
            Ok(0) => return Ok(()),
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(EnvelopeError::from(error).into()),
        };
        copied += read as u64;
        if copied > limit {
            return Err(OpenError::TooLarge { limit });
        }
        to.write_all(&piece[..read]).map_err(BlobError::from)?;
    }
}
