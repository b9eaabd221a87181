use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use http::{StatusCode, header};
use simulators::Captured;
use simulators::sms_gateway::{
    Charset, MAGIC_NUMBERS, PushOutcome, ReportState, ReportTarget, Settings, SmsGateway,
};
use testkit::serving::{Running, start};
use testkit::stepped_clock;
use types::Secret;
use types::random::Random;
use web::basic::Basic;

use crate::{SOON, client};

fn settings() -> Settings {
    Settings {
        report_after: Duration::ZERO,
        report_again_after: vec![Duration::from_millis(5); 3],
        slow: Duration::from_millis(20),
        swallow: Duration::from_millis(20),
        limited_for: Duration::from_millis(100),
        ..Settings::default()
    }
}

async fn gateway(settings: Settings) -> (SmsGateway, Running) {
    let gateway = SmsGateway::new(settings, stepped_clock(), Random::seeded(1)).expect("a gateway");
    let server = start(gateway.router()).await;
    let (running, stop) = (gateway.clone(), server.stop.clone());
    tokio::spawn(async move { running.run(stop).await });
    (gateway, server)
}

fn message(id: usize, receiver: &str) -> String {
    format!(
        "<MSG><ID>{id}</ID><TEXT>Hei p&#229; deg</TEXT><SND>Altinn</SND><RCV>{receiver}</RCV><TTL>60</TTL></MSG>"
    )
}

fn session(messages: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?><SESSION><CLIENT>demo</CLIENT><PW>demo</PW><SD>a1</SD><MSGLST>{messages}</MSGLST></SESSION>"
    )
}

/// Sends one message to a number; the status and body of the answer, if there was one.
async fn send(server: &Running, receiver: &str) -> Option<(StatusCode, String)> {
    post_xml(server, session(&message(1, receiver))).await
}

async fn post_xml(server: &Running, xml: String) -> Option<(StatusCode, String)> {
    let request =
        client().post(server.url("/")).header(header::CONTENT_TYPE, "text/xml; charset=utf-8").body(xml);
    let answer = request.send().await.ok()?;
    let status = answer.status();
    Some((status, answer.text().await.ok()?))
}

/// Takes delivery reports; refuses the first `refuse` pushes.
async fn report_receiver(refuse: u64) -> (Captured<(String, String)>, Running) {
    let pushes = Captured::keeping(100);
    let router = Router::new().route("/reports", post(take_report)).with_state((pushes.clone(), refuse));
    (pushes, start(router).await)
}

type Receiver = (Captured<(String, String)>, u64);

