//! Altinn's register of names.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use types::{NationalId, OrgNumber};

use super::{ContactRegister, Unavailable};

/// Parties in one request at most.
const MOST: usize = 1000;

#[derive(Deserialize)]
pub(super) struct WantedBody {
    #[serde(default)]
    parties: Vec<PartyBody>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PartyBody {
    ssn: Option<String>,
    org_no: Option<String>,
}

enum Party {
    Person(NationalId),
    Organization(OrgNumber),
}

impl PartyBody {
    /// Numbers must add up here.
    fn parse(&self) -> Option<Party> {
        match (&self.ssn, &self.org_no) {
            (Some(id), _) => id.parse().ok().filter(NationalId::adds_up).map(Party::Person),
            (None, Some(number)) => {
                let number: OrgNumber = number.parse().ok()?;
                number.adds_up().then_some(Party::Organization(number))
            }
            (None, None) => None,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct NamesBody {
    party_names: Vec<NameBody>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct NameBody {
    #[serde(skip_serializing_if = "Option::is_none")]
    ssn: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    org_no: Option<OrgNumber>,
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    person_name: Option<PersonNameBody>,
}

#[derive(Serialize)]
struct PersonNameBody {
    #[serde(rename = "firstName")]
    first: Option<String>,
    #[serde(rename = "middleName")]
    middle: Option<String>,
    #[serde(rename = "lastName")]
    last: Option<String>,
}

/// `POST …/parties/nameslookup`: one bad number fails the whole request. Whoever has no record is left
/// out, a record without a name has `null`.
pub(super) async fn look_up(
    State(register): State<ContactRegister>,
    headers: HeaderMap,
    Json(wanted): Json<WantedBody>,
) -> Result<Response, Unavailable> {
    if !headers.contains_key("platformaccesstoken") {
        return Ok(StatusCode::UNAUTHORIZED.into_response());
    }
    let parties: Option<Vec<Party>> = wanted.parties.iter().map(PartyBody::parse).collect();
    let Some(parties) = parties.filter(|parties| parties.len() <= MOST) else {
        return Ok(StatusCode::BAD_REQUEST.into_response());
    };
    let mut party_names = Vec::new();
    for party in parties {
        party_names.extend(match party {
            Party::Person(id) => person(&register, id).await?,
            Party::Organization(number) => organization(&register, number).await?,
        });
    }
    Ok(Json(NamesBody { party_names }).into_response())
}

async fn person(register: &ContactRegister, id: NationalId) -> Result<Option<NameBody>, Unavailable> {
    let ssn = Some(id.reveal().to_owned());
    let found = register.source().persons(&[id]).await?.pop();
    Ok(found.map(|found| {
        let person_name = found.name.as_deref().map(split);
        // The register's own name has the last name first, in capitals.
        let name = person_name.as_ref().map(|name| {
            let parts = [&name.last, &name.first, &name.middle];
            parts.into_iter().flatten().map(|part| part.to_uppercase()).collect::<Vec<_>>().join(" ")
        });
        NameBody { ssn, org_no: None, name, person_name }
    }))
}

fn split(name: &str) -> PersonNameBody {
    let mut parts: Vec<String> = name.split_whitespace().map(str::to_owned).collect();
    let last = parts.pop();
    let first = (!parts.is_empty()).then(|| parts.remove(0));
    let middle = (!parts.is_empty()).then(|| parts.join(" "));
    PersonNameBody { first, middle, last }
}

async fn organization(
    register: &ContactRegister,
    number: OrgNumber,
) -> Result<Option<NameBody>, Unavailable> {
    let found = register.source().organizations(&[number]).await?.pop();
    Ok(found.map(|found| NameBody { ssn: None, org_no: Some(number), name: found.name, person_name: None }))
}
