"""Rust: structs and enums with serde, and an async method for each call."""

from model import paragraphs, pascal, snake

WIDTH = 100
KEYWORDS = ("type", "self", "ref", "in", "as", "for", "move", "where", "match", "use", "mod", "fn")


def written(api):
    easy = defaults(api)
    lines = [f"//! {api.title}: types and calls. Made by `clients/generate`; do not change it by hand.", ""]
    lines += ["use std::collections::BTreeMap;", ""] if any_map(api) else []
    lines += ["use serde::{Deserialize, Serialize};", "", "use crate::http::{Api, Error, Opens, Request};", ""]
    for one in api.types:
        lines += type_of(one, one.name in easy)
    for call in api.calls:
        lines += query_of(call)
    name = api.name.capitalize()
    lines += [
        f"/// {api.title}. Clones share their connections.",
        "#[derive(Clone, Debug)]",
        f"pub struct {name}(Api);",
        "",
        f"impl {name} {{",
        "    /// The API at an address such as `https://varsling.example`, and what opens it.",
        "    pub fn new(url: &str, opens: Opens) -> Result<Self, Error> {",
        "        Api::new(url, opens).map(Self)",
        "    }",
    ]
    for call in api.calls:
        lines += ["", *method(call)]
    return "\n".join([*lines, "}"]) + "\n"


def any_map(api):
    def is_map(kind):
        return kind is not None and (kind.word == "map" or is_map(kind.of))

    return any(is_map(member.kind) for one in api.types for member in one.members)


def defaults(api):
    """Types that can be made of nothing: no member is wanted that is a word."""
    by_name = {one.name: one for one in api.types}

    def is_easy(name, above=()):
        one = by_name[name]
        if one.words or name in above:
            return False
        kinds = [member.kind for member in one.members if member.wanted]
        return all(kind.word != "named" or is_easy(kind.name, (*above, name)) for kind in kinds)

    return {name for name in by_name if is_easy(name)}


def docs(text, prefix, otherwise):
    return paragraphs(text.replace("http://", "http: //") if text else otherwise, WIDTH, prefix + "/// ")


def type_of(one, is_easy):
    if one.words:
        lines = docs(one.text, "", f"`{one.name}`.")
        lines += ["#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]", f"pub enum {one.name} {{"]
        for word in one.words:
            lines += [f"    /// `{word}`", f'    #[serde(rename = "{word}")]', f"    {variant(word)},"]
        lines += ["    /// A word that is newer than this client.", "    #[serde(untagged)]", "    Other(String),"]
        return [*lines, "}", ""]
    derived = "Clone, Default, Serialize, Deserialize" if is_easy else "Clone, Serialize, Deserialize"
    if not one.members:
        lines = docs(one.text, "", f"`{one.name}`.")
        return [*lines, f"pub type {one.name} = serde_json::Map<String, serde_json::Value>;", ""]
    lines = [*docs(one.text, "", f"`{one.name}`."), f"#[derive({derived})]", f"pub struct {one.name} {{"]
    for member in one.members:
        name, kind = field(member.name), rust(member.kind)
        lines += docs(member.text, "    ", f"`{member.name}`.")
        said = [] if name == member.name else [f'rename = "{member.name}"']
        if not member.wanted:
            said += ["default", 'skip_serializing_if = "Option::is_none"']
            kind = f"Option<{kind}>"
        lines += [f"    #[serde({', '.join(said)})]"] if said else []
        lines.append(f"    pub {name}: {kind},")
    return [*lines, "}", ""]


def variant(word):
    return pascal(word if any(one.islower() for one in word) else word.lower())


def field(name):
    name = snake(name)
    return f"{name}_" if name in KEYWORDS else name


def rust(kind):
    words = {"text": "String", "integer": "i64", "number": "f64", "truth": "bool", "any": "serde_json::Value"}
    if kind.word == "list":
        return f"Vec<{rust(kind.of)}>"
    if kind.word == "map":
        return f"BTreeMap<String, {rust(kind.of)}>"
    return kind.name if kind.word == "named" else words[kind.word]


def optional(call):
    return [one for one in call.parameters if not one[3] and one[0] == "query"]


def query_of(call):
    if not optional(call):
        return []
    lines = [f"/// What `{snake(call.name)}` may be told besides."]
    lines += ["#[derive(Clone, Default, Serialize)]", f"pub struct {pascal(call.name)}Query {{"]
    for _, name, kind, _, text in optional(call):
        lines += docs(text, "    ", f"`{name}`.")
        said = [] if field(name) == name else [f'rename = "{name}"']
        said.append('skip_serializing_if = "Option::is_none"')
        kind = "String" if kind.word == "list" else rust(kind)
        lines += [f"    #[serde({', '.join(said)})]", f"    pub {field(name)}: Option<{kind}>,"]
    return [*lines, "}", ""]


def method(call):
    wanted = [one for one in call.parameters if one[3]]
    arguments = ["&self"]
    for _, name, kind, *_ in wanted:
        arguments.append(f"{field(name)}: {'&str' if kind.word == 'text' else rust(kind)}")
    if call.takes == "application/json":
        arguments.append(f"body: &{borrowed(call.body)}")
    elif call.takes == "multipart/form-data":
        arguments.append("form: reqwest::multipart::Form")
    elif call.takes:
        arguments.append("body: impl Into<reqwest::Body>")
        if call.takes == "application/octet-stream":
            arguments.append("media_type: &str")
    if optional(call):
        arguments.append(f"query: &{pascal(call.name)}Query")
    streams = call.gives is not None and call.answer is None
    gives = "reqwest::Response" if streams else rust(call.answer) if call.answer else "()"
    if call.answer and call.may_be_nothing:
        gives = f"Option<{gives}>"
    lines = docs(call.text, "    ", call.name)
    lines.append(f"    pub async fn {snake(call.name)}({', '.join(arguments)}) -> Result<{gives}, Error> {{")
    return [*lines, *body_of(call, streams), "    }"]


def borrowed(kind):
    return f"[{rust(kind.of)}]" if kind.word == "list" else rust(kind)


def body_of(call, streams):
    names = {name: kind for where, name, kind, *_ in call.parameters if where == "path"}
    steps = []
    for step in call.path.strip("/").split("/"):
        if step.startswith("{"):
            name = step.strip("{}")
            steps.append(field(name) if names[name].word == "text" else f"&{field(name)}.to_string()")
        else:
            steps.append(f'"{step}"')
    chain = [f'Request::new("{call.method}", &[{", ".join(steps)}])']
    for where, name, kind, is_wanted, _ in call.parameters:
        if where == "query" and is_wanted:
            chain.append(f'.query(&[("{name}", {field(name)})])')
        elif where == "header" and is_wanted:
            chain.append(f'.header("{name}", {field(name)})')
    if optional(call):
        chain.append(".query(query)")
    if call.takes == "application/json":
        chain.append(".json(body)")
    elif call.takes == "multipart/form-data":
        chain.append(".form(form)")
    elif call.takes == "application/octet-stream":
        chain.append(".stream(body, media_type)")
    elif call.takes:
        chain.append(f'.stream(body, "{call.takes}")')
    if call.gives and call.gives != "application/json":
        chain.append(f'.accepting("{call.gives}")')
    end = "answer" if streams else "nothing"
    if call.answer:
        end = "json_if_any" if call.may_be_nothing else "json"
    return [f"        let request = {''.join(chain)};", f"        self.0.{end}(request).await"]
