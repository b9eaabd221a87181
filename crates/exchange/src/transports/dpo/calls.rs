//! The broker's endpoints, one function each.

use std::sync::Arc;
use std::time::Duration;

use auth::{SystemUser, TokenRequest, TokenSource};
use http::{HeaderValue, header};
use reqwest::{Body, Certificate, Client, RequestBuilder, Response, redirect};
use serde::de::DeserializeOwned;
use url::Url;

use super::config::Config;
use super::failure::{Answered, CallFailure};
use super::wire::{AnnouncementBody, OverviewBody, TransferIdBody};

/// Needed to announce and upload.
pub(super) const WRITE: &str = "altinn:broker.write";
/// Needed to list, fetch and confirm.
pub(super) const READ: &str = "altinn:broker.read";

/// The largest answer that is read whole, in bytes.
const LARGEST_ANSWER: usize = 4 << 20;
const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// No client for uploads.
#[derive(Debug, thiserror::Error)]
#[error("could not make an HTTP client for uploads")]
pub struct ClientError(#[source] reqwest::Error);

pub(super) struct Calls {
    http: Client,
    uploads: Client,
    tokens: Arc<dyn TokenSource>,
    base: Url,
    /// For everything but uploads and downloads.
    limit: Duration,
}

impl Calls {
    pub fn new(http: Client, tokens: Arc<dyn TokenSource>, config: &Config) -> Result<Self, ClientError> {
        let (base, limit) = (config.broker_url.clone(), config.request_timeout());
        Ok(Self { http, uploads: uploads().map_err(ClientError)?, tokens, base, limit })
    }

    fn url(&self, segments: &[&str]) -> Url {
        let mut url = self.base.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().push("filetransfer").extend(segments);
        }
        url
    }

    /// Announces a file; answers the id of the transfer.
    pub async fn announce(
        &self,
        user: &SystemUser,
        body: &AnnouncementBody<'_>,
    ) -> Result<String, CallFailure> {
        let url = self.url(&[]);
        let make = || self.http.post(url.clone()).header(header::ACCEPT, JSON).timeout(self.limit).json(body);
        let answer: TransferIdBody = json(self.call(user, WRITE, make).await?).await?;
        Ok(answer.file_transfer_id)
    }

    /// Uploads `bytes` bytes of `body`. The caller renews tokens, since a body flows only once.
    pub async fn upload(
        &self,
        user: &SystemUser,
        id: &str,
        body: Body,
        bytes: u64,
        limit: Duration,
    ) -> Result<(), CallFailure> {
        let request = self.uploads.post(self.url(&[id, "upload"])).timeout(limit);
        let request = request
            .header(header::ACCEPT, JSON)
            .header(header::CONTENT_TYPE, "application/octet-stream")
            .header(header::CONTENT_LENGTH, bytes)
            .body(body);
        self.call_once(&wanted(user, WRITE), request).await.map(|_| ())
    }

    /// At most a hundred ids. `query` is added to the resource.
    pub async fn list(
        &self,
        user: &SystemUser,
        scope: &str,
        query: &[(&str, &str)],
    ) -> Result<Vec<String>, CallFailure> {
        let mut url = self.url(&[]);
        url.query_pairs_mut().extend_pairs(query);
        json(self.call(user, scope, || self.get_json(url.clone())).await?).await
    }

    pub async fn overview(
        &self,
        user: &SystemUser,
        scope: &str,
        id: &str,
    ) -> Result<OverviewBody, CallFailure> {
        let url = self.url(&[id]);
        json(self.call(user, scope, || self.get_json(url.clone())).await?).await
    }

    /// The bytes from `from` on; the answer's status says whether the broker began there.
    pub async fn download(&self, user: &SystemUser, id: &str, from: u64) -> Result<Response, CallFailure> {
        let url = self.url(&[id, "download"]);
        let make = || {
            let request = self.http.get(url.clone());
            if from == 0 { request } else { request.header(header::RANGE, format!("bytes={from}-")) }
        };
        self.call(user, READ, make).await
    }

    pub async fn confirm(&self, user: &SystemUser, id: &str) -> Result<(), CallFailure> {
        let url = self.url(&[id, "confirmdownload"]);
        let make = || {
            let request = self.http.post(url.clone()).timeout(self.limit);
            request.header(header::ACCEPT, JSON).header(header::CONTENT_LENGTH, 0)
        };
        self.call(user, READ, make).await.map(|_| ())
    }

    fn get_json(&self, url: Url) -> RequestBuilder {
        self.http.get(url).header(header::ACCEPT, JSON).timeout(self.limit)
    }

    /// Calls with a token; one that is not believed is renewed once.
    async fn call(
        &self,
        user: &SystemUser,
        scope: &str,
        make: impl Fn() -> RequestBuilder,
    ) -> Result<Response, CallFailure> {
        let wanted = wanted(user, scope);
        match self.call_once(&wanted, make()).await {
            Err(CallFailure::Answered(answered)) if answered.wants_new_token() => {
                self.call_once(&wanted, make()).await
            }
            outcome => outcome,
        }
    }

    /// Calls with a token, and throws the token away if it is not believed.
    async fn call_once(
        &self,
        wanted: &TokenRequest,
        request: RequestBuilder,
    ) -> Result<Response, CallFailure> {
        let token = self.tokens.token(wanted).await.map_err(CallFailure::Token)?;
        let request = request.bearer_auth(token.reveal()).headers(trace::headers());
        let answer = request.send().await.map_err(CallFailure::from_sending)?;
        if answer.status().is_success() {
            return Ok(answer);
        }
        let answered = answered(answer).await;
        if answered.wants_new_token() {
            self.tokens.refused(wanted, &token).await;
        }
        Err(CallFailure::Answered(answered))
    }
}

