use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use gateways::email::{Acs, AcsConfig};
use gateways::{BodyFormat, EmailProvider as _, HandOver, OutgoingEmail, Urgency};
use http::{Method, StatusCode};
use serde_json::{Value, json};
use simulators::Captured;
use simulators::mail_cloud::{ACCESS_KEY, MailCloud, PushOutcome, ReportTarget, Schema, Settings};
use testkit::serving::{Running, start};
use testkit::stepped_clock;
use types::Secret;
use types::ids::{AttemptId, NotificationId};
use types::random::Random;

use crate::{SOON, client};

fn settings() -> Settings {
    Settings {
        report_after: Duration::ZERO,
        report_again_after: vec![Duration::from_millis(5); 3],
        ..Settings::default()
    }
}

async fn cloud(settings: Settings) -> (MailCloud, Running) {
    let cloud = MailCloud::new(settings, stepped_clock(), Random::seeded(1)).expect("a service");
    let server = start(cloud.router()).await;
    let (running, stop) = (cloud.clone(), server.stop.clone());
    tokio::spawn(async move { running.run(stop).await });
    (cloud, server)
}

async fn send(server: &Running, local_part: &str) {
    let config = AcsConfig {
        endpoint: Some(server.url("/")),
        access_key: Some(Secret::new(ACCESS_KEY.to_owned())),
        ..AcsConfig::default()
    };
    let email = OutgoingEmail {
        attempt: AttemptId::new(Random::system().uuid_v4()),
        notification: NotificationId::new(Random::system().uuid_v4()),
        to: format!("{local_part}@bym.example").parse().expect("an address"),
        from: None,
        subject: "Hei".into(),
        body: "Hei".into(),
        format: BodyFormat::Plain,
        attachments: Vec::new(),
        urgency: Urgency::Ordinary,
    };
    let outcome = Acs::new(config, stepped_clock()).expect("a provider").send(&email).await;
    assert!(matches!(outcome, HandOver::UnderWay { .. }), "{outcome:?}");
}

/// What a receiver of events was sent: the method, and the events.
type Came = (Method, Value);

/// Takes events; refuses the first `refuse` pushes of reports, and says whether they are welcome.
async fn receiver(refuse: u64, is_welcome: bool) -> (Captured<Came>, Running) {
    let came = Captured::keeping(100);
    let answer = post(take).options(take);
    let router = Router::new().route("/events", answer).with_state((came.clone(), refuse, is_welcome));
    (came, start(router).await)
}

async fn take(
    State((came, refuse, is_welcome)): State<(Captured<Came>, u64, bool)>,
    request: Request<Body>,
) -> Response {
    let (head, body) = request.into_parts();
    assert_eq!(head.uri.query(), Some("code=geheim"));
    if head.method == Method::OPTIONS {
        came.push((head.method, Value::Null));
        let origin = head.headers["WebHook-Request-Origin"].clone();
        return if is_welcome {
            [("WebHook-Allowed-Origin", origin)].into_response()
        } else {
            StatusCode::OK.into_response()
        };
    }
    let body = web::body::read(body, 1 << 20).await.expect("a body");
    let events: Value = serde_json::from_slice(&body).expect("JSON");
    let code = events[0]["data"]["validationCode"].clone();
    came.push((head.method, events));
    if code.is_string() {
        let code = if is_welcome { code } else { json!("?") };
        return axum::Json(json!({ "validationResponse": code })).into_response();
    }
    let pushes = came.all().iter().filter(|came| came.1[0]["data"]["messageId"].is_string()).count();
    if pushes as u64 <= refuse { StatusCode::INTERNAL_SERVER_ERROR } else { StatusCode::OK }.into_response()
}

fn target(server: &Running, schema: Schema) -> ReportTarget {
    ReportTarget { url: server.url("/events?code=geheim"), header: None, schema }
}

/// The signed request that the gateways' tests send is checked there; here the door is what matters.
#[tokio::test]
async fn nobody_is_let_in_without_a_signature() {
    let (cloud, server) = cloud(settings()).await;
    let url = server.url("/emails:send?api-version=2023-03-31");
    let answer = client().post(url).body("{}").send().await.expect("an answer");
    assert_eq!(
        (answer.status(), answer.headers()["x-ms-error-code"].as_bytes()),
        (StatusCode::UNAUTHORIZED, &b"Denied"[..])
    );
    let url = server.url("/emails/operations/1?api-version=2023-03-31");
    assert_eq!(client().get(url).send().await.expect("an answer").status(), StatusCode::UNAUTHORIZED);
    assert_eq!(cloud.captured().total(), 0);
    let table = client().get(server.url("/magic-recipients")).send().await.expect("an answer");
    assert!(table.text().await.expect("text").contains("doubt"));
}

#[tokio::test]
async fn reports_are_pushed_only_where_they_are_welcome() {
    for schema in [Schema::EventGrid, Schema::CloudEvents] {
        for is_welcome in [true, false] {
            let (cloud, server) = cloud(settings()).await;
            let (came, receiver) = receiver(0, is_welcome).await;
            cloud.report_to(Some(target(&receiver, schema)));
            send(&server, "double").await;
            let outcome = |wanted: PushOutcome| {
                let pushed = cloud.pushed().clone();
                async move { pushed.wait_for(|pushed| pushed.outcome == wanted, SOON).await }
            };
            if !is_welcome {
                outcome(PushOutcome::Unwelcome).await.expect("asked in vain");
                continue;
            }
            assert!(cloud.pushed().wait_for_total(3, SOON).await);
            let all = came.all();
            let kind = if schema == Schema::EventGrid { "eventType" } else { "type" };
            let asked = if schema == Schema::EventGrid { &Method::POST } else { &Method::OPTIONS };
            assert_eq!(&all[0].0, asked);
            let statuses: Vec<_> = all[1..].iter().map(|came| came.1[0]["data"]["status"].clone()).collect();
            assert_eq!(statuses, ["Delivered", "Delivered", "Bounced"]);
            assert_eq!(all[1].1[0][kind], "Microsoft.Communication.EmailDeliveryReportReceived");
        }
    }
}

#[tokio::test]
async fn a_push_that_is_refused_comes_again() {
    let (cloud, server) = cloud(settings()).await;
    let (_came, receiver) = receiver(2, true).await;
    cloud.report_to(Some(target(&receiver, Schema::EventGrid)));
    send(&server, "kari").await;
    let done = cloud.pushed().wait_for(|pushed| pushed.outcome == PushOutcome::Acknowledged, SOON).await;
    assert_eq!(done.map(|pushed| (pushed.attempt, pushed.status)), Some((3, "Delivered")));
}
