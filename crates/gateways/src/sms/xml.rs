//! Reads the small XML documents of gateways: elements with text, and nothing that reaches out.
//!
//! A document type may be there and is skipped, never fetched. Entities other than the five named and
//! the numbered ones are refused, so nothing ever expands.

use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesRef, Event};

/// Elements inside elements are followed this deep; gateways use four.
const DEEPEST: usize = 16;

/// A text that is no well-formed XML, or plays tricks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a well-formed XML document")]
pub struct NotXml;

/// One step through a document. Names lead from the root to the element.
pub(super) enum Step<'s> {
    /// An element begins.
    Open(&'s [&'s str]),
    /// An element ends; its own text.
    Close(&'s [&'s str], &'s str),
}

/// Walks through a document from the first element to the last.
pub(super) fn walk(text: &str, mut see: impl FnMut(&Step<'_>)) -> Result<(), NotXml> {
    let mut reader = Reader::from_str(text);
    let (mut path, mut value, mut elements) = (Vec::<String>::new(), String::new(), 0_usize);
    loop {
        match reader.read_event().map_err(|_| NotXml)? {
            Event::Start(tag) => {
                path.push(tag.name().as_ref().to_owned());
                if path.len() > DEEPEST {
                    return Err(NotXml);
                }
                elements += 1;
                value.clear();
                see(&Step::Open(&names(&path)));
            }
            Event::Empty(tag) => {
                path.push(tag.name().as_ref().to_owned());
                elements += 1;
                see(&Step::Open(&names(&path)));
                see(&Step::Close(&names(&path), ""));
                path.pop();
                value.clear();
            }
            Event::End(_) => {
                see(&Step::Close(&names(&path), value.trim()));
                path.pop();
                value.clear();
            }
            Event::Text(text) => value.push_str(&text),
            Event::CData(text) => value.push_str(&text),
            Event::GeneralRef(reference) => value.push_str(&resolve(&reference)?),
            Event::Eof => break,
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
        }
    }
    if path.is_empty() && elements > 0 { Ok(()) } else { Err(NotXml) }
}

fn names(path: &[String]) -> Vec<&str> {
    path.iter().map(String::as_str).collect()
}

fn resolve(reference: &BytesRef<'_>) -> Result<String, NotXml> {
    if let Some(character) = reference.resolve_char_ref().map_err(|_| NotXml)? {
        return Ok(character.to_string());
    }
    resolve_predefined_entity(reference).map(str::to_owned).ok_or(NotXml)
}
