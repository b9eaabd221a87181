//! Watches one connection for silence, at the cost of a few stores per read and write.
//!
//! No timer is set or reset per request: one timer per connection wakes when the nearest limit could
//! have passed, looks at the marks, and sleeps on.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Instant;

use super::Limits;

/// The marks of one connection. Moments are milliseconds since it began.
#[derive(Debug)]
pub(super) struct Vigil {
    began: Instant,
    /// Requests whose handlers are working.
    handling: AtomicU32,
    /// When it last did something for us: took bytes, or got its answer's head.
    quiet_since: AtomicU64,
    /// When the first byte of a head that is not complete came, plus one; 0 when there is none.
    head_since: AtomicU64,
}

impl Vigil {
    pub(super) fn begin() -> Arc<Self> {
        Arc::new(Self {
            began: Instant::now(),
            handling: AtomicU32::new(0),
            quiet_since: AtomicU64::new(0),
            head_since: AtomicU64::new(0),
        })
    }

    fn now(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Marks that a handler works until the returned mark is dropped.
    pub(super) fn handling(self: &Arc<Self>) -> Handling {
        self.handling.fetch_add(1, Ordering::Relaxed);
        self.head_since.store(0, Ordering::Relaxed);
        Handling(Arc::clone(self))
    }

    fn has_read(&self) {
        if self.head_since.load(Ordering::Relaxed) == 0 && self.handling.load(Ordering::Relaxed) == 0 {
            self.head_since.store(self.now() + 1, Ordering::Relaxed);
        }
    }

    fn has_written(&self) {
        self.quiet_since.store(self.now(), Ordering::Relaxed);
        self.head_since.store(0, Ordering::Relaxed);
    }

    /// Returns when the connection has been silent, or its head incomplete, for too long.
    pub(super) async fn until_silent(&self, limits: &Limits) {
        loop {
            let Some(left) = self.left(limits) else { return };
            tokio::time::sleep(left).await;
        }
    }

    /// How long until a limit could pass; `None` when one has.
    fn left(&self, limits: &Limits) -> Option<Duration> {
        if self.handling.load(Ordering::Relaxed) > 0 {
            return Some(limits.idle.min(limits.head));
        }
        let now = Duration::from_millis(self.now());
        let quiet = Duration::from_millis(self.quiet_since.load(Ordering::Relaxed));
        let idle = (quiet + limits.idle).checked_sub(now)?;
        let head = match self.head_since.load(Ordering::Relaxed) {
            0 => limits.head,
            since => (Duration::from_millis(since) + limits.head).checked_sub(now)?,
        };
        Some(idle.min(head).max(Duration::from_millis(1)))
    }
}

/// A handler at work.
#[derive(Debug)]
pub(super) struct Handling(Arc<Vigil>);

impl Drop for Handling {
    fn drop(&mut self) {
        self.0.quiet_since.store(self.0.now(), Ordering::Relaxed);
        self.0.handling.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A socket whose traffic is marked.
#[derive(Debug)]
pub(super) struct Watched<S> {
    stream: S,
    vigil: Arc<Vigil>,
}

impl<S> Watched<S> {
    pub(super) const fn new(stream: S, vigil: Arc<Vigil>) -> Self {
        Self { stream, vigil }
    }

    fn mark(&self, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if matches!(written, Poll::Ready(Ok(_))) {
            self.vigil.has_written();
        }
        written
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, buf);
        if buf.filled().len() > before {
            self.vigil.has_read();
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, buf);
        self.mark(written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, bufs);
        self.mark(written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
