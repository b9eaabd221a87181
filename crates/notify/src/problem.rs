//! What is answered when a request cannot be granted, in the contract's three shapes.
//!
//! - a validation problem names every wrong member (400, `errors`);
//! - a coded problem has a stable `code` for programs to switch on;
//! - a plain problem says only the status in words.
//!
//! Some answers have no body at all, as clients know them: 401, 403 and unknown paths. A 500 tells
//! the caller nothing and the log everything.

use std::collections::BTreeMap;

use axum::Extension;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;
use types::random::Random;
use web::{JsonError, RequestId};

/// Problem documents are declared as what they are (RFC 9457, section 3).
const CONTENT_TYPE: HeaderValue = HeaderValue::from_static("application/problem+json");

/// Messages by the key of what they are about.
pub type Errors = BTreeMap<String, Vec<String>>;

/// A problem on its way out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// One or more members of the request are wrong: 400.
    #[error("{} members of the request are wrong", .0.len())]
    Validation(Errors),
    /// A problem that programs know by its code.
    #[error("{}", .0.code())]
    Coded(Code),
    /// A status without a body.
    #[error("status {0} without a body")]
    Bare(StatusCode),
    /// The caller came too often: 429.
    #[error("too many calls")]
    TooMany {
        /// Seconds until the next one may come.
        after_seconds: u64,
    },
    /// A status in words, perhaps with one sentence more.
    #[error("status {status}")]
    Plain {
        /// The status.
        status: StatusCode,
        /// What the caller can do about it.
        detail: Option<&'static str>,
    },
}

/// The coded problems of the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// `NOT-00001`: a recipient cannot be reached on the channel asked for.
    MissingContact,
    /// `NOT-00003`: no such shipment, or not yours.
    ShipmentNotFound,
    /// `NOT-00004`: a register or provider cannot be reached just now.
    DependencyUnavailable,
    /// `NOT-00004`, too: the store takes nothing just now, say because its disk is full.
    NothingStored,
}

impl Code {
    /// The stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::MissingContact => "NOT-00001",
            Self::ShipmentNotFound => "NOT-00003",
            Self::DependencyUnavailable | Self::NothingStored => "NOT-00004",
        }
    }

    const fn title(self) -> &'static str {
        match self {
            Self::MissingContact => "Missing contact information for recipient(s)",
            Self::ShipmentNotFound => "Shipment not found",
            Self::DependencyUnavailable => "A service this request depends on cannot be reached just now",
            Self::NothingStored => "Nothing can be stored just now",
        }
    }

    const fn status(self) -> StatusCode {
        match self {
            Self::MissingContact => StatusCode::UNPROCESSABLE_ENTITY,
            Self::ShipmentNotFound => StatusCode::NOT_FOUND,
            Self::DependencyUnavailable | Self::NothingStored => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// The status in words; 422 by its older name, which clients may compare.
    const fn status_description(self) -> &'static str {
        match self {
            Self::MissingContact => "Unprocessable Entity",
            Self::ShipmentNotFound => "Not Found",
            Self::DependencyUnavailable | Self::NothingStored => "Service Unavailable",
        }
    }
}

impl Problem {
    /// One wrong member.
    pub fn wrong(key: &str, message: impl Into<String>) -> Self {
        Self::Validation(Errors::from([(key.to_owned(), vec![message.into()])]))
    }

    /// A status in words.
    pub const fn plain(status: StatusCode) -> Self {
        Self::Plain { status, detail: None }
    }

    /// Something went wrong on our side; the log gets to know what.
    pub fn internal(error: &dyn std::error::Error) -> Self {
        tracing::error!(%error, "a request failed");
        Self::plain(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// The status it is answered with.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Validation(_) => StatusCode::BAD_REQUEST,
            Self::Coded(code) => code.status(),
            Self::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Bare(status) | Self::Plain { status, .. } => *status,
        }
    }
}

impl From<Code> for Problem {
    fn from(code: Code) -> Self {
        Self::Coded(code)
    }
}

impl From<store::Error> for Problem {
    fn from(error: store::Error) -> Self {
        if matches!(error, store::Error::OutcomeUnknown) {
            // No 503, which promises that nothing is on record and the key is free.
            tracing::error!("it is not known whether a request was stored");
            let detail =
                Some("it is not known whether this was stored; ask again for the same, with the same key");
            return Self::Plain { status: StatusCode::INTERNAL_SERVER_ERROR, detail };
        }
        if error.is_passing() {
            tracing::error!(%error, "the store refuses work for now");
            return Code::NothingStored.into();
        }
        Self::internal(&error)
    }
}

impl From<JsonError> for Problem {
    fn from(error: JsonError) -> Self {
        match error {
            JsonError::UnsupportedMediaType => Self::plain(StatusCode::UNSUPPORTED_MEDIA_TYPE),
            JsonError::Empty => Self::wrong("$", "the body is empty; a JSON document is wanted"),
            JsonError::TooLarge { .. } => Self::plain(StatusCode::PAYLOAD_TOO_LARGE),
            JsonError::TooDeep { limit } => Self::wrong("$", format!("nested more than {limit} levels deep")),
            JsonError::Syntax { line, column, .. } => {
                Self::wrong("$", format!("not JSON at line {line}, column {column}"))
            }
            JsonError::Data { .. } => Self::wrong("$", "not the JSON that is wanted here"),
            JsonError::Stalled => Self::plain(StatusCode::REQUEST_TIMEOUT),
            JsonError::Aborted(_) => Self::wrong("$", "the body was cut off"),
        }
    }
}

