//! Makes the end of every multipart upload conditional.
//!
//! The client offers `If-None-Match: *` for a single PUT, but not for the request that completes an
//! upload in parts. The header needs no signature (only `host` and `x-amz-…` do), so it is added
//! here, below the client, to every request that is such an end.

use async_trait::async_trait;
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpRequest, HttpResponse, HttpService, ReqwestConnector,
};
use object_store::{ClientOptions, HeaderValue};

/// Makes connections that complete uploads only where nothing is yet.
#[derive(Debug)]
pub(super) struct CreateOnly;

impl HttpConnector for CreateOnly {
    fn connect(&self, options: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(HttpClient::new(Conditional(ReqwestConnector::default().connect(options)?)))
    }
}

#[derive(Debug)]
struct Conditional(HttpClient);

#[async_trait]
impl HttpService for Conditional {
    async fn call(&self, mut request: HttpRequest) -> Result<HttpResponse, HttpError> {
        if completes_an_upload(&request) {
            request.headers_mut().insert("if-none-match", HeaderValue::from_static("*"));
        }
        self.0.execute(request).await
    }
}

fn completes_an_upload(request: &HttpRequest) -> bool {
    let query = request.uri().query().unwrap_or_default();
    request.method().as_str() == "POST" && query.split('&').any(|pair| pair.starts_with("uploadId="))
}
