//! What the gateway reads in `arkivmelding.xml` (Noark 5): the first case, its first journal entry,
//! and the files that entry refers to. Nothing is validated beyond that.

use std::io::BufRead;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

/// The file's name.
pub const NAME: &str = "arkivmelding.xml";

/// What it says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CaseDocument {
    /// `offentligTittel` of the journal entry.
    pub title: String,
    /// `systemID` of the case and `journalpostnummer`, when there is one.
    pub reference: Option<String>,
    /// The files that must be attached, in their order.
    pub files: Vec<String>,
}

/// Why it cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum CaseDocumentError {
    /// Not XML.
    #[error("not well-formed XML: {0}")]
    Xml(#[from] quick_xml::Error),
    /// Cut off.
    #[error("it ends before its last element does")]
    CutOff,
    /// No case with a journal entry in it.
    #[error("it has no saksmappe with a journalpost")]
    NoJournalEntry,
    /// A character that no database keeps.
    #[error("it holds the character NUL")]
    Nul,
}

/// Reads it.
pub fn read(input: impl BufRead) -> Result<CaseDocument, CaseDocumentError> {
    let mut reader = Reader::from_reader(input);
    let mut walk = Walk::default();
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        match reader.read_event_into(&mut buffer)? {
            Event::Start(start) => walk.enter(&start),
            Event::End(_) => walk.leave(),
            Event::Text(text) => walk.text.push_str(&text),
            Event::CData(text) => walk.text.push_str(&text),
            Event::GeneralRef(reference) => walk.entity(&reference),
            Event::Eof => break,
            _ => {}
        }
    }
    walk.end()
}

/// Whether something is XML whose elements all end. Nothing of it is kept.
pub fn well_formed(input: impl BufRead) -> Result<(), CaseDocumentError> {
    let mut reader = Reader::from_reader(input);
    let (mut buffer, mut open, mut elements) = (Vec::new(), 0_u64, 0_u64);
    loop {
        buffer.clear();
        match reader.read_event_into(&mut buffer)? {
            Event::Start(_) => (open, elements) = (open + 1, elements + 1),
            Event::Empty(_) => elements += 1,
            Event::End(_) => open -= 1,
            Event::Eof if open == 0 && elements > 0 => return Ok(()),
            Event::Eof => return Err(CaseDocumentError::CutOff),
            _ => {}
        }
    }
}

#[derive(Default)]
struct Walk {
    path: Vec<String>,
    text: String,
    /// Depth of the case and journal entry that count, while inside; zero before and after.
    case: usize,
    entry: usize,
    seen_case: bool,
    seen_entry: bool,
    system_id: String,
    number: String,
    title: String,
    descriptions: Vec<Description>,
}

#[derive(Default)]
struct Description {
    number: Option<u64>,
    files: Vec<String>,
}

impl Walk {
    fn enter(&mut self, start: &BytesStart<'_>) {
        self.path.push(start.local_name().as_ref().to_owned());
        self.text.clear();
        let depth = self.path.len();
        let name = self.path.last().map_or("", String::as_str);
        if name == "mappe" && !self.seen_case && is_type(start, "saksmappe") {
            (self.case, self.seen_case) = (depth, true);
        } else if matches!(name, "basisregistrering" | "registrering")
            && self.case > 0
            && !self.seen_entry
            && is_type(start, "journalpost")
        {
            (self.entry, self.seen_entry) = (depth, true);
        } else if name == "dokumentbeskrivelse" && self.entry > 0 {
            self.descriptions.push(Description::default());
        }
    }

