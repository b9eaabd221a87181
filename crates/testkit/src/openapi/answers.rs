//! Real answers held against a document: the status must be one of the operation's, and a body must be of
//! its media type and keep its schema.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use jsonschema::Validator;
use serde_json::{Value, json};

use super::operations;

/// The schema of each line, where an answer is lines of JSON: OpenAPI 3.1 has no word for it.
const OF_LINES: &str = "x-item-schema";

/// A document that answers are held against. Schemas are made ready once.
pub struct Answers {
    document: Value,
    calls: Vec<(String, Vec<String>)>,
    ready: Mutex<HashMap<String, Arc<Validator>>>,
}

impl Answers {
    /// Answers as this document has them.
    pub fn of(document: Value) -> Self {
        let mut calls: Vec<(String, Vec<String>)> =
            operations(&document).map(|(call, _)| (call.clone(), steps(&call))).collect();
        // What is written out weighs more than what stands for anything.
        calls.sort_by_key(|(call, _)| (call.matches('{').count(), call.clone()));
        Self { document, calls, ready: Mutex::default() }
    }

    /// The operation that a request goes to; `None` for one that the document does not know.
    pub fn operation(&self, method: &str, path: &str) -> Option<&str> {
        let wanted = steps(&format!("{method} {}", path.trim_end_matches('/')));
        let fits = |known: &[String]| {
            known.len() == wanted.len()
                && known.iter().zip(&wanted).all(|(known, given)| known.starts_with('{') || known == given)
        };
        self.calls.iter().find(|(_, known)| fits(known)).map(|(call, _)| call.as_str())
    }

    /// What is wrong with an answer of an operation.
    pub fn faults(&self, call: &str, status: u16, media_type: Option<&str>, body: &[u8]) -> Vec<String> {
        let (method, path) = call.split_once(' ').expect("a method and a path");
        let responses = &self.document["paths"][path][method.to_lowercase()]["responses"];
        let answer = &responses[status.to_string()];
        if answer.is_null() {
            return vec![format!("{call} answers {status}, which it does not say")];
        }
        let Some(content) = answer["content"].as_object() else {
            let empty = body.is_empty() || method == "HEAD";
            return if empty { Vec::new() } else { vec![format!("{call} answers {status} with a body")] };
        };
        let media_type = media_type.unwrap_or_default().split(';').next().unwrap_or_default().trim();
        // No lines are lines, and an empty text is a text.
        if body.is_empty() && (media_type.is_empty() || is_json(media_type)) {
            return vec![format!("{call} answers {status} without the body that it says")];
        }
        if !content.contains_key(media_type) {
            return vec![format!("{call} answers {status} as {media_type:?}, which it does not say")];
        }
        let (schema, parts) = if is_json(media_type) {
            ("schema", vec![body])
        } else if content[media_type].get(OF_LINES).is_some() {
            (OF_LINES, lines(body))
        } else {
            return Vec::new();
        };
        let validator =
            self.validator([path, &method.to_lowercase(), &status.to_string(), media_type, schema]);
        let faults = parts.into_iter().flat_map(|part| broken(&validator, part));
        faults.map(|fault| format!("{call} answers {status}: {fault}")).collect()
    }

    /// What checks the schema of an answer: that of a path, a method, a status and a media type, under a name.
    fn validator(&self, [path, method, status, media_type, schema]: [&str; 5]) -> Arc<Validator> {
        let escape =
            |text: &str| text.replace('~', "~0").replace('/', "~1").replace('{', "%7B").replace('}', "%7D");
        let (path, kind) = (escape(path), escape(media_type));
        let place = format!("#/paths/{path}/{method}/responses/{status}/content/{kind}/{schema}");
        let mut ready = self.ready.lock().unwrap_or_else(PoisonError::into_inner);
        let made = ready.entry(place.clone()).or_insert_with(|| {
            let mut schema = json!({ "$ref": place });
            schema["components"] = self.document["components"].clone();
            schema["paths"] = self.document["paths"].clone();
            let options = jsonschema::draft202012::options().should_validate_formats(true);
            Arc::new(options.build(&schema).expect("schemas that can be read"))
        });
        Arc::clone(made)
    }
}

/// Whether it is JSON, of a kind of its own perhaps (RFC 6839, section 3.1).
fn is_json(media_type: &str) -> bool {
    media_type == "application/json" || media_type.ends_with("+json")
}

/// What there is, line by line; empty ones only say that somebody is there.
fn lines(body: &[u8]) -> Vec<&[u8]> {
    body.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty()).collect()
}

fn broken(validator: &Validator, json: &[u8]) -> Vec<String> {
    let Ok(value) = serde_json::from_slice::<Value>(json) else {
        return vec!["what is no JSON".to_owned()];
    };
    validator.iter_errors(&value).map(|fault| format!("{} {fault}", fault.instance_path())).collect()
}

fn steps(call: &str) -> Vec<String> {
    call.split(['/', ' ']).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answers() -> Answers {
        let schema =
            json!({ "type": "object", "required": ["id"], "properties": { "id": { "type": "integer" } } });
        Answers::of(json!({
            "paths": {
                "/a/{id}": { "get": { "responses": {
                    "200": { "content": {
                        "application/json": { "schema": { "$ref": "#/components/schemas/A" } },
                        "application/x-ndjson": { "x-item-schema": { "$ref": "#/components/schemas/A" } },
                    } },
                    "404": {},
                } } },
                "/a/all": { "get": { "responses": {} } },
            },
            "components": { "schemas": { "A": schema } },
        }))
    }

    #[test]
    fn what_is_written_out_weighs_more() {
        let answers = answers();
        assert_eq!(answers.operation("GET", "/a/all"), Some("GET /a/all"));
        assert_eq!(answers.operation("GET", "/a/7/"), Some("GET /a/{id}"));
        assert_eq!(answers.operation("PUT", "/a/7"), None);
    }

    #[test]
    fn answers_keep_status_media_type_and_schema() {
        let answers = answers();
        let faults = |status, kind: &str, body: &str| {
            answers.faults("GET /a/{id}", status, Some(kind), body.as_bytes())
        };
        assert!(faults(200, "application/json; charset=utf-8", r#"{"id": 7}"#).is_empty());
        assert!(faults(200, "application/x-ndjson", "{\"id\": 7}\n\n{\"id\": 8}\n").is_empty());
        assert!(faults(404, "", "").is_empty());
        for (status, kind, body) in [
            (500, "", ""),
            (404, "text/plain", "gone"),
            (200, "application/json", ""),
            (200, "text/plain", "7"),
            (200, "application/json", r#"{"id": "7"}"#),
            (200, "application/json", "{}"),
            (200, "application/x-ndjson", "{\"id\": 7}\n{}\n"),
            (200, "application/x-ndjson", "{\"id\": 7}\n{"),
        ] {
            assert_eq!(faults(status, kind, body).len(), 1, "{status} {kind} {body}");
        }
    }
}
