//! Several nodes on one database: what one does, another knows, and nothing is done twice.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use serde_json::{Value, json};
use store::params;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use types::Roles;
use types::time::Clock;

use crate::app::{Answer, PATIENCE, TestApp, instant_sms, sms_order};

const ORDERS: &str = "/future/orders";
const SMS: &str = "/future/orders/instant/sms";
/// An organization whose addresses the tests choose.
const VIDDE: &str = "310000027";

/// Two nodes of one service.
pub async fn two() -> [Arc<TestApp>; 2] {
    let first = TestApp::start().await;
    let second = first.another().await;
    [Arc::new(first), Arc::new(second)]
}

/// Posts bodies side by side, in turns to each node.
pub async fn post_to_all(nodes: &[Arc<TestApp>], path: &'static str, bodies: Vec<Value>) -> Vec<Answer> {
    let token = nodes[0].bym();
    let mut all = JoinSet::new();
    for (node, body) in nodes.iter().cycle().zip(bodies) {
        let (node, token) = (Arc::clone(node), token.clone());
        all.spawn(async move { node.post_as(&token, path, &body).await });
    }
    all.join_all().await
}

/// A node whose clock shows so many seconds more, or fewer, than another's.
async fn with_clock_off_by(app: &TestApp, seconds: i64) -> TestApp {
    let clock = Clock::stepped(app.clock.now() + jiff::SignedDuration::from_secs(seconds));
    app.another_with_clock(clock).await
}

pub async fn count(app: &TestApp, sql: &'static str) -> i64 {
    app.store
        .read(move |tx| tx.one(sql, params![]))
        .await
        .map_err(|error: store::Error| error)
        .expect("a count")
}

