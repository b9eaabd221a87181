//! What the log gives away of e-mail with files, conditions and failures, with everything logged that there
//! is: nothing.

use reqwest::Method;
use serde_json::{Value, json};
use simulators::Condition;
use simulators::condition::Reply;
use tokio_util::sync::CancellationToken;
use types::time::Clock;

use trials::{
    Answer, GATEWAY_PASSWORD, ORG, Outside, Place, Server, email_order, eventually, instant_sms, run,
    sms_order,
};

const COMPOSED: &str = "altinn:serviceowner/notifications.composedemail.create";
/// What must not be seen, each in a form that nothing else contains.
const PERSONAL: [&str; 8] = [
    "98765432",
    "98760004",
    "98761111",
    "kari.nordmann",
    "ola.normann",
    "Engangskoden",
    "hemmeligheten",
    "signaturhemmelighet",
];

/// A link to a file of the embedded store.
fn link(server: &Server, file: &str) -> String {
    let query = "sr=b&sp=r&se=2100-01-01T00%3A00%3A00Z&sig=signaturhemmelighet";
    format!("http://{}/files/{file}?{query}", server.services)
}

fn composed(key: &str, link: &str) -> Value {
    json!({ "idempotencyId": key, "recipient": {
        "emailAddress": "kari.nordmann@fjord.example",
        "emailSettings": { "subject": "hemmeligheten", "body": "hemmeligheten", "attachments": [
            { "filename": "hemmeligheten.pdf", "mimeType": "application/pdf", "sasUrl": link } ] } } })
}

async fn compose(server: &Server, token: &str, key: &str, link: &str) -> Answer {
    let request = server.notify_as(token, Method::POST, "/future/orders/composed-email");
    Answer::of(request.json(&composed(key, link))).await.expect("an answer")
}

/// Condition endpoints that answer well, badly and not at all.
async fn conditions(stop: &CancellationToken) -> (Condition, std::net::SocketAddr) {
    let conditions = Condition::new(Clock::system(), 100);
    conditions.answer("/down", Reply::Dropped);
    conditions.answer("/odd", Reply::Body(r#"{"sendNotification":"hemmeligheten"}"#));
    let bound = web::server::bind(([127, 0, 0, 1], 0).into()).await.expect("a port");
    let address = bound.local_addr;
    tokio::spawn(bound.serve(conditions.router(), web::Limits::default(), stop.clone()));
    (conditions, address)
}

/// A token that may order e-mail with files.
async fn composer(place: &Place, server: &Server) -> String {
    let data = place.data().display().to_string();
    let arguments =
        ["token", "--data-dir", &data, "--services", &server.services, "--org", ORG, "--scope", COMPOSED];
    run(place.folder(), &arguments).await.out.trim().to_owned()
}

/// Sends and fails in every way; answers when all has come to its end.
async fn do_everything(outside: &Outside, server: &Server, composer: &str, condition: std::net::SocketAddr) {
    let instant = "/future/orders/instant/sms";
    server.post(instant, &instant_sms("a", "+4798765432", "Engangskoden er 1")).await;
    server.post(instant, &instant_sms("b", "+4798760004", "Engangskoden er 2")).await;
    server.post("/future/orders", &email_order("c", "ola.normann@fjord.example", "hemmeligheten")).await;
    for (key, path) in [("d", "yes"), ("e", "down"), ("f", "odd")] {
        let mut order = sms_order(key, "+4798761111", "hemmeligheten");
        order["conditionEndpoint"] = format!("http://{condition}/{path}?k=signaturhemmelighet").into();
        assert_eq!(server.post("/future/orders", &order).await.status, 201);
    }
    let sent = compose(server, composer, "g", &link(server, "vedtak.pdf")).await;
    assert_eq!(sent.status, 201, "{sent:?}");
    let refused = compose(server, composer, "h", &link(server, "status-403.pdf")).await;
    compose(server, composer, "i", &link(server, "busy.pdf")).await;
    compose(server, composer, "j", &link(server, "cut-off.pdf")).await;
    for (right, wrong) in [("sr=b", "sr=c"), ("sp=r", "sp=w"), ("se=", "se=x")] {
        let answer = compose(server, composer, "k", &link(server, "a.pdf").replacen(right, wrong, 1)).await;
        answer.assert_problem(400);
        assert!(!answer.text.contains("signaturhemmelighet") && !answer.text.contains("sig="), "{answer:?}");
    }
    let stranger = compose(server, "98765432.98765432.98765432", "l", &link(server, "a.pdf")).await;
    assert_eq!(stranger.status, 401);

    let ends = [(sent.shipment(), "Email_Delivered"), (refused.shipment(), "Email_Failed_InvalidSasUrl")];
    for (shipment, status) in ends {
        let reached = async || {
            let now = server.recipient_status(&shipment).await?;
            (now == status || now == "Email_Succeeded").then_some(())
        };
        eventually(status, reached).await;
    }
    assert!(outside.mail.captured().wait_for_total(3, trials::PATIENCE).await, "e-mail is missing");
    let sms = || outside.gateway().captured().all().iter().filter(|sms| sms.receiver == "4798761111").count();
    eventually("the SMS with conditions", async || (sms() == 3).then_some(())).await;
}

/// Covers: NA-97, NP-102
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_whole_log_holds_no_recipient_text_token_link_or_password() {
    let (outside, stop) = (Outside::start().await, CancellationToken::new());
    let (conditions, condition) = conditions(&stop).await;
    let mut place =
        Place::new().with("log.filter", "trace").with("notify.condition_again_after_seconds", "[1]");
    outside.lead_to(&mut place);
    let server = place.start().await;
    outside.report_to(&server.api);
    let composer = composer(&place, &server).await;

    do_everything(&outside, &server, &composer, condition).await;

    assert!(conditions.calls().total() >= 5, "{} calls to conditions", conditions.calls().total());
    let (token, password) = (server.token.clone(), server.password.clone());
    server.stop().await;
    stop.cancel();
    let log = place.log();
    assert!(
        log.contains("TRACE") && log.contains("composed-email"),
        "the log is too quiet to prove anything"
    );
    let signature = |token: &str| token.rsplit('.').next().unwrap_or_default().to_owned();
    let secrets = [signature(&token), signature(&composer), token, composer, password];
    let secrets = secrets.iter().map(String::as_str).chain([GATEWAY_PASSWORD]);
    for text in PERSONAL.into_iter().chain(secrets) {
        let leak = log.lines().find(|line| line.contains(text));
        assert!(leak.is_none(), "the log gives {text} away: {leak:?}");
    }
}
