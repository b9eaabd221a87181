//! SIGKILL half-way through an upload and right after a message was sent off. Nothing half-written is
//! visible afterwards, and what was accepted arrives once.

use std::net::TcpListener;

use futures_util::StreamExt;
use reqwest::{Body, Method};
use serde_json::Value;
use trials::{Answer, Place, Server, envelope, eventually};

const A: &str = "310000001";
const B: &str = "310000002";
const ARKIVMELDING: &str = include_str!("../../demo/arkivmelding.xml");
const BIG: usize = 6 << 20;

/// A sender with every embedded service, and a receiver that uses them.
struct Two {
    sending: Place,
    receiver: Server,
    _receiving: Place,
}

impl Two {
    async fn prepare() -> Self {
        let place = |number: &str| {
            Place::new()
                .with("organization.number", format!("\"{number}\""))
                .with("notify.lease_seconds", "2")
                .with("exchange.lease_seconds", "2")
        };
        let mut receiving = place(B);
        let mut sending = place(A);
        let authority = sending.folder().join("authority").display().to_string();
        receiving.set("organization.name", "vidde");
        receiving.set("embedded.authority_dir", &authority);
        sending.set("embedded.authority_dir", &authority);
        // The receiver's certificate is made at its first start, and the sender has to know it.
        receiving.start().await.stop().await;
        let certificate = receiving.data().join("identity/certificate.pem");
        let known = format!("[{{number=\"{B}\",name=\"vidde\",certificate=\"{}\"}}]", certificate.display());
        sending.set("organizations", known);
        // The receiver has to find the sender's services again after its death.
        let services = free_address();
        sending.set("listen.services", &services);
        for service in ["issuer", "broker", "registry"] {
            receiving.set(&format!("embedded.{service}"), "false");
        }
        receiving.set("embedded.elsewhere", format!("http://{services}/"));
        let first = sending.start().await;
        let receiver = receiving.start_without_token().await;
        first.stop().await;
        Self { sending, receiver, _receiving: receiving }
    }
}

fn free_address() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("its address").to_string()
}

fn put(server: &Server, id: &str, name: &str, body: Body) -> reqwest::RequestBuilder {
    let disposition = format!("attachment; name=\"{name}\"; filename=\"{name}\"");
    let media_type = if name == "arkivmelding.xml" { "text/xml" } else { "application/pdf" };
    server
        .exchange(Method::PUT, &format!("/messages/out/{id}"))
        .header("Content-Disposition", disposition)
        .header("Content-Type", media_type)
        .body(body)
}

async fn ok(request: reqwest::RequestBuilder) -> Value {
    let answer = Answer::of(request).await.expect("an answer");
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()
}

fn big() -> Vec<u8> {
    b"Blaabaer. ".iter().copied().cycle().take(BIG).collect()
}

async fn file_names(server: &Server, id: &str) -> Vec<String> {
    let files = ok(server.exchange(Method::GET, &format!("/messages/out/{id}/files"))).await;
    let files = files.as_array().expect("a list");
    files.iter().map(|file| file["filename"].as_str().expect("a name").to_owned()).collect()
}

