//! GET /api/messages/in/pop/{messageId}: the files, decrypted, as one ASiC-E container. Streams, may be
//! repeated, and changes nothing but the end of the lock, which is held while bytes are read.

use std::time::Duration;

use axum::Extension;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use futures_util::StreamExt as _;
use http::{StatusCode, header};
use jiff::Timestamp;
use store::blobs::BlobStream;
use types::OrgNumber;
use uuid::Uuid;

use super::peek::lock_end;
use super::{held, sql};
use crate::Exchange;
use crate::access::Client;
use crate::conversations::Direction;
use crate::problem::Problem;
use crate::trace::note::{self, Note};
use crate::trail::{self, Trail, tell};

/// A running download moves the end of its lock at least this often.
const HOLD_EVERY: Duration = Duration::from_secs(20);

/// Gives the files of a locked message, decrypted, as one ASiC-E container. May be repeated.
#[utoipa::path(get, path = "/api/messages/in/pop/{id}", operation_id = "popMessage", tag = "Messages in",
    params(("id" = String, Path, description = "The message id.")),
    responses(
        (status = 200, body = String, content_type = "application/vnd.etsi.asic-e+zip",
            headers(("Content-Disposition" = String, description = "A name for the file."))),
        (status = 204, description = "The message has no files."), (status = 404)
    ))]
pub(super) async fn pop(
    State(app): State<Exchange>,
    Extension(client): Extension<Client>,
    Path(message_id): Path<String>,
) -> Result<Response, Problem> {
    let (now, agent) = (app.now(), trail::agent(client.user_agent.as_deref()));
    let (owner, caller) = (client.owner, client.user_agent.clone());
    let message = app
        .store()
        .read(move |tx| held(sql::find(tx, client.owner, &message_id)?, &client, &message_id, now));
    let message = message.await?;
    tell!(Trail::of_waiting(&message), userAgent = %agent, "gave a message's files to a client");
    let Some(container) = message.container.filter(|_| !message.kind.is_receipt()) else {
        return Ok(StatusCode::NO_CONTENT.into_response());
    };
    let noted = note_download(&app, owner, &message.message_id, container.bytes, caller);
    let (stream, ()) = tokio::join!(app.blobs().read(&container.blob, None), noted);
    let stream = stream?;
    let headers = [
        (header::CONTENT_TYPE, "application/vnd.etsi.asic-e+zip".to_owned()),
        (header::CONTENT_DISPOSITION, "attachment; filename=asic.zip".to_owned()),
        (header::CONTENT_LENGTH, container.bytes.to_string()),
    ];
    let mut lock = Lock { app, id: message.id, until: message.locked_until.unwrap_or(now) };
    lock.hold().await;
    Ok((headers, Body::from_stream(holding(lock, stream))).into_response())
}

/// Notes that a client fetches the files. What cannot be noted is fetched all the same.
async fn note_download(
    app: &Exchange,
    owner: OrgNumber,
    message_id: &str,
    bytes: u64,
    agent: Option<String>,
) {
    let (doing, message_id) = (app.clone(), message_id.to_owned());
    let noted = app.store().write(move |tx| {
        let about = (owner, message_id.as_str(), Direction::Incoming);
        note::write(&doing, tx, about, &Note::Popped { bytes }, agent.as_deref())
    });
    if let Err(error) = noted.await {
        tracing::warn!(%error, "could not note that a client fetched a message's files");
    }
}

/// The lock of a message that is being downloaded.
struct Lock {
    app: Exchange,
    id: Uuid,
    until: Timestamp,
}

impl Lock {
    /// Moves its end when enough of it has passed; whatever node took it, the row is the same.
    async fn hold(&mut self) {
        let whole = Duration::from_secs(self.app.config().lock_timeout_seconds);
        let least = whole.saturating_sub(HOLD_EVERY.min(whole / 3));
        let left = Duration::try_from(self.until.duration_since(self.app.now())).unwrap_or_default();
        if left > least {
            return;
        }
        let (id, until) = (self.id, lock_end(&self.app));
        self.until = until;
        if let Err(error) = self.app.store().write(move |tx| sql::hold(tx, id, until)).await {
            tracing::warn!(%error, "could not hold a lock during a download");
        }
    }
}

/// The stream, holding the lock while it is read.
fn holding(lock: Lock, stream: BlobStream) -> BlobStream {
    let pieces = futures_util::stream::unfold((lock, stream), |(mut lock, mut stream)| async move {
        let piece = stream.next().await?;
        lock.hold().await;
        Some((piece, (lock, stream)))
    });
    pieces.boxed()
}
