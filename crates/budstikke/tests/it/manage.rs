//! `/manage`: health, probes and figures; and what the reference shows there and must not be seen.

use reqwest::{Client, Method};
use serde_json::{Value, json};
use trials::{Answer, ORG, Place, Server, envelope, eventually, instant_sms};
use uuid::Uuid;

/// Asks without credentials.
async fn ask(server: &Server, method: Method, path: &str) -> Answer {
    Answer::of(Client::new().request(method, server.url(path))).await.expect("an answer")
}

async fn get(server: &Server, path: &str) -> Answer {
    ask(server, Method::GET, path).await
}

/// The sum of the figures whose line begins with a name and holds all these words.
async fn figure(server: &Server, name: &str, words: &[&str]) -> f64 {
    let text = get(server, "/manage/prometheus").await.text;
    let lines = text.lines().filter(|line| {
        line.starts_with(&format!("{name}{{")) && words.iter().all(|word| line.contains(word))
    });
    lines.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum()
}

/// Weak point 22 of the reference: its probes ask for credentials.
///
/// Covers: IP-3, IP-210, IP-211, IP-216
#[tokio::test]
async fn health_and_probes_answer_everybody_and_tell_what_waits() {
    let place = Place::new();
    let server = place.start().await;
    let health = get(&server, "/manage/health").await;
    assert_eq!((health.status, health.media_type.as_str()), (200, "application/json"), "{health:?}");
    let health = health.json();
    assert_eq!(health["status"], "UP", "{health}");
    assert_eq!(health["groups"], json!(["liveness", "readiness"]));
    let components = &health["components"];
    assert_eq!(components["db"]["details"], json!({ "database": "SQLite", "validationQuery": "isValid()" }));
    assert_eq!(components["messageStatus"]["details"], json!({ "pollable": 0 }));
    let queue = &components["nextMoveQueue"]["details"];
    assert_eq!((&queue["outgoing"], &queue["incoming"]), (&json!(0), &json!(0)));
    for name in [
        "diskSpace",
        "ping",
        "livenessState",
        "readinessState",
        "certificates",
        "clock",
        "dbWrites",
        "gateways",
        "webhooks",
        "leader",
        "configuration",
    ] {
        assert_eq!(components[name]["status"], "UP", "{name} in {components}");
        let alone = get(&server, &format!("/manage/health/{name}")).await;
        assert_eq!((alone.status, &alone.json()["status"]), (200, &json!("UP")), "{name}");
    }
    assert!(components["certificates"]["details"]["daysLeft"].as_i64().is_some_and(|days| days > 30));
    for probe in ["liveness", "readiness"] {
        let answer = get(&server, &format!("/manage/health/{probe}")).await;
        assert_eq!((answer.status, &answer.json()["status"]), (200, &json!("UP")), "{probe}");
    }
    get(&server, "/manage/health/nonsense").await.assert_exchange_error(404);

    server.stop().await;
}

#[tokio::test]
async fn a_message_that_waits_is_counted_in_health_and_figures() {
    let place = Place::new();
    let server = place.start().await;
    let id = Uuid::new_v4().to_string();
    let letter = avtalt(&id);
    let created = Answer::of(server.exchange(Method::POST, "/messages/out").json(&letter)).await;
    let created = created.expect("an answer");
    assert_eq!(created.status, 200, "{created:?}");
    let sent = server.exchange(Method::POST, &format!("/messages/out/{id}"));
    assert_eq!(Answer::of(sent).await.expect("an answer").status, 200);

    eventually("the message waits for its client", async || {
        let health = get(&server, "/manage/health").await.json();
        let incoming = &health["components"]["nextMoveQueue"]["details"]["incoming"];
        (incoming.as_i64() == Some(1)).then_some(())
    })
    .await;
    let words = ["service=\"DPO\"", "direction=\"INCOMING\"", "status=\"INNKOMMENDE_MOTTATT\""];
    assert!((figure(&server, "budstikke_messages_total", &words).await - 1.0).abs() < f64::EPSILON);
    assert!((figure(&server, "budstikke_queue_depth", &["incoming"]).await - 1.0).abs() < f64::EPSILON);
    eventually("the channel has been asked", async || {
        let channels = get(&server, "/manage/health/channels").await.json();
        (channels["details"]["DPO"]["reachable"] == true).then_some(())
    })
    .await;
    assert!((figure(&server, "budstikke_channel_up", &["DPO"]).await - 1.0).abs() < f64::EPSILON);
    assert!(figure(&server, "budstikke_poll_seconds_count", &["DPO", "answered"]).await >= 1.0);
    server.stop().await;
}

