//! What holds for many endpoints, added to the document in one place: who may call, how calls are refused,
//! and what every status means.

use serde_json::{Map, Value, json};
use web::openapi::{self, Operation};

/// Tags whose endpoints the reference does not have, and single endpoints of other tags.
const OURS: [&str; 3] = ["Preview", "Webhooks", "Suppressions"];
const OURS_TOO: [&str; 7] =
    ["placeBulk", "showBulk", "readLog", "showMessages", "isReady", "showHealth", "pushEmailReports"];
/// Endpoints that clients should leave.
const DEPRECATED: [&str; 1] = ["sendInstant"];

pub(super) fn finished(mut document: Value) -> Value {
    document["openapi"] = "3.1.0".into();
    document["info"]["version"] = env!("CARGO_PKG_VERSION").into();
    document["servers"] = json!([{ "url": "/", "description": "The server that serves this document." }]);
    document["components"]["securitySchemes"] = schemes();
    openapi::each_operation(&mut document, |operation| {
        secure(operation);
        describe_refusals(operation);
        describe_lines(operation);
        mark(operation);
    });
    openapi::without_null_in_answers(&mut document);
    openapi::mark_additions(&mut document);
    document
}

fn schemes() -> Value {
    json!({
        "altinn": { "type": "http", "scheme": "bearer", "bearerFormat": "JWT",
            "description": "An Altinn token. Its scopes: `altinn:serviceowner/notifications.create` for orders, \
                `altinn:serviceowner/notifications.composedemail.create` for e-mail with files, \
                `altinn:notifications.support.admin` for support." },
        "platform": { "type": "apiKey", "in": "header", "name": "PlatformAccessToken",
            "description": "A token of a component of the platform. Opens neither e-mail with files nor support." },
        "gateway": { "type": "http", "scheme": "basic", "description": "An account for delivery reports." },
        "eventGrid": { "type": "apiKey", "in": "header", "name": "x-api-key",
            "description": "One of the configured secrets." },
        "eventGridQuery": { "type": "apiKey", "in": "query", "name": "code",
            "description": "One of the configured secrets." },
        "operators": { "type": "http", "scheme": "bearer",
            "description": "The operators' token, where one is configured." },
        "exportKey": { "type": "apiKey", "in": "header", "name": "X-API-Key",
            "description": "The key of the exports." },
    })
}

/// Who may call. What says so itself is left alone.
fn secure(operation: &mut Operation<'_>) {
    if operation.has("security") {
        return;
    }
    let composed = operation.id() == "placeComposedEmail";
    let schemes = match operation.tag() {
        "Operators" => json!([{}, { "operators": [] }]),
        "Support" => json!([{ "altinn": [] }]),
        _ if composed => json!([{ "altinn": [] }]),
        _ => json!([{ "altinn": [] }, { "platform": [] }]),
    };
    operation.set("security", schemes);
}

fn describe_refusals(operation: &mut Operation<'_>) {
    let guarded = !matches!(operation.tag(), "Gateways" | "Operators") && operation.id() != "isAlive";
    let has_body = operation.has("requestBody");
    if guarded {
        for status in [401, 403, 429, 500, 503] {
            operation.answers(status);
        }
    }
    if operation.tag() == "Operators" {
        operation.answers(500);
        operation.answers(503);
        if operation.id() != "isReady" && !operation.id().starts_with("export") {
            operation.answers(401);
        }
    }
    if has_body && guarded {
        let is_json = operation.takes("application/json");
        for status in [400, 408, 413, 415] {
            if is_json || matches!(status, 400 | 415) {
                operation.answers(status);
            }
        }
    }
    if operation.tag() == "Gateways" {
        for status in [408, 413, 415, 500, 503] {
            operation.answers(status);
        }
    }
    if names_sender(operation) {
        let refusals = operation.responses().filter(|(status, _)| *status == 403);
        refusals.for_each(|(_, answer)| tell_foreign_sender(answer));
    }
    let created = operation.status(201).is_some();
    for (status, answer) in operation.responses() {
        finish_answer(status, answer, created && has_body);
    }
}

/// Whether senders are named in what it takes, which are not everybody's to use. A bulk tells it line by line.
fn names_sender(operation: &Operation<'_>) -> bool {
    let places_orders = matches!(operation.tag(), "Orders" | "Instant" | "Older orders");
    (places_orders && operation.takes("application/json")) || operation.id() == "dryRun"
}

