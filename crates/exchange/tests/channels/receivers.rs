//! Citizens, actors in health, SvarUt and the bus in the embedded registry, and what operators do with it.

use exchange::registry::embedded::{
    self, DIGITAL_POST_INFO, DIGITAL_POST_VEDTAK, HEALTH, PrintProvider, ReturnAddress,
};
use http::Method;
use serde_json::{Value, json};
use types::Secret;

use crate::registry::{Town, certificate_of, town_with};
use crate::support::{Answer, Served, answer, receiver, sender, serve, stranger};

const KARI: &str = "01010050053";
const OLA: &str = "01010050134";

fn config() -> embedded::Config {
    embedded::Config {
        correspondence_resource: Some("inbox".to_owned()),
        svarut_certificate: Some(certificate_of(receiver())),
        sas_token: Some(Secret::new("key".to_owned())),
        print: Some(PrintProvider {
            organization: stranger(),
            certificate: certificate_of(receiver()),
            return_address: ReturnAddress { name: "Etaten".to_owned(), ..ReturnAddress::default() },
        }),
        ..embedded::Config::default()
    }
}

/// A registry with the listener for its operators.
struct Office {
    town: Town,
    operators: Served,
}

async fn office(config: embedded::Config) -> Office {
    let town = town_with(config).await;
    let operators = serve(town.registry.operators_router()).await;
    Office { town, operators }
}

impl Office {
    async fn call(&self, method: Method, path: &str, token: &str, body: Value) -> Answer {
        let url = self.operators.url.join(path).expect("a URL");
        let request = web::plain_client().expect("a client").request(method, url).bearer_auth(token);
        answer(request.json(&body)).await
    }

    async fn register(&self, body: Value) {
        let answer = self.call(Method::POST, "registry", "", body).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
    }

    /// Channels and document types that the registry answers, and its status.
    async fn channels(&self, path: &str, scope: &str) -> (u16, Vec<String>) {
        let answer = self.town.get(path, "application/json", scope).await;
        let Ok(body) = serde_json::from_slice::<Value>(&answer.bytes) else {
            return (answer.status, Vec::new());
        };
        let records = body["serviceRecords"].as_array().cloned().unwrap_or_default();
        let kind = |record: &Value| {
            let document = record["documentTypes"][0].as_str().unwrap_or_default().rsplit("::").next();
            format!(
                "{} {}",
                record["service"]["identifier"].as_str().unwrap_or_default(),
                document.unwrap_or_default()
            )
        };
        (answer.status, records.iter().map(kind).collect())
    }
}

#[tokio::test]
async fn a_page_in_the_operators_browser_registers_nobody() {
    let office = office(embedded::Config::default()).await;
    let url = office.operators.url.join("registry").expect("a URL");
    for (origin, wanted) in [(Some("https://evil.example"), 403), (Some("null"), 403), (None, 200)] {
        let mut request = web::plain_client().expect("a client").post(url.clone()).json(&citizens());
        if let Some(origin) = origin {
            request = request.header("origin", origin);
        }
        assert_eq!(answer(request).await.status, wanted, "{origin:?}");
    }
}

fn citizens() -> Value {
    let address =
        json!({ "street": "Storgata 1", "postalCode": "0155", "postalArea": "Oslo", "country": "Norge" });
    json!({
        "citizens": [
            { "number": KARI, "firstName": "Kari", "lastName": "Testdatter", "email": "kari@example.no",
              "language": "nb", "address": address, "practitioner": 8_094_866,
              "mailbox": { "supplier": "310000009", "address": "kari#1", "certificate": certificate_of(receiver()) } },
            { "number": OLA, "firstName": "Ola", "middleName": "Mellom", "lastName": "Testsen", "reserved": true,
              "address": address },
        ],
        "health": [
            { "herId": 8_094_866, "organization": receiver().to_string(), "name": "Legekontoret",
              "parentHerId": 4711, "parentName": "Legene", "certificate": certificate_of(receiver()) },
        ],
    })
}

fn ok(channels: &[&str]) -> (u16, Vec<String>) {
    (200, channels.iter().map(|&name| name.to_owned()).collect())
}

