//! What the caller hears while its lines are read.

use axum::body::Bytes;
use serde::Serialize;
use serde_json::Value;
use tokio::sync::mpsc;
use utoipa::ToSchema;
use uuid::Uuid;

use super::model::Counts;
use crate::orders::receipt::ReceiptBody;
use crate::problem::{self, Errors, Problem};

/// Refused lines that are told one by one, unless every line is to be answered. Whoever sends everything
/// before reading anything finds this much in the connection's buffers.
const MOST_REFUSED: u64 = 1000;
/// Pieces that wait to be read.
const PIECES: usize = 1024;

/// Answers on their way out.
pub(super) struct Answers {
    out: mpsc::Sender<Bytes>,
    /// Whether every line is answered, and the caller reads while it sends.
    every_line: bool,
    refused_told: u64,
    text: String,
}

/// A line of the answer.
#[derive(Serialize, ToSchema)]
#[schema(as = BulkLine)]
#[serde(rename_all = "camelCase", tag = "type")]
pub(crate) enum AnswerBody<'a> {
    /// The first line: how the bulk can be asked for later.
    #[serde(rename_all = "camelCase")]
    Begun { bulk_id: Uuid },
    /// The order on a line is accepted, now or once before.
    #[serde(rename_all = "camelCase")]
    Accepted {
        line: u64,
        #[serde(skip_serializing_if = "Option::is_none")]
        idempotency_id: Option<&'a str>,
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        known: bool,
        #[schema(value_type = ReceiptBody)]
        receipt: Value,
    },
    /// The order on a line cannot be accepted, or there is none that can be read.
    #[serde(rename_all = "camelCase")]
    Refused {
        line: u64,
        #[serde(skip_serializing_if = "Option::is_none")]
        idempotency_id: Option<&'a str>,
        #[schema(value_type = LineProblem)]
        problem: Value,
    },
    /// How far it has come.
    #[serde(rename_all = "camelCase")]
    Progress {
        #[serde(flatten)]
        counts: Counts,
    },
    /// The last line where every line was read.
    #[serde(rename_all = "camelCase")]
    Complete {
        bulk_id: Uuid,
        #[serde(flatten)]
        counts: Counts,
    },
    /// The last line where not every line was read: the call can be made again.
    #[serde(rename_all = "camelCase")]
    Stopped {
        bulk_id: Uuid,
        reason: &'a str,
        #[serde(flatten)]
        counts: Counts,
    },
}

/// Why a line is refused: what the endpoint for single orders would have answered.
#[derive(ToSchema)]
#[expect(dead_code, reason = "written by `problem::told`; this says what comes out")]
struct LineProblem {
    /// The status of that answer.
    status: u16,
    /// What is wrong, by the member it is about.
    errors: Option<Errors>,
    /// What is wrong, for programs.
    code: Option<String>,
    /// What the code means.
    title: Option<String>,
    /// What can be done about it.
    detail: Option<String>,
}

impl Answers {
    /// Answers, and where they come out.
    pub(super) fn new(every_line: bool) -> (Self, mpsc::Receiver<Bytes>) {
        let (out, answers) = mpsc::channel(PIECES);
        (Self { out, every_line, refused_told: 0, text: String::new() }, answers)
    }

    pub(super) fn begun(&mut self, bulk_id: Uuid) {
        self.add(&AnswerBody::Begun { bulk_id });
    }

    pub(super) fn accepted(&mut self, line: u64, id: &str, receipt: &str, known: bool) {
        if self.every_line {
            let receipt = serde_json::from_str(receipt).unwrap_or_default();
            self.add(&AnswerBody::Accepted { line, idempotency_id: Some(id), known, receipt });
        }
    }

    pub(super) fn refused(&mut self, line: u64, id: Option<&str>, problem: &Problem) {
        if self.every_line || self.refused_told < MOST_REFUSED {
            self.refused_told += 1;
            let problem = problem::told(problem);
            self.add(&AnswerBody::Refused { line, idempotency_id: id, problem });
        }
    }

    pub(super) fn progress(&mut self, counts: Counts) {
        self.add(&AnswerBody::Progress { counts });
    }

    pub(super) fn complete(&mut self, bulk_id: Uuid, counts: Counts) {
        self.add(&AnswerBody::Complete { bulk_id, counts });
    }

    pub(super) fn stopped(&mut self, bulk_id: Uuid, reason: &str, counts: Counts) {
        self.add(&AnswerBody::Stopped { bulk_id, reason, counts });
    }

    fn add(&mut self, answer: &AnswerBody<'_>) {
        let line = serde_json::to_string(answer).expect("texts, ids and numbers are plain JSON");
        self.text.push_str(&line);
        self.text.push('\n');
    }

    /// Sends what has gathered. Only whoever asked for an answer to every line is waited for; progress and
    /// refusals that nobody reads are kept back, up to their bounds, and never stop the reading.
    pub(super) async fn send(&mut self) {
        if self.text.is_empty() {
            return;
        }
        let piece = Bytes::from(std::mem::take(&mut self.text));
        if self.every_line {
            // Nobody listens any more: what is read is accepted all the same.
            let _ = self.out.send(piece).await;
        } else if let Err(mpsc::error::TrySendError::Full(piece)) = self.out.try_send(piece) {
            tracing::debug!(bytes = piece.len(), "progress of a bulk is told later");
        }
    }
}
