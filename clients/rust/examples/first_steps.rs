//! Sends a one-time code and reads what became of it, then sends a message with a large file and receives it.
//!
//! `API_URL`, `API_TOKEN`, `API_USER` and `API_PASSWORD` say where and as whom; `.ci/with-server` gives all four.

use std::error::Error;
use std::time::Duration;

use budstikke_client::exchange::{AttachFileQuery, PeekMessageQuery};
use budstikke_client::notify::{InstantSms, InstantSmsRecipient, InstantSmsSettings, ReadFeedQuery};
use budstikke_client::{Exchange, Notify, Opens};
use serde_json::json;
use uuid::Uuid;

const OURS: &str = "0192:310000001";
const LARGE: usize = 24 << 20;

type Done<T> = Result<T, Box<dyn Error>>;

#[tokio::main]
async fn main() -> Done<()> {
    let say = |name: &str| std::env::var(name).map_err(|_| format!("{name} is not set"));
    let url = say("API_URL")?;
    send_a_code(&Notify::new(&url, Opens::Token(say("API_TOKEN")?))?).await?;

    let exchange = Exchange::new(&url, Opens::User(say("API_USER")?, say("API_PASSWORD")?))?;
    let id = send_a_message(&exchange).await?;
    receive_it(&exchange, &id).await
}

async fn send_a_code(notify: &Notify) -> Done<()> {
    let settings =
        InstantSmsSettings { sender: Some("Fjord".to_owned()), body: "Koden er 402117.".to_owned() };
    let order = InstantSms {
        idempotency_id: format!("code-{}", Uuid::new_v4()),
        recipient_sms: InstantSmsRecipient {
            phone_number: "+4799999999".to_owned(),
            time_to_live_in_seconds: 300,
            sms_settings: settings,
        },
        senders_reference: None,
    };
    let receipt = notify.send_instant_sms(&order).await?;
    let shipment = receipt.notification.shipment_id;
    println!("sent {shipment}");

    let mut query = ReadFeedQuery { seq: Some(0), wait: Some(2), ..ReadFeedQuery::default() };
    for _ in 0..30 {
        for entry in notify.read_feed(&query).await? {
            query.seq = Some(entry.sequence_number);
            if entry.shipment_id == shipment {
                println!("ended as {:?}", entry.recipients[0].status);
                return Ok(());
            }
        }
    }
    Err("the code never came to an end".into())
}

async fn send_a_message(exchange: &Exchange) -> Done<String> {
    let id = Uuid::new_v4().to_string();
    let party = json!({ "identifier": { "value": OURS, "authority": "iso6523-actorid-upis" } });
    let document = json!({
        "standardBusinessDocumentHeader": {
            "headerVersion": "1.0", "sender": [party], "receiver": [party],
            "documentIdentification": { "standard": "urn:no:difi:avtalt:xsd::avtalt", "typeVersion": "1.0",
                "type": "avtalt", "instanceIdentifier": id },
            "businessScope": { "scope": [
                { "type": "ConversationId", "identifier": "urn:no:difi:profile:avtalt:avtalt:ver1.0" } ] },
        },
        "avtalt": { "identifier": "sak-17", "content": { "sak": 17 } },
    });
    exchange.create_message(&serde_json::from_value(document)?).await?;
    let name = "attachment; name=\"Plan\"; filename=\"plan.bin\"";
    let query = AttachFileQuery::default();
    exchange.attach_file(&id, name, vec![7_u8; LARGE], "application/octet-stream", &query).await?;
    exchange.send_message(&id).await?;
    Ok(id)
}

async fn receive_it(exchange: &Exchange, id: &str) -> Done<()> {
    let query = PeekMessageQuery { message_id: Some(id.to_owned()), ..PeekMessageQuery::default() };
    for _ in 0..300 {
        if exchange.peek_message(&query).await?.is_some() {
            let mut container = exchange.pop_message(id).await?;
            let mut bytes = 0;
            while let Some(piece) = container.chunk().await? {
                bytes += piece.len();
            }
            exchange.acknowledge_message(id).await?;
            let story = exchange.show_conversation_of_message(id).await?;
            println!("received {id}, {bytes} bytes; {} statuses", story.message_statuses.len());
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    Err("the message never came in".into())
}
