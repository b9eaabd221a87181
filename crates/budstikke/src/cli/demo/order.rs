//! Part two: an order with two recipients, a send condition and a reminder.

use anyhow::{Result, ensure};
use jiff::Timestamp;
use reqwest::StatusCode;
use serde_json::{Value, json};
use simulators::condition::{Reply, Token};

use super::sample;
use super::stage::Stage;
use super::story::{self, Proved, Story, proved};
use crate::cli::client::patiently;

const DIRECT: &str = "per@fjord.example";

pub(super) async fn tell(story: &mut Story, stage: &Stage) -> Result<()> {
    story::part("An order with a condition, a look-up and a reminder");
    let texts = sample::texts();
    stage.outside.condition.answer("/should-send", Reply::Yes);
    let orders = story.step("Two recipients are ordered, each with a reminder", place(stage, &texts)).await?;
    story.step("The sender's own endpoint is asked first", asked(stage)).await?;
    story.step("Both e-mails arrive by SMTP", arrived(stage, &texts)).await?;
    story.step("The reminders arrive too", reminded(stage, &texts)).await?;
    story.step("Every shipment says so", handed_over(stage, orders)).await
}

async fn place(stage: &Stage, texts: &sample::Texts) -> Result<Proved<Vec<String>>> {
    let settings = |subject: &str, body: &str| json!({ "subject": subject, "body": body });
    let person = |settings: Value| {
        json!({ "recipientPerson": { "nationalIdentityNumber": sample::PERSON,
            "channelSchema": "Email", "emailSettings": settings } })
    };
    let direct =
        |settings: Value| json!({ "recipientEmail": { "emailAddress": DIRECT, "emailSettings": settings } });
    let first = settings(&texts.order_subject, &texts.order_body);
    let nameless = settings(&texts.direct_subject, &texts.direct_body);
    let second = settings(&texts.reminder_subject, &texts.reminder_body);
    let mut shipments = Vec::new();
    for (name, recipient, reminder) in
        [("kari", person(first), person(second.clone())), ("per", direct(nameless), direct(second.clone()))]
    {
        let order = json!({
            "idempotencyId": format!("demo-order-{name}"), "sendersReference": "sak-2026-118",
            "conditionEndpoint": stage.outside.condition_url("/should-send"),
            "recipient": recipient,
            "reminders": [{ "requestedSendTime": soon(2)?, "recipient": reminder,
                "conditionEndpoint": stage.outside.condition_url("/should-send") }] });
        let (status, answer) = stage.a.client.notify_post("future/orders", &order).await?;
        ensure!(status == StatusCode::CREATED, "expected 201, got {status}: {answer}");
        shipments.extend(answer["notification"]["shipmentId"].as_str().map(str::to_owned));
        shipments.extend(answer["notification"]["reminders"][0]["shipmentId"].as_str().map(str::to_owned));
    }
    Ok(proved(shipments, "201 twice: one by e-mail address, one by national identity number"))
}

fn soon(seconds: i64) -> Result<String> {
    Ok(Timestamp::now().checked_add(jiff::SignedDuration::from_secs(seconds))?.to_string())
}

async fn asked(stage: &Stage) -> Result<Proved<()>> {
    let call = patiently("the condition to be asked", || async {
        Ok(stage.outside.condition.calls().all().into_iter().next())
    })
    .await?;
    ensure!(
        call.token == Token::Right,
        "the condition was asked without a token that can be believed: {:?}",
        call.token
    );
    Ok(proved((), "with a token for the scope altinn:system/notifications.condition.check, verified here"))
}

async fn arrived(stage: &Stage, texts: &sample::Texts) -> Result<Proved<()>> {
    let subject = texts.order_subject.replace("$recipientName$", "Kari Nordmann");
    let looked_up = stage.a.mail_to(sample::PERSON_EMAIL, &subject).await?;
    let body = texts.order_body.replace("$recipientName$", "Kari Nordmann");
    ensure!(looked_up.contains(&body), "the person's mail holds another text");
    stage.a.mail_to(DIRECT, &texts.direct_subject).await?;
    Ok(proved((), "the address of one came from the contact register, and so did her name in the text"))
}

async fn reminded(stage: &Stage, texts: &sample::Texts) -> Result<Proved<()>> {
    for address in [sample::PERSON_EMAIL, DIRECT] {
        stage.a.mail_to(address, &texts.reminder_subject).await?;
    }
    Ok(proved((), "after their own send time, and after the condition had been asked again"))
}

async fn handed_over(stage: &Stage, shipments: Vec<String>) -> Result<Proved<()>> {
    for shipment in &shipments {
        let path = format!("future/shipment/{shipment}");
        patiently("every shipment to have been handed over", || async {
            let (_, answer) = stage.a.client.notify_get(&path).await?;
            let status = answer["recipients"][0]["status"].as_str().unwrap_or_default().to_owned();
            Ok(matches!(status.as_str(), "Email_Delivered" | "Email_Succeeded").then_some(status))
        })
        .await?;
    }
    Ok(proved((), format!("{} shipments were handed over to the mail server", shipments.len())))
}
