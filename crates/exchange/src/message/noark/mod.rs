//! Whether `arkivmelding.xml` keeps the schema of Noark 5's arkivmelding: which elements, in which order,
//! how often, with which values.
//!
//! Two shapes are in use, in one namespace; [`tables`] has both. A document is held against both at once,
//! while it streams by, and told what is wrong by the shape it has. Nothing outside the document is ever
//! read: no entities, no document types, no schema locations.

mod lines;
mod notation;
mod tables;
mod values;
mod walk;

use std::fmt;
use std::io::BufRead;
use std::sync::LazyLock;

use quick_xml::NsReader;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::name::{Namespace, ResolveResult};

use self::lines::Lines;
use self::notation::Schema;
use self::walk::{Opened, Walk};

/// The most faults that are told of one document.
const FAULTS: usize = 20;
/// The most elements inside each other.
const DEPTH: usize = 100;
/// The longest text of one element, in bytes.
const TEXT_BYTES: usize = 1 << 20;

static OLDER: LazyLock<Schema> =
    LazyLock::new(|| Schema::read(tables::OLDER, tables::VALUES, tables::OLDER_CODES));
static NEWER: LazyLock<Schema> = LazyLock::new(|| Schema::read(tables::NEWER, tables::VALUES, ""));

/// Something in a document that breaks the schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    /// The line it ends on, from 1.
    pub(crate) line: u64,
    /// The element, such as `/arkivmelding/mappe[1]/tittel[1]`.
    pub(crate) path: String,
    /// What is wrong, without anything the document says.
    pub(crate) text: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}: {}", self.line, self.path, self.text)
    }
}

/// Everything in a document that breaks the schema, up to a limit; empty when it is right. Blocks.
pub(crate) fn check(input: impl BufRead) -> Vec<Fault> {
    let mut reader = NsReader::from_reader(Lines::new(input));
    reader.config_mut().expand_empty_elements = true;
    let mut checking = Checking::new();
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        let read = reader.read_resolved_event_into(&mut buffer);
        let (foreign, event) = match read {
            Ok((namespace, event)) => (!is_ours(&namespace), event),
            Err(error) => {
                let line = reader.get_mut().line();
                return checking.broken_off(line, &format!("the document is not well-formed XML: {error}"));
            }
        };
        let line = reader.get_mut().line();
        let at_end = matches!(event, Event::Eof);
        if let Err(reason) = checking.take(event, foreign, line) {
            return checking.broken_off(line, reason);
        }
        if at_end {
            return checking.end();
        }
    }
}

fn is_ours(namespace: &ResolveResult<'_>) -> bool {
    matches!(namespace, ResolveResult::Bound(Namespace(name)) if *name == tables::NAMESPACE)
}

/// A document on its way past both shapes.
struct Checking {
    older: Walk<'static>,
    newer: Walk<'static>,
    /// Names of open elements, each with its number among those of its name.
    path: Vec<Opened>,
    text: String,
    seen_root: bool,
    /// It has elements that only the older shape has.
    looks_older: bool,
    /// It has elements that only the newer shape has.
    looks_newer: bool,
}

impl Checking {
    fn new() -> Self {
        Self {
            older: Walk::new(&OLDER),
            newer: Walk::new(&NEWER),
            path: Vec::new(),
            text: String::new(),
            seen_root: false,
            looks_older: false,
            looks_newer: false,
        }
    }

