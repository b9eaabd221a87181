//! A broker and a registry, each in a process of its own, with two servers that exchange over them.

use std::path::Path;
use std::process::Stdio;

use reqwest::Method;
use serde_json::Value;
use tokio::process::Child;
use trials::{Answer, Place, Server, budstikke, envelope, eventually, run};

const A: &str = "310000001";
const B: &str = "310000002";
const ARKIVMELDING: &str = include_str!("../../demo/arkivmelding.xml");

/// A part in a process of its own, which can be killed and started again.
struct Alone {
    process: Child,
    services: String,
    operators: String,
}

impl Alone {
    async fn start(part: &str, place: &Place) -> Self {
        let file = place.data().join("addresses.json");
        // What a killed process left behind names addresses that are no more.
        drop(std::fs::remove_file(&file));
        let log = std::fs::File::options().create(true).append(true).open(place.folder().join("stderr.log"));
        let mut command = budstikke(place.folder());
        command.arg(part).args(place.arguments()).stdout(Stdio::null()).stderr(log.expect("a log"));
        let process = command.spawn().expect("a process");
        let addresses = eventually("the addresses of a part", || async {
            serde_json::from_slice::<Value>(&std::fs::read(&file).ok()?).ok()
        })
        .await;
        let at = |name: &str| addresses[name].as_str().unwrap_or_default().to_owned();
        Self { process, services: at("services"), operators: at("operators") }
    }

    /// A hangup is heard, and ends nothing.
    async fn hang_up(&self, place: &Place) {
        let pid = self.process.id().expect("a living process").to_string();
        let told = tokio::process::Command::new("kill").args(["-HUP", &pid]).status().await;
        assert!(told.expect("a signal").success());
        eventually("a word about the settings", || async {
            let log = std::fs::read_to_string(place.folder().join("stderr.log")).ok()?;
            log.contains("read at its start only").then_some(())
        })
        .await;
    }

    async fn get(&self, path: &str) -> Option<(u16, String)> {
        let answer = reqwest::get(format!("http://{}{path}", self.operators)).await.ok()?;
        Some((answer.status().as_u16(), answer.text().await.ok()?))
    }
}

/// The settings of a part on this store, with the authority of `folder`.
fn part(authority: &Path, store: Option<&str>) -> Place {
    let mut place = Place::new();
    place.set("embedded.authority_dir", authority.display().to_string());
    if let Some(url) = store {
        place.set("store", format!("\"{url}\""));
    }
    place
}

/// The settings of a server that uses both parts.
fn server(number: &str, authority: &Path, broker: &Alone, registry: &Alone) -> Place {
    let mut place = Place::new()
        .with("organization.number", format!("\"{number}\""))
        .with("organization.name", format!("o{number}"))
        .with("embedded.authority_dir", authority.display().to_string())
        .with("embedded.elsewhere", format!("http://{}/", broker.services))
        .with("dpo.broker_url", format!("http://{}/broker/api/v1", broker.services))
        .with("hosted_registry.url", format!("http://{}/adressetjeneste", registry.services))
        .with("exchange.send_retry_seconds", "[1, 1, 1]");
    for service in ["issuer", "broker", "registry"] {
        place.set(&format!("embedded.{service}"), "false");
    }
    place
}

fn free_address() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("its address").to_string()
}

async fn ok(request: reqwest::RequestBuilder) -> Answer {
    let answer = Answer::of(request).await.expect("an answer");
    assert_eq!(answer.status, 200, "{answer:?}");
    answer
}

/// A message with its files, not sent off yet.
async fn draft(server: &Server, from: &str, to: &str) -> String {
    let id = uuid::Uuid::new_v4().to_string();
    ok(server.exchange(Method::POST, "/messages/out").json(&envelope(&id, from, to))).await;
    for (name, media_type, body) in [
        ("arkivmelding.xml", "text/xml", ARKIVMELDING.as_bytes()),
        ("vedtak.pdf", "application/pdf", b"%PDF"),
    ] {
        let disposition = format!("attachment; name=\"{name}\"; filename=\"{name}\"");
        let put = server.exchange(Method::PUT, &format!("/messages/out/{id}"));
        let put = put.header("Content-Disposition", disposition).header("Content-Type", media_type);
        ok(put.body(body.to_vec())).await;
    }
    id
}

async fn send_off(server: &Server, id: &str) {
    ok(server.exchange(Method::POST, &format!("/messages/out/{id}"))).await;
}

