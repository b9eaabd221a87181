//! A webhook receiver that can be questioned.
//!
//! `POST` on any path is remembered and answered as told: with 200 unless something else was asked
//! for. A ping, which only asks whether somebody is there (`"event": "ping"` in the body), is remembered
//! and answered like any other delivery.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use bytes::Bytes;
use http::{HeaderMap, StatusCode, Uri};
use jiff::Timestamp;
use serde_json::Value;
use types::Secret;
use types::time::Clock;

use crate::captured::Captured;
use crate::drop_connection::without_an_answer;
use crate::signature;

/// A delivery may have this many bytes.
const DELIVERY_BYTES: usize = 1024 * 1024;

/// What deliveries are answered with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reply {
    /// 200.
    Ok,
    /// Another HTTP status; 410 asks never to be called again.
    Status(StatusCode),
    /// 200, after a while.
    Slow(Duration),
    /// The connection is closed without an answer.
    Dropped,
}

/// One delivery.
#[derive(Clone)]
pub struct Delivery {
    /// When it came.
    pub at: Timestamp,
    /// Path and query.
    pub uri: Uri,
    /// Its headers, signatures among them.
    pub headers: HeaderMap,
    /// Its exact bytes, for checking a signature.
    pub body: Bytes,
    /// The body as JSON; null when it is not JSON.
    pub json: Value,
    /// What it was answered with.
    pub reply: Reply,
}

impl Delivery {
    /// Whether it only asks if somebody is there.
    pub fn is_ping(&self) -> bool {
        self.json["event"] == "ping"
    }

    /// Whether it was answered with 2xx.
    pub fn was_accepted(&self) -> bool {
        match self.reply {
            Reply::Ok | Reply::Slow(_) => true,
            Reply::Status(status) => status.is_success(),
            Reply::Dropped => false,
        }
    }
}

impl fmt::Debug for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Delivery({} bytes, answered {:?})", self.body.len(), self.reply)
    }
}

/// The receiver. Clones are the same receiver.
#[derive(Clone, Debug)]
pub struct Subscriber(Arc<Receiver>);

#[derive(Debug)]
struct Receiver {
    clock: Clock,
    deliveries: Captured<Delivery>,
    mood: Mutex<Mood>,
}

#[derive(Debug)]
struct Mood {
    next: VecDeque<Reply>,
    always: Reply,
    secret: Option<Secret>,
}

impl Subscriber {
    /// A receiver that answers 200 and keeps the newest `keep` deliveries.
    pub fn new(clock: Clock, keep: usize) -> Self {
        let mood = Mood { next: VecDeque::new(), always: Reply::Ok, secret: None };
        Self(Arc::new(Receiver { clock, deliveries: Captured::keeping(keep), mood: Mutex::new(mood) }))
    }

    /// Tells what every delivery is answered with from now on.
    pub fn answer(&self, reply: Reply) {
        let mut mood = self.0.mood.lock().unwrap_or_else(PoisonError::into_inner);
        mood.next.clear();
        mood.always = reply;
    }

    /// Tells what the next `times` deliveries are answered with, before it goes on as before.
    pub fn answer_next(&self, times: usize, reply: Reply) {
        let mut mood = self.0.mood.lock().unwrap_or_else(PoisonError::into_inner);
        mood.next.extend(std::iter::repeat_n(reply, times));
    }

    /// Answers 401 from now on to what is not signed with this secret, in the Standard Webhooks format.
    pub fn trust_only(&self, secret: Secret) {
        self.0.mood.lock().unwrap_or_else(PoisonError::into_inner).secret = Some(secret);
    }

    /// Every delivery, pings and refused ones included.
    pub fn deliveries(&self) -> &Captured<Delivery> {
        &self.0.deliveries
    }

    /// What it answers over HTTP.
    pub fn router(&self) -> Router {
        Router::new().fallback(post(receive)).with_state(self.clone())
    }

    fn next_reply(&self, headers: &HeaderMap, body: &[u8]) -> Reply {
        let mut mood = self.0.mood.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(secret) = &mood.secret
            && !signature::is_signed(secret, headers, body, self.0.clock.now())
        {
            return Reply::Status(StatusCode::UNAUTHORIZED);
        }
        mood.next.pop_front().unwrap_or(mood.always)
    }
}

async fn receive(State(subscriber): State<Subscriber>, request: Request<Body>) -> Response {
    let (head, body) = request.into_parts();
    let Ok(body) = web::body::read(body, DELIVERY_BYTES).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let reply = subscriber.next_reply(&head.headers, &body);
    subscriber.0.deliveries.push(Delivery {
        at: subscriber.0.clock.now(),
        uri: head.uri,
        headers: head.headers,
        json: serde_json::from_slice(&body).unwrap_or_default(),
        body,
        reply,
    });
    match reply {
        Reply::Ok => StatusCode::OK.into_response(),
        Reply::Status(status) => status.into_response(),
        Reply::Slow(time) => {
            tokio::time::sleep(time).await;
            StatusCode::OK.into_response()
        }
        Reply::Dropped => without_an_answer(),
    }
}
