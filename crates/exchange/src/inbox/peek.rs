//! GET /api/messages/in/peek: locks the next message that fits and shows it.

use std::time::Duration;

use axum::Extension;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::{StatusCode, Uri};
use jiff::Timestamp;

use super::model::{Filter, InMessage};
use super::queue::Wanted;
use super::sql;
use crate::Exchange;
use crate::access::Client;
use crate::conversations::Direction;
use crate::listing::Query;
use crate::openapi::Sbd;
use crate::openapi::wire::WaitingFilter;
use crate::problem::Problem;
use crate::routes;
use crate::trace::note::{self, Note};

/// Locks the next message that fits, and shows it.
#[utoipa::path(get, path = "/api/messages/in/peek", operation_id = "peekMessage", tag = "Messages in", params(WaitingFilter),
    responses((status = 200, body = Sbd), (status = 204)))]
pub(super) async fn peek(
    State(app): State<Exchange>,
    Extension(client): Extension<Client>,
    uri: Uri,
) -> Result<Response, Problem> {
    let query = Query::of(&uri);
    super::check_services(&query)?;
    let next = next(&app, &client, &Filter::of(&query)).await?;
    Ok(next.map_or_else(|| StatusCode::NO_CONTENT.into_response(), |message| routes::text(message.sbd)))
}

/// Locks the next message that fits, if there is one.
pub(crate) async fn next(
    app: &Exchange,
    client: &Client,
    filter: &Filter,
) -> Result<Option<InMessage>, Problem> {
    let (owner, now, agent) = (client.owner, app.now(), client.user_agent.clone());
    let wanted = Wanted::of(client, filter, now);
    // Most looks find nothing, and a look that finds nothing costs no commit.
    let looking = wanted.clone();
    if !app.store().read(move |tx| looking.waits(tx, now).map_err(Problem::from)).await? {
        return Ok(None);
    }
    let doing = app.clone();
    let (until, rotate_after) = (lock_end(app), app.config().releases_before_rotation);
    let next = app.store().write(move |tx| {
        sql::release(tx, owner, rotate_after, now)?;
        let locked = wanted.lock_next(tx, until, agent.as_deref())?;
        if let Some(message) = &locked {
            let about = (owner, message.message_id.as_str(), Direction::Incoming);
            note::write(&doing, tx, about, &Note::Peeked { until }, agent.as_deref())?;
        }
        Ok::<_, Problem>(locked)
    });
    next.await
}

/// When a lock taken now runs out.
pub(super) fn lock_end(app: &Exchange) -> Timestamp {
    let lock = Duration::from_secs(app.config().lock_timeout_seconds);
    app.now().checked_add(lock).unwrap_or(Timestamp::MAX)
}
