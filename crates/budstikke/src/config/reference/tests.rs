//! What becomes of a file of the reference.

use super::*;

/// A folder with the file in it.
fn read(text: &str, environment: &[(&str, &str)]) -> Reference {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join(USUAL_FILE);
    std::fs::write(&file, text).expect("a file");
    let environment: Vec<_> =
        environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Reference::read(Some(&file), None, &environment).expect("a file that can be read")
}

fn setting(reference: &Reference, name: &str) -> Option<String> {
    let (value, _) = reference.settings.get(name)?;
    value.as_str().map(str::to_owned).or_else(|| Some(serde_json::to_string(value).expect("a value")))
}

#[test]
fn a_file_becomes_settings() {
    let reference = read(
        "difi.move.org.number=0192:310000001\ndifi.move.nextmove.lock-timeout-minutes = 7\n\
         difi.move.org.keystore.path=file:/keys/org.p12\ndifi.move.org.keystore.password=${STORE_WORD:geheim}\n\
         difi.move.dpo.upload-size-limit=2GB\nserver.port=9999\ndifi.move.queue.maximum-retry-hours=10\n\
         difi.move.dpo.reportees[0].orgId=0192:310000002\ndifi.move.dpo.reportees[0].name=theirs\n\
         difi.move.nextmove.statusServices=DPO, DPE\ndifi.move.feature.status-queue-includes=DPO\n\
         difi.datasource.url=jdbc:postgresql://db:5432/ip\ndifi.datasource.username=sa\n\
         difi.datasource.password=p@ss\n",
        &[("DIFI_MOVE_NEXTMOVE_DEFAULTTTLHOURS", "2"), ("STORE_WORD", "from outside")],
    );
    assert_eq!(reference.wrong(), Vec::<String>::new());
    for (name, wanted) in [
        ("organization.number", "310000001"),
        ("organization.keystore.path", "/keys/org.p12"),
        ("organization.keystore.password", "from outside"),
        ("exchange.lock_timeout_seconds", "420"),
        ("exchange.upload_limit_bytes", "2147483648"),
        ("listen.api", "0.0.0.0:9999"),
        ("exchange.send_tries", "16"),
        ("exchange.default_deadline_seconds", "7200"),
        ("exchange.status_services", "[\"DPO\",\"DPE\"]"),
        ("exchange.status_queue_includes", "[\"DPO\"]"),
        ("dpo.system_users", "[{\"org\":\"310000001\"},{\"name\":\"theirs\",\"org\":\"310000002\"}]"),
        ("store", "postgres://sa:p%40ss@db:5432/ip"),
    ] {
        assert_eq!(setting(&reference, name).as_deref(), Some(wanted), "{name}");
    }
    assert!(!format!("{:?}", reference.entries).contains("p@ss"));
    assert!(!format!("{:?}", reference.entries).contains("from outside"));
}

#[test]
fn every_key_has_a_fate_and_every_wrong_value_is_named() {
    let reference = read(
        "difi.move.org.number=12\ndifi.move.queue.concurrency=many\ndifi.move.org.numbr=1\n\
         difi.activemq.broker-url=vm://x\ndifi.move.feature.enableDPV=true\ndifi.move.sign.jwkUrl=${NOWHERE}\n",
        &[],
    );
    let fates: Vec<_> = reference.entries.iter().map(|entry| &entry.fate).collect();
    assert!(matches!(fates[0], Fate::Wrong(_)) && matches!(fates[1], Fate::Wrong(_)), "{fates:?}");
    assert_eq!(fates[2], &Fate::Unknown(Some("difi.move.org.number")));
    assert!(matches!(fates[3], Fate::Ignored(why) if why.contains("store")), "{fates:?}");
    assert!(matches!(fates[4], Fate::Ignored(why) if why.contains("DPO only")), "{fates:?}");
    assert!(matches!(fates[5], Fate::Wrong(why) if why.contains("NOWHERE")), "{fates:?}");
    let wrong = reference.wrong();
    assert_eq!(wrong.len(), 3);
    assert!(wrong[0].contains(".properties:1") && wrong[1].contains(".properties:2"), "{wrong:?}");
}

