//! What a gateway answered.

use http::{HeaderMap, StatusCode};
use serde_json::Value;

/// An answer, read whole.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub bytes: Vec<u8>,
}

impl Answer {
    pub async fn of(request: reqwest::RequestBuilder) -> Self {
        let (client, request) = request.build_split();
        let request = request.expect("a request");
        let (method, path) = (request.method().clone(), request.url().path().to_owned());
        let answer = client.execute(request).await.expect("an answer");
        let (status, headers) = (answer.status(), answer.headers().clone());
        let bytes = answer.bytes().await.expect("a body").to_vec();
        crate::described::hold(&method, &path, status, &headers, &bytes);
        Self { status, headers, bytes }
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }

    /// The class name in an error body, without its package.
    pub fn exception(&self) -> String {
        let body = self.json();
        let class = body["exception"].as_str().unwrap_or_default();
        class.rsplit('.').next().unwrap_or_default().to_owned()
    }

    /// Status and class of an error.
    pub fn refusal(&self) -> (u16, String) {
        (self.status.as_u16(), self.exception())
    }
}