impl IntoResponse for Problem {
    /// The body is written by [`finish`], which knows the request's id.
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        let again = match &self {
            Self::TooMany { after_seconds } => Some(*after_seconds),
            _ => (self.status() == StatusCode::SERVICE_UNAVAILABLE).then_some(5),
        };
        if let Some(seconds) = again {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response.extensions_mut().insert(self);
        response
    }
}

/// A problem as one of many in an answer that is no problem itself: status, code and errors.
pub(crate) fn told(problem: &Problem) -> serde_json::Value {
    let mut told = serde_json::json!({ "status": problem.status().as_u16() });
    match problem {
        Problem::Validation(errors) => told["errors"] = serde_json::json!(errors),
        Problem::Coded(code) => {
            told["code"] = code.code().into();
            told["title"] = code.title().into();
        }
        Problem::Plain { detail: Some(detail), .. } => told["detail"] = (*detail).into(),
        Problem::Bare(_) | Problem::TooMany { .. } | Problem::Plain { detail: None, .. } => {}
    }
    told
}

/// Writes the body of a problem, with the id of its request.
pub(crate) async fn finish(
    State(random): State<Random>,
    id: Option<Extension<RequestId>>,
    request: Request,
    next: Next,
) -> Response {
    // A path that is no text in UTF-8 names nothing.
    let is_text = percent_encoding::percent_decode_str(request.uri().path()).decode_utf8().is_ok();
    let mut response =
        if is_text { next.run(request).await } else { Problem::plain(StatusCode::NOT_FOUND).into_response() };
    let Some(problem) = response.extensions_mut().remove::<Problem>() else {
        return response;
    };
    let trace_id = trace_id(id.as_deref().map(RequestId::as_str), &random);
    if let Some(body) = body(&problem, trace_id) {
        let text = serde_json::to_string_pretty(&body).expect("a problem is plain JSON");
        response.headers_mut().insert(header::CONTENT_TYPE, CONTENT_TYPE);
        *response.body_mut() = text.into();
        response.headers_mut().remove(header::CONTENT_LENGTH);
    }
    response
}

/// In the form of `traceparent` (W3C Trace Context, section 3.2) where the request's id allows.
fn trace_id(id: Option<&str>, random: &Random) -> String {
    let (span, _) = random.uuid_v4().as_u64_pair();
    match id {
        Some(id) if id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
            format!("00-{id}-{span:016x}-01")
        }
        Some(id) => id.to_owned(),
        None => format!("00-{}-{span:016x}-01", random.uuid_v4().simple()),
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ProblemBody<'a> {
    #[serde(rename = "type")]
    kind: String,
    title: &'a str,
    status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    errors: Option<&'a Errors>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'a str>,
    trace_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    status_description: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<&'a str>,
}

fn body(problem: &Problem, trace_id: String) -> Option<ProblemBody<'_>> {
    let status = problem.status();
    let shape = |kind, title| ProblemBody {
        kind,
        title,
        status: status.as_u16(),
        errors: None,
        code: None,
        trace_id,
        status_description: None,
        detail: None,
    };
    Some(match problem {
        Problem::Bare(_) => return None,
        Problem::Validation(errors) => ProblemBody {
            errors: Some(errors),
            ..shape(section(status), "One or more validation errors occurred.")
        },
        Problem::Coded(code) => ProblemBody {
            code: Some(code.code()),
            status_description: Some(code.status_description()),
            ..shape(format!("urn:altinn:error:{}", code.code()), code.title())
        },
        // RFC 6585, section 4; the status is not in RFC 9110.
        Problem::TooMany { .. } => ProblemBody {
            detail: Some("more calls than this creator may make; Retry-After says when the next may come"),
            ..shape("https://tools.ietf.org/html/rfc6585#section-4".to_owned(), "Too Many Requests")
        },
        Problem::Plain { detail, .. } => ProblemBody {
            detail: *detail,
            ..shape(section(status), status.canonical_reason().unwrap_or("Error"))
        },
    })
}

/// The section of RFC 9110 that defines the status.
fn section(status: StatusCode) -> String {
    let code = status.as_u16();
    let section = match code {
        400..=499 => format!("15.5.{}", if code <= 417 { code - 399 } else { code - 401 }),
        _ => format!("15.6.{}", code.saturating_sub(499)),
    };
    format!("https://tools.ietf.org/html/rfc9110#section-{section}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_point_at_the_status_section() {
        let section = |code| section(StatusCode::from_u16(code).expect("a status"));
        assert!(section(400).ends_with("#section-15.5.1"));
        assert!(section(404).ends_with("#section-15.5.5"));
        assert!(section(409).ends_with("#section-15.5.10"));
        assert!(section(422).ends_with("#section-15.5.21"));
        assert!(section(500).ends_with("#section-15.6.1"));
        assert!(section(503).ends_with("#section-15.6.4"));
    }

    #[test]
    fn a_trace_id_has_the_form_of_traceparent() {
        let random = Random::seeded(1);
        let own = trace_id(None, &random);
        assert_eq!((own.len(), &own[..3], &own[35..36]), (55, "00-", "-"));
        let given = trace_id(Some("4bf92f3577b34da6a3ce929d0e0e4736"), &random);
        assert!(given.starts_with("00-4bf92f3577b34da6a3ce929d0e0e4736-"));
        assert_eq!(trace_id(Some("case-7:b2"), &random), "case-7:b2");
    }
}
