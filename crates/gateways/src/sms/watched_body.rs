//! A request body that tells whether it was taken to be written: what separates "certainly not sent"
//! from "perhaps sent" when a call fails.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

/// The body, in one piece.
pub(super) struct WatchedBody {
    bytes: Option<Bytes>,
    taken: Arc<AtomicBool>,
}

/// Sees whether the body was taken.
#[derive(Clone)]
pub(super) struct Watch(Arc<AtomicBool>);

impl Watch {
    /// Whether any of the body may have left this process.
    pub(super) fn was_taken(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

impl WatchedBody {
    pub(super) fn new(bytes: Bytes) -> (Self, Watch) {
        let taken = Arc::new(AtomicBool::new(false));
        (Self { bytes: Some(bytes), taken: Arc::clone(&taken) }, Watch(taken))
    }
}

impl Body for WatchedBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let bytes = self.bytes.take();
        if bytes.is_some() {
            self.taken.store(true, Ordering::Release);
        }
        Poll::Ready(bytes.map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.bytes.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.bytes.as_ref().map_or(0, |bytes| bytes.len() as u64))
    }
}
