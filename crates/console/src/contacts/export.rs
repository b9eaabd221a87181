//! `GET /console/contacts/export`: the whole embedded contact register, as a file that can be imported.

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::Console;
use crate::page::Refusal;
use crate::program::Asker;
use crate::role::Role;

pub(super) async fn export(State(console): State<Console>, asker: Asker) -> Result<Response, Refusal> {
    asker.needs(Role::Administer)?;
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"contacts.json\""),
    ];
    Ok(match console.register().export().await {
        Ok(file) => (headers, file).into_response(),
        Err(error) => {
            tracing::error!(%error, "the contact register could not be exported");
            (StatusCode::SERVICE_UNAVAILABLE, "the register cannot be read just now\n").into_response()
        }
    })
}
