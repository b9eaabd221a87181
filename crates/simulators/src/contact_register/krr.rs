//! The national register's own dialect.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Contact, ContactRegister, Person};

/// Identifiers in one request at most.
const MOST: usize = 1000;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WantedBody {
    personidentifikatorer: Vec<String>,
    #[serde(default)]
    inkluder_ikke_registrerte: bool,
}

#[derive(Serialize)]
struct PersonsBody {
    personer: Vec<PersonBody>,
}

#[derive(Serialize)]
struct PersonBody {
    personidentifikator: String,
    reservasjon: &'static str,
    status: &'static str,
    varslingsstatus: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    kontaktinformasjon: Option<ContactBody>,
    #[serde(skip_serializing_if = "Option::is_none")]
    spraak: Option<String>,
}

#[derive(Default, Serialize)]
struct ContactBody {
    #[serde(skip_serializing_if = "Option::is_none")]
    epostadresse: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    epostadresse_oppdatert: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    epostadresse_sist_verifisert: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mobiltelefonnummer: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mobiltelefonnummer_oppdatert: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mobiltelefonnummer_sist_verifisert: Option<Timestamp>,
}

/// `POST /rest/v2/personer`
pub(super) async fn persons(
    State(register): State<ContactRegister>,
    headers: HeaderMap,
    Json(wanted): Json<WantedBody>,
) -> Response {
    if web::bearer::from_headers(&headers).is_err() {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let ids = wanted.personidentifikatorer;
    let well_formed = |id: &String| id.len() == 11 && id.bytes().all(|byte| byte.is_ascii_digit());
    if ids.is_empty() || ids.len() > MOST || !ids.iter().all(well_formed) {
        return StatusCode::BAD_REQUEST.into_response();
    }
    let now = register.0.clock.now();
    let personer = ids.into_iter().filter_map(|id| match register.find(&id) {
        Some(person) => Some(registered(id, &person, now)),
        None => wanted.inkluder_ikke_registrerte.then(|| unregistered(id)),
    });
    let personer = personer.collect();
    Json(PersonsBody { personer }).into_response()
}

fn registered(id: String, person: &Person, now: Timestamp) -> PersonBody {
    let contacts = || [&person.email, &person.mobile].into_iter().flatten();
    let reachable = contacts().any(|contact| !contact.is_stale(now));
    let may_be_notified = reachable && !person.reserved && !person.deleted;
    let shown = !person.deleted && contacts().next().is_some();
    PersonBody {
        personidentifikator: id,
        reservasjon: if person.reserved { "JA" } else { "NEI" },
        status: if person.deleted { "SLETTET" } else { "AKTIV" },
        varslingsstatus: if may_be_notified { "KAN_VARSLES" } else { "KAN_IKKE_VARSLES" },
        kontaktinformasjon: shown.then(|| contact(person)),
        spraak: (!person.deleted).then(|| person.language.clone()),
    }
}

fn contact(person: &Person) -> ContactBody {
    let value = |contact: &Option<Contact>| contact.as_ref().map(|found| found.value.clone());
    let touched = |contact: &Option<Contact>| contact.as_ref().and_then(|found| found.touched);
    ContactBody {
        epostadresse: value(&person.email),
        epostadresse_oppdatert: touched(&person.email),
        epostadresse_sist_verifisert: touched(&person.email),
        mobiltelefonnummer: value(&person.mobile),
        mobiltelefonnummer_oppdatert: touched(&person.mobile),
        mobiltelefonnummer_sist_verifisert: touched(&person.mobile),
    }
}

fn unregistered(id: String) -> PersonBody {
    PersonBody {
        personidentifikator: id,
        reservasjon: "NEI",
        status: "IKKE_REGISTRERT",
        varslingsstatus: "KAN_IKKE_VARSLES",
        kontaktinformasjon: None,
        spraak: None,
    }
}
