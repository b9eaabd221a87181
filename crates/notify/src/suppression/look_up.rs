//! `POST /future/suppressions/lookup`: which of these addresses are no longer sent to, and why.

use super::wire::Addresses;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use super::body::{self, EntryBody};
use super::{learn, sql};
use crate::api::{Api, shown};
use crate::problem::Problem;

#[derive(Serialize, ToSchema)]
#[schema(as = SuppressionsFound)]
#[serde(rename_all = "camelCase")]
struct Found {
    suppressions: Vec<FoundBody>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = SuppressedAddress)]
#[serde(rename_all = "camelCase")]
struct FoundBody {
    email_address: String,
    #[serde(flatten)]
    entry: EntryBody,
}

/// Tells it, for the caller's own mail.
#[utoipa::path(post, path = "/future/suppressions/lookup", operation_id = "lookUpSuppressions", tag = "Suppressions",
    request_body = Addresses, responses((status = 200, body = Found)))]
pub(super) async fn look_up(State(api): State<Api>, request: Request<Body>) -> Result<Response, Problem> {
    let creator = body::creator(&api, request.headers()).await?;
    let (addresses, ()) = body::addresses(&api, request, |_| Some(())).await?;
    let keyed = learn::keyed(&api.notify).await?;
    let hashes: Vec<_> = addresses.iter().map(|address| keyed.hash(address)).collect();
    let now = api.notify.clock().now();
    let read = move |tx: &mut store::Tx<'_>| {
        hashes
            .iter()
            .map(|hash| sql::find(tx, &creator, *hash, now))
            .collect::<Result<Vec<_>, store::Error>>()
    };
    let entries = api.notify.store().read(read).await?;
    let found = addresses.iter().zip(&entries).filter_map(|(address, entry)| {
        let email_address = address.as_given().to_owned();
        entry.as_ref().map(|entry| FoundBody { email_address, entry: entry.into() })
    });
    Ok(shown(&Found { suppressions: found.collect() }))
}
