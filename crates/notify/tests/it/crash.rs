//! What is left when things break in the middle.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use http::StatusCode;
use simulators::mail_cloud;
use store::{Engine, Fault, FaultPoint, Faults, Options, Store, Tx, params};
use testkit::stores;

use crate::app::{PATIENCE, TestApp, email_order, instant_sms, sms_order};

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
    (stores::temporary_with(options), switch)
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
        assert_eq!(answer.json()["code"], "NOT-00004");
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
        app.store.read(|tx| tx.all("SELECT state FROM attempts", params![])).await.expect("rows");
    assert_eq!(states, ["unknown"]);
}

/// A store that loses the answer of commit number `next` from now on, counted from zero, and of as
/// many after it as `times` says.
fn forgetful(times: i64) -> (Store, Arc<AtomicI64>) {
    let next = Arc::new(AtomicI64::new(i64::MAX));
    let counter = Arc::clone(&next);
    let faults = Faults::new(move |point| {
        let strikes = point == FaultPoint::AfterCommit
            && (1 - times..=0).contains(&counter.fetch_sub(1, Ordering::SeqCst));
        if strikes { Fault::AnswerLost } else { Fault::Pass }
    });
    let options = Options { readers: 2, full_sync: false, faults };
    (stores::temporary_with(options), next)
}

async fn attempts(app: &TestApp) -> Vec<String> {
    app.store.read(|tx| tx.all("SELECT state FROM attempts", params![])).await.expect("rows")
}

/// The process dies between the commit that accepts an instant SMS and its hand-over: here, the answer
/// of that commit is lost however often it is asked for, so nobody goes on.
#[tokio::test]
async fn an_instant_sms_that_died_after_its_commit_is_in_doubt_and_never_sent_by_anybody() {
    let (store, next) = forgetful(1000);
    // An equal request waits for whoever may be handing over, and here nobody is.
    let app = TestApp::start_on(store, |config| config.instant_wait_seconds = 1).await;
    next.store(0, Ordering::SeqCst);
    let died = app.post(SMS, &instant_sms("a", "+4740000008")).await;
    // Not 503, after which nothing may be on record.
    assert_eq!(died.status, StatusCode::INTERNAL_SERVER_ERROR, "{}", died.text);
    next.store(i64::MAX, Ordering::SeqCst);

    let again = app.post(SMS, &instant_sms("a", "+4740000008")).await;
    assert_eq!(again.status, StatusCode::OK, "{}", again.text);
    assert_eq!(app.status(&again.shipment()).await, "SMS_Sending");
    app.turn(119);
    assert_eq!(app.notify.run_due().await, 0);
    app.turn(1);
    app.notify.run_due().await;
    assert_eq!((attempts(&app).await, app.gateway.requests()), (vec!["unknown".to_owned()], 0));
}

#[tokio::test]
async fn an_instant_sms_whose_commit_gave_no_answer_is_recognized_and_sent() {
    for lost in 0..2 {
        let (store, next) = forgetful(1);
        let app = TestApp::start_on(store, |_| ()).await;
        next.store(lost, Ordering::SeqCst);
        let first = app.post(SMS, &instant_sms("a", "+4740000008")).await;
        assert_eq!(first.status, StatusCode::CREATED, "{}", first.text);
        assert_eq!((attempts(&app).await, app.sms_taken()), (vec!["ended".to_owned()], 1));

        let again = app.post(SMS, &instant_sms("a", "+4740000008")).await;
        assert_eq!((again.status, &again.text), (StatusCode::OK, &first.text));
        assert_eq!(app.gateway.requests(), 1);
    }
}

#[tokio::test]
async fn an_instant_sms_that_was_not_taken_is_never_said_to_be_on_record() {
    let (store, next) = forgetful(1);
    let app = TestApp::start_on(store, |_| ()).await;
    next.store(1, Ordering::SeqCst);
    // The simulated gateway turns this number away twice.
    let refused = app.post(SMS, &instant_sms("a", "+4740000005")).await;
    assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE, "{}", refused.text);
    assert_eq!(app.get("/orders?sendersReference=innlogging-91f2").await.json()["count"], 0);
}

#[tokio::test]
async fn whichever_commit_gives_no_answer_an_sms_is_sent_once() {
    for lost in 0..8 {
        let (store, next) = forgetful(1);
        let app = TestApp::start_on(store, |_| ()).await;
        let shipment = app.post("/future/orders", &sms_order("a", "+4740000008")).await.shipment();
        next.store(lost, Ordering::SeqCst);
        for _ in 0..4 {
            app.notify.run_due().await;
            app.turn(150);
        }
        let status = app.status(&shipment).await;
        assert!(["SMS_Accepted", "SMS_Delivered"].contains(&status.as_str()), "{lost}: {status}");
        assert_eq!(app.gateway.requests(), 1, "{lost}");
    }
}

#[tokio::test]
async fn whichever_commit_gives_no_answer_an_email_is_posted_once_and_followed() {
    for lost in 0..8 {
        let (store, next) = forgetful(1);
        let app = TestApp::start_on(store, |_| ()).await.with_cloud(mail_cloud::Settings::default()).await;
        let order = email_order("a", "silent@fjord.example");
        let shipment = app.post("/future/orders", &order).await.shipment();
        next.store(lost, Ordering::SeqCst);
        for _ in 0..4 {
            app.notify.run_due().await;
            app.turn(150);
        }
        assert_eq!(app.status(&shipment).await, "Email_Succeeded", "{lost}");
        assert_eq!(app.cloud().captured().total(), 1, "{lost}");
    }
}

