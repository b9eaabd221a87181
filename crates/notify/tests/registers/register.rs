//! What every register must do alike: each behaviour runs on the embedded register, and on the HTTP
//! client towards a stub that serves the embedded register in Altinn's dialects.

use std::time::Duration;

use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use notify::recipients::registers::{
    ContactRegister, EmbeddedRegister, HttpRegister, HttpRegisterConfig, ImportError, KnownName, Named,
    PersonContact,
};
use notify::recipients::{
    Address, Channel, ChannelSchema, NotSent, Phase, Planned, Recipient, ResourceRight, look_up,
};
use serde_json::{Value, json};
use types::time::Clock;
use types::{NationalId, OrgNumber};

use crate::{Running, noon, start};

const FILE: &str = r#"{
  "persons": [
    { "nationalIdentityNumber": "13858130624", "name": "Kari Nordmann", "email": "kari@fjord.example",
      "mobile": "99999999", "lastConfirmed": "2026-01-01T00:00:00Z" },
    { "nationalIdentityNumber": "07906636225", "name": "Ola Nordmann", "email": "ola@fjord.example",
      "mobile": "004790000001", "lastConfirmed": "2026-01-01T00:00:00Z", "mobileLastConfirmed": "2020-01-01T00:00:00Z" },
    { "nationalIdentityNumber": "01010050053", "email": "per@fjord.example", "reserved": true,
      "lastConfirmed": "2026-01-01T00:00:00Z" },
    { "nationalIdentityNumber": "02020050053", "email": "old@fjord.example", "reserved": true,
      "lastConfirmed": "2020-01-01T00:00:00Z" }
  ],
  "organizations": [
    { "organizationNumber": "310000019", "name": "Fjord AS",
      "emails": ["Post@fjord.example", "post@FJORD.example", "drift@fjord.example"], "mobiles": ["22222222", "40000000"],
      "users": [
        { "email": "leder@fjord.example", "rights": [{ "resource": "demo-resource", "action": "read" }] },
        { "email": "POST@fjord.example", "mobile": "+4740000001", "rights": [{ "resource": "*" }] },
        { "email": "annet@fjord.example", "resources": ["other"], "rights": [{ "resource": "*" }] },
        { "email": "uten@fjord.example" } ] },
    { "organizationNumber": "310000027", "mainUnit": "310000019" },
    { "organizationNumber": "310000035", "mainUnit": "310000019", "emails": [] }
  ],
  "accounts": [
    { "username": "epost:kjent@fjord.example", "email": "annen@fjord.example", "mobile": "+4740000002" },
    { "username": "ola", "mobile": "+4740000003" },
    { "username": "tom" }
  ]
}"#;

async fn register(clock: &Clock) -> EmbeddedRegister {
    let register = EmbeddedRegister::new(testkit::stores::temporary(), clock.clone());
    let imported = register.import(FILE.as_bytes()).await.expect("an import");
    assert_eq!((imported.persons, imported.organizations, imported.accounts), (4, 3, 3));
    assert_eq!(imported.unusable, 1);
    register
}

/// The embedded register, and the same behind HTTP.
struct Both {
    embedded: EmbeddedRegister,
    http: HttpRegister,
    _server: Running,
}

impl Both {
    async fn new(clock: &Clock) -> Self {
        let embedded = register(clock).await;
        let base = "/profile/api/v1";
        let router = Router::new()
            .route(&format!("{base}/users/contactpoint/lookup"), post(serve_persons))
            .route(&format!("{base}/users/contactpoint/lookupsi"), post(serve_external))
            .route(&format!("{base}/organizations/notificationaddresses/lookup"), post(serve_organizations))
            .route(&format!("{base}/units/contactpoint/lookup"), post(serve_units))
            .route("/authorization/api/v1/decision", post(serve_decision))
            .route("/register/api/v1/parties/nameslookup", post(serve_names));
        let server = start(router.with_state(embedded.clone())).await;
        let config = HttpRegisterConfig {
            profile_url: server.url(""),
            register_url: Some(server.url("/register/")),
            authorization_url: Some(server.url("/authorization/")),
            chunk: 2,
            ..HttpRegisterConfig::default()
        };
        let http = HttpRegister::from_config(config).expect("a client");
        Self { embedded, http, _server: server }
    }

    fn each(&self) -> [&dyn ContactRegister; 2] {
        [&self.embedded, &self.http]
    }
}

fn list(body: &Value, name: &str) -> Vec<String> {
    let items = body[name].as_array().expect("a list").iter();
    items.map(|item| item.as_str().expect("a text").to_owned()).collect()
}

fn parsed<T: std::str::FromStr>(texts: &[String]) -> Vec<T> {
    texts.iter().filter_map(|text| text.parse().ok()).collect()
}

