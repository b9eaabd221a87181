//! One document past one shape.

use std::collections::HashMap;

use super::notation::{Content, Schema, Type};
use super::values::Value;
use super::{FAULTS, Fault};

/// An open element: its name, its number among its siblings of that name, and how many children of each
/// name it has had.
pub(super) struct Opened {
    name: String,
    number: Option<u32>,
    children: HashMap<String, u32>,
}

impl Opened {
    pub(super) fn new(name: String, number: Option<u32>) -> Self {
        Self { name, number, children: HashMap::new() }
    }

    /// Counts one more child of this name; answers its number, from 1.
    pub(super) fn count(&mut self, name: &str) -> u32 {
        let count = self.children.entry(name.to_owned()).or_default();
        *count += 1;
        *count
    }
}

/// `/arkivmelding/mappe[1]/tittel[1]`.
pub(super) fn written(path: &[Opened]) -> String {
    let mut text = String::new();
    for opened in path {
        text.push('/');
        text.push_str(&opened.name);
        if let Some(number) = opened.number {
            text.extend(["[", &number.to_string(), "]"]);
        }
    }
    if text.is_empty() { "/".to_owned() } else { text }
}

/// What stands in an open element.
enum Inside<'s> {
    /// Elements of a type, the last of them at this place.
    Elements { of: &'s Type, at: Option<usize> },
    /// A text.
    Text(&'s Value),
    /// Nothing that is looked at.
    Anything,
}

/// How far a document has come.
pub(super) struct Walk<'s> {
    schema: &'s Schema,
    open: Vec<Inside<'s>>,
    pub(super) faults: Vec<Fault>,
}

impl<'s> Walk<'s> {
    pub(super) const fn new(schema: &'s Schema) -> Self {
        Self { schema, open: Vec::new(), faults: Vec::new() }
    }

    /// An element begins. `wanted` is the type it says it has.
    pub(super) fn enter(&mut self, name: &str, foreign: bool, wanted: Option<&str>, line: u64, path: &str) {
        let (inside, fault) = match self.open.last_mut() {
            Some(Inside::Anything) => (Inside::Anything, None),
            _ if foreign => {
                let text = "its namespace is not that of Noark 5's arkivmelding".to_owned();
                (Inside::Anything, Some(text))
            }
            None => root(self.schema, name),
            Some(Inside::Text(_)) => {
                (Inside::Anything, Some("no element may stand here, only text".to_owned()))
            }
            Some(Inside::Elements { of, at }) => step(self.schema, of, at, name, wanted),
        };
        self.open.push(inside);
        self.fault(fault, line, path);
    }

    /// An element ends, with this text behind its last child.
    pub(super) fn leave(&mut self, text: &str, line: u64, path: &str) {
        let fault = match self.open.pop() {
            Some(Inside::Text(value)) => value.fault(text),
            Some(Inside::Elements { of, at }) if !of.may_end(at) => {
                Some(format!("{} is missing in it", expected(of, at)))
            }
            _ => None,
        };
        self.fault(fault, line, path);
    }

    /// There is text beside the elements of the innermost open element.
    pub(super) fn stray_text(&mut self, line: u64, path: &str) {
        if matches!(self.open.last(), Some(Inside::Elements { .. }) | None) {
            self.fault(Some("text may not stand here, only elements".to_owned()), line, path);
        }
    }

    /// The element that just began has an attribute that no element has.
    pub(super) fn attribute(&mut self, name: &str, line: u64, path: &str) {
        if !matches!(self.open.last(), Some(Inside::Anything)) {
            self.fault(Some(format!("it has no attribute {name}")), line, path);
        }
    }

    fn fault(&mut self, text: Option<String>, line: u64, path: &str) {
        if let Some(text) = text.filter(|_| self.faults.len() < FAULTS) {
            self.faults.push(Fault { line, path: path.to_owned(), text });
        }
    }
}

type Step<'s> = (Inside<'s>, Option<String>);

fn root<'s>(schema: &'s Schema, name: &str) -> Step<'s> {
    match schema.get(name).filter(|_| name == "arkivmelding") {
        Some(of) => (Inside::Elements { of, at: None }, None),
        None => (Inside::Anything, Some("the outermost element must be arkivmelding".to_owned())),
    }
}

/// The next element of a type. One that stands wrong moves the place all the same, so that what follows
/// it is not wrong because of it.
fn step<'s>(
    schema: &'s Schema,
    of: &'s Type,
    at: &mut Option<usize>,
    name: &str,
    wanted: Option<&str>,
) -> Step<'s> {
    let Some(place) = of.place(name) else {
        return (Inside::Anything, Some("no element of this name may stand here".to_owned()));
    };
    let in_order = of.next(*at).contains(&place);
    let fault = (!in_order).then(|| match *at {
        Some(before) if before >= place => {
            format!("it comes too late or once too often, behind {}", of.elements[before].name)
        }
        _ => format!("{} must come before it", expected(of, *at)),
    });
    *at = Some(place);
    let (inside, type_fault) = open(schema, &of.elements[place].content, wanted);
    (inside, fault.or(type_fault))
}

fn open<'s>(schema: &'s Schema, content: &'s Content, wanted: Option<&str>) -> Step<'s> {
    let declared = match content {
        Content::Any => return (Inside::Anything, None),
        Content::Value(value) => return (Inside::Text(value), None),
        Content::Type(name) => name,
    };
    let named = wanted.unwrap_or(declared);
    let (found, fault) = if schema.is_kind_of(named, declared) {
        (schema.get(named), None)
    } else {
        (schema.get(declared), Some(format!("its type must be {declared} or an extension of it")))
    };
    found.map_or((Inside::Anything, None), |of| (Inside::Elements { of, at: None }, fault))
}

fn expected(of: &Type, at: Option<usize>) -> String {
    of.required(at).join(" or ")
}
