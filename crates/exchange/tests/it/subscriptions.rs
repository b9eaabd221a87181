//! Webhooks: subscriptions, pings and events.

use serde_json::{Value, json};
use simulators::Subscriber;
use simulators::subscriber::Reply;

use crate::app::{Gateway, Served, avtalt, serve, world};

async fn listener(world: &crate::app::World) -> (Subscriber, Served) {
    let subscriber = Subscriber::new(world.clock.clone(), 1000);
    let served = serve(subscriber.router()).await;
    (subscriber, served)
}

fn subscription(name: &str, endpoint: &str) -> Value {
    json!({ "name": name, "pushEndpoint": endpoint, "resource": "all", "event": "all" })
}

async fn subscribe(gateway: &Gateway, body: &Value) -> i64 {
    let answer = gateway.post_json("api/subscriptions", body).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()["id"].as_i64().expect("an id")
}

/// The statuses a subscriber heard of one message, in their order.
fn heard(subscriber: &Subscriber, id: &str) -> Vec<String> {
    let all = subscriber.deliveries().all();
    let of_message = all.iter().filter(|it| it.was_accepted() && it.json["messageId"] == id);
    of_message.map(|it| it.json["status"].as_str().expect("a name").to_owned()).collect()
}

/// Covers: IP-83, IP-190, IP-197, IP-203, IP-204, IP-207
#[tokio::test]
async fn a_subscriber_is_pinged_and_hears_of_every_status_in_order() {
    let world = world().await;
    let (subscriber, served) = listener(&world).await;
    subscribe(&world.a, &subscription("Sak", served.url.as_str())).await;
    let ping = subscriber.deliveries().all()[0].json.clone();
    assert_eq!(ping, json!({ "createdTs": "2026-03-02T11:15:00+01:00", "event": "ping" }));

    let id = world.a.send(&avtalt(), &[]).await;
    world.settle().await;
    world.b.peek().await;
    world.b.delete(&format!("api/messages/in/{id}")).await;
    world.settle().await;

    assert_eq!(heard(&subscriber, &id), ["OPPRETTET", "SENDT", "MOTTATT", "LEVERT"]);
    let event = subscriber.deliveries().all()[1].clone();
    let mut keys: Vec<_> = event.json.as_object().expect("an object").keys().map(String::as_str).collect();
    keys.sort_unstable();
    let expected = [
        "conversationId",
        "createdTs",
        "direction",
        "event",
        "messageId",
        "resource",
        "serviceIdentifier",
        "status",
    ];
    assert_eq!(keys, expected);
    assert_eq!((&event.json["resource"], &event.json["event"]), (&json!("messages"), &json!("status")));
    assert!(event.headers.contains_key("webhook-id"));
}

/// Covers: IP-205, IP-206
#[tokio::test]
async fn a_filter_decides_what_is_heard() {
    let world = world().await;
    let (subscriber, served) = listener(&world).await;
    let mut body = subscription("Sak", served.url.as_str());
    body["filter"] = json!("status=sendt,OPPRETTET&direction=OUTGOING&");
    subscribe(&world.a, &body).await;
    body["filter"] = json!("direction=OUTGOING");
    let (other, other_served) = listener(&world).await;
    body["pushEndpoint"] = json!(other_served.url.as_str());
    subscribe(&world.b, &body).await;

    let id = world.a.send(&avtalt(), &[]).await;
    world.settle().await;

    assert_eq!(heard(&subscriber, &id), ["OPPRETTET", "SENDT"]);
    assert_eq!(heard(&other, &id), Vec::<String>::new());
}

/// Covers: IP-198, IP-209
#[tokio::test]
async fn a_dead_endpoint_hears_later_and_harms_nobody() {
    let world = world().await;
    let (dead, dead_served) = listener(&world).await;
    let (alive, alive_served) = listener(&world).await;
    subscribe(&world.a, &subscription("Nobody", "http://127.0.0.1:1/hook")).await;
    subscribe(&world.a, &subscription("Dead", dead_served.url.as_str())).await;
    subscribe(&world.a, &subscription("Alive", alive_served.url.as_str())).await;
    dead.answer_next(2, Reply::Status(http::StatusCode::INTERNAL_SERVER_ERROR));

    let id = world.a.send(&avtalt(), &[]).await;
    world.settle().await;
    let statuses = ["OPPRETTET", "SENDT", "MOTTATT"];
    assert_eq!(heard(&alive, &id), statuses);
    assert_eq!(heard(&dead, &id), Vec::<String>::new());

    world.pass(11);
    world.settle().await;
    assert_eq!(heard(&dead, &id), Vec::<String>::new(), "it fails once more");
    world.pass(66);
    world.settle().await;
    assert_eq!(heard(&dead, &id), statuses);
    assert_eq!(heard(&alive, &id), statuses, "the others heard once");
}

