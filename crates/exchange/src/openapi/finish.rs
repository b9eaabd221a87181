//! What holds for all endpoints, added to the document in one place: who may call, how calls are refused, what
//! every status means, and where else an endpoint is found.

use serde_json::{Map, Value, json};
use web::openapi::{self, Operation};

use super::received;

/// Endpoints that the reference does not have.
const OURS: [&str; 11] = [
    "unlockMessage",
    "extendLock",
    "listFiles",
    "listDeliveries",
    "replaySubscription",
    "pauseSubscription",
    "resumeSubscription",
    "pingSubscription",
    "renewSubscriptionSecret",
    "validateMessage",
    "unlockMessageByPost",
];

/// Where else an endpoint is found, as older texts call it: method, path, the endpoint's own path, and the
/// name that it has there.
const ALIASES: [(&str, &str, &str, &str); 4] = [
    ("post", "/api/messages", "/api/messages/out", "createMessageShort"),
    ("get", "/api/messages/in/{id}", "/api/messages/in/pop/{id}", "popMessageShort"),
    ("delete", "/api/messages/in/pop/{id}", "/api/messages/in/{id}", "acknowledgeMessageByPop"),
    ("post", "/api/messages/in/{id}/unlock", "/api/messages/in/{id}/lock", "unlockMessageByPost"),
];

pub(super) fn finished(mut document: Value) -> Value {
    document["openapi"] = "3.1.0".into();
    document["info"]["version"] = env!("CARGO_PKG_VERSION").into();
    document["servers"] = json!([{ "url": "/", "description": "The server that serves this document." }]);
    document["components"]["securitySchemes"] = json!({
        "basic": { "type": "http", "scheme": "basic", "description": "The one user of the API." },
        "bearer": { "type": "http", "scheme": "bearer", "bearerFormat": "JWT",
            "description": "Beyond the reference: a token of an organization that is served here." },
    });
    document["security"] = json!([{ "basic": [] }, { "bearer": [] }]);
    openapi::each_operation(&mut document, |operation| {
        describe_refusals(operation);
        if OURS.contains(&operation.id()) {
            operation.is_ours();
        }
    });
    received::describe(&mut document);
    add_aliases(&mut document);
    openapi::without_null_in_answers(&mut document);
    openapi::mark_additions(&mut document);
    document
}

fn add_aliases(document: &mut Value) {
    for (method, path, own_path, name) in ALIASES {
        let from = if name == "unlockMessageByPost" { "delete" } else { method };
        let mut alias = document["paths"][own_path][from].clone();
        if let Some(members) = alias.as_object_mut() {
            members.insert("operationId".into(), name.into());
            let text = format!("{}. The same as `{} {own_path}`.", openapi::ADDITION, from.to_uppercase());
            members.insert("description".into(), text.into());
            members.insert(openapi::MARK.into(), true.into());
        }
        document["paths"][path][method] = alias;
    }
}

fn describe_refusals(operation: &mut Operation<'_>) {
    for status in [400, 401, 403, 500] {
        operation.answers(status);
    }
    if operation.takes("application/json") {
        for status in [413, 415] {
            operation.answers(status);
        }
    }
    for (status, answer) in operation.responses() {
        finish_answer(status, answer);
    }
}

fn finish_answer(status: u16, answer: &mut Map<String, Value>) {
    if answer.get("description").and_then(Value::as_str).is_none_or(str::is_empty) {
        answer.insert("description".into(), words(status).into());
    }
    if status >= 400 && !answer.contains_key("content") {
        let schema = json!({ "$ref": "#/components/schemas/Problem" });
        answer.insert("content".into(), json!({ "application/json": { "schema": schema } }));
    }
    if status == 401 {
        let text = json!({ "description": "The scheme that would do.", "schema": { "type": "string" } });
        answer.insert("headers".into(), json!({ "WWW-Authenticate": text }));
    }
    // Without a body, whatever its status is.
    if answer.get("content").is_some_and(|content| content == &json!({ "none": {} })) {
        answer.remove("content");
    }
}

const fn words(status: u16) -> &'static str {
    match status {
        200 => "As asked.",
        204 => "There is nothing.",
        400 => "Something in the request is wrong; `exception` and `errors` say what.",
        401 => "The credentials are missing or wrong.",
        403 => "Good credentials, but for something else.",
        404 => "There is none.",
        413 => "Larger than what is taken at once.",
        415 => "Not in a form that is read here.",
        500 => "Something went wrong here, or the registry cannot be asked.",
        _ => "",
    }
}
