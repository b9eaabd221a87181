use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use bytes::Bytes;
use gateways::email::{Acs, AcsConfig};
use gateways::{
    Attachment, BodyFormat, EmailProvider as _, EmailResult, HandOver, Holdup, LookUp, OutgoingEmail,
    Progress, Urgency,
};
use http::StatusCode;
use simulators::MailCloud;
use simulators::mail_cloud::{ACCESS_KEY, MAGIC_RECIPIENTS, Outcome, Settings};
use testkit::serving::{Running, nobody, start};
use testkit::stepped_clock;
use types::Secret;
use types::ids::{AttemptId, NotificationId};
use types::random::Random;
use types::time::Clock;
use uuid::Uuid;

fn settings() -> Settings {
    Settings { swallow: Duration::from_millis(20), ..Settings::default() }
}

async fn cloud(settings: Settings, clock: &Clock) -> (MailCloud, Running) {
    let cloud = MailCloud::new(settings, clock.clone(), Random::seeded(1)).expect("a service");
    // As the product has it: below a path of its own.
    let server = start(Router::new().nest("/mail-cloud", cloud.router())).await;
    (cloud, server)
}

fn config(server: &Running) -> AcsConfig {
    AcsConfig {
        connection_string: Some(Secret::new(format!(
            "endpoint={};accesskey={ACCESS_KEY}",
            server.url("/mail-cloud")
        ))),
        from: "noreply@fjord.example".to_owned(),
        timeout_seconds: 20,
        ..AcsConfig::default()
    }
}

fn provider(server: &Running, clock: &Clock) -> Acs {
    Acs::new(config(server), clock.clone()).expect("a provider")
}

fn email(to: &str) -> OutgoingEmail {
    OutgoingEmail {
        attempt: AttemptId::new(Uuid::from_u128(7)),
        notification: NotificationId::new(Uuid::from_u128(8)),
        to: format!("{to}@bym.example").parse().expect("an address"),
        from: None,
        subject: "Vedtak".into(),
        body: "<p>Blåbær & \"€\" 😀</p>".into(),
        format: BodyFormat::Html,
        attachments: Vec::new(),
        urgency: Urgency::Ordinary,
    }
}

const ATTEMPT: &str = "00000000-0000-0000-0000-000000000007";

/// The signatures themselves are checked against the contract's vectors where they are made.
///
/// Covers: NP-56
#[tokio::test]
async fn what_is_sent_arrives_signed_under_the_attempts_id() {
    let clock = stepped_clock();
    let (cloud, server) = cloud(settings(), &clock).await;
    let provider = provider(&server, &clock);
    let files = [Bytes::from_static(b"%PDF-1.7\n\xff"), Bytes::from(vec![7; 200_000]), Bytes::new()];
    let attachments = files.iter().enumerate().map(|(number, content)| Attachment {
        filename: format!("vedlegg {number}.pdf"),
        mime_type: "application/pdf".to_owned(),
        content: content.clone(),
    });
    let outcome = provider.send(&OutgoingEmail { attachments: attachments.collect(), ..email("kari") }).await;

    let expected = HandOver::UnderWay { gateway_reference: ATTEMPT.to_owned(), after: None };
    assert_eq!(outcome, expected);
    let arrived = cloud.captured().get(0).expect("it arrived");
    assert_eq!((arrived.operation.as_str(), arrived.taken), (ATTEMPT, true));
    assert_eq!(
        (arrived.sender.as_str(), arrived.recipient.as_str()),
        ("noreply@fjord.example", "kari@bym.example")
    );
    assert_eq!((arrived.subject.as_str(), arrived.plain_text.as_deref()), ("Vedtak", None));
    assert_eq!(arrived.html.as_deref(), Some("<p>Blåbær & \"€\" 😀</p>"));
    assert_eq!(arrived.headers["X-Notification-Id"], "00000000-0000-0000-0000-000000000008");
    let contents: Vec<_> = arrived.attachments.iter().map(|file| Bytes::from(file.content.clone())).collect();
    assert_eq!(contents, files);
    assert_eq!(arrived.attachments[1].name, "vedlegg 1.pdf");
    assert_eq!(
        provider.look_up(email("kari").attempt).await,
        LookUp::Taken { gateway_reference: Some(ATTEMPT.to_owned()) }
    );
}

