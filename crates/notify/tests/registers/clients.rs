//! The clients of registers over HTTP: how they ask, and what they make of bad answers.

use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use notify::recipients::ResourceRight;
use notify::recipients::registers::{
    AuthorizationFrom, ContactRegister, EmbeddedRegister, KnownName, Named, NamesFrom, OrganizationsFrom,
    PersonsFrom, RegisterError, RegistersConfig, UsersFrom,
};
use serde_json::{Value, json};
use simulators::ContactRegister as Simulated;
use simulators::contact_register::Fault;
use testkit::serving::{Running, start};
use testkit::stepped_clock;
use types::time::Clock;
use types::{NationalId, OrgNumber, Secret};

use crate::{clients, simulated};

struct Stage {
    clock: Clock,
    simulated: Simulated,
    server: Running,
    embedded: EmbeddedRegister,
}

impl Stage {
    async fn new(file: &Value) -> Self {
        let clock = stepped_clock();
        let (simulated, server) = simulated(&file.to_string(), &clock).await;
        let embedded = EmbeddedRegister::new(testkit::stores::temporary(), clock.clone());
        Self { clock, simulated, server, embedded }
    }

    fn registers(&self, config: RegistersConfig) -> Arc<dyn ContactRegister> {
        clients(config, &self.server, &self.embedded, &self.clock)
    }
}

fn from(persons: PersonsFrom) -> RegistersConfig {
    RegistersConfig { persons, ..RegistersConfig::default() }
}

fn numbered(count: u32) -> Vec<NationalId> {
    (0..count).map(|number| format!("{number:011}").parse().expect("a number")).collect()
}

/// So many persons, every one with an address of their own.
fn crowd(count: u32) -> Value {
    let persons: Vec<_> = numbered(count)
        .iter()
        .map(|id| {
            json!({ "nationalIdentityNumber": id.reveal(), "email": format!("p{}@fjord.example", id.reveal()),
                "lastConfirmed": "2026-01-01T00:00:00Z" })
        })
        .collect();
    json!({ "persons": persons })
}

fn org(text: &str) -> OrgNumber {
    text.parse().expect("a number")
}

/// Covers: NP-84
#[tokio::test]
async fn many_are_asked_about_in_parts_and_one_bad_number_spoils_nothing() {
    let stage = Stage::new(&crowd(2500)).await;
    let register = stage.registers(from(PersonsFrom::Krr));

    let found = register.persons(&numbered(2500), false).await.expect("an answer");

    let calls = stage.simulated.calls_to("/rest/v2/personer");
    let mut sizes: Vec<_> = calls.iter().map(|call| call.count("personidentifikatorer")).collect();
    sizes.sort_unstable();
    assert_eq!((found.len(), sizes), (2500, vec![500, 1000, 1000]));
    assert!(found.iter().all(|person| {
        let own = format!("p{}@fjord.example", person.id.reveal());
        person.email.as_ref().map(types::EmailAddress::reveal) == Some(own.as_str())
    }));

    let picky = stage.simulated.clone();
    picky.fault_on("00000000007");
    let found = register.persons(&numbered(1000), false).await.expect("an answer");
    assert_eq!(found.len(), 999);
    assert!(found.iter().all(|found| found.id.reveal() != "00000000007"));
}

