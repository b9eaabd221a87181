//! Mail that comes back, over real sockets: the simulated mail server reports to our own listener.

use std::net::SocketAddr;
use std::sync::Arc;

use gateways::email::bounce::{BounceListener, BouncesConfig};
use http::StatusCode;
use serde_json::json;
use simulators::smtp_sink::ReportsTo;
use testkit::postfix::{Options, Postfix};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::app::{TestApp, email_order, instant_email};
use crate::surroundings::bounces_config;

const EMAIL: &str = "/future/orders/instant/email";
const COMPLAINTS: &str = "fbl@bounce.fjord.example";

struct Listener {
    at: SocketAddr,
    _stop: DropGuard,
}

/// Takes bounces for this service.
async fn listen(app: &TestApp) -> Listener {
    let config = BouncesConfig { also_accept: vec![COMPLAINTS.to_owned()], ..bounces_config() };
    let doorkeeper = config.doorkeeper().expect("a doorkeeper");
    let bound = BounceListener::bind(([127, 0, 0, 1], 0).into()).await.expect("a free port");
    let (at, stop) = (bound.local_addr, CancellationToken::new());
    tokio::spawn(bound.serve(config, doorkeeper, Arc::new(app.notify.clone()), stop.clone()));
    Listener { at, _stop: stop.drop_guard() }
}

/// The whole way through a real mail server: Debian's Postfix delivers, returns and reports.
#[tokio::test]
async fn postfix_tells_what_became_of_each_message() {
    let config = bounces_config();
    let bound = BounceListener::bind(([127, 0, 0, 1], 0).into()).await.expect("a free port");
    let route = ("bounce.fjord.example".to_owned(), bound.local_addr);
    let postfix = Postfix::start(&Options { route, certificate: None });
    let app = TestApp::start_with_relay(postfix.addr().port()).await;
    let (doorkeeper, stop) = (config.doorkeeper().expect("a doorkeeper"), CancellationToken::new());
    tokio::spawn(bound.serve(config, doorkeeper, Arc::new(app.notify.clone()), stop.clone()));

    for (local, status) in [("kari", "Email_Delivered"), ("nobody", "Email_Failed_Bounced")] {
        let answer = app.post(EMAIL, &instant_email(local, &format!("{local}@local.example"))).await;
        let manifest = app.wait_for(&answer.shipment(), "Order_Completed").await;
        assert_eq!(manifest["recipients"][0]["status"], status, "{}", postfix.log());
    }
    assert!(postfix.mailbox("kari")[0].contains("Koden er 402117."));
    let again = app.post(EMAIL, &instant_email("again", "nobody@local.example")).await;
    assert_eq!(app.status(&again.shipment()).await, "Email_Failed_SuppressedRecipient");
    stop.cancel();
}

/// Takes bounces for this service, and has the simulated mail server report them.
async fn listen_to_the_sink(app: &TestApp) -> Listener {
    let listener = listen(app).await;
    app.mail.report_to(Some(ReportsTo { domain: "bounce.fjord.example".to_owned(), at: listener.at }));
    listener
}

/// Brings a message to the listener as a mail server would; its answer.
async fn bring(at: SocketAddr, to: &str, message: &str) -> String {
    let mut stream = BufReader::new(TcpStream::connect(at).await.expect("a connection"));
    let commands = ["HELO mx.example", "MAIL FROM:<>", &format!("RCPT TO:<{to}>"), "DATA"];
    let end = format!("{}\r\n.", message.replace('\n', "\r\n"));
    let mut reply = String::new();
    stream.read_line(&mut reply).await.expect("a greeting");
    for line in commands.into_iter().chain([end.as_str()]) {
        stream.get_mut().write_all(format!("{line}\r\n").as_bytes()).await.expect("it reads");
        reply.clear();
        stream.read_line(&mut reply).await.expect("a reply");
        assert!(reply.starts_with(['2', '3', '4']), "{line}: {reply}");
    }
    reply
}

fn report(first: &str, action: &str, status: &str, returned: &str) -> String {
    format!(
        "Subject: Report\nAuto-Submitted: auto-replied\nContent-Type: multipart/report;\n \
         report-type=delivery-status; boundary=a\n\n--a\nContent-Type: message/delivery-status\n\n{first}\
         Reporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; kari@fjord.example\nAction: {action}\n\
         Status: {status}\n\n--a\nContent-Type: text/rfc822-headers\n\n{returned}\n--a--\n"
    )
}

