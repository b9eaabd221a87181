//! OpenAPI documents held against what they speak of: routers, contracts, and real answers.

mod answers;
mod contract;
mod described;
mod schema;
mod served;

pub use answers::Answers;
pub use contract::differences;
pub use described::Described;
pub use served::served;

use std::collections::BTreeSet;

use serde_json::{Map, Value};

/// Methods that a document may speak of.
const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/// Every operation of a document, as `GET /path`.
pub fn documented(document: &Value) -> BTreeSet<String> {
    operations(document).map(|(call, _)| call).collect()
}

fn operations(document: &Value) -> impl Iterator<Item = (String, &Map<String, Value>)> {
    let paths = document["paths"].as_object().expect("paths");
    paths.iter().flat_map(|(path, operations)| {
        let operations = operations.as_object().expect("operations").iter();
        operations.filter(|(method, _)| METHODS.contains(&method.as_str())).map(move |(method, operation)| {
            let operation = operation.as_object().expect("an operation");
            (format!("{} {path}", method.to_uppercase()), operation)
        })
    })
}
