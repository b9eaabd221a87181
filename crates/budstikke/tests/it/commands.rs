//! The other commands: what they print and how they end.

use reqwest::Method;
use serde_json::json;
use trials::{Answer, ORG, Place, run};

const COMMANDS: [&str; 18] = [
    "serve",
    "demo",
    "token",
    "import",
    "export",
    "audit",
    "backup",
    "restore",
    "move",
    "bench",
    "check",
    "doctor",
    "send",
    "status",
    "feed",
    "inbox",
    "errors",
    "completions",
];

#[tokio::test]
async fn every_command_explains_itself() {
    let place = Place::new();
    let all = run(place.folder(), &["--help"]).await;
    assert!(all.status.success(), "{}", all.err);
    for command in COMMANDS {
        assert!(all.out.contains(command), "{command} is not listed in:\n{}", all.out);
        let one = run(place.folder(), &[command, "--help"]).await;
        assert!(one.status.success() && one.out.contains("Usage: budstikke"), "{command}: {}", one.out);
        assert!(one.out.contains("Options:"), "{command}: {}", one.out);
    }
    let unknown = run(place.folder(), &["sevre"]).await;
    assert_eq!(unknown.status.code(), Some(2));
    assert!(unknown.err.contains("serve"), "the nearest command is named: {}", unknown.err);
    assert!(unknown.err.contains("BUD-1001"), "{}", unknown.err);
    let for_machines = run(place.folder(), &["sevre", "--json"]).await;
    let error: serde_json::Value = serde_json::from_str(&for_machines.err).expect("an error in JSON");
    assert_eq!((&error["error"]["code"], for_machines.status.code()), (&"BUD-1001".into(), Some(2)));
    let version = run(place.folder(), &["--version"]).await;
    assert_eq!(version.out.trim(), format!("budstikke {}", env!("CARGO_PKG_VERSION")));
}

#[tokio::test]
async fn a_printed_token_opens_the_api_of_its_server_alone() {
    let (place, other) = (Place::new(), Place::new());
    let server = place.start().await;
    let data = place.data().display().to_string();
    let token = async |more: &[&str]| {
        let fixed = ["token", "--data-dir", &data, "--services", &server.services];
        run(place.folder(), &[&fixed[..], more].concat()).await
    };
    let status = async |token: &str| {
        let feed = server.notify_as(token, Method::GET, "/future/shipment/feed");
        Answer::of(feed).await.expect("an answer").status
    };
    for org in [ORG, "fjord"] {
        let said = token(&["--org", org]).await;
        assert!(said.status.success(), "{}", said.err);
        assert_eq!((said.out.lines().count(), said.out.matches('.').count()), (1, 2), "{}", said.out);
        assert_eq!(status(said.out.trim()).await, 200);
    }
    let weak = token(&["--org", ORG, "--scope", "altinn:something.else"]).await;
    assert_eq!(status(weak.out.trim()).await, 403);
    assert_eq!(status(&other.start().await.token).await, 401);

    let unknown = token(&["--org", "nobody"]).await;
    assert!(!unknown.status.success() && unknown.out.is_empty());
    assert!(unknown.err.contains("--org"), "{}", unknown.err);
}

#[tokio::test]
async fn imported_people_can_be_ordered_for_by_number_also_after_a_kill() {
    let place = Place::new();
    let contacts = place.folder().join("contacts.json");
    let person = |number: &str| {
        json!({ "persons": [{ "nationalIdentityNumber": number, "name": "Kari Nordmann",
            "email": "kari@fjord.example", "lastConfirmed": "2100-01-01T00:00:00Z" }] })
    };
    let order = |number: &str| {
        json!({ "idempotencyId": number, "recipient": { "recipientPerson": {
            "nationalIdentityNumber": number, "channelSchema": "Email",
            "emailSettings": { "subject": "Hei", "body": "Hei" } } } })
    };
    let data = place.data().display().to_string();
    let file = contacts.display().to_string();
    let import = async || run(place.folder(), &["import", &file, "--data-dir", &data]).await;

    let server = place.start().await;
    assert_eq!(server.post("/future/orders", &order("01010050053")).await.status, 422);
    std::fs::write(&contacts, person("01010050053").to_string()).expect("a file");
    let through_the_server = import().await;
    assert!(through_the_server.out.contains("1 persons"), "{}", through_the_server.err);
    assert_eq!(server.post("/future/orders", &order("01010050053")).await.status, 201);

    server.kill().await;
    std::fs::write(&contacts, person("02010050032").to_string()).expect("a file");
    let directly = import().await;
    assert!(directly.out.contains("1 persons"), "{}", directly.err);
    let server = place.start().await;
    assert_eq!(server.post("/future/orders", &order("02010050032")).await.status, 201);

    std::fs::write(&contacts, "{ \"people\": [] }").expect("a file");
    let refused = import().await;
    assert!(!refused.status.success() && refused.err.contains("line 1"), "{}", refused.err);
}

#[tokio::test]
async fn the_demo_plays_to_its_end_and_says_what_it_proved() {
    let place = Place::new();
    let said = run(place.folder(), &["demo", "--large", "8", "--people", "500"]).await;
    assert!(said.status.success(), "{}\n{}", said.out, said.err);
    let (story, proved) = said.out.split_once("Proved, in ").expect("a summary");
    assert!(!story.contains('✗'), "{story}");
    for step in [
        "code goes out as SMS",
        "same request again",
        "e-mail",
        "first gateway is shut",
        "bulk order",
        "8 MB",
        "container",
        "webhook",
    ] {
        assert!(proved.contains(step), "{step} is not among what was proved:\n{proved}");
    }
    let summary = proved.lines().skip(1).filter(|line| !line.trim().is_empty());
    assert_eq!(story.matches('✓').count(), summary.count(), "{}", said.out);
}

#[tokio::test]
async fn errors_are_listed_and_explained() {
    let place = Place::new();
    let all = run(place.folder(), &["errors"]).await;
    assert!(
        all.status.success() && all.out.contains("BUD-2001") && all.out.contains("Exit codes"),
        "{}",
        all.out
    );
    let one = run(place.folder(), &["errors", "bud-2001"]).await;
    assert!(one.out.contains("Remedy") && one.out.contains("--data-dir"), "{}", one.out);
    let json = run(place.folder(), &["errors", "--json"]).await;
    let json: serde_json::Value = serde_json::from_str(&json.out).expect("JSON");
    assert!(json.as_array().is_some_and(|all| all.len() > 40));
    let unknown = run(place.folder(), &["errors", "BUD-0000"]).await;
    assert_eq!(unknown.status.code(), Some(4));
    let markdown = run(place.folder(), &["errors", "--markdown"]).await;
    assert!(markdown.out.starts_with("# Errors"));
}

#[tokio::test]
async fn completions_are_scripts_that_name_every_command() {
    let place = Place::new();
    for shell in ["bash", "zsh", "fish"] {
        let script = run(place.folder(), &["completions", shell]).await;
        assert!(script.status.success(), "{}", script.err);
        for command in COMMANDS {
            assert!(script.out.contains(command), "{shell}: {command}");
        }
        if shell == "bash" {
            let file = place.folder().join("completions.bash");
            std::fs::write(&file, &script.out).expect("a file");
            let read = std::process::Command::new("bash").arg("-n").arg(file).status().expect("bash");
            assert!(read.success());
        }
    }
}