/// The sizes of files that are being written, or were when a process died.
pub fn incoming(server: &Server) -> Vec<u64> {
    let folder = server.data.join("blobs/incoming");
    let files = std::fs::read_dir(folder).expect("the folder");
    files.filter_map(|file| Some(file.ok()?.metadata().ok()?.len())).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upload_that_died_leaves_nothing_and_a_message_sent_off_arrives_once() {
    let two = Two::prepare().await;
    let server = two.sending.start().await;
    let id = uuid::Uuid::new_v4().to_string();
    ok(server.exchange(Method::POST, "/messages/out").json(&envelope(&id, A, B))).await;
    ok(put(&server, &id, "arkivmelding.xml", ARKIVMELDING.into())).await;
    die_half_way(server, &id).await;

    let server = two.sending.start().await;
    assert_eq!(file_names(&server, &id).await, ["arkivmelding.xml"]);
    assert!(incoming(&server).is_empty(), "an earlier process left half a file behind");
    ok(put(&server, &id, "vedtak.pdf", big().into())).await;
    assert_eq!(file_names(&server, &id).await, ["arkivmelding.xml", "vedtak.pdf"]);
    ok(server.exchange(Method::POST, &format!("/messages/out/{id}"))).await;
    server.kill().await;

    let server = two.sending.start().await;
    receive_once(&two.receiver, &id).await;
    assert_eq!(delivered(&server, &id).await, ["OPPRETTET", "SENDT", "MOTTATT", "LEVERT"]);
    nothing_else_came(&two.receiver, &id).await;
}

/// Sends half of a file and holds the rest back; the server dies with the half on its disk.
async fn die_half_way(server: Server, id: &str) {
    let half = futures_util::stream::iter([Ok::<_, std::io::Error>(big()[..BIG / 2].to_vec())]);
    let body = Body::wrap_stream(half.chain(futures_util::stream::pending()));
    let uploading = tokio::spawn(put(&server, id, "vedtak.pdf", body).send());
    eventually("half a file to be on disk", || async {
        incoming(&server).iter().any(|bytes| *bytes > 0).then_some(())
    })
    .await;
    server.kill().await;
    assert!(uploading.await.expect("no panic").is_err(), "an upload that was never finished was answered");
}

/// The same death, but while the message is being handed to the broker: the ledger knows of an attempt.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_whose_hand_over_died_arrives_once() {
    let two = Two::prepare().await;
    let server = two.sending.start().await;
    let id = uuid::Uuid::new_v4().to_string();
    ok(server.exchange(Method::POST, "/messages/out").json(&envelope(&id, A, B))).await;
    ok(put(&server, &id, "arkivmelding.xml", ARKIVMELDING.into())).await;
    ok(put(&server, &id, "vedtak.pdf", big().into())).await;
    let database = two.sending.database();
    ok(server.exchange(Method::POST, &format!("/messages/out/{id}"))).await;
    eventually("an attempt in the ledger", || async {
        let attempts: i64 =
            database.query_row("SELECT count(*) FROM attempts", [], |row| row.get(0)).expect("a count");
        (attempts > 0).then_some(())
    })
    .await;
    server.kill().await;

    let server = two.sending.start().await;
    receive_once(&two.receiver, &id).await;
    assert_eq!(delivered(&server, &id).await, ["OPPRETTET", "SENDT", "MOTTATT", "LEVERT"]);
    nothing_else_came(&two.receiver, &id).await;
}

async fn receive_once(receiver: &Server, id: &str) {
    let sbd = eventually("the message to arrive", || async {
        let answer =
            Answer::of(receiver.exchange(Method::GET, "/messages/in/peek")).await.expect("an answer");
        (answer.status == 200).then(|| answer.json())
    })
    .await;
    let header = &sbd["standardBusinessDocumentHeader"];
    assert_eq!(header["documentIdentification"]["instanceIdentifier"], id);
    let pop = receiver.exchange(Method::GET, &format!("/messages/in/pop/{id}"));
    let container = pop.send().await.expect("an answer").bytes().await.expect("a container");
    assert!(container.starts_with(b"PK"), "no ASiC-E container");
    ok(receiver.exchange(Method::DELETE, &format!("/messages/in/{id}"))).await;
}

async fn delivered(server: &Server, id: &str) -> Vec<String> {
    eventually("LEVERT at the sender", || async {
        let page = ok(server.exchange(Method::GET, &format!("/statuses/{id}?size=100"))).await;
        let content = page["content"].as_array().expect("a page").clone();
        let names: Vec<String> =
            content.iter().filter_map(|one| one["status"].as_str().map(str::to_owned)).collect();
        names.iter().any(|name| name == "LEVERT").then_some(names)
    })
    .await
}

async fn nothing_else_came(receiver: &Server, id: &str) {
    let peek = Answer::of(receiver.exchange(Method::GET, "/messages/in/peek")).await.expect("an answer");
    assert_eq!(peek.status, 204, "the message came twice");
    let page = ok(receiver.exchange(Method::GET, &format!("/conversations?messageId={id}"))).await;
    let incoming = page["content"].as_array().expect("a page").iter();
    let incoming = incoming.filter(|one| one["messageId"] == id && one["direction"] == "INCOMING");
    assert_eq!(incoming.count(), 1, "{page}");
}
