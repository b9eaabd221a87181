//! The little XML that manifests need: no entities of their own, nothing fetched.

use quick_xml::events::{BytesStart, Event};
use quick_xml::name::ResolveResult;
use quick_xml::{NsReader, XmlVersion};

use crate::error::ManifestError;

/// Elements inside elements, at most; manifests have four levels.
const MAX_DEPTH: usize = 32;

/// Reads events, refusing what could define entities.
pub(crate) struct Reader<'a> {
    inner: NsReader<&'a [u8]>,
    depth: usize,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Result<Self, ManifestError> {
        let text = str::from_utf8(bytes).map_err(|_| ManifestError::NotUtf8)?;
        Ok(Self { inner: NsReader::from_str(text.trim_start_matches('\u{FEFF}')), depth: 0 })
    }

    /// The next event.
    pub(crate) fn next(&mut self) -> Result<Event<'a>, ManifestError> {
        self.next_with_namespace().map(|(_, event)| event)
    }

    /// The next event with the namespace of its element, empty for none.
    pub(crate) fn next_with_namespace(&mut self) -> Result<(String, Event<'a>), ManifestError> {
        let (namespace, event) =
            self.inner.read_resolved_event().map_err(|error| ManifestError::Xml(error.to_string()))?;
        let namespace = match namespace {
            ResolveResult::Bound(namespace) => namespace.as_ref().to_owned(),
            _ => String::new(),
        };
        match event {
            Event::DocType(_) => return Err(ManifestError::DocumentType),
            Event::Start(_) => self.depth += 1,
            Event::End(_) => self.depth = self.depth.saturating_sub(1),
            Event::Eof if self.depth > 0 => {
                return Err(ManifestError::Xml("it ends inside an element".to_owned()));
            }
            _ => {}
        }
        if self.depth > MAX_DEPTH {
            return Err(ManifestError::Xml("elements are nested too deeply".to_owned()));
        }
        Ok((namespace, event))
    }
}

/// The element's name without prefix.
pub(crate) fn local_name<'a>(element: &'a BytesStart<'_>) -> &'a str {
    element.local_name().into_inner()
}

/// An attribute's value by its name without prefix.
pub(crate) fn attribute(element: &BytesStart<'_>, name: &str) -> Result<Option<String>, ManifestError> {
    for attribute in element.attributes() {
        let attribute = attribute.map_err(|error| ManifestError::Xml(error.to_string()))?;
        if attribute.key.local_name().into_inner() == name {
            let value = attribute
                .normalized_value(XmlVersion::Implicit1_0)
                .map_err(|error| ManifestError::Xml(error.to_string()))?;
            return Ok(Some(value.into_owned()));
        }
    }
    Ok(None)
}

/// Text fit for an element or attribute; `None` when XML 1.0 has no way to write it.
pub(crate) fn escape(text: &str) -> Option<String> {
    let writable = |c: char| !c.is_control() && !matches!(c, '\u{FFFE}' | '\u{FFFF}');
    text.chars().all(writable).then(|| quick_xml::escape::escape(text).into_owned())
}