#[tokio::test]
async fn citizens_are_reached_in_their_mailbox_on_paper_and_in_the_altinn_inbox() {
    let office = office(config()).await;
    office.register(citizens()).await;
    let of = |who: &str, process: &str| format!("identifier/{who}/process/{process}");
    let dpi = "eformidling:dpi";

    assert_eq!(office.channels(&of(KARI, DIGITAL_POST_VEDTAK), dpi).await, ok(&["DPI digital"]));
    assert_eq!(office.channels(&of(OLA, DIGITAL_POST_VEDTAK), dpi).await, ok(&["DPI print"]));
    let both = ["DPI print", "DPV digital_dpv"];
    assert_eq!(office.channels(&of(OLA, DIGITAL_POST_INFO), dpi).await, ok(&both));
    let no_print = format!("{}?print=false", of(OLA, DIGITAL_POST_INFO));
    assert_eq!(office.channels(&no_print, dpi).await, ok(&["DPV digital_dpv"]));
    let all = format!("identifier/{OLA}");
    assert_eq!(office.channels(&all, dpi).await, ok(&["DPI print", "DPV digital_dpv", "DPI print"]));

    let letter = office.town.get(&of(OLA, DIGITAL_POST_INFO), "application/json", dpi).await.json();
    let letter = &letter["serviceRecords"][0];
    assert_eq!(letter["postAddress"]["name"], "Ola Mellom Testsen");
    assert_eq!(letter["returnAddress"]["name"], "Etaten");
    assert_eq!(
        (&letter["fysiskPost"], &letter["orgnrPostkasse"]),
        (&json!(true), &json!(stranger().to_string()))
    );
    let mailbox = office.town.get(&of(KARI, DIGITAL_POST_INFO), "application/json", dpi).await.json();
    let mailbox = &mailbox["serviceRecords"][0];
    assert_eq!(
        (&mailbox["postkasseAdresse"], &mailbox["epostAdresse"]),
        (&json!("kari#1"), &json!("kari@example.no"))
    );
    assert_eq!((&mailbox["kanVarsles"], &mailbox["spraak"]), (&json!(true), &json!("nb")));
}

#[tokio::test]
async fn citizens_are_told_of_only_to_those_with_the_scope_of_digital_post() {
    let office = office(config()).await;
    office.register(citizens()).await;
    let path = format!("identifier/{KARI}");

    assert_eq!(office.channels(&path, "eformidling:dpo").await.0, 401);
    assert_eq!(office.channels(&format!("info/{KARI}"), "eformidling:dpo").await.0, 401);
    assert_eq!(office.channels(&path, "move/dpi.read").await.0, 200);
    let unknown = office.town.get("identifier/01010050215", "*/*", "eformidling:dpi").await;
    assert_eq!(unknown.status, 404);
    assert!(unknown.json()["message"].is_string() && !unknown.text.contains("50215"), "{}", unknown.text);
}

#[tokio::test]
async fn health_is_found_with_its_scope_and_header_alone() {
    let office = office(config()).await;
    office.register(citizens()).await;
    let ask = async |path: &str, scope: &str, beta: bool| {
        let mut request = office.town.request(path, "application/json", scope);
        if beta {
            request = request.header("X-Enable-Beta-Features", "true");
        }
        answer(request).await
    };
    let path = format!("identifier/her-id:8094866/process/{HEALTH}");

    assert_eq!(ask(&path, "eformidling:dpo", true).await.status, 401);
    assert_eq!(ask(&path, "eformidling:dph", false).await.status, 404);
    let found = ask(&path, "eformidling:dph", true).await.json();
    let practitioner = ask(&format!("identifier/fastlege-for:{KARI}"), "eformidling:dph", true).await.json();

    assert_eq!(found["serviceRecords"][0]["service"]["identifier"], "DPH");
    assert_eq!(found["serviceRecords"][0]["herId"], "8094866");
    let info = &found["infoRecord"];
    assert_eq!((&info["herId"], &info["parentHerId"]), (&json!(8_094_866), &json!(4711)));
    assert_eq!(info["organizationNumber"], receiver().to_string());
    assert_eq!(practitioner["serviceRecords"][0]["patient"]["firstName"], "Kari");
    assert_eq!(ask(&format!("identifier/fastlege-for:{OLA}"), "eformidling:dph", true).await.status, 404);
}