/// Waits for the message, takes it and removes it.
async fn take(server: &Server, id: &str) {
    eventually("the message in the inbox", || async {
        let peek = Answer::of(server.exchange(Method::GET, "/messages/in/peek")).await.ok()?;
        (peek.status == 200).then_some(())
    })
    .await;
    let popped = ok(server.exchange(Method::GET, &format!("/messages/in/pop/{id}"))).await;
    assert!(popped.text.starts_with("PK"));
    ok(server.exchange(Method::DELETE, &format!("/messages/in/{id}"))).await;
}

async fn delivered(server: &Server, id: &str) {
    eventually("LEVERT at the sender", || async {
        let answer = Answer::of(server.exchange(Method::GET, &format!("/statuses/{id}"))).await.ok()?;
        let statuses = answer.json()["content"].as_array()?.clone();
        statuses.iter().any(|status| status["status"] == "LEVERT").then_some(())
    })
    .await;
}

async fn two_servers_exchange(stores: [Option<&str>; 2]) {
    let folder = tempfile::tempdir().expect("a folder");
    let authority = folder.path().join("authority");
    let mut at_broker = part(&authority, stores[0]);
    at_broker.set("listen.services", free_address());
    let mut broker = Alone::start("broker", &at_broker).await;
    let mut at_registry = part(&authority, stores[1]);
    at_registry.set("embedded.elsewhere", format!("http://{}/", broker.services));
    let registry = Alone::start("registry", &at_registry).await;
    let (at_a, at_b) = (server(A, &authority, &broker, &registry), server(B, &authority, &broker, &registry));
    let a = at_a.start_without_token().await;
    let b = at_b.start_without_token().await;
    for (number, place) in [(A, &at_a), (B, &at_b)] {
        let certificate = place.data().join("identity/certificate.pem").display().to_string();
        let arguments = at_registry.arguments();
        let mut command = vec!["registry", "add", number, "--name", "Etat", "--certificate", &certificate];
        command.extend(arguments.iter().map(String::as_str));
        let said = run(at_registry.folder(), &command).await;
        assert!(said.status.success(), "{}", said.err);
    }

    let first = draft(&a, A, B).await;
    send_off(&a, &first).await;
    take(&b, &first).await;
    delivered(&a, &first).await;
    let meanwhile = draft(&b, B, A).await;
    broker.process.kill().await.expect("a death");
    send_off(&b, &meanwhile).await;
    let broker = Alone::start("broker", &at_broker).await;
    take(&a, &meanwhile).await;
    delivered(&b, &meanwhile).await;

    registry.hang_up(&at_registry).await;
    for part in [&broker, &registry] {
        let ready = part.get("/health/ready").await;
        assert_eq!(ready, Some((200, "Healthy".to_owned())));
    }
    a.stop().await;
    b.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_servers_exchange_over_a_broker_and_a_registry_of_their_own_though_the_broker_dies() {
    two_servers_exchange([None, None]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_with_broker_and_registry_on_postgres() {
    let databases = [testkit::stores::Database::new(), testkit::stores::Database::new()];
    two_servers_exchange([Some(databases[0].url()), Some(databases[1].url())]).await;
}

#[tokio::test]
async fn what_clients_need_to_know_is_printed_for_both_kinds() {
    let place = Place::new().with("listen.services", "127.0.0.1:9094");
    let arguments = place.arguments();
    let print = async |part: &str, kind: &str| {
        let mut command = vec![part, "--print-client-settings", kind];
        command.extend(arguments.iter().map(String::as_str));
        let said = run(place.folder(), &command).await;
        assert!(said.status.success(), "{}", said.err);
        said.out
    };

    assert!(
        print("broker", "java").await.contains("difi.move.dpo.brokerserviceUrl=http://127.0.0.1:9094/broker")
    );
    assert!(print("registry", "budstikke").await.contains("[hosted_registry]"));
}

#[tokio::test]
async fn the_registry_is_changed_also_while_it_does_not_run() {
    let place = Place::new();
    let arguments = place.arguments();
    let registry = async |words: &[&str]| {
        let mut command = vec!["registry"];
        command.extend(words);
        command.extend(arguments.iter().map(String::as_str));
        run(place.folder(), &command).await
    };

    let added = registry(&["add", "310000007", "--name", "Kommunen", "--svarut-level", "4"]).await;
    let listed = registry(&["list"]).await;
    let removed = registry(&["remove", "310000007"]).await;
    let again = registry(&["remove", "310000007"]).await;

    assert!(added.status.success(), "{}", added.err);
    let listed: Value = serde_json::from_str(listed.out.trim()).expect("a line of JSON");
    assert_eq!((&listed["number"], &listed["svarutLevel"]), (&"310000007".into(), &4.into()));
    assert!(removed.status.success(), "{}", removed.err);
    assert!(!again.status.success() && again.err.contains("nobody is registered"), "{}", again.err);
}
