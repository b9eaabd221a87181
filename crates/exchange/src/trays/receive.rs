//! Puts messages that came in into a tray.

use std::io::{self, BufReader};
use std::path::Path;
use std::sync::Arc;

use asic::{Limits, Trust, UnixTime};
use store::blobs::{BlobKey, Blobs};

use super::{AT_ONCE, TrayConfig, TrayError, TrayForm, client};
use crate::Exchange;
use crate::inbox::{self, Filter, InMessage};
use crate::transports::folder::layout::{self, FilesWriter, Listed};
use crate::transports::folder::put::{Outlet, write_file};

/// Everything that waits and fits; answers how much that was.
pub(super) async fn look(app: &Exchange, tray: &TrayConfig) -> Result<usize, TrayError> {
    let Some(received) = &tray.received else { return Ok(0) };
    let outlet = Outlet::new(received);
    let preparing = outlet.clone();
    let tidy = move || preparing.prepare().map(|()| preparing.tidy(std::time::SystemTime::now()));
    // Before a message is locked that could not be put anywhere.
    tokio::task::spawn_blocking(tidy).await??;
    let filters = if tray.processes.is_empty() {
        vec![Filter::default()]
    } else {
        let of = |process: &String| Filter { process: Some(process.clone()), ..Filter::default() };
        tray.processes.iter().map(of).collect()
    };
    let (client, mut done) = (client(app, tray), 0);
    for filter in filters {
        while done < AT_ONCE {
            let Some(message) = inbox::next(app, &client, &filter).await? else { break };
            let id = message.message_id.clone();
            if let Err(error) = put(app, tray.form, &outlet, message).await {
                inbox::give_back(app, &client, id).await?;
                return Err(error);
            }
            inbox::take(app, &client, id).await?;
            done += 1;
        }
    }
    Ok(done)
}

async fn put(app: &Exchange, form: TrayForm, outlet: &Outlet, message: InMessage) -> Result<(), TrayError> {
    let (blobs, outlet, at) = (Arc::clone(app.blobs()), outlet.clone(), app.unix_now());
    let this_try = app.random().uuid_v4();
    let putting = move || {
        let fill = |folder: &Path| fill(folder, form, &message, &blobs, at);
        outlet.put(message.id, &message.message_id, this_try, fill)
    };
    Ok(tokio::task::spawn_blocking(putting).await??)
}

fn fill(
    folder: &Path,
    form: TrayForm,
    message: &InMessage,
    blobs: &Arc<dyn Blobs>,
    at: UnixTime,
) -> io::Result<()> {
    let container = message.container.as_ref().filter(|_| !message.kind.is_receipt());
    let envelope = message.sbd.as_bytes();
    match (container, form) {
        (Some(container), TrayForm::Files) => unpack(folder, envelope, blobs, &container.blob, at),
        (Some(container), TrayForm::Asice) => {
            write_file(&folder.join(layout::ENVELOPE), &mut &envelope[..])?;
            let mut bytes = blobs.read_blocking(&container.blob).map_err(io::Error::other)?;
            write_file(&folder.join(layout::CONTAINER), &mut bytes).map(drop)
        }
        (None, _) => FilesWriter::begin(folder, envelope)?.finish(),
    }
}

/// The container was verified against whom we trust when it came in; here it only must be whole.
fn unpack(
    folder: &Path,
    envelope: &[u8],
    blobs: &Arc<dyn Blobs>,
    blob: &BlobKey,
    at: UnixTime,
) -> io::Result<()> {
    let bytes = BufReader::new(blobs.read_blocking(blob).map_err(io::Error::other)?);
    let limits = Limits { total_bytes: u64::MAX, ..Limits::default() };
    let opened = asic::Container::open(bytes, &limits).map_err(io::Error::other)?;
    let mut verified = opened.verify(Trust::AnySigner, at).map_err(io::Error::other)?;
    let documents = verified.documents().to_vec();
    let mut writer = FilesWriter::begin(folder, envelope)?;
    for document in documents {
        let listed = Listed {
            filename: document.name.clone(),
            mimetype: document.media_type.clone(),
            ..Listed::default()
        };
        writer.add(listed, &mut verified.read(&document.name).map_err(io::Error::other)?)?;
    }
    writer.finish()
}