/// Covers: IP-191, IP-192, IP-193, IP-194, IP-195, IP-196
#[tokio::test]
async fn what_is_wrong_with_a_subscription_is_told() {
    let world = world().await;
    let (_subscriber, served) = listener(&world).await;
    let fine = subscription("Sak", served.url.as_str());
    for (key, value, code) in [
        ("id", json!(7), "Null"),
        ("name", Value::Null, "NotNull"),
        ("pushEndpoint", json!("not a url"), "URL"),
        ("pushEndpoint", json!("ftp://a.example/"), "URL"),
        ("resource", json!("other"), "OneOf"),
        ("event", json!("other"), "OneOf"),
        ("filter", json!("foo=bar"), "WebhookFilter"),
        ("filter", json!(""), "WebhookFilter"),
    ] {
        let mut body = fine.clone();
        body[key] = value;
        let answer = world.a.post_json("api/subscriptions", &body).await;
        assert_eq!(answer.status, 400, "{key}");
        let error = &answer.json()["errors"][0];
        assert_eq!((&error["field"], &error["code"]), (&json!(key), &json!(code)));
    }
    subscribe(&world.a, &fine).await;
    let again = world.a.post_json("api/subscriptions", &fine).await;
    assert_eq!(again.refusal(), (400, "SubscriptionWithSameNameAndPushEndpointAlreadyExists".to_owned()));
}

/// Covers: IP-199, IP-200, IP-201, IP-202
#[tokio::test]
async fn subscriptions_are_changed_and_removed() {
    let world = world().await;
    let (subscriber, served) = listener(&world).await;
    let id = subscribe(&world.a, &subscription("Sak", served.url.as_str())).await;
    let path = format!("api/subscriptions/{id}");

    let renamed = world.a.put_json(&path, &json!({ "name": "Arkiv" })).await;
    assert_eq!((renamed.status.as_u16(), renamed.bytes.len()), (200, 0));
    let mut expected = subscription("Arkiv", served.url.as_str());
    expected["id"] = json!(id);
    assert_eq!(world.a.get(&path).await.json(), expected);
    world.a.put_json(&path, &json!({ "pushEndpoint": served.url.as_str() })).await;
    assert_eq!(subscriber.deliveries().total(), 1, "the same endpoint is not pinged again");
    let moved = served.url.join("other").expect("a URL");
    world.a.put_json(&path, &json!({ "pushEndpoint": moved.as_str() })).await;
    assert_eq!(subscriber.deliveries().total(), 2);
    let unknown = world.a.put_json("api/subscriptions/999999", &json!({ "name": "x" })).await;
    assert_eq!(unknown.refusal(), (404, "SubscriptionNotFoundException".to_owned()));

    assert_eq!(world.a.get("api/subscriptions").await.json()["totalElements"], 1);
    assert_eq!(world.a.delete(&path).await.status, 200);
    assert_eq!(world.a.delete(&path).await.status, 404);
    assert_eq!(world.a.delete("api/subscriptions").await.status, 200);
}

#[tokio::test]
async fn an_endpoint_is_shown_as_it_was_written() {
    let world = world().await;
    // Nobody listens there; the ping is logged, and the subscription is kept.
    let written = "http://127.0.0.1:1";
    let body = json!({ "name": "n", "pushEndpoint": written, "resource": "all", "event": "all" });

    let made = world.a.post_json("api/subscriptions", &body).await;
    let listed = world.a.get("api/subscriptions").await.json();
    let again = world.a.post_json("api/subscriptions", &body).await;

    assert_eq!(made.json()["pushEndpoint"], written);
    assert_eq!(listed["content"][0]["pushEndpoint"], written);
    assert_eq!(again.refusal(), (400, "SubscriptionWithSameNameAndPushEndpointAlreadyExists".to_owned()));
}

#[tokio::test]
async fn an_operator_sees_how_deliveries_stand_holds_them_and_has_them_told_again() {
    let world = world().await;
    let (subscriber, served) = listener(&world).await;
    let id = subscribe(&world.a, &subscription("Sak", served.url.as_str())).await;
    let path = |what: &str| format!("api/subscriptions/{id}/{what}");
    let paused = world.a.post(&path("pause")).await;
    assert_eq!((paused.status.as_u16(), &paused.json()["state"]), (200, &json!("held")));
    let message = world.a.send(&avtalt(), &[]).await;
    world.settle().await;
    assert!(heard(&subscriber, &message).is_empty());
    let listed = world.a.get(&path("deliveries?state=pending")).await.json();
    assert_eq!(
        (&listed["subscription"]["waiting"], &listed["deliveries"][0]["tries"]),
        (&json!(3), &json!(0))
    );
    assert_eq!(world.a.exchange.webhooks().standing_still().await.expect("a number").held, 1);

    assert_eq!(world.a.post(&path("resume")).await.json()["state"], "active");
    world.settle().await;
    assert_eq!(heard(&subscriber, &message), ["OPPRETTET", "SENDT", "MOTTATT"]);
    let all = world.a.get(&path("deliveries")).await.json();
    let second = &all["deliveries"][1];
    assert_eq!((&second["state"], &second["tries"]), (&json!("delivered"), &json!(1)));
    let again = world.a.post_json(&path("replay"), &json!({ "eventId": second["eventId"] })).await;
    assert_eq!(again.json(), json!({ "replayed": 2 }));
    world.settle().await;
    assert_eq!(heard(&subscriber, &message)[3..], ["SENDT", "MOTTATT"]);

    assert_eq!(world.a.post_json(&path("replay"), &json!({})).await.status, 400);
    assert_eq!(world.a.post("api/subscriptions/999999/pause").await.status, 404);
    assert_eq!(world.a.post(&path("ping")).await.json()["answered"], true);
    let secret = world.a.post(&path("secret")).await.json();
    assert!(secret["secret"].as_str().expect("a secret").starts_with("whsec_"));
    let written = world.a.store.read(|tx| tx.one::<i64>("SELECT count(*) FROM audit_waiting", &[])).await;
    assert_eq!(Result::<_, store::Error>::expect(written, "a number"), 3, "pause, resume and replay");
}
