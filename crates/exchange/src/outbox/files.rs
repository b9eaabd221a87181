//! GET /api/messages/out/{messageId}/files: what has been attached, so that an upload can be resumed.

use super::wire::AttachedFile;
use axum::Extension;
use axum::extract::{Path, State};
use axum::response::Response;
use serde_json::{Value, json};

use super::sealing::in_hex;
use super::sql;
use crate::Exchange;
use crate::access::Client;
use crate::message::document::Document;
use crate::problem::Problem;
use crate::routes;

/// Lists the files of a draft, so that an upload can be resumed.
#[utoipa::path(get, path = "/api/messages/out/{id}/files", operation_id = "listFiles", tag = "Messages out",
    params(("id" = String, Path, description = "The message id.")), responses((status = 200, body = Vec<AttachedFile>), (status = 404)))]
pub(super) async fn files(
    State(app): State<Exchange>,
    Extension(client): Extension<Client>,
    Path(message_id): Path<String>,
) -> Result<Response, Problem> {
    let files = app.store().read(move |tx| {
        let message = super::seen(sql::find(tx, client.owner, &message_id)?, &client, &message_id)?;
        sql::files(tx, message.id).map_err(Problem::from)
    });
    let files: Vec<Value> = files.await?.iter().map(body).collect();
    Ok(routes::json(&Value::from(files)))
}

fn body(file: &Document) -> Value {
    let sha256 = in_hex(&file.sha256);
    let mut body = json!({
        "number": file.number, "filename": file.name, "mimetype": file.media_type, "size": file.bytes,
        "sha256": sha256,
    });
    if let Some(title) = &file.title {
        body["title"] = title.clone().into();
    }
    body
}
