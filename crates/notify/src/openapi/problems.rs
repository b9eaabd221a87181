//! The three shapes of a problem, as [`crate::problem`] writes them.
#![expect(dead_code, reason = "problems are written by `crate::problem`; these say what comes out")]

use std::collections::BTreeMap;

use utoipa::ToSchema;

/// Members of the request are wrong.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub(crate) struct ValidationProblem {
    /// Names the kind of problem.
    #[schema(format = Uri)]
    r#type: String,
    /// The kind of problem in words.
    title: String,
    /// The status once more.
    status: u16,
    /// What is wrong, by the member it is about: a path of properties, or a JSON path beginning with `$` where
    /// the JSON itself is wrong.
    errors: BTreeMap<String, Vec<String>>,
    /// To be given to whoever is asked for help.
    trace_id: String,
}

/// A problem that programs know by its code.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub(crate) struct CodedProblem {
    /// Names the kind of problem.
    #[schema(format = Uri)]
    r#type: String,
    /// The kind of problem in words.
    title: String,
    /// The status once more.
    status: u16,
    /// `NOT-00001`: a recipient cannot be reached; `NOT-00003`: no such shipment; `NOT-00004`: a service that
    /// is needed cannot be reached just now, or nothing can be stored.
    #[schema(pattern = "^NOT-[0-9]{5}$")]
    code: String,
    /// To be given to whoever is asked for help.
    trace_id: String,
    /// The status in words.
    status_description: String,
}

/// A status in words.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub(crate) struct PlainProblem {
    /// Names the kind of problem.
    #[schema(format = Uri)]
    r#type: String,
    /// The kind of problem in words.
    title: String,
    /// The status once more.
    status: u16,
    /// To be given to whoever is asked for help.
    trace_id: String,
    /// Beyond the reference: what can be done about it.
    detail: Option<String>,
}
