//! `manifest.xml`: who sends, who receives, which document is the main one.
//!
//! The file repeats what the message says elsewhere. It is signed along with the documents, so a
//! receiver can compare.

use quick_xml::events::{BytesStart, Event};

use crate::error::{ManifestError, PackError};
use crate::xml::{self, Reader};

/// The identifier scheme that organisations are named in.
const AUTHORITY: &str = "iso6523-actorid-upis";

/// The content of `manifest.xml`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// The receiver, as `0192:` and nine digits.
    pub receiver: String,
    /// The sender, as `0192:` and nine digits.
    pub sender: String,
    /// The main document's entry name.
    pub main_document: String,
    /// The main document's media type.
    pub main_media_type: String,
}

impl Manifest {
    /// The file's bytes: always the same for the same content.
    pub fn to_xml(&self) -> Result<String, PackError> {
        let text = |what, value| xml::escape(value).ok_or(PackError::Text(what));
        let receiver = text("the receiver", &self.receiver)?;
        let sender = text("the sender", &self.sender)?;
        let href = text("the main document's name", &self.main_document)?;
        let mime = text("the main document's media type", &self.main_media_type)?;
        Ok(format!(
            r#"<?xml version="1.0" encoding="UTF-8"?>
<manifest>
   <mottaker>
      <organisasjon authority="{AUTHORITY}">{receiver}</organisasjon>
   </mottaker>
   <avsender>
      <organisasjon authority="{AUTHORITY}">{sender}</organisasjon>
   </avsender>
   <hoveddokument href="{href}" mime="{mime}">
      <tittel lang="no">Hoveddokument</tittel>
   </hoveddokument>
</manifest>
"#
        ))
    }

    /// Reads the file. Unknown elements and attributes are passed over.
    pub fn parse(bytes: &[u8]) -> Result<Self, ManifestError> {
        let mut found = Found::default();
        let mut reader = Reader::new(bytes)?;
        let mut path: Vec<String> = Vec::new();
        loop {
            match reader.next()? {
                Event::Start(element) => {
                    found.element(&path, &element)?;
                    path.push(xml::local_name(&element).to_owned());
                }
                Event::Empty(element) => found.element(&path, &element)?,
                Event::End(_) => {
                    path.pop();
                }
                Event::Text(text) => found.text(&path, &text.xml10_content()),
                Event::Eof => return found.complete(),
                _ => {}
            }
        }
    }
}

#[derive(Default)]
struct Found {
    root: bool,
    receiver: String,
    sender: String,
    main: Option<(String, String)>,
}

impl Found {
    fn element(&mut self, path: &[String], element: &BytesStart<'_>) -> Result<(), ManifestError> {
        let name = xml::local_name(element);
        if path.is_empty() {
            if name != "manifest" {
                return Err(ManifestError::Root(name.to_owned()));
            }
            self.root = true;
        }
        if path.len() == 1 && name == "hoveddokument" {
            let href = xml::attribute(element, "href")?;
            let href = href.ok_or(ManifestError::Missing("the main document's href"))?;
            let mime = xml::attribute(element, "mime")?.unwrap_or_default();
            self.main = Some((href, mime));
        }
        Ok(())
    }

    fn text(&mut self, path: &[String], text: &str) {
        let [_, party, what] = path else { return };
        if what == "organisasjon" {
            match party.as_str() {
                "mottaker" => self.receiver += text.trim(),
                "avsender" => self.sender += text.trim(),
                _ => {}
            }
        }
    }

    fn complete(self) -> Result<Manifest, ManifestError> {
        if !self.root {
            return Err(ManifestError::Missing("its root element"));
        }
        if self.receiver.is_empty() {
            return Err(ManifestError::Missing("the receiver"));
        }
        if self.sender.is_empty() {
            return Err(ManifestError::Missing("the sender"));
        }
        let main = self.main.ok_or(ManifestError::Missing("the main document"))?;
        let (receiver, sender) = (self.receiver, self.sender);
        Ok(Manifest { receiver, sender, main_document: main.0, main_media_type: main.1 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example() -> Manifest {
        Manifest {
            receiver: "0192:310000002".to_owned(),
            sender: "0192:310000001".to_owned(),
            main_document: "Søknad <1> & \"2\".pdf".to_owned(),
            main_media_type: "application/pdf".to_owned(),
        }
    }

    /// Covers: ET-4
    #[test]
    fn equal_input_gives_equal_bytes_with_the_elements_in_their_order() {
        let xml = example().to_xml().expect("printable");

        assert_eq!(xml, example().to_xml().expect("printable"));
        let places = ["<mottaker>", "<avsender>", "<hoveddokument "].map(|tag| xml.find(tag));
        assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{xml}");
    }

    #[test]
    fn what_is_written_can_be_read() {
        let xml = example().to_xml().expect("printable");

        assert_eq!(Manifest::parse(xml.as_bytes()).expect("our own"), example());
    }

    #[test]
    fn unknown_elements_and_any_indentation_are_passed_over() {
        let xml = "\u{FEFF}<manifest a='b'><ny><organisasjon>x</organisasjon></ny><mottaker>\
            <organisasjon>\n 0192:1 </organisasjon></mottaker><avsender><organisasjon>0192:2\
            </organisasjon></avsender><hoveddokument href='a.pdf' mime='b' c='d'/></manifest>";

        let manifest = Manifest::parse(xml.as_bytes()).expect("tolerable");

        assert_eq!((&*manifest.receiver, &*manifest.sender), ("0192:1", "0192:2"));
        assert_eq!(manifest.main_document, "a.pdf");
    }

    #[test]
    fn a_document_type_declaration_is_refused() {
        let xml = "<!DOCTYPE m [<!ENTITY a 'b'>]><manifest/>";

        assert!(matches!(Manifest::parse(xml.as_bytes()), Err(ManifestError::DocumentType)));
    }
}
