//! What the log gives away at its most talkative: nothing personal and nothing secret.

use reqwest::Method;
use serde_json::json;

use trials::{
    Answer, GATEWAY_PASSWORD, ORG, Outside, Place, email_order, envelope, eventually, instant_sms, sms_order,
};

const SMS: &str = "/future/orders/instant/sms";
const ORDERS: &str = "/future/orders";
/// What must not be seen, each in a form that nothing else contains.
const PERSONAL: [&str; 8] = [
    "98765432",
    "98761234",
    "98760004",
    "01010050053",
    "kari.nordmann@fjord.example",
    "hemmeligheten",
    "Engangskoden",
    "navnet på vedlegget",
];

/// Covers: NA-221
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_holds_nothing_personal_and_nothing_secret() {
    let outside = Outside::start().await;
    let mut place = Place::new().with("log.filter", "debug").with("notify.lease_seconds", "2");
    outside.lead_to(&mut place);
    let server = place.start().await;
    outside.report_to(&server.api);

    let sent = server.post(SMS, &instant_sms("a", "+4798765432", "Engangskoden er 1")).await;
    server.post(SMS, &instant_sms("b", "+4798760004", "Engangskoden er 2")).await;
    server.post(ORDERS, &sms_order("c", "+4798761234", "hemmeligheten")).await;
    server.post(ORDERS, &email_order("d", "kari.nordmann@fjord.example", "hemmeligheten")).await;
    let person = json!({ "idempotencyId": "e", "recipient": { "recipientPerson": {
        "nationalIdentityNumber": "01010050053", "channelSchema": "Email",
        "emailSettings": { "subject": "hemmeligheten", "body": "hemmeligheten" } } } });
    server.post(ORDERS, &person).await.assert_problem(422);
    server.post(SMS, &json!({ "recipientSms": { "phoneNumber": "98765432x" } })).await.assert_problem(400);
    let support = place.token_with(&server.services, ORG, "altinn:notifications.support.admin").await;
    for (path, header) in [("nin", "NationalIdentityNumber"), ("orgnumber", "OrganizationNumber")] {
        let path = format!("/future/dashboard/recipients/notifications/{path}");
        let ask = server.notify_as(&support, Method::GET, &path).header(header, "01010050053");
        let answer = Answer::of(ask).await.expect("an answer");
        assert_eq!(answer.status, if header.starts_with("Nat") { 200 } else { 400 }, "{answer:?}");
        assert!(!answer.text.contains("01010050053"), "{answer:?}");
    }
    let strange = server.notify_as("98765432.98765432.98765432", Method::POST, SMS);
    assert_eq!(Answer::of(strange).await.expect("an answer").status, 401);
    let mut message = envelope(&uuid::Uuid::new_v4().to_string(), ORG, ORG);
    message["arkivmelding"]["hoveddokument"] = json!("navnet på vedlegget");
    for receiver in [ORG, "01010050053"] {
        let header = &mut message["standardBusinessDocumentHeader"];
        header["receiver"][0]["identifier"]["value"] = json!(receiver);
        let create = server.exchange(Method::POST, "/messages/out").json(&message);
        Answer::of(create).await.expect("an answer");
    }
    eventually("the message to be delivered", || async {
        (server.recipient_status(&sent.shipment()).await? == "SMS_Delivered").then_some(())
    })
    .await;
    let arrived = outside.mail.captured().wait_for_total(1, trials::PATIENCE).await;
    assert!(arrived, "the e-mail did not arrive");

    let (token, password) = (server.token.clone(), server.password.clone());
    let issuer_key = std::fs::read_to_string(server.data.join("issuer-key.pem")).expect("a key");
    let key_line = issuer_key.lines().nth(1).expect("a line of the key").to_owned();
    let signature = token.rsplit('.').next().expect("a signature").to_owned();
    server.stop().await;
    let log = place.log();
    assert!(log.contains("DEBUG") && log.contains(SMS), "the log is too quiet to prove anything:\n{log}");
    let secrets = [token.as_str(), &signature, &password, GATEWAY_PASSWORD, &key_line];
    for text in PERSONAL.iter().chain(&secrets) {
        let leak = log.lines().find(|line| line.contains(text));
        assert!(leak.is_none(), "the log gives {text} away: {leak:?}");
    }
}
