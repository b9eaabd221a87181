//! Counts the lines that pass a reader.

use std::io::{self, BufRead, Read};

/// A reader that knows how far it has come.
pub(super) struct Lines<R> {
    inner: R,
    line: u64,
}

impl<R> Lines<R> {
    pub(super) const fn new(inner: R) -> Self {
        Self { inner, line: 1 }
    }

    /// The line that what was read last ends on, from 1.
    pub(super) const fn line(&self) -> u64 {
        self.line
    }
}

impl<R: BufRead> Read for Lines<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(into)?;
        self.line += newlines(&into[..read]);
        Ok(read)
    }
}

impl<R: BufRead> BufRead for Lines<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.inner.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        // What is consumed was filled before, so asking for it again reads nothing.
        if let Ok(filled) = self.inner.fill_buf() {
            self.line += newlines(&filled[..amount.min(filled.len())]);
        }
        self.inner.consume(amount);
    }
}

fn newlines(bytes: &[u8]) -> u64 {
    bytes.split(|byte| *byte == b'\n').count() as u64 - 1
}
