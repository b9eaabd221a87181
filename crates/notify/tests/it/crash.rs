//! What is left when things break in the middle.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use http::StatusCode;
use store::{Fault, FaultPoint, Faults, Options, Store};

use crate::app::{PATIENCE, TestApp, instant_sms, sms_order};

const SMS: &str = "/future/orders/instant/sms";

/// A store whose disk is full while the switch is on.
fn breakable() -> (Store, Arc<AtomicBool>) {
    let switch = Arc::new(AtomicBool::new(false));
    let full = Arc::clone(&switch);
    let faults = Faults::new(move |point| {
        let strikes = full.load(Ordering::SeqCst) && point == FaultPoint::BeforeCommit;
        if strikes { Fault::DiskFull } else { Fault::Pass }
    });
    let options = Options { readers: 2, full_sync: false, faults };
    (Store::temporary_with(options).expect("a store"), switch)
}

#[tokio::test]
async fn a_full_disk_is_told_and_nothing_is_half_done() {
    let (store, full) = breakable();
    let app = TestApp::start_on(store, |_| ()).await;
    full.store(true, Ordering::SeqCst);
    for (path, body) in
        [("/future/orders", sms_order("a", "+4740000008")), (SMS, instant_sms("a", "+4740000008"))]
    {
        let answer = app.post(path, &body).await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{}", answer.text);
        assert_eq!(answer.json()["status"], 503);
    }
    assert_eq!(app.gateway.requests(), 0);

    full.store(false, Ordering::SeqCst);
    assert_eq!(app.post("/future/orders", &sms_order("a", "+4740000008")).await.status, StatusCode::CREATED);
    assert_eq!(app.post(SMS, &instant_sms("a", "+4740000008")).await.status, StatusCode::CREATED);
}

/// Covers: NA-122
#[tokio::test]
async fn a_disk_that_fails_after_the_hand_over_causes_no_second_message() {
    let (store, full) = breakable();
    let app = Arc::new(TestApp::start_on(store, |_| ()).await);
    // The simulated gateway takes three seconds over this number, but we wait two: the disk fills
    // after the first commit and before the answer is known.
    let (asking, token) = (Arc::clone(&app), app.bym());
    let first =
        tokio::spawn(async move { asking.post_as(&token, SMS, &instant_sms("a", "+4740000015")).await });
    app.gateway.captured().wait_for(|sms| sms.taken, PATIENCE).await.expect("a hand-over");
    full.store(true, Ordering::SeqCst);
    let first = first.await.expect("no panic");
    assert_eq!(first.status, StatusCode::CREATED, "{}", first.text);

    full.store(false, Ordering::SeqCst);
    let again = app.post(SMS, &instant_sms("a", "+4740000015")).await;
    assert_eq!((again.status, &again.text), (StatusCode::OK, &first.text));
    app.turn(200);
    app.notify.run_due().await;
    assert_eq!(app.gateway.requests(), 1);
    let states: Vec<String> =
        app.store.read(|tx| tx.all("SELECT state FROM attempts", store::params![])).await.expect("rows");
    assert_eq!(states, ["unknown"]);
}

/// The process dies between the commit that accepts an instant SMS and its hand-over: here, the answer
/// of that commit is lost, so nobody goes on.
#[tokio::test]
async fn an_instant_sms_that_died_after_its_commit_is_in_doubt_and_never_sent_by_anybody() {
    let lose = Arc::new(AtomicBool::new(false));
    let losing = Arc::clone(&lose);
    let faults = Faults::new(move |point| {
        let strikes = point == FaultPoint::AfterCommit && losing.swap(false, Ordering::SeqCst);
        if strikes { Fault::AnswerLost } else { Fault::Pass }
    });
    let options = Options { readers: 2, full_sync: false, faults };
    let app = TestApp::start_on(Store::temporary_with(options).expect("a store"), |_| ()).await;
    lose.store(true, Ordering::SeqCst);
    let died = app.post(SMS, &instant_sms("a", "+4740000008")).await;
    assert!(died.status.is_server_error());

    let again = app.post(SMS, &instant_sms("a", "+4740000008")).await;
    assert_eq!(again.status, StatusCode::OK, "{}", again.text);
    assert_eq!(app.status(&again.shipment()).await, "SMS_Sending");
    app.turn(119);
    assert_eq!(app.notify.run_due().await, 0);
    app.turn(1);
    app.notify.run_due().await;
    let states: Vec<String> =
        app.store.read(|tx| tx.all("SELECT state FROM attempts", store::params![])).await.expect("rows");
    assert_eq!((states, app.gateway.requests()), (vec!["unknown".to_owned()], 0));
}

