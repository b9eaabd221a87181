//! `GET /broker/api/v1/filetransfer`: the ids of at most a hundred of the caller's transfers.

use axum::Json;
use axum::extract::{RawQuery, State};
use http::HeaderMap;
use jiff::Timestamp;
use types::OrgNumber;
use types::ids::FileTransferId;
use url::form_urlencoded;

use super::Broker;
use super::access::{READ, WRITE, accepts_json};
use super::initialize::resource;
use super::model::{RecipientStatus, TransferStatus};
use super::problem::Problem;
use super::sql::{self, Listed, Listing};

/// The most ids in an answer; there is no next page.
const LIMIT: u32 = 100;

/// As whom the caller asks.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Sender,
    Recipient,
    Either,
}

struct Query {
    listing: Listing,
    recipient_status: Option<RecipientStatus>,
    role: Role,
}

pub(super) async fn handle(
    State(broker): State<Broker>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Json<Vec<FileTransferId>>, Problem> {
    accepts_json(&headers)?;
    let caller = broker.caller(&headers, &[READ, WRITE]).await?;
    let query = parse(&query.unwrap_or_default(), caller.org)?;
    let found = broker.0.store.read(move |tx| find(tx, &query)).await?;
    Ok(Json(found))
}

fn find(tx: &mut store::Tx<'_>, query: &Query) -> Result<Vec<FileTransferId>, Problem> {
    let listing = &query.listing;
    let mut found = Vec::new();
    if query.role != Role::Recipient {
        found.extend(sql::sent(tx, listing)?);
    }
    if query.role != Role::Sender {
        found.extend(sql::received(tx, listing, query.recipient_status)?);
    }
    Ok(first_hundred(found, listing.oldest_first))
}

/// Brings two lists into one order; who sends to itself is listed once.
fn first_hundred(mut found: Vec<Listed>, oldest_first: bool) -> Vec<FileTransferId> {
    found.sort_by_key(|(id, at)| (*at, *id));
    found.dedup_by_key(|(id, _)| *id);
    if !oldest_first {
        found.reverse();
    }
    found.into_iter().take(LIMIT as usize).map(|(id, _)| id).collect()
}

/// Names and values are read in any letter case.
fn parse(query: &str, caller: OrgNumber) -> Result<Query, Problem> {
    let given = |name: &str| {
        form_urlencoded::parse(query.as_bytes())
            .find(|(key, value)| key.eq_ignore_ascii_case(name) && !value.is_empty())
            .map(|(_, value)| value.into_owned())
    };
    let status = given("status").map(|text| known("status", &text, TransferStatus::parse)).transpose()?;
    let recipient_status =
        given("recipientStatus").map(|text| known("recipientStatus", &text, RecipientStatus::parse));
    let recipient_status = recipient_status.transpose()?;
    let role = given("role").map(|text| known("role", &text, role)).transpose()?;
    let from = given("from").map(|text| known("from", &text, moment)).transpose()?;
    let to = given("to").map(|text| known("to", &text, moment)).transpose()?;
    let oldest_first = given("orderAscending").map(|text| known("orderAscending", &text, truth));
    let resource = given("resourceId").and_then(|text| resource(&text));
    Ok(Query {
        listing: Listing {
            caller,
            resource: resource.ok_or_else(|| Problem::field("resourceId", "is required"))?,
            status,
            from: from.unwrap_or(Timestamp::MIN),
            to: to.unwrap_or(Timestamp::MAX),
            oldest_first: oldest_first.transpose()?.unwrap_or(false),
            limit: LIMIT,
        },
        role: if recipient_status.is_some() { Role::Recipient } else { role.unwrap_or(Role::Either) },
        recipient_status,
    })
}

fn known<T>(name: &str, text: &str, read: impl FnOnce(&str) -> Option<T>) -> Result<T, Problem> {
    read(text).ok_or_else(|| Problem::field(name, "is not a known value"))
}

fn role(text: &str) -> Option<Role> {
    match text.to_ascii_lowercase().as_str() {
        "sender" => Some(Role::Sender),
        "recipient" => Some(Role::Recipient),
        _ => None,
    }
}

/// A moment with an offset, or one without, which is taken as UTC. A plus sign of an offset that was
/// not escaped arrives as a space.
fn moment(text: &str) -> Option<Timestamp> {
    let text = text.replace(' ', "+");
    let in_utc = || text.parse::<jiff::civil::DateTime>().ok()?.to_zoned(jiff::tz::TimeZone::UTC).ok();
    text.parse().ok().or_else(|| in_utc().map(|zoned| zoned.timestamp()))
}

fn truth(text: &str) -> Option<bool> {
    text.to_ascii_lowercase().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caller() -> OrgNumber {
        "310000001".parse().expect("nine digits")
    }

    #[test]
    fn a_query_is_read_in_any_letter_case() {
        let query = parse(
            "resourceid=urn:altinn:resource:r&Status=published&recipientStatus=initialized&orderAscending=True",
            caller(),
        );

        let Ok(query) = query else { panic!("a query") };
        assert_eq!(query.listing.resource, "r");
        assert_eq!(query.listing.status, Some(TransferStatus::Published));
        assert_eq!(query.recipient_status, Some(RecipientStatus::Initialized));
        assert!(query.role == Role::Recipient && query.listing.oldest_first);
    }

    #[test]
    fn unknown_values_and_a_missing_resource_are_refused() {
        for query in ["", "resourceId=r&status=Gone", "resourceId=r&role=x", "resourceId=r&from=yesterday"] {
            assert!(matches!(parse(query, caller()), Err(Problem::Invalid(_))), "{query}");
        }
    }

    #[test]
    fn moments_are_read_with_and_without_offset() {
        let noon: Timestamp = "2026-03-02T12:00:00Z".parse().expect("a moment");
        for text in ["2026-03-02T12:00:00Z", "2026-03-02T13:00:00 01:00", "2026-03-02T12:00:00"] {
            assert_eq!(moment(text), Some(noon), "{text}");
        }
    }
}
