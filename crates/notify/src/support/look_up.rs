//! `GET /future/dashboard/recipients/notifications/nin` and `…/orgnumber`.

use std::collections::HashMap;
use std::fmt::Display;
use std::str::FromStr;

use super::period::Window;
use axum::extract::{Request, State};
use axum::response::Response;
use http::HeaderMap;
use jiff::Timestamp;
use serde::Serialize;
use store::Tx;
use types::ids::OrderId;
use types::{NationalId, OrgNumber};
use utoipa::ToSchema;

use super::period::Period;
use super::sql::{self, Found};
use crate::access::{self, Policy};
use crate::api::{Api, query, shown};
use crate::openapi::words::{Channels, RawResult, ShipmentType, SupportChannel};
use crate::problem::Problem;
use crate::recipients::Channel;

#[derive(Serialize, ToSchema)]
#[schema(as = SupportShipment)]
#[serde(rename_all = "camelCase")]
struct ShipmentBody {
    #[schema(value_type = Uuid)]
    shipment_id: OrderId,
    creator_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    senders_reference: Option<String>,
    requested_send_time: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Channels>)]
    notification_channel: Option<String>,
    #[schema(value_type = ShipmentType)]
    notification_type: &'static str,
    delivery_attempts: Vec<AttemptBody>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = SupportAttempt)]
#[serde(rename_all = "camelCase")]
struct AttemptBody {
    #[serde(skip_serializing_if = "Option::is_none")]
    national_identity_number: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    organization_number: Option<String>,
    #[schema(value_type = SupportChannel)]
    channel: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    email_address: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mobile_number: Option<String>,
    #[schema(value_type = RawResult)]
    result: &'static str,
    result_time: Timestamp,
}

/// Whose messages are asked for.
#[derive(Clone)]
enum Whose {
    Person(NationalId),
    Organization(OrgNumber),
}

impl Whose {
    /// As it is kept with a notification.
    fn number(&self) -> String {
        match self {
            Self::Person(id) => id.reveal().to_owned(),
            Self::Organization(number) => number.to_string(),
        }
    }
}

/// Tells what was sent to a person.
#[utoipa::path(get, path = "/future/dashboard/recipients/notifications/nin", operation_id = "findByPerson", tag = "Support",
    params(("NationalIdentityNumber" = String, Header, pattern = "^[0-9]{11}$"), Window),
    responses((status = 200, body = Vec<ShipmentBody>), (status = 400)))]
pub(super) async fn person(api: State<Api>, request: Request) -> Result<Response, Problem> {
    look_up(api, request, |headers| named(headers, "NationalIdentityNumber").map(Whose::Person)).await
}

/// Tells what was sent to an organization.
#[utoipa::path(get, path = "/future/dashboard/recipients/notifications/orgnumber", operation_id = "findByOrganization", tag = "Support",
    params(("OrganizationNumber" = String, Header, pattern = "^[0-9]{9}$"), Window),
    responses((status = 200, body = Vec<ShipmentBody>), (status = 400)))]
pub(super) async fn organization(api: State<Api>, request: Request) -> Result<Response, Problem> {
    look_up(api, request, |headers| named(headers, "OrganizationNumber").map(Whose::Organization)).await
}

/// The number in a header whose name is also its key.
fn named<T: FromStr<Err: Display>>(headers: &HeaderMap, name: &str) -> Result<T, Problem> {
    let value = headers.get(name).ok_or_else(|| Problem::wrong(name, "this header is needed"))?;
    let text = value.to_str().unwrap_or_default().trim();
    text.parse().map_err(|error: T::Err| Problem::wrong(name, error.to_string()))
}

async fn look_up(
    State(api): State<Api>,
    request: Request,
    whose: fn(&HeaderMap) -> Result<Whose, Problem>,
) -> Result<Response, Problem> {
    access::allow(api.notify.verifier(), request.headers(), Policy::Support).await?;
    let period = Period::read(&query(request.uri()), api.notify.clock().now());
    let (whose, period) = both(whose(request.headers()), period)?;
    let wanted = whose.clone();
    let read = move |tx: &mut Tx<'_>| sql::sent_to(tx, &wanted.number(), period);
    let found: Result<Vec<Found>, store::Error> = api.notify.store().read(read).await;
    Ok(shown(&shipments(found?, &whose)))
}

/// Two things that were read, or everything that is wrong with either.
fn both<A, B>(a: Result<A, Problem>, b: Result<B, Problem>) -> Result<(A, B), Problem> {
    match (a, b) {
        (Ok(a), Ok(b)) => Ok((a, b)),
        (Err(Problem::Validation(mut errors)), Err(Problem::Validation(more))) => {
            errors.extend(more);
            Err(Problem::Validation(errors))
        }
        (Err(problem), _) | (_, Err(problem)) => Err(problem),
    }
}

/// One entry for each order, the one with the latest time first; its messages in the order they were made.
fn shipments(found: Vec<Found>, whose: &Whose) -> Vec<ShipmentBody> {
    let mut places = HashMap::new();
    let mut shipments: Vec<ShipmentBody> = Vec::new();
    for found in found.into_iter().rev() {
        let attempt = attempt(&found, whose);
        let place = *places.entry(found.order).or_insert(shipments.len());
        if place == shipments.len() {
            shipments.push(ShipmentBody {
                shipment_id: found.order,
                creator_name: found.creator.to_string(),
                resource_id: found.resource,
                senders_reference: found.senders_reference,
                requested_send_time: found.requested,
                notification_channel: found.channels,
                notification_type: found.kind.wire(),
                delivery_attempts: Vec::new(),
            });
        }
        shipments[place].delivery_attempts.push(attempt);
    }
    shipments.sort_by_key(|shipment| std::cmp::Reverse(shipment.requested_send_time));
    shipments
}

fn attempt(found: &Found, whose: &Whose) -> AttemptBody {
    let notification = &found.notification;
    let destination = Some(notification.destination.reveal().to_owned());
    let (channel, email_address, mobile_number) = match notification.standing.channel() {
        Channel::Email => ("email", destination, None),
        Channel::Sms => ("sms", None, destination),
    };
    let (national_identity_number, organization_number) = match whose {
        Whose::Person(_) => (Some(whose.number()), None),
        Whose::Organization(_) => (None, Some(whose.number())),
    };
    AttemptBody {
        national_identity_number,
        organization_number,
        channel,
        email_address,
        mobile_number,
        result: notification.standing.as_str(),
        result_time: notification.changed,
    }
}