/// Every magic recipient of the simulated service ends as the contract's tables say.
#[tokio::test]
async fn every_answer_of_the_service_has_its_outcome() {
    let clock = stepped_clock();
    let (cloud, server) = cloud(settings(), &clock).await;
    let provider = provider(&server, &clock);
    for magic in MAGIC_RECIPIENTS {
        let attempt = AttemptId::new(Random::system().uuid_v4());
        let before = cloud.captured().total();
        let outcome = provider.send(&OutgoingEmail { attempt, ..email(magic.local_part) }).await;
        let refused = |expected: EmailResult| matches!(&outcome, HandOver::Refused { result, .. } if *result == expected);
        let misconfigured = matches!(outcome, HandOver::TryLater { cause: Holdup::Misconfigured(_), .. });
        let fits = match magic.outcome {
            Outcome::TurnedAway(401 | 403 | 404, ..) => misconfigured,
            Outcome::TurnedAway(413, ..) => refused(EmailResult::FailedPayloadTooLarge),
            Outcome::TurnedAway(_, _, message) if message.starts_with("Invalid format") => {
                refused(EmailResult::FailedInvalidEmailFormat)
            }
            Outcome::TurnedAway(..) => refused(EmailResult::Failed),
            Outcome::TransientTwice => {
                matches!(outcome, HandOver::TryLater { cause: Holdup::Passing(_), .. })
            }
            Outcome::Limited => {
                let wait = Some(Duration::from_secs(5));
                matches!(&outcome, HandOver::TryLater { cause: Holdup::RateLimited(_), after } if *after == wait)
            }
            Outcome::ClosedTaken
            | Outcome::SwallowedTaken
            | Outcome::ClosedUntaken
            | Outcome::ClosedUntakenOnce => {
                matches!(outcome, HandOver::Unknown { .. })
            }
            // A failure of the service is asked about at once.
            _ => outcome == HandOver::UnderWay { gateway_reference: attempt.to_string(), after: None },
        };
        assert!(fits, "{}: {outcome:?}", magic.means);
        assert_eq!(cloud.captured().total(), before + 1, "{}: posted once", magic.means);
    }
}

#[tokio::test]
async fn a_lost_answer_can_be_asked_for() {
    let clock = stepped_clock();
    let (_cloud, server) = cloud(settings(), &clock).await;
    let provider = provider(&server, &clock);
    let attempt = email("kari").attempt;
    assert_eq!(provider.look_up(attempt).await, LookUp::Unknown);
    for local_part in ["closed", "lost"] {
        let outcome = provider.send(&email(local_part)).await;
        assert!(matches!(outcome, HandOver::Unknown { .. }), "{outcome:?}");
        let found = provider.look_up(attempt).await;
        let taken = LookUp::Taken { gateway_reference: Some(ATTEMPT.to_owned()) };
        assert_eq!(found, if local_part == "lost" { taken } else { LookUp::Unknown });
    }
    drop(server);
    let gone = Acs::new(
        AcsConfig {
            endpoint: Some(format!("http://{}/", nobody().await).parse().expect("a URL")),
            access_key: Some(Secret::new(ACCESS_KEY.to_owned())),
            ..AcsConfig::default()
        },
        clock,
    );
    let gone = gone.expect("a provider");
    assert_eq!(gone.look_up(attempt).await, LookUp::CannotTell);
    let outcome = gone.send(&email("kari")).await;
    assert!(matches!(outcome, HandOver::TryLater { cause: Holdup::Passing(_), .. }), "{outcome:?}");
    assert!(gone.probe().await.is_err());
}

#[tokio::test]
async fn an_operation_is_followed_until_it_ends() {
    let clock = stepped_clock();
    let ask_after = Some(Duration::from_secs(11));
    let operation_takes = Duration::from_secs(30);
    let (_cloud, server) = cloud(Settings { operation_takes, ask_after, ..settings() }, &clock).await;
    let provider = provider(&server, &clock);
    let sent = provider.send(&email("kari")).await;
    assert_eq!(sent, HandOver::UnderWay { gateway_reference: ATTEMPT.to_owned(), after: ask_after });
    assert_eq!(provider.follow(ATTEMPT).await, Progress::UnderWay { after: ask_after });
    clock.advance(operation_takes);
    let ended = provider.follow(ATTEMPT).await;
    assert!(matches!(ended, Progress::Ended { result: EmailResult::Succeeded, .. }), "{ended:?}");
    // What nobody knows may yet be known; and no name leads to another address.
    assert_eq!(provider.follow("4711").await, Progress::UnderWay { after: None });
    assert_eq!(provider.follow("../../messages").await, Progress::NotFollowed);

    for (local_part, expected) in [
        ("dropped", EmailResult::FailedSupressedRecipient),
        ("failing", EmailResult::Failed),
        ("canceled", EmailResult::Failed),
    ] {
        provider.send(&email(local_part)).await;
        clock.advance(operation_takes);
        let ended = provider.follow(ATTEMPT).await;
        assert!(matches!(&ended, Progress::Ended { result, .. } if *result == expected), "{ended:?}");
    }
}

