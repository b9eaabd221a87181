//! Time limits that look at progress: for a request's body, and for the handler that reads it.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use tokio::time::{Instant, Sleep, sleep_until};

use super::rest::Rest;

/// The client stopped sending in the middle of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the rest of the body did not come in time")]
pub struct BodyStalled;

/// When a body last made progress, seen by both its reader and its request's time limit.
#[derive(Clone, Debug)]
pub(super) struct Pace {
    began: Instant,
    /// Milliseconds after `began`.
    moved: Arc<AtomicU64>,
}

impl Pace {
    pub(super) fn begin() -> Self {
        Self { began: Instant::now(), moved: Arc::default() }
    }

    fn has_moved(&self) {
        let now = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.moved.store(now, Ordering::Relaxed);
    }

    fn last(&self) -> Instant {
        self.began + Duration::from_millis(self.moved.load(Ordering::Relaxed))
    }
}

/// Finishes `work`, unless it takes longer than `limit` after the last progress of the body.
pub(super) async fn within<W: Future>(work: W, limit: Duration, pace: Option<&Pace>) -> Option<W::Output> {
    let mut work = std::pin::pin!(work);
    let mut due = Instant::now() + limit;
    loop {
        if let Ok(done) = tokio::time::timeout_at(due, work.as_mut()).await {
            return Some(done);
        }
        let later = pace.map_or(due, |pace| pace.last() + limit);
        if later <= due {
            return None;
        }
        due = later;
    }
}

/// A request's body that fails when its next piece does not come in time.
pub(super) struct Paced {
    /// There until this is dropped.
    body: Option<Incoming>,
    rest: Rest,
    pace: Pace,
    stall: Duration,
    /// When the reader began to wait; set again only when it has fired, not for every piece.
    waiting: Option<Pin<Box<Sleep>>>,
    /// Whether the last look found nothing, so that the wait has begun.
    waits_since: Option<Instant>,
}

impl Paced {
    /// What is left of the body when this is dropped goes to `rest`.
    pub(super) const fn new(body: Incoming, rest: Rest, pace: Pace, stall: Duration) -> Self {
        Self { body: Some(body), rest, pace, stall, waiting: None, waits_since: None }
    }

    /// Ready when the reader has waited too long.
    fn poll_stalled(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let since = *self.waits_since.get_or_insert_with(Instant::now);
        let due = since + self.stall;
        let timer = self.waiting.get_or_insert_with(|| Box::pin(sleep_until(due)));
        while timer.as_mut().poll(cx).is_ready() {
            if timer.deadline() >= due {
                return Poll::Ready(());
            }
            timer.as_mut().reset(due);
        }
        Poll::Pending
    }
}

impl Body for Paced {
    type Data = Bytes;
    type Error = axum::BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let Some(body) = &mut self.body else { return Poll::Ready(None) };
        match Pin::new(body).poll_frame(cx) {
            Poll::Ready(frame) => {
                self.waits_since = None;
                self.pace.has_moved();
                Poll::Ready(frame.map(|frame| frame.map_err(Into::into)))
            }
            Poll::Pending => self.poll_stalled(cx).map(|()| {
                // There is nothing left to wait for.
                self.body = None;
                Some(Err(BodyStalled.into()))
            }),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map(Body::size_hint).unwrap_or_default()
    }
}

impl Drop for Paced {
    fn drop(&mut self) {
        if let Some(body) = self.body.take() {
            self.rest.keep(body);
        }
    }
}
