//! The rules of each type and service, whoever carries it.

use exchange::registry::ServiceIdentifier;
use http::Method;
use serde_json::{Value, json};

use crate::app::{ANY, Alone, Answer, alone, message_id, to, to_anybody};

const HEADER: &str = "standardBusinessDocumentHeader";
const ARKIVMELDING: &str = "urn:no:difi:arkivmelding:xsd::arkivmelding";
const DIGITAL: &str = "urn:no:difi:digitalpost:xsd:digital::digital";
const DIGITAL_DPV: &str = "urn:no:difi:digitalpost:xsd:digital::digital_dpv";
const DIALOG: &str = "urn:no:difi:helse:xsd:schema::dialogmelding";
const SOME_ID: &str = "5f0a2f0e-6f0c-4c3e-9d35-2a6f2f6f7a10";

fn actor(value: &str) -> Value {
    json!({ "value": value, "authority": "nhn-actorid" })
}

async fn create(world: &Alone, sbd: &Value) -> Answer {
    world.gateway.post_json("api/messages/out", sbd).await
}

/// Adds a file with this title and type.
async fn put(world: &Alone, id: &str, name: &str, title: Option<&str>, kind: &str) -> Answer {
    put_bytes(world, id, name, title, kind, b"bytes".to_vec()).await
}

async fn put_bytes(
    world: &Alone,
    id: &str,
    name: &str,
    title: Option<&str>,
    kind: &str,
    bytes: Vec<u8>,
) -> Answer {
    let title = title.map(|title| format!("?title={title}")).unwrap_or_default();
    let request = world.gateway.request(Method::PUT, &format!("api/messages/out/{id}{title}"));
    let request = request.header("content-disposition", format!("attachment; filename=\"{name}\""));
    Answer::of(request.header("content-type", kind).body(bytes)).await
}

fn refused(class: &str) -> (u16, String) {
    (400, class.to_owned())
}

/// Covers: IP-66
#[tokio::test]
async fn a_document_type_must_end_in_the_type_even_if_the_receiver_takes_it() {
    let world = alone(|_| {}).await;
    world.registry.takes(ServiceIdentifier::Dpo, "urn:no:difi:arkivmelding:xsd::other");

    let sbd = to_anybody("arkivmelding", "urn:no:difi:arkivmelding:xsd::other", json!({}));

    assert_eq!(create(&world, &sbd).await.refusal(), refused("MessageTypeDoesNotFitDocumentTypeException"));
}

/// Covers: IP-71, IP-72
#[tokio::test]
async fn an_installation_names_itself_on_dpo_and_sends_for_no_other() {
    let world = alone(|config| config.message_channel = Some("archive".to_owned())).await;
    world.registry.takes(ServiceIdentifier::Dpo, ARKIVMELDING);
    world.registry.takes(ServiceIdentifier::Dpv, DIGITAL_DPV);
    let with = |scope: Value| {
        let mut sbd = to_anybody("arkivmelding", ARKIVMELDING, json!({}));
        sbd[HEADER]["businessScope"]["scope"].as_array_mut().expect("scopes").push(scope);
        sbd
    };

    let added = create(&world, &to_anybody("arkivmelding", ARKIVMELDING, json!({}))).await.json();
    let filled = create(&world, &with(json!({ "type": "MessageChannel" }))).await.json();
    for answer in [added, filled] {
        let scopes = answer[HEADER]["businessScope"]["scope"].as_array().expect("scopes").clone();
        assert_eq!(
            (&scopes[1]["type"], &scopes[1]["identifier"]),
            (&json!("MessageChannel"), &json!("archive"))
        );
        assert_eq!(scopes[1]["instanceIdentifier"].as_str().map(str::len), Some(36));
    }
    let same = with(json!({ "type": "MessageChannel", "identifier": "archive" }));
    assert_eq!(create(&world, &same).await.status, 200);
    let other = with(json!({ "type": "MessageChannel", "identifier": "other" }));
    assert_eq!(create(&world, &other).await.refusal(), refused("MessageChannelInvalidException"));
    let letter = create(&world, &to_anybody("digital_dpv", DIGITAL_DPV, json!({}))).await.json();
    assert_eq!(
        letter[HEADER]["businessScope"]["scope"].as_array().map(Vec::len),
        Some(1),
        "only DPO has channels"
    );
}

