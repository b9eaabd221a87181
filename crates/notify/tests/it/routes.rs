//! Several gateways behind one service.

use http::StatusCode;
use notify::config::ReportAccount;
use notify::routes::{Shown, Wish, shown};
use store::params;

use crate::app::{TestApp, instant_sms, sms_order};
use crate::scripted::{Mood, Scripted, route};
use crate::surroundings::account;

const ORDERS: &str = "/future/orders";
const SMS: &str = "/future/orders/instant/sms";
const NUMBER: &str = "+4740000008";

/// A service with two gateways, of which the first is preferred.
async fn two(first: Mood, second: Mood) -> (TestApp, [std::sync::Arc<Scripted>; 2]) {
    let gateways = [Scripted::new(first), Scripted::new(second)];
    let routes = [route("first", &gateways[0], 100), route("second", &gateways[1], 0)];
    (TestApp::start().await.with_sms(&routes).await, gateways)
}

async fn attempts(app: &TestApp) -> Vec<(String, String)> {
    let rows = app.store.read(|tx| tx.all("SELECT route, outcome FROM attempts ORDER BY id", params![]));
    rows.await.map_err(|error: store::Error| error).expect("rows")
}

fn said(attempts: &[(&str, &str)]) -> Vec<(String, String)> {
    attempts.iter().map(|(route, outcome)| ((*route).to_owned(), (*outcome).to_owned())).collect()
}

async fn seen(app: &TestApp, name: &str) -> Shown {
    let all = shown(&app.notify).await;
    all.into_iter().find(|route| route.name == name).expect("a route")
}

async fn order(app: &TestApp, key: &str) -> String {
    let answer = app.post(ORDERS, &sms_order(key, NUMBER)).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
    answer.shipment()
}

#[tokio::test]
async fn an_instant_sms_that_was_not_taken_goes_by_the_other_gateway_while_the_caller_waits() {
    for mood in [Mood::Fails, Mood::Misconfigured, Mood::Limits(30)] {
        let (app, [first, second]) = two(mood, Mood::Takes).await;
        let answer = app.post(SMS, &instant_sms("a", NUMBER)).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
        assert_eq!(app.status(&answer.shipment()).await, "SMS_Accepted");
        assert_eq!((first.calls(), second.taken()), (1, 1), "{mood:?}");
        let [first, second] = [&first.handed()[0], &second.handed()[0]];
        assert_ne!(first.attempt, second.attempt);
        assert_eq!(first.time_to_live, second.time_to_live);
        let again = app.post(SMS, &instant_sms("a", NUMBER)).await;
        assert_eq!((again.status, again.text), (StatusCode::OK, answer.text));
    }
}

#[tokio::test]
async fn what_is_in_doubt_or_refused_does_not_go_by_another_gateway() {
    let (app, [first, second]) = two(Mood::LosesInSilence, Mood::Takes).await;
    let answer = app.post(SMS, &instant_sms("a", NUMBER)).await;
    assert_eq!(answer.status, StatusCode::CREATED);
    let ordinary = order(&app, "b").await;
    app.notify.run_due().await;
    assert_eq!(app.status(&ordinary).await, "SMS_Sending");
    assert_eq!((first.calls(), second.calls()), (2, 0));
}

#[tokio::test]
async fn when_no_gateway_takes_an_instant_sms_its_key_is_free_again() {
    let (app, [first, second]) = two(Mood::Fails, Mood::Fails).await;
    let refused = app.post(SMS, &instant_sms("a", NUMBER)).await;
    assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE, "{}", refused.text);
    assert_eq!((first.calls(), second.calls()), (1, 1));
    second.is_now(Mood::Takes);
    assert_eq!(app.post(SMS, &instant_sms("a", NUMBER)).await.status, StatusCode::CREATED);
}

/// Covers: NP-3
#[tokio::test]
async fn an_order_goes_by_the_other_gateway_in_the_same_round() {
    let (app, [first, second]) = two(Mood::Fails, Mood::Takes).await;
    let shipment = order(&app, "a").await;
    app.notify.run_due().await;
    assert_eq!(app.status(&shipment).await, "SMS_Accepted");
    assert_eq!((first.calls(), second.taken()), (1, 1));
    assert_eq!(attempts(&app).await, said(&[("first", "not_taken"), ("second", "accepted")]));

    // Where nobody takes it, it is tried again with an attempt of its own, and not before the ladder says so.
    second.is_now(Mood::Fails);
    let late = order(&app, "b").await;
    app.notify.run_due().await;
    assert_eq!((app.status(&late).await.as_str(), first.calls(), second.calls()), ("SMS_New", 2, 2));
    app.turn(1);
    app.notify.run_due().await;
    assert_eq!(first.calls(), 2);
    app.turn(30);
    second.is_now(Mood::Takes);
    app.notify.run_due().await;
    assert_eq!(app.status(&late).await, "SMS_Accepted");
}

