//! The OpenAPI document of the API, put together from what stands beside the handlers.
//!
//! Each handler says its path, what it takes and how it answers well (`#[utoipa::path]`). Answers are put
//! together member by member, so what they hold is said by types that are there for the document alone: the
//! `wire.rs` files, and [`crate::message::business`] for what messages say. The standard business document
//! itself, whose second member has the name of its type, is written by hand in `sbd`. What holds for all
//! endpoints is added in one place, `finish`.

mod finish;
mod received;
mod sbd;
pub(crate) mod wire;
pub(crate) mod words;

use serde_json::Value;
use utoipa::OpenApi;

pub(crate) use sbd::Sbd;

use crate::{capabilities, conversations, inbox, outbox, statuses, subscriptions};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Budstikke Exchange",
        description = "Messages with files of any size between public bodies, businesses and citizens, statuses to \
            the end, and receiving by peek, pop and delete. Wire-compatible with eFormidling's \
            Integrasjonspunkt. Whatever goes beyond the reference says so and is marked \
            `x-beyond-reference`. Every path is also found with one slash at its end.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0")
    ),
    tags(
        (name = "Capabilities", description = "What a receiver can get, and over which channel."),
        (name = "Messages out", description = "Sending: in steps with files of any size, or in one request."),
        (name = "Messages in", description = "Receiving: peek, pop, delete."),
        (name = "Conversations", description = "The story of each message."),
        (name = "Statuses", description = "How far messages have come."),
        (name = "Subscriptions", description = "Being told instead of asking."),
    ),
    components(schemas(wire::Problem, words::Service))
)]
struct Frame;

/// The document, OpenAPI 3.1 as JSON.
///
/// # Panics
///
/// Never: a document is plain JSON.
pub fn document() -> Value {
    let document = Frame::openapi()
        .merge_from(capabilities::Documented::openapi())
        .merge_from(outbox::Documented::openapi())
        .merge_from(inbox::Documented::openapi())
        .merge_from(conversations::Documented::openapi())
        .merge_from(statuses::Documented::openapi())
        .merge_from(subscriptions::Documented::openapi());
    finish::finished(serde_json::to_value(document).expect("a document is plain JSON"))
}