/// Covers: IP-73
#[tokio::test]
async fn what_a_business_message_lacks_is_not_asked_for_unless_that_is_switched_on() {
    let world = alone(|_| {}).await;
    world.registry.takes(ServiceIdentifier::Dpi, DIGITAL);

    assert_eq!(create(&world, &to_anybody("digital", DIGITAL, json!({}))).await.status, 200);
}

/// Covers: IP-80
#[tokio::test]
async fn over_svarut_a_type_of_shipment_must_be_one_that_is_offered() {
    let world = alone(|config| config.dpf_shipment_types = vec!["Byggesøknad".to_owned()]).await;
    world.registry.takes(ServiceIdentifier::Dpf, ARKIVMELDING);
    let of =
        |kind: &str| to_anybody("arkivmelding", ARKIVMELDING, json!({ "dpf": { "forsendelseType": kind } }));

    assert_eq!(create(&world, &of("Byggesøknad")).await.status, 200);
    assert_eq!(create(&world, &of("Strange")).await.refusal(), refused("ForsendelseTypeNotFoundException"));
    assert_eq!(create(&world, &to_anybody("arkivmelding", ARKIVMELDING, json!({}))).await.status, 200);
}

fn dialogue(sender: &str, receiver: Value, patient: Option<Value>) -> Value {
    let mut body = json!({ "hoveddokument": "dialog.pdf", "metadataFiler": { "scan.png": {}, "dialogmelding.xml": {} } });
    if let Some(patient) = patient {
        body["pasient"] = patient;
    }
    let mut sbd = to(receiver, "dialogmelding", DIALOG, body);
    sbd[HEADER]["sender"] = json!([{ "identifier": actor(sender) }]);
    sbd
}

fn patient() -> Value {
    json!({ "fnr": "01010050053", "fornavn": "Kari", "etternavn": "Testdatter" })
}

/// Covers: IP-81
#[tokio::test]
async fn in_health_sender_receiver_and_patient_are_checked_and_the_conversation_is_the_message() {
    let world = alone(|config| config.dph_her_ids = vec![8_100_042]).await;
    world.registry.takes(ServiceIdentifier::Dph, DIALOG);

    let fine = dialogue("her-id:8100042", actor("her-id:1"), Some(patient()));
    let answer = create(&world, &fine).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let scope = &answer.json()[HEADER]["businessScope"]["scope"][0];
    assert_eq!(scope["instanceIdentifier"], json!(message_id(&answer.json())));

    let stranger = dialogue("her-id:7", actor("her-id:1"), Some(patient()));
    assert_eq!(create(&world, &stranger).await.refusal(), refused("SenderException"));
    let organization = json!({ "value": "0192:310000007", "authority": "iso6523-actorid-upis" });
    let nobody = dialogue("her-id:8100042", organization, Some(patient()));
    assert_eq!(create(&world, &nobody).await.refusal(), refused("ReceiverException"));
    let without = dialogue("her-id:8100042", actor("her-id:1"), None);
    let answer = create(&world, &without).await;
    assert_eq!(answer.refusal(), refused("ConstraintViolationException"));
    assert_eq!(answer.json()["errors"][0]["field"], "dialogmelding.pasient");
    let to_practitioner = dialogue("her-id:8100042", actor("fastlege-for:01010050053"), None);
    assert_eq!(create(&world, &to_practitioner).await.status, 200);
}

