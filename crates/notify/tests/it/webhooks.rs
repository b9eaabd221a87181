//! Creators' own webhooks.

use std::time::Duration;

use http::StatusCode;
use reqwest::Method;
use serde_json::{Value, json};
use simulators::Subscriber;
use simulators::subscriber::Reply;
use tokio_util::sync::{CancellationToken, DropGuard};
use types::Secret;

use crate::app::{Answer, CREATE, PATIENCE, TestApp, instant_sms, serve, sms_order};

const PATH: &str = "/future/webhooks";
const SMS: &str = "/future/orders/instant/sms";
/// The gateway takes this number, and reports delivery only when asked.
const TAKEN: &str = "+4740000008";
/// The gateway refuses this one.
const REFUSED: &str = "+4740000011";

struct Listener {
    subscriber: Subscriber,
    url: String,
    id: String,
    _stop: DropGuard,
}

async fn endpoint(app: &TestApp) -> (Subscriber, String, DropGuard) {
    let (subscriber, stop) = (Subscriber::new(app.clock.clone(), 1000), CancellationToken::new());
    let at = serve(subscriber.router(), &stop).await;
    (subscriber, format!("http://{at}/hook"), stop.drop_guard())
}

impl Listener {
    async fn on(app: &TestApp, extra: Value) -> Self {
        let (subscriber, url, stop) = endpoint(app).await;
        let mut body = extra;
        body["url"] = url.clone().into();
        let made = app.post(PATH, &body).await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
        let made = made.json();
        let secret = made["secret"].as_str().expect("a secret").to_owned();
        subscriber.trust_only(Secret::new(secret));
        let id = made["id"].as_str().expect("an id").to_owned();
        Self { subscriber, url, id, _stop: stop }
    }

    fn path(&self, below: &str) -> String {
        format!("{PATH}/{}{below}", self.id)
    }

    /// Types of what has been accepted, pings left out.
    fn told(&self) -> Vec<String> {
        let all = self.subscriber.deliveries().all();
        let told = all.iter().filter(|delivery| delivery.was_accepted());
        let types = told.filter_map(|delivery| delivery.json["type"].as_str().map(str::to_owned));
        types.filter(|kind| kind != "webhook.ping").collect()
    }
}

async fn call(app: &TestApp, method: Method, path: &str, body: Option<Value>) -> Answer {
    let url = format!("{}{path}", crate::app::API);
    let request = app.request(method, &url).bearer_auth(app.bym());
    TestApp::send(if let Some(body) = body { request.json(&body) } else { request }).await
}

#[tokio::test]
async fn every_change_is_told_once_signed_and_in_order() {
    let app = TestApp::start().await;
    let all = Listener::on(&app, json!({ "name": "all" })).await;
    let orders = Listener::on(&app, json!({ "events": ["order.*"], "sendersReferences": ["sak-1"] })).await;

    let sent = app.post(SMS, &instant_sms("a", TAKEN)).await;
    assert_eq!(sent.status, StatusCode::CREATED, "{}", sent.text);
    app.report(&app.last_reference(), "DELIVRD").await;
    let mut other = sms_order("b", REFUSED);
    other["sendersReference"] = "sak-1".into();
    let other = app.post("/future/orders", &other).await;
    app.notify.run_due().await;

    let expected = [
        "notification.accepted",
        "notification.delivered",
        "order.completed",
        "notification.failed_invalid_recipient",
        "order.completed",
    ];
    assert_eq!(all.told(), expected);
    assert_eq!(orders.told(), ["order.completed"]);
    let deliveries = all.subscriber.deliveries().all();
    let numbers: Vec<_> =
        deliveries.iter().filter_map(|delivery| delivery.headers.get("webhook-sequence")).collect();
    assert_eq!(numbers, ["1", "2", "3", "4", "5"]);
    let delivered = &deliveries[2].json;
    assert_eq!(delivered["data"]["shipmentId"], sent.shipment().as_str());
    assert_eq!(delivered["data"]["status"], "SMS_Delivered");
    assert_eq!(delivered["data"]["destination"], TAKEN);
    let ended = &orders.subscriber.deliveries().all()[1].json;
    assert_eq!(ended["data"]["shipmentId"], other.shipment().as_str());
    assert_eq!(ended["data"]["recipients"][0]["status"], "SMS_Failed_InvalidRecipient");
}

