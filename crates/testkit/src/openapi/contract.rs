//! A document held against a contract that was written down by people who read the contract, not the code.
//!
//! The contract is TOML: one table for each operation, named `METHOD /path`, and one named `shapes` for what
//! several have in common. In texts each line is a member: its path, `!` where it is always there, and its
//! kind: `string`, `uuid`, `time`, `date`, `uri`, `integer`, `boolean`, `object`, `map`, `array`, `any`, words
//! with `|` between them, or `@name` for a shape, which may also stand alone. `a[].b` is a member of what the list `a` holds.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::{Map, Value};

use super::operations;
use super::schema::{Member, items, kind, members, paths};

#[derive(Deserialize)]
struct Contract {
    /// Statuses that a document may add to any operation, and why.
    #[serde(default)]
    also: BTreeMap<String, String>,
    #[serde(default)]
    shapes: BTreeMap<String, String>,
    #[serde(flatten)]
    operations: BTreeMap<String, Promised>,
}

impl Contract {
    fn shape(&self, name: &str) -> &str {
        self.shapes.get(name).unwrap_or_else(|| panic!("there is no shape {name}"))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Promised {
    /// Where the contract says so.
    #[serde(rename = "section")]
    _section: String,
    statuses: Vec<u16>,
    /// `query seq integer`, `header X-API-Key! string`.
    #[serde(default)]
    parameters: Vec<String>,
    /// `201 Location`.
    #[serde(default)]
    headers: Vec<String>,
    /// The media type of the request, where it is not JSON.
    #[serde(default)]
    takes: Option<String>,
    #[serde(default)]
    request: String,
    /// By status.
    #[serde(default)]
    answers: BTreeMap<String, String>,
}

/// What a document says differently from a contract; nothing when it keeps it. What is marked as ours may be
/// there besides.
pub fn differences(document: &Value, contract: &str) -> Vec<String> {
    let contract: Contract = toml::from_str(contract).expect("a contract that can be read");
    let known: BTreeMap<String, &Map<String, Value>> = operations(document).collect();
    let mut found = Vec::new();
    for (call, promised) in &contract.operations {
        match known.get(call) {
            None => found.push(format!("{call} is promised and not documented")),
            Some(operation) => {
                let mut told = Vec::new();
                Held { document, contract: &contract, promised, operation, told: &mut told }.compare();
                found.extend(told.into_iter().map(|text| format!("{call}: {text}")));
            }
        }
    }
    let is_ours = |operation: &Map<String, Value>| operation.get("x-beyond-reference") == Some(&true.into());
    let extra = known
        .iter()
        .filter(|(call, operation)| !contract.operations.contains_key(*call) && !is_ours(operation));
    found.extend(extra.map(|(call, _)| format!("{call} is documented, neither promised nor marked as ours")));
    found
}

struct Held<'a> {
    document: &'a Value,
    contract: &'a Contract,
    promised: &'a Promised,
    operation: &'a Map<String, Value>,
    told: &'a mut Vec<String>,
}

impl Held<'_> {
    fn compare(&mut self) {
        self.compare_statuses();
        self.compare_parameters();
        self.compare_headers();
        let kind = self.promised.takes.as_deref().unwrap_or("application/json");
        let body = self.operation.get("requestBody").map_or(&Value::Null, |body| &body["content"][kind]);
        match (self.promised.request.is_empty() && self.promised.takes.is_none(), body.is_null()) {
            (true, true) => {}
            (true, false) => self.told.push("takes a body that is not promised".to_owned()),
            (false, true) => self.told.push(format!("takes no body of the kind {kind}")),
            (false, false) => self.compare_schema("request", &self.promised.request, &body["schema"]),
        }
        for (status, lines) in &self.promised.answers {
            let content = &self.operation["responses"][status.as_str()]["content"];
            let json = ["application/json", "application/problem+json"].map(|kind| &content[kind]["schema"]);
            match json.into_iter().find(|schema| !schema.is_null()) {
                Some(schema) => self.compare_schema(status, lines, schema),
                None => self.told.push(format!("{status} has no JSON")),
            }
        }
    }

