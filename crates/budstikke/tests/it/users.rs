//! The console's users: what each role may do, how accounts change, and the way back for a lost administrator.

use std::process::Stdio;

use serde_json::Value;
use tokio::io::AsyncWriteExt as _;
use trials::{Place, Said, Server, SignedIn, budstikke, eventually, run};

const PASSWORD: &str = "et langt passord";

async fn add(admin: &SignedIn, login: &str, role: &str) {
    let fields = [("login", login), ("password", PASSWORD), ("role", role)];
    let answer = admin.post("/console/users", &fields).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
}

async fn change(admin: &SignedIn, login: &str, fields: &[(&str, &str)]) -> u16 {
    let fields: Vec<_> = [("login", login)].into_iter().chain(fields.iter().copied()).collect();
    admin.post("/console/users/change", &fields).await.status
}

/// Whether somebody is still signed in: others are led to the door.
async fn is_in(somebody: &SignedIn) -> bool {
    !somebody.get("/console").await.text.contains("action=\"/console/sign-in\"")
}

async fn user(place: &Place, arguments: &[&str]) -> Said {
    let data = place.data().display().to_string();
    run(place.folder(), &[&["user"], arguments, &["--data-dir", &data]].concat()).await
}

async fn audit(place: &Place, count: usize) -> Vec<Value> {
    let data = place.data().display().to_string();
    eventually("the entries", || async {
        let said = run(place.folder(), &["audit", "export", "--data-dir", &data]).await;
        let lines: Vec<Value> = said.out.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        (lines.len() >= count).then_some(lines)
    })
    .await
}

#[tokio::test]
async fn every_role_sees_and_does_what_it_may_and_nothing_more() {
    let place = Place::new();
    let server = place.start().await;
    let admin = server.sign_in().await;
    add(&admin, "leser", "read").await;
    add(&admin, "drifter", "operate").await;
    let (reader, operator) =
        (server.sign_in_as("leser", PASSWORD).await, server.sign_in_as("Drifter", PASSWORD).await);
    for (path, of_reader, of_operator, of_admin) in [
        ("/console", 200, 200, 200),
        ("/console/contacts", 200, 200, 200),
        ("/console/webhooks", 200, 200, 200),
        ("/console/account", 200, 200, 200),
        ("/console/try-it", 403, 200, 200),
        ("/console/audit", 403, 403, 200),
        ("/console/erasure", 403, 403, 200),
        ("/console/audit?format=ndjson", 403, 403, 200),
        ("/console/contacts/export", 403, 403, 200),
        ("/console/users", 403, 403, 200),
    ] {
        let got =
            [reader.get(path).await.status, operator.get(path).await.status, admin.get(path).await.status];
        assert_eq!(got, [of_reader, of_operator, of_admin], "{path}");
    }
    let pages = [reader.get("/console").await.text, operator.get("/console").await.text];
    assert!(!pages[0].contains("/console/try-it") && pages[1].contains("/console/try-it"));
    assert!(!pages[1].contains("href=\"/console/users\""), "nobody is shown what they may not see");
    for (path, fields, of_operator) in [
        ("/console/webhooks/1", &[("wish", "pause")][..], 404),
        ("/console/try-it", &[("what", "nothing")], 400),
        ("/console/users", &[("login", "x1"), ("password", PASSWORD), ("role", "administer")], 403),
        ("/console/users/change", &[("login", "drifter"), ("wish", "role"), ("role", "administer")], 403),
        ("/console/users/change", &[("login", "admin"), ("wish", "disable")], 403),
    ] {
        assert_eq!(reader.post(path, fields).await.status, 403, "{path}");
        assert_eq!(operator.post(path, fields).await.status, of_operator, "{path}");
    }
}

