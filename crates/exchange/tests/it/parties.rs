//! Several organizations in one gateway: sending in another's name, receiving for another, consumers who
//! see some of it, and messages to oneself.

use exchange::Consumer;
use http::Method;
use serde_json::{Value, json};
use simulators::Subscriber;

use crate::app::{
    A, Answer, B, C, Gateway, World, arkivmelding, avtalt, files, message_id, org, serve, unpack, world,
    world_where_b_serves_c,
};

/// A supplier that has its own token.
const SUPPLIER: &str = "310000003";

fn addressed(mut sbd: Value, sender: &str, receiver: &str) -> Value {
    let party =
        |value: String| json!([{ "identifier": { "value": value, "authority": "iso6523-actorid-upis" } }]);
    let header = &mut sbd["standardBusinessDocumentHeader"];
    header["sender"] = party(format!("0192:{sender}"));
    header["receiver"] = party(format!("0192:{receiver}"));
    sbd
}

fn sender_of(sbd: &Value) -> &str {
    sbd["standardBusinessDocumentHeader"]["sender"][0]["identifier"]["value"].as_str().expect("a sender")
}

/// Covers: IP-51, IP-52
#[tokio::test]
async fn a_message_in_the_name_of_a_customer_is_the_customers_to_everybody_else() {
    let world = world_where_b_serves_c(|_| {}).await;
    let created = world.b.post_json("api/messages/out", &addressed(avtalt(), C, A)).await.json();
    assert_eq!(sender_of(&created), format!("0192:{B}:{C}"));
    let id = message_id(&created);
    let listed = world.b.get(&format!("api/messages/out?senderIdentifier={C}")).await.json();
    assert_eq!(listed["totalElements"], 1);
    world.b.post(&format!("api/messages/out/{id}")).await;
    let both = addressed(arkivmelding(), &format!("{B}:{C}"), A);
    let with_files = world.b.send(&both, &files()).await;
    world.settle().await;

    let arrived = world.a.get("api/messages/in").await.json();
    assert_eq!(arrived["totalElements"], 2);
    for sbd in arrived["content"].as_array().expect("a list") {
        assert_eq!(sender_of(sbd), format!("0192:{C}"), "who operates the gateway is nobody's business");
    }
    let peeked = world.a.get(&format!("api/messages/in/peek?messageId={with_files}")).await;
    assert_eq!(peeked.status, 200);
    assert!(!unpack(world.a.get(&format!("api/messages/in/pop/{with_files}")).await.bytes).is_empty());
    assert_eq!(world.a.delete(&format!("api/messages/in/{with_files}")).await.status, 200);
    world.settle().await;

    assert_eq!(world.b.statuses(&with_files).await, ["OPPRETTET", "SENDT", "MOTTATT", "LEVERT"]);
    let story = world.b.get(&format!("api/conversations/messageId/{with_files}")).await.json();
    assert_eq!((&story["senderIdentifier"], &story["finished"]), (&json!(C), &json!(true)));
    assert_eq!(story["sender"], format!("0192:{B}:{C}"));
}

#[tokio::test]
async fn messages_for_a_customer_come_into_the_same_inbox_and_are_told_apart() {
    let world = world_where_b_serves_c(|_| {}).await;
    let own = world.a.send(&avtalt(), &[]).await;
    let customers = world.a.send(&addressed(arkivmelding(), A, C), &files()).await;
    world.settle().await;

    assert_eq!(world.b.get("api/messages/in").await.json()["totalElements"], 2);
    let of_c = world.b.get(&format!("api/messages/in?receiverIdentifier={C}")).await.json();
    assert_eq!((&of_c["totalElements"], message_id(&of_c["content"][0])), (&json!(1), customers.clone()));
    let peeked = world.b.get(&format!("api/messages/in/peek?receiverIdentifier={C}")).await;
    assert_eq!(message_id(&peeked.json()), customers);
    let popped = world.b.get(&format!("api/messages/in/pop/{customers}")).await;
    let names: Vec<_> = unpack(popped.bytes).into_iter().map(|(name, _)| name).collect();
    assert!(names.contains(&"svar.pdf".to_owned()), "it was encrypted to the customer: {names:?}");
    assert_eq!(world.b.delete(&format!("api/messages/in/{customers}")).await.status, 200);
    world.settle().await;

    assert_eq!(world.a.statuses(&customers).await, ["OPPRETTET", "SENDT", "MOTTATT", "LEVERT"]);
    assert_eq!(world.b.peek().await, Some(own), "the other one waits as before");
}