async fn serve_persons(State(register): State<EmbeddedRegister>, Json(body): Json<Value>) -> Json<Value> {
    let ids = parsed(&list(&body, "nationalIdentityNumbers"));
    let stale = body["useStaleContactInfo"].as_bool().expect("a flag");
    let found = register.persons(&ids, stale).await.expect("an answer");
    let points = found.iter().rev().map(|found| {
        let (id, reserved, email, mobile) = shown(found);
        json!({ "userId": 0, "nationalIdentityNumber": id, "isReserved": reserved, "email": email, "mobileNumber": mobile })
    });
    Json(json!({ "contactPointsList": points.collect::<Vec<_>>() }))
}

async fn serve_external(State(register): State<EmbeddedRegister>, Json(body): Json<Value>) -> Json<Value> {
    let identities = parsed(&list(&body, "externalIdentities"));
    let found = register.external_identities(&identities).await.expect("an answer");
    let points = found.iter().map(|found| {
        let email = found.email.as_ref().map(types::EmailAddress::reveal);
        let mobile = found.mobile.as_ref().map(types::PhoneNumber::reveal);
        json!({ "externalIdentity": found.identity.reveal(), "email": email, "mobileNumber": mobile })
    });
    Json(json!({ "contactPointsList": points.collect::<Vec<_>>() }))
}

async fn serve_organizations(
    State(register): State<EmbeddedRegister>,
    Json(body): Json<Value>,
) -> Json<Value> {
    let numbers = parsed(&list(&body, "organizationNumbers"));
    let found = register.organizations(&numbers).await.expect("an answer");
    let points = found.iter().map(|found| {
        let emails: Vec<_> = found.emails.iter().map(types::EmailAddress::reveal).collect();
        let mobiles: Vec<_> = found.mobiles.iter().map(types::PhoneNumber::reveal).collect();
        json!({ "organizationNumber": found.number, "addressOrigin": found.origin, "emailList": emails, "mobileNumberList": mobiles })
    });
    Json(json!({ "contactPointsList": points.collect::<Vec<_>>() }))
}

/// Everybody who may do something with the resource; who may read is authorization's to say.
async fn serve_units(State(register): State<EmbeddedRegister>, Json(body): Json<Value>) -> Json<Value> {
    let numbers: Vec<OrgNumber> = parsed(&list(&body, "organizationNumbers"));
    let right = ResourceRight::new(body["resourceId"].as_str().expect("a text"), None);
    let mut points = Vec::new();
    for number in numbers {
        let found = register.users(&[number], &right).await.expect("an answer");
        let users = (1..).zip(&found).map(|(user, found)| {
            let email = found.email.as_ref().map(types::EmailAddress::reveal);
            let mobile = found.mobile.as_ref().map(types::PhoneNumber::reveal);
            json!({ "userId": user, "email": email, "mobileNumber": mobile })
        });
        let users: Vec<_> = users.chain([json!({ "userId": 99, "email": "uten@fjord.example" })]).collect();
        let party: i64 = number.to_string().parse().expect("a number");
        points.push(json!({ "organizationNumber": number, "partyId": party, "userContactPoints": users }));
    }
    Json(json!({ "contactPointsList": points }))
}

/// Everybody but user 99.
async fn serve_decision(Json(body): Json<Value>) -> Json<Value> {
    let references = body["Request"]["MultiRequests"]["RequestReference"].as_array().expect("a list");
    let results = references.iter().map(|reference| {
        let part = |at: usize, prefix: &str| {
            let id = reference["ReferenceId"][at].as_str().expect("an id");
            id.strip_prefix(prefix).expect("its kind").to_owned()
        };
        let (user, party) = (part(0, "subject"), part(2, "resource"));
        json!({ "Decision": if user == "99" { "Deny" } else { "Permit" }, "Category": [
            { "Attribute": [{ "AttributeId": "urn:altinn:userid", "Value": user }] },
            { "Attribute": [{ "AttributeId": "urn:altinn:partyid", "Value": party }] } ] })
    });
    Json(json!({ "Response": results.collect::<Vec<_>>() }))
}

async fn serve_names(State(register): State<EmbeddedRegister>, Json(body): Json<Value>) -> Json<Value> {
    let parties = body["parties"].as_array().expect("a list");
    let of: Vec<Named> = parties
        .iter()
        .map(|party| match party["ssn"].as_str() {
            Some(number) => Named::Person(id(number)),
            None => Named::Organization(org(party["orgNo"].as_str().expect("a number"))),
        })
        .collect();
    let names = register.names(&of).await.expect("an answer");
    let names = names.iter().map(|known| match &known.of {
        Named::Person(id) => json!({ "ssn": id.reveal(), "name": known.name }),
        Named::Organization(number) => json!({ "orgNo": number, "name": known.name }),
    });
    Json(json!({ "partyNames": names.collect::<Vec<_>>() }))
}