    fn compare_statuses(&mut self) {
        let given: BTreeSet<String> =
            self.operation["responses"].as_object().expect("responses").keys().cloned().collect();
        let wanted: BTreeSet<String> = self.promised.statuses.iter().map(ToString::to_string).collect();
        for status in wanted.difference(&given) {
            self.told.push(format!("status {status} is promised and not documented"));
        }
        for status in given.difference(&wanted).filter(|status| !self.contract.also.contains_key(*status)) {
            self.told.push(format!("status {status} is documented and not promised"));
        }
    }

    fn compare_parameters(&mut self) {
        let parameters = self.operation.get("parameters").and_then(Value::as_array);
        let of = |parameter: &Value| {
            let mark = if parameter["required"] == true { "!" } else { "" };
            let (place, name) = (&parameter["in"], &parameter["name"]);
            let (place, name) = (place.as_str().unwrap_or_default(), name.as_str().unwrap_or_default());
            format!("{place} {name}{mark} {}", kind(self.document, &parameter["schema"]))
        };
        let given: Vec<&Value> = parameters.into_iter().flatten().collect();
        let all: BTreeSet<String> = given.iter().map(|parameter| of(parameter)).collect();
        let ours: BTreeSet<String> = given
            .iter()
            .filter(|parameter| parameter["x-beyond-reference"] == true)
            .map(|parameter| of(parameter))
            .collect();
        let wanted: BTreeSet<String> = self.promised.parameters.iter().map(|text| sorted(text)).collect();
        for parameter in wanted.difference(&all) {
            self.told.push(format!("the parameter `{parameter}` is promised and not documented so"));
        }
        for parameter in all.difference(&wanted).filter(|parameter| !ours.contains(*parameter)) {
            self.told.push(format!("the parameter `{parameter}` is documented and not promised so"));
        }
    }

    fn compare_headers(&mut self) {
        for header in &self.promised.headers {
            let (status, name) = header.split_once(' ').expect("a status and a name");
            let headers = self.operation["responses"][status]["headers"].as_object();
            let is_there =
                headers.is_some_and(|known| known.keys().any(|one| one.eq_ignore_ascii_case(name)));
            if !is_there {
                self.told.push(format!("the header {name} of {status} is promised and not documented"));
            }
        }
    }

    fn compare_schema(&mut self, what: &str, lines: &str, schema: &Value) {
        let wanted = expanded(self.contract, lines, "");
        for (path, wish) in &wanted {
            if let Err(difference) = self.compare_member(schema, path, wish) {
                self.told.push(format!("{what} {path} {difference}"));
            }
        }
        for path in paths(self.document, schema) {
            let covered = |known: &String| path == *known;
            let open = wanted.iter().any(|(known, wish)| {
                matches!(wish.kind.as_str(), "any" | "object" | "map")
                    && path.starts_with(&format!("{known}."))
                    && !wanted.keys().any(|deeper| deeper.starts_with(&format!("{known}.")))
            });
            if !open && !wanted.keys().any(covered) {
                self.told.push(format!("{what} {path} is documented, neither promised nor marked as ours"));
            }
        }
    }

    fn compare_member(&self, schema: &Value, path: &str, wish: &Wish) -> Result<(), String> {
        let missing = || "is promised and not documented".to_owned();
        let (mut at, mut is_wanted) = (schema, None);
        for step in path.split('.') {
            let name = step.trim_end_matches("[]");
            if !name.is_empty() {
                let mut known = members(self.document, at);
                let Member { schema, is_wanted: wanted, .. } = known.remove(name).ok_or_else(missing)?;
                (at, is_wanted) = (schema, Some(wanted));
            }
            for _ in 0..step.matches("[]").count() {
                at = items(self.document, at).ok_or_else(|| "is no list".to_owned())?;
                is_wanted = None;
            }
        }
        if is_wanted.is_some_and(|is_wanted| is_wanted != wish.is_wanted) {
            return Err(if wish.is_wanted { "must be wanted" } else { "must not be wanted" }.to_owned());
        }
        let kind = kind(self.document, at);
        if kind == wish.kind { Ok(()) } else { Err(format!("is {kind}, not {}", wish.kind)) }
    }
}

