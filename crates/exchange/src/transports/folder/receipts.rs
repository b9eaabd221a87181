//! Answers of the other system: small files in `receipts` beside what it takes.

use std::fs;
use std::io::{self, Read as _};
use std::time::SystemTime;

use jiff::Timestamp;
use serde::Deserialize;

use super::put::Outlet;
use super::take::{REJECTED, is_whole};
use super::{Folder, FolderChannel, failure};
use crate::statuses::Status;
use crate::transports::{About, News, Receipt, TransportError};

/// The folder they lie in.
pub(super) const RECEIPTS: &str = "receipts";
/// The largest one, in bytes.
const LARGEST: u64 = 64 << 10;
/// Those read in one look.
const AT_ONCE: usize = 200;

/// An answer as the other system writes it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ReceiptBody {
    message_id: Option<String>,
    conversation_id: Option<String>,
    status: String,
    description: Option<String>,
    time: Option<Timestamp>,
}

/// Every answer that can be read, oldest first; the others are set apart.
pub(super) fn waiting(folders: &[Folder]) -> Vec<Receipt> {
    let mut receipts = Vec::new();
    for folder in folders {
        let Some(outlet) = &folder.outlet else { continue };
        outlet.tidy(now());
        if let Err(error) = collect(&folder.config.name, outlet, &mut receipts) {
            tracing::warn!(folder = folder.config.name, %error, "receipts cannot be read");
        }
    }
    receipts
}

/// What time it is for the disk, whose files are as old as it says.
fn now() -> SystemTime {
    SystemTime::now()
}

fn collect(name: &str, outlet: &Outlet, receipts: &mut Vec<Receipt>) -> io::Result<()> {
    let place = outlet.root().join(RECEIPTS);
    let entries = match fs::read_dir(&place) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return fs::create_dir(&place),
        Err(error) => return Err(error),
    };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry?;
        let Some(file) = entry.file_name().to_str().map(str::to_owned) else { continue };
        if is_whole(&file) && !entry.file_type()?.is_dir() {
            found.push((entry.metadata()?.modified()?, file));
        }
    }
    found.sort();
    for (_, file) in found.into_iter().take(AT_ONCE) {
        match read(&place.join(&file)) {
            Ok((about, news)) => {
                receipts.push(Receipt { handle: format!("{name}/{file}"), about, news: vec![news] });
            }
            Err(reason) => {
                tracing::warn!(folder = name, reason, "a receipt cannot be read");
                fs::create_dir_all(place.join(REJECTED))?;
                fs::rename(place.join(&file), place.join(REJECTED).join(&file))?;
            }
        }
    }
    Ok(())
}

fn read(path: &std::path::Path) -> Result<(About, News), String> {
    let data = fs::symlink_metadata(path).map_err(|error| error.to_string())?;
    if !data.is_file() || data.len() > LARGEST {
        return Err("it is no plain file, or too large".to_owned());
    }
    let mut bytes = Vec::new();
    let file = fs::File::open(path).map_err(|error| error.to_string())?;
    file.take(LARGEST).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    parse(&bytes)
}

/// Only what a receiver can know is taken.
fn parse(bytes: &[u8]) -> Result<(About, News), String> {
    let body: ReceiptBody = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    let about = match (body.message_id, body.conversation_id) {
        (Some(id), _) => About::Message(id),
        (None, Some(id)) => About::Conversation(id),
        (None, None) => return Err("it names neither messageId nor conversationId".to_owned()),
    };
    let status: Option<Status> = body.status.parse().ok();
    let status = status.filter(|status| status.may_come_back());
    let status = status.ok_or("its status is not MOTTATT, LEVERT, LEST, FEIL or ANNET")?;
    let raw = String::from_utf8_lossy(bytes).into_owned();
    Ok((about, News { status, at: body.time, description: body.description, raw: Some(raw) }))
}

/// Removes an answer that has been recorded.
pub(super) fn remove(folders: &[Folder], handle: &str) -> Result<(), TransportError> {
    let Some((Folder { outlet: Some(outlet), .. }, file)) = FolderChannel::resolve(folders, handle) else {
        return Ok(());
    };
    match fs::remove_file(outlet.root().join(RECEIPTS).join(file)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failure(error)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receipt_names_a_message_and_what_a_receiver_can_know() {
        let (about, news) =
            parse(br#"{"messageId":"m-1","status":"LEST","description":"opened"}"#).expect("one");
        assert_eq!((about, news.status), (About::Message("m-1".to_owned()), Status::Lest));
        assert_eq!(news.description.as_deref(), Some("opened"));
        assert!(
            parse(br#"{"conversationId":"c-1","status":"LEVERT","time":"2026-03-02T10:15:00+01:00"}"#)
                .is_ok()
        );
        for wrong in [&br#"{"status":"LEST"}"#[..], br#"{"messageId":"m-1","status":"SENDT"}"#, b"LEST"] {
            assert!(parse(wrong).is_err());
        }
    }
}
