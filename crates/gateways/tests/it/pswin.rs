use std::time::Duration;

use axum::Router;
use axum::routing::post;
use gateways::sms::{PsWin, PsWinConfig, pswin_report};
use gateways::{HandOver, Holdup, OutgoingSms, SmsProvider as _, SmsResult, Urgency};
use http::StatusCode;
use simulators::sms_gateway::{MAGIC_NUMBERS, Outcome, Settings, SmsGateway};
use testkit::serving::{Running, nobody, start};
use testkit::stepped_clock;
use types::Secret;
use types::ids::AttemptId;
use types::random::Random;
use uuid::Uuid;

fn settings() -> Settings {
    Settings {
        slow: Duration::from_millis(20),
        swallow: Duration::from_millis(20),
        limited_for: Duration::from_secs(20),
        ..Settings::default()
    }
}

async fn gateway() -> (SmsGateway, Running) {
    let gateway = SmsGateway::new(settings(), stepped_clock(), Random::seeded(1)).expect("a gateway");
    let server = start(gateway.router()).await;
    (gateway, server)
}

fn config(server: &Running) -> PsWinConfig {
    PsWinConfig {
        endpoint: server.url("/"),
        username: "demo".to_owned(),
        password: Secret::new("demo".to_owned()),
        timeout_seconds: 20,
        ..PsWinConfig::default()
    }
}

fn provider(config: PsWinConfig) -> PsWin {
    PsWin::from_config(config).expect("clients")
}

fn sms(to: &str, text: &str) -> OutgoingSms {
    OutgoingSms {
        attempt: AttemptId::new(Uuid::from_u128(7)),
        to: to.parse().expect("a number"),
        sender: "Altinn".to_owned(),
        text: text.into(),
        time_to_live: Some(Duration::from_secs(3600)),
        urgency: Urgency::Ordinary,
    }
}

#[tokio::test]
async fn what_is_sent_arrives_as_it_was_written() {
    let (gateway, server) = gateway().await;
    let provider = provider(config(&server));
    let texts = ["Blåbær & <b>€</b> ]]>\r\n\"'", "Čáhci 😀\u{c}", " to  mellomrom "];

    for text in texts {
        let outcome = provider.send(&sms("+4799990001", text)).await;
        let HandOver::Accepted { gateway_reference: Some(reference) } = outcome else {
            panic!("{outcome:?}");
        };
        let arrived = gateway.captured().all().last().cloned().expect("it arrived");
        assert_eq!(arrived.reference, Some(reference));
        assert_eq!(arrived.text, text);
        assert_eq!((arrived.receiver.as_str(), arrived.sender.as_str()), ("4799990001", "Altinn"));
        assert_eq!(arrived.data.as_deref(), Some("00000000-0000-0000-0000-000000000007"));
        assert_eq!(arrived.ttl_minutes, 60);
        assert!(arrived.request.is_ascii());
    }
}

/// Every magic number of the simulated gateway ends as the contract's table says.
///
/// Covers: NP-25
#[tokio::test]
async fn every_answer_of_the_gateway_has_its_outcome() {
    let (gateway, server) = gateway().await;
    let provider = provider(config(&server));

    for magic in MAGIC_NUMBERS {
        let before = gateway.captured().total();
        let outcome = provider.send(&sms(&format!("+479999{}", magic.ends_with), "Hei")).await;
        let fits = match magic.outcome {
            Outcome::Accepted(_) | Outcome::Slow | Outcome::ReportBeforeAnswer => {
                matches!(outcome, HandOver::Accepted { gateway_reference: Some(_) })
            }
            Outcome::AcceptedWithoutReference => {
                matches!(outcome, HandOver::Accepted { gateway_reference: None })
            }
            Outcome::Refused(_) => matches!(outcome, HandOver::Refused { result: SmsResult::Failed, .. }),
            Outcome::InvalidReceiver => {
                matches!(outcome, HandOver::Refused { result: SmsResult::FailedInvalidRecipient, .. })
            }
            Outcome::LogonFails => {
                matches!(outcome, HandOver::TryLater { cause: Holdup::Misconfigured(_), after: None })
            }
            Outcome::TransientTwice => {
                matches!(outcome, HandOver::TryLater { cause: Holdup::Passing(_), after: None })
            }
            Outcome::RateLimited | Outcome::Unavailable => {
                let wait = Some(Duration::from_secs(20));
                matches!(&outcome, HandOver::TryLater { cause: Holdup::RateLimited(_), after } if *after == wait)
            }
            Outcome::ServerError
            | Outcome::ClosedUntaken
            | Outcome::ClosedTaken
            | Outcome::SwallowedTaken
            | Outcome::AnswerNotXml
            | Outcome::AnswerWithoutMessage => matches!(outcome, HandOver::Unknown { .. }),
        };
        assert!(fits, "{}: {outcome:?}", magic.means);
        assert_eq!(gateway.captured().total(), before + 1, "{}: asked once", magic.means);
    }
}

#[tokio::test]
async fn a_wrong_password_is_not_the_messages_fault() {
    let (gateway, server) = gateway().await;
    let password = Secret::new("wrong".to_owned());
    let provider = provider(PsWinConfig { password, ..config(&server) });

    let outcome = provider.send(&sms("+4799990001", "Hei")).await;

    let HandOver::TryLater { cause: Holdup::Misconfigured(detail), .. } = outcome else {
        panic!("{outcome:?}");
    };
    assert!(detail.contains("Invalid username or password"), "{detail}");
    assert_eq!(gateway.captured().total(), 0);
}