/// An order of SMS to every number of [`VIDDE`].
async fn order_to_numbers(app: &TestApp, key: &str, numbers: &[String]) -> String {
    let confirmed = json!({ "organizations": [
        { "organizationNumber": VIDDE, "name": "Vidde kommune", "mobiles": numbers },
    ] });
    app.import(&confirmed).await;
    let body = json!({ "idempotencyId": key, "recipient": { "recipientOrganization": {
        "orgNumber": VIDDE, "channelSchema": "Sms",
        "smsSettings": { "body": "Husk fristen.", "sendingTimePolicy": "Anytime" },
    } } });
    let answer = app.post(ORDERS, &body).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
    answer.shipment()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_fifty_equal_requests_to_two_nodes_one_hands_over() {
    let nodes = two().await;
    let answers = post_to_all(&nodes, SMS, vec![instant_sms("a", "+4740000008"); 50]).await;

    let made = answers.iter().filter(|answer| answer.status == StatusCode::CREATED).count();
    let repeated = answers.iter().filter(|answer| answer.status == StatusCode::OK).count();
    assert_eq!(
        (made, repeated),
        (1, 49),
        "{:?}",
        answers.iter().map(|answer| answer.status).collect::<Vec<_>>()
    );
    assert!(answers.iter().all(|answer| answer.text == answers[0].text));
    assert_eq!(nodes[0].gateway.requests(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_fifty_equal_orders_to_two_nodes_one_is_registered() {
    let nodes = two().await;
    let answers = post_to_all(&nodes, ORDERS, vec![sms_order("a", "+4740000008"); 50]).await;

    let made = answers.iter().filter(|answer| answer.status == StatusCode::CREATED).count();
    assert_eq!(made, 1);
    assert!(answers.iter().all(|answer| answer.text == answers[0].text));
    assert_eq!(count(&nodes[1], "SELECT count(*) FROM notify_orders").await, 1);
    assert_eq!(count(&nodes[1], "SELECT count(*) FROM jobs").await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_different_orders_at_once_are_all_registered() {
    let nodes = two().await;
    // Every key twice, so that commits of both nodes meet at many keys.
    let bodies = (0..80).map(|n| sms_order(&format!("{}", n / 2), "+4740000008")).collect();
    let answers = post_to_all(&nodes, ORDERS, bodies).await;

    let shipments: HashSet<_> = answers.iter().map(Answer::shipment).collect();
    assert_eq!(shipments.len(), 40);
    let made = answers.iter().filter(|answer| answer.status == StatusCode::CREATED).count();
    assert_eq!(made, 40);
    assert_eq!(count(&nodes[0], "SELECT count(*) FROM notify_timeline").await, 40);
}

/// The simulated gateway turns this number away: the message is off the record again, and whoever waited
/// on the other node must not be told otherwise.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_node_could_not_hand_over_no_node_says_is_on_record() {
    let nodes = two().await;
    let answers = post_to_all(&nodes, SMS, vec![instant_sms("a", "+4740000014"); 8]).await;

    for answer in answers {
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{}", answer.text);
    }
    assert_eq!(nodes[1].get("/orders?sendersReference=innlogging-91f2").await.json()["count"], 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_repetition_on_another_node_waits_for_the_hand_over() {
    let nodes = two().await;
    // The simulated gateway takes three seconds over this number, but we wait two.
    let (node, token) = (Arc::clone(&nodes[0]), nodes[0].bym());
    let first =
        tokio::spawn(async move { node.post_as(&token, SMS, &instant_sms("a", "+4740000015")).await });
    nodes[0].gateway.captured().wait_for(|sms| sms.taken, PATIENCE).await.expect("a hand-over");
    let again = nodes[1].post(SMS, &instant_sms("a", "+4740000015")).await;

    assert_eq!(again.status, StatusCode::OK, "{}", again.text);
    let open = "SELECT count(*) FROM attempts WHERE state = 'in_flight'";
    assert_eq!(count(&nodes[1], open).await, 0);
    let first = first.await.expect("no panic");
    assert_eq!((first.status, &first.text), (StatusCode::CREATED, &again.text));
    assert_eq!(nodes[0].gateway.requests(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_share_an_orders_notifications_and_end_it_once() {
    let nodes = two().await;
    let numbers: Vec<_> = (100..140).map(|n| format!("+47400{n:05}")).collect();
    let shipment = order_to_numbers(&nodes[0], "a", &numbers).await;
    let stop = CancellationToken::new();
    let mut running = JoinSet::new();
    for node in &nodes {
        let (notify, stop) = (node.notify.clone(), stop.clone());
        running.spawn(async move { notify.run(Roles::all(), stop).await });
    }

    nodes[1].wait_for(&shipment, "Order_Completed").await;
    let shown = async {
        while nodes[1].numbers_after(0).await.is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(PATIENCE, shown).await.expect("an entry of the feed");
    stop.cancel();
    timeout(PATIENCE, running.join_all()).await.expect("both stop");

    assert_eq!(nodes[0].gateway.requests(), 40);
    let feed = nodes[0].feed("").await;
    assert_eq!(feed.len(), 1);
    assert_eq!(feed[0]["recipients"].as_array().map(Vec::len), Some(40));
    assert_eq!(count(&nodes[0], "SELECT count(*) FROM jobs").await, 0);
}

/// Two reports about the last two open messages of an order, at once on two nodes: neither may think that
/// the other message is still open.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_whose_last_results_come_at_once_ends_exactly_once() {
    let nodes = two().await;
    nodes[0].gateway.report_to(None);
    let numbers = ["+4740000101".to_owned(), "+4740000102".to_owned()];
    for n in 0..15 {
        order_to_numbers(&nodes[0], &n.to_string(), &numbers).await;
    }
    nodes[0].notify.run_due().await;
    let references: Vec<String> =
        nodes[0].gateway.captured().all().iter().filter_map(|sms| sms.reference.clone()).collect();
    assert_eq!(references.len(), 30);

    let mut reports = JoinSet::new();
    for (node, reference) in nodes.iter().cycle().zip(references) {
        let node = Arc::clone(node);
        reports.spawn(async move { node.report(&reference, "DELIVRD").await.status });
    }
    assert!(reports.join_all().await.iter().all(|status| *status == StatusCode::OK));

    assert_eq!(count(&nodes[0], "SELECT count(*) FROM notify_orders WHERE state = 'completed'").await, 15);
    assert_eq!(nodes[1].feed("").await.len(), 15);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reports_doubled_and_out_of_order_on_two_nodes_change_a_message_once() {
    let nodes = two().await;
    let answer = nodes[0].post(SMS, &instant_sms("a", "+4740000008")).await;
    let reference = nodes[0].last_reference();
    let mut reports = JoinSet::new();
    for (n, node) in nodes.iter().cycle().take(20).enumerate() {
        let (node, reference) = (Arc::clone(node), reference.clone());
        // A failure without a reason gives way to the delivery, whichever comes first.
        let state = if n % 4 == 3 { "FAILED" } else { "DELIVRD" };
        reports.spawn(async move { node.report(&reference, state).await.status });
    }
    assert!(reports.join_all().await.iter().all(|status| *status == StatusCode::OK));

    assert_eq!(nodes[1].status(&answer.shipment()).await, "SMS_Delivered");
    assert_eq!(nodes[0].feed("").await.len(), 1);
    assert_eq!(count(&nodes[0], "SELECT count(*) FROM notify_reports").await, 20);
    let delivered = "SELECT count(*) FROM notify_reports WHERE applied = 1 AND result = 'Delivered'";
    assert_eq!(count(&nodes[0], delivered).await, 1);
}

/// The report reaches one node while the other is storing the reference that it is about.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_report_that_overtakes_its_reference_on_the_way_to_another_node_is_not_lost() {
    let nodes = two().await;
    // The simulated gateway reports this number, to the first node, before it answers the second.
    let bodies = (0..30).map(|n| instant_sms(&n.to_string(), "+4740000009")).collect();
    let answers = post_to_all(&nodes[1..], SMS, bodies).await;

    for answer in &answers {
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
        nodes[0].wait_for(&answer.shipment(), "Order_Completed").await;
    }
    assert_eq!(count(&nodes[0], "SELECT count(*) FROM notify_reports WHERE notification IS NULL").await, 0);
}

/// Covers: NP-11
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stalled_workers_late_result_ends_nothing_twice() {
    let app = Arc::new(TestApp::start().await);
    let ahead = with_clock_off_by(&app, 200).await;
    let shipment = app.post(ORDERS, &sms_order("a", "+4740000015")).await.shipment();
    let stalled = Arc::clone(&app);
    let stalled = tokio::spawn(async move { stalled.notify.run_due().await });
    app.gateway.captured().wait_for(|sms| sms.taken, PATIENCE).await.expect("a hand-over");

    // To this node the lease has long run out: it finds the attempt open, and the message in doubt.
    assert_eq!(ahead.notify.run_due().await, 1);
    let jobs = count(&app, "SELECT count(*) FROM jobs").await;
    stalled.await.expect("no panic");

    assert_eq!(jobs, 0);
    assert_eq!((app.gateway.requests(), app.status(&shipment).await.as_str()), (1, "SMS_Sending"));
    assert_eq!(count(&app, "SELECT count(*) FROM attempts").await, 1);
    assert_eq!(count(&app, "SELECT count(*) FROM attempts WHERE state = 'unknown'").await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clocks_that_jump_do_not_double_a_hand_over() {
    let app = TestApp::start().await;
    let (ahead, behind) = (with_clock_off_by(&app, 3600).await, with_clock_off_by(&app, -3600).await);
    for n in 0..6 {
        app.post(ORDERS, &sms_order(&n.to_string(), "+4740000008")).await.shipment();
    }
    let instant = app.post(SMS, &instant_sms("b", "+4740000008")).await;
    assert_eq!(instant.status, StatusCode::CREATED, "{}", instant.text);

    for _ in 0..3 {
        for node in [&behind, &ahead, &app, &behind] {
            node.notify.run_due().await;
        }
    }
    // Jumps of the same node: past every lease, and (for another's work) back again.
    app.turn(7200);
    app.notify.run_due().await;
    behind.notify.run_due().await;

    assert_eq!(app.gateway.requests(), 7);
    let accepted = "SELECT count(*) FROM notify_notifications WHERE result = 'Accepted'";
    assert_eq!(count(&app, accepted).await, 6);
    assert_eq!(count(&app, "SELECT count(*) FROM attempts").await, 7);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_is_either_cancelled_or_sent() {
    let app = Arc::new(TestApp::start().await);
    let ahead = Arc::new(with_clock_off_by(&app, 700).await);
    let mut shipments = Vec::new();
    for n in 0..20 {
        let mut body = sms_order(&n.to_string(), "+4740000008");
        body["requestedSendTime"] = app.in_seconds(600).into();
        shipments.push(app.post(ORDERS, &body).await.shipment());
    }
    let sending = Arc::clone(&ahead);
    let sending = tokio::spawn(async move { sending.notify.run_due().await });
    let mut asked = JoinSet::new();
    for shipment in shipments {
        // Twice each, and at once: asking again changes nothing.
        for _ in 0..2 {
            let (app, shipment) = (Arc::clone(&app), shipment.clone());
            asked.spawn(
                async move { (app.put(&format!("/orders/{shipment}/cancel")).await.status, shipment) },
            );
        }
    }
    let answers = asked.join_all().await;
    sending.await.expect("no panic");
    ahead.notify.run_due().await;

    let with = |status| answers.iter().filter(move |(given, _)| *given == status).map(|(_, of)| of.as_str());
    let cancelled: HashSet<_> = with(StatusCode::OK).collect();
    let too_late: HashSet<_> = with(StatusCode::CONFLICT).collect();
    assert!(cancelled.is_disjoint(&too_late), "both answers about one order agree");
    assert_eq!(cancelled.len() + too_late.len(), 20);
    assert_eq!(app.sms_taken(), too_late.len());
    assert_eq!(app.feed("").await.len(), cancelled.len());
}
