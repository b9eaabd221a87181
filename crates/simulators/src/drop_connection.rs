//! Closing a connection instead of answering.

use std::io;

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use futures_util::stream;

/// A response that fails before its first byte is sent, so that the server can only close the
/// connection: the caller sees no answer at all.
pub(crate) fn without_an_answer() -> Response {
    let gone = io::Error::from(io::ErrorKind::ConnectionAborted);
    Response::new(Body::from_stream(stream::iter([Err::<Bytes, _>(gone)])))
}
