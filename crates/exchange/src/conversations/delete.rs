//! DELETE /api/conversations/{id} and DELETE /api/conversations/messageId/{messageId}: always 200.

use axum::Extension;
use axum::extract::{Path, State};
use axum::response::Response;

use super::sql;
use crate::Exchange;
use crate::access::Client;
use crate::problem::Problem;
use crate::routes;

pub(super) async fn by_id(
    State(app): State<Exchange>,
    Extension(client): Extension<Client>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let id: i64 = id.parse().map_err(|_| Problem::type_mismatch("id", "a number"))?;
    let gone = app.store().write(move |tx| sql::delete(tx, client.owner, id).map_err(Problem::from));
    gone.await?;
    Ok(routes::empty())
}

pub(super) async fn by_message(
    State(app): State<Exchange>,
    Extension(client): Extension<Client>,
    Path(message_id): Path<String>,
) -> Result<Response, Problem> {
    let gone = app.store().write(move |tx| {
        for id in sql::of_message(tx, client.owner, &message_id)? {
            sql::delete(tx, client.owner, id)?;
        }
        Ok::<_, Problem>(())
    });
    gone.await?;
    Ok(routes::empty())
}
