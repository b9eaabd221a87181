//! What comes in through folders.

use std::io::{self, BufReader};
use std::sync::Arc;

use asic::Limits;
use bytes::Bytes;
use jiff::Timestamp;
use store::blobs::{BlobError, BlobKey, Blobs};
use types::OrgNumber;
use uuid::Uuid;

use super::take::{Claim, Content, DropError, FileSource, Inlet, Load};
use super::{Folder, FolderChannel, failure};
use crate::message::{Actor, Envelope};
use crate::transports::{Arrival, Fetched, Loose, Source, TransportError};

/// Everything that waits for this organization. What can be for none of ours is rejected.
pub(super) fn waiting(
    folders: &[Folder],
    receiver: OrgNumber,
    own: &[OrgNumber],
    this_try: Uuid,
) -> Result<Vec<Arrival>, TransportError> {
    let mut arrivals = Vec::new();
    for folder in folders {
        let Some(inlet) = &folder.inlet else { continue };
        for claim in inlet.claim(this_try).map_err(failure)? {
            match arrival(&folder.config.name, &claim, own) {
                Ok(arrival) if arrival.receiver == receiver => arrivals.push(arrival),
                Ok(_) => {}
                Err(DropError::Wrong(reason)) => reject(inlet, &claim, &reason)?,
                Err(DropError::Io(error)) => {
                    tracing::warn!(folder = folder.config.name, %error, "a message cannot be read now");
                }
            }
        }
    }
    Ok(arrivals)
}

fn reject(inlet: &Inlet, claim: &Claim, reason: &str) -> Result<(), TransportError> {
    tracing::warn!(folder = %inlet.root().display(), "a message in a folder was rejected");
    inlet.reject(&claim.name, reason).map_err(failure)
}

fn arrival(folder: &str, claim: &Claim, own: &[OrgNumber]) -> Result<Arrival, DropError> {
    let Content { envelope, load } = claim.open()?;
    let bytes = match &load {
        Load::Package(file) | Load::Container { file, .. } => file.bytes,
        Load::Files(files) => files.iter().map(|(_, file)| file.bytes).sum(),
    };
    let envelope = match (&envelope, &load) {
        (Some(envelope), _) => envelope.clone(),
        (None, Load::Package(file)) => inside(file)?,
        (None, _) => Vec::new(),
    };
    let wrong = |error: &dyn std::fmt::Display| DropError::Wrong(format!("sbd.json: {error}"));
    let envelope = Envelope::read(&envelope).map_err(|error| wrong(&error))?;
    let receiver = Actor::of(envelope.header.the_receiver());
    let receiver = match receiver {
        Some(Actor::Health(_)) => own.first().copied(),
        receiver => receiver.and_then(|receiver| receiver.organization()).filter(|it| own.contains(it)),
    };
    let created = std::fs::metadata(&claim.path)?.modified()?;
    Ok(Arrival {
        reference: format!("{folder}/{}", claim.name),
        receiver: receiver.ok_or_else(|| wrong(&"its receiver is no organization that is served here"))?,
        // Whoever may write into the folder is believed.
        sender: None,
        created: Timestamp::try_from(created).unwrap_or(Timestamp::UNIX_EPOCH),
        bytes: Some(bytes),
        checksum: None,
        begun_before: false,
    })
}

/// The envelope in a package.
fn inside(package: &FileSource) -> Result<Vec<u8>, DropError> {
    let transport = asic::Transport::open(BufReader::new(package.file()?), &Limits::default());
    let envelope = transport.and_then(|mut transport| transport.sbd());
    envelope.map_err(|error| DropError::Wrong(format!("sbd.zip: {error}")))
}

/// Brings what was claimed here. Files stay where they are until they are packed.
pub(super) fn fetch(
    folders: &[Folder],
    reference: &str,
    blobs: &Arc<dyn Blobs>,
    into: &BlobKey,
) -> Result<Fetched, TransportError> {
    let gone = || TransportError::temporary("the message is not in its folder any more");
    let found = FolderChannel::resolve(folders, reference);
    let (Folder { inlet: Some(inlet), .. }, name) = found.ok_or_else(gone)? else { return Err(gone()) };
    let Content { envelope, load } =
        inlet.find(name).ok_or_else(gone)?.open().map_err(|error| match error {
            DropError::Wrong(reason) => TransportError::temporary(reason),
            DropError::Io(error) => failure(error),
        })?;
    let envelope = Bytes::from(envelope.unwrap_or_default());
    match load {
        Load::Package(file) => Ok(Fetched::TransportZip { bytes: copy(&file, blobs, into)? }),
        Load::Container { file, sealed } => {
            copy(&file, blobs, into)?;
            Ok(Fetched::Container { envelope, sealed })
        }
        Load::Files(files) => {
            let main = Envelope::read(&envelope).ok();
            let main = main.and_then(|envelope| envelope.business.main_document().map(str::to_owned));
            let mut documents: Vec<_> = files
                .into_iter()
                .map(|(listed, source)| Loose {
                    name: listed.filename,
                    media_type: listed.mimetype,
                    source: Arc::new(source),
                })
                .collect();
            documents.sort_by_key(|document| Some(&document.name) != main.as_ref());
            Ok(Fetched::Loose { envelope, documents })
        }
    }
}

fn copy(file: &FileSource, blobs: &Arc<dyn Blobs>, into: &BlobKey) -> Result<u64, TransportError> {
    let mut out = blobs.create_blocking(into)?;
    let copied = file.open().and_then(|mut from| io::copy(&mut from, &mut out));
    copied.map_err(|error| TransportError::from(BlobError::from(error)))?;
    Ok(out.finish()?)
}