#[tokio::test]
async fn a_change_of_an_account_counts_at_once_and_is_written_down() {
    let place = Place::new();
    let server = place.start().await;
    let admin = server.sign_in().await;
    add(&admin, "kari", "read").await;
    let kari = server.sign_in_as("kari", PASSWORD).await;
    assert_eq!(kari.get("/console/users").await.status, 403);
    assert_eq!(change(&admin, "kari", &[("wish", "role"), ("role", "administer")]).await, 200);
    assert_eq!(kari.get("/console/users").await.status, 200, "from the next request on");
    assert_eq!(
        change(&admin, "kari", &[("wish", "password"), ("password", "et annet langt passord")]).await,
        200
    );
    assert!(!is_in(&kari).await, "another password ends sessions");
    assert_eq!(server.try_to_sign_in("kari", PASSWORD).await.status(), 401);
    let kari = server.sign_in_as("kari", "et annet langt passord").await;
    assert_eq!(change(&admin, "kari", &[("wish", "disable")]).await, 200);
    assert!(!is_in(&kari).await, "closing an account ends sessions");
    assert_eq!(server.try_to_sign_in("kari", "et annet langt passord").await.status(), 401);
    assert_eq!(change(&admin, "admin", &[("wish", "disable")]).await, 422, "the last administrator");
    for refused in [
        [("login", "kari"), ("password", PASSWORD), ("role", "read")],
        [("login", "per"), ("password", "kort"), ("role", "read")],
        [("login", "per olsen"), ("password", PASSWORD), ("role", "read")],
    ] {
        assert_eq!(admin.post("/console/users", &refused).await.status, 422, "{refused:?}");
    }
    assert_eq!(change(&admin, "nobody", &[("wish", "disable")]).await, 404);

    let log = audit(&place, 9).await;
    let told: Vec<String> = log
        .iter()
        .filter(|entry| entry["action"] == "user.changed")
        .map(|entry| format!("{} {} {}", entry["actor"], entry["subject"], entry["detail"]).replace('"', ""))
        .collect();
    let wanted = ["added: read", "role: administer", "password", "disabled"];
    assert_eq!(told, wanted.map(|what| format!("operator admin kari {what}")));
    let refused = log.iter().filter(|entry| entry["action"] == "sign_in.refused").count();
    assert_eq!(refused, 2);
    let text = serde_json::to_string(&log).expect("JSON");
    assert!(!text.contains(PASSWORD) && !text.contains("argon2"), "{text}");
}

#[tokio::test]
async fn everybody_changes_their_own_password_and_shows_the_present_one_first() {
    let place = Place::new();
    let server = place.start().await;
    let (admin, present) = (server.sign_in().await, server.console_password());
    let new = "mitt helt eget passord";
    let change = async |current: &str, password: &str, again: &str| {
        let fields = [("current", current), ("password", password), ("again", again)];
        admin.post("/console/account", &fields).await.status
    };
    assert_eq!(change("guess", new, new).await, 422);
    assert_eq!(change(&present, new, "noe annet").await, 422);
    assert_eq!(change(&present, "kort", "kort").await, 422);
    assert!(is_in(&admin).await);
    assert_eq!(change(&present, new, new).await, 200, "the sign-in page");
    assert!(!is_in(&admin).await);
    server.sign_in_as("admin", new).await;
}

#[tokio::test]
async fn a_lost_administrator_is_found_again_on_the_machine() {
    let place = Place::new();
    let server = place.start().await;
    beside(&place, &server).await;
    server.stop().await;
    let said = user(&place, &["list"]).await;
    assert!(said.out.contains("per ") && said.out.contains("disabled"), "without a server: {}", said.out);
    let enabled = user(&place, &["enable", "per", "--json"]).await;
    let told: Value = serde_json::from_str(&enabled.out).expect("JSON");
    assert_eq!((&told["login"], &told["disabled"]), (&"per".into(), &false.into()));
    let made = user(&place, &["password", "per", "--json"]).await;
    let told: Value = serde_json::from_str(&made.out).expect("JSON");
    assert!(told["password"].as_str().is_some_and(|password| password.len() > 20), "{told}");
    let last = user(&place, &["disable", "admin"]).await;
    assert!(!last.status.success() && last.err.contains("last administrator"), "{}", last.err);
    let nobody = user(&place, &["enable", "kari"]).await;
    assert!(!nobody.status.success() && nobody.err.contains("no such user"), "{}", nobody.err);
}

/// While a server runs.
async fn beside(place: &Place, server: &Server) {
    let said = user(place, &["password", "admin"]).await;
    assert!(said.status.success(), "{}", said.err);
    let made = said.out.lines().find_map(|line| line.strip_prefix("password: ")).expect("a password");
    let admin = server.sign_in_as("admin", made).await;
    assert_eq!(admin.get("/console/users").await.status, 200);

    let data = place.data().display().to_string();
    let mut adding = budstikke(place.folder());
    adding.args(["user", "add", "per", "--role", "operate", "--data-dir", &data]);
    let mut adding = adding
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("a command");
    let mut input = adding.stdin.take().expect("its input");
    input.write_all(format!("{PASSWORD}\n").as_bytes()).await.expect("a password");
    drop(input);
    let said = adding.wait_with_output().await.expect("an end");
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    assert!(!String::from_utf8_lossy(&said.stdout).contains(PASSWORD), "nobody prints what they were given");
    let per = server.sign_in_as("per", PASSWORD).await;
    assert_eq!(per.get("/console/try-it").await.status, 200);
    let said = user(place, &["disable", "per"]).await;
    assert!(said.status.success(), "{}", said.err);
    assert!(!is_in(&per).await);
}
