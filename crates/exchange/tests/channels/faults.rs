//! The DPO channel when the broker or the way to it fails.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use auth::{TokenError, TokenRequest, TokenSource};
use axum::extract::{Request, State};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use exchange::broker;
use exchange::transports::dpo::Config;
use exchange::transports::{Transport as _, TransportError, Watch};
use http::StatusCode;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use types::Secret;
use url::Url;

use crate::support::{
    Installation, World, installation, new_key, receiver, sender, serve, world, world_with,
};

/// Where a connection that carries an upload, or a download, is cut; once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cut {
    /// After this many bytes from the client.
    Request(usize),
    /// After this many bytes from the broker.
    Answer(usize),
}

/// Passes bytes on to the broker, and cuts one connection.
struct Cable {
    url: Url,
    cut: Arc<Mutex<Option<Cut>>>,
}

impl Cable {
    async fn to(world: &World, path: &'static str, cut: Cut) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let broker = world.served.url.authority().to_owned();
        let cut = Arc::new(Mutex::new(Some(cut)));
        let shared = cut.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let broker = TcpStream::connect(&broker).await.expect("the broker");
                tokio::spawn(pass(client, broker, path, shared.clone()));
            }
        });
        let url = Url::parse(&format!("http://{address}/broker/api/v1/")).expect("a URL");
        Self { url, cut }
    }

    fn has_cut(&self) -> bool {
        self.cut.lock().expect("no panic").is_none()
    }
}

/// One connection; `path` says in which request it is cut.
async fn pass(client: TcpStream, broker: TcpStream, path: &str, cut: Arc<Mutex<Option<Cut>>>) {
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_broker, mut to_broker) = broker.into_split();
    let (mut up, mut down) = (vec![0; 64 << 10], vec![0; 64 << 10]);
    let (mut chosen, mut sent, mut answered) = (false, 0, 0);
    loop {
        tokio::select! {
            length = from_client.read(&mut up) => {
                let Ok(length @ 1..) = length else { return };
                if String::from_utf8_lossy(&up[..length]).contains(path) {
                    (chosen, sent, answered) = (true, 0, 0);
                }
                sent += length;
                let Ok(()) = to_broker.write_all(&up[..length]).await else { return };
            }
            length = from_broker.read(&mut down) => {
                let Ok(length @ 1..) = length else { return };
                let room = match *cut.lock().expect("no panic") {
                    Some(Cut::Answer(limit)) if chosen => limit.saturating_sub(answered),
                    _ => usize::MAX,
                };
                answered += length;
                let Ok(()) = to_client.write_all(&down[..length.min(room)]).await else { return };
            }
        }
        let reached = match *cut.lock().expect("no panic") {
            Some(Cut::Request(limit)) => chosen && sent >= limit,
            Some(Cut::Answer(limit)) => chosen && answered > limit,
            None => false,
        };
        if reached {
            *cut.lock().expect("no panic") = None;
            return;
        }
    }
}

fn over(world: &World, cable: &Cable, org: types::OrgNumber) -> Installation {
    let config = Config { broker_url: cable.url.clone(), ..Config::default() };
    installation(org, world.tokens(org), config)
}

#[tokio::test]
async fn when_only_the_answer_to_an_upload_is_lost_the_parcel_is_sent() {
    let world = world().await;
    let cable = Cable::to(&world, "/upload HTTP/1.1", Cut::Answer(0)).await;
    let from = over(&world, &cable, sender());

    let sent = from.dpo.send(&from.parcel(b"bytes").await).await.expect("sent");

    assert!(cable.has_cut());
    assert_eq!(sent.watch, Watch::Nothing);
    let to = world.installation(receiver());
    assert_eq!(to.dpo.arrivals(receiver(), None).await.expect("a page").arrivals.len(), 1);
}

#[tokio::test]
async fn an_upload_broken_off_in_the_middle_is_in_doubt_and_then_sent_once() {
    let world = world().await;
    let cable = Cable::to(&world, "/upload HTTP/1.1", Cut::Request(1 << 20)).await;
    let from = over(&world, &cable, sender());
    let mut parcel = from.parcel(&vec![7; 4 << 20]).await;

    let began = world.clock.now();
    let broken = from.dpo.send(&parcel).await;
    parcel.in_doubt_since = Some(began);
    let sent = from.dpo.send(&parcel).await.expect("sent");

    assert!(cable.has_cut());
    assert!(matches!(broken, Err(TransportError::Unknown { .. })), "{broken:?}");
    assert_eq!(world.list(sender(), "").await, std::slice::from_ref(&sent.reference));
    let to = world.installation(receiver());
    let arrivals = to.dpo.arrivals(receiver(), None).await.expect("a page").arrivals;
    assert_eq!((arrivals.len(), arrivals[0].bytes), (1, Some(4 << 20)));
}