#[tokio::test]
async fn einnsyn_and_svarut_are_registered_with_the_organization() {
    let office = office(config()).await;
    office
        .register(json!({ "organizations": [
            { "number": receiver().to_string(), "name": "Etaten", "certificate": certificate_of(receiver()),
              "processes": ["standard", "einnsyn"] },
            { "number": stranger().to_string(), "name": "Kommunen", "svarutLevel": 4 },
        ] }))
        .await;
    let meeting = format!("identifier/{}/process/urn:no:difi:profile:einnsyn:meeting:ver1.0", receiver());
    let archive = "urn:no:difi:profile:arkivmelding:administrasjon:ver1.0";

    assert_eq!(office.channels(&meeting, "").await, ok(&["DPE publisering"]));
    let strict = format!("identifier/{}/process/{archive}?securityLevel=4", stranger());
    assert_eq!(office.channels(&strict, "").await, ok(&["DPF arkivmelding"]));
    assert_eq!(office.channels(&format!("identifier/{}", receiver()), "").await.1.len(), 18);
    assert_eq!(office.town.get(&format!("virksert/{}", stranger()), "*/*", "").await.status, 404);
}

#[tokio::test]
async fn operators_change_the_registry_with_their_token_and_it_is_answered_for() {
    let token = Some(Secret::new("geheim".to_owned()));
    let office = office(embedded::Config { admin_token: token, ..config() }).await;
    let file = json!({ "organizations": [{ "number": stranger().to_string(), "name": "Kommunen" }],
        "citizens": [{ "number": KARI, "firstName": "Kari", "lastName": "T" }] });
    let path = format!("registry/{}", stranger());

    for token in ["", "galt"] {
        assert_eq!(office.call(Method::POST, "registry", token, file.clone()).await.status, 401);
        assert_eq!(office.call(Method::GET, "registry/organizations", token, json!(null)).await.status, 401);
        assert_eq!(office.call(Method::DELETE, &path, token, json!(null)).await.status, 401);
    }
    assert_eq!(
        office.call(Method::POST, "registry", "geheim", file).await.json(),
        json!({ "registered": 2 })
    );
    let listed = office.call(Method::GET, "registry/organizations", "geheim", json!(null)).await.json();
    let numbers: Vec<&Value> =
        listed["organizations"].as_array().expect("a list").iter().map(|one| &one["number"]).collect();
    assert_eq!(
        numbers,
        [&json!(sender().to_string()), &json!(receiver().to_string()), &json!(stranger().to_string())]
    );
    assert_eq!(office.call(Method::DELETE, &path, "geheim", json!(null)).await.status, 204);
    assert_eq!(office.call(Method::DELETE, &path, "geheim", json!(null)).await.status, 404);
    assert_eq!(
        office.call(Method::DELETE, &format!("registry/{KARI}"), "geheim", json!(null)).await.status,
        204
    );

    audit::link_all(&office.town.store).await.expect("a chain");
    let links = office.town.store.read(|tx| audit::after(tx, 0, 100)).await.expect("links");
    let told: Vec<(String, String)> =
        links.into_iter().map(|link| (link.entry.subject, link.entry.detail)).collect();
    let told: Vec<(&str, &str)> =
        told.iter().map(|(subject, detail)| (subject.as_str(), detail.as_str())).collect();
    let (number, put, gone) =
        (stranger().to_string(), "registered in the registry", "removed from the registry");
    assert_eq!(
        told,
        [(number.as_str(), put), ("a citizen", put), (number.as_str(), gone), ("a citizen", gone)]
    );
}

#[tokio::test]
async fn a_file_with_one_mistake_registers_nothing() {
    let office = office(config()).await;
    let file = json!({ "organizations": [
        { "number": stranger().to_string(), "name": "Kommunen" },
        { "number": receiver().to_string(), "name": "Etaten", "certificate": certificate_of(sender()) },
    ] });

    let refused = office.call(Method::POST, "registry", "", file).await;
    let nonsense = office.call(Method::POST, "registry", "", json!({ "people": [] })).await;

    assert_eq!((refused.status, nonsense.status), (400, 400));
    assert!(refused.text.contains("belongs to"), "{}", refused.text);
    assert_eq!(office.channels(&format!("identifier/{}", stranger()), "").await.0, 404);
}
