//! Servers of a test, and the gate before one of them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use tokio::sync::Notify;
use tokio_util::sync::{CancellationToken, DropGuard};
use url::Url;

/// A server that stops when it is dropped.
pub struct Served {
    pub url: Url,
    _stop: DropGuard,
}

pub async fn serve(router: Router) -> Served {
    serve_at("127.0.0.1:0", router).await
}

/// The same at an address that is wanted.
pub async fn serve_at(address: &str, router: Router) -> Served {
    let bound = web::server::bind(address.parse().expect("an address")).await.expect("a port");
    let url = Url::parse(&format!("http://{}/", bound.local_addr)).expect("a URL");
    let stop = CancellationToken::new();
    tokio::spawn(bound.serve(router, web::Limits::default(), stop.clone()));
    Served { url, _stop: stop.drop_guard() }
}

/// Stands before the broker, and can hold one upload back.
#[derive(Clone, Default)]
pub struct Gate(Arc<Barrier>);

#[derive(Default)]
struct Barrier {
    shut: AtomicBool,
    reached: Notify,
    opened: Notify,
}

impl Gate {
    /// Holds the next upload back, before the broker sees it.
    pub fn shut(&self) {
        self.0.shut.store(true, Ordering::SeqCst);
    }

    /// Waits until an upload is held back.
    pub async fn reached(&self) {
        let reached = tokio::time::timeout(Duration::from_secs(20), self.0.reached.notified());
        reached.await.expect("an upload");
    }

    /// Lets it through.
    pub fn open(&self) {
        self.0.opened.notify_one();
    }
}

pub(super) async fn pass(State(gate): State<Gate>, request: Request, next: Next) -> Response {
    if request.uri().path().ends_with("/upload") && gate.0.shut.swap(false, Ordering::SeqCst) {
        gate.0.reached.notify_one();
        gate.0.opened.notified().await;
    }
    next.run(request).await
}