/// Covers: NA-187
#[tokio::test]
async fn an_order_whose_worker_was_lost_is_finished_by_the_next() {
    let app = TestApp::start().await;
    let shipment = app.post("/future/orders", &sms_order("a", "+4740000008")).await.shipment();
    // A worker takes the order and is never heard of again.
    let claim = jobs::Claim {
        worker: "lost".to_owned(),
        now: app.clock.now(),
        lease: std::time::Duration::from_secs(60),
    };
    let lost = move |tx: &mut store::Tx<'_>| {
        tx.execute("UPDATE notify_orders SET state = 'processing'", store::params![])?;
        jobs::claim(tx, notify::ORDERS, &claim, 10)
    };
    let taken = app.store.write(lost).await;
    assert_eq!(taken.map(|taken| taken.len()).map_err(|error: store::Error| error.to_string()), Ok(1));

    app.notify.run_due().await;
    assert_eq!(app.sms_taken(), 0);
    app.turn(60);
    app.notify.run_due().await;
    assert_eq!((app.sms_taken(), app.status(&shipment).await.as_str()), (1, "SMS_Accepted"));
}

/// Covers: NP-11
#[tokio::test]
async fn a_hand_over_whose_worker_was_lost_is_in_doubt_and_not_repeated() {
    let app = TestApp::start().await;
    let shipment = app.post("/future/orders", &sms_order("a", "+4740000008")).await.shipment();
    let kept = app.lose_the_worker_during_the_call().await;
    app.turn(120);
    app.notify.run_due().await;
    assert_eq!((app.sms_taken(), app.status(&shipment).await.as_str()), (0, "SMS_Sending"));
    let state: String = app
        .store
        .read(move |tx| tx.one("SELECT state FROM attempts WHERE subject = $1", store::params![kept]))
        .await
        .expect("a row");
    assert_eq!(state, "unknown");
}

impl TestApp {
    /// Leaves the rows as they are on disk when a process dies during the call: an attempt without an
    /// end, and a job in hands that are no more. Answers the notification's id.
    async fn lose_the_worker_during_the_call(&self) -> uuid::Uuid {
        let now = self.clock.now();
        let subject = uuid::Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0001);
        let attempt = types::ids::AttemptId::new(subject);
        self.store
            .write(move |tx| {
                let (order, creator): (types::ids::OrderId, String) =
                    tx.one("SELECT id, creator FROM notify_orders", store::params![])?;
                tx.execute("DELETE FROM jobs", store::params![])?;
                tx.execute("UPDATE notify_orders SET state = 'processed'", store::params![])?;
                tx.execute(
                    "INSERT INTO notify_notifications (id, order_id, creator, channel, result, final,
                        destination, expires, doubt, created, changed)
                     VALUES ($1, $2, $3, 'sms', 'Sending', 0, '+4740000008', $4, 0, $5, $5)",
                    store::params![subject, order, creator, now + jiff::SignedDuration::from_hours(48), now],
                )?;
                let route = "pswin";
                let intent = jobs::ledger::Intent { id: attempt, owner: &creator, subject, route };
                jobs::ledger::begin(tx, &intent, now)?;
                tx.execute(
                    "INSERT INTO jobs (id, lane, due, kind, owner, payload, fence, tries, created)
                     VALUES ($1, 'notify.sms', $2, 'notify.send_sms', $3, $4, 1, 1, $2)",
                    store::params![subject, now, creator, format!("{{\"notification\":\"{subject}\"}}")],
                )?;
                Ok::<_, store::Error>(subject)
            })
            .await
            .expect("rows")
    }
}
