//! What is read of documents that come in, and what they do to messages that went out.

use exchange::Status;
use exchange::registry::ServiceIdentifier;
use exchange::transports::{About, Receipt};
use serde_json::{Value, json};

use crate::app::{
    A, AVTALT, Alone, B, PROCESS, RESPONSE, World, alone, avtalt, message_id, to_anybody, world,
};
use crate::receive::{envelope, package, set_aside, status_package, waiting};

const HEADER: &str = "standardBusinessDocumentHeader";
const LATER: &str = "2026-03-03T10:15:00Z";
const RESOURCE: &str = "eformidling-dpo-meldingsutveksling";

/// A UUID that ends in this number.
fn id(number: u32) -> String {
    format!("8d2d5b52-3a3e-4c0d-9a37-9c2f5b3c{number:04}")
}

/// What A sends to B under this id.
fn agreed(number: u32) -> Value {
    let mut sbd = envelope("avtalt", json!({}), LATER);
    sbd[HEADER]["documentIdentification"]["instanceIdentifier"] = json!(id(number));
    sbd
}

fn bytes(text: &str) -> Vec<u8> {
    asic::write_message(Vec::new(), text.as_bytes()).expect("a package").0
}

/// A message from B to A, that A can say something of.
async fn from_b(world: &World) -> String {
    let mut sbd = avtalt();
    let receiver = json!({ "value": format!("0192:{A}"), "authority": "iso6523-actorid-upis" });
    sbd[HEADER]["receiver"] = json!([{ "identifier": receiver }]);
    world.b.draft(&sbd).await
}

/// References of the transfers that wait for A at the broker.
async fn references_for_a(world: &World) -> Vec<String> {
    let (base, token) = (world.broker_url.as_str(), world.token(A, "altinn:broker.read"));
    let get = |path: String| {
        let request = world.a.http.get(format!("{base}/{path}")).bearer_auth(&token);
        async { request.send().await.expect("an answer").json::<Value>().await.expect("JSON") }
    };
    let list =
        get(format!("filetransfer?resourceId={RESOURCE}&role=Recipient&recipientStatus=Initialized")).await;
    let mut references = Vec::new();
    for id in list.as_array().expect("a list") {
        let transfer = get(format!("filetransfer/{}", id.as_str().expect("an id"))).await;
        references.push(transfer["sendersFileTransferReference"].as_str().expect("a reference").to_owned());
    }
    references
}

/// Covers: ET-33
#[tokio::test]
async fn a_document_has_two_members_in_either_order() {
    let world = world().await;
    let [first, second] = [agreed(1), agreed(2)];
    let member = |sbd: &Value, name: &str| format!("\"{name}\": {}", sbd[name]);
    let (header, body) = (member(&first, HEADER), member(&first, "avtalt"));
    world.smuggle(&id(11), bytes(&format!("{{ {header}, {body} }}"))).await;
    let (header, body) = (member(&second, HEADER), member(&second, "avtalt"));
    world.smuggle(&id(12), bytes(&format!("{{ {body}, {header} }}"))).await;
    let header = member(&agreed(3), HEADER);
    world.smuggle(&id(13), bytes(&format!("{{ {header}, {body}, \"status\": {{}} }}"))).await;
    world.smuggle(&id(14), bytes(&format!("{{ {header} }}"))).await;
    world.settle().await;

    assert_eq!(waiting(&world).await, 2);
    let mut got = [world.b.peek().await, world.b.peek().await];
    got.sort();
    assert_eq!(got, [Some(id(1)), Some(id(2))]);
    assert_eq!(set_aside(&world).await.len(), 2);
}

