//! Whatever a register or a file says, reading it ends in records or a refusal, never in a panic.

use proptest::prelude::*;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::brreg_entries::{Change, PageBody};
use super::import::RegisterFile;
use super::profile_bodies::{ExternalBody, ListBody, OrganizationBody, PersonBody, UnitBody};
use super::{Freshness, csv, decision, krr, names};

/// The words of all dialects, so that guesses often hit.
const WORDS: [&str; 30] = [
    "contactPointsList",
    "nationalIdentityNumber",
    "isReserved",
    "mobileNumber",
    "email",
    "organizationNumber",
    "addressOrigin",
    "mobileNumberList",
    "emailList",
    "partyId",
    "userContactPoints",
    "userId",
    "externalIdentity",
    "partyNames",
    "ssn",
    "orgNo",
    "name",
    "personName",
    "Response",
    "Decision",
    "Category",
    "Attribute",
    "personidentifikator",
    "status",
    "kontaktinformasjon",
    "epostadresse_oppdatert",
    "entries",
    "content",
    "persons",
    "kontaktinformasjonForEnhet",
];

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        proptest::sample::select(&WORDS[..]).prop_map(str::to_owned),
        "[0-9+]{0,12}",
        "[a-zæ.]{0,5}@[a-z.]{0,9}",
        "\\{\"Kontaktinformasjon\":.{0,9}\\}",
        "urn:altinn:(username|person:idporten-email):.{0,9}",
        "(JA|AKTIV|Permit|2026-01-01T00:00:00Z)",
    ]
}

fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        text().prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 64, 6, |inner| {
        let key = prop_oneof![4 => proptest::sample::select(&WORDS[..]).prop_map(str::to_owned), 1 => any::<String>()];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((key, inner), 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

fn list<T: DeserializeOwned>(member: &str, items: &[Value]) -> Option<T> {
    serde_json::from_value(serde_json::json!({ member: items })).ok()
}

proptest! {
    #[test]
    fn answers_of_registers_never_panic(items in prop::collection::vec(json(), 0..4)) {
        let now = "2026-08-31T12:00:00Z".parse().expect("a moment");
        let points = "contactPointsList";
        if let Some(ListBody { contact_points_list: Some(found) }) = list::<ListBody<PersonBody>>(points, &items) {
            for body in found { drop(body.into_contact()); }
        }
        if let Some(ListBody { contact_points_list: Some(found) }) = list::<ListBody<OrganizationBody>>(points, &items) {
            for body in found { drop(body.into_contact()); }
        }
        if let Some(ListBody { contact_points_list: Some(found) }) = list::<ListBody<UnitBody>>(points, &items) {
            for body in found { drop(body.into_users()); }
        }
        if let Some(ListBody { contact_points_list: Some(found) }) = list::<ListBody<ExternalBody>>(points, &items) {
            for body in found { drop(body.into_contact()); }
        }
        if let Some(names::NamesBody { party_names: Some(found) }) = list("partyNames", &items) {
            for body in found { drop(body.into_name()); }
        }
        if let Some(answer) = list::<decision::AnswerBody>("Response", &items) {
            decision::permitted(&answer);
        }
        if let Some(page) = list::<PageBody>("entries", &items) {
            for entry in page.entries { drop(Change::of(entry)); }
        }
        for item in items {
            if let Ok(person) = serde_json::from_value::<krr::PersonBody>(item) {
                person.contact(true, Freshness::default(), now);
            }
        }
    }

    #[test]
    fn a_register_file_is_read_or_refused(bytes in any::<Vec<u8>>(), text in any::<String>(), value in json()) {
        let rows = format!("nationalIdentityNumber;name;reserved\n{text}\n13858130624;\"{text}\";ja");
        for file in [bytes.as_slice(), text.as_bytes(), rows.as_bytes(), value.to_string().as_bytes()] {
            drop(csv::parse(file));
            if let Ok(file) = RegisterFile::parse(file) {
                file.count();
                file.users_by_organization();
            }
        }
    }
}