#[tokio::test]
async fn a_channel_without_a_way_out_is_a_warning_and_takes_nobody_out_of_service() {
    let place = Place::new();
    let server = place.start().await;
    let off = Client::new()
        .post(server.url("/console/routes/sms/embedded"))
        .basic_auth("budstikke", Some(&server.password))
        .json(&json!({ "mode": "off" }));
    assert_eq!(off.send().await.expect("an answer").status(), 200);

    let gateways = get(&server, "/manage/health/gateways").await;
    assert_eq!(gateways.status, 200);
    let details = &gateways.json()["details"];
    assert_eq!(details["sms"]["shut"], json!(["embedded"]), "{details}");
    assert!(details["sms"]["warning"].is_string() && details["email"]["warning"].is_null(), "{details}");
    assert_eq!(get(&server, "/manage/health/readiness").await.status, 200);
    let alone =
        trials::run(place.folder(), &["health", "--data-dir", &place.data().display().to_string()]).await;
    assert_eq!(alone.status.code(), Some(0), "{}", alone.err);
    server.stop().await;
    let gone =
        trials::run(place.folder(), &["health", "--data-dir", &place.data().display().to_string()]).await;
    assert_eq!(gone.status.code(), Some(1), "{}", gone.out);
}

#[tokio::test]
async fn how_long_codes_and_messages_took_is_counted() {
    let place = Place::new();
    let server = place.start().await;
    let is_one = async |name: &str, words: &[&str]| {
        let count = figure(&server, &format!("{name}_count"), words).await;
        ((count - 1.0).abs() < f64::EPSILON).then_some(())
    };
    let sent = server.post("/future/orders/instant/sms", &instant_sms("t", "+4798765432", "Kode 7")).await;
    assert_eq!(sent.status, 201, "{sent:?}");
    is_one("budstikke_notify_instant_seconds", &["sms", "taken"]).await.expect("it was taken");
    eventually("the report was counted", async || {
        is_one("budstikke_notify_instant_seconds", &["sms", "delivered"]).await
    })
    .await;
    let id = Uuid::new_v4().to_string();
    let letter = avtalt(&id);
    for request in [
        server.exchange(Method::POST, "/messages/out").json(&letter),
        server.exchange(Method::POST, &format!("/messages/out/{id}")),
    ] {
        assert_eq!(Answer::of(request).await.expect("an answer").status, 200);
    }
    let ask = async |method: Method, path: String| {
        Answer::of(server.exchange(method, &path)).await.expect("an answer").status
    };
    eventually("the message is there", async || {
        (ask(Method::GET, "/messages/in/peek".to_owned()).await == 200).then_some(())
    })
    .await;
    ask(Method::GET, format!("/messages/in/pop/{id}")).await;
    assert_eq!(ask(Method::DELETE, format!("/messages/in/{id}")).await, 200);
    eventually("the message was delivered", async || {
        is_one("budstikke_message_delivery_seconds", &["DPO"]).await
    })
    .await;
    assert!(figure(&server, "budstikke_store_bytes", &["database"]).await > 0.0);
    server.stop().await;
}

/// A message to ourselves without files.
fn avtalt(id: &str) -> Value {
    let mut letter = envelope(id, ORG, ORG);
    let header = &mut letter["standardBusinessDocumentHeader"];
    header["documentIdentification"]["type"] = "avtalt".into();
    header["documentIdentification"]["standard"] = "urn:no:difi:avtalt:xsd::avtalt".into();
    header["businessScope"]["scope"][0]["identifier"] = "urn:no:difi:profile:avtalt:avtalt:ver1.0".into();
    letter.as_object_mut().expect("an object").remove("arkivmelding");
    letter["avtalt"] = json!({ "identifier": "1" });
    letter
}

