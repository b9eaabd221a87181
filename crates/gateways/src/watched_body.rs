//! A request body that tells whether it was taken whole to be written: what separates "certainly not sent"
//! from "perhaps sent" when a call fails.

use std::convert::Infallible;
use std::iter;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

/// A body on its way.
pub(crate) struct WatchedBody {
    pieces: Box<dyn Iterator<Item = Bytes> + Send + Sync>,
    left: u64,
    whole: Arc<AtomicBool>,
}

/// Sees how far a body has come.
#[derive(Clone)]
pub(crate) struct Watch(Arc<AtomicBool>);

impl Watch {
    /// Whether the last of it may have left this process. Before that, nobody can have acted on it.
    pub(crate) fn saw_it_whole(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

impl WatchedBody {
    /// A body of these pieces, none of them empty, which have this many bytes together.
    pub(crate) fn of(
        pieces: impl Iterator<Item = Bytes> + Send + Sync + 'static,
        length: u64,
    ) -> (Self, Watch) {
        let whole = Arc::new(AtomicBool::new(false));
        (Self { pieces: Box::new(pieces), left: length, whole: Arc::clone(&whole) }, Watch(whole))
    }

    /// A body in one piece, which is not empty.
    pub(crate) fn in_one_piece(bytes: Bytes) -> (Self, Watch) {
        let length = bytes.len() as u64;
        Self::of(iter::once(bytes), length)
    }
}

impl Body for WatchedBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let piece = self.pieces.next();
        self.left -= piece.as_ref().map_or(0, |piece| piece.len() as u64);
        if self.left == 0 {
            self.whole.store(true, Ordering::Release);
        }
        Poll::Ready(piece.map(|piece| Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}