#[tokio::test]
async fn a_cancelled_order_is_told_and_nobody_else_hears_of_it() {
    let app = TestApp::start().await;
    let bym = Listener::on(&app, json!({})).await;
    let (subscriber, url, _stop) = endpoint(&app).await;
    let ttd = app.token("ttd", CREATE);
    let made = app.post_as(&ttd, PATH, &json!({ "url": url })).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);

    let mut order = sms_order("a", TAKEN);
    order["requestedSendTime"] = app.in_seconds(3600).into();
    let order = app.post("/future/orders", &order).await.shipment();
    assert_eq!(app.put(&format!("/orders/{order}/cancel")).await.status, StatusCode::OK);
    app.notify.run_due().await;

    assert_eq!(bym.told(), ["order.cancelled"]);
    assert_eq!(subscriber.deliveries().all().len(), 1, "only the ping");
    assert_eq!(app.get_as(&ttd, &bym.path("")).await.status, StatusCode::NOT_FOUND);
    assert_eq!(app.get_as(&ttd, &bym.path("/deliveries")).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn subscriptions_are_made_listed_changed_and_removed() {
    let app = TestApp::start().await;
    let listener = Listener::on(&app, json!({ "name": "one", "channel": "sms" })).await;

    let shown = app.get(&listener.path("")).await.json();
    assert_eq!((&shown["name"], &shown["url"]), (&json!("one"), &json!(listener.url)));
    assert_eq!((&shown["events"], &shown["channel"]), (&json!(["*"]), &json!("Sms")));
    assert_eq!((&shown["lastPing"]["outcome"], &shown["waiting"]), (&json!("HTTP 200"), &json!(0)));
    assert!(shown.get("secret").is_none());
    let same = app.post(PATH, &json!({ "name": "one", "url": listener.url })).await;
    assert_eq!(same.status, StatusCode::CONFLICT);

    let change = json!({ "name": "two", "events": ["order.completed"], "sendersReferences": ["a,b"] });
    let changed = call(&app, Method::PUT, &listener.path(""), Some(change)).await;
    assert_eq!(changed.status, StatusCode::OK, "{}", changed.text);
    let listed = app.get(PATH).await.json();
    assert_eq!(listed["webhooks"].as_array().expect("a list").len(), 1);
    let listed = &listed["webhooks"][0];
    assert_eq!((&listed["name"], &listed["events"]), (&json!("two"), &json!(["order.completed"])));
    assert_eq!((&listed["sendersReferences"], listed.get("channel")), (&json!(["a,b"]), None));

    let gone = call(&app, Method::DELETE, &listener.path(""), None).await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT);
    assert_eq!(app.get(&listener.path("")).await.status, StatusCode::NOT_FOUND);
    app.post(SMS, &instant_sms("a", REFUSED)).await;
    app.notify.run_due().await;
    assert!(listener.told().is_empty());
}

