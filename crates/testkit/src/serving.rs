//! Servers that a test talks to over real sockets, and addresses where nobody answers.

use std::net::SocketAddr;

use axum::Router;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use url::Url;
use web::Limits;

/// A server that stops when it is dropped.
#[derive(Debug)]
pub struct Running {
    /// Where it listens.
    pub addr: SocketAddr,
    /// Stops it, and whatever the test lets run as long as it.
    pub stop: CancellationToken,
}

impl Running {
    /// A server that is not there: its address is one that nobody answers on.
    pub async fn gone() -> Self {
        Self { addr: nobody().await, stop: CancellationToken::new() }
    }

    /// The URL of a path on it, written with its leading slash.
    ///
    /// # Panics
    ///
    /// Where that is no URL.
    pub fn url(&self, path: &str) -> Url {
        format!("http://{}{path}", self.addr).parse().expect("a URL")
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// Serves a router on a loopback port of its own.
///
/// # Panics
///
/// Where no port is free.
pub async fn start(router: Router) -> Running {
    let bound = web::server::bind(([127, 0, 0, 1], 0).into()).await.expect("a free port");
    let (addr, stop) = (bound.local_addr, CancellationToken::new());
    tokio::spawn(bound.serve(router, Limits::default(), stop.clone()));
    Running { addr, stop }
}

/// An address where nobody listens.
///
/// # Panics
///
/// Where no port is free.
pub async fn nobody() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    listener.local_addr().expect("an address")
}
