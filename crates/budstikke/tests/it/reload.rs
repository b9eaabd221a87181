//! Reading the configuration anew: what is safe is taken over, the rest is named, what is broken changes nothing.

use reqwest::Method;
use serde_json::Value;

use trials::{Answer, Place, Server, eventually, run};

/// A server that starts with a file, which can be changed under it.
async fn start(place: &Place, file: &str) -> Server {
    write(place, file);
    place.start().await
}

fn write(place: &Place, file: &str) {
    std::fs::write(place.folder().join("budstikke.toml"), file).expect("a file");
}

async fn reload(place: &Place) -> (Option<i32>, Value) {
    let data = place.data().display().to_string();
    let said = run(place.folder(), &["reload", "--json", "--data-dir", &data]).await;
    let told = serde_json::from_str(&said.out).unwrap_or_else(|_| panic!("{}{}", said.out, said.err));
    (said.status.code(), told)
}

async fn health(server: &Server, part: &str) -> Value {
    let url = server.url(&format!("/manage/health/{part}"));
    reqwest::get(url).await.expect("an answer").json().await.expect("JSON")
}

async fn opens(server: &Server, password: &str) -> bool {
    let asked = server.exchange_as(password, Method::GET, "/conversations");
    Answer::of(asked).await.expect("an answer").status == 200
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_safe_is_taken_over_and_the_rest_is_named() {
    let place = Place::new().with("listen.smsc", "127.0.0.1:0");
    let server = start(&place, "[log]\nformat = \"text\"\n").await;
    let before = server.password.clone();
    assert!(opens(&server, &before).await);

    write(
        &place,
        "[exchange]\nuser_password = \"etterpaa\"\nsend_at_once = 3\n[log]\nformat = \"json\"\n\
         [notify.pace.fjord]\nper_minute = 1\nburst = 1\n",
    );
    let (code, told) = reload(&place).await;
    assert_eq!(code, Some(0), "{told}");
    let applied =
        ["exchange.user_password", "log.format", "notify.pace.fjord.burst", "notify.pace.fjord.per_minute"];
    assert_eq!(told["applied"], serde_json::json!(applied));
    assert_eq!(told["waiting"], serde_json::json!(["exchange.send_at_once"]));

    assert!(opens(&server, "etterpaa").await && !opens(&server, &before).await);
    let statuses =
        [server.get("/future/shipment/feed").await.status, server.get("/future/shipment/feed").await.status];
    assert_eq!(statuses, [200, 429], "the new pace does not hold");
    let configuration = health(&server, "configuration").await;
    assert_eq!(configuration["details"]["waitingForRestart"][0], "exchange.send_at_once", "{configuration}");
    let line =
        place.log().lines().rfind(|line| line.contains("read the configuration anew")).map(str::to_owned);
    let line: Value = serde_json::from_str(&line.expect("a line")).expect("a line of JSON");
    assert_eq!(line["applied"], 4, "{line}");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broken_file_changes_nothing_and_is_told_of() {
    let place = Place::new();
    let server = start(&place, "").await;
    let before = server.password.clone();

    write(&place, "[exchange]\nuser_password = \"etterpaa\"\nsend_tries = \"mange\"\n");
    let (code, told) = reload(&place).await;
    assert_eq!(code, Some(1), "{told}");
    assert!(told["problems"][0].as_str().is_some_and(|why| why.contains("send_tries")), "{told}");
    assert!(opens(&server, &before).await && !opens(&server, "etterpaa").await);
    let configuration = health(&server, "configuration").await;
    assert_eq!(configuration["status"], "UP");
    assert!(configuration["details"]["warning"].is_string(), "{configuration}");
    let figures = reqwest::get(server.url("/manage/prometheus")).await.expect("an answer");
    let figures = figures.text().await.expect("text");
    assert!(figures.contains("budstikke_configuration_problems 1"), "{figures}");

    write(&place, "[exchange]\nuser_password = \"etterpaa\"\n");
    server.signal("HUP").await;
    eventually("the file that is right again", || async { opens(&server, "etterpaa").await.then_some(()) })
        .await;
    let configuration = health(&server, "configuration").await;
    assert!(configuration["details"]["warning"].is_null(), "{configuration}");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_command_line_wins_over_the_environment_and_that_over_the_file() {
    let place = Place::new();
    write(&place, "[notify]\nfeed_days = 1\nsms_at_once = 1\nemail_at_once = 1\n");
    let mut command = trials::budstikke(place.folder());
    command.args(["check", "--set", "notify.email_at_once=3", "--set", "notify.orders_at_once=3"]);
    command.env("BUDSTIKKE_NOTIFY__SMS_AT_ONCE", "2").env("BUDSTIKKE_NOTIFY__EMAIL_AT_ONCE", "2");
    let said = command.output().await.expect("a command that starts");
    let said = String::from_utf8_lossy(&said.stdout).into_owned();
    for (key, value, origin) in [
        ("notify.feed_days", "1", "budstikke.toml"),
        ("notify.sms_at_once", "2", "environment"),
        ("notify.email_at_once", "3", "command line"),
        ("notify.orders_at_once", "3", "command line"),
    ] {
        let line = said.lines().find(|line| line.contains(key)).unwrap_or_else(|| panic!("{key}: {said}"));
        assert!(line.contains(value) && line.contains(origin), "{line}");
    }
}
