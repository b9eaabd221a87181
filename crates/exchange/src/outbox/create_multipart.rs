//! POST /api/messages/out/multipart: creates, attaches and sends in one step. All or nothing.

use super::wire::MessageWithFiles;
use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use bytes::{Bytes, BytesMut};
use http::Request;
use store::Tx;
use web::multipart::Field;
use web::{Multipart, MultipartError, MultipartLimits};

use super::create::{check_sender, record_created, store_draft};
use super::post::Accepted;
use super::prepare::{Prepared, Style, prepare};
use super::upload::{Upload, Uploaded};
use super::{attach, by_service, checks, sql, submit, validate};
use crate::access::Client;
use crate::openapi::Sbd;
use crate::problem::Problem;
use crate::trail::{self, Trail, tell};
use crate::{Exchange, lanes, routes, sweep};

const SBD: &str = "sbd";
/// Fields of one request, at most: the files and the message.
const FIELDS: usize = checks::MOST_FILES + 1;

/// Everything a request held.
#[derive(Default)]
struct Received {
    sbd: Option<Bytes>,
    files: Vec<Uploaded>,
}

/// Makes a message, attaches its files and sends it in one request: all of it or nothing.
#[utoipa::path(post, path = "/api/messages/out/multipart", operation_id = "sendWithFiles", tag = "Messages out",
    request_body(content = MessageWithFiles, content_type = "multipart/form-data"),
    responses((status = 200, body = Sbd), (status = 404), (status = 413), (status = 415)))]
pub(super) async fn create(
    State(app): State<Exchange>,
    Extension(client): Extension<Client>,
    request: Request<Body>,
) -> Result<Response, Problem> {
    let mut received = Received::default();
    let answer = receive_and_store(&app, client, request, &mut received).await;
    if let Err(problem) = &answer {
        let blobs = received.files.into_iter().map(|uploaded| uploaded.file.blob).collect();
        sweep::drop_after_failure(&app, blobs, sql::names_blob, problem.is_in_doubt()).await;
    }
    answer
}

async fn receive_and_store(
    app: &Exchange,
    client: Client,
    request: Request<Body>,
    received: &mut Received,
) -> Result<Response, Problem> {
    receive(app, request, received).await?;
    let sbd = received.sbd.clone().ok_or_else(|| Problem::missing_part(SBD))?;
    let accepted = accept(app, client, &sbd, &received.files, Style::Part).await?;
    Ok(routes::json(&accepted.answer))
}

/// Stores a message with its files and accepts it for sending, all or nothing.
pub(super) async fn accept(
    app: &Exchange,
    client: Client,
    sbd: &[u8],
    files: &[Uploaded],
    style: Style,
) -> Result<Accepted, Problem> {
    let prepared = prepare(app, client.owner, sbd, style).await?;
    check_sender(&client, &prepared)?;
    let total: u64 = files.iter().map(|uploaded| uploaded.file.bytes).sum();
    let limit = app.config().upload_limit(prepared.service);
    if total > limit {
        return Err(checks::too_large(total, prepared.service, limit));
    }
    for Uploaded { file, .. } in files {
        let envelope = &prepared.message.envelope;
        by_service::takes(prepared.service, envelope, file.into())?;
        by_service::read_content(app, prepared.service, envelope, file).await?;
        validate::case_document(app, envelope, file).await?;
    }
    let facts = &prepared.message.facts;
    let accepted = Accepted {
        message_id: facts.message_id.clone(),
        conversation_id: Some(facts.conversation_id.clone()),
        answer: prepared.message.envelope.to_json(),
    };
    let trail = Trail::of(&prepared.message.facts, prepared.service);
    let agent = trail::agent(client.user_agent.as_deref());
    let files: Vec<Uploaded> = files.iter().map(Uploaded::copy).collect();
    let doing = app.clone();
    app.store().write(move |tx| store_all(&doing, tx, &client, &prepared, &files)).await?;
    app.webhooks().ring();
    app.0.wake.ring(lanes::messages(trail.service));
    tell!(trail, userAgent = %agent, "created a message and accepted it for sending");
    Ok(accepted)
}