/// Covers: ET-34
#[tokio::test]
async fn what_we_send_has_no_nulls_and_every_time_in_it_an_offset() {
    let mut world = world().await;
    world.stop_broker().await;
    let mut sbd = avtalt();
    let header = sbd[HEADER].as_object_mut().expect("a header");
    header.insert("manifest".to_owned(), Value::Null);
    header["documentIdentification"]["creationDateAndTime"] = json!("2026-03-02T11:14:00");
    header["documentIdentification"]["multipleType"] = Value::Null;
    let scope = &mut header["businessScope"]["scope"][0];
    scope["instanceIdentifier"] = Value::Null;
    scope["scopeInformation"] = json!([{ "expectedResponseDateTime": "2026-03-03T11:15:00", "requestingDocumentInstanceIdentifier": null }]);
    world.a.send(&sbd, &[]).await;
    world.a.exchange.run_due().await;

    let packages = world.a.blobs.older_than("out-package", 0, 10).await.expect("a list");
    let package = world.a.blobs.read_blocking(&packages[0]).expect("a package");
    let mut transport = asic::Transport::open(package, &asic::Limits::default()).expect("a zip");
    let sent: Value = serde_json::from_slice(&transport.sbd().expect("sbd.json")).expect("JSON");
    assert!(!sent.to_string().contains("null"), "{sent}");
    let header = &sent[HEADER];
    assert_eq!(header["documentIdentification"]["creationDateAndTime"], "2026-03-02T11:14:00+01:00");
    let scope = &header["businessScope"]["scope"][0]["scopeInformation"][0];
    assert_eq!(scope["expectedResponseDateTime"], "2026-03-03T11:15:00+01:00");
}

/// Covers: ET-35
#[tokio::test]
async fn ids_that_are_none_and_a_missing_conversation_are_set_aside_and_confirmed() {
    let world = world().await;
    let mut no_uuid = agreed(1);
    no_uuid[HEADER]["documentIdentification"]["instanceIdentifier"] = json!("message 1");
    let mut no_conversation_uuid = agreed(2);
    no_conversation_uuid[HEADER]["businessScope"]["scope"][0]["instanceIdentifier"] = json!("x");
    let mut no_conversation = agreed(3);
    no_conversation[HEADER]["businessScope"]["scope"][0]["type"] = json!("SenderRef");
    for (number, sbd) in [no_uuid, no_conversation_uuid, no_conversation].iter().enumerate() {
        world.smuggle(&id(20 + u32::try_from(number).expect("few")), package(sbd)).await;
    }
    world.smuggle(&id(30), package(&agreed(4))).await;
    world.settle().await;

    assert_eq!(waiting(&world).await, 1, "the good one behind them");
    let reasons = set_aside(&world).await;
    assert_eq!(reasons.len(), 3, "{reasons:?}");
    for place in ["documentIdentification.instanceIdentifier must be a UUID", "ConversationId"] {
        assert!(reasons.iter().any(|reason| reason.contains(place)), "{place} in {reasons:?}");
    }
    world.settle().await;
    assert_eq!(set_aside(&world).await.len(), 3, "none is offered again");
}

/// Covers: ET-36
#[tokio::test]
async fn nine_digits_alone_are_an_organization_and_strangers_scopes_and_gaps_are_borne() {
    let world = world().await;
    let mut sbd = agreed(1);
    let header = &mut sbd[HEADER];
    for party in ["sender", "receiver"] {
        let number = if party == "sender" { A } else { B };
        header[party][0]["identifier"]["value"] = json!(number);
    }
    header.as_object_mut().expect("a header").remove("headerVersion");
    header["documentIdentification"].as_object_mut().expect("an object").remove("typeVersion");
    header["businessScope"]["scope"].as_array_mut().expect("scopes").push(json!({ "type": "FromTomorrow" }));
    world.smuggle(&id(11), package(&sbd)).await;
    world.settle().await;

    assert_eq!(waiting(&world).await, 1, "{:?}", set_aside(&world).await);
    let page = world.b.get(&format!("api/messages/in?senderIdentifier={A}")).await.json();
    assert_eq!(page["totalElements"], 1);
    assert_eq!(world.b.peek().await, Some(id(1)));
    let deleted = world.b.delete(&format!("api/messages/in/{}", id(1))).await;
    assert_eq!(deleted.status, 200, "and it can be acknowledged");
}