#[tokio::test]
async fn an_outage_is_never_mistaken_for_an_empty_register() {
    let stage = Stage::new(&crowd(3)).await;
    let faults = [
        Fault::Status(StatusCode::INTERNAL_SERVER_ERROR),
        Fault::Status(StatusCode::FORBIDDEN),
        Fault::Busy(7),
        Fault::CutOff,
        Fault::Null,
        Fault::Dropped,
        Fault::Slow(Duration::from_secs(60)),
    ];
    for persons in [PersonsFrom::Krr, PersonsFrom::Profile] {
        for fault in faults {
            let register = stage.registers(RegistersConfig { timeout_seconds: 1, ..from(persons) });
            stage.simulated.fault("", fault);
            let error = register.persons(&numbered(3), false).await.expect_err("an outage");
            let misconfigured = matches!(error, RegisterError::Misconfigured(_));
            assert_eq!(misconfigured, fault == Fault::Status(StatusCode::FORBIDDEN), "{fault:?}: {error:?}");
            if fault == Fault::Busy(7) {
                let asked = Some(Duration::from_secs(7));
                assert!(
                    matches!(&error, RegisterError::Passing { after, .. } if *after == asked),
                    "{error:?}"
                );
            }
            assert!(!format!("{error} {error:?}").contains("fjord.example"));
        }
        stage.simulated.mend();
    }
    let nowhere = Running::gone().await;
    let register = clients(from(PersonsFrom::Profile), &nowhere, &stage.embedded, &stage.clock);
    let error = register.persons(&numbered(1), false).await.expect_err("nobody there");
    assert!(matches!(error, RegisterError::Passing { .. }), "{error:?}");
}

#[tokio::test]
async fn the_national_register_must_answer_for_everybody() {
    let stage = Stage::new(&crowd(4)).await;
    let register = stage.registers(from(PersonsFrom::Krr));

    stage.simulated.fault("personer", Fault::Partial);
    let error = register.persons(&numbered(4), false).await.expect_err("half an answer");
    assert!(matches!(error, RegisterError::Passing { .. }), "{error:?}");
    stage.simulated.mend();
    assert_eq!(register.persons(&numbered(6), false).await.expect("an answer").len(), 4);
}

#[tokio::test]
async fn an_answer_that_is_too_long_is_not_read() {
    let stage = Stage::new(&crowd(10)).await;
    let register = stage.registers(RegistersConfig { answer_mib: 0, ..from(PersonsFrom::Profile) });
    let error = register.persons(&numbered(10), false).await.expect_err("too long");
    assert!(matches!(error, RegisterError::Passing { .. }), "{error:?}");
}

#[tokio::test]
async fn a_register_that_has_stopped_answering_is_left_alone_for_a_while() {
    let stage = Stage::new(&crowd(1)).await;
    let register = stage.registers(from(PersonsFrom::Profile));
    let ask = async || register.persons(&numbered(1), false).await;

    stage.simulated.outage(Some(StatusCode::BAD_GATEWAY));
    for _ in 0..5 {
        assert!(ask().await.is_err());
    }
    stage.simulated.mend();
    let before = stage.simulated.requests();
    let error = ask().await.expect_err("left alone");
    assert!(
        matches!(&error, RegisterError::Passing { after: Some(after), .. } if *after == Duration::from_secs(15))
    );
    assert_eq!(stage.simulated.requests(), before);

    stage.clock.advance(Duration::from_secs(15));
    assert_eq!(ask().await.expect("an answer").len(), 1);

    stage.simulated.outage(Some(StatusCode::FORBIDDEN));
    assert!(ask().await.is_err());
    stage.simulated.mend();
    let error = ask().await.expect_err("left alone at once");
    assert!(matches!(error, RegisterError::Passing { .. }), "{error:?}");
}

#[tokio::test]
async fn a_token_that_is_refused_is_renewed_once() {
    let stage = Stage::new(&crowd(1)).await;
    let register = stage.registers(from(PersonsFrom::Krr));

    stage.simulated.refuse_token("token-1");
    assert_eq!(register.persons(&numbered(1), false).await.expect("an answer").len(), 1);
    assert_eq!(stage.simulated.requests(), 2);

    stage.simulated.fault("", Fault::Status(StatusCode::UNAUTHORIZED));
    let error = register.persons(&numbered(1), false).await.expect_err("locked out");
    assert!(matches!(error, RegisterError::Misconfigured(_)), "{error:?}");
    assert_eq!(stage.simulated.requests(), 4);
}

