//! Answers of the other system: small files in `receipts` beside what it takes.

use std::io::{self, Read as _};
use std::time::SystemTime;

use jiff::Timestamp;
use serde::Deserialize;

use super::opened::{Opened, Stamp, corner};
use super::put::Outlet;
use super::take::{REJECTED, is_whole};
use super::{Folder, FolderChannel, failure};
use crate::statuses::Status;
use crate::transports::{About, News, Receipt, TransportError};

/// The folder they lie in.
pub(super) const RECEIPTS: &str = "receipts";
/// The largest one, in bytes.
const LARGEST: u64 = 64 << 10;
/// Names that are looked at in one look.
const MOST: usize = 100_000;
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
    let root = Opened::root(outlet.root())?;
    let place = match root.folder(RECEIPTS) {
        Ok(place) => place,
        // It is made for the other system, but not in a folder that is not mounted.
        Err(error) if error.kind() == io::ErrorKind::NotFound && outlet.is_ours() => {
            return corner(outlet.root(), &[RECEIPTS]).map(drop);
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    for file in oldest(&place)? {
        match read(&place, &file) {
            Ok(Some((stamp, about, news))) => {
                let handle = format!("{name}/{file}@{stamp}");
                receipts.push(Receipt { handle, about, news: vec![news] });
            }
            Ok(None) => {}
            Err(reason) => {
                tracing::warn!(folder = name, reason, "a receipt cannot be read");
                corner(outlet.root(), &[RECEIPTS, REJECTED])?;
                place.set_apart(&file, &place.folder(REJECTED)?)?;
            }
        }
    }
    Ok(())
}

/// The names of those that are whole, oldest first.
fn oldest(place: &Opened) -> io::Result<Vec<String>> {
    let names = place.names(MOST)?.into_iter().filter_map(|name| name.into_string().ok());
    let mut found: Vec<_> = names
        .filter(|name| is_whole(name))
        .filter_map(|name| Some((place.age_of(&name).ok()??, name)))
        .collect();
    found.sort();
    Ok(found.into_iter().take(AT_ONCE).map(|(_, name)| name).collect())
}

/// One answer, and what tells its file from another of that name; none where it is gone meanwhile.
fn read(place: &Opened, name: &str) -> Result<Option<(Stamp, About, News)>, String> {
    let file = match place.file(name) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        file => file.map_err(|error| error.to_string())?,
    };
    let data = file.metadata().map_err(|error| error.to_string())?;
    if data.len() > LARGEST {
        return Err("it is too large".to_owned());
    }
    let mut bytes = Vec::new();
    file.take(LARGEST).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    let (about, news) = parse(&bytes)?;
    Ok(Some((Stamp::of(&data), about, news)))
}

/// Only what a receiver can know is taken.
fn parse(bytes: &[u8]) -> Result<(About, News), String> {
    let body: ReceiptBody = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    let about = match (body.message_id, body.conversation_id) {
        (Some(id), _) => About::Message(id),
        (None, Some(id)) => About::Conversation(id),
        (None, None) => return Err("it names neither messageId nor conversationId".to_owned()),
    };
    let (About::Message(id) | About::Conversation(id)) = &about;
    // No store has it in a text.
    let texts = [Some(id.as_str()), body.description.as_deref()];
    if texts.into_iter().flatten().any(|text| text.contains('\0')) {
        return Err("it holds the sign NUL".to_owned());
    }
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
    let Some((file, stamp)) = Stamp::split(file) else { return Ok(()) };
    let remove = || {
        let place = Opened::root(outlet.root())?.folder(RECEIPTS)?;
        // A later answer may have been renamed over this one.
        if Stamp::of(&place.file(file)?.metadata()?) == stamp { place.remove(file) } else { Ok(()) }
    };
    match remove() {
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::InvalidData) => Ok(()),
        removed => removed.map_err(failure),
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
        for nul in [
            &br#"{"messageId":"m\u00001","status":"LEST"}"#[..],
            br#"{"conversationId":"\u0000","status":"LEST"}"#,
            br#"{"messageId":"m-1","status":"LEST","description":"a\u0000"}"#,
        ] {
            assert!(parse(nul).is_err_and(|reason| reason.contains("NUL")));
        }
    }

    #[test]
    fn an_answer_that_was_renamed_over_the_one_that_is_settled_stays() {
        let place = tempfile::tempdir().expect("a folder");
        let config = serde_json::json!({ "name": "other", "service": "DPF", "outgoing": place.path() });
        let folders = [Folder::of(&serde_json::from_value(config).expect("a section"))];
        let receipts = place.path().join(RECEIPTS);
        std::fs::create_dir(&receipts).expect("a folder");
        let answer = |status: &str| {
            let half = place.path().join(".half");
            std::fs::write(&half, format!(r#"{{"messageId":"m-1","status":"{status}"}}"#)).expect("room");
            std::fs::rename(half, receipts.join("r.json")).expect("a name");
        };

        answer("LEVERT");
        let first = waiting(&folders).remove(0);
        answer("LEST");
        remove(&folders, &first.handle).expect("a look");
        let second = waiting(&folders);
        assert_eq!(second[0].news[0].status, Status::Lest);
        remove(&folders, &second[0].handle).expect("a look");
        assert!(waiting(&folders).is_empty());
    }
}