#[tokio::test]
async fn what_is_attached_to_a_dialogue_is_described_and_of_a_kind_that_can_be_shown() {
    let world = alone(|config| config.dph_her_ids = vec![8_100_042]).await;
    world.registry.takes(ServiceIdentifier::Dph, DIALOG);
    let id = world.gateway.draft(&dialogue("her-id:8100042", actor("her-id:1"), Some(patient()))).await;

    let unknown = put(&world, &id, "other.png", Some("t"), "image/png").await;
    assert_eq!(unknown.refusal(), refused("MissingFileTitleException"));
    let wrong_kind = put(&world, &id, "scan.png", Some("t"), "application/msword").await;
    assert_eq!(wrong_kind.refusal(), refused("InvalidContentTypeException"));
    let broken = put(&world, &id, "dialogmelding.xml", None, "application/pdf").await;
    assert_eq!(broken.refusal(), refused("InvalidDocumentException"));
    assert_eq!(world.gateway.blobs_of("out-file").await, 0);

    assert_eq!(put(&world, &id, "scan.png", None, "image/png").await.status, 200);
    let whole = put_bytes(&world, &id, "dialogmelding.xml", None, "application/pdf", b"<a><b/></a>".to_vec());
    assert_eq!(whole.await.status, 200);
    let send = world.gateway.post(&format!("api/messages/out/{id}")).await;
    assert_eq!(send.refusal(), refused("MissingPrimaryDocumentException"));
    assert_eq!(put(&world, &id, "dialog.pdf", None, "text/plain").await.status, 200);
    assert_eq!(world.gateway.post(&format!("api/messages/out/{id}")).await.status, 200);
}

/// Covers: IP-84
#[tokio::test]
async fn nobody_creates_a_message_under_a_certificate_that_has_run_out() {
    let world = alone(|_| {}).await;
    world.registry.takes(ServiceIdentifier::Dpo, ARKIVMELDING);
    let sbd = to_anybody("arkivmelding", ARKIVMELDING, json!({}));
    assert_eq!(create(&world, &sbd).await.status, 200);

    world.clock.advance(std::time::Duration::from_secs(20 * 365 * 86_400));

    assert_eq!(create(&world, &sbd).await.refusal(), refused("InvalidCertificateException"));
}

/// Covers: IP-96, IP-127
#[tokio::test]
async fn a_file_over_dpv_needs_a_title_which_in_one_step_is_the_name_of_its_part() {
    use reqwest::multipart::{Form, Part};
    let world = alone(|_| {}).await;
    world.registry.takes(ServiceIdentifier::Dpv, DIGITAL_DPV);
    let sbd = to_anybody("digital_dpv", DIGITAL_DPV, json!({ "tittel": "t" }));
    let id = world.gateway.draft(&sbd).await;

    let without = put(&world, &id, "brev.pdf", None, "application/pdf").await;
    assert_eq!(without.refusal(), refused("MissingFileTitleException"));
    assert_eq!(put(&world, &id, "brev.pdf", Some("Brev"), "application/pdf").await.status, 200);

    let one_step = |title: &'static str| {
        let part = Part::bytes(b"bytes".to_vec()).file_name("vedlegg.pdf");
        let form = Form::new().text("sbd", sbd.to_string()).part(title, part);
        Answer::of(world.gateway.request(Method::POST, "api/messages/out/multipart").multipart(form))
    };
    assert_eq!(one_step("").await.refusal(), refused("MissingFileTitleException"));
    assert_eq!(one_step("Vedlegg til brevet").await.status, 200);
    let titles: Vec<String> = world
        .gateway
        .store
        .read(|tx| tx.all("SELECT title FROM exchange_outbox_files ORDER BY title", store::params![]))
        .await
        .expect("rows");
    assert_eq!(titles, ["Brev", "Vedlegg til brevet"]);
}