/// An e-mail that was taken and not reported: its shipment, and how it was sent.
async fn sent(app: &TestApp, key: &str) -> (String, Arc<simulators::smtp_sink::Email>) {
    let address = format!("silent+{key}@fjord.example");
    let answer = app.post(EMAIL, &instant_email(key, &address)).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
    let shipment = answer.shipment();
    assert_eq!(app.status(&shipment).await, "Email_Succeeded");
    (shipment, app.mail.captured().all().last().expect("an e-mail").clone())
}

/// Covers: NP-76
#[tokio::test]
async fn a_bounce_ends_the_order_and_the_next_e_mail_to_a_dead_address_is_not_sent() {
    let app = TestApp::start().await;
    let _listener = listen_to_the_sink(&app).await;
    let first = app.post(EMAIL, &instant_email("a", "bounced@fjord.example")).await;
    let manifest = app.wait_for(&first.shipment(), "Order_Completed").await;
    assert_eq!(manifest["recipients"][0]["status"], "Email_Failed_Bounced");
    assert_eq!(app.feed("").await[0]["recipients"][0]["status"], "Email_Failed_Bounced");

    let taken = app.mail.captured().total();
    let instant = app.post(EMAIL, &instant_email("b", "Bounced@Fjord.example")).await;
    assert_eq!(app.status(&instant.shipment()).await, "Email_Failed_SuppressedRecipient");
    let order = app.post("/future/orders", &email_order("c", "bounced@fjord.example")).await;
    app.notify.run_due().await;
    let manifest = app.wait_for(&order.shipment(), "Order_Completed").await;
    assert_eq!(manifest["recipients"][0]["status"], "Email_Failed_SuppressedRecipient");
    let legacy = app.get(&format!("/orders/{}/notifications/email", order.shipment())).await.json();
    assert_eq!(legacy["notifications"][0]["sendStatus"]["status"], "Failed_SupressedRecipient");
    assert_eq!(app.mail.captured().total(), taken, "the mail server heard nothing");

    // After 90 days it may be alive again.
    app.turn(90 * 24 * 3600);
    let later = app.post(EMAIL, &instant_email("d", "bounced@fjord.example")).await;
    let manifest = app.wait_for(&later.shipment(), "Order_Completed").await;
    assert_eq!(manifest["recipients"][0]["status"], "Email_Failed_Bounced");
}

#[tokio::test]
async fn a_mail_server_that_refuses_a_dead_address_itself_is_believed_too() {
    let app = TestApp::start().await;
    for (key, status) in [("a", "Email_Failed_Bounced"), ("b", "Email_Failed_SuppressedRecipient")] {
        let answer = app.post(EMAIL, &instant_email(key, "rejected@fjord.example")).await;
        assert_eq!(app.status(&answer.shipment()).await, status);
    }
    let full = app.post(EMAIL, &instant_email("c", "full@fjord.example")).await;
    assert_eq!(app.status(&full.shipment()).await, "Email_Failed_Bounced");
    let full = app.post(EMAIL, &instant_email("d", "full@fjord.example")).await;
    assert_eq!(app.status(&full.shipment()).await, "Email_Failed_Bounced", "a full mailbox may be emptied");
}

#[tokio::test]
async fn nothing_is_remembered_where_that_is_switched_off() {
    let app = TestApp::start_with(|config| config.suppress_bounced_days = Some(0)).await;
    for key in ["a", "b"] {
        let answer = app.post(EMAIL, &instant_email(key, "rejected@fjord.example")).await;
        assert_eq!(app.status(&answer.shipment()).await, "Email_Failed_Bounced");
    }
}

#[tokio::test]
async fn reports_of_success_end_the_order_however_early_or_often_they_come() {
    let app = TestApp::start().await;
    let _listener = listen_to_the_sink(&app).await;
    for local in ["kari", "early", "double"] {
        let answer = app.post(EMAIL, &instant_email(local, &format!("{local}@fjord.example"))).await;
        let manifest = app.wait_for(&answer.shipment(), "Order_Completed").await;
        assert_eq!(manifest["recipients"][0]["status"], "Email_Delivered", "{local}");
    }
    let answer = app.post(EMAIL, &instant_email("expired", "expired@fjord.example")).await;
    let manifest = app.wait_for(&answer.shipment(), "Order_Completed").await;
    assert_eq!(manifest["recipients"][0]["status"], "Email_Failed_Bounced");
    assert_eq!(app.feed("").await.len(), 4);
}