/// Covers: NP-28
#[tokio::test]
async fn the_second_address_is_used_only_when_nothing_was_sent_to_the_first() {
    let (gateway, server) = gateway().await;
    let nobody: url::Url = format!("http://{}/", nobody().await).parse().expect("a URL");

    let refused =
        PsWinConfig { endpoint: nobody.clone(), failover_endpoint: Some(server.url("/")), ..config(&server) };
    let outcome = provider(refused).send(&sms("+4799990001", "Hei")).await;
    assert!(matches!(outcome, HandOver::Accepted { .. }), "{outcome:?}");

    let (second, second_server) = self::gateway().await;
    let silent = PsWinConfig { failover_endpoint: Some(second_server.url("/")), ..config(&server) };
    let outcome = provider(silent).send(&sms("+4799990007", "Hei")).await;
    assert!(matches!(outcome, HandOver::Unknown { .. }), "{outcome:?}");
    assert_eq!((gateway.captured().total(), second.captured().total()), (2, 0));

    let neither =
        PsWinConfig { endpoint: nobody.clone(), failover_endpoint: Some(nobody), ..config(&server) };
    let outcome = provider(neither).send(&sms("+4799990001", "Hei")).await;
    assert!(matches!(outcome, HandOver::TryLater { cause: Holdup::Passing(_), .. }), "{outcome:?}");
}

/// Covers: NP-6, NP-28
#[tokio::test]
async fn a_time_out_after_the_whole_request_is_doubt_and_before_it_is_not() {
    let (_gateway, server) = {
        let settings = Settings { swallow: Duration::from_secs(60), ..settings() };
        let gateway = SmsGateway::new(settings, stepped_clock(), Random::seeded(1)).expect("a gateway");
        let server = start(gateway.router()).await;
        (gateway, server)
    };
    let (second, second_server) = gateway().await;
    let failover_endpoint = Some(second_server.url("/"));
    let short = PsWinConfig { timeout_seconds: 1, failover_endpoint, ..config(&server) };
    let outcome = provider(short.clone()).send(&sms("+4799990007", "Hei")).await;
    assert!(matches!(outcome, HandOver::Unknown { .. }), "{outcome:?}");

    assert_eq!(second.requests(), 0, "what may have been taken is never posted again");
    let short = PsWinConfig { failover_endpoint: None, ..short };

    // Listens, but never says a word of TLS, so that the request stays with us.
    let mute = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let addr = mute.local_addr().expect("an address");
    let endpoint = format!("https://{addr}/").parse().expect("a URL");
    let outcome = provider(PsWinConfig { endpoint, ..short }).send(&sms("+4799990001", "Hei")).await;
    assert!(matches!(outcome, HandOver::TryLater { cause: Holdup::Passing(_), .. }), "{outcome:?}");
}

/// Covers: NP-18
#[tokio::test]
async fn with_less_than_a_minute_left_nothing_is_sent() {
    let (gateway, server) = gateway().await;
    let provider = provider(config(&server));
    let late = OutgoingSms { time_to_live: Some(Duration::from_secs(59)), ..sms("+4799990001", "Hei") };
    let in_time = OutgoingSms { time_to_live: Some(Duration::from_millis(59_500)), ..late.clone() };

    let outcome = provider.send(&late).await;

    assert!(matches!(outcome, HandOver::TryLater { cause: Holdup::TooLate, .. }), "{outcome:?}");
    assert_eq!(gateway.requests(), 0);
    assert!(matches!(provider.send(&in_time).await, HandOver::Accepted { .. }));
    assert_eq!(gateway.captured().all()[0].ttl_minutes, 1);
}

#[tokio::test]
async fn an_instant_message_does_not_wait_behind_ordinary_ones() {
    let (gateway, server) = gateway().await;
    let provider = provider(config(&server));
    let instant = OutgoingSms { urgency: Urgency::Instant, ..sms("+4799990001", "Kode 1234") };
    let ordinary = sms("+4799990001", "Hei");

    let (first, second) = tokio::join!(provider.send(&instant), provider.send(&ordinary));

    assert!(matches!(first, HandOver::Accepted { .. }) && matches!(second, HandOver::Accepted { .. }));
    assert_eq!(gateway.captured().total(), 2);
}

#[tokio::test]
async fn an_endless_answer_is_not_read_to_the_end() {
    let long = || async { (StatusCode::OK, "<SESSION>".repeat(100_000)) };
    let server = start(Router::new().route("/", post(long))).await;

    let outcome = provider(config(&server)).send(&sms("+4799990001", "Hei")).await;

    assert!(matches!(outcome, HandOver::Unknown { .. }), "{outcome:?}");
}

/// Reads a push that names a document type elsewhere, and looks whether anybody came for it.
///
/// Covers: NP-38
#[tokio::test]
async fn a_document_type_is_never_fetched() {
    let trap = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let addr = trap.local_addr().expect("an address");
    let push = format!(
        "<!DOCTYPE MSGLST SYSTEM \"http://{addr}/x.dtd\"><MSGLST><MSG><ID>1</ID><REF>r</REF><RCV>4740000000</RCV><STATE>DELIVRD</STATE></MSG></MSGLST>"
    );

    let reports = pswin_report::parse(&http::HeaderMap::new(), push.as_bytes()).expect("a report");

    assert_eq!(reports[0].result, SmsResult::Delivered);
    // Our own connection is the first that the trap sees.
    let (ours, seen) = tokio::join!(tokio::net::TcpStream::connect(addr), trap.accept());
    let (_, from) = seen.expect("a connection");
    assert_eq!(from, ours.expect("it listens").local_addr().expect("an address"));
}
