//! The service at work by itself, and what an operator sees of it.

use http::StatusCode;
use notify::overview;
use tokio_util::sync::CancellationToken;
use types::Roles;

use crate::app::{PATIENCE, TestApp, email_order, instant_sms, sms_order};

#[tokio::test]
async fn lanes_work_when_rung_and_stop_when_told() {
    // Nobody looks by himself for an hour, so what is done was rung for.
    let app = TestApp::start_with(|config| config.poll_every_milliseconds = 3_600_000).await;
    let stop = CancellationToken::new();
    let (notify, stopping) = (app.notify.clone(), stop.clone());
    let running = tokio::spawn(async move { notify.run(Roles::all(), stopping).await });

    let sms = app.post("/future/orders", &sms_order("a", "+4740000001")).await;
    let email = app.post("/future/orders", &email_order("b", "kari@fjord.example")).await;
    app.wait_for(&sms.shipment(), "Order_Completed").await;
    app.wait_for(&email.shipment(), "Order_Processed").await;
    app.mail.captured().wait_for(|_| true, PATIENCE).await.expect("mail");

    stop.cancel();
    tokio::time::timeout(PATIENCE, running).await.expect("it stops").expect("no panic");
    // What comes after the end is still accepted, and waits for the next start.
    let later = app.post("/future/orders", &sms_order("c", "+4740000001")).await;
    assert_eq!(app.manifest(&later.shipment()).await["status"], "Order_Registered");
    app.notify.run_due().await;
    app.wait_for(&later.shipment(), "Order_Completed").await;
}

#[tokio::test]
async fn an_operator_sees_shipments_and_counts_but_no_addresses() {
    let app = TestApp::start().await;
    let sent = app.post("/future/orders/instant/sms", &instant_sms("a", "+4740000008")).await;
    let waiting = app.post("/future/orders", &sms_order("b", "+4740000008")).await;
    assert_eq!((sent.status, waiting.status), (StatusCode::CREATED, StatusCode::CREATED));

    let read = app.store.read(|tx| {
        let shipments = overview::latest_shipments(tx, 10)?;
        Ok::<_, store::Error>((
            overview::timeline_of(tx, shipments[0].id)?,
            shipments,
            overview::orders_by_state(tx)?,
            overview::notifications_by_result(tx)?,
            overview::backlog(tx)?,
        ))
    });
    let (timeline, shipments, states, results, backlog) = read.await.expect("rows");

    assert_eq!(shipments.len(), 2);
    assert!(!format!("{shipments:?}").contains("40000008"));
    let (registered, processed) = ("registered".to_owned(), "processed".to_owned());
    assert_eq!(states, [(processed, 1), (registered, 1)]);
    assert_eq!(results, [("sms".to_owned(), "Accepted".to_owned(), 1)]);
    assert_eq!(backlog, [("notify.orders".to_owned(), 1)]);
    let order = shipments.iter().find(|shipment| shipment.kind == notify::orders::Kind::Notification);
    assert_eq!(order.expect("the order").id.to_string(), waiting.shipment());
    assert!(timeline.len() <= 1);
}