/// Covers: IP-97, IP-98, IP-99, IP-113, IP-114
#[tokio::test]
async fn over_digital_post_attachments_have_titles_and_everything_named_is_there() {
    let world = alone(|_| {}).await;
    world.registry.takes(ServiceIdentifier::Dpi, DIGITAL);
    let body = json!({ "hoveddokument": "brev.pdf", "metadataFiler": { "vedlegg.pdf": "vedlegg.xml" } });
    let id = world.gateway.draft(&to_anybody("digital", DIGITAL, body)).await;
    let path = format!("api/messages/out/{id}");
    let send = || world.gateway.post(&path);

    let without = put(&world, &id, "vedlegg.pdf", None, "application/pdf").await;
    assert_eq!(without.refusal(), refused("MissingFileTitleException"));
    assert_eq!(put(&world, &id, "vedlegg.pdf", Some("Vedlegg"), "application/pdf").await.status, 200);
    let answer = send().await;
    assert_eq!(answer.refusal(), (404, "FileNotFoundException".to_owned()));
    assert!(answer.json()["message"].as_str().expect("a text").contains("vedlegg.xml"));
    assert_eq!(put(&world, &id, "vedlegg.xml", None, "text/xml").await.status, 200, "a metadata file");
    assert_eq!(send().await.refusal(), refused("MissingPrimaryDocumentException"));
    assert_eq!(
        put(&world, &id, "brev.pdf", None, "application/pdf").await.status,
        200,
        "the primary document"
    );
    assert_eq!(send().await.status, 200);
}

#[tokio::test]
async fn each_channel_has_its_own_limit_and_its_own_deadline() {
    let world = alone(|config| {
        config.upload_limits_bytes.dpe = 10;
        config.deadlines_seconds.dpe = Some(3_600);
    })
    .await;
    let standard = "urn:no:difi:einnsyn:xsd::innsynskrav";
    world.registry.takes(ServiceIdentifier::Dpe, standard);
    let mut sbd = to_anybody("innsynskrav", standard, json!({}));
    sbd[HEADER]["documentIdentification"]["instanceIdentifier"] = json!(SOME_ID);

    let created = create(&world, &sbd).await.json();
    let scope = &created[HEADER]["businessScope"]["scope"][0];
    assert_eq!(scope["scopeInformation"][0]["expectedResponseDateTime"], "2026-03-02T12:15:00+01:00");
    let bytes = put_bytes(&world, SOME_ID, "krav.xml", None, "text/xml", vec![b'x'; 11]).await;
    assert_eq!(bytes.refusal(), refused("MaxFileSizeExceededException"));
    assert!(bytes.json()["message"].as_str().expect("a text").contains("DPE takes at most 10 bytes"));
    assert_eq!(put_bytes(&world, SOME_ID, "krav.xml", None, "text/xml", vec![b'x'; 10]).await.status, 200);
}

#[tokio::test]
async fn every_type_can_be_created_on_its_channel() {
    let world = alone(|_| {}).await;
    for (service, standard) in [
        (ServiceIdentifier::Dpo, "urn:no:difi:arkivmelding:xsd::arkivmelding_kvittering"),
        (ServiceIdentifier::Dpo, "urn:no:difi:avtalt:xsd::avtalt"),
        (ServiceIdentifier::Dpv, ARKIVMELDING),
        (ServiceIdentifier::Dpe, "urn:no:difi:einnsyn:xsd::innsynskrav"),
        (ServiceIdentifier::Dpe, "urn:no:difi:einnsyn:xsd::publisering"),
        (ServiceIdentifier::Dpe, "urn:no:difi:einnsyn:xsd::einnsyn_kvittering"),
    ] {
        world.registry.takes(service, standard);
        let kind = standard.rsplit(':').next().expect("a type");
        let answer = create(&world, &to_anybody(kind, standard, json!({}))).await;
        assert_eq!(answer.status, 200, "{kind}: {answer:?}");
        let page = world.gateway.get(&format!("api/messages/out?serviceIdentifier={service}")).await.json();
        assert!(page["totalElements"].as_u64() >= Some(1), "{service}");
    }
    // What is no type, among it one that was taken away.
    for (kind, standard) in
        [("feil", "urn:no:difi:eformidling:xsd::feil"), ("fiksio", "urn:no:difi:fiksio::fiksio")]
    {
        assert_eq!(create(&world, &to_anybody(kind, standard, json!({}))).await.status, 400, "{kind}");
    }
    let questions = world.registry.questions.lock().expect("no panic");
    assert!(questions.iter().all(|question| question.process.as_deref() == Some(ANY)));
}