/// Five hundred and one persons with addresses at one organization; those with even numbers may receive.
fn busy_organization(resource: &str) -> Value {
    let user = |number: i64| json!({ "userId": number, "email": format!("u{number}@fjord.example") });
    let grant =
        |number: i64| json!({ "userId": number, "partyId": 500_700, "resource": resource, "action": "read" });
    json!({
        "organizations": [{ "organizationNumber": "310000019", "partyId": 500_700, "emails": [],
            "users": (1..=501).map(user).collect::<Vec<_>>() }],
        "grants": (1..=250).map(|half| grant(half * 2)).collect::<Vec<_>>(),
    })
}

fn authorized() -> RegistersConfig {
    let mut config = RegistersConfig {
        users: UsersFrom::Profile,
        authorization: AuthorizationFrom::Pdp,
        ..RegistersConfig::default()
    };
    config.pdp.subscription_key = Some(Secret::new("key".to_owned()));
    config
}

async fn numbers(register: &dyn ContactRegister, right: &ResourceRight) -> Vec<u32> {
    let found = register.users(&[org("310000019")], right).await.expect("an answer");
    let emails = found.iter().filter_map(|user| user.email.as_ref());
    let mut numbers: Vec<u32> = emails
        .filter_map(|email| email.reveal().strip_prefix('u')?.split('@').next()?.parse().ok())
        .collect();
    numbers.sort_unstable();
    numbers
}

/// Covers: NP-91
#[tokio::test]
async fn more_than_five_hundred_pairs_are_asked_about_in_two_calls() {
    let stage = Stage::new(&busy_organization("demo-resource")).await;
    let right = ResourceRight::new("urn:altinn:resource:demo-resource", None);

    let in_two = numbers(stage.registers(authorized()).as_ref(), &right).await;
    let calls = stage.simulated.calls_to("decision");
    let mut in_one = authorized();
    in_one.pdp.batch = 1000;
    let in_one = numbers(stage.registers(in_one).as_ref(), &right).await;

    assert_eq!(in_two, (1..=250).map(|half| half * 2).collect::<Vec<_>>());
    assert_eq!(in_one, in_two);
    let pairs = |question: &Value| {
        question["Request"]["MultiRequests"]["RequestReference"].as_array().map_or(0, Vec::len)
    };
    let mut sizes: Vec<_> = calls.iter().map(|call| pairs(&call.question)).collect();
    sizes.sort_unstable();
    assert_eq!(sizes, [1, 500]);
    assert!(calls.iter().all(|call| call.headers.contains_key("ocp-apim-subscription-key")));
    assert_eq!(stage.simulated.calls_to("decision").len(), 3);
}

#[tokio::test]
async fn an_application_is_asked_about_by_organization_and_name() {
    let stage = Stage::new(&busy_organization("app_demo_skjema_2")).await;
    let right = ResourceRight::new("urn:altinn:resource:app_demo_skjema_2", Some(" read "));

    let found = numbers(stage.registers(authorized()).as_ref(), &right).await;

    assert_eq!(found.len(), 250);
    let question = &stage.simulated.calls_to("decision")[0].question["Request"];
    let attributes = question["Resource"][0]["Attribute"].as_array().expect("a list");
    let shown: Vec<_> = attributes.iter().map(|a| (a["AttributeId"].as_str(), a["Value"].as_str())).collect();
    let expected =
        [("urn:altinn:org", "demo"), ("urn:altinn:app", "skjema_2"), ("urn:altinn:partyid", "500700")];
    assert_eq!(shown, expected.map(|(id, value)| (Some(id), Some(value))));
}

#[tokio::test]
async fn whoever_is_not_permitted_is_left_out_and_without_an_answer_there_is_none() {
    let stage = Stage::new(&busy_organization("demo-resource")).await;
    let right = ResourceRight::new("demo-resource", None);
    let register = stage.registers(authorized());

    let nobody_asked = stage.registers(RegistersConfig { users: UsersFrom::Nobody, ..authorized() });
    assert!(numbers(nobody_asked.as_ref(), &right).await.is_empty());
    assert_eq!(stage.simulated.requests(), 0);

    stage.simulated.fault("decision", Fault::Indeterminate);
    assert!(numbers(register.as_ref(), &right).await.is_empty());
    stage.simulated.fault("decision", Fault::Partial);
    let some = numbers(register.as_ref(), &right).await;
    assert!(!some.is_empty() && some.len() < 250, "absent pairs are left out: {}", some.len());
    for fault in [Fault::Null, Fault::Status(StatusCode::BAD_REQUEST), Fault::Status(StatusCode::BAD_GATEWAY)]
    {
        stage.simulated.fault("decision", fault);
        let register = stage.registers(authorized());
        let asked = register.users(&[org("310000019")], &right).await;
        assert!(asked.is_err(), "{fault:?}");
    }
}

