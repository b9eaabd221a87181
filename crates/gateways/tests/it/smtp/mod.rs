mod servers;

use std::net::SocketAddr;
use std::time::Duration;

use gateways::BodyFormat;
use gateways::email::{Dsn, Smtp, SmtpConfig, Tls};
use gateways::{EmailProvider as _, EmailResult, HandOver, Holdup, OutgoingEmail, Urgency};
use simulators::smtp_sink::{Settings, SmtpSink};
use testkit::serving::nobody;
use testkit::stepped_clock;
use tokio_util::sync::{CancellationToken, DropGuard};
use types::Secret;
use types::ids::{AttemptId, NotificationId};
use uuid::Uuid;

use self::servers::{encrypted_relay, scripted};

pub struct Relay {
    pub sink: SmtpSink,
    pub addr: SocketAddr,
    _stop: DropGuard,
}

pub async fn relay() -> Relay {
    let settings = Settings {
        slow: Duration::from_millis(20),
        swallow: Duration::from_millis(20),
        limited_for: Duration::from_secs(60),
        ..Settings::default()
    };
    let sink = SmtpSink::new(settings, stepped_clock());
    let bound = sink.bind(([127, 0, 0, 1], 0).into()).await.expect("a free port");
    let (addr, stop) = (bound.local_addr, CancellationToken::new());
    tokio::spawn(bound.serve(stop.clone()));
    Relay { sink, addr, _stop: stop.drop_guard() }
}

pub fn config(addr: SocketAddr) -> SmtpConfig {
    SmtpConfig {
        host: addr.ip().to_string(),
        port: addr.port(),
        tls: Tls::None,
        from: "noreply@fjord.example".to_owned(),
        from_name: Some("Fjord kommune".to_owned()),
        timeout_seconds: 10,
        final_timeout_seconds: 10,
        ..SmtpConfig::default()
    }
}

fn provider(config: &SmtpConfig) -> Smtp {
    Smtp::new(config, stepped_clock()).expect("a relay")
}

pub fn email(to: &str) -> OutgoingEmail {
    OutgoingEmail {
        attempt: AttemptId::new(Uuid::from_u128(7)),
        notification: NotificationId::new(Uuid::from_u128(8)),
        to: to.parse().expect("an address"),
        from: None,
        subject: "Blåbærsyltetøy 😀 – til deg".into(),
        body: "Hei på deg, Kåre 😀\n.\n..to prikker\nSlutt".into(),
        format: BodyFormat::Plain,
        attachments: Vec::new(),
        urgency: Urgency::Ordinary,
    }
}

/// Covers: NP-71
#[tokio::test]
async fn what_is_sent_arrives_as_it_was_written() {
    let relay = relay().await;
    let outcome = provider(&config(relay.addr)).send(&email("kari@blåbær.example")).await;
    assert!(matches!(&outcome, HandOver::Accepted { gateway_reference: Some(_) }), "{outcome:?}");

    let arrived = relay.sink.captured().get(0).expect("a message");
    assert_eq!(arrived.from, "noreply@fjord.example");
    assert_eq!(arrived.recipients[0].address, "kari@xn--blbr-roah.example");
    assert!(!arrived.utf8, "only local parts need SMTPUTF8");
    let content = &arrived.content;
    assert_eq!(content.subject.as_deref(), Some("Blåbærsyltetøy 😀 – til deg"));
    let text = content.text.as_deref().expect("a text").replace("\r\n", "\n");
    assert_eq!(text.trim_end(), "Hei på deg, Kåre 😀\n.\n..to prikker\nSlutt");
    assert_eq!(content.html, None);
    assert_eq!(content.message_id.as_deref(), Some("<00000000-0000-0000-0000-000000000008@fjord.example>"));
    assert!(content.from.as_deref().expect("a sender").contains("Fjord kommune"));
    assert!(arrived.raw.is_ascii());
}

#[tokio::test]
async fn html_goes_as_html_and_instant_mail_from_a_named_sender() {
    let relay = relay().await;
    let html = OutgoingEmail {
        from: Some("post@fjord.example".parse().expect("an address")),
        body: "<p>Hei på deg</p>".into(),
        format: BodyFormat::Html,
        attachments: Vec::new(),
        urgency: Urgency::Instant,
        ..email("kari@fjord.example")
    };
    assert!(matches!(provider(&config(relay.addr)).send(&html).await, HandOver::Accepted { .. }));

    let arrived = relay.sink.captured().get(0).expect("a message");
    assert_eq!(arrived.from, "post@fjord.example");
    assert_eq!(arrived.content.html.as_deref().map(str::trim_end), Some("<p>Hei på deg</p>"));
    assert_eq!(arrived.content.text, None);
}

