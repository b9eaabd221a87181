//! What the reference is weak at, and no other test here is about. See docs/weak-points.md.

use http::Method;
use serde_json::{Value, json};
use simulators::Subscriber;
use store::params;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::app::{
    Answer, B, Gateway, World, arkivmelding, avtalt, case_document, files, identity_of, message_id, serve,
    unpack, world, world_with,
};

/// Covers: IP-119
#[tokio::test]
async fn a_message_that_cannot_be_sent_ends_as_failed_after_its_last_try() {
    let mut world = world_with(|config| {
        config.send_tries = 3;
        config.default_deadline_seconds = 10 * 24 * 3_600;
    })
    .await;
    world.stop_broker().await;
    let id = world.a.send(&arkivmelding(), &files()).await;

    for _ in 0..2 {
        world.settle().await;
        assert_eq!(world.a.get(&format!("api/messages/out/{id}")).await.status, 200);
        world.pass(120);
    }
    world.settle().await;

    assert_eq!(world.a.get(&format!("api/messages/out/{id}")).await.status, 404);
    assert_eq!(world.a.statuses(&id).await, ["OPPRETTET", "FEIL"]);
    let failed = world.a.get(&format!("api/statuses?messageId={id}&status=FEIL")).await.json();
    let words = failed["content"][0]["description"].as_str().expect("a description");
    assert!(words.contains("DPO"), "{words}");
    assert_eq!((world.a.blobs_of("out-file").await, world.a.blobs_of("out-package").await), (0, 0));
}

/// Covers: IP-130
#[tokio::test]
async fn a_one_step_request_over_the_limit_is_refused_before_it_is_sent() {
    let world = world().await;
    let address = format!("127.0.0.1:{}", world.a.url.port().expect("a port"));
    let asked = world.a.request(Method::POST, "api/messages/out/multipart").build().expect("a request");
    let login = asked.headers()["authorization"].to_str().expect("text").to_owned();
    let mut wire = TcpStream::connect(address).await.expect("a connection");
    let head = format!(
        "POST /api/messages/out/multipart HTTP/1.1\r\nHost: x\r\nAuthorization: {login}\r\nConnection: close\r\n\
         Content-Type: multipart/form-data; boundary=b\r\nContent-Length: {}\r\n\r\n",
        500 * 1_024 * 1_024 + 1
    );
    wire.write_all(head.as_bytes()).await.expect("it is sent");
    let mut answer = vec![0; 12];
    wire.read_exact(&mut answer).await.expect("an answer, though no body has been sent");
    assert_eq!(String::from_utf8_lossy(&answer), "HTTP/1.1 413");
}

/// Covers: IP-208
#[tokio::test]
async fn subscriptions_are_there_after_a_restart_and_what_was_not_told_is_told() {
    let world = world().await;
    let subscriber = Subscriber::new(world.clock.clone(), 1000);
    let served = serve(subscriber.router()).await;
    let subscription =
        json!({ "name": "Sak", "pushEndpoint": served.url.as_str(), "resource": "all", "event": "all" });
    assert_eq!(world.a.post_json("api/subscriptions", &subscription).await.status, 200);
    let id = world.a.draft(&avtalt()).await;

    // Nothing of the first node is used from here on.
    let restarted = world.another_node(&world.a).await;
    let listed = restarted.get("api/subscriptions").await.json();
    assert_eq!((&listed["totalElements"], &listed["content"][0]["name"]), (&json!(1), &json!("Sak")));
    restarted.exchange.run_due().await;

    let heard = subscriber.deliveries().all();
    assert!(heard.iter().any(|it| it.json["messageId"] == id.as_str() && it.json["status"] == "OPPRETTET"));
}

/// Covers: IP-183
#[tokio::test]
async fn with_the_references_default_the_status_queue_is_always_empty() {
    let world = world_with(|config| config.status_queue_includes = Vec::new()).await;
    let id = world.a.send(&avtalt(), &[]).await;
    assert_eq!(world.a.get("api/statuses/peek").await.status, 204);
    world.settle().await;
    world.b.peek().await;
    world.b.delete(&format!("api/messages/in/{id}")).await;
    world.settle().await;

    assert_eq!(world.a.statuses(&id).await.len(), 4, "it is only the queue that is empty");
    for gateway in [&world.a, &world.b] {
        let peeked = gateway.get("api/statuses/peek").await;
        assert_eq!((peeked.status.as_u16(), peeked.bytes.len()), (204, 0));
    }
}

fn has_null(value: &Value) -> bool {
    match value {
        Value::Object(members) => members.values().any(|member| member.is_null() || has_null(member)),
        Value::Array(items) => items.iter().any(has_null),
        _ => false,
    }
}

