//! PUT /api/messages/out/{messageId}: adds one file, of any size, streamed to the blob store.

use axum::Extension;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::Response;
use futures_util::StreamExt as _;
use http::{HeaderMap, Request, Uri, header};
use store::Tx;
use web::disposition::{ContentDisposition, DispositionError};

use super::model::OutMessage;
use super::upload::{Upload, Uploaded};
use super::{by_service, checks, sql, validate};
use crate::Exchange;
use crate::access::Client;
use crate::conversations;
use crate::listing::Query;
use crate::message::Envelope;
use crate::message::document::{self, Document};
use crate::problem::Problem;
use crate::registry::ServiceIdentifier;
use crate::{routes, sweep};

/// What the headers say about a file.
struct Naming {
    name: String,
    title: Option<String>,
    media_type: String,
}

/// Adds one file to a draft, of any size: the body is the file, byte by byte.
#[utoipa::path(put, path = "/api/messages/out/{id}", operation_id = "attachFile", tag = "Messages out",
    params(
        ("id" = String, Path, description = "The message id."),
        ("title" = Option<String>, Query, description = "The file's title; weighs more than `name`."),
        ("Content-Disposition" = String, Header, example = "attachment; name=\"Vedtak\"; filename=\"vedtak.pdf\"",
            description = "The file's name, and its title as `name`."),
    ),
    request_body(content = String, content_type = "application/octet-stream",
        description = "The file. Its media type is kept; any is taken."),
    responses((status = 200), (status = 404)))]
pub(super) async fn attach(
    State(app): State<Exchange>,
    Extension(client): Extension<Client>,
    Path(message_id): Path<String>,
    request: Request<Body>,
) -> Result<Response, Problem> {
    let naming = naming(request.headers(), request.uri())?;
    let declared = declared_length(request.headers());
    let (asking, wanted, name) = (client.clone(), message_id.clone(), naming.name.clone());
    let looked = app.store().read(move |tx| {
        let found = sql::find(tx, asking.owner, &wanted)?;
        takes(tx, super::seen(found, &asking, &wanted)?, &name)
    });
    let message = looked.await?;
    let limit = app.config().upload_limit(message.service);
    let room = limit.saturating_sub(message.files_bytes);
    let too_large = |bytes: u64| checks::too_large(message.files_bytes + bytes, message.service, limit);
    if let Some(bytes) = declared.filter(|bytes| *bytes > room) {
        return Err(too_large(bytes));
    }
    let envelope = checks::envelope_of(&message)?;
    check_naming(message.service, &envelope, &naming)?;

    let mut upload = Upload::begin(&app).await?;
    let mut body = request.into_body().into_data_stream();
    while let Some(piece) = body.next().await {
        let bytes = upload.take(piece.map_err(|_| Problem::cut_off())?).await?;
        if bytes > room {
            return Err(too_large(bytes));
        }
    }
    let Naming { name, title, media_type } = naming;
    let uploaded = upload.finish(&app, name, title, Some(&media_type)).await?;
    check_content(&app, message.service, &envelope, &uploaded.file).await?;
    keep(&app, client, message_id, uploaded).await?;
    Ok(routes::empty())
}

fn naming(headers: &HeaderMap, uri: &Uri) -> Result<Naming, Problem> {
    let kind = headers.get(header::CONTENT_TYPE).ok_or_else(|| Problem::missing_header("Content-Type"))?;
    let media_type = String::from_utf8_lossy(kind.as_bytes()).into_owned();
    let disposition = ContentDisposition::from_headers(headers).map_err(|error| match error {
        DispositionError::Missing => Problem::missing_header("Content-Disposition"),
        other => Problem::bad_header(other.to_string()),
    })?;
    let name = checks::file_name(disposition.file_name.as_deref())?;
    let query = Query::of(uri);
    let title = query.first("title").filter(|title| !title.is_empty()).map(str::to_owned);
    let title = checks::title(title.or(disposition.name))?;
    Ok(Naming { name, title, media_type })
}

/// Whether the message's service takes a file that is called so.
fn check_naming(service: ServiceIdentifier, envelope: &Envelope, naming: &Naming) -> Result<(), Problem> {
    let Naming { name, title, media_type } = naming;
    let media_type = document::media_type(name, Some(media_type));
    let file = by_service::Naming { name, title: title.as_deref(), media_type: &media_type };
    by_service::takes(service, envelope, file)
}

/// Reads a file that has arrived, where its content matters; removes it when it is not good enough.
async fn check_content(
    app: &Exchange,
    service: ServiceIdentifier,
    envelope: &Envelope,
    file: &Document,
) -> Result<(), Problem> {
    let read = by_service::read_content(app, service, envelope, file).await;
    let checked = match read {
        Ok(()) => validate::case_document(app, envelope, file).await,
        wrong => wrong,
    };
    if checked.is_err() {
        app.drop_blobs(vec![file.blob.clone()]).await;
    }
    checked
}

/// How many bytes a body has, as its sender says.
pub(super) fn declared_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// The message that was found, if it takes a file of this name.
fn takes(tx: &mut Tx<'_>, message: OutMessage, name: &str) -> Result<OutMessage, Problem> {
    checks::takes_files(&message)?;
    let (files, of_this_name) = sql::count_files(tx, message.id, name)?;
    if of_this_name > 0 {
        return Err(checks::duplicate(name));
    }
    checks::room_for_one(files)?;
    Ok(message)
}

/// Writes the row of a file that has arrived, unless something has changed meanwhile.
async fn keep(app: &Exchange, client: Client, message_id: String, uploaded: Uploaded) -> Result<(), Problem> {
    let blob = uploaded.file.blob.clone();
    let (config, now) = (app.config().clone(), app.now());
    let kept = app.store().write(move |tx| {
        let found = super::seen(sql::lock(tx, client.owner, &message_id)?, &client, &message_id)?;
        let message = takes(tx, found, &uploaded.file.name)?;
        let total = message.files_bytes + uploaded.file.bytes;
        let limit = config.upload_limit(message.service);
        if total > limit {
            return Err(checks::too_large(total, message.service, limit));
        }
        if !sql::add_file(tx, message.id, &uploaded.file, now)? {
            return Err(checks::duplicate(&uploaded.file.name));
        }
        describe(tx, &message, &uploaded).map_err(Problem::from)
    });
    let kept = kept.await;
    if let Err(problem) = &kept {
        sweep::drop_after_failure(app, vec![blob], sql::names_blob, problem.is_in_doubt()).await;
    }
    kept
}

/// Notes what a file that was added says about its message.
pub(super) fn describe(tx: &mut Tx<'_>, message: &OutMessage, uploaded: &Uploaded) -> store::Result<()> {
    if let Some(case) = &uploaded.case_document {
        sql::set_referenced(tx, message.id, &case.files)?;
        let (owner, id) = (message.owner, &message.message_id);
        conversations::describe(tx, owner, id, &case.title, case.reference.as_deref())?;
    }
    Ok(())
}
