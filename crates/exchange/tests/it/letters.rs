//! The rules of letters on paper.

use exchange::registry::PostalAddress;
use serde_json::{Value, json};

use crate::app::{Alone, Answer, alone, to_anybody};

const HEADER: &str = "standardBusinessDocumentHeader";
const PRINT: &str = "urn:no:difi:digitalpost:xsd:fysisk::print";

async fn create(world: &Alone, sbd: &Value) -> Answer {
    world.gateway.post_json("api/messages/out", sbd).await
}

fn refused(class: &str) -> (u16, String) {
    (400, class.to_owned())
}

fn letter(body: Value) -> Value {
    let mut sbd = to_anybody("print", PRINT, body);
    sbd[HEADER].as_object_mut().expect("a header").remove("receiver");
    sbd
}

fn address() -> Value {
    json!({ "navn": "Kari Testdatter", "adresselinje1": "Storgata 1", "postnummer": "0155",
        "poststed": "Oslo", "land": "Norge" })
}

/// Covers: IP-74, IP-76, IP-77, IP-78
#[tokio::test]
async fn a_letter_needs_no_receiver_but_two_addresses_and_gets_the_usual_printing() {
    let world = alone(|_| {}).await;
    let whole = json!({ "hoveddokument": "brev.pdf", "mottaker": address(),
        "retur": { "mottaker": address(), "returhaandtering": "MAKULERING_MED_MELDING" } });

    let answer = create(&world, &letter(whole.clone())).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let print = &answer.json()["print"];
    assert_eq!((&print["utskriftsfarge"], &print["posttype"]), (&json!("SORT_HVIT"), &json!("B_OEKONOMI")));
    assert_eq!(print["retur"]["returhaandtering"], "MAKULERING_MED_MELDING");
    assert!(world.registry.questions.lock().expect("no panic").is_empty(), "nobody was asked about");

    for path in
        ["/mottaker", "/retur", "/mottaker/postnummer", "/mottaker/poststed", "/retur/mottaker/adresselinje1"]
    {
        let mut body = whole.clone();
        let (parent, key) = path.rsplit_once('/').expect("a path");
        body.pointer_mut(parent).expect("it is there").as_object_mut().expect("an object").remove(key);
        let answer = create(&world, &letter(body)).await;
        assert_eq!(answer.refusal(), refused("MissingAddressInformationException"), "{path}");
    }
    let mut abroad = whole.clone();
    abroad["mottaker"] = json!({ "adresselinje1": "Storgade 1", "land": "Danmark" });
    assert_eq!(create(&world, &letter(abroad)).await.status, 200);
    let mut blue = whole;
    blue["utskriftsfarge"] = json!("BLUE");
    assert_eq!(create(&world, &letter(blue)).await.refusal(), refused("HttpMessageNotReadableException"));
}

/// Covers: IP-75
#[tokio::test]
async fn addresses_that_the_client_left_out_come_from_the_registry() {
    let world = alone(|_| {}).await;
    let written = |street: &str| PostalAddress {
        name: Some("Kari Testdatter".to_owned()),
        street: street.to_owned(),
        postal_code: "0155".to_owned(),
        postal_area: "Oslo".to_owned(),
        country: "Norge".to_owned(),
    };
    world.registry.takes_letters(PRINT, written("c/o Nordmann;Storgata 1"), written("Postboks 1"));
    let body = json!({ "hoveddokument": "brev.pdf", "mottaker": { "navn": "Ola" } });

    let answer = create(&world, &to_anybody("print", PRINT, body)).await;

    assert_eq!(answer.status, 200, "{answer:?}");
    let print = &answer.json()["print"];
    assert_eq!(
        print["mottaker"],
        json!({ "navn": "Ola", "adresselinje1": "c/o Nordmann", "adresselinje2": "Storgata 1",
            "postnummer": "0155", "poststed": "Oslo", "land": "Norge" })
    );
    assert_eq!(print["retur"]["mottaker"]["adresselinje1"], "Postboks 1");
    assert_eq!(print["retur"]["returhaandtering"], "DIREKTE_RETUR");
}
