//! What is written down about a message besides its statuses, in the commit that does it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use store::{FromRow, Result, Row, Tx, params};
use types::OrgNumber;

use crate::Exchange;
use crate::conversations::Direction;
use crate::message::document::Document;

/// Files that are named in a note; of more, their number is.
const FILES: usize = 100;

/// A file of a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileNote {
    /// As its client named it.
    pub name: String,
    /// Its media type.
    pub kind: String,
    /// Its size.
    pub bytes: u64,
}

impl From<&Document> for FileNote {
    fn from(file: &Document) -> Self {
        Self { name: file.name.clone(), kind: file.media_type.clone(), bytes: file.bytes }
    }
}

/// What happened. Kept as a cause and, in JSON, the rest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "cause", content = "detail", rename_all = "snake_case")]
pub(crate) enum Note {
    /// A client has said that the message be sent, with these files and so many more.
    Submitted { files: Vec<FileNote>, more: usize },
    /// It was packed, and encrypted where there is a fingerprint of a certificate.
    Sealed { bytes: u64, certificate: Option<String> },
    /// A client has looked at it, and holds it until this moment.
    Peeked { until: Timestamp },
    /// A client has fetched its files.
    Popped { bytes: u64 },
    /// A client has given it back.
    GivenBack,
    /// Its sender was told a status, under this reference.
    Answered { status: String, reference: String },
}

impl Note {
    /// A client has submitted a message with these files.
    pub(crate) fn submitted(files: &[Document]) -> Self {
        let named = files.iter().take(FILES).map(FileNote::from).collect();
        Self::Submitted { files: named, more: files.len().saturating_sub(FILES) }
    }

    fn parts(&self) -> (String, Option<String>) {
        let mut whole = serde_json::to_value(self).expect("a note is plain JSON");
        let detail = whole.get_mut("detail").map(serde_json::Value::take);
        let cause = whole["cause"].as_str().unwrap_or_default().to_owned();
        (cause, detail.map(|detail| detail.to_string()))
    }

    fn read(cause: &str, detail: Option<&str>) -> Option<Self> {
        let detail: Option<serde_json::Value> = detail.map(serde_json::from_str).transpose().ok()?;
        let mut whole = serde_json::json!({ "cause": cause });
        if let Some(detail) = detail {
            whole["detail"] = detail;
        }
        serde_json::from_value(whole).ok()
    }
}

/// A note as it was written; none that this version cannot read.
pub(super) struct Written {
    pub(super) at: Timestamp,
    pub(super) actor: Option<String>,
    pub(super) note: Option<Note>,
}

impl FromRow for Written {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        let (cause, detail): (String, Option<String>) = (row.get("cause")?, row.get("detail")?);
        let note = Note::read(&cause, detail.as_deref());
        Ok(Self { at: row.get("at")?, actor: row.get("actor")?, note })
    }
}

/// Writes down what happened to a message that goes this way; `actor` is what a client calls itself. Where its
/// conversation has been deleted, nobody wants to know.
pub(crate) fn write(
    app: &Exchange,
    tx: &mut Tx<'_>,
    (owner, message_id, direction): (OrgNumber, &str, Direction),
    note: &Note,
    actor: Option<&str>,
) -> Result<()> {
    const SQL: &str = "INSERT INTO exchange_timeline (conversation, id, at, cause, actor, detail)
        SELECT c.id, $4, $5, $6, $7, $8 FROM exchange_conversations c
        WHERE c.owner = $1 AND c.message_id = $2 AND c.direction = $3";
    let now = app.now();
    let (id, (cause, detail)) = (app.random().uuid_v7(now), note.parts());
    tx.execute(SQL, params![owner, message_id, direction.as_str(), id, now, cause, actor, detail])?;
    Ok(())
}

/// What was written down about a message, the first first.
pub(super) fn of(tx: &mut Tx<'_>, conversation: i64) -> Result<Vec<Written>> {
    const SQL: &str = "SELECT at, cause, actor, detail FROM exchange_timeline
        WHERE conversation = $1 ORDER BY id LIMIT 1000";
    tx.all(SQL, params![conversation])
}

/// Forgets it, before its conversation goes.
pub(crate) fn forget(tx: &mut Tx<'_>, conversation: i64) -> Result<()> {
    tx.execute("DELETE FROM exchange_timeline WHERE conversation = $1", params![conversation])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_reads_what_it_wrote() {
        let file = FileNote { name: "a.pdf".to_owned(), kind: "application/pdf".to_owned(), bytes: 7 };
        let notes = [
            Note::Submitted { files: vec![file], more: 0 },
            Note::Sealed { bytes: 9, certificate: None },
            Note::Peeked { until: Timestamp::UNIX_EPOCH },
            Note::GivenBack,
            Note::Answered { status: "MOTTATT".to_owned(), reference: "r".to_owned() },
        ];
        for note in notes {
            let (cause, detail) = note.parts();
            assert_eq!(Note::read(&cause, detail.as_deref()), Some(note));
        }
        assert_eq!(Note::read("of tomorrow", None), None);
    }
}
