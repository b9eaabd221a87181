//! A message that did not come over HTTP, created, filled and accepted for sending in one step.

use std::io::{self, Read};
use std::sync::Arc;

use bytes::Bytes;

use super::create_multipart::accept;
use super::prepare::Style;
use super::upload::{Upload, Uploaded};
use super::{checks, sql};
use crate::access::Client;
use crate::problem::Problem;
use crate::transports::Source;
use crate::{Exchange, sweep};

/// Bytes that are read at a time.
const PIECE: usize = 256 << 10;

/// A file that comes with a message.
pub(crate) struct Enclosed {
    pub(crate) name: String,
    pub(crate) title: Option<String>,
    pub(crate) media_type: Option<String>,
    pub(crate) source: Arc<dyn Source>,
}

/// A message that will be sent.
pub(crate) struct Accepted {
    pub(crate) message_id: String,
    /// Not known where only the message's id is.
    pub(crate) conversation_id: Option<String>,
    /// The message as it was completed.
    pub(crate) answer: serde_json::Value,
}

/// Does what a one-step request does, all or nothing; files may have any size up to the channel's limit.
pub(crate) async fn send_as_one(
    app: &Exchange,
    client: Client,
    sbd: &[u8],
    enclosed: Vec<Enclosed>,
) -> Result<Accepted, Problem> {
    let mut files = Vec::with_capacity(enclosed.len());
    let accepted = match read_all(app, enclosed, &mut files).await {
        Ok(()) => accept(app, client, sbd, &files, Style::Body).await,
        Err(problem) => Err(problem),
    };
    if let Err(problem) = &accepted {
        let blobs = files.into_iter().map(|uploaded| uploaded.file.blob).collect();
        sweep::drop_after_failure(app, blobs, sql::names_blob, problem.is_in_doubt()).await;
    }
    accepted
}

async fn read_all(app: &Exchange, enclosed: Vec<Enclosed>, files: &mut Vec<Uploaded>) -> Result<(), Problem> {
    for Enclosed { name, title, media_type, source } in enclosed {
        let name = checks::file_name(Some(&name))?;
        if files.iter().any(|uploaded| uploaded.file.name == name) {
            return Err(checks::duplicate(&name));
        }
        checks::room_for_one(files.len() as u64)?;
        let title = checks::title(title)?;
        let mut upload = Upload::begin(app).await?;
        let mut reader = on_disk(move || source.open()).await?;
        loop {
            let (rest, piece) = on_disk(move || read_piece(reader)).await?;
            if piece.is_empty() {
                break;
            }
            reader = rest;
            upload.take(piece).await?;
        }
        files.push(upload.finish(app, name, title, media_type.as_deref()).await?);
    }
    Ok(())
}

type Reader = Box<dyn Read + Send>;

fn read_piece(mut reader: Reader) -> io::Result<(Reader, Bytes)> {
    let mut piece = Vec::with_capacity(PIECE);
    reader.by_ref().take(PIECE as u64).read_to_end(&mut piece)?;
    Ok((reader, piece.into()))
}

async fn on_disk<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, Problem> {
    let done = tokio::task::spawn_blocking(work).await.map_err(|panic| Problem::internal(&panic))?;
    done.map_err(|error| Problem::internal(&error))
}