/// Covers: NP-103
#[tokio::test]
async fn a_breaker_opens_lets_one_message_through_and_closes() {
    let (app, [first, second]) = two(Mood::Fails, Mood::Takes).await;
    for key in 0..5 {
        assert_eq!(app.post(SMS, &instant_sms(&key.to_string(), NUMBER)).await.status, StatusCode::CREATED);
    }
    let state = seen(&app, "first").await;
    assert_eq!((first.calls(), state.breaker, state.trips), (5, "open", 1));
    assert_eq!(state.trouble.as_deref(), Some("no connection"));
    order(&app, "a").await;
    app.turn(14);
    app.notify.run_due().await;
    assert_eq!((first.calls(), second.taken()), (5, 6));

    // After 15 seconds one message tries it, of however many; it fails, and the next pause is twice as long.
    app.turn(1);
    for key in ["b", "c", "d"] {
        order(&app, key).await;
    }
    app.notify.run_due().await;
    assert_eq!((first.calls(), seen(&app, "first").await.trips), (6, 2));
    app.turn(29);
    order(&app, "e").await;
    app.notify.run_due().await;
    assert_eq!(first.calls(), 6);

    app.turn(1);
    first.is_now(Mood::Takes);
    for key in ["f", "g"] {
        order(&app, key).await;
    }
    app.notify.run_due().await;
    let state = seen(&app, "first").await;
    assert_eq!((first.calls(), state.breaker, state.trips), (8, "closed", 0));
}

/// Covers: NP-103
#[tokio::test]
async fn another_node_knows_that_a_route_is_shut() {
    let gateways = [Scripted::new(Mood::Misconfigured), Scripted::new(Mood::Takes)];
    let routes = [route("first", &gateways[0], 100), route("second", &gateways[1], 0)];
    let outer = TestApp::start().await;
    let (one, other) = (outer.with_sms(&routes).await, outer.with_sms(&routes).await);
    assert_eq!(one.post(SMS, &instant_sms("a", NUMBER)).await.status, StatusCode::CREATED);
    // Otherwise by announcement, or by the look every few seconds.
    other.notify.run_due().await;
    assert_eq!(other.post(SMS, &instant_sms("b", NUMBER)).await.status, StatusCode::CREATED);
    assert_eq!((gateways[0].calls(), gateways[1].taken()), (1, 2));
}

/// Covers: NP-5, NP-26
#[tokio::test]
async fn a_hundred_rows_wait_for_the_right_password_and_are_then_sent() {
    let outer = TestApp::start().await;
    let wrong = outer.with_sms(&[outer.gateway_route("pswin", "forgotten")]).await;
    let mut shipments = Vec::new();
    for key in 0..100 {
        shipments.push(order(&wrong, &key.to_string()).await);
    }
    wrong.notify.run_due().await;
    let calls = outer.gateway.requests();
    // One went out to learn it; the others of its round had been taken from the queue, and went back.
    assert_eq!((calls, outer.sms_taken()), (1, 0));
    for shipment in &shipments {
        assert_eq!(wrong.status(shipment).await, "SMS_New");
    }
    let tries: Vec<i64> = jobs_tries(&wrong).await;
    assert_eq!((tries.len(), tries.iter().sum::<i64>()), (100, 0), "no message used up a try");
    let state = seen(&wrong, "pswin").await;
    assert_eq!((state.breaker, state.trips), ("open", 1));

    let right = outer.with_sms(&[outer.gateway_route("pswin", "demo")]).await;
    right.turn(15);
    right.notify.run_due().await;
    assert_eq!((outer.sms_taken(), seen(&right, "pswin").await.breaker), (100, "closed"));
}

async fn jobs_tries(app: &TestApp) -> Vec<i64> {
    let rows = app.store.read(|tx| tx.all("SELECT tries FROM jobs WHERE lane = 'notify.sms'", params![]));
    rows.await.map_err(|error: store::Error| error).expect("rows")
}

/// Covers: NP-4
#[tokio::test]
async fn patience_is_asked_of_one_route_only_and_is_no_failed_attempt() {
    let (app, [first, second]) = two(Mood::Limits(20), Mood::Takes).await;
    order(&app, "a").await;
    app.notify.run_due().await;
    order(&app, "b").await;
    app.notify.run_due().await;
    assert_eq!((first.calls(), second.taken()), (1, 2));

    // With nobody else, rows wait until then, and have used up no try.
    second.is_now(Mood::Limits(40));
    order(&app, "c").await;
    app.notify.run_due().await;
    assert_eq!((second.calls(), jobs_tries(&app).await), (3, vec![0]));
    app.turn(19);
    app.notify.run_due().await;
    assert_eq!((first.calls(), second.calls()), (1, 3));
    app.turn(1);
    first.is_now(Mood::Takes);
    app.notify.run_due().await;
    assert_eq!((first.taken(), second.calls()), (1, 3));
    assert_eq!(seen(&app, "first").await.breaker, "closed");
}