fn id(text: &str) -> NationalId {
    text.parse().expect("a number")
}

fn org(text: &str) -> OrgNumber {
    text.parse().expect("a number")
}

fn shown(contact: &PersonContact) -> (&str, bool, Option<&str>, Option<&str>) {
    let email = contact.email.as_ref().map(types::EmailAddress::reveal);
    (contact.id.reveal(), contact.reserved, email, contact.mobile.as_ref().map(types::PhoneNumber::reveal))
}

/// Covers: NP-86, NP-94
#[tokio::test]
async fn stale_details_are_left_out_unless_asked_for() {
    let clock = noon();
    let both = Both::new(&clock).await;
    let ids = ["13858130624", "07906636225", "02020050053", "31129956715"].map(id);
    let kari = ("13858130624", false, Some("kari@fjord.example"), Some("+4799999999"));
    let ola = |mobile| ("07906636225", false, Some("ola@fjord.example"), mobile);

    for register in both.each() {
        let mut fresh = register.persons(&ids, false).await.expect("an answer");
        let mut stale = register.persons(&ids, true).await.expect("an answer");
        for found in [&mut fresh, &mut stale] {
            found.sort_by_key(|found| ids.iter().position(|id| *id == found.id));
        }
        let found: Vec<_> = fresh.iter().map(shown).collect();
        assert_eq!(found, [kari, ola(None)]);
        let found: Vec<_> = stale.iter().map(shown).collect();
        let old = ("02020050053", true, Some("old@fjord.example"), None);
        assert_eq!(found, [kari, ola(Some("+4790000001")), old]);
    }

    clock.advance(Duration::from_hours(24 * 365 * 2));
    for register in both.each() {
        assert!(register.persons(&ids, false).await.expect("an answer").is_empty());
    }
}

/// Covers: NP-87, NP-94
#[tokio::test]
async fn an_organization_without_a_record_uses_its_main_unit() {
    let both = Both::new(&noon()).await;
    let numbers = ["310000019", "310000027", "310000035", "310000043"].map(org);

    for register in both.each() {
        let mut found = register.organizations(&numbers).await.expect("an answer");
        found.sort_by_key(|found| found.number);
        let shown: Vec<_> = found
            .iter()
            .map(|found| (found.number, found.origin, found.emails.len(), found.mobiles.len()))
            .collect();
        let [main, unit, emptied, _] = numbers;
        assert_eq!(shown, [(main, main, 3, 1), (unit, main, 3, 1), (emptied, emptied, 0, 0)]);
    }
}

async fn own_emails(register: &dyn ContactRegister, resource: &str, action: Option<&str>) -> Vec<String> {
    let right = ResourceRight::new(resource, action);
    let found = register.users(&[org("310000019")], &right).await.expect("an answer");
    found.iter().filter_map(|user| user.email.as_ref()).map(|email| email.reveal().to_owned()).collect()
}

/// Covers: NP-94
#[tokio::test]
async fn own_addresses_need_interest_and_a_right() {
    let both = Both::new(&noon()).await;
    for register in both.each() {
        let demo = own_emails(register, "urn:altinn:resource:demo-resource", None).await;
        assert_eq!(demo, ["leder@fjord.example", "POST@fjord.example"]);
        let other = own_emails(register, "other", Some("read")).await;
        assert_eq!(other, ["POST@fjord.example", "annet@fjord.example"]);
    }
}

/// Covers: NP-89
#[tokio::test]
async fn a_filter_of_resources_lets_through_what_it_names_and_no_filter_everything() {
    let register = register(&noon()).await;
    let other = own_emails(&register, "other", Some("anything")).await;
    assert_eq!(other, ["POST@fjord.example", "annet@fjord.example"]);
    let write = own_emails(&register, "demo-resource", Some("write")).await;
    assert_eq!(write, ["POST@fjord.example"]);
}

/// Covers: NP-94
#[tokio::test]
async fn external_identities_are_accounts_or_the_address_they_name() {
    let both = Both::new(&noon()).await;
    let identities = [
        "urn:altinn:person:idporten-email:kjent@fjord.example",
        "urn:altinn:person:idporten-email:ny@fjord.example",
        "urn:altinn:username:ola",
        "urn:altinn:party:username:tom",
        "urn:altinn:party:username:ukjent",
    ]
    .map(|urn| urn.parse().expect("an identity"));

    for register in both.each() {
        let mut found = register.external_identities(&identities).await.expect("an answer");
        found.sort_by_key(|found| identities.iter().position(|asked| *asked == found.identity));
        let shown: Vec<_> = found
            .iter()
            .map(|found| {
                let email = found.email.as_ref().map(types::EmailAddress::reveal);
                (&found.identity, email, found.mobile.is_some())
            })
            .collect();
        let [known, new, ola, ..] = &identities;
        let expected = [
            (known, Some("annen@fjord.example"), true),
            (new, Some("ny@fjord.example"), false),
            (ola, None, true),
        ];
        assert_eq!(shown, expected);
    }
}

