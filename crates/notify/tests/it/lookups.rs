//! Doubt about what a gateway has, where the gateway can be asked.

use std::sync::Arc;

use http::StatusCode;
use notify::config::InDoubt;
use notify::routes::shown;
use store::params;

use crate::app::{TestApp, instant_sms, sms_order};
use crate::scripted::{Mood, Scripted, route};

const ORDERS: &str = "/future/orders";
const SMS: &str = "/future/orders/instant/sms";
const NUMBER: &str = "+4740000008";

async fn one(gateway: &Arc<Scripted>, policy: InDoubt) -> TestApp {
    let outer = TestApp::start_with(|config| config.sms_in_doubt = policy).await;
    outer.with_sms(&[route("only", gateway, 100)]).await
}

async fn outcomes(app: &TestApp) -> Vec<String> {
    let rows = app.store.read(|tx| tx.all("SELECT outcome FROM attempts ORDER BY id", params![]));
    rows.await.map_err(|error: store::Error| error).expect("rows")
}

#[tokio::test]
async fn a_gateway_that_has_the_message_says_so_and_nothing_is_repeated() {
    let gateway = Scripted::that_can_be_asked(Mood::TakesInSilence);
    let app = one(&gateway, InDoubt::RepeatOnce).await;
    let answer = app.post(SMS, &instant_sms("a", NUMBER)).await;
    assert_eq!(answer.status, StatusCode::CREATED);
    assert_eq!(app.status(&answer.shipment()).await, "SMS_Accepted");
    let shipment = app.post(ORDERS, &sms_order("b", NUMBER)).await.shipment();
    app.notify.run_due().await;
    assert_eq!(app.status(&shipment).await, "SMS_Accepted");
    app.turn(200);
    app.notify.run_due().await;
    assert_eq!((gateway.calls(), outcomes(&app).await), (2, vec!["accepted".to_owned(); 2]));
    let reference: String = app
        .store
        .read(|tx| tx.one("SELECT reference FROM notify_notifications ORDER BY id LIMIT 1", params![]))
        .await
        .map_err(|error: store::Error| error)
        .expect("a row");
    assert!(reference.starts_with("found-"), "{reference}");
}

#[tokio::test]
async fn a_gateway_that_twice_does_not_know_the_message_is_given_it_again() {
    for policy in [InDoubt::Stop, InDoubt::RepeatOnce] {
        let gateway = Scripted::that_can_be_asked(Mood::LosesInSilence);
        let app = one(&gateway, policy).await;
        let shipment = app.post(ORDERS, &sms_order("a", NUMBER)).await.shipment();
        app.notify.run_due().await;
        assert_eq!(app.status(&shipment).await, "SMS_Sending");
        gateway.is_now(Mood::Takes);
        app.turn(4);
        app.notify.run_due().await;
        assert_eq!((gateway.calls(), outcomes(&app).await), (1, vec!["not_known".to_owned()]));
        app.turn(1);
        app.notify.run_due().await;
        assert_eq!(app.status(&shipment).await, "SMS_Accepted");
        assert_eq!(outcomes(&app).await, ["not_taken", "accepted"]);
        assert_eq!((gateway.calls(), gateway.taken()), (2, 1));
    }
}

#[tokio::test]
async fn a_message_that_comes_to_light_after_the_first_question_is_not_repeated() {
    let gateway = Scripted::that_can_be_asked(Mood::LosesInSilence);
    let app = one(&gateway, InDoubt::RepeatOnce).await;
    let shipment = app.post(ORDERS, &sms_order("a", NUMBER)).await.shipment();
    app.notify.run_due().await;
    gateway.finds(gateway.handed()[0].attempt);
    app.turn(5);
    app.notify.run_due().await;
    assert_eq!((app.status(&shipment).await.as_str(), gateway.calls()), ("SMS_Accepted", 1));
}

/// Covers: NP-8
#[tokio::test]
async fn a_hand_over_whose_worker_was_lost_ends_without_a_duplicate() {
    for has_it in [true, false] {
        let gateway = Scripted::that_can_be_asked(Mood::Takes);
        let app = one(&gateway, InDoubt::Stop).await;
        let shipment = app.post(ORDERS, &sms_order("a", NUMBER)).await.shipment();
        let lost = app.lose_the_worker_during_the_call("only").await;
        if has_it {
            gateway.finds(types::ids::AttemptId::new(lost));
        }
        app.turn(120);
        app.notify.run_due().await;
        app.turn(5);
        app.notify.run_due().await;
        assert_eq!(app.status(&shipment).await, "SMS_Accepted");
        assert_eq!((gateway.calls(), gateway.taken()), (usize::from(!has_it), 1));
    }
}

/// Covers: NP-9
#[tokio::test]
async fn where_nobody_can_be_asked_the_policy_decides() {
    for (policy, calls) in [(InDoubt::Stop, 1), (InDoubt::RepeatOnce, 2)] {
        let gateway = Scripted::new(Mood::TakesInSilence);
        let app = one(&gateway, policy).await;
        let shipment = app.post(ORDERS, &sms_order("a", NUMBER)).await.shipment();
        app.notify.run_due().await;
        app.turn(59);
        app.notify.run_due().await;
        assert_eq!(gateway.calls(), 1);
        for _ in 0..5 {
            app.turn(60);
            app.notify.run_due().await;
        }
        assert_eq!((gateway.calls(), app.status(&shipment).await.as_str()), (calls, "SMS_Sending"));
        let risks: Vec<i64> = shown(&app.notify).await.iter().map(|route| route.duplicate_risks).collect();
        assert_eq!(risks[0], i64::try_from(calls).expect("a few") - 1);
    }
}
