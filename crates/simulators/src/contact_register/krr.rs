//! The national register's own dialect.

use std::collections::BTreeMap;
use std::sync::PoisonError;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use types::NationalId;

use super::records::Contact;
use super::{ContactRegister, Person};

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
    if !register.believes(&headers) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let wanted_ids = wanted.personidentifikatorer;
    let ids: Vec<NationalId> = wanted_ids.iter().filter_map(|id| id.parse().ok()).collect();
    let bad = ids.len() != wanted_ids.len() || register.finds_fault_with(&wanted_ids);
    if ids.is_empty() || ids.len() > MOST || bad {
        return StatusCode::BAD_REQUEST.into_response();
    }
    let found = match register.source().persons(&ids).await {
        Ok(found) => found,
        Err(error) => return error.into_response(),
    };
    let found: BTreeMap<&str, &Person> =
        found.iter().map(|person| (person.national_identity_number.reveal(), person)).collect();
    let now = register.now();
    let personer = wanted_ids.iter().filter_map(|id| match found.get(id.as_str()) {
        Some(person) => Some(registered(id.clone(), person, now)),
        None => wanted.inkluder_ikke_registrerte.then(|| unregistered(id.clone())),
    });
    let personer = personer.collect();
    Json(PersonsBody { personer }).into_response()
}

impl ContactRegister {
    fn believes(&self, headers: &HeaderMap) -> bool {
        let refused = self.0.refused_token.lock().unwrap_or_else(PoisonError::into_inner);
        web::bearer::from_headers(headers).is_ok_and(|token| refused.as_ref() != Some(token.reveal()))
    }

    fn finds_fault_with(&self, ids: &[String]) -> bool {
        let bad = self.0.bad_number.lock().unwrap_or_else(PoisonError::into_inner);
        bad.as_ref().is_some_and(|bad| ids.contains(bad))
    }
}

fn registered(id: String, person: &Person, now: Timestamp) -> PersonBody {
    let contacts = || [person.email(), person.mobile()].into_iter().flatten();
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
    let value = |contact: Option<Contact<'_>>| contact.map(|found| found.value.to_owned());
    let touched = |contact: Option<Contact<'_>>| contact.and_then(|found| found.touched);
    ContactBody {
        epostadresse: value(person.email()),
        epostadresse_oppdatert: touched(person.email()),
        epostadresse_sist_verifisert: touched(person.email()),
        mobiltelefonnummer: value(person.mobile()),
        mobiltelefonnummer_oppdatert: touched(person.mobile()),
        mobiltelefonnummer_sist_verifisert: touched(person.mobile()),
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