/// Covers: ET-74
#[tokio::test]
async fn a_status_goes_back_to_the_installation_that_the_message_names() {
    let world = world().await;
    let mut sbd = agreed(1);
    let scopes = sbd[HEADER]["businessScope"]["scope"].as_array_mut().expect("scopes");
    scopes.push(json!({ "type": "MessageChannel", "identifier": "archive-2", "instanceIdentifier": id(9) }));
    world.smuggle(&id(11), package(&sbd)).await;
    while world.b.exchange.run_due().await > 0 {}

    assert_eq!(references_for_a(&world).await, ["archive-2"]);
    let sent: Vec<String> = world
        .b
        .store
        .read(|tx| tx.all("SELECT sbd FROM exchange_feedback", store::params![]))
        .await
        .expect("rows");
    assert_eq!(sent, Vec::<String>::new(), "it has been handed over");
    // A has no channel of that name, so it leaves the status to the installation that has.
    assert_eq!(world.a.exchange.run_due().await, 0);
}

/// Covers: ET-75
#[tokio::test]
async fn each_kind_of_receipt_becomes_a_status_with_its_words() {
    let world = world().await;
    for (number, (kind, status)) in
        [("OK", "LEST"), ("WARNING", "LEST"), ("MAYBE", "LEST"), ("ERROR", "FEIL"), ("NOTSUPPORTED", "FEIL")]
            .into_iter()
            .enumerate()
    {
        let number = u32::try_from(number).expect("few");
        let about = from_b(&world).await;
        let said = json!({ "receiptType": kind, "relatedToMessageId": about,
            "messages": [{ "code": "Recno", "text": "318923" }] });
        let mut receipt = envelope("arkivmelding_kvittering", said.clone(), LATER);
        receipt[HEADER]["documentIdentification"]["instanceIdentifier"] = json!(id(number));
        receipt[HEADER]["businessScope"]["scope"][0]["identifier"] = json!(RESPONSE);
        world.smuggle(&id(100 + number), package(&receipt)).await;
        world.settle().await;

        let page = world.b.get(&format!("api/statuses/{about}")).await.json();
        let last = page["content"].as_array().and_then(|all| all.last()).expect("a status").clone();
        assert_eq!(
            (&last["status"], &last["description"]),
            (&json!(status), &json!(format!("ArkivmeldingKvittering: {kind}")))
        );
        let raw: Value =
            serde_json::from_str(last["rawReceipt"].as_str().expect("the receipt")).expect("JSON");
        assert_eq!(raw, said);
        assert_eq!(world.b.peek().await, Some(id(number)), "the client gets it too");
    }
}

/// Covers: ET-77
#[tokio::test]
async fn what_comes_too_late_is_neither_shown_nor_answered_unless_it_is_a_status() {
    let world = world().await;
    let mut late = agreed(1);
    late[HEADER]["businessScope"]["scope"][0]["scopeInformation"][0]["expectedResponseDateTime"] =
        json!("2026-03-02T10:14:59Z");
    world.smuggle(&id(11), package(&late)).await;
    let about = from_b(&world).await;
    // Its own deadline passed fifteen minutes ago.
    world.smuggle(&id(12), status_package(&about, "LEVERT")).await;
    while world.b.exchange.run_due().await > 0 {}

    assert_eq!(waiting(&world).await, 0);
    assert_eq!(world.b.statuses(&id(1)).await, ["OPPRETTET", "LEVETID_UTLOPT"]);
    assert_eq!(references_for_a(&world).await, Vec::<String>::new());
    assert_eq!(world.b.statuses(&about).await, ["OPPRETTET", "LEVERT"]);
}

