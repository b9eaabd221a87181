//! A whole run, from codes and messages to the console and the command line, with everything logged that
//! there is, as text and as JSON: whom and what it was about stands in neither.

use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};
use trials::{
    Answer, GATEWAY_PASSWORD, ORG, Outside, Place, Server, SignedIn, csrf, email_order, envelope, eventually,
    instant_sms, run, sms_order,
};

/// What must not be seen, each in a form that nothing else contains.
const PERSONAL: [&str; 11] = [
    "98765432",
    "98760004",
    "98761234",
    "13858130624",
    "kari.nordmann",
    "Kari Nordmann",
    "Engangskoden",
    "hemmeligheten",
    "vedtaksnavnet",
    "feil-gjetning",
    "krokhemmelighet",
];

async fn answered(request: reqwest::RequestBuilder) -> Answer {
    let answer = Answer::of(request).await.expect("an answer");
    assert!(answer.status < 300, "{answer:?}");
    answer
}

/// Codes, orders, one that is refused, one that is nonsense; answers once all have come to their end.
async fn notifications(server: &Server, outside: &Outside) {
    let instant = "/future/orders/instant/sms";
    let sent = server.post(instant, &instant_sms("a", "+4798765432", "Engangskoden er 1")).await;
    server.post(instant, &instant_sms("b", "+4798760004", "Engangskoden er 2")).await;
    server.post("/future/orders", &sms_order("c", "+4798761234", "hemmeligheten")).await;
    server.post("/future/orders", &email_order("d", "kari.nordmann@fjord.example", "hemmeligheten")).await;
    let wrong = instant_sms("e", "98765432x", "Engangskoden er 3");
    server.post(instant, &wrong).await.assert_problem(400);
    eventually("the code to be delivered", async || {
        (server.recipient_status(&sent.shipment()).await? == "SMS_Delivered").then_some(())
    })
    .await;
    assert!(outside.mail.captured().wait_for_total(1, trials::PATIENCE).await, "the e-mail did not arrive");
}

/// A message with a file to ourselves, and a subscriber who cannot be told; taken off the queue.
async fn messages(server: &Server) {
    let hook = json!({ "name": "Arkiv", "resource": "all", "event": "all",
        "pushEndpoint": "http://127.0.0.1:1/krok?n=krokhemmelighet" });
    answered(server.exchange(Method::POST, "/subscriptions").json(&hook)).await;
    let id = uuid::Uuid::new_v4().to_string();
    let mut sbd = envelope(&id, ORG, ORG);
    sbd["arkivmelding"]["hoveddokument"] = json!("vedtaksnavnet.pdf");
    let case = include_str!("../../demo/arkivmelding.xml").replace("vedtak.pdf", "vedtaksnavnet.pdf");
    let file = |name: &str, text: &str| Part::text(text.to_owned()).file_name(name.to_owned());
    let form = Form::new()
        .text("sbd", sbd.to_string())
        .part("arkivmelding", file("arkivmelding.xml", &case))
        .part("vedtak", file("vedtaksnavnet.pdf", "%PDF hemmeligheten"));
    answered(server.exchange(Method::POST, "/messages/out/multipart").multipart(form)).await;
    eventually("the message to come", async || {
        let peek = Answer::of(server.exchange(Method::GET, "/messages/in/peek")).await.ok()?;
        (peek.status == 200).then_some(())
    })
    .await;
    answered(server.exchange(Method::GET, &format!("/messages/in/pop/{id}"))).await;
    answered(server.exchange(Method::DELETE, &format!("/messages/in/{id}"))).await;
}

/// The register is filled by a command, which has nothing to say about whom.
async fn commands(place: &Place) {
    let register = json!({ "persons": [{ "nationalIdentityNumber": "13858130624", "name": "Kari Nordmann",
        "email": "kari.nordmann@fjord.example", "mobile": "+4798765432", "lastConfirmed": "2100-01-01T00:00:00Z" }] });
    let path = place.folder().join("contacts.json");
    std::fs::write(&path, register.to_string()).expect("a file");
    let (path, data) = (path.display().to_string(), place.data().display().to_string());
    let said = run(place.folder(), &["import", &path, "--data-dir", &data]).await;
    assert!(said.status.success(), "{}", said.err);
    for text in PERSONAL {
        assert!(!said.out.contains(text) && !said.err.contains(text), "{text} in {}{}", said.out, said.err);
    }
}

/// Signs in, once with a wrong password, and looks at what there is; answers what must stay secret.
async fn console(server: &Server) -> [String; 3] {
    server.try_to_sign_in("admin", "feil-gjetning").await;
    let console = server.sign_in().await;
    let page = console.get("/console").await;
    let token = csrf(&page.text).expect("a form").to_owned();
    let found = console.post("/console/contacts/search", &[("sought", "13858130624")]).await;
    assert_eq!(found.status, 200, "{found:?}");
    for path in ["/console/contacts", "/console/webhooks"] {
        assert_eq!(console.get(path).await.status, 200, "{path}");
    }
    sign_out(&console).await;
    let session = console.cookie.split_once('=').map(|(_, value)| value.to_owned());
    [server.console_password(), session.expect("a session"), token]
}

async fn sign_out(console: &SignedIn) {
    let out = console.post("/console/sign-out", &[]).await;
    assert!(out.status < 400, "{out:?}");
}

/// Does all of it, and looks through the log, which is answered.
async fn whole_run(format: &str) -> String {
    let outside = Outside::start().await;
    let mut place = Place::new().with("log.filter", "trace").with("log.format", format);
    outside.lead_to(&mut place);
    let server = place.start().await;
    outside.report_to(&server.api);
    commands(&place).await;
    notifications(&server, &outside).await;
    messages(&server).await;
    let secrets = console(&server).await;
    let (token, password) = (server.token.clone(), server.password.clone());
    server.stop().await;

    let log = place.log();
    assert!(log.contains("TRACE"), "the log is too quiet to prove anything");
    for path in ["/future/orders/instant/sms", "/messages/out/multipart", "/console/contacts/search"] {
        assert!(log.contains(path), "nothing in the log about {path}");
    }
    let signature = token.rsplit('.').next().unwrap_or_default().to_owned();
    let secrets = secrets.into_iter().chain([signature, token, password, GATEWAY_PASSWORD.to_owned()]);
    for text in PERSONAL.map(str::to_owned).into_iter().chain(secrets) {
        let leak = log.lines().find(|line| line.contains(&text));
        assert!(leak.is_none(), "the log gives {text} away: {leak:?}");
    }
    log
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_of_a_whole_run_names_nobody_and_nothing_secret() {
    whole_run("text").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_of_a_whole_run_is_json_line_by_line_and_names_nobody_either() {
    let log = whole_run("json").await;
    for line in log.lines() {
        let line: Value = serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}"));
        assert!(line["timestamp"].is_string() && line["level"].is_string(), "{line}");
    }
}