/// Covers: NP-94
#[tokio::test]
async fn a_record_without_a_name_is_not_the_same_as_no_record() {
    let both = Both::new(&noon()).await;
    let of = [
        Named::Person(id("13858130624")),
        Named::Person(id("01010050053")),
        Named::Person(id("31129956715")),
        Named::Organization(org("310000019")),
    ];
    let known = |of: &Named, name: Option<&str>| KnownName { of: of.clone(), name: name.map(str::to_owned) };
    let expected =
        [known(&of[0], Some("Kari Nordmann")), known(&of[1], None), known(&of[3], Some("Fjord AS"))];

    for register in both.each() {
        let mut names = register.names(&of).await.expect("an answer");
        names.sort_by_key(|known| of.iter().position(|of| *of == known.of));
        assert_eq!(names, expected);
    }
}

/// Covers: NP-95
#[tokio::test]
async fn a_malformed_file_leaves_the_register_as_it_was() {
    let register = register(&noon()).await;
    for file in [
        "",
        "{",
        r#"{"persons":[{"nationalIdentityNumber":"1"}]}"#,
        r#"{"persons":[{"nationalIdentityNumber":"13858130624","mail":"x"}]}"#,
        r#"{"persons":[],"organizations":[{"organizationNumber":"x"}]}"#,
    ] {
        let error = register.import(file.as_bytes()).await.expect_err("a refusal");
        assert!(matches!(error, ImportError::Malformed { .. }), "{file}: {error:?}");
    }
    let twice =
        r#"{"persons":[{"nationalIdentityNumber":"13858130624"},{"nationalIdentityNumber":"13858130624"}]}"#;
    let error = register.import(twice.as_bytes()).await.expect_err("a refusal");
    assert!(matches!(error, ImportError::Repeated("person")));
    assert_eq!(register.persons(&[id("13858130624")], false).await.expect("an answer").len(), 1);

    register.import(br#"{"organizations":[]}"#).await.expect("an import");
    assert_eq!(register.persons(&[id("13858130624")], false).await.expect("an answer").len(), 1);
    assert!(register.organizations(&[org("310000019")]).await.expect("an answer").is_empty());
}

fn person(number: &str, ignore_reservation: bool) -> Recipient {
    Recipient::Person { id: id(number), ignore_reservation, use_stale: false }
}

fn destinations(planned: &[Planned]) -> Vec<String> {
    let show = |planned: &Planned| match planned {
        Planned::To(Address::Email(email)) => email.reveal().to_owned(),
        Planned::To(Address::Sms(number)) => number.reveal().to_owned(),
        Planned::Nobody { channel, why } => format!("{channel:?} {why:?}"),
    };
    planned.iter().map(show).collect()
}

/// Covers: NP-85, NP-88
#[tokio::test]
async fn an_order_is_looked_up_once_and_planned_for_each_recipient() {
    let register = register(&noon()).await;
    let right = Some(ResourceRight::new("urn:altinn:resource:demo-resource", None));
    let organization = Recipient::Organization { number: org("310000019"), right };
    let recipients = [
        person("13858130624", false),
        person("01010050053", false),
        person("01010050053", true),
        person("31129956715", false),
        organization.clone(),
    ];

    let contacts = look_up(&register, &recipients, Phase::Processing).await.expect("contacts");
    let early = look_up(&register, &recipients, Phase::Registration).await.expect("contacts");

    let plan = |recipient| destinations(&contacts.plan(recipient, ChannelSchema::EmailPreferred));
    assert_eq!(plan(&recipients[0]), ["kari@fjord.example"]);
    assert_eq!(plan(&recipients[1]), ["Email Reserved"]);
    assert_eq!(plan(&recipients[2]), ["per@fjord.example"]);
    assert_eq!(plan(&recipients[3]), ["Email NotIdentified"]);
    assert_eq!(plan(&organization), ["Post@fjord.example", "drift@fjord.example", "leder@fjord.example"]);
    assert!(contacts.is_reserved(&recipients[1]) && !contacts.is_reserved(&recipients[2]));
    let reachable = |recipient| contacts.is_reachable(recipient, ChannelSchema::Sms);
    assert!(reachable(&recipients[0]) && !reachable(&recipients[2]) && !reachable(&recipients[3]));

    let early = early.plan(&organization, ChannelSchema::EmailPreferred);
    assert_eq!(destinations(&early), ["Post@fjord.example", "drift@fjord.example"]);
    let both = contacts.plan(&recipients[2], ChannelSchema::EmailAndSms);
    let missed = Planned::Nobody { channel: Channel::Sms, why: NotSent::NotIdentified };
    assert_eq!(both[1], missed);
}
