//! The profile service's dialect.

use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use types::NationalId;

use super::records::Contact;
use super::{ContactRegister, Person, Unavailable};

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
) -> Result<Json<LookupBody>, Unavailable> {
    let (now, stale_too) = (register.now(), wanted.use_stale_contact_info);
    let found = found(&register, &wanted).await?;
    let points = found.iter().filter_map(|person| contact_point(person, stale_too, now));
    let contact_points_list = points.collect();
    Ok(Json(LookupBody { contact_points_list }))
}

/// `POST …/users/contactpoint/availability`
pub(super) async fn availability(
    State(register): State<ContactRegister>,
    Json(wanted): Json<WantedBody>,
) -> Result<Json<AvailabilityBody>, Unavailable> {
    let (now, stale_too) = (register.now(), wanted.use_stale_contact_info);
    let found = found(&register, &wanted).await?;
    let points = found.iter().filter_map(|person| contact_point(person, stale_too, now));
    let available = points.map(|point| AvailablePersonBody {
        user_id: point.user_id,
        national_identity_number: point.national_identity_number,
        is_reserved: point.is_reserved,
        mobile_number_registered: point.mobile_number.is_some(),
        email_registered: point.email.is_some(),
    });
    let availability_list = available.collect();
    Ok(Json(AvailabilityBody { availability_list }))
}

async fn found(register: &ContactRegister, wanted: &WantedBody) -> Result<Vec<Person>, Unavailable> {
    let numbers = wanted.national_identity_numbers.iter();
    let numbers: Vec<NationalId> = numbers.filter_map(|number| number.parse().ok()).collect();
    let found = register.source().persons(&numbers).await?;
    Ok(found.into_iter().filter(|person| !person.deleted).collect())
}

fn contact_point(person: &Person, stale_too: bool, now: Timestamp) -> Option<ContactPointBody> {
    let outdated = |contact: Option<Contact<'_>>| contact.is_none_or(|found| found.is_stale(now));
    let (mobile_outdated, email_outdated) = (outdated(person.mobile()), outdated(person.email()));
    if mobile_outdated && email_outdated && !stale_too {
        return None;
    }
    let value = |contact: Option<Contact<'_>>, is_outdated: bool| {
        let shown = contact.filter(|_| stale_too || !is_outdated);
        shown.map(|contact| contact.value.to_owned())
    };
    Some(ContactPointBody {
        user_id: 0,
        national_identity_number: person.national_identity_number.reveal().to_owned(),
        is_reserved: person.reserved,
        mobile_number: value(person.mobile(), mobile_outdated),
        mobile_number_is_outdated: mobile_outdated,
        email: value(person.email(), email_outdated),
        email_is_outdated: email_outdated,
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct IdentitiesBody {
    #[serde(default)]
    external_identities: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SelfIdentifiedBody {
    contact_points_list: Vec<SelfIdentifiedPointBody>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SelfIdentifiedPointBody {
    mobile_number: Option<String>,
    email: Option<String>,
    external_identity: String,
}

/// `POST …/users/contactpoint/lookupsi`
///
/// An e-mail account that is not known is answered for by the address that names it.
pub(super) async fn self_identified(
    State(register): State<ContactRegister>,
    Json(wanted): Json<IdentitiesBody>,
) -> Result<Json<SelfIdentifiedBody>, Unavailable> {
    let mut points = Vec::new();
    for external_identity in wanted.external_identities {
        let Some((username, own)) = account_of(&external_identity) else { continue };
        let found = register.source().accounts(&[username]).await?.pop();
        let (email, mobile_number) = found.map_or((own, None), |account| (account.email, account.mobile));
        if email.is_some() || mobile_number.is_some() {
            points.push(SelfIdentifiedPointBody { mobile_number, email, external_identity });
        }
    }
    Ok(Json(SelfIdentifiedBody { contact_points_list: points }))
}

/// The account's name, and the address in its URN.
fn account_of(urn: &str) -> Option<(String, Option<String>)> {
    let decoded = percent_encoding::percent_decode_str(urn).decode_utf8().ok()?;
    if let Some(address) = decoded.strip_prefix("urn:altinn:person:idporten-email:") {
        return Some((format!("epost:{address}"), Some(address.to_owned())));
    }
    let kinds =
        ["urn:altinn:party:username:", "urn:altinn:username:", "urn:altinn:person:legacy-selfidentified:"];
    let name = kinds.iter().find_map(|kind| decoded.strip_prefix(kind))?;
    Some((name.to_owned(), None))
}