#[tokio::test]
async fn while_all_routes_are_shut_rows_stay_in_the_queue_untouched() {
    let (app, [first, second]) = two(Mood::Fails, Mood::Fails).await;
    for key in 0..5 {
        app.post(SMS, &instant_sms(&key.to_string(), NUMBER)).await;
    }
    assert_eq!((first.calls(), second.calls()), (5, 5));
    let shipment = order(&app, "a").await;
    app.notify.run_due().await;
    app.turn(10);
    app.notify.run_due().await;
    assert_eq!((first.calls(), second.calls(), jobs_tries(&app).await), (5, 5, vec![0]));
    let refused = app.post(SMS, &instant_sms("x", NUMBER)).await;
    assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!((first.calls(), second.calls()), (5, 5), "nobody was called for it");

    second.is_now(Mood::Takes);
    app.turn(5);
    app.notify.run_due().await;
    assert_eq!(app.status(&shipment).await, "SMS_Accepted");
}

#[tokio::test]
async fn a_route_is_not_used_faster_than_its_pace() {
    let gateway = Scripted::new(Mood::Takes);
    let mut only = route("only", &gateway, 100);
    only.terms.per_second = Some(10.0);
    let app = TestApp::start().await.with_sms(&[only]).await;
    for key in 0..20 {
        order(&app, &key.to_string()).await;
    }
    app.notify.run_due().await;
    assert_eq!(gateway.calls(), 8, "a fifth is kept for instant messages");
    assert_eq!(app.post(SMS, &instant_sms("x", NUMBER)).await.status, StatusCode::CREATED);
    app.turn(1);
    app.notify.run_due().await;
    assert_eq!(gateway.calls(), 17);
    app.turn(1);
    app.notify.run_due().await;
    assert_eq!(gateway.taken(), 21);
}

#[tokio::test]
async fn numbers_take_the_routes_that_serve_them() {
    let (home, abroad) = (Scripted::new(Mood::Takes), Scripted::new(Mood::Takes));
    let mut routes = [route("home", &home, 100), route("abroad", &abroad, 100)];
    routes[0].terms.prefixes = vec!["+47".to_owned()];
    routes[1].terms.prefixes = vec!["+46".to_owned(), "+45".to_owned()];
    let app = TestApp::start().await.with_sms(&routes).await;
    for key in ["a", "b", "c"] {
        order(&app, key).await;
    }
    app.post(ORDERS, &sms_order("d", "+46701740605")).await;
    app.notify.run_due().await;
    assert_eq!(app.post(SMS, &instant_sms("e", "+46701740605")).await.status, StatusCode::CREATED);
    assert_eq!((home.taken(), abroad.taken()), (3, 2));
}

#[tokio::test]
async fn operators_switch_routes_off_and_pin_them() {
    let (app, [first, second]) = two(Mood::Takes, Mood::Takes).await;
    let wish = |text: &str| Wish::parse(text).expect("a wish");
    app.notify
        .set_route("sms", "first", wish("off"), "operator kari")
        .await
        .expect("a store")
        .expect("a route");
    order(&app, "a").await;
    app.notify.run_due().await;
    assert_eq!((first.calls(), second.calls()), (0, 1));
    app.notify
        .set_route("sms", "first", wish("auto"), "operator kari")
        .await
        .expect("a store")
        .expect("a route");
    app.notify
        .set_route("sms", "second", wish("only"), "operator kari")
        .await
        .expect("a store")
        .expect("a route");
    order(&app, "b").await;
    app.notify.run_due().await;
    assert_eq!((first.calls(), second.calls(), seen(&app, "second").await.mode), (0, 2, "only"));
    assert_eq!(
        app.notify.set_route("sms", "third", wish("off"), "operator kari").await.expect("a store"),
        None
    );
}

#[tokio::test]
async fn reports_with_equal_references_reach_the_message_of_their_own_gateway() {
    let gateways = [Scripted::new(Mood::Takes), Scripted::new(Mood::Takes)];
    let routes = [route("first", &gateways[0], 100), route("second", &gateways[1], 0)];
    let outer = TestApp::start_with(|config| {
        let of = |name: &str, password| ReportAccount { route: Some(name.to_owned()), ..account(password) };
        config.report_accounts = vec![of("first", "report"), of("second", "next password")];
    });
    let app = outer.await.with_sms(&routes).await;
    let early = order(&app, "a").await;
    app.notify.run_due().await;
    app.notify
        .set_route("sms", "first", Wish::parse("off").expect("a wish"), "operator kari")
        .await
        .expect("a store");
    let late = order(&app, "b").await;
    app.notify.run_due().await;
    assert_eq!((gateways[0].taken(), gateways[1].taken()), (1, 1), "both gave the reference 1");

    // The account of `report` belongs to the first gateway.
    assert_eq!(app.report("1", "DELIVRD").await.status, StatusCode::OK);
    assert_eq!(app.status(&early).await, "SMS_Delivered");
    assert_eq!(app.status(&late).await, "SMS_Accepted");
}
