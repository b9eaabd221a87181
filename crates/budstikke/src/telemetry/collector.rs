//! How a collector is called: by the HTTP client that everything else is called with.

use std::time::Duration;

use anyhow::Result;
use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use http::{Request, Response};
use opentelemetry_http::{HttpClient, HttpError};

/// The most of an answer that is read.
const ANSWER: usize = 64 * 1024;

/// The client.
#[derive(Debug)]
pub(super) struct Collector {
    client: reqwest::Client,
    patience: Duration,
}

impl Collector {
    pub(super) fn new(patience: Duration) -> Result<Self> {
        Ok(Self { client: web::plain_client()?, patience })
    }
}

#[async_trait]
impl HttpClient for Collector {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let (head, body) = request.into_parts();
        let call = self.client.request(head.method, head.uri.to_string()).headers(head.headers);
        let mut answer =
            call.timeout(self.patience).body(body).send().await.map_err(reqwest::Error::without_url)?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        let mut read = BytesMut::new();
        while read.len() < ANSWER
            && let Some(piece) = answer.chunk().await?
        {
            read.extend_from_slice(&piece);
        }
        let mut whole = Response::new(read.freeze());
        (*whole.status_mut(), *whole.headers_mut()) = (status, headers);
        Ok(whole)
    }
}
