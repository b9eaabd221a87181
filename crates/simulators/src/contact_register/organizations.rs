//! The profile service about organizations.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use types::OrgNumber;

use super::{ContactRegister, Organization, Unavailable};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WantedBody {
    #[serde(default)]
    organization_numbers: Vec<String>,
    resource_id: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ListBody<T> {
    contact_points_list: Vec<T>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct OfficialBody {
    organization_number: OrgNumber,
    address_origin: OrgNumber,
    party_id: i64,
    mobile_number_list: Vec<String>,
    email_list: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct UnitBody {
    organization_number: OrgNumber,
    party_id: i64,
    user_contact_points: Vec<UserBody>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct UserBody {
    user_id: i64,
    mobile_number: Option<String>,
    email: Option<String>,
}

async fn by_number(
    register: &ContactRegister,
    numbers: &[OrgNumber],
) -> Result<BTreeMap<OrgNumber, Organization>, Unavailable> {
    let found = register.source().organizations(numbers).await?;
    Ok(found.into_iter().map(|found| (found.organization_number, found)).collect())
}

fn numbers(wanted: &WantedBody) -> Vec<OrgNumber> {
    wanted.organization_numbers.iter().filter_map(|number| number.parse().ok()).collect()
}

/// `POST …/organizations/notificationaddresses/lookup`
///
/// A unit without a record of its own is answered for by its main unit.
pub(super) async fn official(
    State(register): State<ContactRegister>,
    Json(wanted): Json<WantedBody>,
) -> Result<Response, Unavailable> {
    let blank = wanted.organization_numbers.iter().any(|number| number.trim().is_empty());
    if wanted.organization_numbers.is_empty() || blank {
        return Ok(StatusCode::BAD_REQUEST.into_response());
    }
    let own = by_number(&register, &numbers(&wanted)).await?;
    let without = own.values().filter(|found| !found.has_record());
    let mains: Vec<OrgNumber> = without.filter_map(|found| found.main_unit).collect();
    let mains = by_number(&register, &mains).await?;
    let answers = own.values().filter_map(|found| {
        let spoken_for = found.main_unit.filter(|_| !found.has_record());
        let source = match spoken_for {
            Some(main) => mains.get(&main)?,
            None => found,
        };
        Some(OfficialBody {
            organization_number: found.organization_number,
            address_origin: source.organization_number,
            party_id: 0,
            mobile_number_list: source.mobiles.clone().unwrap_or_default(),
            email_list: source.emails.clone().unwrap_or_default(),
        })
    });
    let contact_points_list: Vec<_> = answers.rev().collect();
    Ok(Json(ListBody { contact_points_list }).into_response())
}

/// `POST …/units/contactpoint/lookup`
///
/// Everybody who wants to hear about everything, or about this resource.
pub(super) async fn users(
    State(register): State<ContactRegister>,
    Json(wanted): Json<WantedBody>,
) -> Result<Response, Unavailable> {
    let found = by_number(&register, &numbers(&wanted)).await?;
    let resource = wanted.resource_id.unwrap_or_default();
    let units = found.values().map(|found| {
        let users = found.numbered_users();
        let wanting =
            users.filter(|(_, user)| user.resources.as_ref().is_none_or(|all| all.contains(&resource)));
        UnitBody {
            organization_number: found.organization_number,
            party_id: found.party(),
            user_contact_points: wanting
                .map(|(user_id, user)| UserBody {
                    user_id,
                    mobile_number: user.mobile.clone(),
                    email: user.email.clone(),
                })
                .collect(),
        }
    });
    let contact_points_list: Vec<_> = units.filter(|unit| !unit.user_contact_points.is_empty()).collect();
    Ok(Json(ListBody { contact_points_list }).into_response())
}
