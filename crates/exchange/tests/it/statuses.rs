//! Status lists, the status queue, and conversations.

use serde_json::{Value, json};

use crate::app::{avtalt, world, world_with};

/// Covers: IP-177, IP-178, IP-179, IP-180, IP-181
#[tokio::test]
async fn statuses_are_found_by_message_conversation_status_and_time() {
    let world = world().await;
    let id = world.a.send(&avtalt(), &[]).await;
    world.settle().await;
    let count = async |query: &str| {
        world.a.get(&format!("api/statuses{query}")).await.json()["totalElements"].clone()
    };

    let all = world.a.get("api/statuses").await.json();
    let first = all["content"][0].as_object().expect("an object");
    let keys: Vec<_> = first.keys().map(String::as_str).collect();
    for key in ["id", "lastUpdate", "status", "convId", "messageId", "conversationId"] {
        assert!(keys.contains(&key), "{key}");
    }
    let conversation = first["conversationId"].as_str().expect("an id");
    assert_eq!(count("/5f0a2f0e-6f0c-4c3e-9d35-2a6f2f6f7a10").await, 0);
    assert_eq!(count(&format!("/{conversation}")).await, 3, "the guide asks by conversation");
    assert_eq!(count("?status=SENDT").await, 1);
    assert_eq!(count("?status=sendt").await, 0);
    assert_eq!(count(&format!("?messageId={id}")).await, 3);
    assert_eq!(count("?fromDateTime=2030-01-01T00:00:00Z").await, 3);
    assert_eq!(count("?fromDateTime=2030-01-01T00:00:00Z&toDateTime=2031-01-01T00:00:00Z").await, 0);
    assert_eq!(world.a.get("api/statuses?fromDateTime=2030-01-01T00:00:00").await.status, 400);
    assert_eq!(world.a.get("api/statuses?id=abc").await.status, 400);
}

/// Covers: IP-184, IP-185, IP-186, IP-187, IP-188, IP-189
#[tokio::test]
async fn the_status_queue_gives_the_oldest_until_it_is_taken_off() {
    let world = world_with(|config| config.status_queue_includes = vec!["DPO".to_owned()]).await;
    let id = world.a.draft(&avtalt()).await;
    world.a.post(&format!("api/messages/out/{id}")).await;
    world.settle().await;
    let peek = async || -> Option<(i64, String)> {
        let answer = world.a.get("api/statuses/peek").await;
        (answer.status == 200).then(|| {
            let body: Value = answer.json();
            (body["id"].as_i64().expect("an id"), body["status"].as_str().expect("a name").to_owned())
        })
    };

    let (first, name) = peek().await.expect("a status");
    assert_eq!((peek().await, name.as_str()), (Some((first, name.clone())), "OPPRETTET"));
    assert_eq!(world.a.delete("api/statuses/abc").await.status, 400);
    assert_eq!(world.a.delete(&format!("api/statuses/{first}")).await.status, 200);
    let gone = world.a.delete(&format!("api/statuses/{first}")).await;
    assert_eq!((gone.status.as_u16(), gone.bytes.len()), (404, 0));
    assert_eq!(peek().await.expect("another").1, "SENDT");
    assert_eq!(world.a.get("api/statuses").await.json()["totalElements"], 3);

    world.a.delete(&format!("api/conversations/messageId/{id}")).await;
    assert_eq!(world.a.get("api/statuses/peek").await.status, 204, "what is deleted blocks nobody");
}

#[tokio::test]
async fn the_status_queue_stays_empty_for_channels_it_is_not_configured_for() {
    let world = world_with(|config| config.status_queue_includes.clear()).await;
    world.a.draft(&avtalt()).await;
    assert_eq!(world.a.get("api/statuses/peek").await.status, 204);
}

/// Covers: IP-82, IP-165, IP-166, IP-167, IP-168, IP-169, IP-170, IP-171, IP-172, IP-173, IP-174, IP-176
#[tokio::test]
async fn conversations_are_listed_shown_and_deleted() {
    let world = world().await;
    let id = world.a.send(&avtalt(), &[]).await;
    world.settle().await;
    let count = async |query: &str| {
        world.a.get(&format!("api/conversations{query}")).await.json()["totalElements"].clone()
    };

    let story = world.a.get(&format!("api/conversations/messageId/{id}")).await.json();
    assert_eq!(story["direction"], "OUTGOING");
    assert_eq!(story["messageReference"], story["conversationId"]);
    assert_eq!((&story["messageTitle"], &story["finished"]), (&json!(""), &json!(false)));
    assert_eq!(story["messageStatuses"].as_array().map(Vec::len), Some(3));
    assert!(story.get("pollable").is_none());
    let number = story["id"].as_i64().expect("a number");
    assert_eq!(world.a.get(&format!("api/conversations/{number}")).await.json(), story);
    let incoming = world.b.get("api/conversations?direction=INCOMING").await.json();
    assert_eq!(incoming["content"][0]["messageId"], id.as_str());

    assert_eq!(count("?direction=OUTGOING&finished=false&pollable=false&serviceIdentifier=DPO").await, 1);
    assert_eq!(count("?pollable=true").await, 0);
    assert_eq!(count("/queue").await, 0);
    assert_eq!(count("?lastUpdateFrom=2026-03-02&lastUpdateTo=2026-03-02").await, 1);
    assert_eq!(count("?lastUpdateFrom=2026-03-03").await, 0);
    assert_eq!(count("?lastUpdateTo=2026-03-01").await, 0);
    for wrong in
        ["direction=SIDEWAYS", "finished=perhaps", "lastUpdateFrom=yesterday", "serviceIdentifier=XYZ"]
    {
        assert_eq!(world.a.get(&format!("api/conversations?{wrong}")).await.status, 400, "{wrong}");
    }
    let unknown = world.a.get("api/conversations/999999").await;
    assert_eq!(unknown.refusal(), (404, "ConversationNotFoundException".to_owned()));
    assert_eq!(world.a.get("api/conversations/abc").await.status, 400);
    let unknown = world.a.get("api/conversations/messageId/5f0a2f0e-6f0c-4c3e-9d35-2a6f2f6f7a10").await;
    assert_eq!(unknown.refusal(), (404, "MessageNotFoundException".to_owned()));

    assert_eq!(world.a.delete("api/conversations/999999").await.status, 200);
    assert_eq!(world.a.delete(&format!("api/conversations/{number}")).await.status, 200);
    assert_eq!((count("").await, world.a.statuses(&id).await.len()), (json!(0), 0));
}
