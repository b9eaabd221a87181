//! A checkpoint on the way from a server to broker, registry and subscribers: every call passes it, and
//! it can hold one up at a named point, so that the server can be killed exactly there.
//!
//! Points are named by the call and the moment: `announce asked` (the broker has not seen it yet),
//! `upload halfway`, `confirm answered` (the broker has done it, and the server does not know).

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use futures_util::{StreamExt as _, stream};
use reqwest::{Method, StatusCode};
use serde_json::Value;
use tokio::sync::{Notify, oneshot};
use tokio_util::sync::CancellationToken;

/// The most bytes of a body that passes.
const MOST: usize = 64 << 20;
/// Where subscribers are.
const HOOKS: &str = "/hook/";

/// The checkpoint. It stops when it is dropped.
pub struct Checkpoint {
    address: SocketAddr,
    desk: Arc<Desk>,
    stop: CancellationToken,
}

struct Desk {
    behind: String,
    http: reqwest::Client,
    armed: Mutex<Option<Armed>>,
    go_on: Notify,
    passed: Mutex<BTreeMap<String, u32>>,
    told: Mutex<Vec<(String, Value)>>,
}

struct Armed {
    point: String,
    left: u32,
    reached: oneshot::Sender<()>,
}

impl Drop for Checkpoint {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl Checkpoint {
    /// A checkpoint before the services at this address (`host:port`).
    pub async fn before(services: &str) -> Self {
        let desk = Arc::new(Desk {
            behind: format!("http://{services}"),
            http: reqwest::Client::new(),
            armed: Mutex::default(),
            go_on: Notify::new(),
            passed: Mutex::default(),
            told: Mutex::default(),
        });
        let stop = CancellationToken::new();
        let bound = web::server::bind(([127, 0, 0, 1], 0).into()).await.expect("a free port");
        let address = bound.local_addr;
        let router = Router::new().fallback(relay).with_state(Arc::clone(&desk));
        tokio::spawn(bound.serve(router, web::Limits::default(), stop.clone()));
        Self { address, desk, stop }
    }

    /// A URL behind it.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The endpoint of a subscriber of this name.
    pub fn hook(&self, name: &str) -> String {
        self.url(&format!("{HOOKS}{name}"))
    }

    /// Whoever comes to this point the `nth` time from now on (the first is 1) waits there until
    /// [`Checkpoint::go_on`], and this is told.
    pub fn arm(&self, point: &str, nth: u32) -> oneshot::Receiver<()> {
        let (reached, told) = oneshot::channel();
        let armed = Armed { point: point.to_owned(), left: nth, reached };
        *locked(&self.desk.armed) = Some(armed);
        told
    }

    /// Nobody is held up any more.
    pub fn go_on(&self) {
        *locked(&self.desk.armed) = None;
        self.desk.go_on.notify_waiters();
    }

    /// A client comes to a point of its own.
    pub async fn pass(&self, point: &str) {
        self.desk.pass(point).await;
    }

    /// How often each point was passed since this was last asked.
    pub fn passed(&self) -> BTreeMap<String, u32> {
        std::mem::take(&mut *locked(&self.desk.passed))
    }

