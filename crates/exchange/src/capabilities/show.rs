//! GET /api/capabilities/{receiver}

use super::wire::Capabilities;
use axum::Extension;
use axum::extract::{Path, State};
use axum::response::Response;
use http::{StatusCode, Uri};
use serde_json::{Map, Value, json};

use crate::Exchange;
use crate::access::Client;
use crate::listing::Query;
use crate::message::{MessageType, process};
use crate::problem::Problem;
use crate::registry::{LookUpError, PostalAddress, Question, ServiceIdentifier, ServiceRecord};
use crate::routes;

/// Tells what a receiver can get, and over which channel.
#[utoipa::path(get, path = "/api/capabilities/{receiver}", operation_id = "showCapabilities", tag = "Capabilities",
    params(
        ("receiver" = String, Path, description = "An organization or person by number, without scheme; or a health actor."),
        ("securityLevel" = Option<u8>, Query, description = "3 or 4."),
        ("process" = Option<String>, Query, description = "Only ways of this process."),
    ),
    responses((status = 200, body = Capabilities), (status = 404)))]
pub(super) async fn show(
    State(app): State<Exchange>,
    Extension(_): Extension<Client>,
    Path(receiver): Path<String>,
    uri: Uri,
) -> Result<Response, Problem> {
    let query = Query::of(&uri);
    let level = query.first("securityLevel").filter(|text| !text.is_empty());
    let wrong = |_| Problem::type_mismatch("securityLevel", "a whole number");
    let level: Option<u8> = level.map(|text| text.parse().map_err(wrong)).transpose()?;
    let receiver = receiver.parse().map_err(|_| not_found("The receiver is not a possible identifier"))?;

    let mut question = Question::about(receiver).at_level(level);
    question.process = query.first("process").filter(|text| !text.is_empty()).map(str::to_owned);
    let entry = app.registry().look_up(&question).await.map_err(problem)?;

    let capabilities: Vec<Value> = entry.records.iter().map(capability).collect();
    Ok(routes::json(&json!({ "capabilities": capabilities })))
}

fn not_found(text: &str) -> Problem {
    Problem::domain(StatusCode::NOT_FOUND, "IdentifierNotFoundException", text)
}

fn problem(error: LookUpError) -> Problem {
    match error {
        LookUpError::NotFound(reason) => not_found(&reason),
        LookUpError::Refused { reason, .. } => Problem::of_class(
            StatusCode::BAD_REQUEST,
            "org.springframework.web.client.HttpClientErrorException",
            reason,
        ),
        LookUpError::Unavailable(reason) | LookUpError::Untrusted(reason) => {
            Problem::registry_unavailable(&reason)
        }
    }
}

fn capability(record: &ServiceRecord) -> Value {
    let types: Vec<Value> = record.document_types.iter().map(|standard| document_type(standard)).collect();
    let mut body = Map::new();
    body.insert("process".into(), record.process.clone().into());
    body.insert("serviceIdentifier".into(), record.service.identifier.as_str().into());
    body.insert("documentTypes".into(), types.into());
    if record.service.identifier == ServiceIdentifier::Dpi {
        for (key, address) in
            [("postAddress", &record.post_address), ("returnAddress", &record.return_address)]
        {
            if let Some(address) = address {
                body.insert(key.into(), postal(address));
            }
        }
        let mailbox = record.mailbox.as_ref();
        let digital = mailbox.map_or_else(
            || json!({}),
            |mailbox| json!({ "supplier": mailbox.supplier, "address": mailbox.address }),
        );
        body.insert("digitalPostAddress".into(), digital);
    }
    Value::Object(body)
}

fn document_type(standard: &str) -> Value {
    // `feil` is known by name although nobody can send one.
    let known = |kind: &&str| *kind == "feil" || MessageType::ALL.iter().any(|known| known.as_str() == *kind);
    match process::type_of(standard).filter(known) {
        Some(kind) => json!({ "type": kind, "standard": standard }),
        None => json!({ "standard": standard }),
    }
}

fn postal(address: &PostalAddress) -> Value {
    let mut body = json!({
        "street": address.street, "postalCode": address.postal_code, "postalArea": address.postal_area,
        "country": address.country,
    });
    if let Some(name) = &address.name {
        body["name"] = name.clone().into();
    }
    body
}
