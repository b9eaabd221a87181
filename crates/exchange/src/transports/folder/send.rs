//! Puts a message into its folder, and looks whether it has been taken.

use std::io;
use std::path::Path;
use std::sync::Arc;

use store::blobs::{BlobKey, Blobs};

use super::layout::{self, FilesWriter, Listed};
use super::put::write_file;
use super::{Folder, FolderChannel, Form, failure};
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
        let reference = format!("{name}/{called}");
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
    this_try: uuid::Uuid,
) -> Result<Watch, TransportError> {
    let Some((Folder { outlet: Some(outlet), config, .. }, called)) =
        FolderChannel::resolve(folders, reference)
    else {
        return Err(TransportError::permanent("the folder is not configured any more"));
    };
    let put = outlet.put(parcel.id, called, this_try, |folder| fill(folder, config.form, parcel, blobs));
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

/// A message that is not there any more has been taken.
pub(super) fn look_for(folders: &[Folder], watched: &[Watched]) -> Result<Vec<Sighting>, TransportError> {
    let mut sightings = Vec::new();
    for Watched { reference, .. } in watched {
        let found = FolderChannel::resolve(folders, reference);
        let Some((Folder { outlet: Some(outlet), config, .. }, called)) = found else { continue };
        // Where nobody can look, nothing has been taken.
        outlet.is_there().map_err(failure)?;
        if outlet.root().join(called).try_exists().map_err(failure)? {
            continue;
        }
        let status = config.when_taken.status();
        let news = status.map(|status| News::described(status, format!("Taken from {}", config.name)));
        sightings.push(Sighting {
            reference: reference.clone(),
            news: news.into_iter().collect(),
            over: true,
        });
    }
    Ok(sightings)
}
