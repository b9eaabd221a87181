//! What operators do with the registry, on their own listener.
//!
//! | | |
//! |---|---|
//! | `GET /registry/organizations?after=<number>` | at most 100 organizations, in the order of numbers |
//! | `POST /registry` | registers everything in a file (see [`super::file`]), or nothing |
//! | `DELETE /registry/{id}` | forgets an organization, a citizen or an actor in health |

use aws_lc_rs::constant_time::verify_slices_are_equal;
use axum::body::Body;
use axum::extract::{Path, RawQuery, Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use http::{StatusCode, header};
use serde_json::{Value, json};
use store::Tx;
use url::form_urlencoded;

use super::register::RegisterError;
use super::{EmbeddedRegistry, file, sql};
use crate::registry::Identifier;

/// Bytes of a file at most: some thousands of organizations with their certificates.
const LARGEST_FILE: usize = 64 << 20;
const PAGE: u32 = 100;
/// Who is named in the audit log.
const OPERATOR: &str = "operator";

impl EmbeddedRegistry {
    /// What is for operators, with full paths from the root.
    pub fn operators_router(&self) -> Router {
        Router::new()
            .route("/registry", post(register))
            .route("/registry/organizations", get(list))
            .route("/registry/{id}", delete(forget))
            .route_layer(from_fn_with_state(self.clone(), admitted))
            .with_state(self.clone())
    }

    /// A page of what is registered: numbers, names, processes and channels, without certificates.
    pub async fn list(&self, after: &str) -> Result<Vec<Value>, store::Error> {
        let after = after.to_owned();
        let read = move |tx: &mut Tx<'_>| {
            let mut page = Vec::new();
            for organization in sql::page(tx, &after, PAGE)? {
                let processes = sql::processes(tx, organization.org)?;
                let processes: Vec<Value> = processes
                    .iter()
                    .map(|known| {
                        json!({ "process": known.process, "service": known.service.as_str(),
                            "documentTypes": known.document_types })
                    })
                    .collect();
                page.push(json!({ "number": organization.org.to_string(), "name": organization.name,
                    "entityType": organization.entity_type, "svarutLevel": organization.svarut_level,
                    "hasCertificate": organization.certificate.is_some(), "processes": processes }));
            }
            Ok(page)
        };
        self.0.store.read(read).await
    }
}

/// Lets pass who shows the token, or everybody where none is configured; but never a page in somebody's
/// browser, which reaches this listener from the operator's machine without being the operator.
async fn admitted(State(registry): State<EmbeddedRegistry>, request: Request, next: Next) -> Response {
    if request.headers().contains_key(header::ORIGIN) {
        return refused(StatusCode::FORBIDDEN, "this is not for pages in browsers");
    }
    let wanted = registry.0.config.admin_token.as_ref();
    let shown = web::bearer::from_headers(request.headers());
    let may_pass = |wanted: &types::Secret| {
        shown.is_ok_and(|shown| {
            let (shown, wanted) = (shown.reveal().as_bytes(), wanted.reveal().as_bytes());
            !wanted.is_empty() && verify_slices_are_equal(shown, wanted).is_ok()
        })
    };
    if wanted.is_none_or(may_pass) {
        next.run(request).await
    } else {
        StatusCode::UNAUTHORIZED.into_response()
    }
}

async fn register(State(registry): State<EmbeddedRegistry>, body: Body) -> Response {
    let content = match web::body::read(body, LARGEST_FILE).await {
        Ok(content) => content,
        Err(why) => return refused(StatusCode::BAD_REQUEST, &why.to_string()),
    };
    let subjects = match file::read(&content) {
        Ok(subjects) => subjects,
        Err(why) => return refused(StatusCode::BAD_REQUEST, &why.to_string()),
    };
    let count = subjects.len();
    match registry.register_all(OPERATOR, subjects).await {
        Ok(()) => Json(json!({ "registered": count })).into_response(),
        Err(RegisterError::Store(why)) => failed(&why),
        Err(why) => refused(StatusCode::BAD_REQUEST, &why.to_string()),
    }
}

async fn list(State(registry): State<EmbeddedRegistry>, RawQuery(query): RawQuery) -> Response {
    let query = query.unwrap_or_default();
    let after = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "after");
    let after = after.map(|(_, value)| value.into_owned()).unwrap_or_default();
    match registry.list(&after).await {
        Ok(page) => Json(json!({ "organizations": page })).into_response(),
        Err(why) => failed(&why),
    }
}

async fn forget(State(registry): State<EmbeddedRegistry>, Path(id): Path<String>) -> Response {
    let Ok(who) = id.parse::<Identifier>() else {
        return refused(StatusCode::NOT_FOUND, "the text is no identifier");
    };
    match registry.forget(OPERATOR, who).await {
        Ok(true) => StatusCode::NO_CONTENT.into_response(),
        Ok(false) => refused(StatusCode::NOT_FOUND, "nobody is registered under this number"),
        Err(why) => failed(&why),
    }
}

fn refused(status: StatusCode, why: &str) -> Response {
    (status, Json(json!({ "error_code": "", "error_description": why }))).into_response()
}

fn failed(why: &store::Error) -> Response {
    tracing::error!("the registry's database failed: {why}");
    let status =
        if why.is_passing() { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::INTERNAL_SERVER_ERROR };
    refused(status, "the registry could not keep or read it; try again")
}
