//! Why a call to the broker failed, and what that means; pure.

use std::time::Duration;

use auth::TokenError;
use http::StatusCode;

use super::wire::ProblemBody;
use crate::transports::TransportError;

/// "No access": another token would not help.
pub(super) const NO_ACCESS: u16 = 6;
/// Something was uploaded before.
pub(super) const ALREADY_UPLOADED: u16 = 4;
/// Confirmed after everybody had confirmed.
pub(super) const NOT_PUBLISHED: u16 = 10;
/// Confirmed before anything was fetched.
pub(super) const NOT_FETCHED: u16 = 19;

/// The longest that a broker is left alone because it asked for it.
const LONGEST_PATIENCE: Duration = Duration::from_secs(3_600);

fn patience(seconds: u64) -> Duration {
    Duration::from_secs(seconds).min(LONGEST_PATIENCE)
}

/// Why a call failed.
#[derive(Clone, Debug)]
pub(super) enum CallFailure {
    /// There was no token to call with.
    Token(TokenError),
    /// No connection; nothing was sent.
    NotConnected(String),
    /// The connection broke or the answer did not come in time.
    Broken(String),
    /// The broker said no.
    Answered(Answered),
    /// The broker said yes in a form we do not know.
    Unreadable(String),
    /// Our own side failed.
    Own(TransportError),
}

/// An error answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Answered {
    pub status: StatusCode,
    /// The number in `BRO-00010`.
    pub code: Option<u16>,
    /// What it said, shortened.
    pub words: String,
    /// When it wants to be asked again.
    pub after: Option<Duration>,
}

impl Answered {
    pub fn new(status: StatusCode, retry_after: Option<&str>, body: &[u8]) -> Self {
        let problem: ProblemBody = serde_json::from_slice(body).unwrap_or_default();
        let words = problem.detail.or(problem.title).unwrap_or_default();
        Self {
            status,
            code: problem.code.and_then(|code| code.rsplit('-').next()?.parse().ok()),
            // They get into logs and rows, and a database keeps no NUL.
            words: words.chars().filter(|sign| !sign.is_control()).take(200).collect(),
            after: retry_after.and_then(|seconds| seconds.trim().parse().ok()).map(patience),
        }
    }

    pub fn is(&self, status: StatusCode, code: u16) -> bool {
        self.status == status && self.code == Some(code)
    }

    /// Whether a new token may help: the broker did not believe this one.
    pub fn wants_new_token(&self) -> bool {
        self.status == StatusCode::UNAUTHORIZED && self.code != Some(NO_ACCESS)
    }
}

impl CallFailure {
    pub fn from_sending(why: reqwest::Error) -> Self {
        let why = why.without_url();
        if why.is_connect() || why.is_builder() {
            Self::NotConnected(why.to_string())
        } else {
            Self::Broken(why.to_string())
        }
    }

    pub fn answered(&self, status: StatusCode, code: u16) -> bool {
        matches!(self, Self::Answered(answered) if answered.is(status, code))
    }

    /// Whether the broker knows no such transfer.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Answered(answered) if answered.status == StatusCode::NOT_FOUND)
    }
}

/// For calls without an effect that could be doubled: what broke is tried again.
impl From<CallFailure> for TransportError {
    fn from(failure: CallFailure) -> Self {
        match failure {
            CallFailure::Token(why) if why.is_temporary() => Self::temporary(why),
            CallFailure::Token(why) => Self::permanent(why),
            CallFailure::NotConnected(why) | CallFailure::Broken(why) => {
                Self::temporary(format!("the broker cannot be reached: {why}"))
            }
            CallFailure::Unreadable(why) => {
                Self::temporary(format!("the broker's answer cannot be read: {why}"))
            }
            CallFailure::Own(why) => why,
            CallFailure::Answered(answered) => from_answer(answered),
        }
    }
}

fn from_answer(answered: Answered) -> TransportError {
    let Answered { status, code, words, after } = answered;
    let code = code.map(|code| format!(" BRO-{code:05}")).unwrap_or_default();
    let reason = format!("the broker answered {}{code}: {words}", status.as_u16());
    let passing = matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT);
    if passing || status.is_server_error() {
        TransportError::Temporary { reason, after }
    } else {
        TransportError::Permanent { reason }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(status: u16, body: &str) -> TransportError {
        let status = StatusCode::from_u16(status).expect("a status");
        CallFailure::Answered(Answered::new(status, Some("7"), body.as_bytes())).into()
    }

    /// Covers: ET-46
    #[test]
    fn server_errors_429_and_timeouts_are_tried_again_and_other_refusals_are_not() {
        for status in [500, 502, 503, 504, 429, 408] {
            let expected = Some(Duration::from_secs(7));
            assert!(
                matches!(outcome(status, ""), TransportError::Temporary { after, .. } if after == expected),
                "{status}"
            );
        }
        for status in [400, 401, 403, 404, 406, 409, 416] {
            assert!(matches!(outcome(status, "{}"), TransportError::Permanent { .. }), "{status}");
        }
        let broken: TransportError = CallFailure::Broken("cut".to_owned()).into();
        let unconnected: TransportError = CallFailure::NotConnected("refused".to_owned()).into();
        assert!(matches!(broken, TransportError::Temporary { .. }));
        assert!(matches!(unconnected, TransportError::Temporary { .. }));
    }

    #[test]
    fn a_code_is_read_and_decides_about_tokens() {
        let unauthorized = |body: &str| Answered::new(StatusCode::UNAUTHORIZED, None, body.as_bytes());

        assert!(unauthorized("").wants_new_token());
        assert!(!unauthorized(r#"{"code":"BRO-00006"}"#).wants_new_token());
        let permanent = outcome(400, r#"{"code":"BRO-00010","detail":"too late"}"#);
        assert_eq!(permanent.to_string(), "refused: the broker answered 400 BRO-00010: too late");
    }

    #[test]
    fn a_broker_cannot_ask_to_be_left_alone_for_good() {
        let answered = |after| Answered::new(StatusCode::SERVICE_UNAVAILABLE, Some(after), b"").after;

        assert_eq!(answered("120"), Some(Duration::from_secs(120)));
        assert_eq!(answered("18446744073709551615"), Some(LONGEST_PATIENCE));
    }
}