/// Everything an address of the API can answer, asked of a gateway in which there is one of each.
async fn answers(gateway: &Gateway, out: &str, waiting: &str) -> Vec<Answer> {
    let subscription =
        json!({ "name": "S", "pushEndpoint": "http://127.0.0.1:9/", "resource": "all", "event": "all" });
    let mut answers = vec![gateway.post_json("api/subscriptions", &subscription).await];
    let number = answers[0].json()["id"].clone();
    let story = gateway.get("api/conversations").await.json()["content"][0]["id"].clone();
    for path in [
        format!("api/capabilities/{B}"),
        "api/capabilities/310000009".to_owned(),
        "api/messages/out".to_owned(),
        format!("api/messages/out/{out}"),
        format!("api/messages/out/{out}/files"),
        "api/messages/out/nothing".to_owned(),
        "api/messages/in".to_owned(),
        "api/messages/in/peek".to_owned(),
        "api/conversations".to_owned(),
        format!("api/conversations/{story}"),
        format!("api/conversations/messageId/{out}"),
        "api/conversations/queue".to_owned(),
        "api/conversations/x".to_owned(),
        "api/statuses".to_owned(),
        format!("api/statuses/{out}"),
        "api/statuses/peek".to_owned(),
        "api/subscriptions".to_owned(),
        format!("api/subscriptions/{number}"),
        "api/subscriptions/0".to_owned(),
        format!("servicerecord/{B}"),
        "api/nowhere".to_owned(),
    ] {
        answers.push(gateway.get(&path).await);
    }
    answers.push(gateway.delete(&format!("api/messages/in/{waiting}")).await);
    answers.push(gateway.post_json("api/messages/out", &json!({})).await);
    answers.push(gateway.post_json("api/subscriptions", &json!({})).await);
    answers.push(gateway.put_json("api/statuses", &json!({})).await);
    answers
}

/// Covers: IP-11
#[tokio::test]
async fn no_answer_holds_a_null() {
    let world = world().await;
    let waiting = world.a.send(&arkivmelding(), &files()).await;
    world.settle().await;
    let created = world.b.post_json("api/messages/out", &avtalt()).await;
    let out = message_id(&created.json());
    world.b.attach(&out, "a.pdf", "x").await;

    let mut answers = answers(&world.b, &out, &waiting).await;
    answers.push(created);

    assert!(answers.iter().filter(|answer| answer.status == 200).count() > 15, "{answers:#?}");
    for answer in answers.iter().filter(|answer| !answer.bytes.is_empty()) {
        assert!(!has_null(&answer.json()), "{}", String::from_utf8_lossy(&answer.bytes));
    }
}

/// Weak point 12.
#[tokio::test]
async fn a_status_that_cannot_be_sent_back_says_nothing_of_the_message_it_is_about() {
    let mut world = world_with(|config| config.send_tries = 3).await;
    let id = world.a.send(&avtalt(), &[]).await;
    world.settle().await;
    world.b.peek().await.expect("a message");
    world.stop_broker().await;

    assert_eq!(world.b.delete(&format!("api/messages/in/{id}")).await.status, 200);
    for _ in 0..5 {
        world.settle().await;
        world.pass(600);
    }

    let expected = ["OPPRETTET", "INNKOMMENDE_MOTTATT", "INNKOMMENDE_LEVERT"];
    assert_eq!(world.b.statuses(&id).await, expected);
}

/// Weak point 20.
#[tokio::test]
async fn a_message_accepted_for_sending_takes_no_more_files() {
    let world = world().await;
    let id = world.a.draft(&arkivmelding()).await;
    world.a.attach(&id, "arkivmelding.xml", case_document()).await;
    world.a.attach(&id, "svar.pdf", "one").await;
    assert_eq!(world.a.post(&format!("api/messages/out/{id}")).await.status, 200);

    assert_eq!(world.a.attach(&id, "more.pdf", "two").await.status, 400);
    world.settle().await;

    assert_eq!(world.b.peek().await.as_ref(), Some(&id));
    let popped = world.b.get(&format!("api/messages/in/pop/{id}")).await;
    let names: Vec<_> = unpack(popped.bytes).into_iter().map(|(name, _)| name).collect();
    assert!(names.contains(&"svar.pdf".to_owned()) && !names.contains(&"more.pdf".to_owned()), "{names:?}");
}

/// Weak point 24.
#[tokio::test]
async fn a_file_name_is_never_a_path_whichever_way_a_file_comes() {
    let world = world().await;
    let id = world.a.draft(&avtalt()).await;
    let names = ["../a.pdf", "/etc/passwd", "a\\b.pdf", "..", "META-INF/manifest.xml", "mimetype"];
    for name in names {
        assert_eq!(world.a.attach(&id, name, "x").await.status, 400, "{name}");
        let one_step = world.a.one_step(&avtalt(), &[(name, b"x".to_vec())]).await;
        assert_eq!(one_step.status, 400, "{name}");
    }
    assert_eq!(world.a.get(&format!("api/messages/out/{id}/files")).await.json(), json!([]));
    assert_eq!(world.a.get("api/messages/out").await.json()["totalElements"], 1);
}

