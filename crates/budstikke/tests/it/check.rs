//! `budstikke check`, and a server that starts with the file of an Integrasjonspunkt.

use reqwest::{Client, Method};
use serde_json::Value;
use trials::{Answer, Place, Said, run};

const FILE: &str = "integrasjonspunkt-local.properties";

async fn check(place: &Place, more: &[&str]) -> Said {
    let data = place.data().display().to_string();
    let arguments = [&["check", "--data-dir", &data], more].concat();
    run(place.folder(), &arguments).await
}

fn json(said: &Said) -> Value {
    serde_json::from_str(&said.out).unwrap_or_else(|error| panic!("{error}: {}{}", said.out, said.err))
}

/// The row of a list that has this under that name.
fn row<'r>(report: &'r Value, list: &str, name: &str, wanted: &str) -> &'r Value {
    let rows = report[list].as_array().expect("a list");
    rows.iter().find(|row| row[name] == wanted).unwrap_or_else(|| panic!("no {wanted} in {report:#}"))
}

#[tokio::test]
async fn every_key_of_the_reference_is_accounted_for_with_its_line() {
    let place = Place::new();
    let text = "# ours\ndifi.move.org.number=310000001\ndifi.move.nextmove.lock-timeout-minutes=7\n\
                difi.security.user.password=0012345678\ndifi.activemq.broker-url=vm://localhost\n\
                difi.move.queue.concurrensy=4\n";
    std::fs::write(place.folder().join(FILE), text).expect("a file");
    std::fs::write(place.folder().join("budstikke.toml"), "[exchange]\nsend_at_once = 3\n").expect("a file");

    let said = check(&place, &["--json", "--set", "log.format=json"]).await;

    assert!(said.status.success(), "{}{}", said.out, said.err);
    assert!(!said.out.contains("12345678") && !said.err.contains("12345678"), "{}", said.out);
    let report = json(&said);
    let fate = |key: &str| row(&report, "reference", "key", key);
    let used = fate("difi.move.nextmove.lock-timeout-minutes");
    assert_eq!(
        (&used["status"], &used["setting"]),
        (&"used".into(), &"exchange.lock_timeout_seconds".into())
    );
    assert_eq!(used["at"], format!("{FILE}:3"));
    let ignored = fate("difi.activemq.broker-url");
    assert!(
        ignored["status"] == "ignored" && ignored["note"].as_str().is_some_and(|why| why.contains("store"))
    );
    let unknown = fate("difi.move.queue.concurrensy");
    assert!(unknown["status"] == "unknown", "{unknown}");
    assert!(unknown["note"].as_str().is_some_and(|note| note.contains("difi.move.queue.concurrency")));
    for (setting, value, from) in [
        ("exchange.lock_timeout_seconds", "420", format!("{FILE}:3")),
        ("exchange.user_password", "…", format!("{FILE}:4")),
        ("exchange.send_at_once", "3", "budstikke.toml:2".to_owned()),
        ("log.format", "json", "the command line".to_owned()),
    ] {
        let row = row(&report, "settings", "setting", setting);
        assert_eq!((row["value"].as_str(), row["from"].as_str()), (Some(value), Some(&*from)), "{setting}");
    }
    assert!(!place.data().exists(), "nothing is made by looking");

    let table = check(&place, &["--all"]).await;
    for words in
        ["Keys of the Integrasjonspunkt", "unknown", "exchange.send_tries", "default", "Nothing is wrong"]
    {
        assert!(table.out.contains(words), "{words}: {}", table.out);
    }
}

#[tokio::test]
async fn every_wrong_value_is_told_of_at_once_and_no_server_starts_with_it() {
    let place = Place::new();
    let text = "difi.move.org.number=12\nserver.port=seventy\nspring.profiles.active=prod\n";
    std::fs::write(place.folder().join("mine.properties"), text).expect("a file");
    let settings = ["--properties", "mine.properties", "--set", "notify.windov=8", "--set", "listen.mail=x"];

    let said = check(&place, &settings).await;
    assert!(!said.status.success());
    let data = place.data().display().to_string();
    let served = run(place.folder(), &[&["serve", "--data-dir", &data], &settings[..]].concat()).await;
    assert!(!served.status.success());
    for named in ["mine.properties:1", "mine.properties:2", "mine.properties:3", "windov", "listen.mail"] {
        assert!(said.out.contains(named), "{named}: {}", said.out);
        assert!(served.err.contains(named), "{named}: {}", served.err);
    }
}

#[tokio::test]
async fn a_certificate_of_somebody_else_is_found_out() {
    let place = Place::new();
    place.start().await.stop().await;
    let identity = place.data().join("identity");
    let (certificate, key) = (identity.join("certificate.pem"), identity.join("key.pem"));
    let certificate = format!("organization.certificate_file={}", certificate.display());
    let key = format!("organization.key_file={}", key.display());
    let settings = ["--set", &certificate, "--set", &key];
    let good = check(&place, &settings).await;
    assert!(good.status.success() && good.out.contains("is ours"), "{}{}", good.out, good.err);

    let bad = check(&place, &[&settings[..], &["--set", "organization.number=310000002"]].concat()).await;
    assert!(!bad.status.success());
    assert!(bad.out.contains("belongs to 310000001"), "{}", bad.out);
}

#[tokio::test]
async fn services_that_do_not_answer_are_told_of_when_they_are_called() {
    let place = Place::new();
    let settings = ["--set", "embedded.registry=false", "--set", "hosted_registry.url=http://127.0.0.1:1/"];
    assert!(check(&place, &settings).await.status.success());
    let called = check(&place, &[&settings[..], &["--connect", "--json"]].concat()).await;
    assert!(!called.status.success());
    let report = json(&called);
    let row = row(&report, "trials", "what", "hosted_registry.url http://127.0.0.1:1/jwk");
    assert_eq!(row["outcome"], "failed");
}

#[tokio::test]
async fn a_server_starts_with_the_file_that_is_already_there_and_says_so() {
    let place = Place::new();
    let text = "difi.move.org.number=310000002\ndifi.security.user.name=arkiv\n\
                difi.security.user.password=0012345678\ndifi.activemq.broker-url=vm://localhost\n";
    std::fs::write(place.folder().join(FILE), text).expect("a file");
    // The one that would have been made does not count.
    std::fs::create_dir_all(place.data()).expect("a folder");
    std::fs::write(place.data().join("password"), "another").expect("a file");
    let server = place.start_without_token().await;
    let request = Client::new().request(Method::GET, server.url("/api/messages/in"));
    let answer = Answer::of(request.basic_auth("arkiv", Some("0012345678"))).await.expect("an answer");
    assert_eq!(answer.status, 200, "{answer:?}");
    let log = place.log();
    assert!(log.contains(FILE) && log.contains("difi.activemq.broker-url"), "{log}");
    assert!(!log.contains("0012345678"), "{log}");
    server.stop().await;
}