    /// Takes one event; answers why nothing more is read.
    fn take(&mut self, event: Event<'_>, foreign: bool, line: u64) -> Result<(), &'static str> {
        match event {
            Event::Start(start) => return self.enter(&start, foreign, line),
            Event::End(_) => self.leave(line),
            Event::Text(text) => self.text.push_str(&text),
            Event::CData(text) => self.text.push_str(&text),
            Event::GeneralRef(reference) => return self.entity(&reference),
            Event::DocType(_) => return Err("a document type declaration is not accepted"),
            Event::Eof if !self.path.is_empty() => return Err("the document ends inside an element"),
            Event::Eof if !self.seen_root => return Err("the document is empty"),
            _ => {}
        }
        if self.text.len() > TEXT_BYTES { Err("a text is longer than 1 MiB") } else { Ok(()) }
    }

    fn enter(&mut self, start: &BytesStart<'_>, foreign: bool, line: u64) -> Result<(), &'static str> {
        if self.path.len() >= DEPTH {
            return Err("elements are nested more than 100 deep");
        }
        self.seen_root = true;
        let name = start.local_name().as_ref().to_owned();
        self.looks_older |= matches!(name.as_str(), "basisregistrering" | "klassifikasjon" | "sakspart");
        self.looks_newer |= matches!(name.as_str(), "referanseEksternNoekkel" | "part" | "klasse");
        let stray = is_stray(&std::mem::take(&mut self.text));
        let parent = walk::written(&self.path);
        let number = self.path.last_mut().map(|parent| parent.count(&name));
        self.path.push(Opened::new(name.clone(), number));
        let path = walk::written(&self.path);
        let (wanted, unknown) = attributes(start);
        for walk in [&mut self.older, &mut self.newer] {
            if stray {
                walk.stray_text(line, &parent);
            }
            walk.enter(&name, foreign, wanted.as_deref(), line, &path);
            for attribute in &unknown {
                walk.attribute(attribute, line, &path);
            }
        }
        Ok(())
    }

    fn leave(&mut self, line: u64) {
        let path = walk::written(&self.path);
        self.path.pop();
        let text = std::mem::take(&mut self.text);
        let stray = is_stray(&text);
        for walk in [&mut self.older, &mut self.newer] {
            if stray {
                walk.stray_text(line, &path);
            }
            walk.leave(&text, line, &path);
        }
    }

    fn entity(&mut self, reference: &BytesRef<'_>) -> Result<(), &'static str> {
        if let Ok(Some(character)) = reference.resolve_char_ref() {
            self.text.push(character);
        } else if let Some(text) = quick_xml::escape::resolve_predefined_entity(reference) {
            self.text.push_str(text);
        } else {
            return Err("an entity is used that XML does not define");
        }
        Ok(())
    }

    /// The faults in the shape the document has: none, if it keeps either.
    fn end(self) -> Vec<Fault> {
        if self.older.faults.is_empty() || self.newer.faults.is_empty() {
            return Vec::new();
        }
        self.of_its_shape()
    }

    fn broken_off(self, line: u64, reason: &str) -> Vec<Fault> {
        let path = walk::written(&self.path);
        let mut faults = self.of_its_shape();
        faults.truncate(FAULTS - 1);
        faults.push(Fault { line, path, text: reason.to_owned() });
        faults
    }

    fn of_its_shape(self) -> Vec<Fault> {
        let (older, newer) = (self.older.faults, self.newer.faults);
        let nearer_older = older.len() < newer.len();
        let is_older = if self.looks_older == self.looks_newer { nearer_older } else { self.looks_older };
        if is_older { older } else { newer }
    }
}

/// Whether there is text where only elements belong.
fn is_stray(text: &str) -> bool {
    text.chars().any(|sign| !matches!(sign, ' ' | '\t' | '\r' | '\n'))
}

/// The type that an element says it has, and the attributes that no element has.
fn attributes(start: &BytesStart<'_>) -> (Option<String>, Vec<String>) {
    let (mut wanted, mut unknown) = (None, Vec::new());
    for attribute in start.attributes().flatten() {
        let key = attribute.key;
        let prefix = key.prefix().map(|prefix| prefix.as_ref().to_owned());
        let name = key.local_name().as_ref().to_owned();
        match prefix.as_deref() {
            Some("xmlns" | "xml") => {}
            None if name == "xmlns" => {}
            // Whatever the prefix of XML Schema's own attributes is called, it is they that have one.
            Some(_) if name == "type" => {
                wanted = attribute.value.rsplit(':').next().map(|name| name.trim().to_owned());
            }
            Some(_) => {}
            None => unknown.push(name),
        }
    }
    (wanted, unknown)
}

#[cfg(test)]
mod tests;
