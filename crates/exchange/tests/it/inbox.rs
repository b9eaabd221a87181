//! Peeking, locks and filters.

use std::collections::BTreeSet;

use crate::app::{AVTALT, Gateway, PROCESS, avtalt, message_id, world};

async fn in_inbox(world: &crate::app::World, count: usize) -> Vec<String> {
    let mut ids = Vec::new();
    for _ in 0..count {
        ids.push(world.a.send(&avtalt(), &[]).await);
        world.settle().await;
        world.pass(1);
    }
    ids
}

/// Covers: IP-136, IP-137, IP-138, IP-141, IP-142
#[tokio::test]
async fn peeking_locks_the_oldest_message_and_listing_locks_nothing() {
    let world = world().await;
    assert_eq!(world.b.get("api/messages/in/peek").await.status, 204);
    let ids = in_inbox(&world, 2).await;

    let listed = async || world.b.get("api/messages/in").await.json()["totalElements"].clone();
    assert_eq!(listed().await, 2);
    assert_eq!(world.b.peek().await.as_ref(), Some(&ids[0]));
    let locked = world.b.get(&format!("api/messages/in/peek?messageId={}", ids[0])).await;
    assert_eq!(locked.status, 204);
    assert_eq!(world.b.peek().await.as_ref(), Some(&ids[1]));
    assert_eq!(world.b.peek().await, None);
    assert_eq!(listed().await, 2);
}

#[tokio::test]
async fn peeking_into_an_empty_inbox_or_one_that_is_all_locked_commits_nothing() {
    let world = world().await;
    in_inbox(&world, 1).await;
    world.b.peek().await.expect("a message");
    let before = world.b.commits.count();

    assert_eq!(world.b.peek().await, None);
    assert_eq!(world.b.commits.count(), before);

    world.pass(301);
    assert!(world.b.peek().await.is_some(), "its lock has run out");
}

/// Covers: IP-139
#[tokio::test]
async fn readers_that_peek_side_by_side_never_get_the_same_message() {
    let world = world().await;
    let ids: BTreeSet<_> = in_inbox(&world, 12).await.into_iter().collect();
    let read = async |gateway: &Gateway| {
        let mut got = Vec::new();
        while let Some(id) = gateway.peek().await {
            got.push(id);
        }
        got
    };

    let (one, two, three) = tokio::join!(read(&world.b), read(&world.b), read(&world.b));

    let all: Vec<_> = [one, two, three].concat();
    assert_eq!(all.len(), 12, "none came twice");
    assert_eq!(all.into_iter().collect::<BTreeSet<_>>(), ids, "none was missed");
}

/// Covers: IP-140, IP-143
#[tokio::test]
async fn peeking_follows_its_filters() {
    let world = world().await;
    let ids = in_inbox(&world, 2).await;
    let peek = async |query: &str| {
        let answer = world.b.get(&format!("api/messages/in/peek?{query}")).await;
        (answer.status == 200).then(|| message_id(&answer.json()))
    };

    assert_eq!(peek(&format!("process={PROCESS}")).await, None);
    assert_eq!(peek("senderIdentifier=310000009").await, None);
    assert_eq!(peek("serviceIdentifier=DPV").await, None);
    assert_eq!(world.b.get("api/messages/in/peek?serviceIdentifier=XYZ").await.status, 400);
    assert_eq!(world.b.get("api/messages/in?serviceIdentifier=XYZ").await.status, 400);
    assert_eq!(peek(&format!("messageID={}", ids[1])).await.as_ref(), Some(&ids[1]));
    let query = format!(
        "process={AVTALT}&senderIdentifier=310000001&receiverIdentifier=310000002&serviceIdentifier=DPO"
    );
    assert_eq!(peek(&query).await.as_ref(), Some(&ids[0]));
}

/// Covers: IP-144, IP-145, IP-152, IP-157, IP-164
#[tokio::test]
async fn a_lock_is_needed_and_runs_out() {
    let world = world().await;
    let ids = in_inbox(&world, 2).await;
    let pop = format!("api/messages/in/pop/{}", ids[0]);
    let not_locked = (400, "MessageNotLockedException".to_owned());

    assert_eq!(world.b.get(&pop).await.refusal(), not_locked);
    assert_eq!(world.b.delete(&format!("api/messages/in/{}", ids[0])).await.refusal(), not_locked);
    let unknown = world.b.get("api/messages/in/pop/5f0a2f0e-6f0c-4c3e-9d35-2a6f2f6f7a10").await;
    assert_eq!(unknown.refusal(), (404, "MessageNotFoundException".to_owned()));
    assert_eq!(world.b.peek().await.as_ref(), Some(&ids[0]));
    assert_eq!(world.b.get(&pop).await.status, 204);

    world.pass(299);
    assert_eq!(world.b.get(&pop).await.status, 204);
    world.pass(2);
    assert_eq!(world.b.get(&pop).await.refusal(), not_locked);
    assert_eq!(world.b.peek().await.as_ref(), Some(&ids[0]), "it has kept its place");
    assert_eq!(world.b.get(&format!("api/messages/in/{}", ids[0])).await.status, 204);
    assert_eq!(world.b.delete(&pop).await.status, 200);
}

#[tokio::test]
async fn a_message_that_is_unlocked_waits_again_and_one_that_keeps_coming_back_goes_to_the_end() {
    let world = world().await;
    let ids = in_inbox(&world, 2).await;

    assert_eq!(world.b.peek().await.as_ref(), Some(&ids[0]));
    assert_eq!(world.b.delete(&format!("api/messages/in/{}/lock", ids[0])).await.status, 200);
    assert_eq!(world.b.delete(&format!("api/messages/in/{}/lock", ids[0])).await.status, 400);
    for _ in 0..3 {
        assert_eq!(world.b.peek().await.as_ref(), Some(&ids[0]), "it keeps its place");
        world.pass(301);
    }
    assert_eq!(world.b.peek().await.as_ref(), Some(&ids[1]), "after three times it is the other's turn");
    assert_eq!(world.b.peek().await.as_ref(), Some(&ids[0]));
    assert_eq!(world.b.post(&format!("api/messages/in/{}/unlock", ids[0])).await.status, 200);
}

/// Covers: IP-162
#[tokio::test]
async fn a_deadline_that_passes_ends_a_waiting_message_on_both_sides() {
    let world = world().await;
    let ids = in_inbox(&world, 1).await;
    world.b.peek().await;

    world.pass(24 * 3_600);
    world.settle().await;

    assert_eq!(world.b.get("api/messages/in").await.json()["totalElements"], 0);
    assert_eq!(world.b.statuses(&ids[0]).await.last().map(String::as_str), Some("LEVETID_UTLOPT"));
    assert_eq!(world.a.statuses(&ids[0]).await.last().map(String::as_str), Some("LEVETID_UTLOPT"));
}

#[tokio::test]
async fn a_deadline_ends_a_waiting_message_also_when_its_conversation_is_gone() {
    let world = world().await;
    let ids = in_inbox(&world, 1).await;
    assert_eq!(world.b.delete(&format!("api/conversations/messageId/{}", ids[0])).await.status, 200);
    assert_eq!(world.b.get("api/messages/in").await.json()["totalElements"], 1);

    world.pass(24 * 3_600);
    world.settle().await;

    assert_eq!(world.b.get("api/messages/in").await.json()["totalElements"], 0);
}
