//! Speaking HTTP: requests put together, answers read, problems told.

use std::fmt;

use reqwest::multipart::Form;
use reqwest::{Body, Client, Method, Response, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use url::Url;

/// What opens an API. Prints nothing of it.
#[derive(Clone)]
pub enum Opens {
    /// A token.
    Token(String),
    /// A user and a password.
    User(String, String),
}

impl fmt::Debug for Opens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Opens(…)")
    }
}

/// Why there is no answer to go on with.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address is none.
    #[error("the address of the API: {0}")]
    Address(#[from] url::ParseError),
    /// The server cannot be reached, or stopped in the middle.
    #[error(transparent)]
    Http(#[from] reqwest::Error),
    /// The answer is not what was expected.
    #[error("an answer that cannot be read: {0}")]
    Unreadable(#[from] serde_json::Error),
    /// The server refused; its body says why, if it has one.
    #[error("status {status}: {body}")]
    Problem {
        /// The answer's status.
        status: StatusCode,
        /// What the server said; null where it said nothing.
        body: serde_json::Value,
    },
}

/// Where an API is and what opens it.
#[derive(Clone, Debug)]
pub(crate) struct Api {
    base: Url,
    opens: Opens,
    http: Client,
}

/// A request that is being put together. What goes wrong is told when it is sent.
pub(crate) struct Request {
    method: &'static str,
    steps: Vec<String>,
    change: Vec<Box<dyn FnOnce(reqwest::RequestBuilder) -> reqwest::RequestBuilder + Send>>,
}

impl Request {
    pub(crate) fn new(method: &'static str, steps: &[&str]) -> Self {
        let steps = steps.iter().map(|step| (*step).to_owned()).collect();
        Self { method, steps, change: Vec::new() }
    }

    fn with(
        mut self,
        change: impl FnOnce(reqwest::RequestBuilder) -> reqwest::RequestBuilder + Send + 'static,
    ) -> Self {
        self.change.push(Box::new(change));
        self
    }

    pub(crate) fn query<Q: Serialize + ?Sized>(self, query: &Q) -> Self {
        let pairs = serde_json::to_value(query).unwrap_or_default();
        let pairs: Vec<(String, String)> = match pairs {
            serde_json::Value::Object(members) => {
                members.into_iter().map(|(name, value)| (name, plain(value))).collect()
            }
            other => serde_json::from_value(other).unwrap_or_default(),
        };
        self.with(move |builder| builder.query(&pairs))
    }

    pub(crate) fn header(self, name: &'static str, value: &str) -> Self {
        let value = value.to_owned();
        self.with(move |builder| builder.header(name, value))
    }

    pub(crate) fn accepting(self, media_type: &'static str) -> Self {
        self.with(move |builder| builder.header("Accept", media_type))
    }

    pub(crate) fn json<B: Serialize + ?Sized>(self, body: &B) -> Self {
        let body = serde_json::to_value(body).unwrap_or_default();
        self.with(move |builder| builder.json(&body))
    }

    pub(crate) fn form(self, form: Form) -> Self {
        self.with(move |builder| builder.multipart(form))
    }

    pub(crate) fn stream(self, body: impl Into<Body>, media_type: &str) -> Self {
        let (body, media_type) = (body.into(), media_type.to_owned());
        self.with(move |builder| builder.header("Content-Type", media_type).body(body))
    }
}

/// A value as it stands in a query.
fn plain(value: serde_json::Value) -> String {
    match value {
        serde_json::Value::String(text) => text,
        other => other.to_string(),
    }
}

impl Api {
    pub(crate) fn new(url: &str, opens: Opens) -> Result<Self, Error> {
        Ok(Self { base: Url::parse(url)?, opens, http: Client::builder().build()? })
    }

    /// The answer, if it is a success; its body has not been read.
    pub(crate) async fn answer(&self, request: Request) -> Result<Response, Error> {
        let mut url = self.base.clone();
        if let Ok(mut steps) = url.path_segments_mut() {
            steps.pop_if_empty().extend(&request.steps);
        }
        let method = Method::from_bytes(request.method.as_bytes()).unwrap_or_default();
        let builder = self.http.request(method, url);
        let builder = match &self.opens {
            Opens::Token(token) => builder.bearer_auth(token),
            Opens::User(user, password) => builder.basic_auth(user, Some(password)),
        };
        let builder = request.change.into_iter().fold(builder, |builder, change| change(builder));
        let answer = builder.send().await?;
        let status = answer.status();
        if status.is_success() {
            return Ok(answer);
        }
        let text = answer.text().await?;
        let body = serde_json::from_str(&text).unwrap_or_else(|_| match text.as_str() {
            "" => serde_json::Value::Null,
            _ => text.into(),
        });
        Err(Error::Problem { status, body })
    }

    pub(crate) async fn json<T: DeserializeOwned>(&self, request: Request) -> Result<T, Error> {
        let bytes = self.answer(request).await?.bytes().await?;
        Ok(serde_json::from_slice(&bytes)?)
    }

    pub(crate) async fn json_if_any<T: DeserializeOwned>(
        &self,
        request: Request,
    ) -> Result<Option<T>, Error> {
        let bytes = self.answer(request).await?.bytes().await?;
        if bytes.is_empty() { Ok(None) } else { Ok(Some(serde_json::from_slice(&bytes)?)) }
    }

    pub(crate) async fn nothing(&self, request: Request) -> Result<(), Error> {
        self.answer(request).await.map(drop)
    }
}
