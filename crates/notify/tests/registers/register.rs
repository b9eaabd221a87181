//! What every register must do alike: each behaviour runs on the embedded register, and on the clients of
//! all the others towards simulators that have read the same file.

use std::sync::Arc;
use std::time::Duration;

use notify::recipients::registers::{
    AuthorizationFrom, ContactRegister, EmbeddedRegister, ImportError, KnownName, Named, NamesFrom,
    OrganizationsFrom, PersonContact, PersonsFrom, Registers, RegistersConfig, SelfIdentifiedFrom, UsersFrom,
};
use notify::recipients::{
    Address, Channel, ChannelSchema, NotSent, Phase, Planned, Recipient, ResourceRight, look_up,
};
use testkit::serving::Running;
use testkit::stepped_clock;
use types::time::Clock;
use types::{NationalId, OrgNumber};

use crate::{clients, simulated};

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
    { "organizationNumber": "310000019", "partyId": 500700, "name": "Fjord AS",
      "emails": ["Post@fjord.example", "post@FJORD.example", "drift@fjord.example"], "mobiles": ["22222222", "40000000"],
      "users": [
        { "email": "leder@fjord.example", "rights": [{ "resource": "demo-resource", "action": "read" }] },
        { "email": "POST@fjord.example", "mobile": "+4740000001", "rights": [{ "resource": "*" }] },
        { "email": "annet@fjord.example", "resources": ["other"], "rights": [{ "resource": "*" }] },
        { "email": "uten@fjord.example" },
        { "userId": 20001, "email": "fullmakt@fjord.example" } ] },
    { "organizationNumber": "310000027", "mainUnit": "310000019" },
    { "organizationNumber": "310000035", "mainUnit": "310000019", "emails": [] }
  ],
  "accounts": [
    { "username": "epost:kjent@fjord.example", "email": "annen@fjord.example", "mobile": "+4740000002" },
    { "username": "ola", "mobile": "+4740000003" },
    { "username": "tom" }
  ],
  "grants": [ { "userId": 20001, "partyId": 500700, "resource": "demo-resource", "action": "write" } ]
}"#;

async fn register(clock: &Clock) -> EmbeddedRegister {
    let register = EmbeddedRegister::new(testkit::stores::temporary(), clock.clone());
    let imported = register.import(FILE.as_bytes()).await.expect("an import");
    assert_eq!((imported.persons, imported.organizations, imported.accounts), (4, 3, 3));
    assert_eq!((imported.users, imported.grants, imported.unusable), (5, 1, 1));
    register
}

