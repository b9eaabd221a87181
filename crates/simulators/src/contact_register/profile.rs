//! The profile service's dialect.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Contact, ContactRegister, Person};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WantedBody {
    #[serde(default)]
    national_identity_numbers: Vec<String>,
    #[serde(default)]
    use_stale_contact_info: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct LookupBody {
    contact_points_list: Vec<ContactPointBody>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ContactPointBody {
    user_id: u64,
    national_identity_number: String,
    is_reserved: bool,
    mobile_number: Option<String>,
    mobile_number_is_outdated: bool,
    email: Option<String>,
    email_is_outdated: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AvailabilityBody {
    availability_list: Vec<AvailablePersonBody>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AvailablePersonBody {
    user_id: u64,
    national_identity_number: String,
    is_reserved: bool,
    mobile_number_registered: bool,
    email_registered: bool,
}

/// `POST …/users/contactpoint/lookup`
///
/// Unless stale details are asked for, they are left out, and who has nothing but stale details is
/// left out whole.
pub(super) async fn lookup(
    State(register): State<ContactRegister>,
    Json(wanted): Json<WantedBody>,
) -> Json<LookupBody> {
    let (now, stale_too) = (register.0.clock.now(), wanted.use_stale_contact_info);
    let found = found(&register, &wanted);
    let points = found.iter().filter_map(|person| contact_point(person, stale_too, now));
    let contact_points_list = points.collect();
    Json(LookupBody { contact_points_list })
}

/// `POST …/users/contactpoint/availability`
pub(super) async fn availability(
    State(register): State<ContactRegister>,
    Json(wanted): Json<WantedBody>,
) -> Json<AvailabilityBody> {
    let (now, stale_too) = (register.0.clock.now(), wanted.use_stale_contact_info);
    let found = found(&register, &wanted);
    let points = found.iter().filter_map(|person| contact_point(person, stale_too, now));
    let available = points.map(|point| AvailablePersonBody {
        user_id: point.user_id,
        national_identity_number: point.national_identity_number,
        is_reserved: point.is_reserved,
        mobile_number_registered: point.mobile_number.is_some(),
        email_registered: point.email.is_some(),
    });
    let availability_list = available.collect();
    Json(AvailabilityBody { availability_list })
}

fn found(register: &ContactRegister, wanted: &WantedBody) -> Vec<Arc<Person>> {
    let numbers = wanted.national_identity_numbers.iter();
    let found = numbers.filter_map(|number| register.find(number));
    found.filter(|person| !person.deleted).collect()
}

fn contact_point(person: &Person, stale_too: bool, now: Timestamp) -> Option<ContactPointBody> {
    let outdated = |contact: &Option<Contact>| contact.as_ref().is_none_or(|found| found.is_stale(now));
    let (mobile_outdated, email_outdated) = (outdated(&person.mobile), outdated(&person.email));
    if mobile_outdated && email_outdated && !stale_too {
        return None;
    }
    let value = |contact: &Option<Contact>, is_outdated: bool| {
        let shown = contact.as_ref().filter(|_| stale_too || !is_outdated);
        shown.map(|contact| contact.value.clone())
    };
    Some(ContactPointBody {
        user_id: 0,
        national_identity_number: person.national_identity_number.reveal().to_owned(),
        is_reserved: person.reserved,
        mobile_number: value(&person.mobile, mobile_outdated),
        mobile_number_is_outdated: mobile_outdated,
        email: value(&person.email, email_outdated),
        email_is_outdated: email_outdated,
    })
}