#[tokio::test]
async fn questions_rest_when_the_service_asks_for_it() {
    let clock = stepped_clock();
    let (cloud, server) = cloud(Settings { questions_per_minute: 2, ..settings() }, &clock).await;
    let provider = provider(&server, &clock);
    provider.send(&email("stuck")).await;
    for _ in 0..2 {
        assert_eq!(provider.follow(ATTEMPT).await, Progress::UnderWay { after: None });
    }
    clock.advance(Duration::from_secs(20));
    for _ in 0..3 {
        assert_eq!(
            provider.follow(ATTEMPT).await,
            Progress::UnderWay { after: Some(Duration::from_secs(40)) }
        );
    }
    assert_eq!(cloud.asked().total(), 3, "what would be refused is not asked");
    clock.advance(Duration::from_secs(40));
    assert_eq!(provider.follow(ATTEMPT).await, Progress::UnderWay { after: None });
    assert_eq!(cloud.captured().total(), 1);
}

#[tokio::test]
async fn a_probe_finds_a_wrong_key_and_sends_nothing() {
    let clock = stepped_clock();
    let (cloud, server) = cloud(settings(), &clock).await;
    assert_eq!(provider(&server, &clock).probe().await, Ok(()));
    let wrong = format!("endpoint={};accesskey=d3Jvbmc=", server.url("/mail-cloud/"));
    let wrong = AcsConfig { connection_string: Some(Secret::new(wrong)), ..config(&server) };
    let wrong = Acs::new(wrong, clock.clone()).expect("a provider");
    let refusal = wrong.probe().await.expect_err("a refusal");
    assert!(refusal.contains("401"), "{refusal}");
    let outcome = wrong.send(&email("kari")).await;
    assert!(matches!(outcome, HandOver::TryLater { cause: Holdup::Misconfigured(_), .. }), "{outcome:?}");
    // A clock that is wrong is told of in the same way.
    let late = provider(&server, &Clock::stepped("2026-03-02T12:00:00Z".parse().expect("a moment")));
    assert!(late.probe().await.is_err());
    assert_eq!(cloud.captured().total(), 0);
}

/// A service that asks for patience in one of the ways of HTTP.
async fn throttling(retry_after: Option<&'static str>) -> Running {
    let answer = async move |_: Request| -> Response {
        let mut response = StatusCode::TOO_MANY_REQUESTS.into_response();
        let headers = response.headers_mut();
        headers.insert("date", "Mon, 02 Mar 2026 11:00:00 GMT".parse().expect("a value"));
        if let Some(after) = retry_after {
            headers.insert("retry-after", after.parse().expect("a value"));
        }
        response
    };
    start(Router::new().route("/emails:send", post(answer))).await
}

/// Covers: NP-57
#[tokio::test]
async fn patience_is_named_in_seconds_or_as_a_date_and_is_a_minute_otherwise() {
    let table =
        [(Some("17"), 17), (Some("Mon, 02 Mar 2026 11:02:00 GMT"), 120), (None, 60), (Some("soon"), 60)];
    for (header, seconds) in table {
        let server = throttling(header).await;
        let config = AcsConfig {
            endpoint: Some(server.url("/")),
            access_key: Some(Secret::new(ACCESS_KEY.to_owned())),
            ..AcsConfig::default()
        };
        let provider = Acs::new(config, stepped_clock()).expect("a provider");
        let outcome = provider.send(&email("kari")).await;
        let HandOver::TryLater { after, cause: Holdup::RateLimited(_) } = outcome else {
            panic!("{outcome:?}");
        };
        assert_eq!(after, Some(Duration::from_secs(seconds)), "{header:?}");
    }
}