/// The embedded register, and all the others.
struct Every {
    registers: [(&'static str, Arc<dyn ContactRegister>); 3],
    _server: Running,
}

impl Every {
    async fn new(clock: &Clock) -> Self {
        let embedded = register(clock).await;
        let (_, server) = simulated(FILE, clock).await;
        let profile = RegistersConfig {
            persons: PersonsFrom::Profile,
            self_identified: SelfIdentifiedFrom::Profile,
            organizations: OrganizationsFrom::Profile,
            users: UsersFrom::Profile,
            authorization: AuthorizationFrom::Pdp,
            names: NamesFrom::Register,
            chunk: 2,
            ..RegistersConfig::default()
        };
        let krr = RegistersConfig { persons: PersonsFrom::Krr, ..profile.clone() };
        let own: Arc<dyn ContactRegister> = Arc::new(Registers::embedded(&embedded));
        let registers = [
            ("embedded", own),
            ("profile", clients(profile, &server, &embedded, clock)),
            ("national register", clients(krr, &server, &embedded, clock)),
        ];
        Self { registers, _server: server }
    }

    fn each(&self) -> impl Iterator<Item = (&'static str, &dyn ContactRegister)> {
        self.registers.iter().map(|(name, register)| (*name, register.as_ref()))
    }
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
    let clock = stepped_clock();
    let every = Every::new(&clock).await;
    let ids = ["13858130624", "07906636225", "02020050053", "31129956715"].map(id);
    let kari = ("13858130624", false, Some("kari@fjord.example"), Some("+4799999999"));
    let ola = |mobile| ("07906636225", false, Some("ola@fjord.example"), mobile);

    for (name, register) in every.each() {
        let mut fresh = register.persons(&ids, false).await.expect("an answer");
        let mut stale = register.persons(&ids, true).await.expect("an answer");
        for found in [&mut fresh, &mut stale] {
            found.sort_by_key(|found| ids.iter().position(|id| *id == found.id));
        }
        let found: Vec<_> = fresh.iter().map(shown).collect();
        assert_eq!(found, [kari, ola(None)], "{name}");
        let found: Vec<_> = stale.iter().map(shown).collect();
        let old = ("02020050053", true, Some("old@fjord.example"), None);
        assert_eq!(found, [kari, ola(Some("+4790000001")), old], "{name}");
    }

    clock.advance(Duration::from_hours(24 * 365 * 2));
    for (name, register) in every.each() {
        assert!(register.persons(&ids, false).await.expect("an answer").is_empty(), "{name}");
    }
}

/// Covers: NP-87, NP-94
#[tokio::test]
async fn an_organization_without_a_record_uses_its_main_unit() {
    let every = Every::new(&stepped_clock()).await;
    let numbers = ["310000019", "310000027", "310000035", "310000043"].map(org);

    for (name, register) in every.each() {
        let mut found = register.organizations(&numbers).await.expect("an answer");
        found.sort_by_key(|found| found.number);
        let shown: Vec<_> = found
            .iter()
            .map(|found| (found.number, found.origin, found.emails.len(), found.mobiles.len()))
            .collect();
        let [main, unit, emptied, _] = numbers;
        assert_eq!(shown, [(main, main, 3, 1), (unit, main, 3, 1), (emptied, emptied, 0, 0)], "{name}");
    }
}

async fn own_emails(register: &dyn ContactRegister, resource: &str, action: Option<&str>) -> Vec<String> {
    let right = ResourceRight::new(resource, action);
    let found = register.users(&[org("310000019")], &right).await.expect("an answer");
    let emails = found.iter().filter_map(|user| user.email.as_ref());
    let mut emails: Vec<String> = emails.map(|email| email.reveal().to_owned()).collect();
    emails.sort_unstable();
    emails
}

/// Covers: NP-89, NP-94
#[tokio::test]
async fn own_addresses_need_interest_and_a_right() {
    let every = Every::new(&stepped_clock()).await;
    for (name, register) in every.each() {
        let demo = own_emails(register, "urn:altinn:resource:demo-resource", None).await;
        assert_eq!(demo, ["POST@fjord.example", "leder@fjord.example"], "{name}");
        let other = own_emails(register, "other", Some("anything")).await;
        assert_eq!(other, ["POST@fjord.example", "annet@fjord.example"], "{name}");
        let write = own_emails(register, "demo-resource", Some("write")).await;
        assert_eq!(write, ["POST@fjord.example", "fullmakt@fjord.example"], "{name}");
    }
}

/// Covers: NP-94
#[tokio::test]
async fn external_identities_are_accounts_or_the_address_they_name() {
    let every = Every::new(&stepped_clock()).await;
    let identities = [
        "urn:altinn:person:idporten-email:kjent@fjord.example",
        "urn:altinn:person:idporten-email:ny@fjord.example",
        "urn:altinn:username:ola",
        "urn:altinn:party:username:tom",
        "urn:altinn:party:username:ukjent",
    ]
    .map(|urn| urn.parse().expect("an identity"));

    for (name, register) in every.each() {
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
        assert_eq!(shown, expected, "{name}");
    }
}

/// Covers: NP-94
#[tokio::test]
async fn a_record_without_a_name_is_not_the_same_as_no_record() {
    let every = Every::new(&stepped_clock()).await;
    let of = [
        Named::Person(id("13858130624")),
        Named::Person(id("01010050053")),
        Named::Person(id("31129956715")),
        Named::Organization(org("310000019")),
    ];
    let known = |of: &Named, name: Option<&str>| KnownName { of: of.clone(), name: name.map(str::to_owned) };
    let expected =
        [known(&of[0], Some("Kari Nordmann")), known(&of[1], None), known(&of[3], Some("Fjord AS"))];

    for (name, register) in every.each() {
        let mut names = register.names(&of).await.expect("an answer");
        names.sort_by_key(|known| of.iter().position(|of| *of == known.of));
        assert_eq!(names, expected, "{name}");
    }
}

/// Covers: NP-95
#[tokio::test]
async fn a_malformed_file_leaves_the_register_as_it_was() {
    let register = register(&stepped_clock()).await;
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
    let bad_users = [
        r#"{"organizations":[{"organizationNumber":"310000019","users":[{"userId":0}]}]}"#,
        r#"{"users":[{"organizationNumber":"310000019","userId":1},{"organizationNumber":"310000019","userId":1}]}"#,
        r#"{"persons":[],"users":[{"organizationNumber":"310000051"}]}"#,
    ];
    for file in bad_users {
        let error = register.import(file.as_bytes()).await.expect_err("a refusal");
        assert!(!matches!(error, ImportError::Malformed { .. } | ImportError::Store(_)), "{file}: {error:?}");
    }
    for csv in ["", "name\nKari", "nationalIdentityNumber,name\n13858130624", "username\n\"ola"] {
        let error = register.import_csv(csv.as_bytes()).await.expect_err("a refusal");
        assert!(matches!(error, ImportError::Row { .. }), "{csv}: {error:?}");
    }
    let registers = Registers::embedded(&register);
    assert_eq!(registers.persons(&[id("13858130624")], false).await.expect("an answer").len(), 1);
    assert_eq!(own_emails(&registers, "demo-resource", None).await.len(), 2);

    register.import(br#"{"organizations":[]}"#).await.expect("an import");
    assert_eq!(registers.persons(&[id("13858130624")], false).await.expect("an answer").len(), 1);
    assert!(registers.organizations(&[org("310000019")]).await.expect("an answer").is_empty());
}

#[tokio::test]
async fn what_is_exported_can_be_imported_and_means_the_same() {
    let (first, clock) = (register(&stepped_clock()).await, stepped_clock());
    let second = EmbeddedRegister::new(testkit::stores::temporary(), clock);
    let file = first.export().await.expect("a file");

    second.import(&file).await.expect("an import");

    assert_eq!(second.export().await.expect("a file"), file);
    let (before, after) = (Registers::embedded(&first), Registers::embedded(&second));
    for action in [None, Some("write")] {
        let wanted = own_emails(&before, "demo-resource", action).await;
        assert_eq!((own_emails(&after, "demo-resource", action).await, wanted.len()), (wanted, 2));
    }
}

#[tokio::test]
async fn csv_brings_in_one_kind_at_a_time() {
    let register = register(&stepped_clock()).await;
    let files = [
        "nationalIdentityNumber;email;lastConfirmed\n02020050053;ny@fjord.example;2026-02-01T00:00:00Z\n",
        "organizationNumber,partyId,emails\n310000019,7,post@fjord.example\n",
        "organizationNumber,userId,email,resources\n310000019,9,leder@fjord.example,demo-resource\n",
        "userId,partyId,resource\n9,7,demo-resource\n",
        "username,mobile\nola,+4740000004\n",
    ];
    for file in files {
        register.import_csv(file.as_bytes()).await.expect(file);
    }

    let registers = Registers::embedded(&register);
    let all = ["13858130624", "02020050053"].map(id);
    let found = registers.persons(&all, false).await.expect("an answer");
    assert_eq!(
        found.iter().map(shown).collect::<Vec<_>>(),
        [("02020050053", false, Some("ny@fjord.example"), None)]
    );
    assert_eq!(own_emails(&registers, "demo-resource", None).await, ["leder@fjord.example"]);
    assert!(own_emails(&registers, "other", None).await.is_empty());
    let ola = ["urn:altinn:username:ola".parse().expect("an identity")];
    let found = registers.external_identities(&ola).await.expect("an answer");
    assert_eq!(found[0].mobile.as_ref().map(types::PhoneNumber::reveal), Some("+4740000004"));
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
    let register = Registers::embedded(&register(&stepped_clock()).await);
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
