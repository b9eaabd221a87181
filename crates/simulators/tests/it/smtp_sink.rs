use std::time::Duration;

use simulators::smtp_sink::{ReportsTo, Settings, SmtpSink};
use testkit::serving::start;
use testkit::stepped_clock;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;

use crate::{SOON, client};

fn settings() -> Settings {
    Settings {
        message_bytes: 10_000,
        slow: Duration::from_millis(20),
        swallow: Duration::from_millis(20),
        limited_for: Duration::from_millis(50),
        patience: Duration::from_secs(10),
        ..Settings::default()
    }
}

/// A connection to a sink of its own, past the greeting.
struct Talk {
    sink: SmtpSink,
    stream: BufReader<TcpStream>,
    _stop: tokio_util::sync::DropGuard,
}

impl Talk {
    async fn begin() -> Self {
        Self::with(settings()).await
    }

    async fn with(settings: Settings) -> Self {
        let sink = SmtpSink::new(settings, stepped_clock());
        let bound = sink.bind(([127, 0, 0, 1], 0).into()).await.expect("a free port");
        let (addr, stop) = (bound.local_addr, CancellationToken::new());
        tokio::spawn(bound.serve(stop.clone()));
        let stream = TcpStream::connect(addr).await.expect("it listens");
        let mut talk = Self { sink, stream: BufReader::new(stream), _stop: stop.drop_guard() };
        assert!(talk.hear().await.starts_with("220 sink.example"));
        assert!(talk.say("EHLO test").await.contains("250 DSN"));
        talk
    }

    /// The next reply, its lines joined; empty when the connection is closed.
    async fn hear(&mut self) -> String {
        let mut reply = String::new();
        loop {
            let mut line = String::new();
            let read = tokio::time::timeout(SOON, self.stream.read_line(&mut line)).await;
            let closed = !matches!(read.expect("a reply soon"), Ok(1..));
            reply.push_str(&line);
            if closed || line.as_bytes().get(3) == Some(&b' ') {
                return reply.trim_end().to_owned();
            }
        }
    }

    async fn put(&mut self, text: &str) {
        self.stream.write_all(text.as_bytes()).await.expect("it reads");
    }

    async fn say(&mut self, line: &str) -> String {
        self.put(&format!("{line}\r\n")).await;
        self.hear().await
    }

    /// Sends a small message; the reply to its final dot, or the reply that refused the recipient.
    async fn send_to(&mut self, recipient: &str) -> String {
        assert_eq!(self.say("MAIL FROM:<bounce+1@avsender.example> ENVID=e1").await, "250 2.1.0 OK");
        let reply = self.say(&format!("RCPT TO:<{recipient}>")).await;
        if !reply.starts_with("250") {
            self.say("RSET").await;
            return reply;
        }
        assert!(self.say("DATA").await.starts_with("354"));
        self.say("Subject: Hei\r\n\r\nHei\r\n.").await
    }
}

#[tokio::test]
async fn a_message_is_kept_byte_for_byte_with_its_envelope() {
    let mut talk = Talk::begin().await;
    let reply =
        talk.say("MAIL FROM:<b@avsender.example> SIZE=90 BODY=8BITMIME SMTPUTF8 RET=HDRS ENVID=a-1").await;
    assert_eq!(reply, "250 2.1.0 OK");
    talk.say("RCPT TO:<kåre@fjord.example> NOTIFY=FAILURE,DELAY ORCPT=rfc822;kare@fjord.example").await;
    talk.say("RCPT TO:<kari@fjord.example>").await;
    talk.say("DATA").await;

    let body = "Subject: =?utf-8?q?Bl=C3=A5b=C3=A6r?=\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n..prikk\r\n...\r\nblå\n.\nikke slutt\r\n";
    let reply = talk.say(&format!("{body}.")).await;

    assert_eq!(reply, "250 2.0.0 OK queued as 0");
    let email = talk.sink.captured().get(0).expect("it is kept");
    let unstuffed = body.replace("\r\n..", "\r\n.");
    assert_eq!(String::from_utf8_lossy(&email.raw), unstuffed);
    assert_eq!(
        (email.from.as_str(), email.envid.as_deref(), email.ret.as_deref()),
        ("b@avsender.example", Some("a-1"), Some("HDRS"))
    );
    assert!(email.eight_bit && email.utf8 && email.announced_size == Some(90));
    assert_eq!(email.recipients[0].address, "kåre@fjord.example");
    assert_eq!(email.recipients[0].notify.as_deref(), Some("FAILURE,DELAY"));
    assert_eq!(email.content.subject.as_deref(), Some("Blåbær"));
    assert_eq!(talk.say("QUIT").await, "221 2.0.0 Goodbye");
    assert_eq!(talk.hear().await, "");
}