    fn leave(&mut self) {
        let depth = self.path.len();
        let name = self.path.pop().unwrap_or_default();
        let text = std::mem::take(&mut self.text).trim().to_owned();
        let parent = self.path.last().map_or("", String::as_str);
        if self.case > 0 && depth == self.case + 1 && name == "systemID" {
            self.system_id = text;
        } else if self.entry > 0 && depth == self.entry + 1 && name == "offentligTittel" {
            self.title = text;
        } else if self.entry > 0 && depth == self.entry + 1 && name == "journalpostnummer" {
            self.number = text;
        } else if self.entry > 0 && parent == "dokumentbeskrivelse" && name == "dokumentnummer" {
            if let Some(description) = self.descriptions.last_mut() {
                description.number = text.parse().ok();
            }
        } else if self.entry > 0
            && parent == "dokumentobjekt"
            && name == "referanseDokumentfil"
            && let Some(description) = self.descriptions.last_mut()
        {
            description.files.push(text);
        }
        if depth == self.entry {
            self.entry = 0;
        }
        if depth == self.case {
            self.case = 0;
        }
    }

    fn entity(&mut self, reference: &quick_xml::events::BytesRef<'_>) {
        if let Ok(Some(character)) = reference.resolve_char_ref() {
            self.text.push(character);
        } else if let Some(text) = quick_xml::escape::resolve_predefined_entity(reference) {
            self.text.push_str(text);
        }
    }

    fn end(mut self) -> Result<CaseDocument, CaseDocumentError> {
        if !self.path.is_empty() {
            return Err(CaseDocumentError::CutOff);
        }
        if !self.seen_entry {
            return Err(CaseDocumentError::NoJournalEntry);
        }
        // Stable, so that descriptions without a number keep their place behind the numbered ones.
        self.descriptions.sort_by_key(|description| description.number.unwrap_or(u64::MAX));
        let files = self.descriptions.into_iter().flat_map(|description| description.files).collect();
        let reference = (!self.number.is_empty()).then(|| format!("{}-{}", self.system_id, self.number));
        let document = CaseDocument { title: self.title, reference, files };
        let has_nul = document.reference.iter().chain([&document.title]).any(|text| text.contains('\0'));
        if has_nul { Err(CaseDocumentError::Nul) } else { Ok(document) }
    }
}

/// Whether `xsi:type` names this type, with or without a prefix.
fn is_type(start: &BytesStart<'_>, wanted: &str) -> bool {
    start.attributes().flatten().any(|attribute| {
        let value = attribute.value.rsplit(':').next();
        attribute.key.local_name().as_ref() == "type" && value == Some(wanted)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const CASE: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
        <arkivmelding xmlns="http://www.arkivverket.no/standarder/noark5/arkivmelding"
            xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
          <mappe xsi:type="saksmappe"><systemID>sak-1</systemID>
            <basisregistrering xsi:type="journalpost">
              <systemID>jp-1</systemID>
              <dokumentbeskrivelse><dokumentnummer>2</dokumentnummer>
                <dokumentobjekt><referanseDokumentfil>vedlegg.pdf</referanseDokumentfil></dokumentobjekt>
              </dokumentbeskrivelse>
              <dokumentbeskrivelse><dokumentnummer>1</dokumentnummer>
                <dokumentobjekt><referanseDokumentfil>svar.pdf</referanseDokumentfil></dokumentobjekt>
              </dokumentbeskrivelse>
              <offentligTittel>Svar p&#229; høring &amp; mer</offentligTittel>
              <journalpostnummer>17</journalpostnummer>
            </basisregistrering>
          </mappe>
        </arkivmelding>"#;

    #[test]
    fn title_reference_and_files_of_the_first_journal_entry_are_read() {
        let read = read(CASE.as_bytes()).expect("a case document");
        assert_eq!(read.title, "Svar på høring & mer");
        assert_eq!(read.reference.as_deref(), Some("sak-1-17"));
        assert_eq!(read.files, ["svar.pdf", "vedlegg.pdf"]);
    }

    #[test]
    fn what_is_no_case_document_is_refused() {
        assert!(matches!(read("<arkivmelding/>".as_bytes()), Err(CaseDocumentError::NoJournalEntry)));
        assert!(matches!(read("<arkivmelding>".as_bytes()), Err(CaseDocumentError::CutOff)));
        assert!(matches!(read("<a></b>".as_bytes()), Err(CaseDocumentError::Xml(_))));
    }
}
