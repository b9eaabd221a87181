//! What is done to an OpenAPI document after it has been put together: what many operations share is added,
//! and what goes beyond a reference is marked. Documents are plain JSON here.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

/// Descriptions of additions begin with this.
pub const ADDITION: &str = "Beyond the reference";
/// Marks an addition for programs.
pub const MARK: &str = "x-beyond-reference";

const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];
const COMPONENT: &str = "#/components/schemas/";

/// One operation of a document, to be completed.
#[derive(Debug)]
pub struct Operation<'a>(&'a mut Map<String, Value>);

/// Goes through all operations.
pub fn each_operation(document: &mut Value, mut complete: impl FnMut(&mut Operation<'_>)) {
    let Some(paths) = document["paths"].as_object_mut() else { return };
    for operations in paths.values_mut().filter_map(Value::as_object_mut) {
        for (_, operation) in operations.iter_mut().filter(|(name, _)| METHODS.contains(&name.as_str())) {
            if let Some(operation) = operation.as_object_mut() {
                complete(&mut Operation(operation));
            }
        }
    }
}

impl Operation<'_> {
    /// Its `operationId`.
    pub fn id(&self) -> &str {
        self.0.get("operationId").and_then(Value::as_str).unwrap_or_default()
    }

    /// Its first tag.
    pub fn tag(&self) -> &str {
        self.0.get("tags").and_then(|tags| tags[0].as_str()).unwrap_or_default()
    }

    /// Whether it has a member.
    pub fn has(&self, member: &str) -> bool {
        self.0.contains_key(member)
    }

    /// Whether it has parameters in this place, such as `query`.
    pub fn has_parameters(&self, place: &str) -> bool {
        let parameters = self.0.get("parameters").and_then(Value::as_array);
        parameters.is_some_and(|parameters| parameters.iter().any(|parameter| parameter["in"] == place))
    }

    /// Whether it takes a body of this media type.
    pub fn takes(&self, media_type: &str) -> bool {
        self.0.get("requestBody").is_some_and(|body| body["content"].get(media_type).is_some())
    }

    /// Gives it a member.
    pub fn set(&mut self, member: &str, value: Value) {
        self.0.insert(member.to_owned(), value);
    }

    /// Says that it may answer with this status; leaves alone what is there.
    pub fn answers(&mut self, status: u16) {
        let responses = self.0.entry("responses").or_insert_with(|| json!({}));
        if let Some(responses) = responses.as_object_mut() {
            responses.entry(status.to_string()).or_insert_with(|| json!({ "description": "" }));
        }
    }

    /// What it answers with this status.
    pub fn status(&self, status: u16) -> Option<&Value> {
        self.0.get("responses")?.get(status.to_string())
    }

    /// Its answers by their status.
    pub fn responses(&mut self) -> impl Iterator<Item = (u16, &mut Map<String, Value>)> {
        let responses = self.0.get_mut("responses").and_then(Value::as_object_mut);
        responses
            .into_iter()
            .flatten()
            .filter_map(|(status, answer)| Some((status.parse().ok()?, answer.as_object_mut()?)))
    }

    /// Adds parameters to those it has.
    pub fn add_parameters(&mut self, parameters: impl IntoIterator<Item = Value>) {
        let known = self.0.entry("parameters").or_insert_with(|| json!([]));
        if let Some(known) = known.as_array_mut() {
            known.extend(parameters);
        }
    }

    /// Says that the reference does not have it.
    pub fn is_ours(&mut self) {
        self.set(MARK, true.into());
        let text = self.0.get("description").and_then(Value::as_str).unwrap_or_default();
        if !text.starts_with(ADDITION) {
            let text = format!("{ADDITION}.\n\n{text}");
            self.set("description", text.trim_end().into());
        }
    }
}

/// Answers leave out what is null, so schemas that only answers use do not allow it. What a request may hold
/// keeps it: null is the same as absent there.
pub fn without_null_in_answers(document: &mut Value) {
    let mut asked = BTreeSet::new();
    let bodies: Vec<Value> = operations(document).filter_map(|one| one.get("requestBody").cloned()).collect();
    for body in &bodies {
        gather(document, body, &mut asked);
    }
    let Some(schemas) = document["components"]["schemas"].as_object_mut() else { return };
    for (_, schema) in schemas.iter_mut().filter(|(name, _)| !asked.contains(*name)) {
        drop_null(schema);
    }
    each_operation(document, |operation| {
        for (_, answer) in operation.responses() {
            answer.values_mut().for_each(drop_null);
        }
        let parameters = operation.0.get_mut("parameters").and_then(Value::as_array_mut);
        parameters.into_iter().flatten().for_each(drop_null);
    });
}

