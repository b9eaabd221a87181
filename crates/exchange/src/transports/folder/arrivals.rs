//! What comes in through folders.

use std::io::{self, BufReader};
use std::sync::Arc;

use asic::Limits;
use bytes::Bytes;
use jiff::Timestamp;
use store::blobs::{BlobError, BlobKey, Blobs};
use types::OrgNumber;
use uuid::Uuid;

use super::content::{Content, FileSource, Load};
use super::opened::Stamp;
use super::take::{AT_ONCE, Claim, DropError, Inlet};
use super::{Folder, FolderChannel, failure};
use crate::message::{Actor, Envelope};
use crate::transports::{Arrival, Arrivals, Cursor, Fetched, Loose, Source, TransportError};

/// A page of what waits for this organization. What can be for none of ours is rejected. A folder that cannot
/// be used holds no other up.
pub(super) fn waiting(
    folders: &[Folder],
    receiver: OrgNumber,
    own: &[OrgNumber],
    this_try: Uuid,
    from: Option<&Cursor>,
) -> Result<Arrivals, TransportError> {
    let (mut arrivals, mut failed, mut could_look) = (Vec::new(), None, false);
    // `<folder>/<the last name of the page before>`
    let mut from = from.and_then(|Cursor(from)| from.split_once('/'));
    for folder in folders {
        let Some(inlet) = &folder.inlet else { continue };
        let name = &folder.config.name;
        let claims = match from {
            Some((begin, _)) if begin != name => continue,
            Some((_, behind)) => inlet.claimed(Some(behind)),
            None => inlet.claim(this_try),
        };
        from = None;
        let looked = claims.and_then(|claims| {
            for claim in &claims {
                arrivals.extend(judge(name, inlet, claim, own)?.filter(|it| it.receiver == receiver));
            }
            Ok(claims)
        });
        match looked {
            Ok(claims) if claims.len() == AT_ONCE => {
                let next = claims.last().map(|last| Cursor(format!("{name}/{}", last.name)));
                return Ok(Arrivals { arrivals, next });
            }
            Ok(_) => could_look = true,
            Err(error) => {
                tracing::warn!(folder = name, %error, "a folder cannot be used now");
                failed = Some(error);
            }
        }
    }
    match failed {
        Some(error) if !could_look && arrivals.is_empty() => Err(failure(error)),
        _ => Ok(Arrivals { arrivals, next: None }),
    }
}

/// What a claimed message is; none if it was rejected or cannot be read now.
fn judge(folder: &str, inlet: &Inlet, claim: &Claim, own: &[OrgNumber]) -> io::Result<Option<Arrival>> {
    match arrival(folder, claim, own) {
        Ok(arrival) => Ok(Some(arrival)),
        Err(DropError::Wrong(reason)) => {
            tracing::warn!(folder, "a message in a folder was rejected");
            inlet.reject(claim, &reason).map(|()| None)
        }
        Err(DropError::Io(error)) => {
            tracing::warn!(folder, %error, "a message cannot be read now");
            Ok(None)
        }
    }
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
    Ok(Arrival {
        reference: format!("{folder}/{}@{}", claim.name, claim.stamp),
        receiver: receiver.ok_or_else(|| wrong(&"its receiver is no organization that is served here"))?,
        // Whoever may write into the folder is believed.
        sender: None,
        created: Timestamp::from_second(claim.stamp.seconds()).unwrap_or(Timestamp::UNIX_EPOCH),
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

/// The folder and the claim of a reference, if that very message, and no other of its name, is still there.
fn claimed<'f>(folders: &'f [Folder], reference: &str) -> Option<(&'f Inlet, Claim)> {
    let (folder, rest) = FolderChannel::resolve(folders, reference)?;
    let (inlet, (name, stamp)) = (folder.inlet.as_ref()?, Stamp::split(rest)?);
    Some((inlet, inlet.find(name).filter(|claim| claim.stamp == stamp)?))
}

/// Takes a message away that is kept here.
pub(super) fn confirm(folders: &[Folder], reference: &str) -> Result<(), TransportError> {
    let Some((inlet, claim)) = claimed(folders, reference) else { return Ok(()) };
    inlet.done(&claim).map_err(failure)
}

/// Sets a message apart.
pub(super) fn refuse(folders: &[Folder], reference: &str, reason: &str) -> Result<(), TransportError> {
    let Some((inlet, claim)) = claimed(folders, reference) else { return Ok(()) };
    inlet.reject(&claim, reason).map_err(failure)
}

/// Brings what was claimed here. Files stay where they are until they are packed.
pub(super) fn fetch(
    folders: &[Folder],
    reference: &str,
    blobs: &Arc<dyn Blobs>,
    into: &BlobKey,
) -> Result<Fetched, TransportError> {
    let gone = || TransportError::temporary("the message is not in its folder any more");
    let (_, claim) = claimed(folders, reference).ok_or_else(gone)?;
    let Content { envelope, load } = claim.open().map_err(|error| match error {
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
