//! One connection, from its first byte to its last.

use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::response::Response;
use http::{Request, Version, header};
use hyper::body::{Body as _, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;
use tower::Service as _;
use tracing::debug;

use super::pace::{Pace, Paced, within};
use super::rest::Rest;
use super::vigil::{Vigil, Watched};
use super::{Limits, Peer, Phase};

/// What every connection of a server shares.
pub(super) struct Speaking {
    pub(super) http: Builder<TokioExecutor>,
    pub(super) router: Router,
    pub(super) limits: Limits,
}

/// Speaks until the client leaves, is silent for too long, or the server stops.
pub(super) async fn serve<S>(
    speaking: Arc<Speaking>,
    stream: S,
    peer: Option<Peer>,
    mut phase: watch::Receiver<Phase>,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let vigil = Vigil::begin();
    let service = {
        let (speaking, vigil) = (Arc::clone(&speaking), Arc::clone(&vigil));
        service_fn(move |request| answer(Arc::clone(&speaking), Arc::clone(&vigil), peer, request))
    };
    let io = TokioIo::new(Watched::new(stream, Arc::clone(&vigil)));
    let mut connection = pin!(speaking.http.serve_connection(io, service));
    let mut silent = pin!(vigil.until_silent(&speaking.limits));
    // A connection that is accepted just before the stop sees the phase at once.
    let mut now = *phase.borrow_and_update();
    loop {
        match now {
            Phase::Serving => {}
            Phase::Finishing => connection.as_mut().graceful_shutdown(),
            Phase::Dropping => return,
        }
        tokio::select! {
            biased;
            ended = connection.as_mut() => {
                if let Err(error) = ended {
                    debug!(error = %error, "a connection ended badly");
                }
                return;
            }
            changed = phase.changed() => match changed {
                Ok(()) => now = *phase.borrow_and_update(),
                Err(_) => return,
            },
            () = silent.as_mut() => return,
        }
    }
}

async fn answer(
    speaking: Arc<Speaking>,
    vigil: Arc<Vigil>,
    peer: Option<Peer>,
    request: Request<Incoming>,
) -> Result<Response, Infallible> {
    let _handling = vigil.handling();
    let mut router = speaking.router.clone();
    let limits = &speaking.limits;
    let (mut head, body) = request.into_parts();
    if let Some(peer) = peer {
        head.extensions.insert(peer);
    }
    if body.is_end_stream() {
        let work = router.call(Request::from_parts(head, Body::empty()));
        let answered = within(work, limits.request, None).await;
        return answered.unwrap_or_else(|| Ok((limits.overdue)()));
    }
    let (pace, rest) = (Pace::begin(), Rest::default());
    // HTTP/2 ends a stream in peace, and who expects `100 Continue` has sent nothing yet.
    let discards = head.version < Version::HTTP_2 && !head.headers.contains_key(header::EXPECT);
    let body = Body::new(Paced::new(body, rest.clone(), pace.clone(), limits.stall));
    let work = router.call(Request::from_parts(head, body));
    let answered = within(work, limits.request, Some(&pace)).await;
    if discards {
        rest.discard();
    }
    answered.unwrap_or_else(|| Ok((limits.overdue)()))
}
