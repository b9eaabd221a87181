//! `POST /metrics/sms` and `POST /metrics/email`: what ended yesterday, in UTC, as a Parquet file.

use std::fs::File;
use std::io::{Read, Seek};

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use md5::{Digest, Md5};
use serde_json::json;
use tokio::task::spawn_blocking;
use tokio_util::io::ReaderStream;
use types::ids::NotificationId;
use uuid::Uuid;

use super::day::Day;
use super::table::{Cell, Column, Table};
use super::{rows, sql};
use crate::Notify;
use crate::operators::is_same;
use crate::problem::Problem;

/// Why there is no file.
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "written by `export`; this says what it writes")]
struct RefusedKey {
    error: String,
}

/// What differs between the two files.
struct Kind {
    channel: &'static str,
    columns: &'static [Column],
    cells: fn(&sql::Ended) -> Vec<Cell>,
}

/// Yesterday's SMS.
#[utoipa::path(post, path = "/metrics/sms", operation_id = "exportSms", tag = "Operators", security(("exportKey" = [])),
    responses(
        (status = 200, description = "A Parquet file.", content_type = "application/octet-stream", body = Vec<u8>,
            headers(("Content-Disposition" = String), ("X-File-Hash" = String), ("X-File-Size" = i64),
            ("X-Total-FileTransfer-Count" = i64), ("X-Generated-At" = String), ("X-Environment" = String))),
        (status = 401, description = "The key is missing or wrong.", body = RefusedKey, content_type = "application/json")
    ))]
pub(super) async fn sms(notify: State<Notify>, headers: HeaderMap) -> Response {
    export(notify, &headers, Kind { channel: "sms", columns: rows::SMS, cells: rows::sms }).await
}

/// Yesterday's e-mails.
#[utoipa::path(post, path = "/metrics/email", operation_id = "exportEmails", tag = "Operators", security(("exportKey" = [])),
    responses(
        (status = 200, description = "A Parquet file.", content_type = "application/octet-stream", body = Vec<u8>,
            headers(("Content-Disposition" = String), ("X-File-Hash" = String), ("X-File-Size" = i64),
            ("X-Total-FileTransfer-Count" = i64), ("X-Generated-At" = String), ("X-Environment" = String))),
        (status = 401, description = "The key is missing or wrong.", body = RefusedKey, content_type = "application/json")
    ))]
pub(super) async fn email(notify: State<Notify>, headers: HeaderMap) -> Response {
    export(notify, &headers, Kind { channel: "email", columns: rows::EMAIL, cells: rows::email }).await
}

async fn export(State(notify): State<Notify>, headers: &HeaderMap, kind: Kind) -> Response {
    if let Err(why) = check_key(&notify, headers) {
        return (StatusCode::UNAUTHORIZED, Json(json!({ "error": why }))).into_response();
    }
    let now = notify.clock().now();
    let day = Day::of(now).before();
    match make(&notify, day, &kind).await {
        Ok(made) => {
            let environment = &notify.config().metrics.environment;
            let name = format!("{}_{}_notifications_{environment}.parquet", day.compact(), kind.channel);
            made.answer(&name, environment, &now.to_string())
        }
        Err(problem) => problem.into_response(),
    }
}

fn check_key(notify: &Notify, headers: &HeaderMap) -> Result<(), &'static str> {
    let config = notify.config();
    let wanted = config.metrics.api_key.as_ref().ok_or("no key is configured here")?;
    let shown = headers.get("x-api-key").ok_or("the header X-API-Key is missing")?;
    let shown = shown.to_str().unwrap_or_default();
    if shown.trim().is_empty() {
        return Err("the header X-API-Key is blank");
    }
    if is_same(shown, wanted) { Ok(()) } else { Err("the key is not the right one") }
}

/// A file that is ready, and what is said about it.
struct Made {
    file: File,
    md5: String,
    bytes: u64,
    rows: usize,
}

impl Made {
    fn answer(self, name: &str, environment: &str, generated: &str) -> Response {
        let headers = [
            ("content-type", "application/octet-stream".to_owned()),
            ("content-length", self.bytes.to_string()),
            ("content-disposition", format!("attachment; filename=\"{name}\"")),
            ("x-file-hash", self.md5),
            ("x-file-size", self.bytes.to_string()),
            ("x-total-filetransfer-count", self.rows.to_string()),
            ("x-generated-at", generated.to_owned()),
            ("x-environment", environment.to_owned()),
        ];
        let stream = ReaderStream::new(tokio::fs::File::from_std(self.file));
        let mut response = Response::new(Body::from_stream(stream));
        for (name, value) in headers {
            if let Ok(value) = HeaderValue::try_from(value) {
                response.headers_mut().insert(header::HeaderName::from_static(name), value);
            }
        }
        response
    }
}

/// Writes the file, some thousand rows at a time; memory does not grow with the day.
async fn make(notify: &Notify, day: Day, kind: &Kind) -> Result<Made, Problem> {
    let columns = kind.columns;
    let mut table = off(move || Ok(Table::new(tempfile::tempfile()?, columns)?)).await?;
    let mut behind = (day.begins(), NotificationId::new(Uuid::nil()));
    let mut count = 0;
    loop {
        let channel = kind.channel;
        let ended: Result<Vec<sql::Ended>, store::Error> =
            notify.store().read(move |tx| sql::ended_on(tx, channel, day, behind)).await;
        let ended = ended?;
        let Some(last) = ended.last() else { break };
        behind = (last.changed, last.id);
        let cells: Vec<Vec<Cell>> = ended.iter().map(kind.cells).collect();
        count += cells.len();
        table = off(move || {
            table.add(&cells)?;
            Ok(table)
        })
        .await?;
        if ended.len() < sql::AT_ONCE {
            break;
        }
    }
    off(move || finish(table, count)).await
}

fn finish(table: Table, rows: usize) -> Result<Made, Broken> {
    let mut file = table.finish()?;
    file.rewind()?;
    let (mut md5, mut bytes, mut buffer) = (Md5::new(), 0, vec![0; 64 * 1024]);
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        md5.update(&buffer[..read]);
        bytes += read as u64;
    }
    file.rewind()?;
    Ok(Made { file, md5: BASE64_STANDARD.encode(md5.finalize()), bytes, rows })
}

/// Why there is no file.
#[derive(Debug, thiserror::Error)]
enum Broken {
    #[error("the file cannot be written: {0}")]
    File(#[from] std::io::Error),
    #[error("the file cannot be made: {0}")]
    Format(#[from] parquet::errors::ParquetError),
    #[error("the work on the file ended early: {0}")]
    Cut(#[from] tokio::task::JoinError),
}

/// Disk work off the threads that answer requests.
async fn off<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Broken> + Send + 'static,
) -> Result<T, Problem> {
    let done = spawn_blocking(work).await.map_err(Broken::from).and_then(|done| done);
    done.map_err(|error| Problem::internal(&error))
}
