//! The call to a send condition: a `GET` with a bearer token, guarded, short, and never redirected.

use std::sync::Arc;

use auth::{TokenRequest, TokenSource};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::{Deserialize, Serialize};
use types::Secret;
use url::Url;
use web::GuardedClient;
use web::client::CallError;

/// The scope of the token shown to the sender's endpoint.
pub const SCOPE: &str = "altinn:system/notifications.condition.check";
/// Bytes of an answer that are read.
const ANSWER_BYTES: usize = 64 * 1024;

/// What the sender's endpoint said. Kept with the order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "answer", content = "details")]
pub enum Answer {
    /// Yes, send.
    Met {
        /// The HTTP status.
        status: u16,
    },
    /// No.
    NotMet {
        /// The HTTP status.
        status: u16,
    },
    /// Neither.
    Inconclusive(Doubt),
}

/// Why an answer is neither yes nor no.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "camelCase", tag = "because")]
pub enum Doubt {
    /// Not a 2xx status.
    #[error("the endpoint answered {status}")]
    Status {
        /// The HTTP status.
        status: u16,
    },
    /// Empty, not JSON, or without the boolean `sendNotification`.
    #[error("the endpoint answered {status}, but without a sendNotification that is true or false")]
    Unreadable {
        /// The HTTP status.
        status: u16,
    },
    /// More than is read.
    #[error("the endpoint's answer is too long")]
    TooLong,
    /// Nothing in time.
    #[error("the endpoint did not answer in time")]
    Timeout,
    /// No connection, or one that broke.
    #[error("the endpoint cannot be reached")]
    Unreachable,
    /// The URL leads to where we do not call.
    #[error("the endpoint's address may not be called")]
    Refused,
    /// We have no token to show.
    #[error("there is no token to ask with")]
    NoToken,
}

/// Asks send conditions.
#[derive(Clone, Debug)]
pub struct Asker {
    client: GuardedClient,
    tokens: Arc<dyn TokenSource>,
}

impl Asker {
    /// Asks with this client, whose total time limit should be about ten seconds, and with tokens
    /// from this source.
    pub fn new(client: GuardedClient, tokens: Arc<dyn TokenSource>) -> Self {
        Self { client, tokens }
    }

    /// Whether an address is called at all. Where a name leads is seen when it is called.
    pub fn may_ask(&self, url: &Url) -> bool {
        self.client.check(url).is_ok()
    }

    /// Asks once. Where the endpoint does not accept the token, asks once more with a new one.
    pub async fn ask(&self, url: &Url) -> Answer {
        let wanted = TokenRequest::scope(SCOPE);
        let Ok(token) = self.tokens.token(&wanted).await else {
            return Answer::Inconclusive(Doubt::NoToken);
        };
        let first = self.call(url, &token).await;
        if first != Answer::Inconclusive(Doubt::Status { status: 401 }) {
            return first;
        }
        self.tokens.refused(&wanted, &token).await;
        match self.tokens.token(&wanted).await {
            Ok(token) => self.call(url, &token).await,
            Err(_) => first,
        }
    }

    async fn call(&self, url: &Url, token: &Secret) -> Answer {
        let Some(headers) = headers(token) else {
            return Answer::Inconclusive(Doubt::NoToken);
        };
        let call = match self.client.get(url.clone()) {
            Ok(call) => call.headers(headers).answer_bytes(ANSWER_BYTES),
            Err(error) => return Answer::Inconclusive(doubt(&error)),
        };
        match call.send().await {
            Ok(answer) => read(answer.status, &answer.body),
            Err(error) => Answer::Inconclusive(doubt(&error)),
        }
    }
}

fn headers(token: &Secret) -> Option<HeaderMap> {
    let mut bearer = HeaderValue::try_from(format!("Bearer {}", token.reveal())).ok()?;
    bearer.set_sensitive(true);
    Some(HeaderMap::from_iter([
        (header::AUTHORIZATION, bearer),
        (header::ACCEPT, HeaderValue::from_static("application/json")),
    ]))
}

const fn doubt(error: &CallError) -> Doubt {
    match error {
        CallError::UnsuitableUrl | CallError::Refused(_) | CallError::Request(_) => Doubt::Refused,
        CallError::Timeout(_) => Doubt::Timeout,
        CallError::AnswerTooLong { .. } => Doubt::TooLong,
        CallError::Connect(_) | CallError::Interrupted(_) => Doubt::Unreachable,
    }
}

/// What an answer says. The member's name is exact, and its value a boolean.
fn read(status: StatusCode, body: &[u8]) -> Answer {
    let code = status.as_u16();
    if !status.is_success() {
        return Answer::Inconclusive(Doubt::Status { status: code });
    }
    let json: Option<serde_json::Value> = serde_json::from_slice(body).ok();
    match json.as_ref().and_then(|json| json.get("sendNotification")?.as_bool()) {
        Some(true) => Answer::Met { status: code },
        Some(false) => Answer::NotMet { status: code },
        None => Answer::Inconclusive(Doubt::Unreadable { status: code }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Covers: NP-99
    #[test]
    fn only_the_exact_member_with_a_boolean_is_an_answer() {
        let ok = StatusCode::OK;
        let met = Answer::Met { status: 200 };
        assert_eq!(read(ok, br#"{"sendNotification": true}"#), met);
        assert_eq!(read(ok, br#"{"more": 1, "sendNotification": true}"#), met);
        assert_eq!(
            read(StatusCode::CREATED, br#"{"sendNotification":false}"#),
            Answer::NotMet { status: 201 }
        );

        let unreadable = Answer::Inconclusive(Doubt::Unreadable { status: 200 });
        for body in [
            "",
            "true",
            "null",
            "yes",
            "[]",
            r#"{"sendnotification":true}"#,
            r#"{"sendNotification":null}"#,
            r#"{"sendNotification":"true"}"#,
            r#"{"sendNotification":1}"#,
            r#"{"sendNotification":true"#,
        ] {
            assert_eq!(read(ok, body.as_bytes()), unreadable, "{body}");
        }
        let found = read(StatusCode::FOUND, br#"{"sendNotification":true}"#);
        assert_eq!(found, Answer::Inconclusive(Doubt::Status { status: 302 }));
    }

    #[test]
    fn an_answer_keeps_its_shape_in_the_timeline() {
        let answers = [
            Answer::Met { status: 200 },
            Answer::Inconclusive(Doubt::Status { status: 503 }),
            Answer::Inconclusive(Doubt::Timeout),
        ];
        for answer in answers {
            let json = serde_json::to_value(&answer).expect("JSON");
            assert_eq!(serde_json::from_value::<Answer>(json).expect("an answer"), answer);
        }
    }
}
