//! An address of the server, and what can be wrong with the way to it.

use std::io;
use std::net::TcpListener as Listener;
use std::sync::Arc;
use std::time::Duration;

use hyper::Request;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use s3s::HttpError;
use s3s::service::S3Service;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio::sync::watch;
use url::Url;

/// The state of the way.
#[derive(Clone, Copy, Debug, Default)]
struct Way {
    is_cut: bool,
    slow_by: Duration,
    answers_to_lose: u32,
}

/// An address of the server with switches.
pub struct Door {
    endpoint: Url,
    way: Arc<watch::Sender<Way>>,
}

impl Door {
    pub(super) fn open(runtime: &Runtime, service: S3Service) -> Self {
        let listener = Listener::bind("127.0.0.1:0").expect("a free port");
        listener.set_nonblocking(true).expect("a listener that does not block");
        let address = listener.local_addr().expect("its address");
        let way = Arc::new(watch::Sender::new(Way::default()));
        let seen = Arc::clone(&way);
        runtime.spawn(async move {
            let listener = TcpListener::from_std(listener).expect("a listener of the runtime");
            accept(listener, service, seen).await;
        });
        let endpoint = Url::parse(&format!("http://{address}")).expect("an address");
        Self { endpoint, way }
    }

    /// The address, such as `http://127.0.0.1:40123/`.
    pub fn endpoint(&self) -> &Url {
        &self.endpoint
    }

    /// Closes every connection, in the middle of whatever goes on, and resets new ones.
    pub fn cut(&self) {
        self.way.send_modify(|way| way.is_cut = true);
    }

    /// All is well again.
    pub fn heal(&self) {
        self.way.send_modify(|way| *way = Way::default());
    }

    /// Lets the next so many writes that carry `If-None-Match` take effect, and closes the connection
    /// in place of the answer.
    pub fn lose_answers(&self, count: u32) {
        self.way.send_modify(|way| way.answers_to_lose = count);
    }

    /// Lets every request wait before it is looked at.
    pub fn slow(&self, by: Duration) {
        self.way.send_modify(|way| way.slow_by = by);
    }
}

/// Whether this answer is one that gets lost; counts it.
fn is_lost(way: &watch::Sender<Way>) -> bool {
    let mut lost = false;
    way.send_if_modified(|way| {
        lost = way.answers_to_lose > 0;
        way.answers_to_lose = way.answers_to_lose.saturating_sub(1);
        false
    });
    lost
}

async fn accept(listener: TcpListener, service: S3Service, way: Arc<watch::Sender<Way>>) {
    loop {
        let Ok((socket, _)) = listener.accept().await else { continue };
        if way.borrow().is_cut {
            // Dropped like this, the peer sees a reset and not an end.
            let _: io::Result<()> = socket.set_zero_linger();
            continue;
        }
        tokio::spawn(serve(socket, service.clone(), Arc::clone(&way)));
    }
}

async fn serve(socket: TcpStream, service: S3Service, way: Arc<watch::Sender<Way>>) {
    let mut changes = way.subscribe();
    let answer = service_fn(move |request: Request<Incoming>| {
        let (service, way) = (service.clone(), Arc::clone(&way));
        async move {
            let slow_by = way.borrow().slow_by;
            tokio::time::sleep(slow_by).await;
            let writes = request.headers().contains_key("if-none-match");
            let answer = service.call(request.map(s3s::Body::from)).await;
            if writes && is_lost(&way) { Err(HttpError::new("the answer is lost".into())) } else { answer }
        }
    });
    let server = auto::Builder::new(TokioExecutor::new());
    let connection = server.serve_connection(TokioIo::new(socket), answer);
    tokio::select! {
        // A client that goes away is no concern of the server's.
        _ = connection => {}
        _ = changes.wait_for(|way| way.is_cut) => {}
    }
}
