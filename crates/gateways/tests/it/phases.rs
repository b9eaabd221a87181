//! A mail server that goes away, or says no, at each step of the conversation.

use std::net::SocketAddr;

use gateways::email::{Auth, Smtp, SmtpConfig, Tls};
use gateways::{EmailProvider as _, EmailResult, HandOver, Holdup, OutgoingEmail};
use testkit::stepped_clock;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use types::Secret;

use crate::smtp::email;

/// Where the server does something else than go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    Greeting,
    Ehlo,
    Auth,
    Mail,
    Rcpt,
    Data,
    Content,
    Dot,
}

/// What it does there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Does {
    Vanish,
    Say(&'static str),
}

async fn server(at: At, does: Does) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let addr = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.expect("a connection");
        // A client that hears "no" leaves.
        let _ = converse(stream, at, does).await;
    });
    addr
}

async fn converse(stream: TcpStream, at: At, does: Does) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    let reply = |here: At, usual: &'static str| match does {
        Does::Vanish if at == here => None,
        Does::Say(text) if at == here => Some(text),
        _ => Some(usual),
    };
    let Some(greeting) = reply(At::Greeting, "220 relay.example") else { return Ok(()) };
    stream.write_all(format!("{greeting}\r\n").as_bytes()).await?;
    let (mut line, mut is_content) = (String::new(), false);
    loop {
        line.clear();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let answer = match line.split([' ', '\r']).next().unwrap_or_default() {
            "." if is_content => {
                is_content = false;
                reply(At::Dot, "250 2.0.0 OK queued as 1")
            }
            _ if is_content && (at, does) == (At::Content, Does::Vanish) => None,
            _ if is_content => continue,
            "EHLO" => reply(At::Ehlo, "250-relay.example\r\n250 AUTH PLAIN XOAUTH2"),
            "AUTH" => reply(At::Auth, "235 2.7.0 OK"),
            "MAIL" => reply(At::Mail, "250 2.1.0 OK"),
            "RCPT" => reply(At::Rcpt, "250 2.1.5 OK"),
            "DATA" => {
                is_content = at != At::Data;
                reply(At::Data, "354 Go on")
            }
            _ => Some("250 2.0.0 OK"),
        };
        let Some(answer) = answer else { return Ok(()) };
        stream.write_all(format!("{answer}\r\n").as_bytes()).await?;
    }
}

fn config(addr: SocketAddr) -> SmtpConfig {
    SmtpConfig {
        host: addr.ip().to_string(),
        port: addr.port(),
        tls: Tls::None,
        username: Some("fjord".to_owned()),
        password: Some(Secret::new("hemmelig".to_owned())),
        from: "noreply@fjord.example".to_owned(),
        timeout_seconds: 10,
        final_timeout_seconds: 10,
        ..SmtpConfig::default()
    }
}

async fn outcome(at: At, does: Does) -> &'static str {
    let smtp = Smtp::new(&config(server(at, does).await), stepped_clock()).expect("a relay");
    // Too large for the buffers between us, so that losing the connection shows while it is written.
    let body = if at == At::Content { "Hei på deg. ".repeat(500_000) } else { "Hei".to_owned() };
    let email = OutgoingEmail { body: body.into(), ..email("kari@fjord.example") };
    match smtp.send(&email).await {
        HandOver::Accepted { .. } => "accepted",
        HandOver::Refused { result: EmailResult::Failed, .. } => "failed",
        HandOver::Refused { result: EmailResult::FailedBounced, .. } => "bounced",
        HandOver::Refused { result: EmailResult::FailedInvalidEmailFormat, .. } => "no address",
        HandOver::Refused { result: EmailResult::FailedPayloadTooLarge, .. } => "too large",
        HandOver::Refused { result: EmailResult::FailedFilteredSpam, .. } => "spam",
        HandOver::TryLater { cause: Holdup::Passing(_), .. } => "passing",
        HandOver::TryLater { cause: Holdup::RateLimited(_), .. } => "rate",
        HandOver::TryLater { cause: Holdup::Misconfigured(_), .. } => "misconfigured",
        HandOver::Unknown { .. } => "unknown",
        other => panic!("{other:?}"),
    }
}

/// Covers: NP-68
#[tokio::test]
async fn what_a_lost_connection_means_depends_on_how_far_it_came() {
    for at in [At::Greeting, At::Ehlo, At::Auth, At::Mail, At::Rcpt, At::Data, At::Content] {
        assert_eq!(outcome(at, Does::Vanish).await, "passing", "{at:?}");
    }
    assert_eq!(outcome(At::Dot, Does::Vanish).await, "unknown");
}

/// Covers: NP-68
#[tokio::test]
async fn every_no_means_what_the_contract_says() {
    let table = [
        (At::Greeting, "421 4.3.2 Shutting down", "passing"),
        (At::Greeting, "554 5.7.1 Not you", "misconfigured"),
        (At::Auth, "535 5.7.8 Wrong password", "misconfigured"),
        (At::Auth, "534 5.7.9 Too weak", "misconfigured"),
        (At::Auth, "530 5.7.0 Encrypt first", "misconfigured"),
        (At::Auth, "454 4.7.0 Not now", "passing"),
        (At::Mail, "550 5.7.1 Not that sender", "misconfigured"),
        (At::Mail, "552 5.3.4 Too large", "too large"),
        (At::Mail, "451 4.3.0 Later", "passing"),
        (At::Mail, "421 4.7.0 Too many messages, rate limited", "rate"),
        (At::Rcpt, "550 5.1.1 No such mailbox", "bounced"),
        (At::Rcpt, "553 Not an address", "no address"),
        (At::Rcpt, "450 4.2.0 Greylisted", "passing"),
        (At::Data, "451 4.3.0 Later", "passing"),
        (At::Data, "554 5.6.0 No", "failed"),
        (At::Dot, "451 4.3.0 Later", "passing"),
        (At::Dot, "552 5.3.4 Too large", "too large"),
        (At::Dot, "554 5.7.1 Spam", "spam"),
        (At::Dot, "554 5.6.0 No", "failed"),
    ];
    for (at, text, expected) in table {
        assert_eq!(outcome(at, Does::Say(text)).await, expected, "{at:?} {text}");
    }
    assert_eq!(outcome(At::Dot, Does::Say("250 OK")).await, "accepted");
}

#[tokio::test]
async fn an_access_token_is_shown_where_that_is_wanted() {
    let addr = server(At::Dot, Does::Say("250 OK")).await;
    let token = SmtpConfig { auth: Auth::Xoauth2, ..config(addr) };
    let sent = Smtp::new(&token, stepped_clock()).expect("a relay").send(&email("kari@fjord.example")).await;
    assert!(matches!(sent, HandOver::Accepted { .. }), "{sent:?}");
}

#[tokio::test]
async fn a_probe_says_whether_the_relay_lets_us_in() {
    let good = Smtp::new(&config(server(At::Dot, Does::Vanish).await), stepped_clock()).expect("a relay");
    assert_eq!(good.probe().await, Ok(()));
    let addr = server(At::Auth, Does::Say("535 5.7.8 Wrong password")).await;
    let bad = Smtp::new(&config(addr), stepped_clock()).expect("a relay").probe().await;
    assert!(bad.as_ref().is_err_and(|words| words.starts_with("535")), "{bad:?}");
}
