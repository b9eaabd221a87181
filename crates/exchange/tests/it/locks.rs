//! Locks of messages that come in: prolonged, held while a download runs, and never at the cost of data.

use http::{Method, header};
use store::blobs::BlobKey;
use store::params;

use crate::app::{
    A, Answer, C, Gateway, arkivmelding, avtalt, files, org, unpack, world, world_where_b_serves_c,
};
use crate::nodes::{number, until};

/// Bytes that no compression makes fewer.
fn noise(bytes: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut all = Vec::with_capacity(bytes + 8);
    while all.len() < bytes {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        all.extend_from_slice(&state.to_le_bytes());
    }
    all.truncate(bytes);
    all
}

#[tokio::test]
async fn a_lock_is_prolonged_for_as_long_as_its_holder_asks() {
    let world = world().await;
    let id = world.a.send(&avtalt(), &[]).await;
    world.settle().await;
    let extend =
        async || Answer::of(world.b.request(Method::PUT, &format!("api/messages/in/{id}/lock"))).await;

    assert_eq!(extend().await.refusal(), (400, "MessageNotLockedException".to_owned()));
    assert!(world.b.peek().await.is_some());
    for _ in 0..3 {
        world.pass(299);
        assert_eq!((extend().await.status.as_u16(), extend().await.bytes.len()), (200, 0));
    }
    world.pass(299);
    assert_eq!(world.b.peek().await, None, "it is still locked");
    assert_eq!(world.b.delete(&format!("api/messages/in/{id}")).await.status, 200);
    assert_eq!(extend().await.refusal(), (404, "MessageNotFoundException".to_owned()));
}

#[tokio::test]
async fn a_lock_is_held_while_bytes_are_read_also_against_another_node() {
    const UNTIL: &str = "SELECT locked_until FROM exchange_inbox";
    let world = world().await;
    let second = world.another_node(&world.b).await;
    let id = world.a.draft(&arkivmelding()).await;
    world.a.attach(&id, "arkivmelding.xml", crate::app::case_document()).await;
    assert_eq!(world.a.attach(&id, "svar.pdf", noise(32 << 20)).await.status, 200);
    assert_eq!(world.a.post(&format!("api/messages/out/{id}")).await.status, 200);
    world.settle().await;

    assert_eq!(world.b.peek().await.as_deref(), Some(id.as_str()));
    let pop = world.b.request(Method::GET, &format!("api/messages/in/pop/{id}"));
    let mut download = pop.send().await.expect("an answer");
    let mut read = 0;
    for _ in 0..5 {
        let before = number(&world.b, UNTIL).await;
        world.pass(200);
        // Whatever lies between server and client holds a few megabytes.
        let wanted = read + (4 << 20);
        while read < wanted {
            read += download.chunk().await.expect("bytes").expect("more").len();
        }
        until(async || number(&world.b, UNTIL).await > before).await;
        assert_eq!(second.peek().await, None, "a thousand seconds later nobody else has got it");
    }
    while let Some(piece) = download.chunk().await.expect("bytes") {
        read += piece.len();
    }
    assert!(read > 32 << 20);
    assert_eq!(second.delete(&format!("api/messages/in/{id}")).await.status, 200);
}

#[tokio::test]
async fn a_download_that_begins_when_the_lock_is_nearly_over_has_the_whole_time() {
    let world = world().await;
    let id = world.a.send(&arkivmelding(), &files()).await;
    world.settle().await;
    world.b.peek().await.expect("a message");

    world.pass(295);
    assert_eq!(world.b.get(&format!("api/messages/in/pop/{id}")).await.status, 200);
    world.pass(250);
    assert_eq!(world.b.peek().await, None);
    assert_eq!(world.b.delete(&format!("api/messages/in/{id}")).await.status, 200);
}

#[tokio::test]
async fn files_that_cannot_be_read_are_an_error_and_the_message_stays() {
    const BLOB: &str = "SELECT container_blob FROM exchange_inbox";
    let world = world().await;
    let id = world.a.send(&arkivmelding(), &files()).await;
    world.settle().await;
    let blob = world.b.store.read(|tx| tx.one::<BlobKey>(BLOB, params![])).await;
    let blob = Result::<_, store::Error>::expect(blob, "a blob");
    world.b.blobs.delete(&blob).await.expect("it is gone");
    world.b.peek().await.expect("a message");

    let popped = world.b.get(&format!("api/messages/in/pop/{id}")).await;
    assert!(popped.status.is_server_error(), "{popped:?}");
    assert!(popped.json()["message"].is_string());

    assert_eq!(world.b.statuses(&id).await, ["OPPRETTET", "INNKOMMENDE_MOTTATT"], "nothing is said of it");
    world.pass(301);
    assert_eq!(world.b.peek().await, Some(id), "it is there for when the disk is back");
}

