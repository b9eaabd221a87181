//! A document as a page: every operation by tag, and every schema. Made on the server; no script.

use askama::Template;
use serde_json::Value;

use super::Api;
use super::schema::{Kind, Schema, is_ours, text};

/// The page of an API.
#[derive(Template)]
#[template(path = "openapi.html")]
pub(super) struct Page {
    api: Api,
    title: String,
    version: String,
    text: String,
    groups: Vec<Group>,
    schemas: Vec<Schema>,
}

struct Group {
    name: String,
    text: String,
    operations: Vec<Operation>,
}

struct Operation {
    id: String,
    method: String,
    path: String,
    summary: String,
    text: String,
    is_ours: bool,
    is_deprecated: bool,
    parameters: Vec<Parameter>,
    takes: Vec<Content>,
    answers: Vec<Answer>,
}

struct Parameter {
    name: String,
    place: String,
    kind: Kind,
    is_wanted: bool,
    is_ours: bool,
    text: String,
}

struct Answer {
    status: String,
    text: String,
    contents: Vec<Content>,
    headers: Vec<String>,
}

struct Content {
    media_type: String,
    kind: Kind,
}

impl Page {
    /// Puts a document in order.
    pub(super) fn of(api: Api, document: &Value) -> Self {
        let tags = document["tags"].as_array().into_iter().flatten();
        let schemas = document["components"]["schemas"].as_object().into_iter().flatten();
        Self {
            api,
            title: text(&document["info"], "title"),
            version: text(&document["info"], "version"),
            text: text(&document["info"], "description"),
            groups: tags.map(|tag| group(document, tag)).collect(),
            schemas: schemas.map(|(name, schema)| Schema::of(name, schema)).collect(),
        }
    }

    fn is_notify(&self) -> bool {
        self.api == Api::Notify
    }
}

fn group(document: &Value, tag: &Value) -> Group {
    let paths = document["paths"].as_object().into_iter().flatten();
    let operations = paths.flat_map(|(path, methods)| {
        let methods = methods.as_object().into_iter().flatten();
        methods
            .filter(|(_, one)| one["tags"][0] == tag["name"])
            .map(move |(method, one)| operation(method, path, one))
    });
    Group { name: text(tag, "name"), text: text(tag, "description"), operations: operations.collect() }
}

fn operation(method: &str, path: &str, of: &Value) -> Operation {
    let parameters = of["parameters"].as_array().into_iter().flatten();
    let answers = of["responses"].as_object().into_iter().flatten();
    Operation {
        id: text(of, "operationId"),
        method: method.to_uppercase(),
        path: path.to_owned(),
        summary: text(of, "summary"),
        text: text(of, "description"),
        is_ours: is_ours(of),
        is_deprecated: of["deprecated"] == true,
        parameters: parameters.map(parameter).collect(),
        takes: contents(&of["requestBody"]),
        answers: answers.map(|(status, answer)| self::answer(status, answer)).collect(),
    }
}

fn parameter(of: &Value) -> Parameter {
    Parameter {
        name: text(of, "name"),
        place: text(of, "in"),
        kind: Kind::of(&of["schema"]),
        is_wanted: of["required"] == true,
        is_ours: is_ours(of),
        text: text(of, "description"),
    }
}

fn answer(status: &str, of: &Value) -> Answer {
    let headers = of["headers"].as_object().into_iter().flatten();
    Answer {
        status: status.to_owned(),
        text: text(of, "description"),
        contents: contents(of),
        headers: headers.map(|(name, _)| name.clone()).collect(),
    }
}

fn contents(of: &Value) -> Vec<Content> {
    let contents = of["content"].as_object().into_iter().flatten();
    let content = |(media_type, content): (&String, &Value)| Content {
        media_type: media_type.clone(),
        kind: Kind::of(&content["schema"]),
    };
    contents.map(content).collect()
}