struct Wish {
    kind: String,
    is_wanted: bool,
}

/// Lines as paths, shapes filled in.
fn expanded(contract: &Contract, lines: &str, base: &str) -> BTreeMap<String, Wish> {
    let mut found = BTreeMap::new();
    for line in lines.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if let Some(shape) = line.strip_prefix('@') {
            found.extend(expanded(contract, contract.shape(shape), base));
            continue;
        }
        let (path, kind) = line.split_once(' ').unwrap_or_else(|| panic!("a path and a kind, not {line:?}"));
        let is_wanted = path.ends_with('!');
        let path = path.trim_end_matches('!');
        let path = match base {
            "" => path.to_owned(),
            base if path.starts_with("[]") => format!("{base}{path}"),
            base => format!("{base}.{path}"),
        };
        let kind = kind.trim();
        if let Some(shape) = kind.strip_prefix('@') {
            found.extend(expanded(contract, contract.shape(shape), &path));
            found.insert(path, Wish { kind: "object".to_owned(), is_wanted });
        } else {
            found.insert(path, Wish { kind: sorted_words(kind), is_wanted });
        }
    }
    found
}

fn sorted_words(kind: &str) -> String {
    let mut words: Vec<_> = kind.split('|').collect();
    words.sort_unstable();
    words.join("|")
}

/// A parameter's line with its words in order.
fn sorted(line: &str) -> String {
    let (name, kind) = line.rsplit_once(' ').expect("a name and a kind");
    format!("{name} {}", sorted_words(kind))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn document() -> Value {
        json!({
            "paths": { "/a": { "post": {
                "parameters": [{ "in": "query", "name": "wait", "schema": { "type": "integer" } }],
                "requestBody": { "content": { "application/json": { "schema": { "$ref": "#/components/schemas/A" } } } },
                "responses": { "200": { "headers": { "Location": {} } }, "418": {} },
            } } },
            "components": { "schemas": { "A": { "type": "object", "required": ["id"], "properties": {
                "id": { "type": "string" },
                "new": { "type": "string", "x-beyond-reference": true },
                "list": { "type": ["array", "null"], "items": { "type": "object", "properties": {
                    "word": { "type": "string", "enum": ["b", "a"] } } } } } } } },
        })
    }

    #[test]
    fn a_document_that_keeps_its_contract_differs_in_nothing() {
        let contract = r#"
            ["POST /a"]
            section = "1"
            statuses = [200, 418]
            parameters = ["query wait integer"]
            headers = ["200 location"]
            request = '''
            id! string
            list array
            list[].word a|b
            '''
        "#;
        assert_eq!(differences(&document(), contract), Vec::<String>::new());
    }

    #[test]
    fn every_difference_is_told() {
        let contract = r#"
            ["POST /a"]
            section = "1"
            statuses = [200, 404]
            headers = ["200 ETag"]
            request = '''
            id integer
            gone! string
            '''
            ["GET /b"]
            section = "2"
            statuses = [200]
        "#;
        let told = differences(&document(), contract).join("\n");
        for part in [
            "GET /b is promised",
            "status 404 is promised",
            "status 418 is documented",
            "`query wait integer` is documented",
            "ETag of 200",
            "request gone is promised",
            "request id must not be wanted",
            "request list is documented",
            "request list[].word is documented",
        ] {
            assert!(told.contains(part), "{part} is not in:\n{told}");
        }
    }
}
