//! `META-INF/ASiCManifest.xml` (ETSI TS 102 918 v1.2.1): the list of files with their digests,
//! which is what the signature covers; and the OpenDocument manifest, which nothing covers.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use quick_xml::events::{BytesStart, Event};

use crate::error::{ManifestError, PackError};
use crate::xml::{self, Reader};

const NAMESPACE: &str = "http://uri.etsi.org/02918/v1.2.1#";
/// What older writers used.
const OLD_NAMESPACES: [&str; 2] = ["http://uri.etsi.org/02918/v1.1.1#", "http://uri.etsi.org/2918/v1.2.1#"];
const SHA256: &str = "http://www.w3.org/2001/04/xmlenc#sha256";
const OLD_SHA256: &str = "http://www.w3.org/2000/09/xmldsig#sha256";
/// Where the signature is when the manifest does not say.
const DEFAULT_SIGNATURE: &str = "META-INF/signature.p7s";
/// The media type of an ASiC-E container.
pub(crate) const ASIC_E: &str = "application/vnd.etsi.asic-e+zip";

/// One signed file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DataObject {
    /// The entry's name, possibly percent-encoded by whoever wrote it.
    pub(crate) uri: String,
    pub(crate) media_type: Option<String>,
    pub(crate) sha256: [u8; 32],
}

/// The signed list of files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AsicManifest {
    /// The entry that holds the signature over this list.
    pub(crate) signature: String,
    pub(crate) objects: Vec<DataObject>,
}

impl AsicManifest {
    pub(crate) fn to_xml(&self) -> Result<String, PackError> {
        let mut out = format!(
            r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<ASiCManifest xmlns="{NAMESPACE}" xmlns:ds="http://www.w3.org/2000/09/xmldsig#">
    <SigReference URI="{}" MimeType="application/x-pkcs7-signature"/>
"#,
            text(&self.signature)?
        );
        for object in &self.objects {
            let _ = write!(
                out,
                r#"    <DataObjectReference URI="{}" MimeType="{}">
        <ds:DigestMethod Algorithm="{SHA256}"/>
        <ds:DigestValue>{}</ds:DigestValue>
    </DataObjectReference>
"#,
                text(&object.uri)?,
                text(object.media_type.as_deref().unwrap_or_default())?,
                STANDARD.encode(object.sha256)
            );
        }
        Ok(out + "</ASiCManifest>\n")
    }

    /// The OpenDocument manifest for the same files.
    pub(crate) fn to_open_document(&self) -> Result<String, PackError> {
        let mut out = format!(
            r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">
    <manifest:file-entry manifest:full-path="/" manifest:media-type="{ASIC_E}"/>
"#
        );
        for object in &self.objects {
            let _ = writeln!(
                out,
                "    <manifest:file-entry manifest:full-path=\"{}\" manifest:media-type=\"{}\"/>",
                text(&object.uri)?,
                text(object.media_type.as_deref().unwrap_or_default())?,
            );
        }
        Ok(out + "</manifest:manifest>\n")
    }

    /// Reads the list. The signature must be verified over `bytes` themselves.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, ManifestError> {
        let mut reader = Reader::new(bytes)?;
        let mut found = Found::default();
        loop {
            let (namespace, event) = reader.next_with_namespace()?;
            match event {
                Event::Start(element) => {
                    found.start(&namespace, &element)?;
                    found.inside.push(xml::local_name(&element).to_owned());
                }
                Event::Empty(element) => {
                    found.start(&namespace, &element)?;
                    found.end(xml::local_name(&element))?;
                }
                Event::End(_) => {
                    let name = found.inside.pop().unwrap_or_default();
                    found.end(&name)?;
                }
                Event::Text(text) if found.inside.last().is_some_and(|it| it == "DigestValue") => {
                    found.digest += &text.xml10_content();
                }
                Event::Eof => return found.complete(),
                _ => {}
            }
        }
    }
}

fn text(value: &str) -> Result<String, PackError> {
    xml::escape(value).ok_or(PackError::Text("a document's name or media type"))
}

#[derive(Default)]
struct Found {
    inside: Vec<String>,
    root: bool,
    signature: Option<String>,
    objects: Vec<DataObject>,
    root_files: usize,
    uri: String,
    media_type: Option<String>,
    algorithm: String,
    digest: String,
}