#[tokio::test]
async fn pipelined_commands_are_answered_in_order() {
    let mut talk = Talk::begin().await;

    talk.put(
        "MAIL FROM:<a@b.example>\r\nRCPT TO:<rejected@b.example>\r\nRCPT TO:<kari@b.example>\r\nDATA\r\n",
    )
    .await;
    let mut replies = Vec::new();
    for _ in 0..4 {
        replies.push(talk.hear().await[..3].to_owned());
    }
    assert_eq!(replies, ["250", "550", "250", "354"]);
    talk.put("Hei\r\n.\r\nNOOP\r\nVRFY kari\r\nQUIT\r\n").await;
    let mut replies = Vec::new();
    for _ in 0..4 {
        replies.push(talk.hear().await[..3].to_owned());
    }

    assert_eq!(replies, ["250", "250", "252", "221"]);
    assert_eq!(talk.sink.captured().get(0).expect("it is kept").recipients.len(), 1);
}

#[tokio::test]
async fn commands_out_of_order_and_wrong_ones_are_refused() {
    let mut talk = Talk::begin().await;
    for (line, code) in [
        ("RCPT TO:<a@b.example>", "503"),
        ("DATA", "503"),
        ("HELLO", "500"),
        ("MAIL FROM:<kåre@b.example>", "553"),
        ("MAIL FROM:<a@b.example> SIZE=10001", "552"),
        ("MAIL FROM:<a@b.example>", "250"),
        ("MAIL FROM:<a@b.example>", "503"),
        ("DATA", "554"),
        ("RSET", "250"),
        ("RCPT TO:<a@b.example>", "503"),
    ] {
        let reply = talk.say(line).await;
        assert!(reply.starts_with(code), "{line}: {reply}");
    }
    let long = talk.say(&format!("NOOP {}", "x".repeat(70_000))).await;
    assert_eq!(long, "500 5.5.2 Line too long");
    assert_eq!(talk.say("NOOP").await, "250 2.0.0 OK");
}

#[tokio::test]
async fn messages_and_lines_over_the_limits_are_refused_after_the_dot() {
    let mut talk = Talk::begin().await;
    for (line, reply) in [
        ("x".repeat(998) + "\r\n", "250"),
        ("x".repeat(999) + "\r\n", "554 5.6.0"),
        ("x".repeat(5000) + "\r\n", "554 5.6.0"),
        (("x".repeat(98) + "\r\n").repeat(101), "552 5.3.4"),
    ] {
        talk.say("MAIL FROM:<a@b.example>").await;
        talk.say("RCPT TO:<kari@b.example>").await;
        talk.say("DATA").await;
        let answer = talk.say(&format!("{line}.")).await;
        assert!(answer.starts_with(reply), "{answer}");
    }
    assert_eq!(talk.sink.captured().total(), 1);
}

#[tokio::test]
async fn twenty_one_mistakes_are_too_many_and_silence_is_not_waited_for() {
    let mut talk = Talk::begin().await;
    let mut last = String::new();
    for _ in 0..21 {
        last = talk.say("WHAT").await;
    }
    assert!(last.starts_with("421"), "{last}");
    assert_eq!(talk.hear().await, "");

    let patience = Duration::from_millis(100);
    let mut talk = Talk::with(Settings { patience, ..settings() }).await;
    assert_eq!(talk.hear().await, "");
}

#[tokio::test]
async fn magic_recipients_are_refused_as_listed() {
    let mut talk = Talk::begin().await;
    for (local, code) in [
        ("rejected", "550 5.1.1"),
        ("invalid", "501 5.1.3"),
        ("full", "552 5.2.2"),
        ("busy", "451 4.3.0"),
        ("spam", "550 5.7.1"),
        ("toolarge", "552 5.3.4"),
    ] {
        let reply = talk.send_to(&format!("{local}@fjord.example")).await;
        assert!(reply.starts_with(code), "{local}: {reply}");
    }
    assert_eq!(talk.sink.captured().total(), 0);

    let mut codes = Vec::new();
    for _ in 0..3 {
        codes.push(talk.send_to("transient@fjord.example").await[..3].to_owned());
    }
    assert_eq!(codes, ["451", "451", "250"]);
    assert!(talk.send_to("limited@fjord.example").await.starts_with("450 4.7.1"));
    let limited = async { while !talk.send_to("limited@fjord.example").await.starts_with("250") {} };
    tokio::time::timeout(SOON, limited).await.expect("it is taken in the end");
    assert!(talk.send_to("slow@fjord.example").await.starts_with("250"));
}

