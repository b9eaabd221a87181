//! Part one: a one-time code, as SMS and as e-mail, at once and only once.

use anyhow::{Result, ensure};
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::sample;
use super::stage::Stage;
use super::story::{self, Proved, Story, proved};
use crate::cli::client::patiently;

pub(super) const PHONE: &str = "+4799999999";
const EMAIL: &str = "ola@fjord.example";

pub(super) async fn tell(story: &mut Story, stage: &Stage) -> Result<()> {
    story::part("One-time codes");
    let texts = sample::texts();
    let sms = json!({
        "idempotencyId": "demo-code-sms", "sendersReference": "innlogging-1",
        "recipientSms": { "phoneNumber": PHONE, "timeToLiveInSeconds": 300,
            "smsSettings": { "sender": "Fjord", "body": texts.code_sms } } });
    let email = json!({
        "idempotencyId": "demo-code-email",
        "recipientEmail": { "emailAddress": EMAIL,
            "emailSettings": { "subject": texts.code_email_subject, "body": texts.code_email_body } } });

    let first = story.step("A code goes out as SMS at once", send_sms(stage, &sms)).await?;
    story.step("The same request again sends nothing", send_again(stage, &sms, &first)).await?;
    story.step("A code goes out as e-mail at once", send_email(stage, &email, &texts)).await?;
    let shipment = first["notification"]["shipmentId"].as_str().unwrap_or_default().to_owned();
    story.step("The shipment's status can be asked for", ask_status(stage, &shipment)).await?;
    story.step("The delivery report reaches the status feed", read_feed(stage, &shipment)).await
}

async fn send_sms(stage: &Stage, body: &Value) -> Result<Proved<Value>> {
    let (status, answer) = stage.a.client.notify_post("future/orders/instant/sms", body).await?;
    ensure!(status == StatusCode::CREATED, "expected 201, got {status}: {answer}");
    let text = body["recipientSms"]["smsSettings"]["body"].as_str().unwrap_or_default().to_owned();
    ensure!(
        stage.gateways.wait_for(&text).await.is_some(),
        "the gateway has no SMS with the text that was sent"
    );
    Ok(proved(answer, "201, and the gateway holds the text letter by letter, æøå and emoji included"))
}

async fn send_again(stage: &Stage, body: &Value, first: &Value) -> Result<Proved<()>> {
    let before = stage.gateways.total();
    let (status, answer) = stage.a.client.notify_post("future/orders/instant/sms", body).await?;
    ensure!(status == StatusCode::OK, "expected 200, got {status}: {answer}");
    ensure!(&answer == first, "the second answer differs from the first: {answer}");
    let after = stage.gateways.total();
    ensure!(before == after, "the gateway got {} more", after - before);
    Ok(proved((), "200 with the same body; the gateway still holds one SMS"))
}

async fn send_email(stage: &Stage, body: &Value, texts: &sample::Texts) -> Result<Proved<()>> {
    let (status, answer) = stage.a.client.notify_post("future/orders/instant/email", body).await?;
    ensure!(status == StatusCode::CREATED, "expected 201, got {status}: {answer}");
    let mail = stage.a.mail_to(EMAIL, &texts.code_email_subject).await?;
    ensure!(mail.contains(&texts.code_email_body), "the mail server holds another text");
    Ok(proved((), "201, and the mail server got it by SMTP with subject and text intact"))
}

async fn ask_status(stage: &Stage, shipment: &str) -> Result<Proved<()>> {
    let path = format!("future/shipment/{shipment}");
    let (status, answer) = stage.a.client.notify_get(&path).await?;
    ensure!(status == StatusCode::OK, "expected 200, got {status}: {answer}");
    ensure!(answer["type"] == "Instant", "expected an instant shipment: {answer}");
    let recipient = answer["recipients"][0]["status"].as_str().unwrap_or("?").to_owned();
    Ok(proved((), format!("{}, recipient {recipient}", answer["status"].as_str().unwrap_or("?"))))
}

async fn read_feed(stage: &Stage, shipment: &str) -> Result<Proved<()>> {
    let entry = patiently("the shipment to appear in the feed", || async {
        let (_, feed) = stage.a.client.notify_get("future/shipment/feed?seq=0").await?;
        let found = feed.as_array().and_then(|all| all.iter().find(|entry| entry["shipmentId"] == shipment));
        Ok(found.cloned())
    })
    .await?;
    let status = entry["recipients"][0]["status"].as_str().unwrap_or("?").to_owned();
    ensure!(status == "SMS_Delivered", "expected SMS_Delivered, got {status}");
    Ok(proved((), format!("entry {}: {}, {status}", entry["sequenceNumber"], entry["status"])))
}
