//! Schemas as people read them.

use serde_json::Value;

const COMPONENT: &str = "#/components/schemas/";
const MARK: &str = "x-beyond-reference";

/// What a value is: words, and perhaps the schema that they name.
pub(super) struct Kind {
    pub(super) words: String,
    pub(super) schema: Option<String>,
}

/// A member of a schema.
pub(super) struct Member {
    pub(super) name: String,
    pub(super) kind: Kind,
    pub(super) is_wanted: bool,
    pub(super) is_ours: bool,
    pub(super) text: String,
}

/// A schema with a name.
pub(super) struct Schema {
    pub(super) name: String,
    pub(super) text: String,
    /// What it may be, where it is one of several words.
    pub(super) words: Vec<String>,
    pub(super) members: Vec<Member>,
    /// Schemas whose members it has as well.
    pub(super) parts: Vec<String>,
}

pub(super) fn text(of: &Value, member: &str) -> String {
    of[member].as_str().unwrap_or_default().to_owned()
}

pub(super) fn is_ours(of: &Value) -> bool {
    of[MARK] == true
}

fn name_of(reference: &Value) -> Option<String> {
    reference["$ref"].as_str()?.strip_prefix(COMPONENT).map(str::to_owned)
}

impl Kind {
    /// What a schema says.
    pub(super) fn of(schema: &Value) -> Self {
        if let Some(name) = name_of(schema) {
            return Self { words: name.clone(), schema: Some(name) };
        }
        let choices = schema["oneOf"].as_array().into_iter().flatten();
        if let Some(choice) = choices.into_iter().find(|choice| choice["type"] != "null") {
            return Self::of(choice);
        }
        if schema.get("items").is_some() {
            let Self { words, schema } = Self::of(&schema["items"]);
            return Self { words: format!("list of {words}"), schema };
        }
        if schema["additionalProperties"].is_object() {
            let Self { words, schema } = Self::of(&schema["additionalProperties"]);
            return Self { words: format!("object of {words}"), schema };
        }
        Self { words: plain(schema), schema: None }
    }
}

/// Type, format and bounds.
fn plain(schema: &Value) -> String {
    let types = schema["type"].as_array().cloned().unwrap_or_else(|| vec![schema["type"].clone()]);
    let kind = types.iter().filter_map(Value::as_str).find(|kind| *kind != "null").unwrap_or("anything");
    let mut words = schema["format"].as_str().unwrap_or(kind).to_owned();
    if let Some(allowed) = schema["enum"].as_array() {
        let allowed: Vec<_> = allowed.iter().filter_map(Value::as_str).collect();
        words = allowed.join(" | ");
    }
    for (bound, sign) in [("minimum", "≥"), ("maximum", "≤"), ("maxLength", "up to"), ("maxItems", "up to")]
    {
        if let Some(number) = schema[bound].as_number() {
            words = format!("{words}, {sign} {number}");
        }
    }
    words
}

impl Schema {
    /// A schema of a document.
    pub(super) fn of(name: &str, schema: &Value) -> Self {
        let words = schema["enum"].as_array().into_iter().flatten();
        let parts = schema["allOf"].as_array().into_iter().flatten();
        let mut members = members(schema);
        members.extend(parts.clone().flat_map(members_of));
        Self {
            name: name.to_owned(),
            text: text(schema, "description"),
            words: words.filter_map(Value::as_str).map(str::to_owned).collect(),
            members,
            parts: parts.filter_map(name_of).collect(),
        }
    }
}

fn members_of(part: &Value) -> Vec<Member> {
    members(part)
}

fn members(schema: &Value) -> Vec<Member> {
    let wanted: Vec<_> =
        schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let member = |(name, schema): (&String, &Value)| Member {
        name: name.clone(),
        kind: Kind::of(schema),
        is_wanted: wanted.contains(&name.as_str()),
        is_ours: is_ours(schema),
        text: text(schema, "description"),
    };
    schema["properties"].as_object().into_iter().flatten().map(member).collect()
}
