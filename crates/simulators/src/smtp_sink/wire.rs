//! Lines in, replies out.

use std::io;
use std::time::Duration;

use bytes::{Buf as _, Bytes, BytesMut};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// A command line may have this many bytes; the standard's 512 and room for extensions
/// (RFC 5321, section 4.5.3.1.4; RFC 3461, section 4).
const COMMAND_BYTES: usize = 2048;

/// A connection, read line by line. Replies are gathered until the client waits for them, so that
/// pipelined commands are answered together (RFC 2920).
#[derive(Debug)]
pub(super) struct Wire {
    stream: TcpStream,
    input: BytesMut,
    output: BytesMut,
    patience: Duration,
}

/// A message's data as it came, dots unstuffed.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Data {
    Whole(Bytes),
    TooLarge,
    LineTooLong,
}

impl Wire {
    pub(super) fn new(stream: TcpStream, patience: Duration) -> Self {
        Self { stream, input: BytesMut::new(), output: BytesMut::new(), patience }
    }

    pub(super) fn reply(&mut self, line: &str) {
        self.output.extend_from_slice(line.as_bytes());
        self.output.extend_from_slice(b"\r\n");
    }

    pub(super) async fn flush(&mut self) -> io::Result<()> {
        if self.output.is_empty() {
            return Ok(());
        }
        let output = self.output.split();
        let sending = self.stream.write_all(&output);
        tokio::time::timeout(self.patience, sending).await?
    }

    /// Says a last word and closes.
    pub(super) async fn close(mut self) -> io::Result<()> {
        self.flush().await?;
        self.stream.shutdown().await
    }

    async fn more(&mut self) -> io::Result<()> {
        self.flush().await?;
        self.input.reserve(16 * 1024);
        let reading = self.stream.read_buf(&mut self.input);
        match tokio::time::timeout(self.patience, reading).await?? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }

    /// The next command line without its line break; `None` when it was too long.
    pub(super) async fn command(&mut self) -> io::Result<Option<String>> {
        let mut too_long = false;
        loop {
            if let Some(end) = self.input.iter().position(|byte| *byte == b'\n') {
                let line = self.input.split_to(end + 1);
                too_long |= line.len() > COMMAND_BYTES;
                let text = String::from_utf8_lossy(line.trim_ascii_end()).into_owned();
                return Ok((!too_long).then_some(text));
            }
            if self.input.len() > COMMAND_BYTES {
                too_long = true;
                self.input.clear();
            }
            self.more().await?;
        }
    }

    /// Everything up to the line that is a single dot. What is too much is read and thrown away, so
    /// that the reply comes where the client expects it.
    pub(super) async fn data(&mut self, most: usize, line_most: usize) -> io::Result<Data> {
        let mut whole = BytesMut::new();
        let (mut too_large, mut line_too_long) = (false, false);
        let mut line_begun = 0; // bytes of the present line that are already thrown away
        let mut scanned = 0;
        loop {
            // Only the full line break counts: a lone line feed must not end a message.
            let found = self.input[scanned..].windows(2).position(|pair| pair == b"\r\n");
            let Some(end) = found.map(|at| scanned + at) else {
                scanned = self.input.len().saturating_sub(1);
                if scanned > line_most {
                    line_too_long = true;
                    line_begun += scanned;
                    self.input.advance(scanned);
                    scanned = 0;
                }
                self.more().await?;
                continue;
            };
            scanned = 0;
            let line = self.input.split_to(end + 2);
            line_too_long |= line_begun + line.len() > line_most;
            let at_start = line_begun == 0;
            line_begun = 0;
            if at_start && &line[..] == b".\r\n" {
                break;
            }
            let line = if at_start && line.starts_with(b".") { &line[1..] } else { &line[..] };
            too_large |= whole.len() + line.len() > most;
            if !too_large && !line_too_long {
                whole.extend_from_slice(line);
            }
        }
        Ok(match (too_large, line_too_long) {
            (true, _) => Data::TooLarge,
            (_, true) => Data::LineTooLong,
            _ => Data::Whole(whole.freeze()),
        })
    }
}
