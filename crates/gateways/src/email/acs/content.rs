//! The content of a request, in pieces: what is written, and files that become Base64 while they are
//! hashed or sent, so that no message is ever held twice.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;

use crate::watched_body::{Watch, WatchedBody};

/// Bytes of a file that are encoded at once. A multiple of three, so that the pieces' Base64 joins.
const AT_ONCE: usize = 48 * 1024;

/// What a request says.
#[derive(Clone, Debug, Default)]
pub(super) struct Content(Vec<Piece>);

#[derive(Clone, Debug)]
enum Piece {
    Written(Bytes),
    File(Bytes),
}

impl Content {
    /// Adds something as it is.
    pub(super) fn write(&mut self, bytes: impl Into<Bytes>) {
        self.0.push(Piece::Written(bytes.into()));
    }

    /// Adds something in Base64.
    pub(super) fn encode(&mut self, file: Bytes) {
        self.0.push(Piece::File(file));
    }

    /// How many bytes it is on the wire.
    pub(super) fn len(&self) -> u64 {
        let len = |piece: &Piece| match piece {
            Piece::Written(bytes) => bytes.len() as u64,
            Piece::File(file) => (file.len() as u64).div_ceil(3) * 4,
        };
        self.0.iter().map(len).sum()
    }

    /// What is sent, in pieces of moderate size, none of them empty.
    pub(super) fn pieces(&self) -> impl Iterator<Item = Bytes> + Send + Sync + use<> {
        let pieces = self.0.clone().into_iter();
        pieces.flat_map(|piece| -> Box<dyn Iterator<Item = Bytes> + Send + Sync> {
            match piece {
                Piece::Written(bytes) => Box::new((!bytes.is_empty()).then_some(bytes).into_iter()),
                Piece::File(file) => {
                    let starts = (0..file.len()).step_by(AT_ONCE);
                    Box::new(starts.map(move |start| {
                        let end = file.len().min(start + AT_ONCE);
                        STANDARD.encode(&file[start..end]).into()
                    }))
                }
            }
        })
    }

    /// As a request's body, and something that tells how far it has come.
    pub(super) fn body(&self) -> (WatchedBody, Watch) {
        WatchedBody::of(self.pieces(), self.len())
    }
}

#[cfg(test)]
mod tests {
    use std::pin::Pin;
    use std::task::{Context, Poll};

    use http_body::Body as _;

    use super::*;

    fn whole(content: &Content) -> Vec<u8> {
        content.pieces().flat_map(|piece| piece.to_vec()).collect()
    }

    #[test]
    fn files_become_base64_that_joins() {
        for size in [0, 1, 2, 3, AT_ONCE - 1, AT_ONCE, AT_ONCE + 1, 3 * AT_ONCE + 2] {
            let file: Vec<u8> = (0..size).map(|at| u8::try_from(at % 251).expect("a byte")).collect();
            let mut content = Content::default();
            content.write("\"");
            content.encode(file.clone().into());
            content.write("\"");
            let expected = format!("\"{}\"", STANDARD.encode(&file));
            assert_eq!(String::from_utf8(whole(&content)).expect("text"), expected, "{size}");
            assert_eq!(content.len(), expected.len() as u64, "{size}");
        }
    }

    #[test]
    fn content_is_whole_only_once_its_last_piece_is_taken() {
        let mut content = Content::default();
        content.write("{");
        content.encode(vec![7; AT_ONCE + 1].into());
        let (mut body, watch) = content.body();
        let mut waiting = Context::from_waker(std::task::Waker::noop());
        let mut pieces = 0;
        while !Pin::new(&mut body).is_end_stream() {
            assert!(!watch.saw_it_whole());
            assert!(matches!(Pin::new(&mut body).poll_frame(&mut waiting), Poll::Ready(Some(Ok(_)))));
            pieces += 1;
        }
        assert_eq!((pieces, watch.saw_it_whole()), (3, true));
    }
}