#[tokio::test]
async fn an_order_that_cannot_be_read_is_set_aside_and_not_tried_for_ever() {
    let app = TestApp::start().await;
    app.post("/future/orders", &sms_order("a", "+4740000008")).await.shipment();
    let spoil = |tx: &mut Tx<'_>| tx.execute("UPDATE notify_orders SET texts = '?'", params![]);
    app.store.write(spoil).await.expect("a row");
    for _ in 0..20 {
        app.notify.run_due().await;
        app.turn(10);
    }
    let buried = app.store.read(|tx| jobs::buried(tx, 10)).await.expect("a list");
    assert_eq!((buried.len(), buried[0].tries), (1, 10));
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
    let lost = move |tx: &mut Tx<'_>| {
        tx.execute("UPDATE notify_orders SET state = 'processing'", params![])?;
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
    let kept = app.lose_the_worker_during_the_call("pswin").await;
    app.turn(120);
    app.notify.run_due().await;
    assert_eq!((app.sms_taken(), app.status(&shipment).await.as_str()), (0, "SMS_Sending"));
    let state: String = app
        .store
        .read(move |tx| tx.one("SELECT state FROM attempts WHERE subject = $1", params![kept]))
        .await
        .expect("a row");
    assert_eq!(state, "unknown");
}

impl TestApp {
    /// Leaves the rows as they are on disk when a process dies during the call: an attempt without an
    /// end, and a job in hands that are no more. Answers the notification's id.
    pub async fn lose_the_worker_during_the_call(&self, route: &'static str) -> uuid::Uuid {
        let now = self.clock.now();
        let subject = uuid::Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0001);
        let attempt = types::ids::AttemptId::new(subject);
        self.store
            .write(move |tx| {
                let (order, creator): (types::ids::OrderId, String) =
                    tx.one("SELECT id, creator FROM notify_orders", params![])?;
                tx.execute("DELETE FROM jobs", params![])?;
                tx.execute("UPDATE notify_orders SET state = 'processed'", params![])?;
                tx.execute(
                    "INSERT INTO notify_notifications (id, order_id, creator, channel, result, final,
                        destination, expires, doubt, created, changed)
                     VALUES ($1, $2, $3, 'sms', 'Sending', 0, '+4740000008', $4, 0, $5, $5)",
                    params![subject, order, creator, now + jiff::SignedDuration::from_hours(48), now],
                )?;
                let intent = jobs::ledger::Intent { id: attempt, owner: &creator, subject, route };
                jobs::ledger::begin(tx, &intent, now)?;
                tx.execute(
                    "INSERT INTO jobs (id, lane, due, kind, owner, payload, fence, tries, created)
                     VALUES ($1, 'notify.sms', $2, 'notify.send_sms', $3, $4, 1, 1, $2)",
                    params![subject, now, creator, format!("{{\"notification\":\"{subject}\"}}")],
                )?;
                Ok::<_, store::Error>(subject)
            })
            .await
            .expect("rows")
    }
}

/// What makes the database refuse every reminder.
fn refuse_reminders(tx: &mut Tx<'_>) -> Result<(), store::Error> {
    let steps: &[&str] = match tx.engine() {
        Engine::Sqlite => &["CREATE TRIGGER refuse_reminders BEFORE INSERT ON notify_orders
            WHEN NEW.kind = 'reminder' BEGIN SELECT RAISE(ABORT, 'no reminders'); END"],
        Engine::Postgres => &[
            "CREATE FUNCTION refuse_reminder() RETURNS trigger LANGUAGE plpgsql AS
                'BEGIN RAISE EXCEPTION ''no reminders''; END'",
            "CREATE TRIGGER refuse_reminders BEFORE INSERT ON notify_orders FOR EACH ROW
                WHEN (NEW.kind = 'reminder') EXECUTE FUNCTION refuse_reminder()",
        ],
    };
    steps.iter().try_for_each(|step| tx.execute(step, params![]).map(|_| ()))
}

fn allow_reminders(tx: &mut Tx<'_>) -> Result<(), store::Error> {
    let step = match tx.engine() {
        Engine::Sqlite => "DROP TRIGGER refuse_reminders",
        Engine::Postgres => "DROP TRIGGER refuse_reminders ON notify_orders",
    };
    tx.execute(step, params![]).map(|_| ())
}

/// Covers: NA-87
#[tokio::test]
async fn a_chain_whose_reminder_cannot_be_stored_is_not_stored_at_all() {
    let app = TestApp::start().await;
    let mut body = sms_order("a", "+4740000008");
    let reminder = sms_order("", "+4740000008")["recipient"].clone();
    body["reminders"] = serde_json::json!([{ "delayDays": 1, "recipient": reminder }]);
    app.store.write(refuse_reminders).await.expect("a trigger");

    let answer = app.post("/future/orders", &body).await;
    assert!(answer.status.is_server_error(), "{}", answer.text);
    for table in ["notify_orders", "notify_chains", "notify_timeline", "jobs"] {
        let sql = format!("SELECT count(*) FROM {table}");
        let rows: i64 = app.store.read(move |tx| tx.one(&sql, params![])).await.expect("a count");
        assert_eq!(rows, 0, "{table}");
    }
    app.notify.run_due().await;
    assert_eq!(app.gateway.requests(), 0);

    app.store.write(allow_reminders).await.expect("no trigger");
    assert_eq!(app.post("/future/orders", &body).await.status, StatusCode::CREATED);
}
