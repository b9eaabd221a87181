//! Early validation: what would fail when a message is sent is told when it is created, filled or
//! submitted, where that is switched on for its process.

use std::io::BufReader;
use std::sync::Arc;

use serde_json::Value;

use super::by_service;
use super::prepare::Style;
use crate::Exchange;
use crate::message::document::Document;
use crate::message::{Envelope, Message, arkivmelding_xml, noark};
use crate::problem::{Problem, Violation};
use crate::registry::ServiceIdentifier;
use crate::validation::Strictness;

/// How much is checked of this document.
pub(super) fn strictness(app: &Exchange, envelope: &Envelope) -> Strictness {
    let process = envelope.header.scope("ConversationId").and_then(|scope| scope.identifier.as_deref());
    app.config().validation.of(process.unwrap_or_default())
}

/// Holds the business message against the rules of its type.
pub(super) fn business(
    app: &Exchange,
    message: &Message,
    service: ServiceIdentifier,
    style: Style,
) -> Result<(), Problem> {
    let violations = message.envelope.business.violations(service);
    if violations.is_empty() {
        return Ok(());
    }
    if strictness(app, &message.envelope) >= Strictness::Business {
        return Err(style.invalid(&violations));
    }
    let fields: Vec<_> = violations.iter().map(|violation| violation.field.as_str()).collect();
    let (id, fields) = (&message.facts.message_id, fields.join(", "));
    tracing::warn!(message.id = %id, %fields, "a message breaks rules of its type and may fail later");
    Ok(())
}

/// Whether the primary document is there that the message names.
pub(super) fn main_document(
    envelope: &Envelope,
    strictness: Strictness,
    files: &[Document],
) -> Result<(), Problem> {
    let names_one = envelope.business.main_document().is_some() && !envelope.kind.is_receipt();
    if strictness < Strictness::Business || !names_one {
        return Ok(());
    }
    by_service::main_is_there(envelope, |name| files.iter().any(|file| file.name == name))
}

/// Holds a file that has arrived against its schema, if it is one that has a schema.
pub(super) async fn case_document(
    app: &Exchange,
    envelope: &Envelope,
    file: &Document,
) -> Result<(), Problem> {
    if file.name != arkivmelding_xml::NAME || strictness(app, envelope) < Strictness::Full {
        return Ok(());
    }
    let (blobs, blob) = (Arc::clone(app.blobs()), file.blob.clone());
    let checking = tokio::task::spawn_blocking(move || {
        let input = BufReader::new(blobs.read_blocking(&blob)?);
        Ok::<_, Problem>(noark::check(input))
    });
    let faults = checking.await.map_err(|panic| Problem::internal(&panic))??;
    if faults.is_empty() { Ok(()) } else { Err(breaks_schema(&faults)) }
}

fn breaks_schema(faults: &[noark::Fault]) -> Problem {
    let first = faults.first().map(ToString::to_string).unwrap_or_default();
    let text = format!(
        "arkivmelding.xml breaks the schema of Noark 5's arkivmelding in {} places; the first: {first}",
        faults.len()
    );
    let violations: Vec<_> = faults
        .iter()
        .map(|fault| Violation {
            code: "Schema",
            field: format!("arkivmelding.xml{}", fault.path),
            message: format!("line {}: {}", fault.line, fault.text),
            rejected: None::<Value>,
        })
        .collect();
    Problem::bad("UnmarshalArkivmeldingException", text).with_errors(&violations)
}