fn store_all(
    app: &Exchange,
    tx: &mut Tx<'_>,
    client: &Client,
    prepared: &Prepared,
    files: &[Uploaded],
) -> Result<(), Problem> {
    let conversation = store_draft(app, tx, client, prepared)?;
    let message_id = &prepared.message.facts.message_id;
    let stored = |tx: &mut Tx<'_>| {
        let found = sql::find(tx, client.owner, message_id)?;
        found.ok_or_else(|| Problem::message_not_found(message_id))
    };
    let message = stored(tx)?;
    let documents: Vec<_> = files.iter().map(|uploaded| &uploaded.file).collect();
    sql::add_first_files(tx, message.id, &documents, app.now())?;
    for uploaded in files {
        attach::describe(tx, &message, uploaded)?;
    }
    let (message, files) = (stored(tx)?, sql::files(tx, message.id)?);
    let envelope = &prepared.message.envelope;
    let strictness = validate::strictness(app, envelope);
    checks::complete(&message, envelope, &files, strictness, app.now())?;
    submit::queue(app, tx, &message)?;
    record_created(app, tx, &conversation)
}

async fn receive(app: &Exchange, request: Request<Body>, received: &mut Received) -> Result<(), Problem> {
    let total = app.config().multipart_limit_bytes;
    let limits = MultipartLimits { field: total, total, fields: FIELDS };
    // What is too large beforehand need not be sent first.
    if attach::declared_length(request.headers()).is_some_and(|bytes| bytes > total) {
        return Err(Problem::too_large(total));
    }
    let (parts, body) = request.into_parts();
    let mut multipart = Multipart::new(&parts.headers, body, limits).map_err(problem)?;
    while let Some(mut field) = multipart.next_field().await.map_err(problem)? {
        if field.name() == SBD {
            received.sbd = Some(read_sbd(app, &mut field).await?);
        } else if field.file_name().is_some() {
            let uploaded = read_file(app, &mut field, &received.files).await?;
            received.files.push(uploaded);
        }
        // A part without a file name that is not the message means nothing here.
    }
    Ok(())
}

async fn read_sbd(app: &Exchange, field: &mut Field<'_>) -> Result<Bytes, Problem> {
    field.limit_to(app.config().envelope_limit_bytes as u64);
    let mut sbd = BytesMut::new();
    while let Some(piece) = field.chunk().await.map_err(problem)? {
        sbd.extend_from_slice(&piece);
    }
    Ok(sbd.freeze())
}

async fn read_file(app: &Exchange, field: &mut Field<'_>, files: &[Uploaded]) -> Result<Uploaded, Problem> {
    let name = checks::file_name(field.file_name())?;
    if files.iter().any(|uploaded| uploaded.file.name == name) {
        return Err(checks::duplicate(&name));
    }
    let title = checks::title(Some(field.name().to_owned()).filter(|title| !title.is_empty()))?;
    let given = field.content_type().map(str::to_owned);
    field.limit_to(app.config().multipart_file_limit_bytes);
    let mut upload = Upload::begin(app).await?;
    while let Some(piece) = field.chunk().await.map_err(problem)? {
        upload.take(piece).await?;
    }
    upload.finish(app, name, title, given.as_deref()).await
}

fn problem(error: MultipartError) -> Problem {
    match error {
        MultipartError::UnsupportedMediaType => Problem::unsupported_media_type("multipart/form-data"),
        MultipartError::FieldTooLarge { file_name: Some(name), limit, .. } => {
            let text = format!(
                "The file {name} is larger than {limit} bytes; create the message first and add the file with PUT"
            );
            Problem::bad("MultipartFileToLargeException", text)
        }
        MultipartError::TooLarge { limit } | MultipartError::FieldTooLarge { file_name: None, limit, .. } => {
            Problem::too_large(limit)
        }
        MultipartError::CutOff | MultipartError::Stalled => Problem::cut_off(),
        other => Problem::bad_header(other.to_string()),
    }
}
