//! `GET /console/contacts/organizations`: who is registered in the embedded service registry, and for what.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;
use serde_json::Value;

use super::words::ContactWords;
use crate::page::Refusal;
use crate::{Console, Frame, Section, Visitor, page};

/// Organizations on a page, as the registry gives them.
const PAGE: usize = 100;

/// Those behind this number.
#[derive(Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    after: String,
}

#[derive(Template)]
#[template(path = "contacts/organizations.html")]
struct Page {
    frame: Frame,
    own: &'static ContactWords,
    /// `None` where another registry is asked.
    organizations: Option<Vec<Organization>>,
    next: Option<String>,
}

struct Organization {
    number: String,
    name: String,
    has_certificate: bool,
    /// Each process, and the channel that leads to it.
    processes: Vec<(String, String)>,
}

pub(super) async fn show(
    State(console): State<Console>,
    visitor: Visitor,
    Query(asked): Query<Asked>,
) -> Result<Response, Refusal> {
    let listed = match console.simulated().registry.as_ref() {
        Some(registry) => Some(registry.list(&asked.after).await?),
        None => None,
    };
    let organizations: Option<Vec<Organization>> =
        listed.map(|listed| listed.iter().map(organization).collect());
    let full = organizations.as_ref().filter(|all| all.len() == PAGE);
    let next = full.and_then(|all| all.last()).map(|last| last.number.clone());
    let (frame, own) = (visitor.frame(Section::Contacts), ContactWords::of(visitor.lang));
    Ok(page::html(&Page { frame, own, organizations, next }))
}

fn organization(body: &Value) -> Organization {
    let text = |body: &Value, key: &str| body[key].as_str().unwrap_or_default().to_owned();
    let processes = body["processes"].as_array().into_iter().flatten();
    Organization {
        number: text(body, "number"),
        name: text(body, "name"),
        has_certificate: body["hasCertificate"] == true,
        processes: processes.map(|one| (text(one, "process"), text(one, "service"))).collect(),
    }
}