/// Covers: IP-164
#[tokio::test]
async fn both_forms_of_each_path_do_the_same() {
    let world = world().await;
    let mut ids = Vec::new();
    for _ in 0..2 {
        ids.push(world.a.send(&arkivmelding(), &files()).await);
    }
    world.settle().await;
    while world.b.peek().await.is_some() {}

    let [first, second] = ["api/messages/in", "api/messages/in/pop"];
    let one = world.b.get(&format!("{first}/{}", ids[0])).await;
    let other = world.b.get(&format!("{second}/{}", ids[0])).await;
    assert_eq!((one.status.as_u16(), &one.bytes), (200, &other.bytes));
    assert_eq!(one.headers[header::CONTENT_DISPOSITION], "attachment; filename=asic.zip");
    assert_eq!(unpack(one.bytes).len(), unpack(other.bytes).len());
    assert_eq!(world.b.delete(&format!("{first}/{}", ids[0])).await.status, 200);
    assert_eq!(world.b.delete(&format!("{second}/{}", ids[1])).await.status, 200);

    for path in ["api/messages", "api/messages/", "api/messages/out", "api/messages/out/"] {
        assert_eq!(world.a.post_json(path, &avtalt()).await.status, 200, "{path}");
    }
    let by_conversation = world.a.get(&format!("api/conversations/messageId/{}", ids[0])).await.json();
    let conversation = by_conversation["conversationId"].as_str().expect("an id");
    let statuses = world.a.get(&format!("api/statuses/{conversation}")).await.json();
    assert_eq!(statuses["content"][0]["messageId"], ids[0].as_str());
}

/// What a gateway's console shows as the client of its latest message.
async fn client_of(gateway: &Gateway) -> Option<String> {
    let lines = exchange::overview::latest(&gateway.store, org(&gateway.number), 1).await.expect("a list");
    lines.first().expect("a message").user_agent.clone()
}

#[tokio::test]
async fn what_clients_call_themselves_is_kept_with_each_message() {
    let world = world().await;
    let by = async |gateway: &Gateway,
                    method: Method,
                    path: &str,
                    agent: &str,
                    body: Option<serde_json::Value>| {
        let request = gateway.request(method, path).header(header::USER_AGENT, agent);
        let answer = Answer::of(match &body {
            Some(body) => request.json(body),
            None => request,
        })
        .await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer
    };
    let created = by(&world.a, Method::POST, "api/messages/out", "Sak/2.1 (Linux)", Some(avtalt())).await;
    let id = crate::app::message_id(&created.json());
    world.a.post(&format!("api/messages/out/{id}")).await;
    world.settle().await;

    assert_eq!(client_of(&world.a).await.as_deref(), Some("Sak/2.1 (Linux)"));
    assert_eq!(client_of(&world.b).await, None, "nobody has looked");
    by(&world.b, Method::GET, "api/messages/in/peek", "Arkiv/1.0", None).await;
    assert_eq!(client_of(&world.b).await.as_deref(), Some("Arkiv/1.0"));
    by(&world.b, Method::DELETE, &format!("api/messages/in/{id}"), "Arkiv/1.1", None).await;
    assert_eq!(client_of(&world.b).await.as_deref(), Some("Arkiv/1.1"));
}

#[tokio::test]
async fn older_integrations_get_a_look_up_relayed() {
    let world = world_where_b_serves_c(|_| {}).await;

    let found = world.a.get(&format!("servicerecord/{C}")).await;
    assert_eq!(found.status, 200);
    let body = found.json();
    let mut keys: Vec<_> = body.as_object().expect("an object").keys().map(String::as_str).collect();
    keys.sort_unstable();
    assert_eq!(keys, ["infoRecord", "serviceRecord", "serviceRecords"]);
    assert_eq!(body["infoRecord"]["identifier"], C);
    assert_eq!(body["serviceRecord"], body["serviceRecords"][0]);
    assert_eq!(body["serviceRecord"]["service"]["identifier"], "DPO");
    for nobody in ["310000009", "nobody%20at%20all"] {
        let none = world.a.get(&format!("servicerecord/{nobody}")).await;
        assert_eq!((none.status.as_u16(), none.bytes.len()), (404, 0));
    }
    let url = world.a.url.join(&format!("servicerecord/{A}")).expect("a path");
    assert_eq!(Answer::of(world.a.http.get(url)).await.status, 401, "not for everybody");
}