#[tokio::test]
async fn magic_recipients_close_the_connection_with_and_without_taking_the_message() {
    for (local, said, taken) in
        [("doubt", "", 1), ("swallowed", "", 1), ("lost", "", 0), ("closing", "421", 0)]
    {
        let mut talk = Talk::begin().await;
        talk.say("MAIL FROM:<a@b.example>").await;
        let reply = talk.say(&format!("RCPT TO:<{local}@b.example>")).await;
        let last = if reply.starts_with("250") {
            talk.say("DATA").await;
            talk.say("Hei\r\n.").await
        } else {
            reply
        };
        assert!(last.starts_with(said), "{local}: {last}");
        assert_eq!(talk.hear().await, "", "{local}");
        assert_eq!(talk.sink.captured().total(), taken, "{local}");
    }
    let mut talk = Talk::begin().await;
    talk.say("MAIL FROM:<a@b.example>").await;
    talk.say("RCPT TO:<dropped@b.example>").await;
    assert!(talk.say("DATA").await.starts_with("354"));
    let mut rest = Vec::new();
    tokio::time::timeout(SOON, talk.stream.read_to_end(&mut rest)).await.expect("soon").expect("closed");
    assert_eq!((rest.len(), talk.sink.captured().total()), (0, 0));
}

#[tokio::test]
async fn returned_mail_and_reports_come_back_to_the_return_path() {
    let mut talk = Talk::begin().await;
    talk.send_to("bounced@fjord.example").await;
    talk.send_to("silent@fjord.example").await;
    talk.say("MAIL FROM:<b@avsender.example> ENVID=e2").await;
    talk.say("RCPT TO:<kari@fjord.example> NOTIFY=SUCCESS ORCPT=rfc822;kari@fjord.example").await;
    talk.say("DATA").await;
    talk.say("Subject: Hei\r\n\r\nHei\r\n.").await;

    let kept = talk.sink.captured().all();

    assert_eq!(kept.len(), 5);
    let (bounce, report) = (&kept[1], &kept[4]);
    assert_eq!(
        (bounce.from.as_str(), bounce.recipients[0].address.as_str()),
        ("", "bounce+1@avsender.example")
    );
    let text = String::from_utf8_lossy(&bounce.raw);
    for line in [
        "Original-Envelope-Id: e1\r\n",
        "Final-Recipient: rfc822; bounced@fjord.example\r\n",
        "Action: failed\r\n",
        "Status: 5.1.1\r\n",
        "report-type=delivery-status",
    ] {
        assert!(text.contains(line), "{line} in {text}");
    }
    let text = String::from_utf8_lossy(&report.raw);
    for line in [
        "Original-Envelope-Id: e2\r\n",
        "Original-Recipient: rfc822;kari@fjord.example\r\n",
        "Action: delivered\r\n",
    ] {
        assert!(text.contains(line), "{line} in {text}");
    }
}

#[tokio::test]
async fn reports_are_carried_to_the_mail_server_of_their_return_path() {
    let mut talk = Talk::begin().await;
    let other = SmtpSink::new(settings(), stepped_clock());
    let bound = other.bind(([127, 0, 0, 1], 0).into()).await.expect("a free port");
    let (at, stop) = (bound.local_addr, CancellationToken::new());
    tokio::spawn(bound.serve(stop.clone()));
    talk.sink.report_to(Some(ReportsTo { domain: "Avsender.example".to_owned(), at }));
    for (from, to) in [
        ("b@avsender.example", "double@c.example"),
        ("b@avsender.example", "early@c.example"),
        ("b@d.example", "bounced@c.example"),
    ] {
        talk.say(&format!("MAIL FROM:<{from}>")).await;
        talk.say(&format!("RCPT TO:<{to}> NOTIFY=SUCCESS,FAILURE")).await;
        talk.say("DATA").await;
        assert!(talk.say("Subject: Hei\r\n\r\nHei\r\n.").await.starts_with("250"));
    }

    let carried = async {
        while other.captured().total() < 4 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(SOON, carried).await.expect("reports");
    let carried = other.captured().all();
    assert_eq!((carried.len(), carried[0].recipients[0].address.as_str()), (4, "b@avsender.example"));
    let failures =
        carried.iter().filter(|report| report.raw.windows(14).any(|part| part == b"Action: failed"));
    assert_eq!(failures.count(), 1);
    // The one for another return path is kept, as all are without a mail server to carry them to.
    assert_eq!(talk.sink.captured().total(), 4);
    stop.cancel();
}

#[tokio::test]
async fn messages_are_listed_and_given_as_they_came() {
    let mut talk = Talk::begin().await;
    talk.send_to("kari@fjord.example").await;
    let server = start(talk.sink.router()).await;
    let get = async |path: &str| client().get(server.url(path)).send().await.expect("an answer");

    let list: serde_json::Value = get("/messages").await.json().await.expect("JSON");
    assert_eq!(list["messages"][0]["content"]["subject"], "Hei");
    assert_eq!(list["messages"][0]["recipients"][0]["address"], "kari@fjord.example");
    assert_eq!(list["next"], 1);
    let raw = get("/messages/0/raw").await.text().await.expect("text");
    assert_eq!(raw, "Subject: Hei\r\n\r\nHei\r\n");
    assert_eq!(get("/messages/7/raw").await.status(), 404);
    assert!(get("/magic-recipients").await.text().await.expect("text").contains("\"bounced\""));
}