impl Found {
    fn start(&mut self, namespace: &str, element: &BytesStart<'_>) -> Result<(), ManifestError> {
        let name = xml::local_name(element);
        if self.inside.is_empty() {
            let known = namespace == NAMESPACE || OLD_NAMESPACES.contains(&namespace);
            if name != "ASiCManifest" || !known {
                return Err(ManifestError::Root(format!("{{{namespace}}}{name}")));
            }
            self.root = true;
        }
        match name {
            "SigReference" => self.signature = xml::attribute(element, "URI")?,
            "DataObjectReference" => {
                let uri = xml::attribute(element, "URI")?;
                self.uri = uri.ok_or(ManifestError::Missing("the URI of a data object"))?;
                self.media_type = xml::attribute(element, "MimeType")?.filter(|it| !it.is_empty());
                (self.algorithm, self.digest) = (String::new(), String::new());
                let root_file = xml::attribute(element, "Rootfile")?;
                self.root_files += usize::from(root_file.is_some_and(|it| it == "true" || it == "1"));
            }
            "DigestMethod" => {
                self.algorithm = xml::attribute(element, "Algorithm")?.unwrap_or_default();
            }
            _ => {}
        }
        Ok(())
    }

    fn end(&mut self, name: &str) -> Result<(), ManifestError> {
        if name != "DataObjectReference" {
            return Ok(());
        }
        let uri = std::mem::take(&mut self.uri);
        if !matches!(self.algorithm.as_str(), SHA256 | OLD_SHA256) {
            let algorithm = std::mem::take(&mut self.algorithm);
            return Err(ManifestError::DigestAlgorithm { uri, algorithm });
        }
        let compact: String = self.digest.split_whitespace().collect();
        let bytes = STANDARD.decode(compact).ok().and_then(|bytes| bytes.try_into().ok());
        let Some(sha256) = bytes else { return Err(ManifestError::DigestValue { uri }) };
        if self.objects.iter().any(|object| object.uri == uri) {
            return Err(ManifestError::Duplicate(uri));
        }
        let media_type = self.media_type.take();
        self.objects.push(DataObject { uri, media_type, sha256 });
        Ok(())
    }

    fn complete(self) -> Result<AsicManifest, ManifestError> {
        if !self.root {
            return Err(ManifestError::Missing("its root element"));
        }
        if self.root_files > 1 {
            return Err(ManifestError::TwoRootFiles);
        }
        let signature = self.signature.unwrap_or_else(|| DEFAULT_SIGNATURE.to_owned());
        Ok(AsicManifest { signature, objects: self.objects })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example() -> AsicManifest {
        let object = |uri: &str, byte| DataObject {
            uri: uri.to_owned(),
            media_type: Some("text/plain".to_owned()),
            sha256: [byte; 32],
        };
        AsicManifest {
            signature: "META-INF/signature-1.p7s".to_owned(),
            objects: vec![object("a & b.txt", 1), object("æøå.txt", 2)],
        }
    }

    #[test]
    fn what_is_written_can_be_read() {
        let xml = example().to_xml().expect("printable");

        assert_eq!(AsicManifest::parse(xml.as_bytes()).expect("our own"), example());
    }

    #[test]
    fn historical_namespaces_and_digest_names_are_understood() {
        let xml = example().to_xml().expect("printable");
        for old in OLD_NAMESPACES {
            let xml = xml.replace(NAMESPACE, old).replace(SHA256, OLD_SHA256);

            assert_eq!(AsicManifest::parse(xml.as_bytes()).expect("historical"), example());
        }
    }

    #[test]
    fn other_digests_and_namespaces_are_refused() {
        let xml = example().to_xml().expect("printable");
        let sha1 = xml.replace(SHA256, "http://www.w3.org/2000/09/xmldsig#sha1");
        let other = xml.replace(NAMESPACE, "http://example.com/");

        assert!(matches!(AsicManifest::parse(sha1.as_bytes()), Err(ManifestError::DigestAlgorithm { .. })));
        assert!(matches!(AsicManifest::parse(other.as_bytes()), Err(ManifestError::Root(_))));
    }

    #[test]
    fn a_line_without_a_digest_and_two_root_files_are_refused() {
        let xml = example().to_xml().expect("printable");
        let rooted = xml.replace("<DataObjectReference ", "<DataObjectReference Rootfile=\"true\" ");
        let short = xml.replace("AQEB", "");

        assert!(matches!(AsicManifest::parse(rooted.as_bytes()), Err(ManifestError::TwoRootFiles)));
        assert!(matches!(AsicManifest::parse(short.as_bytes()), Err(ManifestError::DigestValue { .. })));
    }
}
