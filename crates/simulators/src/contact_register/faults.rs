//! What goes wrong on demand, and what was asked.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use axum::Json;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode, header};
use serde::Deserialize;
use serde_json::Value;

use super::ContactRegister;
use crate::drop_connection::without_an_answer;

/// Bytes of a question that are read.
const LARGEST: usize = 16 << 20;

/// What shall go wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// This status and nothing else.
    Status(StatusCode),
    /// 429, with so many seconds in `Retry-After`.
    Busy(u64),
    /// The right answer after a while.
    Slow(Duration),
    /// 200 with half of the right answer's bytes.
    CutOff,
    /// 200 with half of the right answer's elements.
    Partial,
    /// 200 with `null`.
    Null,
    /// The connection is closed without an answer.
    Dropped,
    /// Authorization cannot make up its mind.
    Indeterminate,
}

/// One call.
pub struct Call {
    /// Its path.
    pub path: String,
    /// What was asked, as JSON.
    pub question: Value,
    /// Its headers.
    pub headers: HeaderMap,
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Call").field(&self.path).finish()
    }
}

impl Call {
    /// How many elements a list of the question has.
    pub fn count(&self, list: &str) -> usize {
        self.question[list].as_array().map_or(0, Vec::len)
    }
}

impl ContactRegister {
    pub(super) fn fault_for(&self, path: &str) -> Option<Fault> {
        let faults = self.0.faults.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        faults.iter().rev().find(|(part, _)| path.contains(part)).map(|(_, fault)| *fault)
    }
}

/// Remembers a call, and lets go wrong what shall go wrong.
pub(super) async fn note(State(register): State<ContactRegister>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = web::body::read(body, LARGEST).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let path = parts.uri.path().to_owned();
    let question = serde_json::from_slice(&body).unwrap_or_default();
    register.0.calls.push(Call { path: path.clone(), question, headers: parts.headers.clone() });
    let fault = register.fault_for(&path);
    match fault {
        Some(Fault::Status(status)) => return status.into_response(),
        Some(Fault::Busy(seconds)) => {
            return (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, seconds.to_string())])
                .into_response();
        }
        Some(Fault::Null) => return Json(Value::Null).into_response(),
        Some(Fault::Dropped) => return without_an_answer(),
        Some(Fault::Slow(time)) => tokio::time::sleep(time).await,
        _ => {}
    }
    let answer = next.run(Request::from_parts(parts, Body::from(body))).await;
    match fault {
        Some(Fault::CutOff) => half_of_the_bytes(answer).await,
        Some(Fault::Partial) => half_of_the_elements(answer).await,
        _ => answer,
    }
}

async fn half_of_the_bytes(answer: Response) -> Response {
    let body = web::body::read(answer.into_body(), LARGEST).await.unwrap_or_default();
    let half = body.slice(..body.len() / 2);
    ([(header::CONTENT_TYPE, "application/json")], half).into_response()
}

async fn half_of_the_elements(answer: Response) -> Response {
    let body = web::body::read(answer.into_body(), LARGEST).await.unwrap_or_default();
    let mut json: Value = serde_json::from_slice(&body).unwrap_or_default();
    let lists = json.as_object_mut().into_iter().flat_map(|members| members.values_mut());
    for list in lists.filter_map(Value::as_array_mut) {
        list.truncate(list.len() / 2);
    }
    Json(json).into_response()
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct FaultBody {
    /// Part of a path; nothing for every path.
    #[serde(default)]
    path: String,
    fault: FaultKind,
    /// The status, the seconds of patience, or the milliseconds it takes.
    value: Option<u64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
enum FaultKind {
    Status,
    Busy,
    Slow,
    CutOff,
    Partial,
    Null,
    Dropped,
    Indeterminate,
}

/// `PUT /faults`: `{"path": "decision", "fault": "status", "value": 500}`
pub(super) async fn put(
    State(register): State<ContactRegister>,
    Json(wanted): Json<FaultBody>,
) -> StatusCode {
    let value = wanted.value;
    let fault = match wanted.fault {
        FaultKind::Status => {
            let code = value.and_then(|code| u16::try_from(code).ok()).unwrap_or(500);
            match StatusCode::from_u16(code) {
                Ok(status) => Fault::Status(status),
                Err(_) => return StatusCode::BAD_REQUEST,
            }
        }
        FaultKind::Busy => Fault::Busy(value.unwrap_or(30)),
        FaultKind::Slow => Fault::Slow(Duration::from_millis(value.unwrap_or(5_000))),
        FaultKind::CutOff => Fault::CutOff,
        FaultKind::Partial => Fault::Partial,
        FaultKind::Null => Fault::Null,
        FaultKind::Dropped => Fault::Dropped,
        FaultKind::Indeterminate => Fault::Indeterminate,
    };
    register.fault(&wanted.path, fault);
    StatusCode::NO_CONTENT
}

/// `DELETE /faults`
pub(super) async fn mend(State(register): State<ContactRegister>) -> StatusCode {
    register.mend();
    StatusCode::NO_CONTENT
}

/// `GET /calls`: how often each path was asked, among the latest calls.
pub(super) async fn calls(State(register): State<ContactRegister>) -> Json<BTreeMap<String, u64>> {
    let mut counts = BTreeMap::new();
    for call in register.0.calls.all() {
        *counts.entry(call.path.clone()).or_default() += 1;
    }
    Json(counts)
}