#[tokio::test]
async fn a_download_that_breaks_off_goes_on_where_it_was() {
    let world = world().await;
    let from = world.installation(sender());
    let bytes: Vec<u8> = (0_u32..1 << 18).flat_map(u32::to_le_bytes).collect();
    from.dpo.send(&from.parcel(&bytes).await).await.expect("sent");
    let cable = Cable::to(&world, "/download HTTP/1.1", Cut::Answer(300_000)).await;
    let to = over(&world, &cable, receiver());
    let arrival = to.dpo.arrivals(receiver(), None).await.expect("a page").arrivals.remove(0);

    let key = new_key();
    to.dpo.fetch(&arrival, &key).await.expect("fetched");

    assert!(cable.has_cut());
    assert!(to.content(&key).await == bytes, "the same bytes");
}

#[tokio::test]
async fn nobody_listening_is_a_reason_to_try_later() {
    let world = world().await;
    let closed = TcpListener::bind("127.0.0.1:0").await.expect("a port").local_addr().expect("an address");
    let url = Url::parse(&format!("http://{closed}/broker/api/v1")).expect("a URL");
    let config = Config { broker_url: url, ..Config::default() };
    let from = installation(sender(), world.tokens(sender()), config);

    let refused = from.dpo.send(&from.parcel(b"bytes").await).await;

    assert!(matches!(refused, Err(TransportError::Temporary { .. })), "{refused:?}");
}

#[tokio::test]
async fn a_broker_that_never_answers_is_a_reason_to_try_later() {
    let world = world().await;
    // Connections are made, and nobody takes them.
    let silent = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = silent.local_addr().expect("an address");
    let url = Url::parse(&format!("http://{address}/broker/api/v1")).expect("a URL");
    let config = Config { broker_url: url, request_timeout_ms: 200, ..Config::default() };
    let from = installation(sender(), world.tokens(sender()), config);
    let parcel = from.parcel(b"bytes").await;

    let soon = std::time::Duration::from_secs(60);
    let sent = tokio::time::timeout(soon, from.dpo.send(&parcel)).await.expect("it ends by itself");
    assert!(matches!(sent, Err(TransportError::Temporary { .. })), "nothing can have been sent: {sent:?}");
    let listed = tokio::time::timeout(soon, from.dpo.arrivals(sender(), None)).await;
    let listed = listed.expect("it ends by itself");
    assert!(matches!(listed, Err(TransportError::Temporary { .. })), "{listed:?}");
}

/// Answers 500 for one transfer, once it is named.
#[derive(Clone, Default)]
struct Poison(Arc<Mutex<Option<String>>>);

async fn poisoned(State(poison): State<Poison>, request: Request, next: Next) -> Response {
    let poisoned = poison.0.lock().expect("no panic").clone();
    match poisoned {
        Some(id) if request.uri().path().contains(&id) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        _ => next.run(request).await,
    }
}

#[tokio::test]
async fn a_transfer_that_cannot_be_looked_at_does_not_hide_the_others() {
    let poison = Poison::default();
    let layer = middleware::from_fn_with_state(poison.clone(), poisoned);
    let world = world_with(broker::Config::default(), |router| router.layer(layer)).await;
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.push(world.publish(&[receiver()], b"x").await);
    }
    *poison.0.lock().expect("no panic") = Some(ids[1].clone());
    let to = world.installation(receiver());

    let arrivals = to.dpo.arrivals(receiver(), None).await.expect("a page").arrivals;

    let mut found: Vec<_> = arrivals.into_iter().map(|arrival| arrival.reference).collect();
    found.sort();
    let mut expected = vec![ids[0].clone(), ids[2].clone()];
    expected.sort();
    assert_eq!(found, expected);
}

/// Counts the tokens that were thrown away.
#[derive(Debug, Default)]
struct Tokens {
    refused: AtomicUsize,
}

#[async_trait]
impl TokenSource for Tokens {
    async fn token(&self, _: &TokenRequest) -> Result<Secret, TokenError> {
        Ok(Secret::new(format!("token-{}", self.refused.load(Ordering::SeqCst))))
    }

    async fn refused(&self, _: &TokenRequest, _: &Secret) {
        self.refused.fetch_add(1, Ordering::SeqCst);
    }
}

/// A broker that takes every file and then says this about it.
fn says(overview: Value) -> Router {
    let id = || async { Json(json!({ "fileTransferId": "3f1c0f0a-8a2e-4bb7-9f0f-3a6c9d0a5e21" })) };
    Router::new()
        .route("/filetransfer", post(id))
        .route("/filetransfer/{id}/upload", post(id))
        .route("/filetransfer/{id}", get(move || async { Json(overview) }))
}

/// A broker that answers every announcement like this.
fn refuses(status: u16, code: &'static str) -> Router {
    let status = StatusCode::from_u16(status).expect("a status");
    let refuse = move || async move { (status, Json(json!({ "code": code, "detail": "no" }))) };
    Router::new().route("/filetransfer", post(refuse))
}