/// Covers: NP-74
#[tokio::test]
async fn a_report_finds_its_message_by_return_path_envelope_id_or_message_id() {
    let app = TestApp::start().await;
    let listener = listen(&app).await;
    let (by_token, email) = sent(&app, "a").await;
    for (action, status) in [("delayed", "4.4.1"), ("relayed", "2.0.0"), ("expanded", "2.0.0")] {
        let report = report("", action, status, "");
        assert!(bring(listener.at, &email.from, &report).await.starts_with("250 "));
        assert_eq!(app.status(&by_token).await, "Email_Succeeded", "{action}");
    }
    bring(listener.at, &email.from, &report("", "delivered", "2.0.0", "")).await;
    assert_eq!(app.status(&by_token).await, "Email_Delivered");

    let (by_envelope, email) = sent(&app, "b").await;
    let envelope = format!("Original-Envelope-Id: {}\n", email.envid.as_deref().expect("an ENVID"));
    bring(listener.at, COMPLAINTS, &report(&envelope, "failed", "5.2.3", "")).await;
    assert_eq!(app.status(&by_envelope).await, "Email_Failed_PayloadTooLarge");

    let (by_message, email) = sent(&app, "c").await;
    let returned = format!("Message-ID: {}\n", email.content.message_id.as_deref().expect("a Message-ID"));
    bring(listener.at, COMPLAINTS, &report("", "failed", "5.1.1", &returned)).await;
    assert_eq!(app.status(&by_message).await, "Email_Failed_Bounced");

    let (returned_bare, email) = sent(&app, "d").await;
    bring(listener.at, &email.from, "Subject: Returned mail\n\nUser unknown\n").await;
    assert_eq!(app.status(&returned_bare).await, "Email_Failed_Bounced");
}

/// Covers: NP-75
#[tokio::test]
async fn an_automatic_answer_changes_nothing() {
    let app = TestApp::start().await;
    let listener = listen(&app).await;
    let (shipment, email) = sent(&app, "a").await;
    for answer in
        ["Auto-Submitted: auto-replied\nSubject: Ferie\n\nI am away.\n", "Precedence: auto_reply\n\nOK\n"]
    {
        assert!(bring(listener.at, &email.from, answer).await.starts_with("250 "));
    }
    assert_eq!(app.status(&shipment).await, "Email_Succeeded");
    let lookup = json!({ "emailAddresses": ["silent+a@fjord.example"] });
    let found = app.post("/future/suppressions/lookup", &lookup).await.json();
    assert_eq!(found["suppressions"].as_array().map(Vec::len), Some(0));
}

#[tokio::test]
async fn a_complaint_stops_mail_of_that_sender_and_keeps_the_status() {
    let app = TestApp::start().await;
    let listener = listen(&app).await;
    let (shipment, email) = sent(&app, "a").await;
    let complaint = format!(
        "Subject: FBL\nContent-Type: multipart/report; report-type=feedback-report; boundary=a\n\n--a\n\
         Content-Type: message/feedback-report\n\nFeedback-Type: abuse\nOriginal-Mail-From: <{}>\n\n--a--\n",
        email.from
    );
    assert!(bring(listener.at, COMPLAINTS, &complaint).await.starts_with("250 "));
    assert_eq!(app.status(&shipment).await, "Email_Succeeded");

    app.turn(1000 * 24 * 3600);
    let again = instant_email("b", "silent+a@fjord.example");
    let ours = app.post(EMAIL, &again).await;
    assert_eq!(app.status(&ours.shipment()).await, "Email_Failed_SuppressedRecipient");
    let other = app.post_as(&app.token("ttd", crate::app::CREATE), EMAIL, &again).await;
    assert_eq!(other.status, StatusCode::CREATED, "{}", other.text);
    let theirs = app.mail.captured().all().len();
    assert_eq!(theirs, 2, "another sender's mail goes out");
}

#[tokio::test]
async fn what_cannot_be_kept_is_not_acknowledged() {
    let app = TestApp::start().await;
    let listener = listen(&app).await;
    let (shipment, email) = sent(&app, "a").await;
    let bounced = report("", "failed", "5.1.1", "");
    app.store
        .write(|tx| tx.execute("ALTER TABLE notify_reports RENAME TO gone", store::params![]))
        .await
        .expect("a fault");
    assert!(bring(listener.at, &email.from, &bounced).await.starts_with("451 "));
    assert_eq!(app.status(&shipment).await, "Email_Succeeded");
    app.store
        .write(|tx| tx.execute("ALTER TABLE gone RENAME TO notify_reports", store::params![]))
        .await
        .expect("a repair");
    assert!(bring(listener.at, &email.from, &bounced).await.starts_with("250 "));
    assert_eq!(app.status(&shipment).await, "Email_Failed_Bounced");
}
