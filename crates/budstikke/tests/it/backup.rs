//! A backup while orders come in, taken back into a new directory: everything that was answered before
//! it began is there.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use reqwest::Method;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use trials::{Answer, ORG, Place, Said, Server, envelope, eventually, run, sms_order};

const ORDERS: &str = "/future/orders";
const CLIENTS: usize = 6;

/// Clients that order until told to stop; answers each order's key and shipment.
async fn order_until(
    server: Arc<Server>,
    stop: CancellationToken,
    answered: watch::Sender<Vec<(String, String)>>,
) {
    let next = Arc::new(AtomicU64::new(0));
    let mut clients = JoinSet::new();
    for _ in 0..CLIENTS {
        let (server, stop) = (Arc::clone(&server), stop.clone());
        let (next, answered) = (Arc::clone(&next), answered.clone());
        clients.spawn(async move {
            while !stop.is_cancelled() {
                let key = format!("nøkkel-{}", next.fetch_add(1, Ordering::Relaxed));
                let answer = server.post(ORDERS, &sms_order(&key, "+4799999901", &key)).await;
                assert_eq!(answer.status, 201, "{answer:?}");
                answered.send_modify(|all| all.push((key, answer.shipment())));
            }
        });
    }
    clients.join_all().await;
}

/// Sends a message to ourselves and waits until it lies in the inbox; answers its id and container.
pub async fn receive_a_message(server: &Server) -> (String, Vec<u8>) {
    let id = uuid::Uuid::new_v4().to_string();
    let ok = async |request: reqwest::RequestBuilder| {
        let answer = Answer::of(request).await.expect("an answer");
        assert_eq!(answer.status, 200, "{answer:?}");
    };
    ok(server.exchange(Method::POST, "/messages/out").json(&envelope(&id, ORG, ORG))).await;
    let arkivmelding = include_str!("../../demo/arkivmelding.xml").as_bytes().to_vec();
    let files =
        [("arkivmelding.xml", "text/xml", arkivmelding), ("vedtak.pdf", "application/pdf", vec![7; 900_000])];
    for (name, media_type, bytes) in files {
        let put = server
            .exchange(Method::PUT, &format!("/messages/out/{id}"))
            .header("Content-Disposition", format!("attachment; name=\"{name}\"; filename=\"{name}\""))
            .header("Content-Type", media_type)
            .body(bytes);
        ok(put).await;
    }
    ok(server.exchange(Method::POST, &format!("/messages/out/{id}"))).await;
    eventually("the message in the inbox", || async {
        let peek = Answer::of(server.exchange(Method::GET, "/messages/in/peek")).await.expect("an answer");
        (peek.status == 200).then_some(())
    })
    .await;
    let container = container(server, &id).await;
    (id, container)
}

pub async fn container(server: &Server, id: &str) -> Vec<u8> {
    let pop =
        server.exchange(Method::GET, &format!("/messages/in/pop/{id}")).send().await.expect("an answer");
    assert_eq!(pop.status(), 200);
    pop.bytes().await.expect("a container").to_vec()
}

async fn back_up(place: &Place, to: &str, more: &[&str]) -> Said {
    let (data, to) = (place.data().display().to_string(), place.folder().join(to).display().to_string());
    run(place.folder(), &[&["backup", "--data-dir", &data, "--to", &to], more].concat()).await
}

async fn restore(place: &Place, from: &str, to: &Place) -> Said {
    let (data, from) = (to.data().display().to_string(), place.folder().join(from).display().to_string());
    run(place.folder(), &["restore", "--data-dir", &data, "--from", &from]).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_under_load_holds_everything_that_was_answered_before_it_began() {
    let (place, other) = (Place::new(), Place::new());
    let server = Arc::new(place.start().await);
    let (id, attachments) = receive_a_message(&server).await;
    let (stop, (answered, mut hearing)) = (CancellationToken::new(), watch::channel(Vec::new()));
    let ordering = tokio::spawn(order_until(Arc::clone(&server), stop.clone(), answered));
    let enough = hearing.wait_for(|all| all.len() >= 60);
    let before =
        tokio::time::timeout(trials::PATIENCE, enough).await.expect("in time").expect("clients").clone();

    let said = back_up(&place, "backup", &["--verify"]).await;
    assert!(said.status.success(), "{}", said.err);
    assert!(said.out.contains("found whole"), "{}", said.out);
    let heard = hearing.borrow().len();
    assert!(heard > before.len(), "nothing was accepted while the backup was made");
    stop.cancel();
    ordering.await.expect("clients that saw only good answers");
    Arc::into_inner(server).expect("nobody else uses it").kill().await;

    let said = restore(&place, "backup", &other).await;
    assert!(said.status.success(), "{}", said.err);
    let server = other.start().await;
    for (key, shipment) in &before {
        let manifest = server.get(&format!("/future/shipment/{shipment}")).await;
        assert_eq!(manifest.status, 200, "{key}: {manifest:?}");
        let again = server.post(ORDERS, &sms_order(key, "+4799999901", key)).await;
        assert_eq!((again.status, &again.shipment()), (200, shipment), "{key} was accepted before");
    }
    assert_eq!(
        container(&server, &id).await,
        attachments,
        "the message's attachments are not what they were"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commands_refuse_what_would_lose_or_mix_data_and_say_why() {
    let place = Place::new();
    let server = place.start().await;
    assert!(back_up(&place, "backup", &[]).await.status.success());

    let again = back_up(&place, "backup", &[]).await;
    assert!(!again.status.success() && again.err.contains("is not empty"), "{}", again.err);
    let running = restore(&place, "backup", &place).await;
    assert!(!running.status.success() && running.err.contains("another running"), "{}", running.err);
    server.stop().await;
    let used = restore(&place, "backup", &place).await;
    assert!(!used.status.success() && used.err.contains("is not empty"), "{}", used.err);

    let key = place.folder().join("backup/data/issuer-key.pem");
    std::fs::write(&key, "another").expect("a change");
    let other = Place::new();
    let damaged = restore(&place, "backup", &other).await;
    assert!(!damaged.status.success() && damaged.err.contains("issuer-key.pem"), "{}", damaged.err);
    assert!(!other.data().exists(), "something was left behind");

    std::fs::create_dir_all(other.data().join("restoring")).expect("folders");
    let data = other.data().display().to_string();
    let half = run(other.folder(), &["serve", "--data-dir", &data]).await;
    assert!(!half.status.success() && half.err.contains("half restored"), "{}", half.err);
}
