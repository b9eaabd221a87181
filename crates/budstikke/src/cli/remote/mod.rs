//! A server that commands talk to over its APIs: the one that runs here, or any other.

mod answer;
mod reach;
mod token;

use std::time::Duration;

use anyhow::{Context, Result};
use reqwest::{Client, Method, RequestBuilder, Response};
use serde_json::Value;
use types::{OrgNumber, Secret};
use url::Url;

pub(super) use answer::{answered, entry_for, value};
pub(super) use reach::{Reach, local};

use crate::catalogue::entries::server;
use token::Tokens;

/// For a call that carries no file.
const CALL: Duration = Duration::from_secs(90);

/// A server, and who we are there.
pub(super) struct Remote {
    /// Base of its APIs, with a slash at the end.
    pub base: Url,
    /// The organization that we send for.
    pub own: OrgNumber,
    http: Client,
    user: Option<(String, Secret)>,
    tokens: Tokens,
}

impl Remote {
    /// A call to the Notify API.
    pub(super) async fn notify(&self, method: Method, path: &str) -> Result<RequestBuilder> {
        let token = self.tokens.notify().await?;
        let url = self.url(&format!("notifications/api/v1/{path}"))?;
        Ok(self.http.request(method, url).bearer_auth(token.reveal()).timeout(CALL))
    }

    /// A call to the Exchange API, which may carry a file and take its time.
    pub(super) fn exchange(&self, method: Method, path: &str) -> Result<RequestBuilder> {
        let request = self.http.request(method, self.url(&format!("api/{path}"))?);
        match (&self.user, self.tokens.given()) {
            (Some((user, password)), _) => Ok(request.basic_auth(user, Some(password.reveal()))),
            (None, Some(token)) => Ok(request.bearer_auth(token.reveal())),
            (None, None) => Err(server::NO_PASSWORD.says("the Exchange API needs a user or a token").into()),
        }
    }

    /// Whether the Notify API can be asked at all.
    pub(super) fn may_notify(&self) -> bool {
        self.tokens.are_there()
    }

    /// Whether the Exchange API can be asked at all.
    pub(super) fn may_exchange(&self) -> bool {
        self.user.is_some() || self.tokens.given().is_some()
    }

    fn url(&self, path: &str) -> Result<Url> {
        let url = self.base.join(path);
        url.with_context(|| server::NOT_FOUND.says(format!("{path} is no path of a server")))
    }

    /// Sends a call; what is no good answer is an error with its entry.
    pub(super) async fn send(&self, request: RequestBuilder) -> Result<Response> {
        answered(request.send().await, &self.base).await
    }

    /// The JSON of a good answer; null when it is empty.
    pub(super) async fn json(&self, request: RequestBuilder) -> Result<Value> {
        value(self.send(request).await?).await
    }
}

/// A part of a path, however it is written.
pub(super) fn segment(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}