/// Every magic recipient of the simulated mail server ends as the contract's table says.
///
/// Covers: NP-68
#[tokio::test]
async fn every_end_of_a_conversation_has_its_outcome() {
    let relay = relay().await;
    let provider = provider(&config(relay.addr));
    let table = [
        ("delivered", "accepted"),
        ("rejected", "Failed_Bounced"),
        ("invalid", "Failed_InvalidEmailFormat"),
        ("full", "Failed_Bounced"),
        ("transient", "passing"),
        ("limited", "limited"),
        ("closing", "passing"),
        ("busy", "passing"),
        ("spam", "Failed_FilteredSpam"),
        ("toolarge", "Failed_PayloadTooLarge"),
        ("slow", "accepted"),
        ("doubt", "unknown"),
        ("lost", "unknown"),
        ("swallowed", "unknown"),
    ];
    for (local, expected) in table {
        let outcome = provider.send(&email(&format!("{local}@fjord.example"))).await;
        let found = match &outcome {
            HandOver::Accepted { .. } | HandOver::UnderWay { .. } => "accepted",
            HandOver::Refused { result, .. } => result.as_str(),
            HandOver::TryLater { cause: Holdup::Passing(_), .. } => "passing",
            HandOver::TryLater { cause: Holdup::RateLimited(_), .. } => "limited",
            HandOver::TryLater { cause: Holdup::Misconfigured(_), .. } => "misconfigured",
            HandOver::TryLater { cause: Holdup::TooLate, .. } => "too late",
            HandOver::Unknown { .. } => "unknown",
        };
        assert_eq!(found, expected, "{local}: {outcome:?}");
    }
}

#[tokio::test]
async fn a_message_that_breaks_off_before_its_end_was_not_taken() {
    let relay = relay().await;
    // Too large for the buffers between us, so that writing it fails.
    let large =
        OutgoingEmail { body: "Hei på deg. ".repeat(500_000).into(), ..email("dropped@fjord.example") };

    let outcome = provider(&config(relay.addr)).send(&large).await;

    assert!(matches!(outcome, HandOver::TryLater { cause: Holdup::Passing(_), .. }), "{outcome:?}");
    assert_eq!(relay.sink.captured().total(), 0);
}

/// Covers: NP-69
#[tokio::test]
async fn delivery_reports_are_asked_for_where_they_are_offered_and_wanted() {
    let relay = relay().await;
    let asking = provider(&config(relay.addr)).send(&email("silent@fjord.example")).await;
    assert!(matches!(asking, HandOver::Accepted { .. }), "{asking:?}");
    let arrived = relay.sink.captured().get(0).expect("a message");
    assert_eq!(arrived.envid.as_deref(), Some("00000000000000000000000000000007"));
    assert_eq!(arrived.ret.as_deref(), Some("HDRS"));
    assert_eq!(arrived.recipients[0].notify.as_deref(), Some("SUCCESS,FAILURE,DELAY"));
    assert_eq!(arrived.recipients[0].orcpt.as_deref(), Some("rfc822;silent@fjord.example"));
    assert_eq!(arrived.announced_size, Some(arrived.raw.len() as u64));

    let off = SmtpConfig { dsn: Dsn::Off, ..config(relay.addr) };
    let outcome = provider(&off).send(&email("silent@fjord.example")).await;
    assert!(matches!(outcome, HandOver::Accepted { .. }), "{outcome:?}");
    assert_eq!(relay.sink.captured().get(1).expect("a message").envid, None);

    let (plain, said) = scripted("250 plain.example").await;
    let outcome = provider(&config(plain)).send(&email("kari@fjord.example")).await;
    assert!(matches!(outcome, HandOver::Accepted { .. }), "{outcome:?}");
    let said = said.await.expect("what was said");
    assert!(said.contains("MAIL FROM:<noreply@fjord.example>\r\n"), "{said}");
    assert!(said.contains("RCPT TO:<kari@fjord.example>\r\n"), "{said}");

    let (plain, _said) = scripted("250 plain.example").await;
    let required = SmtpConfig { dsn: Dsn::Required, ..config(plain) };
    let outcome = provider(&required).send(&email("kari@fjord.example")).await;
    assert!(matches!(outcome, HandOver::TryLater { cause: Holdup::Misconfigured(_), .. }), "{outcome:?}");
}

