//! Early validation: off, of the business message, and of arkivmelding.xml as well.

use exchange::registry::ServiceIdentifier;
use serde_json::{Value, json};

use crate::app::{ANY, Alone, Answer, alone, to_anybody};

const ARKIVMELDING: &str = "urn:no:difi:arkivmelding:xsd::arkivmelding";
const INNSYNSKRAV: &str = "urn:no:difi:einnsyn:xsd::innsynskrav";
const GOOD: &str = include_str!("../documents/arkivmelding-older.xml");
const NEWER: &str = include_str!("../documents/arkivmelding-newer.xml");

/// A gateway whose settings are read as an operator writes them.
async fn validating(section: &str) -> Alone {
    let section = section.replace("ANY", ANY);
    let world = alone(move |config| {
        config.validation = serde_json::from_str(&section).expect("settings");
    })
    .await;
    world.registry.takes(ServiceIdentifier::Dpo, ARKIVMELDING);
    world.registry.takes(ServiceIdentifier::Dpe, INNSYNSKRAV);
    world
}

fn fields(answer: &Answer) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let body = answer.json();
    let errors = body["errors"].as_array().expect("errors").iter();
    errors.map(|error| (text(&error["field"]), text(&error["code"]))).collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(field, code)| ((*field).to_owned(), (*code).to_owned())).collect()
}

#[tokio::test]
async fn a_business_message_is_refused_field_by_field_where_that_is_switched_on() {
    let world = validating(r#"{ "processes": { "ANY": "business" } }"#).await;
    let request = to_anybody("innsynskrav", INNSYNSKRAV, json!({ "orgnr": "12" }));

    let answer = world.gateway.post_json("api/messages/out", &request).await;
    assert_eq!(answer.refusal(), (400, "MethodArgumentNotValidException".to_owned()));
    let expected = pairs(&[("innsynskrav.orgnr", "Pattern"), ("innsynskrav.epost", "NotNull")]);
    assert_eq!(fields(&answer), expected);
    assert_eq!(answer.json()["errors"][0]["objectName"], "standardBusinessDocument");

    let answer = world.gateway.one_step(&request, &[("krav.xml", b"<a/>".to_vec())]).await;
    assert_eq!(answer.refusal(), (400, "ConstraintViolationException".to_owned()));
    assert_eq!(fields(&answer), expected);
    assert_eq!(world.gateway.get("api/messages/out").await.json()["totalElements"], 0);
    assert_eq!(world.gateway.blobs_of("out-file").await, 0);

    let whole = json!({ "orgnr": "310000007", "epost": "kari@example.no", "hoveddokument": "krav.xml" });
    let id = world.gateway.draft(&to_anybody("innsynskrav", INNSYNSKRAV, whole)).await;
    assert_eq!(world.gateway.attach(&id, "other.xml", "x").await.status, 200);
    let submit = world.gateway.post(&format!("api/messages/out/{id}")).await;
    assert_eq!(submit.refusal(), (400, "MissingPrimaryDocumentException".to_owned()));
    assert_eq!(world.gateway.attach(&id, "krav.xml", "x").await.status, 200);
    assert_eq!(world.gateway.post(&format!("api/messages/out/{id}")).await.status, 200);
}

#[tokio::test]
async fn other_processes_go_by_the_default() {
    let world = validating(r#"{ "default": "full", "processes": { "ANY": "off" } }"#).await;
    let request = to_anybody("innsynskrav", INNSYNSKRAV, json!({}));
    assert_eq!(world.gateway.post_json("api/messages/out", &request).await.status, 200);

    let world = validating(r#"{ "default": "business" }"#).await;
    assert_eq!(world.gateway.post_json("api/messages/out", &request).await.status, 400);
}

#[tokio::test]
async fn a_case_document_that_breaks_the_schema_is_refused_with_line_and_place() {
    let world = validating(r#"{ "default": "full" }"#).await;
    let body = json!({ "sikkerhetsnivaa": 3, "hoveddokument": "svar.pdf" });
    let sbd = to_anybody("arkivmelding", ARKIVMELDING, body);
    let id = world.gateway.draft(&sbd).await;
    let bad =
        GOOD.replacen("<journaldato>2026-03-02</journaldato>", "<journaldato>yesterday</journaldato>", 1);

    for answer in [
        world.gateway.attach(&id, "arkivmelding.xml", bad.clone()).await,
        world
            .gateway
            .one_step(&sbd, &[("arkivmelding.xml", bad.clone().into()), ("svar.pdf", vec![1])])
            .await,
    ] {
        assert_eq!(answer.refusal(), (400, "UnmarshalArkivmeldingException".to_owned()));
        let place = "arkivmelding.xml/arkivmelding/mappe[1]/basisregistrering[1]/journaldato[1]";
        assert_eq!(fields(&answer), pairs(&[(place, "Schema")]));
        let text = answer.json()["errors"][0]["defaultMessage"].as_str().expect("a text").to_owned();
        let line = bad.lines().position(|line| line.contains("yesterday")).expect("a line") + 1;
        assert_eq!(text, format!("line {line}: must be a date, yyyy-MM-dd"));
        assert!(!answer.json().to_string().contains("yesterday"), "what it says is not repeated");
    }
    assert_eq!(world.gateway.blobs_of("out-file").await, 0);

    assert_eq!(world.gateway.attach(&id, "arkivmelding.xml", GOOD).await.status, 200);
    assert_eq!(world.gateway.attach(&id, "svar.pdf", "x").await.status, 200);
    assert_eq!(world.gateway.post(&format!("api/messages/out/{id}")).await.status, 200);
    let newer = [("arkivmelding.xml", NEWER.into()), ("svar.pdf", vec![1])];
    assert_eq!(world.gateway.one_step(&sbd, &newer).await.status, 200);
}

#[tokio::test]
async fn without_it_a_case_document_needs_only_what_is_read_of_it() {
    let world = validating(r#"{ "default": "business" }"#).await;
    let sbd = to_anybody("arkivmelding", ARKIVMELDING, json!({ "hoveddokument": "svar.pdf" }));
    assert_eq!(world.gateway.one_step(&sbd, &crate::app::files()).await.status, 200);
}
