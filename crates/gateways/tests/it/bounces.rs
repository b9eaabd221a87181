//! The bounce listener over real sockets.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use gateways::NotTaken;
use gateways::email::bounce::{Bounce, BounceListener, BounceSink, BouncesConfig, Clues, Says};
use gateways::email::verp::ReturnPaths;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio_util::sync::{CancellationToken, DropGuard};
use types::Secret;
use types::ids::AttemptId;
use uuid::Uuid;

/// Keeps bounces, unless its disk is full.
#[derive(Clone, Debug, Default)]
pub struct Desk(Arc<Mutex<Kept>>);

#[derive(Debug, Default)]
struct Kept {
    bounces: Vec<Bounce>,
    is_full: bool,
}

impl Desk {
    pub fn bounces(&self) -> Vec<Bounce> {
        self.0.lock().expect("the desk").bounces.clone()
    }
}

#[async_trait]
impl BounceSink for Desk {
    async fn take(&self, bounce: Bounce) -> Result<(), NotTaken> {
        let mut kept = self.0.lock().expect("the desk");
        if kept.is_full {
            return Err(NotTaken("the disk is full".to_owned()));
        }
        kept.bounces.push(bounce);
        Ok(())
    }
}

pub struct Listener {
    pub addr: SocketAddr,
    pub desk: Desk,
    pub return_paths: ReturnPaths,
    return_path: String,
    _stop: DropGuard,
}

fn attempt() -> AttemptId {
    AttemptId::new(Uuid::from_u128(7))
}

pub async fn listener(change: impl FnOnce(&mut BouncesConfig)) -> Listener {
    let mut config = BouncesConfig {
        domain: Some("bounce.fjord.example".to_owned()),
        key: Some(Secret::new("0123456789abcdef".to_owned())),
        also_accept: vec!["fbl@fjord.example".to_owned()],
        timeout_seconds: 10,
        ..BouncesConfig::default()
    };
    change(&mut config);
    let return_paths = config.return_paths().expect("good settings").expect("return paths");
    let return_path = return_paths.of(attempt());
    let doorkeeper = config.doorkeeper().expect("a doorkeeper");
    let bound = BounceListener::bind(([127, 0, 0, 1], 0).into()).await.expect("a free port");
    let (addr, desk, stop) = (bound.local_addr, Desk::default(), CancellationToken::new());
    tokio::spawn(bound.serve(config, doorkeeper, Arc::new(desk.clone()), stop.clone()));
    Listener { addr, desk, return_paths, return_path, _stop: stop.drop_guard() }
}

struct Client(BufReader<TcpStream>);

impl Client {
    async fn greet(addr: SocketAddr) -> Self {
        let mut client = Self(BufReader::new(TcpStream::connect(addr).await.expect("a connection")));
        assert!(client.reply().await.starts_with("220 "));
        assert!(client.say("EHLO mx.example").await.starts_with("250 "));
        client
    }

    /// The last line of the reply.
    async fn say(&mut self, line: &str) -> String {
        self.0.write_all(format!("{line}\r\n").as_bytes()).await.expect("it reads");
        self.reply().await
    }

    async fn reply(&mut self) -> String {
        loop {
            let mut line = String::new();
            assert!(self.0.read_line(&mut line).await.expect("a reply") > 0, "it hung up");
            if line.as_bytes().get(3) == Some(&b' ') {
                return line.trim_end().to_owned();
            }
        }
    }

    async fn bring(&mut self, to: &str, message: &str) -> String {
        assert_eq!(self.say("MAIL FROM:<> SIZE=100 BODY=8BITMIME").await, "250 2.1.0 OK");
        assert_eq!(self.say(&format!("RCPT TO:<{to}>")).await, "250 2.1.5 OK");
        assert!(self.say("DATA").await.starts_with("354 "));
        self.say(&format!("{message}\r\n.")).await
    }
}

const REPORT: &str = "Subject: Undelivered\r\nContent-Type: multipart/report; report-type=delivery-status; \
    boundary=a\r\n\r\n--a\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n\
    Final-Recipient: rfc822; kari@fjord.example\r\nAction: failed\r\nStatus: 5.1.1\r\n--a--\r\n";

