//! The server and the client over real sockets.

mod client;
mod json;
mod layers;
mod multipart;
mod server;

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use web::Limits;

/// A server that runs until it is told to stop.
struct Running {
    addr: SocketAddr,
    stop: CancellationToken,
    served: JoinHandle<()>,
}

impl Running {
    fn url(&self, path: &str) -> url::Url {
        let text = format!("http://{}{path}", self.addr);
        text.parse().expect("a URL")
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.addr).await.expect("it listens")
    }

    /// Sends bytes on a connection of their own and reads until it is closed.
    async fn exchange(&self, sent: &str) -> String {
        let mut stream = self.connect().await;
        stream.write_all(sent.as_bytes()).await.expect("it reads");
        read_to_end(&mut stream).await
    }
}

async fn start(router: Router, limits: Limits) -> Running {
    let bound = web::server::bind(([127, 0, 0, 1], 0).into()).await.expect("a free port");
    let (addr, stop) = (bound.local_addr, CancellationToken::new());
    let served = tokio::spawn(bound.serve(router, limits, stop.clone()));
    Running { addr, stop, served }
}

/// What comes until the other side closes or resets.
async fn read_to_end(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let mut piece = [0; 4096];
    loop {
        match soon(stream.read(&mut piece)).await {
            Ok(0) | Err(_) => return String::from_utf8_lossy(&bytes).into_owned(),
            Ok(read) => bytes.extend_from_slice(&piece[..read]),
        }
    }
}

/// Waits, but not for ever.
async fn soon<W: Future>(work: W) -> W::Output {
    let limit = Duration::from_secs(20);
    tokio::time::timeout(limit, work).await.expect("it happens soon")
}
