//! The rules about files, and about what must be there before a message is sent.

use http::StatusCode;
use jiff::Timestamp;

use super::model::{OutMessage, State};
use super::{by_service, validate};
use crate::message::arkivmelding_xml::NAME as CASE_DOCUMENT;
use crate::message::document::Document;
use crate::message::{Envelope, MessageType};
use crate::problem::Problem;
use crate::registry::ServiceIdentifier;
use crate::validation::Strictness;

/// Files of one message, at most; a receiver that limits the entries of a container takes 10,000.
pub(super) const MOST_FILES: usize = 1_000;

/// A name that can stand in a container and be written anywhere as a plain file.
pub(super) fn file_name(name: Option<&str>) -> Result<String, Problem> {
    let name = name.filter(|name| !name.trim().is_empty());
    let name = name.ok_or_else(|| Problem::bad_header("Content-Disposition names no file"))?;
    let lower = name.to_ascii_lowercase();
    let reserved = matches!(lower.as_str(), "mimetype" | "manifest.xml") || lower.starts_with("meta-inf");
    let path = name.contains(['/', '\\']) || name.chars().any(char::is_control) || matches!(name, "." | "..");
    if reserved || path || name.chars().count() > 255 {
        let text = "The file name must be at most 255 characters, without /, \\ and control characters, \
            and not mimetype, manifest.xml or META-INF, which belong to the container";
        return Err(Problem::bad_header(text));
    }
    Ok(name.to_owned())
}

/// A title of a file, if it has one.
pub(super) fn title(title: Option<String>) -> Result<Option<String>, Problem> {
    if title.as_deref().is_some_and(|title| title.contains('\0')) {
        return Err(Problem::nul("The title of a file"));
    }
    Ok(title)
}

/// A name that is there already.
pub(super) fn duplicate(name: &str) -> Problem {
    let text = format!("A file named {name} is attached already");
    Problem::bad("DuplicateFilenameException", text)
}

/// Refuses the file that would be one too many.
pub(super) fn room_for_one(files: u64) -> Result<(), Problem> {
    if files < MOST_FILES as u64 {
        return Ok(());
    }
    let text = format!("The message has {MOST_FILES} files, and takes no more");
    Err(Problem::of_class(StatusCode::BAD_REQUEST, "java.lang.IllegalStateException", text))
}

/// More bytes than the channel takes.
pub(super) fn too_large(total: u64, service: ServiceIdentifier, limit: u64) -> Problem {
    let size = |bytes: u64| {
        if bytes < 1 << 20 { format!("{bytes} bytes") } else { format!("{} MB", bytes >> 20) }
    };
    let text =
        format!("The files have {} together, and {service} takes at most {}", size(total), size(limit));
    Problem::bad("MaxFileSizeExceededException", text)
}

/// `arkivmelding.xml` that cannot be read.
pub(super) fn bad_case_document(reason: &str) -> Problem {
    Problem::bad("UnmarshalArkivmeldingException", reason)
}

/// A message that takes no files any more.
pub(super) fn takes_files(message: &OutMessage) -> Result<(), Problem> {
    if message.state == State::Draft {
        return Ok(());
    }
    let text = "The message has been accepted for sending and takes no more files";
    Err(Problem::of_class(StatusCode::BAD_REQUEST, "java.lang.IllegalStateException", text))
}

/// Whether a message may be sent with these files.
pub(super) fn complete(
    message: &OutMessage,
    envelope: &Envelope,
    files: &[Document],
    strictness: Strictness,
    now: Timestamp,
) -> Result<(), Problem> {
    let kind = envelope.kind;
    if kind.needs_files() && files.is_empty() {
        return Err(Problem::bad("MissingFileException", "The message needs at least one file"));
    }
    if message.expires <= now {
        let text = format!("The deadline {} has passed", crate::message::moment::oslo(message.expires));
        return Err(Problem::bad("TimeToLiveException", text));
    }
    if kind == MessageType::Arkivmelding {
        case_document_is_complete(message, files)?;
    }
    by_service::check_files(message.service, envelope, files)?;
    validate::main_document(envelope, strictness, files)
}

/// Whether the only thing wrong is that the deadline has passed.
pub(super) fn is_late(message: &OutMessage, now: Timestamp) -> bool {
    message.expires <= now
}

fn case_document_is_complete(message: &OutMessage, files: &[Document]) -> Result<(), Problem> {
    let attached = |name: &str| files.iter().any(|file| file.name == name);
    let referenced = match &message.referenced {
        Some(referenced) if attached(CASE_DOCUMENT) => referenced,
        _ => {
            let text = "arkivmelding.xml must be attached";
            return Err(Problem::bad("MissingArkivmeldingException", text));
        }
    };
    let missing: Vec<&str> = referenced.iter().map(String::as_str).filter(|name| !attached(name)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let text = format!("arkivmelding.xml refers to files that are not attached: {}", missing.join(", "));
    Err(Problem::bad("MissingArkivmeldingFileException", text))
}

/// The document of a stored message.
pub(super) fn envelope_of(message: &OutMessage) -> Result<Envelope, Problem> {
    Envelope::read(message.sbd.as_bytes()).map_err(|error| Problem::internal(&error))
}
