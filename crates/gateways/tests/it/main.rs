//! Gateways, spoken to over real sockets.

mod acs;
mod bounces;
mod dkim;
mod net_smpp;
mod phases;
mod postfix;
mod pswin;
mod smpp;
mod smtp;

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use tokio_util::sync::CancellationToken;
use types::time::Clock;
use web::Limits;

const SOON: Duration = Duration::from_secs(20);

/// A server that stops when it is dropped.
struct Running {
    addr: SocketAddr,
    stop: CancellationToken,
}

impl Running {
    fn url(&self, path: &str) -> url::Url {
        format!("http://{}{path}", self.addr).parse().expect("a URL")
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

async fn start(router: Router) -> Running {
    let bound = web::server::bind(([127, 0, 0, 1], 0).into()).await.expect("a free port");
    let (addr, stop) = (bound.local_addr, CancellationToken::new());
    tokio::spawn(bound.serve(router, Limits::default(), stop.clone()));
    Running { addr, stop }
}

/// An address where nobody listens.
async fn nobody() -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    listener.local_addr().expect("an address")
}

fn noon() -> Clock {
    Clock::stepped("2026-03-02T11:00:00Z".parse().expect("a moment"))
}
