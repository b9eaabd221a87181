//! Lines in, replies out, with limits on everything.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::time::timeout;

/// A command line may have this many bytes (RFC 5321, section 4.5.3.1.4: 512, and room for extensions).
const COMMAND_BYTES: usize = 2048;
/// Read from the socket at once at most.
const PIECE_BYTES: usize = 16 * 1024;

/// A connection, read line by line.
pub(super) struct Wire<S> {
    stream: S,
    input: Vec<u8>,
    /// How much of the input has been used.
    used: usize,
    patience: Duration,
}

/// What came between `DATA` and the final dot.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// Its beginning, as much as was to be kept; dots taken away.
    Kept(Vec<u8>),
    TooLarge,
}

/// How much of a message is read, and how much of that is kept.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sizes {
    pub(super) most: usize,
    pub(super) keep: usize,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Wire<S> {
    pub(super) fn new(stream: S, patience: Duration) -> Self {
        Self { stream, input: Vec::new(), used: 0, patience }
    }

    /// Says one or more whole lines.
    pub(super) async fn say(&mut self, lines: &str) -> io::Result<()> {
        let saying = async {
            self.stream.write_all(format!("{lines}\r\n").as_bytes()).await?;
            self.stream.flush().await
        };
        timeout(self.patience, saying).await?
    }

    /// Has nothing more to say.
    pub(super) async fn close(mut self) -> io::Result<()> {
        timeout(self.patience, self.stream.shutdown()).await?
    }

    async fn more(&mut self) -> io::Result<()> {
        self.input.drain(..self.used);
        self.used = 0;
        let held = self.input.len();
        self.input.resize(held + PIECE_BYTES, 0);
        let reading = self.stream.read(&mut self.input[held..]);
        let read = timeout(self.patience, reading).await;
        let count = match read {
            Ok(Ok(count)) => count,
            Ok(Err(error)) => return Err(error),
            Err(late) => return Err(late.into()),
        };
        self.input.truncate(held + count);
        if count == 0 { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(()) }
    }

    fn unread(&self) -> &[u8] {
        &self.input[self.used..]
    }

    /// The next command line without its line break; none when it was too long.
    pub(super) async fn command(&mut self) -> io::Result<Option<String>> {
        let mut too_long = false;
        loop {
            if let Some(end) = self.unread().iter().position(|byte| *byte == b'\n') {
                let line = String::from_utf8_lossy(self.unread()[..end].trim_ascii_end()).into_owned();
                self.used += end + 1;
                return Ok((!too_long && end < COMMAND_BYTES).then_some(line));
            }
            if self.unread().len() > COMMAND_BYTES {
                too_long = true;
                self.used = self.input.len();
            }
            self.more().await?;
        }
    }

    /// Everything up to the line that is a single dot. Only a whole line break ends a line, so that a lone
    /// line feed can end no message; what is too much is read and thrown away, so that the reply comes where it
    /// is expected.
    pub(super) async fn content(&mut self, sizes: Sizes) -> io::Result<Content> {
        let (mut kept, mut total) = (Vec::new(), 0_usize);
        let mut is_at_line_start = true;
        loop {
            let unread = self.unread();
            let end = unread.windows(2).position(|two| two == b"\r\n").map(|end| end + 2);
            // Without a line break, all but a last CR belongs to this line.
            let length = end.unwrap_or_else(|| unread.len() - usize::from(unread.ends_with(b"\r")));
            let piece = &unread[..length];
            if is_at_line_start && end.is_some() && piece == b".\r\n" {
                self.used += length;
                return Ok(if total > sizes.most { Content::TooLarge } else { Content::Kept(kept) });
            }
            let is_undecided = is_at_line_start && end.is_none() && piece.len() < 3;
            if !piece.is_empty() && !is_undecided {
                let stuffed = usize::from(is_at_line_start && piece[0] == b'.');
                let room = sizes.keep.saturating_sub(kept.len());
                kept.extend(piece[stuffed..].iter().take(room));
                total = total.saturating_add(piece.len());
                is_at_line_start = end.is_some();
                self.used += length;
            }
            if end.is_none() {
                self.more().await?;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn content(input: &[u8], sizes: Sizes) -> io::Result<Content> {
        let (ours, mut theirs) = tokio::io::duplex(1 << 20);
        theirs.write_all(input).await.expect("room");
        drop(theirs);
        Wire::new(ours, Duration::from_secs(20)).content(sizes).await
    }

    const ROOM: Sizes = Sizes { most: 1000, keep: 1000 };

    #[tokio::test]
    async fn dots_are_taken_away_and_only_a_dot_in_whole_line_breaks_ends() {
        for (input, expected) in [
            (&b"a\r\n..b\r\n.c\r\n.\r\n"[..], &b"a\r\n.b\r\nc\r\n"[..]),
            (b".\r\n", b""),
            (b"a\n.\nb\n.\r\nc\r\n.\r\n", b"a\n.\nb\n.\r\nc\r\n"),
            (b"\r\r\n\n.\r\n\r\n.\r\n", b"\r\r\n\n.\r\n\r\n"),
        ] {
            let read = content(input, ROOM).await.expect("a message");
            assert_eq!(read, Content::Kept(expected.to_vec()), "{:?}", String::from_utf8_lossy(input));
        }
        assert!(content(b"a\r\n.", ROOM).await.is_err());
    }

    #[tokio::test]
    async fn of_a_large_message_the_beginning_is_kept_and_of_a_huge_one_nothing() {
        let input = [&b"begin\r\n"[..], &vec![b'x'; 100_000], b"\r\n.\r\n"].concat();
        let read = content(&input, Sizes { most: 1 << 20, keep: 10 }).await.expect("a message");
        assert_eq!(read, Content::Kept(b"begin\r\nxxx".to_vec()));
        let read = content(&input, Sizes { most: 1000, keep: 10 }).await.expect("a message");
        assert_eq!(read, Content::TooLarge);
    }

    #[tokio::test]
    async fn a_line_that_is_too_long_is_passed_over_whole() {
        let (ours, mut theirs) = tokio::io::duplex(1 << 20);
        let long = vec![b'x'; 10_000];
        theirs.write_all(&[&long[..], b"\r\nNOOP\r\n"].concat()).await.expect("room");
        let mut wire = Wire::new(ours, Duration::from_secs(20));
        assert_eq!(wire.command().await.expect("a line"), None);
        assert_eq!(wire.command().await.expect("a line").as_deref(), Some("NOOP"));
    }
}
