//! GET /api/messages/in/pop/{messageId}: the files, decrypted, as one ASiC-E container. Streams, may be
//! repeated, and changes nothing but the end of the lock, which is held while bytes are read.

use axum::Extension;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use futures_util::StreamExt as _;
use http::{StatusCode, header};
use store::blobs::BlobStream;
use tokio::time::{Duration, Instant};
use uuid::Uuid;

use super::peek::lock_end;
use super::sql;
use crate::Exchange;
use crate::access::Client;
use crate::problem::Problem;

/// How often a running download moves the end of its lock.
const HOLD_EVERY: Duration = Duration::from_secs(20);

pub(super) async fn pop(
    State(app): State<Exchange>,
    Extension(client): Extension<Client>,
    Path(message_id): Path<String>,
) -> Result<Response, Problem> {
    let (owner, now) = (client.owner, app.now());
    let message = app.store().read(move |tx| {
        let found = sql::find(tx, owner, &message_id)?;
        let message = found.ok_or_else(|| Problem::message_not_found(&message_id))?;
        if message.is_locked(now) { Ok(message) } else { Err(Problem::not_locked(&message_id)) }
    });
    let message = message.await?;
    let Some(container) = message.container.filter(|_| !message.kind.is_receipt()) else {
        return Ok(StatusCode::NO_CONTENT.into_response());
    };
    let stream = app.blobs().read(&container.blob, None).await?;
    let headers = [
        (header::CONTENT_TYPE, "application/vnd.etsi.asic-e+zip".to_owned()),
        (header::CONTENT_DISPOSITION, "attachment; filename=asic.zip".to_owned()),
        (header::CONTENT_LENGTH, container.bytes.to_string()),
    ];
    Ok((headers, Body::from_stream(holding(app, message.id, stream))).into_response())
}

/// The stream, moving the end of the lock while it is read.
fn holding(app: Exchange, id: Uuid, stream: BlobStream) -> BlobStream {
    let state = (app, stream, Instant::now());
    let pieces = futures_util::stream::unfold(state, move |(app, mut stream, mut held)| async move {
        let piece = stream.next().await?;
        if held.elapsed() >= HOLD_EVERY {
            held = Instant::now();
            let until = lock_end(&app);
            if let Err(error) = app.store().write(move |tx| sql::hold(tx, id, until)).await {
                tracing::warn!(%error, "could not hold a lock during a download");
            }
        }
        Some((piece, (app, stream, held)))
    });
    pieces.boxed()
}
