//! Orders whose recipients are looked up, with every register behind HTTP and every call counted.

use std::sync::Arc;

use async_trait::async_trait;
use auth::{TokenError, TokenRequest, TokenSource};
use http::{StatusCode, header};
use notify::recipients::registers::{
    AuthorizationFrom, NamesFrom, OrganizationsFrom, PersonsFrom, RegisterParts, Registers, RegistersConfig,
    SelfIdentifiedFrom, UsersFrom,
};
use serde_json::{Value, json};
use simulators::ContactRegister;
use simulators::contact_register::Fault;
use tokio_util::sync::{CancellationToken, DropGuard};
use types::Secret;

use crate::app::{FJORD, KARI, RESERVED, TestApp, person_order, serve};

const ORDERS: &str = "/future/orders";
/// An organization without official addresses.
const BARE: &str = "310000035";
/// A unit whose main unit's addresses are used.
const UNIT: &str = "310000027";

#[derive(Debug)]
struct Tokens;

#[async_trait]
impl TokenSource for Tokens {
    async fn token(&self, _: &TokenRequest) -> Result<Secret, TokenError> {
        Ok(Secret::new("token".to_owned()))
    }

    async fn refused(&self, _: &TokenRequest, _: &Secret) {}
}

fn file() -> Value {
    let confirmed = "2026-01-01T00:00:00Z";
    json!({
        "persons": [
            { "nationalIdentityNumber": KARI, "name": "Kari Nordmann", "email": "kari@fjord.example",
              "mobile": "+4799999999", "lastConfirmed": confirmed },
            { "nationalIdentityNumber": RESERVED, "email": "per@fjord.example", "reserved": true,
              "lastConfirmed": confirmed },
        ],
        "organizations": [
            { "organizationNumber": FJORD, "partyId": 500_700, "name": "Fjord AS",
              "emails": ["post@fjord.example", "POST@fjord.example", "drift@fjord.example"],
              "mobiles": ["22222222", "40000000", "004740000000", "+47 40000009"],
              "users": [
                { "userId": 1, "email": "Leder@fjord.example", "mobile": "12" },
                { "userId": 2, "email": "Post@FJORD.example", "mobile": "+4740000001" },
                { "userId": 3, "email": "uten@fjord.example" },
                { "userId": 4, "email": "annet@fjord.example", "resources": ["other"] } ] },
            { "organizationNumber": UNIT, "mainUnit": FJORD },
            { "organizationNumber": BARE, "partyId": 500_701, "emails": [],
              "users": [{ "userId": 1, "email": "leder@bare.example" }] },
        ],
        "grants": [
            { "userId": 1, "partyId": 500_700, "resource": "demo-resource", "action": "read" },
            { "userId": 2, "partyId": 500_700, "resource": "demo-resource", "action": "read" },
            { "userId": 3, "partyId": 500_700, "resource": "demo-resource", "action": "write" },
            { "userId": 4, "partyId": 500_700, "resource": "*", "action": "*" },
            { "userId": 1, "partyId": 500_701, "resource": "demo-resource", "action": "read" },
        ],
    })
}

struct Stage {
    app: TestApp,
    simulated: ContactRegister,
    /// Has the gateway and the mail server.
    _first: TestApp,
    _stop: DropGuard,
}

impl Stage {
    async fn new() -> Self {
        let (first, stop) = (TestApp::start().await, CancellationToken::new());
        let file = serde_json::to_vec(&file()).expect("JSON");
        let simulated = ContactRegister::from_json(&file, first.clock.clone()).expect("a file");
        let at = serve(simulated.router(), &stop).await;
        let url = |path: &str| format!("http://{at}{path}").parse().expect("a URL");
        let mut config = RegistersConfig {
            persons: PersonsFrom::Profile,
            self_identified: SelfIdentifiedFrom::Profile,
            organizations: OrganizationsFrom::Profile,
            users: UsersFrom::Profile,
            authorization: AuthorizationFrom::Pdp,
            names: NamesFrom::Register,
            ..RegistersConfig::default()
        };
        config.profile.url = url("/");
        config.register.url = url("/register");
        config.register.platform_access_token = Some(Secret::new("platform".to_owned()));
        config.pdp.url = url("/authorization");
        let parts = RegisterParts {
            embedded: first.register().clone(),
            client: web::plain_client().expect("a client"),
            tokens: Arc::new(Tokens),
            clock: first.clock.clone(),
        };
        let registers = Registers::from_config(&config, &parts).expect("registers");
        let app = first.asking(registers).await;
        Self { app, simulated, _first: first, _stop: stop.drop_guard() }
    }

