//! The feed's numbers, given by whoever leads: in order and without holes, also when two believe to lead.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use http::StatusCode;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::app::{PATIENCE, instant_sms};
use crate::nodes::{count, post_to_all, two};

const SMS: &str = "/future/orders/instant/sms";

/// Covers: NA-213
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_who_number_the_feed_at_once_leave_no_hole_and_show_nothing_late() {
    const ENTRIES: usize = 60;
    let nodes = two().await;
    let ended = Arc::new(AtomicBool::new(false));
    let mut numbering = JoinSet::new();
    for node in nodes.iter().chain(&nodes) {
        let (node, ended) = (Arc::clone(node), Arc::clone(&ended));
        numbering.spawn(async move {
            while !ended.load(Ordering::SeqCst) {
                node.notify.number_feed().await;
                tokio::task::yield_now().await;
            }
        });
    }
    let polling = nodes.iter().map(|node| {
        let node = Arc::clone(node);
        tokio::spawn(async move {
            let mut seen = Vec::new();
            while seen.len() < ENTRIES {
                seen.extend(node.numbers_after(seen.last().copied().unwrap_or(0)).await);
            }
            seen
        })
    });
    let polling: Vec<_> = polling.collect();
    // The gateway refuses this number, so each order ends in the commit that records it.
    let bodies = (0..ENTRIES).map(|n| instant_sms(&n.to_string(), "+4740000011")).collect();
    let answers = post_to_all(&nodes, SMS, bodies).await;
    assert!(answers.iter().all(|answer| answer.status == StatusCode::CREATED));

    let expected: Vec<i64> = (1..=60).collect();
    for polled in polling {
        let seen = timeout(PATIENCE, polled).await.expect("every entry is seen").expect("no panic");
        assert_eq!(seen, expected);
    }
    ended.store(true, Ordering::SeqCst);
    numbering.join_all().await;
    assert_eq!(count(&nodes[0], "SELECT count(*) FROM notify_feed_waiting").await, 0);
    assert_eq!(count(&nodes[0], "SELECT last FROM notify_feed_number").await, 60);
}