/// Covers: NP-73
#[tokio::test]
async fn mail_is_taken_for_our_own_return_paths_and_for_nobody_else() {
    let listener = listener(|_| ()).await;
    let mut client = Client::greet(listener.addr).await;
    assert_eq!(client.say("RCPT TO:<a@b.example>").await, "503 5.5.1 Send MAIL first");
    assert_eq!(client.say("MAIL FROM:<>").await, "250 2.1.0 OK");
    let (local, domain) = listener.return_path.split_once('@').expect("an address");
    let last = if local.ends_with('0') { '1' } else { '0' };
    let changed = format!("{}{last}@{domain}", &local[..local.len() - 1]);
    let strangers = [changed, format!("{local}@other.example"), "kari@fjord.example".to_owned()];
    for stranger in strangers {
        let reply = client.say(&format!("RCPT TO:<{stranger}>")).await;
        assert!(reply.starts_with("550 5.1.1 "), "{stranger}: {reply}");
    }
    assert_eq!(client.say("DATA").await, "503 5.5.1 Send MAIL and RCPT first");
    let ours = format!("RCPT TO:<{}>", listener.return_path.to_uppercase());
    assert_eq!(client.say(&ours).await, "250 2.1.5 OK");
    assert_eq!(client.say(&ours).await, "452 4.5.3 One recipient at a time");
    assert_eq!(client.say("RSET").await, "250 2.0.0 OK");
    assert_eq!(client.bring(&listener.return_path, REPORT).await, "250 2.0.0 OK");
    assert_eq!(client.bring("FBL@fjord.example", REPORT).await, "250 2.0.0 OK");
    assert_eq!(client.say("QUIT").await, "221 2.0.0 Goodbye");

    let kept = listener.desk.0.lock().expect("the desk");
    assert_eq!(kept.bounces.len(), 2);
    assert_eq!(kept.bounces[0].clues, Clues { token: Some(attempt()), ..Clues::default() });
    assert!(matches!(kept.bounces[0].says, Says::Failed { is_hard: true, .. }));
    assert_eq!(kept.bounces[1].clues.token, None);
}

#[tokio::test]
async fn what_could_not_be_kept_is_to_be_brought_again() {
    let listener = listener(|_| ()).await;
    let mut client = Client::greet(listener.addr).await;
    listener.desk.0.lock().expect("the desk").is_full = true;
    assert_eq!(client.bring(&listener.return_path, REPORT).await, "451 4.3.0 Try again later");
    listener.desk.0.lock().expect("the desk").is_full = false;
    assert_eq!(client.bring(&listener.return_path, REPORT).await, "250 2.0.0 OK");
    assert_eq!(listener.desk.0.lock().expect("the desk").bounces.len(), 1);
}

#[tokio::test]
async fn large_messages_are_read_to_where_reports_stand_and_huge_ones_refused() {
    let listener = listener(|config| {
        config.keep_bytes = 2000;
        config.message_bytes = 100_000;
    })
    .await;
    let mut client = Client::greet(listener.addr).await;
    assert_eq!(client.say("MAIL FROM:<> SIZE=100001").await, "552 5.3.4 Message too big");
    let with_original = |bytes: usize| format!("{REPORT}{}", "x".repeat(bytes));
    assert_eq!(client.bring(&listener.return_path, &with_original(90_000)).await, "250 2.0.0 OK");
    let reply = client.bring(&listener.return_path, &with_original(200_000)).await;
    assert_eq!(reply, "552 5.3.4 Message too big");
    let kept = listener.desk.0.lock().expect("the desk");
    assert!(matches!(kept.bounces[..], [Bounce { says: Says::Failed { .. }, .. }]), "{kept:?}");
}

#[tokio::test]
async fn whoever_makes_many_mistakes_is_shown_out_and_another_one_waits_for_the_place() {
    let listener = listener(|config| config.connections = 1).await;
    let mut first = Client::greet(listener.addr).await;
    let second = tokio::spawn(Client::greet(listener.addr));
    for _ in 0..9 {
        assert!(first.say("RCPT").await.starts_with("501 "));
    }
    assert!(!second.is_finished());
    assert_eq!(first.say("HELP").await, "421 4.7.0 Too many errors");
    assert_eq!(first.0.read(&mut [0]).await.expect("the end"), 0);
    let mut second = second.await.expect("a greeting");
    assert_eq!(second.say("LHLO relay").await, "250 ENHANCEDSTATUSCODES");
}
