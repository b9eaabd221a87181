//! Documents that came in. They are shown as their senders wrote them, who may leave out what a document of ours
//! must have, and use words that are not known here; so they have schemas of their own.

use serde_json::{Map, Value};

const TAG: &str = "Messages in";
const DOCUMENT: &str = "StandardBusinessDocument";
const PAGE: &str = "Page_StandardBusinessDocument";
/// What a header is made of, as far as something of it must be there.
const PARTS: [&str; 9] = [
    "Header",
    "Partner",
    "PartnerIdentifier",
    "ContactInformation",
    "DocumentIdentification",
    "Manifest",
    "ManifestItem",
    "BusinessScope",
    "Scope",
];
/// Lists of words in it.
const WORDS: [&str; 2] = ["Authority", "ScopeType"];
/// What a part that came in does not promise.
const PROMISES: [&str; 3] = ["required", "minItems", "maxItems"];
const COMPONENT: &str = "#/components/schemas/";

/// Makes these schemas of those for documents of ours, and leads the answers of the inbox to them.
pub(super) fn describe(document: &mut Value) {
    if let Some(schemas) = document["components"]["schemas"].as_object_mut() {
        for name in PARTS.into_iter().chain([DOCUMENT, PAGE]) {
            let Some(mut schema) = schemas.get(name).cloned() else { continue };
            if PARTS.contains(&name) {
                loosen(&mut schema);
            }
            lead(&mut schema);
            if let (DOCUMENT, Some(text)) = (name, schema["description"].as_str()) {
                schema["description"] =
                    format!("{text} The header is as its sender wrote it: anything may be missing.").into();
            }
            schemas.insert(received(name), schema);
        }
    }
    let paths = document["paths"].as_object_mut().into_iter().flat_map(Map::values_mut);
    let operations = paths.filter_map(Value::as_object_mut).flat_map(Map::values_mut);
    for operation in operations.filter(|operation| operation["tags"][0] == TAG) {
        lead(&mut operation["responses"]);
    }
}

fn received(name: &str) -> String {
    match name.strip_prefix("Page_") {
        Some(content) => format!("Page_Received{content}"),
        None => format!("Received{name}"),
    }
}

fn loosen(part: &mut Value) {
    match part {
        Value::Object(members) => {
            members.retain(|name, _| !PROMISES.contains(&name.as_str()));
            members.values_mut().for_each(loosen);
        }
        Value::Array(items) => items.iter_mut().for_each(loosen),
        _ => {}
    }
}

/// Leads references to the schemas of what came in; lists of words are any words.
fn lead(part: &mut Value) {
    match part {
        Value::Object(members) => {
            let named = members.get("$ref").and_then(Value::as_str);
            let name = named.and_then(|named| named.strip_prefix(COMPONENT)).unwrap_or_default();
            if PARTS.contains(&name) || [DOCUMENT, PAGE].contains(&name) {
                let name = received(name);
                members.insert("$ref".into(), format!("{COMPONENT}{name}").into());
            } else if WORDS.contains(&name) {
                members.remove("$ref");
                members.insert("type".into(), "string".into());
            }
            members.values_mut().for_each(lead);
        }
        Value::Array(items) => items.iter_mut().for_each(lead),
        _ => {}
    }
}
