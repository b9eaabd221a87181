//! What the broker gives a sender at most, and what it says before a file is sent.

use std::time::Duration;

use exchange::broker;
use futures_util::StreamExt as _;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::support::{BOTH, World, announcement, answer, receiver, sender, stranger, world_with};

async fn small(config: broker::Config) -> World {
    world_with(config, |router| router).await
}

#[tokio::test]
async fn a_sender_has_as_many_transfers_as_it_may_until_some_are_purged() {
    let config =
        broker::Config { open_transfers_per_sender: 2, grace_minutes: 1, ..broker::Config::default() };
    let world = small(config).await;
    let first = world.publish(&[receiver()], b"first").await;
    world.announce(&[receiver()]).await;

    let third = answer(world.post(sender(), "filetransfer").json(&announcement(&[receiver()]))).await;
    let mut of_another = announcement(&[receiver()]);
    of_another["sender"] = json!(format!("0192:{}", stranger()));
    let of_another = answer(world.post(stranger(), "filetransfer").json(&of_another)).await;

    assert_eq!((third.status, of_another.status), (429, 200), "{}", third.text);
    world.download(receiver(), &first).await;
    assert_eq!(world.confirm(receiver(), &first).await.status, 204);
    world.clock.advance(Duration::from_secs(61));
    world.broker.run_due().await;
    world.announce(&[receiver()]).await;
}

#[tokio::test]
async fn a_sender_has_as_many_bytes_as_it_may_announced_or_not_until_some_are_gone() {
    let config = broker::Config { bytes_per_sender: 10, grace_minutes: 1, ..broker::Config::default() };
    let world = small(config).await;
    let first = world.publish(&[receiver()], b"eightby.").await;
    let second = world.announce(&[receiver()]).await;

    let announced = world.upload(&second, b"three").await;
    let chunks = futures_util::stream::iter([Ok::<_, std::io::Error>("th"), Ok("ree")]);
    let path = format!("filetransfer/{second}/upload");
    let streamed = answer(world.post(sender(), &path).body(reqwest::Body::wrap_stream(chunks))).await;

    assert_eq!((announced.status, streamed.status), (429, 429), "{}", streamed.text);
    assert_eq!(world.files().await, 1, "nothing of what was refused");
    world.download(receiver(), &first).await;
    world.confirm(receiver(), &first).await;
    world.clock.advance(Duration::from_secs(61));
    world.broker.run_due().await;
    assert_eq!(world.upload(&second, b"three").await.status, 200);
}

#[tokio::test]
async fn one_upload_too_many_at_a_time_is_told_to_come_again() {
    let world = small(broker::Config { uploads_at_once: 1, ..broker::Config::default() }).await;
    let (first, second) = (world.announce(&[receiver()]).await, world.announce(&[receiver()]).await);
    let (more, pieces) = tokio::sync::mpsc::channel::<Result<&'static str, std::io::Error>>(1);
    let (begun, has_begun) = tokio::sync::oneshot::channel();
    let begun = std::sync::Mutex::new(Some(begun));
    *world.blobs.watch.lock().expect("no panic") = Some(std::sync::Arc::new(move |_| {
        begun.lock().expect("no panic").take().map(|begun| begun.send(()));
    }));
    let pieces = futures_util::stream::unfold(pieces, async |mut pieces| {
        let piece = pieces.recv().await?;
        Some((piece, pieces))
    });
    let request = world.post(sender(), &format!("filetransfer/{first}/upload"));
    let slow = tokio::spawn(answer(request.body(reqwest::Body::wrap_stream(pieces.boxed()))));
    more.send(Ok("begins")).await.expect("an upload under way");
    has_begun.await.expect("a first piece");

    let refused = world.upload(&second, b"second").await;
    drop(more);
    let kept = slow.await.expect("an answer");

    assert_eq!(refused.problem(), (503, "BRO-00021".to_owned()));
    assert_eq!(kept.status, 200, "{}", kept.text);
    assert_eq!(world.upload(&second, b"second").await.status, 200);
}

/// Asks with `Expect: 100-continue` and answers with the first line that comes.
async fn first_line(world: &World, path: &str, length: u64) -> String {
    let address = format!("127.0.0.1:{}", world.served.url.port().expect("a port"));
    let mut connection = tokio::net::TcpStream::connect(address).await.expect("a connection");
    let head = format!(
        "POST /broker/api/v1/{path} HTTP/1.1\r\nHost: broker\r\nAuthorization: Bearer {}\r\n\
         Content-Type: application/octet-stream\r\nContent-Length: {length}\r\nExpect: 100-continue\r\n\r\n",
        world.token(sender(), BOTH)
    );
    connection.write_all(head.as_bytes()).await.expect("a request");
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n") {
        answer.push(connection.read_u8().await.expect("an answer"));
    }
    String::from_utf8_lossy(&answer).trim().to_owned()
}

#[tokio::test]
async fn who_asks_before_sending_a_file_hears_of_what_is_wrong_first() {
    let world = small(broker::Config { largest_file_bytes: 100, ..broker::Config::default() }).await;
    let id = world.announce(&[receiver()]).await;

    let good = first_line(&world, &format!("filetransfer/{id}/upload"), 5).await;
    let too_big = first_line(&world, &format!("filetransfer/{id}/upload"), 101).await;
    let unknown = format!("filetransfer/{}/upload", uuid::Uuid::new_v4());
    let unknown = first_line(&world, &unknown, 5).await;

    assert_eq!(good, "HTTP/1.1 100 Continue");
    assert_eq!(too_big, "HTTP/1.1 400 Bad Request");
    assert_eq!(unknown, "HTTP/1.1 404 Not Found");
}
