//! The OpenAPI document of the API, put together from what stands beside the handlers.
//!
//! Each handler says its path, what it takes and how it answers well (`#[utoipa::path]`); each type on the
//! wire derives its schema. Requests are read member by member ([`crate::binding`]), so what they hold is
//! said by types that are there for the document alone: the `wire.rs` files. What holds for many endpoints
//! is added in one place, `finish`. Whatever goes beyond the reference says so in its description, in these
//! words, and is marked `x-beyond-reference`.

mod finish;
pub(crate) mod problems;
pub(crate) mod words;

use serde_json::Value;
use utoipa::OpenApi;

use crate::bulk::AnswerBody;
use crate::{api, metrics, operators, orders::older, send_condition, support, suppression, trigger};

/// Below this stands what the contract knows.
const BASE: &str = "/notifications/api/v1";

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Budstikke Notify",
        description = "SMS and e-mail: one-time codes at once, orders with reminders, conditions and files, and \
            what became of them. Wire-compatible with Altinn Notifications. Whatever goes beyond the \
            reference says so and is marked `x-beyond-reference`.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0")
    ),
    tags(
        (name = "Orders", description = "Messages for later, with reminders, conditions and files."),
        (name = "Instant", description = "Messages that somebody is waiting for."),
        (name = "Status", description = "What became of orders and their messages."),
        (name = "Older orders", description = "The first generation of the API: still served, no longer recommended."),
        (name = "Preview", description = "Told before anything is sent."),
        (name = "Webhooks", description = "Being told instead of asking."),
        (name = "Suppressions", description = "Addresses that are no longer sent to."),
        (name = "Support", description = "For those who help people."),
        (name = "Gateways", description = "How gateways tell what became of messages."),
        (name = "Operators", description = "On the operators' listener, where senders do not call."),
    ),
    components(schemas(
        problems::ValidationProblem, problems::CodedProblem, problems::PlainProblem,
        words::FeedOrder,
        words::BulkAnswers,
        words::DeliveryState,
        AnswerBody,
    ))
)]
struct Frame;

/// The document, OpenAPI 3.1 as JSON.
///
/// # Panics
///
/// Never: a document is plain JSON.
pub fn document() -> Value {
    let mut api = api::Documented::openapi();
    api.merge(older::Documented::openapi());
    api.merge(suppression::Documented::openapi());
    api.merge(support::Documented::openapi());
    let mut for_operators = metrics::Documented::openapi();
    for_operators.merge(trigger::Documented::openapi());
    for_operators.merge(send_condition::try_out::Documented::openapi());
    let document = Frame::openapi()
        .nest(BASE, api)
        .nest(BASE, for_operators)
        .merge_from(api::Rooted::openapi())
        .merge_from(operators::Documented::openapi());
    finish::finished(serde_json::to_value(document).expect("a document is plain JSON"))
}