async fn take_report(State((pushes, refuse)): State<Receiver>, request: Request) -> Response {
    let basic = Basic::from_headers(request.headers()).expect("credentials");
    assert!(basic.is("gateway", &Secret::new("push".to_owned())));
    let kind = request.headers()[header::CONTENT_TYPE].to_str().expect("text").to_owned();
    let body = web::body::read(request.into_body(), 1 << 20).await.expect("a body");
    let number = pushes.push((kind, String::from_utf8(body.into()).expect("ASCII")));
    if number < refuse {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    "<?xml version=\"1.0\"?><MSGLST><MSG><ID>1</ID><STATUS>OK</STATUS></MSG></MSGLST>".into_response()
}

fn target(server: &Running) -> ReportTarget {
    ReportTarget {
        url: server.url("/reports"),
        user: "gateway".to_owned(),
        password: Secret::new("push".to_owned()),
    }
}

#[tokio::test]
async fn a_batch_is_answered_message_by_message() {
    let (gateway, server) = gateway(settings()).await;
    let messages = message(1, "4799990001") + &message(2, "12345678") + &message(3, "4799990004");

    let (status, answer) = post_xml(&server, session(&messages)).await.expect("an answer");

    assert_eq!(status, StatusCode::OK);
    let kept = gateway.captured().all();
    let reference = kept[0].reference.clone().expect("it was taken");
    let expected = format!("<MSG><ID>1</ID><REF>{reference}</REF><STATUS>OK</STATUS><INFO></INFO></MSG>");
    assert!(answer.contains("<LOGON>OK</LOGON>") && answer.contains(&expected), "{answer}");
    let words = "<MSG><ID>2</ID><STATUS>FAIL</STATUS><INFO>Invalid RCV '12345678'. Receiver number must be at least 9 digits.</INFO></MSG>";
    assert!(answer.contains(words), "{answer}");
    assert!(
        answer.contains("<MSG><ID>3</ID><STATUS>FAIL</STATUS><INFO>Message refused.</INFO></MSG>"),
        "{answer}"
    );
    assert_eq!(kept.iter().map(|sms| sms.taken).collect::<Vec<_>>(), [true, false, false]);
    assert_eq!((kept[0].text.as_str(), kept[0].ttl_minutes), ("Hei på deg", 60));
    assert_eq!(kept[0].data.as_deref(), Some("a1"));
    assert!(kept[0].request.ends_with(b"</SESSION>"));
}

#[tokio::test]
async fn wrong_credentials_fail_the_logon_and_nothing_is_taken() {
    let (gateway, server) = gateway(settings()).await;

    let xml = session(&message(1, "4799990001")).replace("<PW>demo", "<PW>wrong");
    let (status, answer) = post_xml(&server, xml).await.expect("an answer");

    assert_eq!(status, StatusCode::OK);
    assert!(answer.contains("<LOGON>FAIL</LOGON>"), "{answer}");
    assert_eq!(gateway.captured().total(), 0);
    assert_eq!(gateway.requests(), 1);
}

#[tokio::test]
async fn what_is_not_the_protocol_is_a_bad_request() {
    let (_, server) = gateway(settings()).await;
    for xml in ["hello", "<SESSION>", "<a/>"] {
        let (status, _) = post_xml(&server, xml.to_owned()).await.expect("an answer");
        assert_eq!(status, StatusCode::BAD_REQUEST, "{xml}");
    }
}

#[tokio::test]
async fn numbers_that_turn_a_request_away_take_nothing() {
    let (gateway, server) = gateway(settings()).await;

    assert_eq!(send(&server, "4799990012").await, None);
    assert_eq!(
        send(&server, "4799990013").await.map(|answer| answer.0),
        Some(StatusCode::INTERNAL_SERVER_ERROR)
    );
    assert_eq!(
        send(&server, "4799990014").await.map(|answer| answer.0),
        Some(StatusCode::SERVICE_UNAVAILABLE)
    );
    let (_, logon) = send(&server, "4799990025").await.expect("an answer");
    assert!(logon.contains("<LOGON>FAIL</LOGON>"), "{logon}");

    let kept = gateway.captured().all();
    assert!(kept.len() == 4 && kept.iter().all(|sms| !sms.taken && sms.reference.is_none()));
}

#[tokio::test]
async fn numbers_in_doubt_are_taken_without_a_usable_answer() {
    let (gateway, server) = gateway(settings()).await;

    assert_eq!(send(&server, "4799990007").await, None);
    assert_eq!(send(&server, "4799990029").await, None);
    let (_, html) = send(&server, "4799990027").await.expect("an answer");
    assert!(html.starts_with("<h1>"), "{html}");
    let (_, without) = send(&server, "4799990028").await.expect("an answer");
    assert!(without.contains("<MSGLST></MSGLST>"), "{without}");
    let (_, no_reference) = send(&server, "4799990026").await.expect("an answer");
    assert!(no_reference.contains("<ID>1</ID><STATUS>OK</STATUS>"), "{no_reference}");
    let (_, slow) = send(&server, "4799990015").await.expect("an answer");
    assert!(slow.contains("<STATUS>OK</STATUS>"), "{slow}");

    let kept = gateway.captured().all();
    assert!(kept.len() == 6 && kept.iter().all(|sms| sms.taken));
}

#[tokio::test]
async fn a_transient_number_is_taken_at_the_third_try_and_a_limited_one_after_its_time() {
    let (gateway, server) = gateway(settings()).await;

    let mut statuses = Vec::new();
    for _ in 0..4 {
        statuses.push(send(&server, "4799990005").await.expect("an answer").0.as_u16());
    }
    assert_eq!(statuses, [408, 408, 200, 408]);

    let answer = client().post(server.url("/")).body(session(&message(1, "4799990006")));
    let answer = answer.send().await.expect("an answer");
    assert_eq!(answer.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(answer.headers()[header::RETRY_AFTER], "1");
    let limited =
        async { while send(&server, "4799990006").await.expect("an answer").0 != StatusCode::OK {} };
    tokio::time::timeout(SOON, limited).await.expect("it is taken in the end");
    let last = gateway.captured().all().pop().expect("it is kept");
    assert!(last.taken);
}

#[tokio::test]
async fn every_magic_number_that_is_reported_gets_its_reports_in_order() {
    let (_, receiver) = report_receiver(0).await;
    let (gateway, server) = gateway(Settings { reports_to: Some(target(&receiver)), ..settings() }).await;

    for magic in MAGIC_NUMBERS {
        let simulators::sms_gateway::Outcome::Accepted(states) = magic.outcome else {
            continue;
        };
        let receiver = format!("479999{}", magic.ends_with);
        send(&server, &receiver).await.expect("an answer");
        let kept = gateway.captured().all().pop().expect("it is kept");
        let reference = kept.reference.clone().expect("it was taken");

        let reported = || {
            let pushed = gateway.pushed().all();
            let own = pushed.into_iter().filter(|pushed| pushed.reference == reference);
            own.map(|pushed| pushed.state).collect::<Vec<_>>()
        };
        let all = async {
            while reported().len() < states.len() {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(SOON, all).await.expect("every report");
        assert_eq!(reported(), states, "{}", magic.ends_with);
    }
}

#[tokio::test]
async fn reports_have_a_doctype_and_the_chosen_character_set() {
    for (charset, name) in [(Charset::Latin1, "ISO-8859-1"), (Charset::Utf8, "UTF-8")] {
        let (pushes, receiver) = report_receiver(0).await;
        let target = Some(target(&receiver));
        let (_, server) =
            gateway(Settings { reports_to: target, report_charset: charset, ..settings() }).await;

        send(&server, "4799990001").await.expect("an answer");

        let push = pushes.wait_for(|_| true, SOON).await.expect("a push");
        assert_eq!(push.0, format!("application/xml; charset={name}"));
        assert!(push.1.contains("<!DOCTYPE MSGLST SYSTEM"), "{}", push.1);
        assert!(
            push.1.contains(
                "<RCV>4799990001</RCV><STATE>DELIVRD</STATE><DELIVERYTIME>2026.03.02 12:00:00</DELIVERYTIME>"
            ),
            "{}",
            push.1
        );
    }
}

#[tokio::test]
async fn several_reports_that_are_due_go_in_one_push() {
    let (pushes, receiver) = report_receiver(0).await;
    let (_, server) = gateway(Settings { reports_to: Some(target(&receiver)), ..settings() }).await;
    let messages: String = (1..=5).map(|id| message(id, "4799990001")).collect();

    post_xml(&server, session(&messages)).await.expect("an answer");

    let together = pushes.wait_for(|(_, xml)| xml.matches("<MSG>").count() > 1, SOON).await;
    assert!(together.is_some_and(|push| push.1.contains("<ID>2</ID>")));
}

#[tokio::test]
async fn a_refused_push_is_tried_again_and_given_up_in_the_end() {
    let (_, receiver) = report_receiver(2).await;
    let (gateway, server) = gateway(Settings { reports_to: Some(target(&receiver)), ..settings() }).await;

    send(&server, "4799990001").await.expect("an answer");

    let pushed = gateway.pushed();
    let taken = pushed.wait_for(|push| push.outcome == PushOutcome::Acknowledged, SOON).await;
    assert_eq!(taken.expect("it is taken in the end").attempt, 3);

    drop(receiver);
    let nobody = "http://127.0.0.1:9/reports".parse().expect("a URL");
    gateway.report_to(Some(ReportTarget {
        url: nobody,
        user: "a".to_owned(),
        password: Secret::new("b".to_owned()),
    }));
    send(&server, "4799990003").await.expect("an answer");
    let last = pushed.wait_for(|push| push.state == ReportState::Expired && push.attempt == 4, SOON).await;
    assert_eq!(last.expect("four attempts").outcome, PushOutcome::Unreachable);
}

#[tokio::test]
async fn an_early_report_arrives_before_the_answer() {
    let (pushes, receiver) = report_receiver(0).await;
    let (_, server) =
        gateway(Settings { reports_to: Some(target(&receiver)), report_after: SOON, ..settings() }).await;

    send(&server, "4799990009").await.expect("an answer");

    assert_eq!(pushes.total(), 1);
}

#[tokio::test]
async fn messages_and_magic_numbers_are_listed() {
    let (_, server) = gateway(settings()).await;
    for _ in 0..3 {
        send(&server, "4799990001").await.expect("an answer");
    }

    let list = client().get(server.url("/messages?since=1&limit=1")).send().await.expect("an answer");
    let list: serde_json::Value = list.json().await.expect("JSON");
    let magic = client().get(server.url("/magic-numbers")).send().await.expect("an answer");
    let magic: serde_json::Value = magic.json().await.expect("JSON");

    assert_eq!((list["next"].as_u64(), list["total"].as_u64()), (Some(2), Some(3)));
    assert_eq!(list["messages"][0]["number"], 1);
    assert_eq!(list["messages"][0]["receiver"], "4799990001");
    assert_eq!(magic.as_array().map(Vec::len), Some(MAGIC_NUMBERS.len()));
}