    fn calls(&self, path: &str) -> usize {
        self.simulated.calls_to(path).len()
    }

    async fn order(&self, body: &Value) -> String {
        let answer = self.app.post(ORDERS, body).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
        answer.shipment()
    }

    /// Where the shipment's messages went, in order.
    async fn destinations(&self, shipment: &str) -> Vec<String> {
        let manifest = self.app.manifest(shipment).await;
        let recipients = manifest["recipients"].as_array().expect("a list");
        let mut all: Vec<_> = recipients
            .iter()
            .map(|recipient| recipient["destination"].as_str().unwrap_or("nobody").to_owned())
            .collect();
        all.sort_unstable();
        all
    }
}

fn to_organization(key: &str, number: &str, schema: &str, resource: Option<&str>) -> Value {
    let mut body = json!({ "idempotencyId": key, "recipient": { "recipientOrganization": {
        "orgNumber": number, "channelSchema": schema,
        "emailSettings": { "subject": "Hei", "body": "Hei" }, "smsSettings": { "body": "Hei" } } } });
    let details = &mut body["recipient"]["recipientOrganization"];
    if schema == "Email" {
        details.as_object_mut().expect("an object").remove("smsSettings");
    }
    if let Some(resource) = resource {
        details["resourceId"] = resource.into();
    }
    body
}

const DEMO: Option<&str> = Some("urn:altinn:resource:demo-resource");

/// Covers: NA-174, NA-175, NA-176, NP-88, NP-90
#[tokio::test]
async fn an_organization_is_reached_officially_and_through_those_who_may() {
    let stage = Stage::new().await;
    let email = stage.order(&to_organization("a", FJORD, "Email", DEMO)).await;
    stage.app.notify.run_due().await;

    let expected = ["Leder@fjord.example", "drift@fjord.example", "post@fjord.example"];
    assert_eq!(stage.destinations(&email).await, expected);
    assert_eq!((stage.calls("units"), stage.calls("decision")), (1, 1));

    for fault in [Fault::Indeterminate, Fault::Partial] {
        stage.simulated.fault("decision", fault);
        let email = stage.order(&to_organization(&format!("{fault:?}"), FJORD, "Email", DEMO)).await;
        stage.app.notify.run_due().await;
        let destinations = stage.destinations(&email).await;
        assert!(destinations.ends_with(&expected[1..].iter().map(|to| (*to).to_owned()).collect::<Vec<_>>()));
        assert!(destinations.len() < 4 && (fault == Fault::Partial || destinations.len() == 2));
    }
}

/// Covers: NP-82
#[tokio::test]
async fn numbers_are_made_whole_and_wrong_ones_dropped_one_by_one() {
    let stage = Stage::new().await;
    let sms = stage.order(&to_organization("a", FJORD, "Sms", DEMO)).await;
    let preferred = stage.order(&to_organization("b", FJORD, "SmsPreferred", DEMO)).await;
    stage.app.notify.run_due().await;

    let official = ["+47 40000009", "+4740000000", "+4740000001"];
    assert_eq!(stage.destinations(&sms).await, official);
    // The one whose number is wrong is written to; nobody is moved to the other channel as a duplicate.
    let mut expected = official.to_vec();
    expected.push("Leder@fjord.example");
    assert_eq!(stage.destinations(&preferred).await, expected);
    let to: Vec<String> = stage.app.gateway.captured().all().iter().map(|sms| sms.receiver.clone()).collect();
    assert!(to.contains(&"4740000000".to_owned()) && !to.iter().any(|to| to.contains("22222222")), "{to:?}");
}

