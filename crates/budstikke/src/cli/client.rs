//! A client of both APIs, as demo and bench use it: plain HTTP, nothing from inside.

use std::future::Future;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use reqwest::{Body, Method, RequestBuilder, StatusCode};
use serde_json::Value;
use types::{OrgNumber, Secret};

/// How long a client waits for something that is bound to happen.
const PATIENCE: Duration = Duration::from_secs(120);

/// One organization's view of its own server.
#[derive(Clone)]
pub(crate) struct Client {
    /// Base address of its APIs and console, with a slash at the end.
    pub api: String,
    /// The organization.
    pub org: OrgNumber,
    /// User of the Exchange API and the console.
    pub user: String,
    /// That user's password.
    pub password: Secret,
    /// Token for the Notify API.
    pub token: Secret,
    http: reqwest::Client,
}

impl Client {
    pub(crate) fn new(
        api: String,
        org: OrgNumber,
        user: String,
        password: Secret,
        token: Secret,
    ) -> Result<Self> {
        let http = web::client::plain_client().context("an HTTP client")?;
        Ok(Self { api, org, user, password, token, http })
    }

    /// The organization's address in message exchange.
    pub(crate) fn participant(&self) -> String {
        format!("0192:{}", self.org)
    }

    /// A request to the Exchange API (Basic authentication).
    pub(crate) fn exchange(&self, method: Method, path: &str) -> RequestBuilder {
        self.http
            .request(method, format!("{}api/{path}", self.api))
            .basic_auth(&self.user, Some(self.password.reveal()))
            .header("User-Agent", "budstikke-client/1.0 (Linux)")
            .timeout(Duration::from_secs(600))
    }

    /// `POST` to the Notify API.
    pub(crate) async fn notify_post(&self, path: &str, body: &Value) -> Result<(StatusCode, Value)> {
        read(self.notify(Method::POST, path).json(body)).await
    }

    /// `GET` from the Notify API.
    pub(crate) async fn notify_get(&self, path: &str) -> Result<(StatusCode, Value)> {
        read(self.notify(Method::GET, path)).await
    }

    /// `POST` of lines of JSON to the Notify API; answers all the lines that came back.
    pub(crate) async fn notify_lines(&self, path: &str, body: Body) -> Result<(StatusCode, String)> {
        let request = self.notify(Method::POST, path).header("Content-Type", "application/x-ndjson");
        let answer = request.body(body).timeout(Duration::from_secs(3_600)).send().await?;
        Ok((answer.status(), answer.text().await?))
    }

    fn notify(&self, method: Method, path: &str) -> RequestBuilder {
        let url = format!("{}notifications/api/v1/{path}", self.api);
        self.http.request(method, url).bearer_auth(self.token.reveal())
    }
}

async fn read(request: RequestBuilder) -> Result<(StatusCode, Value)> {
    let answer = request.send().await?;
    let status = answer.status();
    let text = answer.text().await?;
    Ok((status, serde_json::from_str(&text).unwrap_or(Value::String(text))))
}

/// The JSON of an answer that must be 200; null when it is empty.
pub(crate) async fn ok(request: RequestBuilder) -> Result<Value> {
    match read(request).await? {
        (StatusCode::OK, Value::String(text)) if text.is_empty() => Ok(Value::Null),
        (StatusCode::OK, value) => Ok(value),
        (status, value) => bail!("expected 200, got {status}: {value}"),
    }
}

/// Asks again and again until there is an answer.
pub(crate) async fn patiently<T, F>(what: &str, mut ask: impl FnMut() -> F) -> Result<T>
where
    F: Future<Output = Result<Option<T>>>,
{
    let asking = async {
        loop {
            if let Some(answer) = ask().await? {
                return Ok(answer);
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, asking)
        .await
        .unwrap_or_else(|_| Err(anyhow!("waited {} s for {what}, in vain", PATIENCE.as_secs())))
}
