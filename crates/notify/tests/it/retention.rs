//! What goes when it has been kept long enough.

use http::StatusCode;
use jiff::SignedDuration;
use store::{Tx, params};
use types::retention::Kept;

use crate::app::{TestApp, instant_sms, sms_order};

const SMS: &str = "/future/orders/instant/sms";
const DAY: u64 = 24 * 3_600;
/// The gateway refuses it, so that its order is at its end at once.
const NUMBER: &str = "+4740000011";

async fn orders(app: &TestApp, days: i64) -> Kept {
    let at = app.clock.now().checked_add(SignedDuration::from_hours(days * 24)).expect("a moment");
    let all = app.notify.kept(at).await.expect("a store");
    all.into_iter().find(|kept| kept.kind == "orders").expect("orders")
}

/// How many rows of each table there are.
async fn rows(app: &TestApp) -> Vec<i64> {
    let count = |tx: &mut Tx<'_>| {
        [
            "SELECT count(*) FROM notify_notifications",
            "SELECT count(*) FROM notify_log",
            "SELECT count(*) FROM notify_timeline",
            "SELECT count(*) FROM attempts",
            "SELECT count(*) FROM notify_orders",
        ]
        .into_iter()
        .map(|sql| tx.one::<i64>(sql, params![]))
        .collect::<Result<Vec<_>, store::Error>>()
    };
    app.store.read(count).await.expect("counts")
}

#[tokio::test]
async fn an_order_that_has_ended_goes_with_all_that_was_noted_about_it_but_its_key() {
    let app = TestApp::start_with(|config| config.keep_orders_days = 30).await;
    let ended = app.post(SMS, &instant_sms("ended", NUMBER)).await;
    assert_eq!(ended.status, StatusCode::CREATED, "{}", ended.text);
    let mut later = sms_order("later", "+4740000008");
    later["requestedSendTime"] = app.in_seconds(90 * DAY.cast_signed()).into();
    let later = app.post("/future/orders", &later).await.shipment();
    let handed_over = app.gateway.requests();

    let now = orders(&app, 0).await;
    assert_eq!((now.due, now.days, now.bytes), (Some(0), Some(30), None));
    let then = orders(&app, 31).await;
    assert_eq!(then.due, Some(1), "{then:?}");
    assert!(then.bytes.is_some_and(|bytes| bytes > 0), "{then:?}");

    app.turn(31 * DAY);
    app.notify.run_due().await;
    let gone = app.get(&format!("/future/shipment/{}", ended.shipment())).await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND, "{}", gone.text);
    assert_eq!(app.manifest(&later).await["status"], "Order_Registered");
    let left = rows(&app).await;
    assert_eq!((&left[..2], left[3], left[4]), (&[0, 0][..], 0, 1), "{left:?}");
    assert_eq!(orders(&app, 0).await.due, Some(0));

    let again = app.post(SMS, &instant_sms("ended", NUMBER)).await;
    assert_eq!((again.status, again.shipment()), (StatusCode::OK, ended.shipment()));
    assert_eq!(app.gateway.requests(), handed_over, "what was forgotten was sent again");
}

#[tokio::test]
async fn nothing_goes_unless_it_is_configured() {
    let app = TestApp::start().await;
    let ended = app.post(SMS, &instant_sms("ended", NUMBER)).await;
    app.turn(400 * DAY);
    app.notify.run_due().await;
    assert_eq!(app.get(&format!("/future/shipment/{}", ended.shipment())).await.status, StatusCode::OK);
    let kept = orders(&app, 0).await;
    assert_eq!((kept.days, kept.before, kept.due), (None, None, Some(0)));
}
