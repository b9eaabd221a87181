//! Starts that are refused, each with a reason that says what to change.

use std::net::TcpListener;
use trials::{Place, Said, run};

async fn serve(place: &Place, more: &[&str]) -> Said {
    let mut arguments = vec!["serve".to_owned()];
    arguments.extend(place.arguments());
    arguments.extend(more.iter().map(|text| (*text).to_owned()));
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let said = run(place.folder(), &arguments).await;
    assert!(!said.status.success(), "it started: {}", said.out);
    assert!(!said.err.contains("panicked"), "{}", said.err);
    said
}

#[tokio::test]
async fn a_data_directory_in_use_is_refused_and_its_user_is_unharmed() {
    let place = Place::new();
    let mut first = place.start().await;
    let addresses = std::fs::read(place.data().join("addresses.json")).expect("the addresses");

    let second = serve(&place, &[]).await;

    assert!(second.err.contains(&place.data().display().to_string()), "{}", second.err);
    assert!(second.err.contains("another running budstikke"), "{}", second.err);
    assert!(second.err.contains("BUD-2001") && second.err.contains("what to do:"), "{}", second.err);
    assert_eq!(second.status.code(), Some(1));
    assert!(first.is_running());
    assert_eq!(first.get("/future/shipment/feed").await.status, 200);
    assert_eq!(std::fs::read(place.data().join("addresses.json")).expect("the addresses"), addresses);
}

#[tokio::test]
async fn an_address_in_use_is_refused_by_the_name_of_its_setting() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = taken.local_addr().expect("its address").to_string();
    for setting in ["listen.api", "listen.services", "listen.operators", "listen.mail", "listen.smsc"] {
        let smsc = Place::new().with("embedded.smsc", "true").with("listen.smsc", "127.0.0.1:0");
        let place = smsc.with(setting, &address);
        let said = serve(&place, &[]).await;
        assert!(said.err.contains(setting) && said.err.contains(&address), "{setting}: {}", said.err);
        assert!(said.err.contains("BUD-2005"), "{setting}: {}", said.err);
        assert!(!place.data().join("addresses.json").exists());
    }
}

#[tokio::test]
async fn a_setting_that_is_unknown_or_wrong_is_refused_by_its_name() {
    let place = Place::new();
    for (setting, named) in [
        ("notify.windov=8", "windov"),
        ("nonsense.key=1", "nonsense"),
        ("listen.api=everywhere", "listen.api"),
        ("notify.lease_seconds=soon", "notify.lease_seconds"),
        ("embedded.broker=perhaps", "embedded.broker"),
        ("log.filter=a=b=c", "log.filter"),
        ("without a value", "section.key=value"),
    ] {
        let said = serve(&place, &["--set", setting]).await;
        assert!(said.err.contains(named), "{setting}: {}", said.err);
        assert_eq!(said.status.code(), Some(2), "trying again does not help: {}", said.err);
        assert!(said.err.contains("BUD-100"), "{setting}: {}", said.err);
    }
    let said = serve(&place, &["--config", "not-there.toml"]).await;
    assert!(said.err.contains("BUD-1003"), "{}", said.err);
    assert!(said.err.contains("not-there.toml"), "{}", said.err);
}

/// Covers: NP-101
#[tokio::test]
async fn the_development_issuer_does_not_start_in_production_nor_beside_a_real_one() {
    let place = Place::new();
    let trusted = "trusted_issuers=[{kind=\"altinn\",issuer=\"https://a.example/\",jwks_url=\"https://a.example/jwks\"}]";
    let client = "maskinporten={token_endpoint=\"https://m.example/token\",audience=\"https://m.example/\",\
                  client_id=\"x\",key_file=\"x.pem\"}";
    for (setting, named) in [
        ("environment=production", "environment is production"),
        (trusted, "trusted_issuers"),
        (client, "maskinporten"),
    ] {
        let said = serve(&place, &["--set", setting]).await;
        assert!(said.err.contains(named) && said.err.contains("embedded.issuer"), "{setting}: {}", said.err);
        assert!(!place.data().join("issuer-key.pem").exists(), "{setting}");
    }
}

#[tokio::test]
async fn a_file_with_an_unknown_key_is_refused_by_the_names_of_key_and_file() {
    let place = Place::new();
    std::fs::write(place.folder().join("mine.toml"), "[notify]\nlease_secunds = 5\n").expect("a file");
    let said = serve(&place, &["--config", "mine.toml"]).await;
    assert!(said.err.contains("lease_secunds") && said.err.contains("mine.toml"), "{}", said.err);
}

#[tokio::test]
async fn a_data_directory_that_is_a_file_is_refused() {
    let place = Place::new();
    std::fs::write(place.data(), "not a folder").expect("a file");
    let said = serve(&place, &[]).await;
    assert!(said.err.contains(&place.data().display().to_string()), "{}", said.err);
}