async fn sent_to(router: Router, tokens: &Arc<Tokens>) -> Result<Watch, TransportError> {
    let served = serve(router).await;
    let config = Config { broker_url: served.url.clone(), ..Config::default() };
    let from = installation(sender(), tokens.clone(), config);
    from.dpo.send(&from.parcel(b"bytes").await).await.map(|sent| sent.watch)
}

/// Covers: ET-48
#[tokio::test]
async fn a_file_that_fails_its_scan_is_refused_for_good() {
    let overview = json!({ "fileTransferId": "3f1c0f0a-8a2e-4bb7-9f0f-3a6c9d0a5e21",
        "fileTransferStatus": "Failed", "fileTransferStatusText": "Malware scan failed: EICAR",
        "created": "2026-03-02T09:15:27.004113+00:00" });

    let outcome = sent_to(says(overview), &Arc::default()).await;

    let Err(TransportError::Permanent { reason }) = outcome else { panic!("{outcome:?}") };
    assert!(reason.contains("Malware scan failed: EICAR"), "{reason}");
}

/// Covers: ET-45
#[tokio::test]
async fn no_access_is_no_reason_for_a_new_token() {
    let tokens = Arc::<Tokens>::default();

    let outcome = sent_to(refuses(401, "BRO-00006"), &tokens).await;

    assert!(matches!(outcome, Err(TransportError::Permanent { .. })), "{outcome:?}");
    assert_eq!(tokens.refused.load(Ordering::SeqCst), 0);
}

/// Covers: ET-45
#[tokio::test]
async fn a_token_that_is_not_believed_is_renewed_once() {
    let never = Arc::<Tokens>::default();
    let outcome = sent_to(refuses(401, ""), &never).await;

    assert!(matches!(outcome, Err(TransportError::Permanent { .. })), "{outcome:?}");
    assert_eq!(never.refused.load(Ordering::SeqCst), 2, "the first and the one after it");
}

/// Covers: ET-46
#[tokio::test]
async fn what_passes_is_tried_later_and_what_does_not_is_given_up() {
    for status in [429, 500, 503] {
        let outcome = sent_to(refuses(status, ""), &Arc::default()).await;
        assert!(matches!(outcome, Err(TransportError::Temporary { .. })), "{status}: {outcome:?}");
    }
    for status in [400, 403] {
        let outcome = sent_to(refuses(status, ""), &Arc::default()).await;
        assert!(matches!(outcome, Err(TransportError::Permanent { .. })), "{status}: {outcome:?}");
    }
}

#[tokio::test]
async fn an_upload_waits_until_the_announcement_is_known_everywhere() {
    let known = Arc::new(AtomicBool::new(false));
    let id = || async { Json(json!({ "fileTransferId": "3f1c0f0a-8a2e-4bb7-9f0f-3a6c9d0a5e21" })) };
    let upload = move || async move {
        let status = if known.swap(true, Ordering::SeqCst) { StatusCode::OK } else { StatusCode::NOT_FOUND };
        (status, "{}")
    };
    let overview = json!({ "fileTransferId": "3f1c0f0a-8a2e-4bb7-9f0f-3a6c9d0a5e21",
        "fileTransferStatus": "Published", "created": "2026-03-02T09:15:27.004113+00:00" });
    let broker = Router::new()
        .route("/filetransfer", post(id))
        .route("/filetransfer/{id}/upload", post(upload))
        .route("/filetransfer/{id}", get(move || async { Json(overview) }));

    let outcome = sent_to(broker, &Arc::default()).await;

    assert_eq!(outcome, Ok(Watch::Nothing));
}

/// A gateway in front of the broker gives up waiting, and the broker has everything all the same.
#[tokio::test]
async fn a_server_error_after_an_upload_leaves_it_in_doubt_unless_the_broker_has_it() {
    let id = || async { Json(json!({ "fileTransferId": "3f1c0f0a-8a2e-4bb7-9f0f-3a6c9d0a5e21" })) };
    let broker = |state: &'static str| {
        let overview = json!({ "fileTransferId": "3f1c0f0a-8a2e-4bb7-9f0f-3a6c9d0a5e21",
            "fileTransferStatus": state, "created": "2026-03-02T09:15:27.004113+00:00" });
        Router::new()
            .route("/filetransfer", post(id))
            .route("/filetransfer/{id}/upload", post(|| async { StatusCode::GATEWAY_TIMEOUT }))
            .route("/filetransfer/{id}", get(move || async { Json(overview) }))
    };

    let arrived = sent_to(broker("Published"), &Arc::default()).await;
    let unclear = sent_to(broker("UploadStarted"), &Arc::default()).await;

    assert_eq!(arrived, Ok(Watch::Nothing));
    assert!(matches!(unclear, Err(TransportError::Unknown { .. })), "{unclear:?}");
}
