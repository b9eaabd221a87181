//! Schemas of a document, as a reader of a contract sees them: members with a kind, wanted or not.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

const COMPONENT: &str = "#/components/schemas/";
const MARK: &str = "x-beyond-reference";

/// A member of an object.
pub(super) struct Member<'d> {
    pub(super) schema: &'d Value,
    pub(super) is_wanted: bool,
    pub(super) is_ours: bool,
}

/// The schema itself, behind references, and behind a choice between it and null.
pub(super) fn resolved<'d>(document: &'d Value, mut schema: &'d Value) -> &'d Value {
    loop {
        if let Some(name) = schema["$ref"].as_str() {
            let name = name.strip_prefix(COMPONENT).expect("a reference to a component");
            schema = &document["components"]["schemas"][name];
            assert!(schema.is_object(), "there is no schema {name}");
            continue;
        }
        let choices = schema["oneOf"].as_array().into_iter().flatten();
        let mut choices = choices.filter(|choice| choice["type"] != "null");
        match (choices.next(), choices.next()) {
            (Some(only), None) => schema = only,
            _ => return schema,
        }
    }
}

/// The members of an object, of all its parts.
pub(super) fn members<'d>(document: &'d Value, schema: &'d Value) -> BTreeMap<&'d str, Member<'d>> {
    let schema = resolved(document, schema);
    let mut found = BTreeMap::new();
    for part in schema["allOf"].as_array().into_iter().flatten() {
        found.extend(members(document, part));
    }
    let wanted: BTreeSet<&str> =
        schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    for (name, member) in schema["properties"].as_object().into_iter().flatten() {
        let is_wanted = wanted.contains(name.as_str());
        let is_ours = member[MARK] == true;
        found.insert(name.as_str(), Member { schema: member, is_wanted, is_ours });
    }
    found
}

/// The kind of a schema in the words that contracts are written down in here.
pub(super) fn kind(document: &Value, schema: &Value) -> String {
    let schema = resolved(document, schema);
    if let Some(words) = schema["enum"].as_array() {
        let mut words: Vec<_> = words.iter().filter_map(Value::as_str).collect();
        words.sort_unstable();
        return words.join("|");
    }
    let types = match &schema["type"] {
        Value::Array(several) => several.iter().filter_map(Value::as_str).find(|one| *one != "null"),
        one => one.as_str(),
    };
    let is_map = schema["additionalProperties"].is_object();
    let kind = match (types, schema["format"].as_str()) {
        (Some("string"), Some("uuid")) => "uuid",
        (Some("string"), Some("date-time")) => "time",
        (Some("string"), Some("date")) => "date",
        (Some("string"), Some("uri")) => "uri",
        (Some("object"), _) if is_map => "map",
        (Some(plain), _) => plain,
        (None, _) if schema["allOf"].is_array() => "object",
        (None, _) => "any",
    };
    kind.to_owned()
}

/// What a list holds.
pub(super) fn items<'d>(document: &'d Value, schema: &'d Value) -> Option<&'d Value> {
    resolved(document, schema).get("items")
}

/// Every member below a schema as a path, but not what is marked as ours; recursion ends where it begins.
pub(super) fn paths(document: &Value, schema: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    walk(document, schema, "", &mut Vec::new(), &mut found);
    found
}

fn walk<'d>(
    document: &'d Value,
    schema: &'d Value,
    path: &str,
    above: &mut Vec<&'d Value>,
    found: &mut BTreeSet<String>,
) {
    let itself = resolved(document, schema);
    if above.iter().any(|one| std::ptr::eq(*one, itself)) {
        return;
    }
    above.push(itself);
    if let Some(items) = items(document, itself) {
        walk(document, items, &format!("{path}[]"), above, found);
    }
    for (name, member) in members(document, itself).into_iter().filter(|(_, member)| !member.is_ours) {
        let path = if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
        found.insert(path.clone());
        walk(document, member.schema, &path, above, found);
    }
    above.pop();
}