/// A gateway seen through somebody's token.
struct Through<'w> {
    gateway: &'w Gateway,
    token: String,
}

impl<'w> Through<'w> {
    fn of(world: &'w World, number: &str) -> Self {
        Self { gateway: &world.b, token: world.token(number, "move/dpo.read") }
    }

    async fn ask(&self, method: Method, path: &str, body: Option<&Value>) -> Answer {
        let request = self.gateway.http.request(method, self.gateway.url.join(path).expect("a path"));
        let request = request.bearer_auth(&self.token);
        Answer::of(match body {
            Some(body) => request.json(body),
            None => request,
        })
        .await
    }

    async fn get(&self, path: &str) -> Answer {
        self.ask(Method::GET, path, None).await
    }

    async fn total(&self, path: &str) -> Value {
        self.get(path).await.json()["totalElements"].clone()
    }
}

async fn world_with_a_supplier() -> World {
    world_where_b_serves_c(|config| {
        let served_by_all = config.consumers.is_empty();
        assert!(served_by_all, "nobody is let in unless the configuration says so");
        config.consumers = vec![Consumer { org: org(SUPPLIER), organizations: vec![org(C)] }];
    })
    .await
}

#[tokio::test]
async fn a_consumer_sends_in_the_names_it_may_use_and_in_no_other() {
    let world = world_with_a_supplier().await;
    let supplier = Through::of(&world, SUPPLIER);
    let post = async |body: &Value| supplier.ask(Method::POST, "api/messages/out", Some(body)).await;

    assert_eq!(Through::of(&world, A).get("api/messages/out").await.status, 403, "nobody has named it");
    for refused in [addressed(avtalt(), B, A), avtalt(), addressed(avtalt(), A, B)] {
        assert_eq!(post(&refused).await.status, 403);
    }
    assert_eq!(world.b.get("api/conversations").await.json()["totalElements"], 0, "nothing was left behind");
    let created = post(&addressed(avtalt(), C, A)).await;
    let mine = message_id(&created.json());
    let others = world.b.draft(&addressed(avtalt(), B, A)).await;

    assert_eq!(supplier.total("api/messages/out").await, 1);
    assert_eq!(world.b.get("api/messages/out").await.json()["totalElements"], 2, "its operator sees all");
    let of = |id: &str| format!("api/messages/out/{id}");
    for method in [Method::GET, Method::POST] {
        assert_eq!(supplier.ask(method, &of(&others), None).await.status, 404);
    }
    assert_eq!(supplier.get(&format!("{}/files", of(&others))).await.status, 404);
    assert_eq!(supplier.ask(Method::DELETE, &of(&others), None).await.status, 200);
    assert_eq!(world.b.get(&of(&others)).await.status, 200, "it was not its to delete");
    assert_eq!(supplier.ask(Method::POST, &of(&mine), None).await.status, 200);
    world.settle().await;
    assert_eq!(supplier.total(&format!("api/statuses/{mine}")).await, 3);
    assert_eq!(supplier.total(&format!("api/statuses/{others}")).await, 0);
    assert_eq!(supplier.total("api/statuses").await, 3);
}

