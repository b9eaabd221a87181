//! Cuts a stream of bytes into lines.

use axum::body::{Body, BodyDataStream, Bytes};
use futures_util::StreamExt as _;

/// Reads lines one after the other, each of at most so many bytes.
pub(super) struct Lines {
    pieces: BodyDataStream,
    limit: usize,
    /// What has been read and not yet been given out.
    held: Vec<u8>,
    /// How much of it has been searched.
    searched: usize,
    number: u64,
    /// Whether the rest of a line that is too long is being passed over.
    passing: bool,
    ended: bool,
}

/// One line, counted from 1.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) number: u64,
    pub(super) text: Text,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Text {
    Whole(Vec<u8>),
    TooLong,
}

/// The stream broke off.
#[derive(Debug)]
pub(super) struct BrokenOff;

impl Lines {
    pub(super) fn new(body: Body, limit: usize) -> Self {
        let pieces = body.into_data_stream();
        Self { pieces, limit, held: Vec::new(), searched: 0, number: 0, passing: false, ended: false }
    }

    /// The next line that is not blank; `None` at the end. May be dropped and asked again.
    pub(super) async fn next(&mut self) -> Result<Option<Line>, BrokenOff> {
        loop {
            while let Some(line) = self.cut() {
                let is_blank = matches!(&line.text, Text::Whole(text) if text.trim_ascii().is_empty());
                if !is_blank {
                    return Ok(Some(line));
                }
            }
            if self.ended {
                return Ok(None);
            }
            match self.pieces.next().await {
                Some(Ok(piece)) => self.hold(&piece),
                Some(Err(_)) => return Err(BrokenOff),
                None => self.end(),
            }
        }
    }

    fn hold(&mut self, piece: &Bytes) {
        self.held.extend_from_slice(piece);
    }

    /// The last line needs no line break.
    fn end(&mut self) {
        self.ended = true;
        if !self.held.is_empty() || self.passing {
            self.held.push(b'\n');
        }
    }

    fn cut(&mut self) -> Option<Line> {
        let found = self.held[self.searched..].iter().position(|byte| *byte == b'\n');
        let Some(end) = found.map(|place| self.searched + place) else {
            if self.held.len() > self.limit {
                self.passing = true;
            }
            if self.passing {
                self.held.clear();
            }
            self.searched = self.held.len();
            return None;
        };
        let rest = self.held.split_off(end + 1);
        let mut text = std::mem::replace(&mut self.held, rest);
        text.pop();
        self.searched = 0;
        self.number += 1;
        let too_long = std::mem::take(&mut self.passing) || text.len() > self.limit;
        let text = if too_long { Text::TooLong } else { Text::Whole(text) };
        Some(Line { number: self.number, text })
    }
}

#[cfg(test)]
mod tests {
    use futures_util::stream;

    use super::*;

    async fn cut(pieces: &[&'static str]) -> Vec<(u64, Option<String>)> {
        let pieces: Vec<_> =
            pieces.iter().map(|piece| Ok::<_, axum::Error>(Bytes::from_static(piece.as_bytes()))).collect();
        let mut lines = Lines::new(Body::from_stream(stream::iter(pieces)), 5);
        let mut all = Vec::new();
        while let Some(Line { number, text }) = lines.next().await.expect("no break") {
            all.push((
                number,
                match text {
                    Text::Whole(text) => Some(String::from_utf8(text).expect("text")),
                    Text::TooLong => None,
                },
            ));
        }
        all
    }

    #[tokio::test]
    async fn lines_come_whole_however_they_are_cut_on_the_way() {
        let whole = |number, text: &str| (number, Some(text.to_owned()));
        assert_eq!(
            cut(&["a\nb", "c", "d\n\n", "\r\ne"]).await,
            [whole(1, "a"), whole(2, "bcd"), whole(5, "e")]
        );
        assert_eq!(cut(&["12345\n"]).await, [whole(1, "12345")]);
        assert!(cut(&[]).await.is_empty());
    }

    #[tokio::test]
    async fn a_line_that_is_too_long_is_passed_over_and_the_next_is_read() {
        let expected = [(1, None), (2, Some("b".to_owned())), (3, None)];
        assert_eq!(cut(&["123456\nb\n", "1234", "5678", "90"]).await, expected);
    }
}
