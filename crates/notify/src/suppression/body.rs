//! What callers send and get.

use axum::body::Body;
use axum::extract::Request;
use http::HeaderMap;
use jiff::Timestamp;
use serde::Serialize;
use types::EmailAddress;
use utoipa::ToSchema;

use super::model::{Entry, Scope};
use crate::access::{self, Creator, Policy};
use crate::api::Api;
use crate::binding::{Faults, Reader};
use crate::openapi::words::{Channel, SuppressionReason};
use crate::problem::Problem;

/// Addresses in one request at most.
const MOST_ADDRESSES: usize = 1000;

/// An entry as it is shown. It does not hold the address.
#[derive(Serialize, ToSchema)]
#[schema(as = Suppression)]
#[serde(rename_all = "camelCase")]
pub(super) struct EntryBody {
    id: String,
    #[schema(value_type = Channel)]
    channel: &'static str,
    #[schema(value_type = SuppressionReason)]
    reason: &'static str,
    scope: &'static str,
    created: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires: Option<Timestamp>,
}

impl From<&Entry> for EntryBody {
    fn from(entry: &Entry) -> Self {
        Self {
            id: entry.id().to_string(),
            channel: "Email",
            reason: entry.reason.wire(),
            scope: match entry.scope {
                Scope::Everybody => "Everybody",
                Scope::Only(_) => "Creator",
            },
            created: entry.created,
            expires: entry.expires,
        }
    }
}

/// Whose list is asked for.
pub(super) async fn creator(api: &Api, headers: &HeaderMap) -> Result<Creator, Problem> {
    access::allow(api.notify.verifier(), headers, Policy::CreateOrPlatform).await?.creator()
}

/// The body of a request that names addresses, with whatever else `read` finds in it.
pub(super) async fn addresses<T>(
    api: &Api,
    request: Request<Body>,
    read: impl FnOnce(&Reader<'_>) -> Option<T>,
) -> Result<(Vec<EmailAddress>, T), Problem> {
    let json = api.json(request).await?;
    let faults = Faults::default();
    let found = Reader::document(&json, &faults).and_then(|body| {
        let (addresses, more) = (read_addresses(&body), read(&body));
        Some((addresses?, more?))
    });
    let (found, late) = faults.settle(found)?;
    late.map_or(Ok(found), Err)
}

fn read_addresses(body: &Reader<'_>) -> Option<Vec<EmailAddress>> {
    let texts = body.needed_texts("emailAddresses")?;
    if !(1..=MOST_ADDRESSES).contains(&texts.len()) {
        body.rule("EmailAddresses", format!("must name 1 to {MOST_ADDRESSES} addresses"));
        return None;
    }
    let parse = |(index, text): (usize, &str)| {
        let address: Option<EmailAddress> = text.parse().ok();
        if address.is_none() {
            body.rule(&format!("EmailAddresses[{index}]"), "must be an e-mail address");
        }
        address
    };
    let parsed: Vec<_> = texts.into_iter().enumerate().map(parse).collect();
    parsed.into_iter().collect()
}