#[tokio::test]
async fn a_consumer_receives_and_hears_of_what_concerns_it_and_of_nothing_else() {
    let world = world_with_a_supplier().await;
    let supplier = Through::of(&world, SUPPLIER);
    let subscriber = Subscriber::new(world.clock.clone(), 1000);
    let served = serve(subscriber.router()).await;
    let subscription =
        json!({ "name": "Sak", "pushEndpoint": served.url.as_str(), "resource": "all", "event": "all" });
    let made = supplier.ask(Method::POST, "api/subscriptions", Some(&subscription)).await;
    assert_eq!(made.status, 200);
    assert_eq!(world.b.get("api/subscriptions").await.json()["totalElements"], 0, "it is its own");
    let others = world.a.send(&avtalt(), &[]).await;
    let mine = world.a.send(&addressed(avtalt(), A, C), &[]).await;
    world.settle().await;

    assert_eq!(supplier.total("api/messages/in").await, 1);
    assert_eq!(message_id(&supplier.get("api/messages/in/peek").await.json()), mine);
    assert_eq!(supplier.get("api/messages/in/peek").await.status, 204);
    assert_eq!(supplier.get(&format!("api/messages/in/peek?messageId={others}")).await.status, 204);
    assert_eq!(world.b.peek().await.as_ref(), Some(&others));
    for method in [Method::GET, Method::DELETE] {
        let answer = supplier.ask(method, &format!("api/messages/in/{others}"), None).await;
        assert_eq!(answer.refusal(), (404, "MessageNotFoundException".to_owned()));
    }
    let unlock = supplier.ask(Method::DELETE, &format!("api/messages/in/{others}/lock"), None).await;
    assert_eq!(unlock.status, 404);
    assert_eq!(supplier.ask(Method::DELETE, &format!("api/messages/in/{mine}"), None).await.status, 200);
    world.settle().await;

    assert_eq!(supplier.total("api/conversations").await, 1);
    let story = format!("api/conversations/messageId/{others}");
    assert_eq!(supplier.get(&story).await.status, 404);
    assert_eq!(supplier.ask(Method::DELETE, &story, None).await.status, 200);
    assert_eq!(world.b.get(&story).await.status, 200, "it was not its to delete");
    let number = world.b.get(&story).await.json()["id"].clone();
    assert_eq!(supplier.get(&format!("api/conversations/{number}")).await.status, 404);
    let first = supplier.get("api/statuses/peek").await.json();
    assert_eq!(first["messageId"], mine.as_str());
    let all = world.b.get(&format!("api/statuses/{others}")).await.json();
    let theirs = &all["content"][0]["id"];
    assert_eq!(supplier.ask(Method::DELETE, &format!("api/statuses/{theirs}"), None).await.status, 404);
    let heard = subscriber.deliveries().all();
    let heard: Vec<_> = heard.iter().filter(|it| it.json["event"] == "status").collect();
    assert_eq!(heard.len(), 3, "OPPRETTET, INNKOMMENDE_MOTTATT and INNKOMMENDE_LEVERT");
    assert!(heard.iter().all(|it| it.json["messageId"] == mine.as_str()));
}

/// Weak point 11: one record for both directions would say LEVERT of what nobody has taken.
#[tokio::test]
async fn a_message_to_oneself_has_a_story_for_each_direction() {
    let world = world().await;
    let id = world.a.send(&addressed(arkivmelding(), A, A), &files()).await;
    world.settle().await;

    assert_eq!(world.a.peek().await.as_ref(), Some(&id));
    assert_eq!(world.a.get(&format!("api/messages/in/pop/{id}")).await.status, 200);
    let story = async |direction: &str| {
        let path = format!("api/conversations?messageId={id}&direction={direction}");
        let page = world.a.get(&path).await.json();
        assert_eq!(page["totalElements"], 1);
        let statuses = page["content"][0]["messageStatuses"].as_array().expect("a list").clone();
        statuses.iter().map(|it| it["status"].as_str().expect("a name").to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(story("OUTGOING").await, ["OPPRETTET", "SENDT", "MOTTATT"]);
    assert_eq!(story("INCOMING").await, ["OPPRETTET", "INNKOMMENDE_MOTTATT"]);
    assert_eq!(world.a.delete(&format!("api/messages/in/{id}")).await.status, 200);
    world.settle().await;
    assert_eq!(story("OUTGOING").await, ["OPPRETTET", "SENDT", "MOTTATT", "LEVERT"]);
    assert_eq!(story("INCOMING").await, ["OPPRETTET", "INNKOMMENDE_MOTTATT", "INNKOMMENDE_LEVERT"]);
}
