//! However much is stored, nothing reads a whole table to find what it needs.

use http::StatusCode;
use notify::overview;
use serde_json::json;
use store::{Error, PostgresConfig, Tx, params};
use testkit::stores::{self, Database};

use crate::app::{FJORD, KARI, TestApp, instant_email, instant_sms, person_order, sms_order};

const ORDERS: &str = "/future/orders";
const SMS: &str = "/future/orders/instant/sms";

const WHOLE: &str = "SELECT relname, seq_scan FROM pg_stat_user_tables
    WHERE relname LIKE 'notify_%' OR relname = 'attempts' ORDER BY relname";
const TOUCHED: &str = "SELECT count(*) FROM pg_stat_user_tables
    WHERE relname LIKE 'notify_%' AND idx_scan > 0";

/// PostgreSQL, told to read whole tables only where there is no other way, counts how often it did. One
/// connection writes and one reads, so that each can be asked for its counts.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_query_reads_a_whole_table() {
    let database = Database::new();
    let address = format!("{}?sslmode=disable", database.url());
    let config = PostgresConfig { writers: 1, readers: 1, ..PostgresConfig::at(address) };
    let store = database.connect_by(&config, &stores::in_a_hurry());
    let app = TestApp::start_on(store, |config| config.email_delivered_after_seconds = Some(600)).await;
    let (before, _) = counts(&app).await;

    do_everything(&app).await;

    let (after, touched) = counts(&app).await;
    assert_eq!(before, after);
    assert!(touched >= 10, "only {touched} tables were touched at all");
}

/// How often each table was read as a whole, and how many were read by an index.
async fn counts(app: &TestApp) -> (Vec<(String, i64)>, i64) {
    let flush = |tx: &mut Tx<'_>| tx.execute("SELECT pg_stat_force_next_flush()", params![]);
    app.store.write(flush).await.expect("counts of the writer");
    app.store.read(flush).await.expect("counts of the reader");
    let read = |tx: &mut Tx<'_>| Ok::<_, Error>((tx.all(WHOLE, params![])?, tx.one(TOUCHED, params![])?));
    app.store.read(read).await.expect("counts")
}

/// Every endpoint, lane and sweep once or more.
async fn do_everything(app: &TestApp) {
    let sent = app.post(ORDERS, &sms_order("a", "+4740000008")).await.shipment();
    assert_eq!(app.post(ORDERS, &sms_order("a", "+4740000008")).await.status, StatusCode::OK);
    app.post(ORDERS, &person_order("b", KARI, "EmailAndSms")).await.shipment();
    let organization = json!({ "idempotencyId": "c", "recipient": { "recipientOrganization": {
        "orgNumber": FJORD, "channelSchema": "Email", "emailSettings": { "subject": "Hei", "body": "Hei" },
    } } });
    app.post(ORDERS, &organization).await.shipment();
    let mut later = sms_order("d", "+4740000008");
    later["requestedSendTime"] = app.in_seconds(3600).into();
    let later = app.post(ORDERS, &later).await.shipment();
    assert_eq!(app.put(&format!("/orders/{later}/cancel")).await.status, StatusCode::OK);

    for key in ["a", "a", "b"] {
        assert!(app.post(SMS, &instant_sms(key, "+4740000009")).await.status.is_success());
    }
    app.post(SMS, &instant_sms("c", "+4740000014")).await;
    app.post("/future/orders/instant/email", &instant_email("d", "kari@fjord.example")).await.shipment();
    app.notify.run_due().await;
    app.report(&app.last_reference(), "DELIVRD").await;
    app.report("nobody knows this", "DELIVRD").await;

    app.feed("orderBy=desc").await;
    app.manifest(&sent).await;
    for path in ["", "/status", "/notifications/sms", "/notifications/email"] {
        assert_eq!(app.get(&format!("/orders/{sent}{path}")).await.status, StatusCode::OK, "{path}");
    }
    app.get("/orders?sendersReference=sak-7781").await;
    let seen = app.store.read(|tx| {
        overview::orders_by_state(tx)?;
        overview::notifications_by_result(tx)?;
        overview::latest_shipments(tx, 10)
    });
    let seen: Result<_, Error> = seen.await;
    assert_eq!(seen.map(|seen| seen.len()).map_err(|error| error.to_string()), Ok(7));

    // Silence, expiry, and the end of the feed's time.
    for seconds in [700, 50 * 3600, 91 * 24 * 3600] {
        app.turn(seconds);
        app.notify.run_due().await;
    }
}
