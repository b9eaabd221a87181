//! Messages that came in and wait for a client.
//!
//! **States.** A message is waiting, or locked until a moment. Peeking locks it, so that two readers
//! never get the same; a lock that runs out, or is given back, lets it wait again in its old place,
//! and after several such times at the end. Acknowledged or past its deadline, it is gone; its id is
//! remembered, so that a repeat is recognised.
//!
//! **Promises.** A channel is told that we have a message only when it is on disk, opened and
//! verified. A package that cannot be opened or believed is set aside with the reason and stops
//! nobody else. A download holds the lock as long as bytes are read.

mod acknowledge;
pub(crate) mod ask;
pub(crate) mod automatic;
mod extend;
mod list;
mod model;
mod opening;
pub(crate) mod patience;
mod peek;
mod pop;
mod queue;
pub(crate) mod receive;
pub(crate) mod sql;
mod store_arrival;
mod unlock;

use axum::Router;
use axum::routing::{delete, get, post};
use jiff::Timestamp;
use utoipa::OpenApi;

use crate::Exchange;
use crate::access::Client;
use crate::listing::Query;
use crate::problem::Problem;
use crate::registry::ServiceIdentifier;
use crate::routes::{both, no_head};

pub(crate) use model::InMessage;

pub(crate) use acknowledge::take;
pub(crate) use model::Filter;
pub(crate) use peek::next;
pub(crate) use unlock::give_back;

/// The endpoints, as the document describes them.
#[derive(OpenApi)]
#[openapi(paths(list::list, peek::peek, pop::pop, acknowledge::acknowledge, extend::extend, unlock::unlock))]
pub(crate) struct Documented;

pub(crate) fn router() -> Router<Exchange> {
    let router = both(Router::new(), "/api/messages/in", get(list::list));
    let router = both(router, "/api/messages/in/peek", get(peek::peek).head(no_head));
    let pop = get(pop::pop).delete(acknowledge::acknowledge);
    let router = both(router, "/api/messages/in/pop/{id}", pop.clone());
    let router = both(router, "/api/messages/in/{id}", pop);
    let router = both(router, "/api/messages/in/{id}/lock", delete(unlock::unlock).put(extend::extend));
    both(router, "/api/messages/in/{id}/unlock", post(unlock::unlock))
}

/// The message that was found, if the client may see it and somebody has it locked.
fn held(
    found: Option<InMessage>,
    client: &Client,
    message_id: &str,
    now: Timestamp,
) -> Result<InMessage, Problem> {
    let message = found.filter(|message| client.reach.covers(&message.receiver));
    let message = message.ok_or_else(|| Problem::message_not_found(message_id))?;
    if message.is_locked(now) { Ok(message) } else { Err(Problem::not_locked(message_id)) }
}

/// Refuses a filter by a channel that does not exist.
pub(crate) fn check_services(query: &Query) -> Result<(), Problem> {
    for name in query.all("serviceIdentifier") {
        if name.parse() == Ok(ServiceIdentifier::Unknown) {
            return Err(Problem::type_mismatch("serviceIdentifier", "DPO, DPV, DPI, DPF, DPE or DPH"));
        }
    }
    Ok(())
}
