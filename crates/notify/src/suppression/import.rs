//! `POST /future/suppressions`: puts addresses on the caller's own list.

use super::wire::NewSuppressions;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::body::{self, EntryBody};
use super::model::{Entry, Reason, Scope};
use super::{learn, sql};
use crate::access::Creator;
use crate::api::{Api, shown};
use crate::binding::{Moment, Reader};
use crate::problem::Problem;

/// How long imported dead addresses are left alone, where the caller says nothing.
const BOUNCED_DAYS: u32 = 90;

#[derive(Serialize, ToSchema)]
#[schema(as = Suppressions)]
#[serde(rename_all = "camelCase")]
struct Imported {
    suppressions: Vec<EntryBody>,
}

struct Wish {
    reason: Reason,
    expires: Option<Timestamp>,
}

/// Puts them there; what is there already is renewed. All or, when one cannot be read, none.
#[utoipa::path(post, path = "/future/suppressions", operation_id = "addSuppressions", tag = "Suppressions",
    request_body = NewSuppressions, responses((status = 200, body = Imported)))]
pub(super) async fn import(State(api): State<Api>, request: Request<Body>) -> Result<Response, Problem> {
    let creator = body::creator(&api, request.headers()).await?;
    let now = api.notify.clock().now();
    let (addresses, wish) = body::addresses(&api, request, |body| read(body, now)).await?;
    let keyed = learn::keyed(&api.notify).await?;
    let entry = |address| entry(keyed.hash(address), &creator, &wish, now);
    let mut entries: Vec<Entry> = addresses.iter().map(entry).collect();
    entries.sort_by_key(|entry| entry.hash);
    entries.dedup_by_key(|entry| entry.hash);
    let suppressions = entries.iter().map(EntryBody::from).collect();
    api.notify.store().write(move |tx| sql::put_all(tx, &entries)).await?;
    Ok(shown(&Imported { suppressions }))
}

fn entry(hash: super::model::Hashed, creator: &Creator, wish: &Wish, now: Timestamp) -> Entry {
    Entry {
        hash,
        scope: Scope::Only(creator.clone()),
        source: creator.clone(),
        reason: wish.reason,
        created: now,
        expires: wish.expires.or_else(|| wish.reason.expires(now, BOUNCED_DAYS)),
    }
}

fn read(body: &Reader<'_>, now: Timestamp) -> Option<Wish> {
    let reason = if body.has("reason") { body.choice("reason")? } else { Reason::Manual };
    let expires = match body.has("expires").then(|| body.moment("expires")) {
        None => None,
        Some(moment) => Some(match moment? {
            Moment::At(at) => at,
            Moment::WithoutZone => {
                body.rule("Expires", "needs a zone: Z or an offset");
                return None;
            }
        }),
    };
    if expires.is_some_and(|at| at <= now) {
        body.rule("Expires", "must not be in the past");
        return None;
    }
    Some(Wish { reason, expires })
}
