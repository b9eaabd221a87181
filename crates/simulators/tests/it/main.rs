//! The simulators, spoken to over real sockets.

mod condition;
mod contact_register;
mod mail_cloud;
mod sms_gateway;
mod smtp_sink;
mod subscriber;

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
        let text = format!("http://{}{path}", self.addr);
        text.parse().expect("a URL")
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

fn client() -> reqwest::Client {
    web::plain_client().expect("a client")
}

fn noon() -> Clock {
    Clock::stepped("2026-03-02T11:00:00Z".parse().expect("a moment"))
}