#[tokio::test]
async fn what_is_wrong_with_a_subscription_is_named() {
    let app = TestApp::start().await;
    let url = "https://bym.example/hook";
    let wrong = [
        (json!({}), "$"),
        (json!({ "url": "ftp://bym.example" }), "Url"),
        (json!({ "url": url, "events": [] }), "Events"),
        (json!({ "url": url, "events": ["order.finished"] }), "Events"),
        (json!({ "url": url, "events": "order.*" }), "$.events"),
        (json!({ "url": url, "sendersReferences": [""] }), "SendersReferences"),
        (json!({ "url": url, "channel": "fax" }), "Channel"),
    ];
    for (body, key) in wrong {
        assert_eq!(app.post(PATH, &body).await.keys(), [key], "{body}");
    }
    let nobody = app.request(Method::GET, &format!("{}{PATH}", crate::app::API));
    assert_eq!(TestApp::send(nobody).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn an_address_in_a_private_network_is_not_called() {
    let app = TestApp::start().await;
    for url in ["http://10.0.0.1/hook", "http://169.254.169.254/latest", "https://[fd00::1]/"] {
        let made = app.post(PATH, &json!({ "url": url })).await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
        let made = made.json();
        let outcome = made["lastPing"]["outcome"].as_str().expect("an outcome").to_owned();
        assert!(outcome.contains("not on the public internet"), "{url}: {outcome}");
        let id = made["id"].as_str().expect("an id");
        let ping = app.post(&format!("{PATH}/{id}/ping"), &json!({})).await.json();
        assert_eq!(ping, json!({ "answered": false, "outcome": outcome }));
    }
}

#[tokio::test]
async fn a_secret_is_replaced_while_both_sign() {
    let app = TestApp::start().await;
    let listener = Listener::on(&app, json!({})).await;
    let renewed = app.post(&listener.path("/secret"), &json!({})).await.json();

    let ping = async || app.post(&listener.path("/ping"), &json!({})).await.json();
    assert_eq!(ping().await, json!({ "answered": true, "outcome": "HTTP 200" }), "the old one signs");
    let old = listener.subscriber.deliveries().all();
    let new = renewed["secret"].as_str().expect("a secret");
    listener.subscriber.trust_only(Secret::new(new.to_owned()));
    assert_eq!(ping().await["answered"], true, "the new one signs too");
    let signatures =
        old.last().expect("a ping").headers["webhook-signature"].to_str().expect("text").to_owned();
    assert_eq!(signatures.split(' ').count(), 2);
    app.turn(24 * 3600 + 1);
    assert_eq!(ping().await["answered"], true);
    let last = listener.subscriber.deliveries().all();
    let signatures = last.last().expect("a ping").headers["webhook-signature"].to_str().expect("text");
    assert_eq!(signatures.split(' ').count(), 1, "the old one's time is over");
}

#[tokio::test]
async fn an_endpoint_that_fails_is_tried_again_given_up_and_can_be_told_again() {
    let app = TestApp::start().await;
    let dead = Listener::on(&app, json!({ "name": "dead" })).await;
    let well = Listener::on(&app, json!({ "name": "well" })).await;
    dead.subscriber.answer(Reply::Status(StatusCode::SERVICE_UNAVAILABLE));

    app.post(SMS, &instant_sms("a", REFUSED)).await;
    app.notify.run_due().await;
    assert_eq!(well.told().len(), 2, "the other one's subscriber is told at once");
    let waiting = app.get(&dead.path("/deliveries?state=pending")).await.json();
    assert_eq!(waiting["deliveries"].as_array().expect("a list").len(), 2);
    assert_eq!(waiting["deliveries"][0]["tries"], 1);
    assert_eq!(waiting["deliveries"][0]["outcome"], "HTTP 503");

    app.turn(3 * 24 * 3600 + 1);
    app.notify.run_due().await;
    let given_up = app.get(&dead.path("/deliveries?state=given_up")).await.json();
    assert_eq!(given_up["deliveries"][1]["event"], "order.completed");

    dead.subscriber.answer(Reply::Ok);
    let replayed = app.post(&dead.path("/replay"), &json!({ "sequence": 2 })).await.json();
    assert_eq!(replayed["replayed"], 1);
    app.notify.run_due().await;
    assert_eq!(dead.told(), ["order.completed"]);
    let replayed = app.post(&dead.path("/replay"), &json!({ "since": "2026-03-02T00:00:00Z" })).await;
    assert_eq!(replayed.json()["replayed"], 2);
    app.notify.run_due().await;
    assert_eq!(dead.told().len(), 3);
    for wrong in [json!({}), json!({ "since": "2026-03-02T00:00:00Z", "sequence": 1 })] {
        assert_eq!(app.post(&dead.path("/replay"), &wrong).await.keys(), ["Since"]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_subscription_made_on_one_node_hears_what_happens_on_another() {
    let app = TestApp::start().await;
    let other = app.another().await;
    let listener = Listener::on(&app, json!({})).await;
    let stop = CancellationToken::new();
    for node in [&app, &other] {
        let (notify, stop) = (node.notify.clone(), stop.clone());
        tokio::spawn(async move { notify.run(types::Roles::all(), stop).await });
    }
    let guard = stop.drop_guard();

    other.post(SMS, &instant_sms("a", REFUSED)).await;
    app.post(SMS, &instant_sms("b", REFUSED)).await;

    let four = async {
        while listener.told().len() < 4 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, four).await.expect("everything is told");
    drop(guard);
}
