//! A server with something of everything, so that no page is empty.

use reqwest::Method;
use serde_json::{Value, json};
use trials::{Answer, ORG, Place, Server, agreed_envelope, email_order, eventually, instant_sms, sms_order};

/// A number that takes messages, and one whose gateway says no.
const NUMBER: &str = "+4798765432";
const REFUSED: &str = "+4798760004";

/// A server that has been used.
pub struct Filled {
    pub server: Server,
    /// Shipments: a code that was delivered, one that its gateway refused, an e-mail, an order for later.
    pub shipments: [String; 4],
    pub place: Place,
}

impl Filled {
    /// Where one begins: whatever is linked from here is a page of the console. The shipments have different
    /// stories.
    pub fn beginnings(&self) -> Vec<String> {
        let stories = self.shipments.iter().map(|shipment| format!("/console/shipments/{shipment}"));
        std::iter::once("/console".to_owned()).chain(stories).collect()
    }
}

/// Starts a server and gives it orders, messages and a subscription.
pub async fn server() -> Filled {
    let place = Place::new();
    let server = place.start().await;
    let shipments = notifications(&server).await;
    messages(&server).await;
    let hook = json!({ "name": "Arkiv", "pushEndpoint": "http://127.0.0.1:1/hook", "resource": "all", "event": "all" });
    accepted(server.exchange(Method::POST, "/subscriptions").json(&hook)).await;
    Filled { server, shipments, place }
}

async fn accepted(request: reqwest::RequestBuilder) -> Answer {
    let answer = Answer::of(request).await.expect("an answer");
    assert!(answer.status < 300, "{answer:?}");
    answer
}

async fn notifications(server: &Server) -> [String; 4] {
    let instant = "/future/orders/instant/sms";
    let order = async |path: &str, body: Value| accepted(server.notify(Method::POST, path).json(&body)).await;
    let sent = order(instant, instant_sms("a", NUMBER, "Koden er 402117.")).await;
    let refused = order(instant, instant_sms("b", REFUSED, "Koden er 713004.")).await;
    order("/future/orders", sms_order("c", NUMBER, "Timen din er i morgen kl. 10.")).await;
    let mail = email_order("d", "kari.nordmann@fjord.example", "Vedtak i saken din");
    let mail = order("/future/orders", mail).await;
    let mut later = sms_order("e", NUMBER, "Husk timen din.");
    later["requestedSendTime"] = "2099-01-01T10:00:00Z".into();
    let later = order("/future/orders", later).await;
    eventually("the code to be delivered", async || {
        (server.recipient_status(&sent.shipment()).await? == "SMS_Delivered").then_some(())
    })
    .await;
    [sent, refused, mail, later].map(|answer| answer.shipment())
}

/// One to ourselves, which waits for its client.
async fn messages(server: &Server) {
    let id = uuid::Uuid::new_v4().to_string();
    accepted(server.exchange(Method::POST, "/messages/out").json(&agreed_envelope(&id, ORG, ORG))).await;
    accepted(server.exchange(Method::POST, &format!("/messages/out/{id}"))).await;
    eventually("the message to come", async || {
        let peek = server.exchange(Method::GET, "/messages/in?size=1");
        let answer = Answer::of(peek).await.ok()?;
        (answer.json()["totalElements"].as_u64()? > 0).then_some(())
    })
    .await;
}
