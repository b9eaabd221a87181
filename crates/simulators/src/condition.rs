//! A sender's send-condition endpoint: before a message is sent, the sender is asked whether it still
//! should be.
//!
//! `GET` on any path answers as told with [`Condition::answer`], else with "yes". Every call is
//! remembered, with what a verifier handed in thinks of its bearer token.

use std::collections::HashMap;
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::{HeaderMap, Method, StatusCode, Uri, header};
use jiff::Timestamp;
use types::Secret;
use types::time::Clock;

use crate::captured::Captured;
use crate::drop_connection::without_an_answer;

/// What a path answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reply {
    /// `{"sendNotification": true}`
    Yes,
    /// `{"sendNotification": false}`
    No,
    /// An HTTP status and nothing else.
    Status(StatusCode),
    /// "Yes", after a while.
    Slow(Duration),
    /// 200 with something that is not JSON.
    InvalidJson,
    /// 200 with JSON in which the field has another case.
    WrongCase,
    /// 200 with this body.
    Body(&'static str),
    /// 200 without a body.
    Empty,
    /// The connection is closed without an answer.
    Dropped,
    /// 302 to somewhere else.
    Redirect(&'static str),
}

/// What was found about a call's token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Token {
    /// There was none.
    Missing,
    /// The verifier accepts it, scope included.
    Right,
    /// The verifier does not.
    Wrong,
    /// There was one, and nobody to verify it.
    Unverified,
}

/// One call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// When it came.
    pub at: Timestamp,
    /// Its method.
    pub method: Method,
    /// Path and query.
    pub uri: Uri,
    /// Whether it was allowed to ask.
    pub token: Token,
}

type Verdict = Pin<Box<dyn Future<Output = bool> + Send>>;
type Verify = dyn Fn(Secret) -> Verdict + Send + Sync;

/// The endpoint. Clones are the same endpoint.
#[derive(Clone)]
pub struct Condition(Arc<Endpoint>);

struct Endpoint {
    clock: Clock,
    replies: Mutex<HashMap<String, Reply>>,
    calls: Captured<Call>,
    verify: Option<Box<Verify>>,
}

impl fmt::Debug for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Condition").field("calls", &self.0.calls.total()).finish_non_exhaustive()
    }
}

impl Condition {
    /// An endpoint that says "yes" to everybody and keeps the newest `keep` calls.
    pub fn new(clock: Clock, keep: usize) -> Self {
        Self::build(clock, keep, None)
    }

    /// An endpoint that answers 401 to calls without a token `verify` accepts.
    pub fn verifying<V, F>(clock: Clock, keep: usize, verify: V) -> Self
    where
        V: Fn(Secret) -> F + Send + Sync + 'static,
        F: Future<Output = bool> + Send + 'static,
    {
        Self::build(clock, keep, Some(Box::new(move |token| Box::pin(verify(token)))))
    }

    fn build(clock: Clock, keep: usize, verify: Option<Box<Verify>>) -> Self {
        Self(Arc::new(Endpoint { clock, replies: Mutex::default(), calls: Captured::keeping(keep), verify }))
    }

    /// Tells what a path answers from now on.
    pub fn answer(&self, path: &str, reply: Reply) {
        let mut replies = self.0.replies.lock().unwrap_or_else(PoisonError::into_inner);
        replies.insert(path.to_owned(), reply);
    }

    /// Every call.
    pub fn calls(&self) -> &Captured<Call> {
        &self.0.calls
    }

    /// What it answers over HTTP.
    pub fn router(&self) -> Router {
        Router::new().fallback(get(ask)).with_state(self.clone())
    }

    fn reply_for(&self, path: &str) -> Reply {
        let replies = self.0.replies.lock().unwrap_or_else(PoisonError::into_inner);
        replies.get(path).copied().unwrap_or(Reply::Yes)
    }

    async fn judge(&self, headers: &HeaderMap) -> Token {
        let Ok(token) = web::bearer::from_headers(headers) else {
            return Token::Missing;
        };
        match &self.0.verify {
            None => Token::Unverified,
            Some(verify) => {
                if verify(token).await {
                    Token::Right
                } else {
                    Token::Wrong
                }
            }
        }
    }
}

async fn ask(State(condition): State<Condition>, method: Method, uri: Uri, headers: HeaderMap) -> Response {
    let token = condition.judge(&headers).await;
    let reply = condition.reply_for(uri.path());
    let at = condition.0.clock.now();
    condition.0.calls.push(Call { at, method, uri, token });
    let refused = matches!(token, Token::Missing | Token::Wrong) && condition.0.verify.is_some();
    if refused {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    give(reply).await
}

async fn give(reply: Reply) -> Response {
    match reply {
        Reply::Yes => json(r#"{"sendNotification":true}"#),
        Reply::No => json(r#"{"sendNotification":false}"#),
        Reply::Status(status) => status.into_response(),
        Reply::Slow(time) => {
            tokio::time::sleep(time).await;
            json(r#"{"sendNotification":true}"#)
        }
        Reply::InvalidJson => json("yes, please"),
        Reply::WrongCase => json(r#"{"sendnotification":true}"#),
        Reply::Body(text) => json(text),
        Reply::Empty => json(""),
        Reply::Dropped => without_an_answer(),
        Reply::Redirect(to) => (StatusCode::FOUND, [(header::LOCATION, to)]).into_response(),
    }
}

fn json(text: &'static str) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], text).into_response()
}
