use std::time::Duration;

use notify::recipients::registers::{
    ContactRegister, EmbeddedRegister, ImportError, KnownName, Named, PersonContact,
};
use notify::recipients::{
    Address, Channel, ChannelSchema, NotSent, Phase, Planned, Recipient, ResourceRight, look_up,
};
use store::Store;
use types::time::Clock;
use types::{NationalId, OrgNumber};

use crate::noon;

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
    let register = EmbeddedRegister::new(Store::temporary().expect("a store"), clock.clone());
    let imported = register.import(FILE.as_bytes()).await.expect("an import");
    assert_eq!((imported.persons, imported.organizations, imported.accounts), (4, 3, 3));
    assert_eq!(imported.unusable, 1);
    register
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

/// Covers: NP-86
#[tokio::test]
async fn stale_details_are_left_out_unless_asked_for() {
    let clock = noon();
    let register = register(&clock).await;
    let ids = ["13858130624", "07906636225", "02020050053", "31129956715"].map(id);

    let fresh = register.persons(&ids, false).await.expect("an answer");
    let stale = register.persons(&ids, true).await.expect("an answer");

    let kari = ("13858130624", false, Some("kari@fjord.example"), Some("+4799999999"));
    let found: Vec<_> = fresh.iter().map(shown).collect();
    assert_eq!(found, [kari, ("07906636225", false, Some("ola@fjord.example"), None)]);
    let found: Vec<_> = stale.iter().map(shown).collect();
    let ola = ("07906636225", false, Some("ola@fjord.example"), Some("+4790000001"));
    assert_eq!(found, [kari, ola, ("02020050053", true, Some("old@fjord.example"), None)]);

    clock.advance(Duration::from_hours(24 * 365 * 2));
    assert!(register.persons(&ids, false).await.expect("an answer").is_empty());
}

/// Covers: NP-87
#[tokio::test]
async fn an_organization_without_a_record_uses_its_main_unit() {
    let register = register(&noon()).await;
    let numbers = ["310000019", "310000027", "310000035", "310000043"].map(org);

    let found = register.organizations(&numbers).await.expect("an answer");

    let counts: Vec<_> =
        found.iter().map(|found| (found.number, found.emails.len(), found.mobiles.len())).collect();
    assert_eq!(counts, [(numbers[0], 3, 1), (numbers[1], 3, 1), (numbers[2], 0, 0)]);
}

/// Covers: NP-89
#[tokio::test]
async fn own_addresses_need_interest_and_a_right() {
    let register = register(&noon()).await;
    let emails = async |resource: &str, action: Option<&str>| {
        let right = ResourceRight::new(resource, action);
        let found = register.users(&[org("310000019")], &right).await.expect("an answer");
        found
            .iter()
            .filter_map(|user| user.email.as_ref())
            .map(|email| email.reveal().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        emails("urn:altinn:resource:demo-resource", None).await,
        ["leder@fjord.example", "POST@fjord.example"]
    );
    assert_eq!(emails("demo-resource", Some("write")).await, ["POST@fjord.example"]);
    assert_eq!(emails("other", Some("read")).await, ["POST@fjord.example", "annet@fjord.example"]);
}

#[tokio::test]
async fn external_identities_are_accounts_or_the_address_they_name() {
    let register = register(&noon()).await;
    let identities = [
        "urn:altinn:person:idporten-email:kjent@fjord.example",
        "urn:altinn:person:idporten-email:ny@fjord.example",
        "urn:altinn:username:ola",
        "urn:altinn:party:username:tom",
        "urn:altinn:party:username:ukjent",
    ]
    .map(|urn| urn.parse().expect("an identity"));

    let found = register.external_identities(&identities).await.expect("an answer");

    let shown: Vec<_> = found
        .iter()
        .map(|found| {
            let email = found.email.as_ref().map(types::EmailAddress::reveal);
            (found.identity.clone(), email, found.mobile.is_some())
        })
        .collect();
    let [known, new, ola, ..] = identities;
    assert_eq!(
        shown,
        [
            (known, Some("annen@fjord.example"), true),
            (new, Some("ny@fjord.example"), false),
            (ola, None, true)
        ]
    );
}

#[tokio::test]
async fn a_record_without_a_name_is_not_the_same_as_no_record() {
    let register = register(&noon()).await;
    let of = [
        Named::Person(id("13858130624")),
        Named::Person(id("01010050053")),
        Named::Person(id("31129956715")),
        Named::Organization(org("310000019")),
    ];

    let names = register.names(&of).await.expect("an answer");

    let known = |of: &Named, name: Option<&str>| KnownName { of: of.clone(), name: name.map(str::to_owned) };
    assert_eq!(
        names,
        [known(&of[0], Some("Kari Nordmann")), known(&of[1], None), known(&of[3], Some("Fjord AS"))]
    );
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