fn wanted(user: &SystemUser, scope: &str) -> TokenRequest {
    TokenRequest::scope(scope).as_system_user(user.clone())
}

async fn answered(answer: Response) -> Answered {
    let status = answer.status();
    let after = answer.headers().get(header::RETRY_AFTER);
    let after = after.and_then(|value| value.to_str().ok()).map(str::to_owned);
    // The status is what counts; words that do not arrive are not missed.
    let body = whole(answer).await.unwrap_or_default();
    Answered::new(status, after.as_deref(), &body)
}

async fn json<T: DeserializeOwned>(answer: Response) -> Result<T, CallFailure> {
    let body = whole(answer).await?;
    serde_json::from_slice(&body).map_err(|why| CallFailure::Unreadable(why.to_string()))
}

async fn whole(mut answer: Response) -> Result<Vec<u8>, CallFailure> {
    let mut body = Vec::new();
    while let Some(piece) = answer.chunk().await.map_err(CallFailure::from_sending)? {
        if body.len() + piece.len() > LARGEST_ANSWER {
            return Err(CallFailure::Unreadable(format!("longer than {LARGEST_ANSWER} bytes")));
        }
        body.extend_from_slice(&piece);
    }
    Ok(body)
}

/// A client that waits for an answer as long as its request is told to: the usual one gives up when
/// nothing comes back for half a minute, and during an upload nothing does.
fn uploads() -> Result<Client, reqwest::Error> {
    let settings = || {
        Client::builder()
            .redirect(redirect::Policy::none())
            .no_proxy()
            .connect_timeout(Duration::from_secs(5))
            .tcp_nodelay(true)
            .tcp_keepalive(Duration::from_secs(30))
            .user_agent(concat!("budstikke/", env!("CARGO_PKG_VERSION")))
    };
    settings().build().or_else(|_| {
        // A machine without certificates of its own: Mozilla's list as it was when this was built.
        let roots = webpki_root_certs::TLS_SERVER_ROOT_CERTS;
        let roots = roots.iter().filter_map(|der| Certificate::from_der(der).ok());
        settings().tls_certs_only(roots).build()
    })
}