fn operations(document: &Value) -> impl Iterator<Item = &Map<String, Value>> {
    let paths = document["paths"].as_object().into_iter().flat_map(Map::values);
    paths
        .filter_map(Value::as_object)
        .flatten()
        .filter(|(name, _)| METHODS.contains(&name.as_str()))
        .filter_map(|(_, operation)| operation.as_object())
}

/// The names of all schemas that a part of a document leads to.
fn gather(document: &Value, part: &Value, found: &mut BTreeSet<String>) {
    match part {
        Value::Object(members) => {
            let named = members.get("$ref").and_then(Value::as_str);
            if let Some(name) = named.and_then(|name| name.strip_prefix(COMPONENT))
                && found.insert(name.to_owned())
            {
                gather(document, &document["components"]["schemas"][name], found);
            }
            members.values().for_each(|member| gather(document, member, found));
        }
        Value::Array(items) => items.iter().for_each(|item| gather(document, item, found)),
        _ => {}
    }
}

fn drop_null(schema: &mut Value) {
    if let Some(types) = schema.get_mut("type")
        && let Some(several) = types.as_array_mut()
    {
        several.retain(|one| one != "null");
        if let [one] = several.as_slice() {
            *types = one.clone();
        }
    }
    if let Some(choices) = schema.get_mut("oneOf").and_then(Value::as_array_mut) {
        choices.retain(|choice| choice["type"] != "null");
        if let [one] = choices.as_slice() {
            let one = one.clone();
            if let Some(members) = schema.as_object_mut() {
                members.remove("oneOf");
                members.extend(one.as_object().cloned().unwrap_or_default());
            }
        }
    }
    match schema {
        Value::Object(members) => members.values_mut().for_each(drop_null),
        Value::Array(items) => items.iter_mut().for_each(drop_null),
        _ => {}
    }
}

/// Marks everything whose description says that it goes beyond the reference. What describes the one choice
/// besides null describes the whole.
pub fn mark_additions(part: &mut Value) {
    match part {
        Value::Object(members) => {
            lift_description(members);
            let described = members.get("description").and_then(Value::as_str);
            if described.is_some_and(|text| text.starts_with(ADDITION)) {
                members.insert(MARK.to_owned(), true.into());
            }
            members.values_mut().for_each(mark_additions);
        }
        Value::Array(items) => items.iter_mut().for_each(mark_additions),
        _ => {}
    }
}

fn lift_description(members: &mut Map<String, Value>) {
    let choices = members.get_mut("oneOf").and_then(Value::as_array_mut).into_iter().flatten();
    let choices = choices.filter(|choice| choice["type"] != "null").filter_map(Value::as_object_mut);
    let mut found = choices.filter_map(|choice| choice.remove("description"));
    if let (Some(description), None) = (found.next(), found.next()) {
        members.insert("description".to_owned(), description);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn null_stays_where_a_request_may_hold_it() {
        let optional = json!({ "type": "object", "properties": { "a": { "type": ["string", "null"] } } });
        let asked = json!({ "$ref": "#/components/schemas/Asked" });
        let mut document = json!({
            "paths": { "/x": { "post": { "requestBody": { "content": { "application/json": { "schema": asked } } } } } },
            "components": { "schemas": { "Asked": optional, "Told": optional } },
        });

        without_null_in_answers(&mut document);

        let schemas = &document["components"]["schemas"];
        assert_eq!(schemas["Asked"]["properties"]["a"]["type"], json!(["string", "null"]));
        assert_eq!(schemas["Told"]["properties"]["a"]["type"], "string");
    }

    #[test]
    fn what_says_that_it_is_an_addition_is_marked() {
        let choice =
            json!([{ "type": "null" }, { "$ref": "#/x", "description": "Beyond the reference: more." }]);
        let mut part = json!([{ "oneOf": choice }, { "description": "Less." }]);
        mark_additions(&mut part);
        assert_eq!(part[0][MARK], true);
        assert!(part[1].get(MARK).is_none());
    }
}
