//! Puts a message into its folder, and looks whether it has been taken.

use std::io;
use std::path::Path;
use std::sync::Arc;

use store::blobs::{BlobKey, Blobs};
use uuid::Uuid;

use super::layout::{self, FilesWriter, Listed};
use super::put::write_file;
use super::{Folder, FolderChannel, FolderConfig, Form, failure};
use crate::message::document::Document;
use crate::message::{Envelope, MessageType};
use crate::transports::{
    BlobSource, News, Parcel, Sent, Sighting, Source as _, TransportError, Watch, Watched,
};

impl FolderChannel {
    pub(super) async fn put_parcel(&self, parcel: &Parcel) -> Result<Sent, TransportError> {
        let (parcel, blobs, this_try) = (parcel.clone(), Arc::clone(&self.blobs), self.this_try());
        let envelope = Envelope::read(&parcel.envelope).map_err(TransportError::permanent)?;
        let is_status = envelope.kind == MessageType::Status;
        let folder = if is_status {
            self.folders.iter().find(|folder| folder.config.statuses)
        } else {
            self.folder_for(parcel.receiver.as_ref())
        };
        let name = folder.map(|folder| folder.config.name.clone());
        let name = name.ok_or_else(|| TransportError::permanent("no folder is for this receiver"))?;
        // A status carries the id of the message it answers.
        let called = if is_status {
            format!("{}.status.{}", parcel.message_id, parcel.id.simple())
        } else {
            parcel.message_id.to_string()
        };
        let reference = format!("{name}/{called}@{}", parcel.id);
        let watch = self.on_disk({
            let reference = reference.clone();
            move |folders| put(folders, &reference, &parcel, &blobs, this_try)
        });
        Ok(Sent { watch: watch.await?, reference, news: Vec::new() })
    }
}

fn put(
    folders: &[Folder],
    reference: &str,
    parcel: &Parcel,
    blobs: &Arc<dyn Blobs>,
    this_try: Uuid,
) -> Result<Watch, TransportError> {
    let Some((Folder { outlet: Some(outlet), config, .. }, called)) =
        FolderChannel::resolve(folders, reference)
    else {
        return Err(TransportError::permanent("the folder is not configured any more"));
    };
    let (called, id) = split(called).ok_or_else(|| TransportError::permanent("an unreadable reference"))?;
    let put = outlet.put(id, called, this_try, |folder| fill(folder, config.form, parcel, blobs));
    put.map_err(failure)?;
    Ok(if config.when_taken.status().is_some() { Watch::Slowly } else { Watch::Nothing })
}

fn fill(folder: &Path, form: Form, parcel: &Parcel, blobs: &Arc<dyn Blobs>) -> io::Result<()> {
    let source = |key: &BlobKey| BlobSource { blobs: Arc::clone(blobs), key: key.clone() };
    let package = |name| match &parcel.package {
        Some(package) => write_file(&folder.join(name), &mut source(&package.blob).open()?).map(drop),
        None => Ok(()),
    };
    match form {
        Form::Package => package(layout::PACKAGE),
        Form::Asice => {
            write_file(&folder.join(layout::ENVELOPE), &mut &parcel.envelope[..])?;
            package(layout::CONTAINER)
        }
        Form::Files => {
            let mut writer = FilesWriter::begin(folder, &parcel.envelope)?;
            for Document { name, title, media_type, blob, .. } in &parcel.files {
                let listed = Listed {
                    filename: name.clone(),
                    title: title.clone(),
                    mimetype: Some(media_type.clone()),
                    ..Listed::default()
                };
                writer.add(listed, &mut source(blob).open()?)?;
            }
            writer.finish()
        }
    }
}

/// The name of a message's folder and its id here, of `<name>@<id>`.
fn split(called: &str) -> Option<(&str, Uuid)> {
    let (name, id) = called.rsplit_once('@')?;
    Some((name, id.parse().ok()?))
}

/// A message that was put there and is not there any more has been taken. A folder into which nobody can look
/// tells nothing and holds no other up.
pub(super) fn look_for(folders: &[Folder], watched: &[Watched]) -> Result<Vec<Sighting>, TransportError> {
    let (mut sightings, mut failed) = (Vec::new(), None);
    let mut could_look = false;
    for Folder { config, outlet, .. } in folders {
        let Some(outlet) = outlet else { continue };
        let ours = watched.iter().filter_map(|watched| {
            let (folder, called) = watched.reference.split_once('/')?;
            (folder == config.name).then(|| split(called).map(|called| (&watched.reference, called)))?
        });
        for (reference, (called, id)) in ours {
            match outlet.was_taken(id, called) {
                Ok(true) => sightings.push(taken(config, reference)),
                Ok(false) => could_look = true,
                Err(error) => {
                    tracing::warn!(folder = config.name, %error, "nobody can look what was taken");
                    failed = Some(error);
                    break;
                }
            }
        }
    }
    match failed {
        Some(error) if !could_look && sightings.is_empty() => Err(failure(error)),
        _ => Ok(sightings),
    }
}

fn taken(config: &FolderConfig, reference: &str) -> Sighting {
    let status = config.when_taken.status();
    let news = status.map(|status| News::described(status, format!("Taken from {}", config.name)));
    Sighting { reference: reference.to_owned(), news: news.into_iter().collect(), over: true }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_into_which_nobody_can_look_holds_no_other_up() {
        let place = tempfile::tempdir().expect("a folder");
        let folder = |name: &str, outgoing: &Path| {
            let section = serde_json::json!({ "name": name, "service": "DPF", "outgoing": outgoing });
            Folder::of(&serde_json::from_value(section).expect("a section"))
        };
        let folders = [folder("gone", &place.path().join("gone")), folder("here", place.path())];
        let id = Uuid::from_u128(7);
        let outlet = folders[1].outlet.as_ref().expect("an outlet");
        outlet.put(id, "m", Uuid::from_u128(1), |_| Ok(())).expect("room");
        std::fs::remove_dir(place.path().join("m")).expect("it can be taken");
        let watched = |folder: &str| Watched {
            message_id: id.to_string(),
            conversation_id: id.to_string(),
            reference: format!("{folder}/m@{id}"),
            organization: "310000007".parse().expect("nine digits"),
        };

        let seen = look_for(&folders, &[watched("gone"), watched("here")]).expect("a look");
        assert_eq!(seen.len(), 1);
        assert_eq!(seen[0].reference, watched("here").reference);
        assert!(look_for(&folders, &[watched("gone")]).is_err());
    }
}