/// Covers: NP-92
#[tokio::test]
async fn names_are_read_and_a_wrong_number_blanks_nobody_else() {
    let file = json!({
        "persons": [{ "nationalIdentityNumber": "13858130624", "name": "Kari Nordmann" },
            { "nationalIdentityNumber": "13858130625", "name": "Feil Nummer" },
            { "nationalIdentityNumber": "07906636225" }],
        "organizations": [{ "organizationNumber": "310000019", "name": "Fjord AS" }],
    });
    let stage = Stage::new(&file).await;
    let register =
        stage.registers(RegistersConfig { names: NamesFrom::Register, ..RegistersConfig::default() });
    let of = [
        Named::Person("13858130624".parse().expect("a number")),
        Named::Person("13858130625".parse().expect("a number")),
        Named::Person("07906636225".parse().expect("a number")),
        Named::Organization(org("310000019")),
        Named::Person("01010050053".parse().expect("a number")),
    ];

    let mut names = register.names(&of).await.expect("names");

    names.sort_by_key(|known| of.iter().position(|of| *of == known.of));
    let known = |of: &Named, name: Option<&str>| KnownName { of: of.clone(), name: name.map(str::to_owned) };
    let expected =
        [known(&of[0], Some("Kari Nordmann")), known(&of[2], None), known(&of[3], Some("Fjord AS"))];
    assert_eq!(names, expected);
    let calls = stage.simulated.calls_to("nameslookup");
    assert_eq!((calls.len(), calls[0].count("parties")), (1, 4));
    assert!(calls[0].headers.contains_key("platformaccesstoken"));
}

#[tokio::test]
async fn the_register_of_names_may_be_shown_a_token_that_we_sign() {
    let stage =
        Stage::new(&json!({ "organizations": [{ "organizationNumber": "310000019", "name": "Fjord AS" }] }))
            .await;
    let place = tempfile::tempdir().expect("a folder");
    let file = place.path().join("key.pem");
    auth::SigningKey::load_or_create(&file).expect("a key");
    let mut config = RegistersConfig { names: NamesFrom::Register, ..RegistersConfig::default() };
    config.register.platform_key_file = Some(file);

    let register = stage.registers(config);
    let names = register.names(&[Named::Organization(org("310000019"))]).await.expect("names");

    assert_eq!(names.len(), 1);
    let token = stage.simulated.calls_to("nameslookup")[0].headers["platformaccesstoken"].clone();
    assert_eq!(token.to_str().expect("text").split('.').count(), 3);
}

#[tokio::test]
async fn organizations_are_read_with_care() {
    let answer = json!({ "contactPointsList": [
        { "organizationNumber": "310000019", "addressOrigin": "310000019", "partyId": 0,
          "mobileNumberList": ["40000000", "22222222", null], "emailList": ["post@fjord.example", "", "x"] },
        { "organizationNumber": "not a number" },
        {},
    ] });
    let router = axum::Router::new().fallback(move || async move { axum::Json(answer) });
    let (server, clock) = (start(router).await, stepped_clock());
    let embedded = EmbeddedRegister::new(testkit::stores::temporary(), clock.clone());
    let config = RegistersConfig { organizations: OrganizationsFrom::Profile, ..RegistersConfig::default() };
    let register = clients(config, &server, &embedded, &clock);

    let found = register.organizations(&[org("310000019")]).await.expect("an answer");

    assert_eq!(found.len(), 1);
    assert_eq!((found[0].emails.len(), found[0].mobiles.len()), (1, 1));
}