/// Covers: IP-212
#[tokio::test]
async fn a_part_that_is_down_takes_health_down_with_503_and_leaves_the_probes() {
    let place = Place::new().with("manage.disk_threshold_bytes", "9000000000000000");
    let server = place.start().await;
    let health = get(&server, "/manage/health").await;
    assert_eq!((health.status, &health.json()["status"]), (503, &json!("DOWN")));
    assert_eq!(health.json()["components"]["diskSpace"]["status"], "DOWN");
    assert_eq!(get(&server, "/manage/health/liveness").await.status, 200);
    assert_eq!(get(&server, "/manage/health/readiness").await.status, 200);
    server.stop().await;
}

/// Weak point 25 of the reference: its series grow with every path that is asked for.
///
/// Covers: IP-213
#[tokio::test]
async fn requests_are_counted_by_the_template_of_their_path() {
    let place = Place::new();
    let server = place.start().await;
    let lines = async || {
        let answer = get(&server, "/manage/prometheus").await;
        assert!(answer.media_type.starts_with("text/plain; version=0.0.4"), "{}", answer.media_type);
        answer.text.lines().filter(|line| line.starts_with("http_server_requests_seconds_count{")).count()
    };
    let ask_all = async || {
        for _ in 0..5 {
            let id = Uuid::new_v4();
            server.exchange(Method::GET, &format!("/messages/out/{id}")).send().await.expect("an answer");
            get(&server, &format!("/{id}")).await;
            get(&server, &format!("/api/{id}")).await;
            get(&server, &format!("/Notifications/api/v1/Future/Shipment/{id}/")).await;
            ask(&server, Method::from_bytes(format!("X{}", id.simple()).as_bytes()).expect("a method"), "/")
                .await;
        }
    };
    ask_all().await;
    lines().await;
    let before = lines().await;
    ask_all().await;
    assert_eq!(lines().await, before);
    let words = [
        "method=\"GET\"",
        "uri=\"/api/messages/out/{id}\"",
        "status=\"404\"",
        "outcome=\"CLIENT_ERROR\"",
        "exception=\"MessageNotFoundException\"",
    ];
    assert!(
        (figure(&server, "http_server_requests_seconds_count", &words).await - 10.0).abs() < f64::EPSILON
    );
    let shipment = "uri=\"/notifications/api/v1/future/shipment/{id}\"";
    let count = figure(&server, "http_server_requests_seconds_count", &[shipment, "status=\"401\""]).await;
    assert!((count - 10.0).abs() < f64::EPSILON, "{count}");
    assert!(figure(&server, "http_server_requests_seconds_sum", &words).await > 0.0);
    assert!(figure(&server, "http_server_requests_seconds_max", &words).await > 0.0);
    server.stop().await;
}

/// Weak points 21 and 23 of the reference: shutdown, heap dump, log, environment and tokens stand open.
///
/// Covers: IP-214, IP-215
#[tokio::test]
async fn what_must_not_be_seen_is_not_there_with_credentials_either() {
    let place = Place::new();
    let mut server = place.start().await;
    for name in [
        "env",
        "env/PATH",
        "shutdown",
        "heapdump",
        "logfile",
        "loggers",
        "loggers/root",
        "threaddump",
        "configprops",
        "beans",
        "mappings",
        "scheduledtasks",
        "caches",
        "conditions",
        "httpexchanges",
        "nonsense/deeper",
    ] {
        let path = format!("/manage/{name}");
        for method in [Method::GET, Method::POST] {
            let shown = server.exchange(method.clone(), "").build().expect("a request");
            let password = shown.headers().get("authorization").expect("credentials").clone();
            let known =
                Client::new().request(method.clone(), server.url(&path)).header("authorization", password);
            Answer::of(known).await.expect("an answer").assert_exchange_error(404);
            ask(&server, method, &path).await.assert_exchange_error(404);
        }
    }
    for path in ["/onboarding/token/DPO", "/onboarding", "/jwk"] {
        assert_eq!(get(&server, path).await.status, 404, "{path}");
    }
    ask(&server, Method::POST, "/manage/health").await.assert_exchange_error(405);
    assert!(server.is_running());
    server.stop().await;
}