fn tell_foreign_sender(answer: &mut Map<String, Value>) {
    let text = "The sender named in the order is not one that this creator may use. Without a body: good \
        credentials, but for something else.";
    answer.insert("description".into(), text.into());
    let schema = json!({ "$ref": "#/components/schemas/PlainProblem" });
    answer.insert("content".into(), json!({ "application/problem+json": { "schema": schema } }));
}

/// What each line of an answer in lines is. OpenAPI 3.1 has no word for it; 3.2 calls it `itemSchema`.
fn describe_lines(operation: &mut Operation<'_>) {
    let line = match operation.id() {
        "placeBulk" => "BulkLine",
        "readFeed" => "FeedEntry",
        _ => return,
    };
    let good = operation.responses().filter(|(status, _)| *status == 200);
    for lines in good.filter_map(|(_, answer)| answer.get_mut("content")?.get_mut("application/x-ndjson")) {
        lines["x-item-schema"] = json!({ "$ref": format!("#/components/schemas/{line}") });
    }
}

fn finish_answer(status: u16, answer: &mut Map<String, Value>, idempotent: bool) {
    if answer.get("description").and_then(Value::as_str).is_none_or(str::is_empty) {
        answer.insert("description".into(), words(status).into());
    }
    if let Some(problem) = problem(status).filter(|_| !answer.contains_key("content")) {
        let schema = json!({ "$ref": format!("#/components/schemas/{problem}") });
        answer.insert("content".into(), json!({ "application/problem+json": { "schema": schema } }));
    } else if status >= 400 {
        problems_are_problems(answer);
    }
    let text = |description: &str| json!({ "description": description, "schema": { "type": "string" } });
    let mut header = |name: &str, value: Value| {
        let headers = answer.entry("headers").or_insert_with(|| json!({}));
        headers[name] = value;
    };
    match status {
        429 | 503 => header(
            "Retry-After",
            json!({ "description": "Seconds until it may be tried again.", "schema": { "type": "integer" } }),
        ),
        201 => header("Location", text("Where what was made can be found.")),
        202 => header("Location", text("Where the order can be found.")),
        200 if idempotent => header(
            "Budstikke-Replay",
            text(
                "Beyond the reference: how the request differs from the first one with its id: \
                `different-body` or `different-channel`.",
            ),
        ),
        _ => {}
    }
}

/// Problems that handlers name themselves have the media type of problems, too.
fn problems_are_problems(answer: &mut Map<String, Value>) {
    let Some(Value::Object(content)) = answer.get_mut("content") else { return };
    let reference = content.get("application/json").and_then(|json| json["schema"]["$ref"].as_str());
    let is_problem = reference.is_some_and(|name| name.ends_with("Problem"));
    if is_problem && let Some(value) = content.remove("application/json") {
        content.insert("application/problem+json".into(), value);
    }
}

/// The shape of a problem, where its status tells.
const fn problem(status: u16) -> Option<&'static str> {
    match status {
        400 => Some("ValidationProblem"),
        422 | 503 => Some("CodedProblem"),
        404 | 408 | 409 | 413 | 415 | 429 | 500 => Some("PlainProblem"),
        _ => None,
    }
}

const fn words(status: u16) -> &'static str {
    match status {
        200 => "As asked.",
        201 => "Accepted, on disk, and new.",
        202 => "Accepted and on disk.",
        204 => "Done.",
        400 => "Members of the request are wrong; each is named.",
        401 => "No credentials, or none that are good. Without a body.",
        403 => "Good credentials, but for something else. Without a body.",
        404 => "There is none, or it is somebody else's.",
        408 => "The body did not come in time.",
        409 => "Not in the state that this needs.",
        413 => "Larger than what is taken at once.",
        415 => "Not in a form that is read here.",
        422 => "Understood, and it cannot be done.",
        429 => "Too many calls.",
        500 => "Something went wrong here; the log says more.",
        503 => "A service that is needed cannot be reached just now, or nothing can be stored.",
        _ => "",
    }
}

fn mark(operation: &mut Operation<'_>) {
    if OURS.contains(&operation.tag())
        || OURS_TOO.contains(&operation.id())
        || operation.id() == "welcomeEmailReports"
    {
        operation.is_ours();
    }
    if operation.tag() == "Older orders" || DEPRECATED.contains(&operation.id()) {
        operation.set("deprecated", true.into());
    }
    if operation.tag() == "Operators" {
        operation.set(
            "servers",
            json!([{ "url": "http://127.0.0.1:9095", "description": "The operators' listener, `listen.operators`." }]),
        );
    }
}
