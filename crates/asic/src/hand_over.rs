//! A writer on another thread, so that hashing and encrypting use two cores.

use std::io::{self, Write};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

/// Bytes handed over at a time.
const CHUNK: usize = 256 * 1024;
/// Buffers that may wait; with the two in hand this bounds the memory.
const WAITING: usize = 4;

/// Writes to `W` on a thread of its own, through a bounded channel.
///
/// An error over there comes back from a later write, or from [`finish`](Self::finish). Dropped
/// without `finish`, the thread stops by itself and the output is left as it is.
pub struct HandOver<W> {
    current: Vec<u8>,
    full: Option<SyncSender<Vec<u8>>>,
    empty: Receiver<Vec<u8>>,
    thread: Option<JoinHandle<io::Result<W>>>,
}

impl<W: Write + Send + 'static> HandOver<W> {
    /// Starts the thread.
    pub fn to(mut out: W) -> io::Result<Self> {
        let (full, arriving) = sync_channel::<Vec<u8>>(WAITING);
        let (returning, empty) = sync_channel::<Vec<u8>>(WAITING + 2);
        let work = move || {
            for mut buffer in arriving {
                out.write_all(&buffer)?;
                buffer.clear();
                // nobody needs the buffer any more once the writer is finishing
                let _ = returning.try_send(buffer);
            }
            Ok(out)
        };
        let thread = thread::Builder::new().name("encrypt".to_owned()).spawn(work)?;
        let current = Vec::with_capacity(CHUNK);
        Ok(Self { current, full: Some(full), empty, thread: Some(thread) })
    }

    /// Hands over the rest, waits for the thread and gives the output back.
    pub fn finish(mut self) -> io::Result<W> {
        if !self.current.is_empty() {
            self.hand_over()?;
        }
        self.full = None;
        self.join()
    }

    fn hand_over(&mut self) -> io::Result<()> {
        let next = self.empty.try_recv().unwrap_or_else(|_| Vec::with_capacity(CHUNK));
        let buffer = std::mem::replace(&mut self.current, next);
        let sent = self.full.as_ref().is_some_and(|full| full.send(buffer).is_ok());
        if sent {
            return Ok(());
        }
        // it hung up, so it has an error to tell
        self.full = None;
        self.join().and_then(|_| Err(ended()))
    }

    fn join(&mut self) -> io::Result<W> {
        let thread = self.thread.take().ok_or_else(ended)?;
        thread.join().map_err(|_| io::Error::other("the writing thread panicked"))?
    }
}

fn ended() -> io::Error {
    io::Error::new(io::ErrorKind::BrokenPipe, "the writing thread has ended")
}

impl<W: Write + Send + 'static> Write for HandOver<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = bytes.len().min(CHUNK - self.current.len());
        self.current.extend_from_slice(&bytes[..taken]);
        if self.current.len() == CHUNK {
            self.hand_over()?;
        }
        Ok(taken)
    }

    /// Hands over what has gathered; the output itself is flushed by whoever gets it back.
    fn flush(&mut self) -> io::Result<()> {
        if self.current.is_empty() { Ok(()) } else { self.hand_over() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Full;

    impl Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::StorageFull.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn everything_arrives_in_order() {
        let bytes: Vec<u8> = (0..3_000_000_u32).map(|n| (n % 251) as u8).collect();
        let mut writer = HandOver::to(Vec::new()).expect("a thread");

        for piece in bytes.chunks(100_001) {
            writer.write_all(piece).expect("memory does not fail");
        }

        assert!(writer.finish().expect("memory does not fail") == bytes);
    }

    #[test]
    fn an_error_on_the_other_side_comes_back() {
        let mut writer = HandOver::to(Full).expect("a thread");
        let piece = vec![0; CHUNK];

        let written = (0..100).find_map(|_| writer.write_all(&piece).err());

        let error = written.expect("an error long before the hundredth piece");
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
    }

    #[test]
    fn an_error_on_the_last_piece_comes_back_too() {
        let mut writer = HandOver::to(Full).expect("a thread");
        writer.write_all(b"short").expect("only gathered");

        assert!(writer.finish().is_err_and(|error| error.kind() == io::ErrorKind::StorageFull));
    }
}
