//! Listens, limits, times out, stops gracefully.
//!
//! One task accepts, one task per connection speaks HTTP/1.1 or HTTP/2 (without TLS, told apart by
//! the first bytes). A connection takes a place before it is accepted, so when all are taken the
//! rest wait in the kernel's queue instead of in our memory.
//!
//! Time limits look at progress, never at the length of a transfer: a gigabyte may take an hour as
//! long as bytes keep moving. See [`Limits`] for what is measured.

mod connection;
mod pace;
mod rest;
mod tls;
mod vigil;

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{debug, info, warn};

pub use pace::BodyStalled;
use tls::Greeted;
pub use tls::{Tls, TlsError};

/// What a server puts up with.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Connections at once; more wait unaccepted.
    pub connections: usize,
    /// How long a client may take to send a request's head, from its first byte.
    pub head: Duration,
    /// How long a connection may be silent: no request begun, or an answer that does not move, be it
    /// that the client does not read it or that we pause in it.
    pub idle: Duration,
    /// How long a handler may work without finishing; each piece of the request's body that arrives
    /// starts the time anew.
    pub request: Duration,
    /// How long the next piece of a request's body may be in coming.
    pub stall: Duration,
    /// The size of a request's head, in bytes.
    pub head_bytes: usize,
    /// How long requests in flight get to finish when the server stops.
    pub grace: Duration,
    /// The answer to a request whose handler took too long.
    pub overdue: fn() -> Response,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 10_000,
            head: Duration::from_secs(10),
            idle: Duration::from_secs(75),
            request: Duration::from_mins(2),
            stall: Duration::from_secs(30),
            head_bytes: 32 * 1024,
            grace: Duration::from_secs(20),
            overdue: overdue_in_plain_text,
        }
    }
}

/// Who is at the other end of a request's connection: a client, or a proxy before many. An extension of every
/// request that a server of ours took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer(pub IpAddr);

/// A server that has its address but does not answer yet.
#[derive(Debug)]
pub struct Bound {
    listener: TcpListener,
    tls: Option<Tls>,
    /// The address, with the port that was given when port 0 was asked for.
    pub local_addr: SocketAddr,
}

/// Where connections are in their server's life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Serving,
    Finishing,
    Dropping,
}

/// Takes an address; port 0 takes any that is free. Clients may connect from here on.
pub async fn bind(addr: SocketAddr) -> io::Result<Bound> {
    let listener = TcpListener::bind(addr).await?;
    let local_addr = listener.local_addr()?;
    Ok(Bound { listener, tls: None, local_addr })
}

impl Bound {
    /// Speaks TLS with clients, if that is given.
    #[must_use]
    pub fn speaking(mut self, tls: Option<Tls>) -> Self {
        self.tls = tls;
        self
    }

    /// Answers with `router` until told to stop, then finishes what is in flight.
    ///
    /// Returns when the last connection is closed, at the latest after the grace period.
    pub async fn serve(self, router: Router, limits: Limits, stop: CancellationToken) {
        let (phase, watched) = watch::channel(Phase::Serving);
        let connections = TaskTracker::new();
        let speaking = Arc::new(connection::Speaking { http: http(&limits), router, limits });
        let places = Arc::new(Semaphore::new(speaking.limits.connections));
        loop {
            let accepted = tokio::select! {
                biased;
                () = stop.cancelled() => break,
                accepted = accept(&self.listener, &places) => accepted,
            };
            let (stream, place) = accepted;
            let (speaking, watched, tls) = (Arc::clone(&speaking), watched.clone(), self.tls.clone());
            connections.spawn(async move {
                greet(speaking, tls, stream, watched).await;
                drop(place);
            });
        }
        drop(self.listener);
        finish(&connections, &phase, speaking.limits.grace).await;
    }
}

/// Speaks with a client, inside TLS where that is wanted.
async fn greet(
    speaking: Arc<connection::Speaking>,
    tls: Option<Tls>,
    stream: TcpStream,
    phase: watch::Receiver<Phase>,
) {
    let peer = stream.peer_addr().ok().map(|address| Peer(address.ip()));
    let Some(tls) = tls else { return connection::serve(speaking, stream, peer, phase).await };
    match tls.accept(stream, speaking.limits.head).await {
        None => {}
        Some(Greeted::Plain(stream)) => connection::serve(speaking, stream, peer, phase).await,
        Some(Greeted::Tls(stream)) => connection::serve(speaking, *stream, peer, phase).await,
    }
}

fn http(limits: &Limits) -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    // The head's time limit is kept by the vigil, which costs nothing per request.
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(None)
        .max_buf_size(limits.head_bytes.max(8192));
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(Some(limits.idle / 2))
        .keep_alive_timeout(limits.head)
        .max_concurrent_streams(256)
        .max_header_list_size(u32::try_from(limits.head_bytes).unwrap_or(u32::MAX));
    builder
}

/// The next connection, once there is a place for it.
async fn accept(listener: &TcpListener, places: &Arc<Semaphore>) -> (TcpStream, OwnedSemaphorePermit) {
    let place = Arc::clone(places).acquire_owned().await.expect("the semaphore is never closed");
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                if let Err(error) = stream.set_nodelay(true) {
                    debug!(%error, "could not switch Nagle's algorithm off");
                }
                return (stream, place);
            }
            Err(error) if is_about_one_client(&error) => {}
            Err(error) => {
                // Out of file descriptors, most likely: some must close before it helps to ask again.
                warn!(%error, "could not accept a connection");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

fn is_about_one_client(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::Interrupted
    )
}

async fn finish(connections: &TaskTracker, phase: &watch::Sender<Phase>, grace: Duration) {
    connections.close();
    phase.send_replace(Phase::Finishing);
    if tokio::time::timeout(grace, connections.wait()).await.is_ok() {
        info!("every connection has finished");
        return;
    }
    warn!(connections = connections.len(), "stopped before every request had finished");
    phase.send_replace(Phase::Dropping);
    connections.wait().await;
}

/// The standard answer to an overdue request in plain words, for servers without a shape of their own.
pub fn overdue_in_plain_text() -> Response {
    let mut response = (StatusCode::SERVICE_UNAVAILABLE, "the request took too long").into_response();
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
    response
}
