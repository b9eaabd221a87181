//! `POST /future/suppressions/lift` and `DELETE /future/suppressions/{id}`: sends to addresses again.
//!
//! Whoever names an address knows it, and may lift an entry that holds for everybody: at worst one more
//! message is returned. By its id only whoever has brought an entry about can lift it.

use super::wire::Addresses;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

use super::model::EntryId;
use super::{body, learn, sql};
use crate::api::{Api, shown};
use crate::problem::Problem;

#[derive(Serialize, ToSchema)]
#[schema(as = Lifted)]
struct Lifted {
    lifted: u64,
}

/// Takes addresses off the list.
#[utoipa::path(post, path = "/future/suppressions/lift", operation_id = "liftSuppressions", tag = "Suppressions",
    request_body = Addresses, responses((status = 200, body = Lifted)))]
pub(super) async fn lift(State(api): State<Api>, request: Request<Body>) -> Result<Response, Problem> {
    let creator = body::creator(&api, request.headers()).await?;
    let (addresses, ()) = body::addresses(&api, request, |_| Some(())).await?;
    let keyed = learn::keyed(&api.notify).await?;
    let mut hashes: Vec<_> = addresses.iter().map(|address| keyed.hash(address)).collect();
    hashes.sort_unstable();
    let lifted = api.notify.store().write(move |tx| sql::lift_all(tx, &creator, &hashes)).await?;
    Ok(shown(&Lifted { lifted }))
}

/// Takes one entry off the list.
#[utoipa::path(delete, path = "/future/suppressions/{id}", operation_id = "liftSuppression", tag = "Suppressions",
    params(("id" = String, Path, description = "The entry.")), responses((status = 204), (status = 404)))]
pub(super) async fn lift_one(
    State(api): State<Api>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    let creator = body::creator(&api, request.headers()).await?;
    let id = EntryId::parse(&id).ok_or(Problem::plain(StatusCode::NOT_FOUND))?;
    if api.notify.store().write(move |tx| sql::lift_one(tx, &creator, id)).await? {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    Err(Problem::plain(StatusCode::NOT_FOUND))
}
