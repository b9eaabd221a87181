//! The standard business document, read and written.

use bytes::Bytes;
use serde_json::{Map, Value};
use web::JsonError;

use super::business::Business;
use super::header::Header;
use super::kind::MessageType;
use super::rules;
use crate::problem::Violation;

/// The header's key.
pub const HEADER: &str = "standardBusinessDocumentHeader";
/// How deep a document may be nested; `avtalt` carries any JSON.
const DEPTH: usize = 100;

/// A document whose header keeps the rules it was read by.
#[derive(Clone, Debug)]
pub struct Envelope {
    /// The header.
    pub header: Header,
    /// The type, which is also the business message's key.
    pub kind: MessageType,
    /// The business message.
    pub business: Business,
}

/// Why bytes are no envelope.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum EnvelopeError {
    /// Not JSON, or not of the shape wanted.
    #[error("{0}")]
    NotReadable(String),
    /// The header breaks rules.
    #[error("the header breaks rules: {}", places(.0))]
    Invalid(Vec<Violation>),
}

impl Envelope {
    /// Reads a document that a client wants to send: its header keeps every rule.
    pub fn read(bytes: &[u8]) -> Result<Self, EnvelopeError> {
        Self::read_by(bytes, rules::check)
    }

    /// Reads a document that came in. Other gateways may be newer or less strict than this one, so only
    /// what it cannot be handled without is asked for: a type that is known, and both ids.
    pub fn read_arrived(bytes: &[u8]) -> Result<Self, EnvelopeError> {
        Self::read_by(bytes, rules::check_arrived)
    }

    fn read_by(bytes: &[u8], check: fn(&Header) -> Vec<Violation>) -> Result<Self, EnvelopeError> {
        let tolerant = escape_control_characters(bytes);
        let mut top: Map<String, Value> = web::json::parse(&tolerant, DEPTH).map_err(not_readable)?;
        let header = top.remove(HEADER).ok_or_else(|| missing(HEADER))?;
        let header: Header = serde_path_to_error::deserialize(header).map_err(|error| {
            EnvelopeError::NotReadable(format!("{HEADER}.{}: {}", error.path(), error.inner()))
        })?;
        let violations = check(&header);
        if !violations.is_empty() {
            return Err(EnvelopeError::Invalid(violations));
        }
        let named = header.document_identification.as_ref().and_then(|id| id.kind.as_deref());
        let kind: MessageType = named.unwrap_or_default().parse().map_err(|_| missing("type"))?;
        let body = top.remove(kind.as_str()).ok_or_else(|| missing(kind.as_str()))?;
        if let Some(other) = top.keys().next() {
            let text = format!("{other} does not belong beside {HEADER} and {kind}");
            return Err(EnvelopeError::NotReadable(text));
        }
        let business = Business::read(kind, body).map_err(|e| EnvelopeError::NotReadable(e.to_string()))?;
        Ok(Self { header, kind, business })
    }

    /// The document as JSON.
    pub fn to_json(&self) -> Value {
        let mut top = Map::new();
        let value = |part: Result<Value, serde_json::Error>| part.expect("headers and bodies are plain JSON");
        top.insert(HEADER.to_owned(), value(serde_json::to_value(&self.header)));
        top.insert(self.kind.as_str().to_owned(), value(serde_json::to_value(&self.business)));
        Value::Object(top)
    }

    /// The document as bytes.
    pub fn to_bytes(&self) -> Bytes {
        self.to_json().to_string().into()
    }
}

fn places(violations: &[Violation]) -> String {
    let places = violations.iter().map(|violation| format!("{} {}", violation.field, violation.message));
    places.collect::<Vec<_>>().join(", ")
}

fn missing(key: &str) -> EnvelopeError {
    EnvelopeError::NotReadable(format!("{key} is missing"))
}

fn not_readable(error: JsonError) -> EnvelopeError {
    EnvelopeError::NotReadable(match error {
        JsonError::Data { path, message } => format!("{path}: {message}"),
        JsonError::Syntax { line, column, message } => {
            format!("not JSON at line {line}, column {column}: {message}")
        }
        other => other.to_string(),
    })
}

/// The contract tolerates raw control characters inside texts, JSON does not.
fn escape_control_characters(bytes: &[u8]) -> std::borrow::Cow<'_, [u8]> {
    let mut inside = false;
    let mut escaped = false;
    let mut out: Option<Vec<u8>> = None;
    for (at, byte) in bytes.iter().copied().enumerate() {
        if inside && byte < 0x20 {
            let out = out.get_or_insert_with(|| bytes[..at].to_vec());
            out.extend_from_slice(format!("\\u{byte:04x}").as_bytes());
        } else if let Some(out) = &mut out {
            out.push(byte);
        }
        match byte {
            b'"' if !escaped => inside = !inside,
            _ => {}
        }
        escaped = inside && byte == b'\\' && !escaped;
    }
    out.map_or(std::borrow::Cow::Borrowed(bytes), std::borrow::Cow::Owned)
}