/// Weak point 29 of the reference: it does not start when its clock is wrong or cannot be compared.
#[tokio::test]
async fn a_time_server_that_cannot_be_asked_is_a_warning() {
    let place = Place::new().with("clock.server", "127.0.0.1:9");
    let server = place.start().await;
    let clock = eventually("the time server was asked", async || {
        let clock = get(&server, "/manage/health/clock").await;
        clock.json()["details"]["127.0.0.1:9"]["warning"].is_string().then_some(clock)
    })
    .await;
    assert_eq!((clock.status, &clock.json()["status"]), (200, &json!("UP")));
    assert_eq!(get(&server, "/manage/health").await.status, 200);
    server.stop().await;
}

/// Weak point 31 of the reference: hundreds of megabytes before anything has happened.
#[tokio::test]
async fn an_idle_server_is_small() {
    let place = Place::new();
    let server = place.start().await;
    let text = get(&server, "/manage/prometheus").await.text;
    let line = text.lines().find_map(|line| line.strip_prefix("process_resident_memory_bytes "));
    let bytes: f64 = line.and_then(|number| number.parse().ok()).expect("a figure");
    assert!((1e6..150e6).contains(&bytes), "{bytes}");
    server.stop().await;
}

#[tokio::test]
async fn figures_ask_for_the_apis_user_where_that_is_wanted() {
    let place = Place::new().with("manage.protect_figures", "true");
    let server = place.start().await;
    for path in ["/manage/prometheus", "/manage/metrics", "/manage/info"] {
        let refused = get(&server, path).await;
        assert_eq!(refused.status, 401, "{path}");
        let known = Client::new().get(server.url(path)).basic_auth("budstikke", Some(&server.password));
        assert_eq!(Answer::of(known).await.expect("an answer").status, 200, "{path}");
    }
    assert_eq!(get(&server, "/manage/health").await.status, 200);
    server.stop().await;
}

#[tokio::test]
async fn notifications_are_counted_by_channel_and_route() {
    let place = Place::new();
    let server = place.start().await;
    let sent = server.post("/future/orders/instant/sms", &instant_sms("a", "+4798765432", "Kode 7")).await;
    assert_eq!(sent.status, 201, "{sent:?}");
    let one = async |name: &str, words: &[&str]| figure(&server, name, words).await;
    assert!((one("budstikke_notify_orders_total", &["instant"]).await - 1.0).abs() < f64::EPSILON);
    let taken = ["channel=\"sms\"", "route=\"embedded\"", "result=\"taken\""];
    assert!((one("budstikke_notify_gateway_calls_total", &taken).await - 1.0).abs() < f64::EPSILON);
    let accepted = ["channel=\"sms\"", "result=\"Accepted\""];
    assert!((one("budstikke_notify_notifications_total", &accepted).await - 1.0).abs() < f64::EPSILON);
    assert!(one("budstikke_notify_route_score", &["sms", "embedded"]).await > 99.0);

    let names = get(&server, "/manage/metrics").await.json();
    let names: Vec<&str> =
        names["names"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    assert!(
        names.contains(&"http.server.requests") && names.contains(&"budstikke.notify.orders"),
        "{names:?}"
    );
    let shown = get(&server, "/manage/metrics/http.server.requests?tag=status:201").await.json();
    assert_eq!(shown["measurements"][0], json!({ "statistic": "COUNT", "value": 1 }), "{shown}");
    get(&server, "/manage/metrics/nonsense").await.assert_exchange_error(404);
    let info = get(&server, "/manage/info").await.json();
    assert_eq!(info["build"]["version"], env!("CARGO_PKG_VERSION"));
    server.stop().await;
}
