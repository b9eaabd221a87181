//! Reading a whole body, up to a limit.

use std::error::Error as StdError;

use axum::body::Body;
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt as _;
use hyper::body::Body as _;

pub use crate::server::BodyStalled;

/// Why a body did not arrive whole.
#[derive(Debug, thiserror::Error)]
pub enum BodyError {
    /// It is larger than we accept.
    #[error("the body is larger than {limit} bytes")]
    TooLarge {
        /// What would have been accepted, in bytes.
        limit: u64,
    },
    /// The client stopped sending, but stayed connected.
    #[error("the rest of the body did not come in time")]
    Stalled,
    /// The connection ended in the middle of the body, or its framing was wrong.
    #[error("the body was cut off")]
    CutOff(#[source] axum::Error),
}

impl BodyError {
    /// Tells a stalled body from one that was cut off.
    pub(crate) fn from_reading(error: axum::Error) -> Self {
        let mut cause: Option<&(dyn StdError + 'static)> = Some(&error);
        while let Some(error) = cause {
            if error.is::<BodyStalled>() {
                return Self::Stalled;
            }
            cause = error.source();
        }
        Self::CutOff(error)
    }
}

/// Reads a body of at most `limit` bytes into memory. A body that says beforehand that it is larger
/// is refused before a byte of it is read.
pub async fn read(body: Body, limit: usize) -> Result<Bytes, BodyError> {
    let too_large = || BodyError::TooLarge { limit: limit as u64 };
    if body.size_hint().lower() > limit as u64 {
        return Err(too_large());
    }
    let mut body = body;
    let mut first = Bytes::new();
    let mut whole = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(BodyError::from_reading)?.into_data() else {
            continue; // trailers
        };
        if first.len() + whole.len() + data.len() > limit {
            return Err(too_large());
        }
        // Most bodies come in one piece, which is handed on as it is.
        if first.is_empty() && whole.is_empty() {
            first = data;
            continue;
        }
        if whole.is_empty() {
            whole.extend_from_slice(&std::mem::take(&mut first));
        }
        whole.extend_from_slice(&data);
    }
    Ok(if whole.is_empty() { first } else { whole.freeze() })
}

#[cfg(test)]
mod tests {
    use futures_util::stream;

    use super::*;

    fn in_pieces(pieces: &[&'static str]) -> Body {
        let pieces: Vec<_> =
            pieces.iter().map(|piece| Ok::<_, axum::Error>(Bytes::from_static(piece.as_bytes()))).collect();
        Body::from_stream(stream::iter(pieces))
    }

    #[tokio::test]
    async fn pieces_are_put_together() {
        let whole = read(in_pieces(&["ab", "", "cd", "e"]), 5).await.expect("it fits");
        assert_eq!(whole, "abcde");
    }

    #[tokio::test]
    async fn one_byte_more_than_the_limit_is_refused() {
        let refused = read(in_pieces(&["ab", "cd", "ef"]), 5).await;
        assert!(matches!(refused, Err(BodyError::TooLarge { limit: 5 })));
        let refused = read(Body::from("abcdef"), 5).await;
        assert!(matches!(refused, Err(BodyError::TooLarge { limit: 5 })));
    }
}