    /// What a subscriber was told about a message, each status once, in the order of the first telling.
    pub fn told(&self, name: &str, message_id: &str) -> Vec<String> {
        let mut statuses = Vec::new();
        for (to, event) in locked(&self.desk.told).iter() {
            if let Some(status) = event["status"].as_str().filter(|_| to == name)
                && event["messageId"] == message_id
                && !statuses.iter().any(|known| known == status)
            {
                statuses.push(status.to_owned());
            }
        }
        statuses
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Desk {
    async fn pass(&self, point: &str) {
        *locked(&self.passed).entry(point.to_owned()).or_default() += 1;
        let go_on = self.go_on.notified();
        tokio::pin!(go_on);
        go_on.as_mut().enable();
        if self.stops(point) {
            go_on.await;
        }
    }

    fn stops(&self, point: &str) -> bool {
        let mut armed = locked(&self.armed);
        let Some(watched) = armed.as_mut().filter(|armed| armed.point == point) else { return false };
        watched.left = watched.left.saturating_sub(1);
        if watched.left > 0 {
            return false;
        }
        armed.take().is_some_and(|armed| armed.reached.send(()).is_ok())
    }

    /// Asks those behind.
    async fn ask(
        &self,
        head: &http::request::Parts,
        body: Bytes,
    ) -> Option<(StatusCode, http::HeaderMap, Bytes)> {
        let path = head.uri.path_and_query().map_or("/", |path| path.as_str());
        let mut request = self.http.request(head.method.clone(), format!("{}{path}", self.behind));
        for (name, value) in head.headers.iter().filter(|(name, _)| *name != http::header::HOST) {
            request = request.header(name, value);
        }
        let answer = request.body(body).send().await.ok()?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        Some((status, headers, answer.bytes().await.ok()?))
    }

    /// A subscriber hears of something.
    async fn tell(&self, name: &str, body: Bytes) -> Response {
        let event: Value = serde_json::from_slice(&body).unwrap_or_default();
        if event["event"] == "ping" {
            return StatusCode::OK.into_response();
        }
        self.pass(&format!("webhook {name} asked")).await;
        locked(&self.told).push((name.to_owned(), event));
        self.pass(&format!("webhook {name} answered")).await;
        StatusCode::OK.into_response()
    }
}

/// What a call is for.
fn call(method: &Method, path: &str) -> Option<&'static str> {
    if path.starts_with("/adressetjeneste/identifier/") {
        return Some("look-up");
    }
    let transfer = path.strip_prefix("/broker/api/v1/filetransfer")?;
    Some(match (method.as_str(), transfer.rsplit('/').next()) {
        ("POST", Some("upload")) => "upload",
        ("POST", Some("confirmdownload")) => "confirm",
        ("GET", Some("download")) => "download",
        ("POST", _) => "announce",
        (_, Some("") | None) => "list",
        _ => "overview",
    })
}

async fn relay(State(desk): State<Arc<Desk>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let call = call(&head.method, head.uri.path()).unwrap_or("other");
    let is_list = call == "list";
    if !is_list {
        desk.pass(&format!("{call} asked")).await;
    }
    let Some(body) = read(&desk, call, body).await else { return StatusCode::BAD_REQUEST.into_response() };
    if let Some(name) = head.uri.path().strip_prefix(HOOKS) {
        return desk.tell(name, body).await;
    }
    let Some((status, headers, answer)) = desk.ask(&head, body).await else {
        return StatusCode::BAD_GATEWAY.into_response();
    };
    // Most lists are empty, and an empty one leads to nothing.
    if !(is_list && answer.len() <= 2) && call != "download" {
        desk.pass(&format!("{call} answered")).await;
    }
    let mut response = Response::new(Body::empty());
    *response.body_mut() = if call == "download" { in_halves(desk, &answer) } else { answer.into() };
    *response.status_mut() = status;
    let kept = |name: &http::HeaderName| {
        *name != http::header::TRANSFER_ENCODING && *name != http::header::CONNECTION
    };
    response.headers_mut().extend(headers.into_iter().filter(|(name, _)| name.as_ref().is_some_and(kept)));
    response
}

/// Reads a request's body; an upload passes a point on the way.
async fn read(desk: &Desk, call: &str, body: Body) -> Option<Bytes> {
    let mut pieces = body.into_data_stream();
    let mut whole = Vec::new();
    while let Some(piece) = pieces.next().await {
        if whole.is_empty() && call == "upload" {
            desk.pass("upload halfway").await;
        }
        whole.extend_from_slice(&piece.ok()?);
        if whole.len() > MOST {
            return None;
        }
    }
    Some(whole.into())
}

/// One half of a download, a point on the way, and the other half.
fn in_halves(desk: Arc<Desk>, whole: &Bytes) -> Body {
    let (first, second) = (whole.slice(..whole.len() / 2), whole.slice(whole.len() / 2..));
    let then = async move {
        desk.pass("download halfway").await;
        desk.pass("download answered").await;
        Ok::<_, std::io::Error>(second)
    };
    Body::from_stream(stream::once(async { Ok(first) }).chain(stream::once(then)))
}