/// Covers: IP-175
#[tokio::test]
async fn a_conversation_is_finished_by_each_status_that_ends_a_way_and_by_no_other() {
    let world = world().await;
    let mut number = 0;
    for (status, finished) in
        [("LEVERT", true), ("LEST", true), ("FEIL", true), ("MOTTATT", false), ("ANNET", false)]
    {
        number += 1;
        let about = from_b(&world).await;
        world.smuggle(&id(number), status_package(&about, status)).await;
        world.settle().await;
        let story = world.b.get(&format!("api/conversations/messageId/{about}")).await.json();
        assert_eq!(story["finished"], finished, "{status}: {story}");
    }
    world.smuggle(&id(50), package(&agreed(60))).await;
    world.settle().await;
    let story = || async {
        let page = world.b.get("api/conversations?direction=INCOMING").await.json();
        page["content"][0]["finished"].clone()
    };
    assert_eq!(story().await, false, "INNKOMMENDE_MOTTATT");
    assert_eq!(world.b.peek().await, Some(id(60)));
    assert_eq!(message_id(&world.b.delete(&format!("api/messages/in/{}", id(60))).await.json()), id(60));
    assert_eq!(story().await, true, "INNKOMMENDE_LEVERT");

    let about = from_b(&world).await;
    world.pass(2 * 86_400);
    world.settle().await;
    assert_eq!(world.b.statuses(&about).await, ["OPPRETTET", "LEVETID_UTLOPT"]);
    let story = world.b.get(&format!("api/conversations/messageId/{about}")).await.json();
    assert_eq!((&story["finished"], &story["processIdentifier"]), (&json!(true), &json!(AVTALT)));
}

/// A status that a channel without receipts tells of, twice.
async fn told(service: ServiceIdentifier, status: Status, settings: bool) -> (Alone, String) {
    let world = alone(move |config| config.generate_receipts = settings).await;
    let standard = "urn:no:difi:arkivmelding:xsd::arkivmelding";
    world.registry.takes(service, standard);
    PROCESS.clone_into(&mut world.registry.records.lock().expect("no panic")[0].process);
    let mut sbd = to_anybody("arkivmelding", standard, json!({}));
    sbd[HEADER]["businessScope"]["scope"][0]["identifier"] = json!(PROCESS);
    let about = world.gateway.draft(&sbd).await;
    for handle in ["first", "second"] {
        let about = About::Message(about.clone());
        world.tell(service, Receipt { handle: handle.to_owned(), about, news: vec![status.into()] });
        world.gateway.exchange.run_due().await;
    }
    (world, about)
}

#[tokio::test]
async fn a_client_that_waits_for_a_receipt_gets_one_where_nobody_sends_any() {
    for (service, status) in
        [(ServiceIdentifier::Dpv, Status::Levert), (ServiceIdentifier::Dpf, Status::Lest)]
    {
        let (world, about) = told(service, status, true).await;

        let page = world.gateway.get("api/messages/in").await.json();
        assert_eq!(page["totalElements"], 1, "once: {page}");
        let receipt = &page["content"][0];
        assert_eq!(
            receipt["arkivmelding_kvittering"],
            json!({ "receiptType": "OK", "relatedToMessageId": about })
        );
        let header = &receipt[HEADER];
        assert_eq!(header["sender"][0]["identifier"]["value"], "0192:310000007");
        assert_eq!(header["receiver"][0]["identifier"]["value"], format!("0192:{A}"));
        assert_eq!(header["businessScope"]["scope"][0]["identifier"], RESPONSE);
        let id = message_id(receipt);
        assert_eq!(world.gateway.statuses(&id).await, ["OPPRETTET", "INNKOMMENDE_MOTTATT"]);
        assert_eq!(world.gateway.peek().await, Some(id.clone()));
        assert_eq!(world.gateway.get(&format!("api/messages/in/pop/{id}")).await.status, 204);
        assert_eq!(world.gateway.delete(&format!("api/messages/in/{id}")).await.status, 200);
    }
}

#[tokio::test]
async fn no_receipt_is_made_for_other_statuses_or_unless_it_is_switched_on() {
    for (service, status, settings) in [
        (ServiceIdentifier::Dpv, Status::Levert, false),
        (ServiceIdentifier::Dpv, Status::Lest, true),
        (ServiceIdentifier::Dpf, Status::Levert, true),
    ] {
        let (world, about) = told(service, status, settings).await;
        assert_eq!(world.gateway.get("api/messages/in").await.json()["totalElements"], 0);
        assert_eq!(world.gateway.statuses(&about).await, ["OPPRETTET", status.as_str()]);
    }
}