#[test]
fn profiles_name_the_public_services_and_the_file_has_the_last_word() {
    let reference = read(
        "spring.profiles.active=staging\ndifi.move.org.number=310000001\n\
         difi.move.serviceregistryEndpoint=https://registry.example/sr\n",
        &[],
    );
    assert_eq!(reference.profile, Some("staging"));
    for (name, wanted) in [
        ("hosted_registry.url", "https://registry.example/sr"),
        ("dpo.broker_url", "https://platform.tt02.altinn.no/broker/api/v1"),
        ("maskinporten.token_endpoint", "https://test.maskinporten.no/token"),
        ("maskinporten.client_id", "MOVE_IP_310000001"),
        ("embedded.issuer", "false"),
    ] {
        assert_eq!(setting(&reference, name).as_deref(), Some(wanted), "{name}");
    }
    let wrong = read("spring.profiles.active=prod\n", &[]);
    assert!(wrong.wrong()[0].contains("staging or production"), "{:?}", wrong.wrong());
}

#[test]
fn of_a_key_that_stands_in_several_places_the_last_counts() {
    let reference = read(
        "difi.move.org.number=wrong\ndifi.move.nextmove.status-services=DPO\n\
         difi.move.nextmove.statusServices=DPE\ndifi.move.dph.herIds[0]=1\ndifi.move.dph.herIds[1]=2\n\
         difi.move.dpo.reportees[0].orgId=310000002\ndifi.move.dpo.reportees[0].name=theirs\n\
         spring.profiles.active=production\n",
        &[
            ("DIFI_MOVE_ORG_NUMBER", "310000001"),
            ("DIFI_MOVE_DPH_HERIDS_0", "3"),
            ("DIFI_MOVE_DPO_REPORTEES_0_ORGID", "310000003"),
            ("SPRING_PROFILES_ACTIVE", "staging"),
        ],
    );
    assert_eq!(reference.wrong(), Vec::<String>::new());
    for (name, wanted) in [
        ("organization.number", "310000001"),
        ("exchange.status_services", "[\"DPE\"]"),
        ("exchange.dph_her_ids", "[3]"),
        ("dpo.system_users", "[{\"org\":\"310000001\"},{\"org\":\"310000003\"}]"),
    ] {
        assert_eq!(setting(&reference, name).as_deref(), Some(wanted), "{name}");
    }
    assert_eq!(reference.profile, Some("staging"));
    let told = |entry: &&Entry| matches!(&entry.fate, Fate::Ignored(why) if why.contains("further on"));
    assert_eq!(reference.entries.iter().filter(told).count(), 7);
    let none = read("spring.profiles.active=staging\n", &[("SPRING_PROFILES_ACTIVE", "dev")]);
    assert_eq!(none.profile, None);
}

#[test]
fn placeholders_that_lead_in_a_circle_are_wrong() {
    let reference = read("difi.move.org.number=${a}\na=${b}\nb=${a}\n", &[]);
    assert!(reference.wrong()[0].contains("circle"), "{:?}", reference.wrong());
}

#[test]
fn the_page_of_keys_is_this_table() {
    let page = include_str!("../../../../../docs/reference/properties.md");
    let rows: Vec<&str> = page.lines().filter(|line| line.starts_with("| `")).collect();
    let wanted: Vec<String> = KEYS
        .iter()
        .map(|key| {
            let setting = key.becomes.setting();
            let setting = setting.map_or_else(|| "ignored".to_owned(), |setting| format!("`{setting}`"));
            format!("| `{}` | {setting} | {} |", key.name, key.becomes.in_words())
        })
        .collect();
    assert_eq!(rows, wanted, "write:\n{}", wanted.join("\n"));
}
