use std::io::{Read, Write};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use auth::Authority;
use gateways::BodyFormat;
use gateways::email::{Dsn, Smtp, SmtpConfig, Tls};
use gateways::{EmailProvider as _, EmailResult, HandOver, Holdup, OutgoingEmail, Urgency};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use simulators::smtp_sink::{Settings, SmtpSink};
use testkit::serving::nobody;
use testkit::stepped_clock;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};
use types::Secret;
use types::ids::{AttemptId, NotificationId};
use types::time::Clock;
use uuid::Uuid;

use crate::SOON;

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

/// A server that takes everything of one connection; then says what it heard.
async fn scripted(ehlo: &'static str) -> (SocketAddr, tokio::task::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let addr = listener.local_addr().expect("an address");
    let task = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("a connection");
        stream.write_all(b"220 plain.example\r\n").await.expect("it reads");
        let (mut heard, mut seen) = (String::new(), 0);
        let mut piece = [0; 4096];
        loop {
            let read = tokio::time::timeout(SOON, stream.read(&mut piece)).await;
            let Ok(Ok(length @ 1..)) = read else { return heard };
            heard.push_str(&String::from_utf8_lossy(&piece[..length]));
            let in_data = heard.contains("DATA\r\n") && !heard.contains("\r\n.\r\n");
            if in_data && seen >= heard.find("DATA\r\n").unwrap_or(usize::MAX) + 6 || !heard.ends_with("\r\n")
            {
                continue;
            }
            let command = heard[seen..].to_owned();
            seen = heard.len();
            let reply = match command.split([' ', '\r']).next() {
                Some("EHLO") => ehlo,
                Some("DATA") => "354 Go on",
                _ => "250 OK",
            };
            if stream.write_all(format!("{reply}\r\n").as_bytes()).await.is_err()
                || heard.contains("\r\n.\r\n")
            {
                return heard;
            }
        }
    });
    (addr, task)
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

/// A relay that demands TLS, with a certificate of an authority of its own.
struct Encrypted {
    addr: SocketAddr,
    root: String,
    said: std::sync::mpsc::Receiver<String>,
}

impl Encrypted {
    /// What the first connection said, once it has ended.
    fn said(&self) -> String {
        self.said.recv_timeout(SOON).expect("a connection that ends")
    }
}

fn encrypted_relay() -> Encrypted {
    let authority = Authority::generate(Clock::system()).expect("an authority");
    let credential = authority.issue_server(&["localhost".to_owned()]).expect("a certificate");
    let chain = credential.chain.iter().map(|der| CertificateDer::from(der.clone())).collect();
    let key = PrivatePkcs8KeyDer::from(credential.key.pkcs8_der().reveal().clone());
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("TLS 1.3")
        .with_no_client_auth()
        .with_single_cert(chain, PrivateKeyDer::from(key))
        .expect("a certificate and its key");
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let addr = listener.local_addr().expect("an address");
    let (tell, said) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let (stream, _) = listener.accept().expect("a connection");
        stream.set_read_timeout(Some(SOON)).expect("a time limit");
        tell.send(serve_encrypted(stream, config)).expect("somebody listens");
    });
    Encrypted { addr, root: authority.root_pem(), said }
}

fn serve_encrypted(mut stream: std::net::TcpStream, config: rustls::ServerConfig) -> String {
    let mut heard = String::new();
    let greeting = "220 tls.example\r\n".to_owned();
    answer_lines(&mut stream, greeting, &mut heard, |line| match line {
        "STARTTLS" => Next::Last("220 Go on\r\n"),
        _ => Next::Say("250-tls.example\r\n250 STARTTLS\r\n"),
    });
    let mut tls = rustls::ServerConnection::new(Arc::new(config)).expect("TLS");
    let mut stream = rustls::Stream::new(&mut tls, &mut stream);
    let mut in_data = false;
    answer_lines(&mut stream, String::new(), &mut heard, |line| {
        match (in_data, line) {
            (true, ".") => return Next::Last("250 2.0.0 OK queued as 1\r\n"),
            (true, _) => return Next::Say(""),
            _ => {}
        }
        in_data = line == "DATA";
        Next::Say(match line.split(' ').next() {
            Some("EHLO") => "250-tls.example\r\n250 AUTH PLAIN\r\n",
            Some("AUTH") => "235 2.7.0 OK\r\n",
            Some("DATA") => "354 Go on\r\n",
            _ => "250 2.0.0 OK\r\n",
        })
    });
    heard
}

enum Next {
    Say(&'static str),
    Last(&'static str),
}

/// Answers line by line until told that this was the last, or the other side has gone.
fn answer_lines(
    stream: &mut (impl Read + Write),
    greeting: String,
    heard: &mut String,
    mut reply: impl FnMut(&str) -> Next,
) {
    let mut say = greeting;
    let mut line = Vec::new();
    loop {
        if stream.write_all(say.as_bytes()).and_then(|()| stream.flush()).is_err() {
            return;
        }
        line.clear();
        let mut byte = [0];
        while !line.ends_with(b"\r\n") {
            match stream.read(&mut byte) {
                Ok(1) => line.push(byte[0]),
                _ => return,
            }
        }
        let text = String::from_utf8_lossy(&line).into_owned();
        heard.push_str(&text);
        match reply(text.trim_end()) {
            Next::Say(text) => text.clone_into(&mut say),
            Next::Last(text) => {
                // The other side may be gone already; what it said is what counts.
                let _ = stream.write_all(text.as_bytes()).and_then(|()| stream.flush());
                return;
            }
        }
    }
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