/// Covers: NA-177, NA-178
#[tokio::test]
async fn authorization_is_asked_only_for_a_resource_and_about_reading_unless_told_otherwise() {
    let stage = Stage::new().await;
    let unit = stage.order(&to_organization("a", UNIT, "Email", None)).await;
    stage.app.notify.run_due().await;
    assert_eq!(stage.destinations(&unit).await, ["drift@fjord.example", "post@fjord.example"]);
    assert_eq!((stage.calls("units"), stage.calls("decision")), (0, 0));

    let mut write = to_organization("c", FJORD, "Email", DEMO);
    write["recipient"]["recipientOrganization"]["resourceAction"] = " write ".into();
    stage.order(&to_organization("b", FJORD, "Email", DEMO)).await;
    stage.app.notify.run_due().await;
    let write = stage.order(&write).await;
    stage.app.notify.run_due().await;

    let action = |call: &simulators::contact_register::Call| {
        call.question["Request"]["Action"][0]["Attribute"][0]["Value"].as_str().map(str::to_owned)
    };
    let actions: Vec<_> =
        stage.simulated.calls_to("decision").iter().filter_map(|call| action(call)).collect();
    assert_eq!(actions, ["read", "write"]);
    assert!(stage.destinations(&write).await.contains(&"uten@fjord.example".to_owned()));
}

/// Covers: NA-83
#[tokio::test]
async fn whoever_is_reached_only_at_peoples_own_addresses_is_not_refused() {
    let stage = Stage::new().await;
    let refused = stage.app.post(ORDERS, &to_organization("a", BARE, "Email", None)).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let shipment = stage.order(&to_organization("a", BARE, "Email", DEMO)).await;
    assert_eq!(stage.calls("decision"), 0, "nobody's right is asked about before it is time");
    stage.app.notify.run_due().await;
    assert_eq!(stage.destinations(&shipment).await, ["leder@bare.example"]);
}

/// Covers: NA-84
#[tokio::test]
async fn a_register_that_is_down_while_an_order_comes_in_is_a_503() {
    let stage = Stage::new().await;
    let faults = [
        Fault::Status(StatusCode::INTERNAL_SERVER_ERROR),
        Fault::Busy(30),
        Fault::CutOff,
        Fault::Dropped,
        Fault::Null,
    ];
    for fault in faults {
        stage.simulated.fault("", fault);
        let answer = stage.app.post(ORDERS, &person_order("a", KARI, "Email")).await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{fault:?}: {}", answer.text);
        assert_eq!(answer.json()["code"], "NOT-00004");
        assert!(answer.headers.contains_key(header::RETRY_AFTER));
        stage.app.turn(3600);
    }
    stage.simulated.mend();
    stage.order(&person_order("a", KARI, "Email")).await;
    stage.simulated.outage(Some(StatusCode::BAD_GATEWAY));
    let again = stage.app.post(ORDERS, &person_order("a", KARI, "Email")).await;
    assert_eq!(again.status, StatusCode::OK, "what was accepted once stays accepted");
}

