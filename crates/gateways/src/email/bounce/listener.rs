//! The mail server for bounces: a few connections at a time, each with an end.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};

use super::config::{BouncesConfig, Doorkeeper};
use super::{BounceSink, session};

/// Takes an address.
#[derive(Clone, Copy, Debug)]
pub struct BounceListener;

/// A listener that has its address but does not answer yet.
#[derive(Debug)]
pub struct BoundBounces {
    listener: TcpListener,
    /// The address, with the port that was given when port 0 was asked for.
    pub local_addr: SocketAddr,
}

impl BounceListener {
    /// Takes an address; port 0 takes any that is free.
    pub async fn bind(addr: SocketAddr) -> io::Result<BoundBounces> {
        let listener = TcpListener::bind(addr).await?;
        let local_addr = listener.local_addr()?;
        Ok(BoundBounces { listener, local_addr })
    }
}

impl BoundBounces {
    /// Takes bounces until told to stop. Whatever has not been acknowledged by then is brought again.
    ///
    /// When all places are taken, new connections wait in the system's queue.
    pub async fn serve(
        self,
        config: BouncesConfig,
        doorkeeper: Doorkeeper,
        sink: Arc<dyn BounceSink>,
        stop: CancellationToken,
    ) {
        let places = Arc::new(Semaphore::new(config.connections.max(1)));
        let limit = Duration::from_secs(config.session_seconds.max(1));
        let shared = Arc::new((config, doorkeeper, sink));
        let mut sessions = JoinSet::new();
        loop {
            while sessions.try_join_next().is_some() {}
            let accepted = tokio::select! {
                () = stop.cancelled() => return,
                accepted = self.accept(&places) => accepted,
            };
            let (stream, place) = match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    warn!(%error, "could not accept a connection with bounces");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                    continue;
                }
            };
            let shared = Arc::clone(&shared);
            sessions.spawn(async move {
                let (config, doorkeeper, sink) = &*shared;
                let session = session::serve(stream, config, doorkeeper, sink.as_ref());
                match timeout(limit, session).await {
                    Ok(Ok(())) => {}
                    Ok(Err(error)) => debug!(%error, "a connection with bounces ended early"),
                    Err(_) => debug!("a connection with bounces lasted too long"),
                }
                drop(place);
            });
        }
    }

    async fn accept(
        &self,
        places: &Arc<Semaphore>,
    ) -> io::Result<(tokio::net::TcpStream, tokio::sync::OwnedSemaphorePermit)> {
        let place = Arc::clone(places).acquire_owned().await.expect("the semaphore is never closed");
        let (stream, _) = self.listener.accept().await?;
        stream.set_nodelay(true)?;
        Ok((stream, place))
    }
}