/// Weak point 26.
#[tokio::test]
async fn a_picture_is_a_picture() {
    let world = world().await;
    let id = world.a.draft(&avtalt()).await;
    for name in ["photo.jpg", "what.is.this"] {
        let request = world.a.request(Method::PUT, &format!("api/messages/out/{id}"));
        let request = request.header("content-disposition", format!("attachment; filename=\"{name}\""));
        let request = request.header("content-type", "application/octet-stream").body("x");
        assert_eq!(Answer::of(request).await.status, 200);
    }
    let files = world.a.get(&format!("api/messages/out/{id}/files")).await.json();
    assert_eq!(
        (&files[0]["mimetype"], &files[1]["mimetype"]),
        (&json!("image/jpeg"), &json!("application/octet-stream"))
    );
}

async fn incoming(world: &World) -> String {
    let id = world.a.send(&avtalt(), &[]).await;
    world.settle().await;
    id
}

/// Weak point 27.
#[tokio::test]
async fn the_story_of_a_message_that_came_in_can_be_read_alone() {
    let world = world().await;
    let id = incoming(&world).await;

    let story = world.b.get(&format!("api/conversations/messageId/{id}")).await;
    assert_eq!((story.status.as_u16(), &story.json()["direction"]), (200, &json!("INCOMING")));
    let number = story.json()["id"].clone();
    assert_eq!(world.b.get(&format!("api/conversations/{number}")).await.json(), story.json());
}

/// Weak point 30.
#[tokio::test]
async fn channels_directions_and_statuses_are_kept_as_words() {
    const WORDS: &str = "SELECT c.direction || ' ' || c.service || ' ' || s.status
        FROM exchange_conversations c JOIN exchange_statuses s ON s.conversation = c.id ORDER BY s.id LIMIT 1";
    let world = world().await;
    incoming(&world).await;

    let words = world.b.store.read(|tx| tx.one::<String>(WORDS, params![])).await;
    assert_eq!(Result::<_, store::Error>::expect(words, "a row"), "INCOMING DPO OPPRETTET");
}

/// Weak point 15: what the reference answers 500 to, although the client is wrong.
#[tokio::test]
async fn mistakes_of_clients_are_told_as_such() {
    let world = world().await;
    let id = incoming(&world).await;
    for path in [
        "api/messages/out?serviceIdentifier=ABC",
        "api/messages/out?sort=strange",
        "api/messages/in?serviceIdentifier=ABC",
        "api/messages/in/peek?serviceIdentifier=ABC",
        "api/conversations?serviceIdentifier=ABC",
        "api/conversations?sort=strange",
        "api/statuses?sort=strange",
    ] {
        let answer = world.b.get(path).await;
        assert_eq!(answer.status, 400, "{path}");
        assert!(answer.json()["message"].as_str().is_some_and(|text| !text.is_empty()), "{path}");
    }
    assert_eq!(world.b.peek().await, Some(id), "nothing was locked");
    let mut nameless = avtalt();
    let mut unscoped = avtalt();
    let receiver = &mut nameless["standardBusinessDocumentHeader"]["receiver"][0]["identifier"]["value"];
    *receiver = json!("nobody at all");
    unscoped["standardBusinessDocumentHeader"]["businessScope"]["scope"][0]["type"] = json!("SenderRef");
    let mut extra = avtalt();
    extra["more"] = json!({});
    for wrong in [nameless, unscoped, extra, json!({}), json!([])] {
        assert_eq!(world.a.post_json("api/messages/out", &wrong).await.status, 400, "{wrong}");
    }
}

/// Weak point 28.
#[tokio::test]
async fn what_waits_can_be_read_after_the_certificate_has_been_replaced() {
    let world = world().await;
    let id = world.a.send(&arkivmelding(), &files()).await;
    world.settle().await;
    let draft = world.b.draft(&arkivmelding()).await;
    world.b.attach(&draft, "arkivmelding.xml", case_document()).await;
    world.b.attach(&draft, "svar.pdf", "a file from before").await;

    world.b.exchange.identities().replace(vec![identity_of(2)]).expect("one");

    assert_eq!(world.b.peek().await.as_ref(), Some(&id));
    let popped = world.b.get(&format!("api/messages/in/pop/{id}")).await;
    assert!(unpack(popped.bytes).iter().any(|(name, _)| name == "svar.pdf"));
    assert_eq!(world.b.post(&format!("api/messages/out/{draft}")).await.status, 200);
}