/// Covers: NP-93
#[tokio::test]
async fn a_register_that_is_down_when_an_order_is_due_is_asked_again_after_a_minute() {
    let stage = Stage::new().await;
    let person = stage.order(&person_order("a", KARI, "Email")).await;
    let organization = stage.order(&to_organization("b", FJORD, "Email", DEMO)).await;
    stage.simulated.fault("users/contactpoint/lookup", Fault::Status(StatusCode::INTERNAL_SERVER_ERROR));
    stage.simulated.fault("decision", Fault::Status(StatusCode::INTERNAL_SERVER_ERROR));
    stage.app.notify.run_due().await;
    for shipment in [&person, &organization] {
        let manifest = stage.app.manifest(shipment).await;
        assert_eq!((&manifest["status"], &manifest["recipients"]), (&"Order_Processing".into(), &json!([])));
    }
    let rows: i64 = stage
        .app
        .store
        .read(|tx| tx.one("SELECT COUNT(*) FROM notify_notifications", store::params![]))
        .await
        .expect("a count");
    assert_eq!(rows, 0);

    stage.simulated.mend();
    stage.app.turn(59);
    stage.app.notify.run_due().await;
    assert_eq!(stage.app.manifest(&person).await["status"], "Order_Processing");
    stage.app.turn(8); // a minute, and up to a tenth more
    stage.app.notify.run_due().await;
    assert_eq!(stage.destinations(&person).await, ["kari@fjord.example"]);
    assert_eq!(stage.destinations(&organization).await.len(), 3);
}

/// Covers: NA-179, NA-180, NA-181
#[tokio::test]
async fn names_are_asked_for_only_where_a_text_wants_one() {
    let stage = Stage::new().await;
    let order = |key: &str, text: &str, organization: bool| {
        let mut body = if organization {
            to_organization(key, FJORD, "Email", None)
        } else {
            person_order(key, KARI, "Email")
        };
        let kind = if organization { "recipientOrganization" } else { "recipientPerson" };
        body["recipient"][kind].as_object_mut().expect("an object").remove("smsSettings");
        body["recipient"][kind]["emailSettings"] = json!({ "subject": text, "body": format!("({text})") });
        body
    };
    for (key, text) in [("a", "Hei"), ("b", "[$recipientNumber$]"), ("c", "$recipientname$")] {
        stage.order(&order(key, text, false)).await;
    }
    stage.app.notify.run_due().await;
    assert_eq!(stage.calls("nameslookup"), 0);
    stage.order(&order("d", "$recipientName$ [$recipientNumber$]", true)).await;
    stage.order(&order("e", "$recipientName$ [$recipientNumber$]", false)).await;
    stage.app.notify.run_due().await;
    assert!((1..=2).contains(&stage.calls("nameslookup")));

    let mails = stage.app.mail.captured().all();
    let found = |subject: &str| {
        mails.iter().any(|mail| {
            let (has, body) = (mail.content.subject.as_deref(), mail.content.text.as_deref());
            has == Some(subject) && body.is_some_and(|body| body.trim() == format!("({subject})"))
        })
    };
    for subject in ["Hei", "[]", "$recipientname$", "Kari Nordmann []", &format!("Fjord AS [{FJORD}]")] {
        assert!(found(subject), "{subject}");
    }
}

/// Covers: NA-171, NA-172, NA-173, NP-85
#[tokio::test]
async fn a_reservation_and_a_wish_for_both_channels_mean_the_same_over_http() {
    let stage = Stage::new().await;
    let both = stage.order(&person_order("a", KARI, "EmailAndSms")).await;
    let preferred = stage.order(&person_order("b", KARI, "EmailPreferred")).await;
    let reserved = stage.order(&person_order("c", RESERVED, "Email")).await;
    let mut ignoring = person_order("d", RESERVED, "EmailAndSms");
    ignoring["recipient"]["recipientPerson"]["ignoreReservation"] = true.into();
    let ignoring = stage.order(&ignoring).await;
    stage.app.notify.run_due().await;

    assert_eq!(stage.destinations(&both).await, ["+4799999999", "kari@fjord.example"]);
    assert_eq!(stage.destinations(&preferred).await, ["kari@fjord.example"]);
    assert_eq!(stage.destinations(&reserved).await, [""]);
    assert_eq!(stage.app.status(&reserved).await, "Email_Failed_RecipientReserved");
    assert_eq!(stage.destinations(&ignoring).await, ["", "per@fjord.example"]);
    let many = stage.calls("users/contactpoint/lookup");
    assert!(many < 12, "orders that are processed together share calls: {many}");
}
