//! An API's document held against all that it speaks of.

use std::collections::BTreeSet;
use std::fmt::Debug;

use axum::http::{HeaderMap, Method, StatusCode, header};
use serde_json::Value;

use super::{Answers, differences, documented, served};

/// An API with its document.
pub struct Described {
    name: &'static str,
    document: Value,
    answers: Answers,
}

impl Described {
    /// The API by its name among the files below `openapi`.
    pub fn of(name: &'static str, document: Value) -> Self {
        Self { name, answers: Answers::of(document.clone()), document }
    }

    /// Fails when an answer is not as the document says. Calls that it does not know are let by, and so is
    /// "not found" without a word: what an installation does not serve.
    #[track_caller]
    pub fn holds(&self, method: &Method, path: &str, status: StatusCode, headers: &HeaderMap, body: &[u8]) {
        let Some(call) = self.answers.operation(method.as_str(), path) else { return };
        if status == StatusCode::NOT_FOUND && body.is_empty() {
            return;
        }
        let media_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let faults = self.answers.faults(call, status.as_u16(), media_type, body);
        assert!(faults.is_empty(), "{}\n{}", faults.join("\n"), String::from_utf8_lossy(body));
    }

    /// Fails when the document that is checked in is not the current one.
    #[track_caller]
    pub fn is_checked_in(&self) {
        let name = self.name;
        let current = format!("{:#}\n", self.document);
        assert!(
            file(&format!("{name}.json")) == current,
            "openapi/{name}.json is not what the code says: budstikke openapi {name} >openapi/{name}.json"
        );
    }

    /// Fails when the document differs from what the contract promises.
    #[track_caller]
    pub fn keeps_the_contract(&self) {
        let found = differences(&self.document, &file(&format!("promised/{}.toml", self.name)));
        assert!(found.is_empty(), "{} differences:\n{}", found.len(), found.join("\n"));
    }

    /// Fails when routers serve something else than the document says.
    #[track_caller]
    pub fn is_served_by<Router: Debug>(&self, routers: &[Router]) {
        let served: BTreeSet<_> = routers.iter().flat_map(served).collect();
        let described = documented(&self.document);
        let missing: Vec<_> = served.difference(&described).collect();
        let too_much: Vec<_> = described.difference(&served).collect();
        assert!(
            missing.is_empty() && too_much.is_empty(),
            "not described: {missing:?}; not served: {too_much:?}"
        );
    }
}

/// A file below `openapi`, where documents and contracts lie.
fn file(name: &str) -> String {
    let path = format!("{}/../../openapi/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}