/// Covers: NP-67
#[tokio::test]
async fn nothing_is_said_without_the_encryption_that_is_demanded() {
    let relay = relay().await;
    let required = SmtpConfig { tls: Tls::Required, ..config(relay.addr) };
    let outcome = provider(&required).send(&email("kari@fjord.example")).await;
    assert!(matches!(outcome, HandOver::TryLater { cause: Holdup::Misconfigured(_), .. }), "{outcome:?}");
    assert_eq!(relay.sink.captured().total(), 0);

    let encrypted = encrypted_relay();
    let stranger = SmtpConfig { host: "localhost".to_owned(), tls: Tls::Required, ..config(encrypted.addr) };
    let outcome = provider(&stranger).send(&email("kari@fjord.example")).await;
    assert!(matches!(outcome, HandOver::TryLater { cause: Holdup::Passing(_), .. }), "{outcome:?}");
    let said = encrypted.said();
    assert!(said.ends_with("STARTTLS\r\n") && !said.contains("MAIL"), "{said}");
}

#[tokio::test]
async fn mail_and_password_go_over_an_encrypted_connection_with_a_known_certificate() {
    let encrypted = encrypted_relay();
    let file = std::env::temp_dir().join(format!("{}.pem", Uuid::new_v4()));
    std::fs::write(&file, &encrypted.root).expect("a file");
    let known = SmtpConfig {
        host: "localhost".to_owned(),
        tls: Tls::Required,
        ca_file: Some(file.clone()),
        username: Some("fjord".to_owned()),
        password: Some(Secret::new("hemmelig".to_owned())),
        ..config(encrypted.addr)
    };

    let outcome = provider(&known).send(&email("kari@fjord.example")).await;

    assert!(matches!(outcome, HandOver::Accepted { .. }), "{outcome:?}");
    let said = encrypted.said();
    let (open, hidden) = said.split_once("STARTTLS\r\n").expect("STARTTLS");
    assert!(!open.contains("AUTH") && hidden.contains("AUTH PLAIN"), "{said}");
    assert!(hidden.contains("MAIL FROM:<noreply@fjord.example>"), "{said}");
    std::fs::remove_file(file).expect("the file");
}

#[tokio::test]
async fn local_parts_beyond_ascii_go_only_where_they_are_understood() {
    let relay = relay().await;
    let outcome = provider(&config(relay.addr)).send(&email("kåre@fjord.example")).await;
    assert!(matches!(outcome, HandOver::Accepted { .. }), "{outcome:?}");
    let arrived = relay.sink.captured().get(0).expect("a message");
    assert!(arrived.utf8);
    assert_eq!(arrived.recipients[0].address, "kåre@fjord.example");

    let (plain, _said) = scripted("250 plain.example").await;
    let outcome = provider(&config(plain)).send(&email("kåre@fjord.example")).await;
    assert!(
        matches!(outcome, HandOver::Refused { result: EmailResult::FailedInvalidEmailFormat, .. }),
        "{outcome:?}"
    );
}

#[tokio::test]
async fn a_connection_serves_many_messages_and_a_closed_one_is_replaced() {
    let relay = relay().await;
    let config = SmtpConfig { connections: 1, ..config(relay.addr) };
    let provider = provider(&config);
    for local in ["a", "rejected", "b", "closing", "c", "spam", "d"] {
        provider.send(&email(&format!("{local}@fjord.example"))).await;
    }
    let arrived: Vec<String> =
        relay.sink.captured().all().iter().map(|email| email.recipients[0].address.clone()).collect();
    let to_us = arrived.iter().filter(|address| address.ends_with("@fjord.example") && address.len() < 18);
    assert_eq!(to_us.count(), 4, "{arrived:?}");
}

#[tokio::test]
async fn without_a_relay_mail_waits() {
    let outcome = provider(&config(nobody().await)).send(&email("kari@fjord.example")).await;
    assert!(matches!(outcome, HandOver::TryLater { cause: Holdup::Passing(_), .. }), "{outcome:?}");
}
