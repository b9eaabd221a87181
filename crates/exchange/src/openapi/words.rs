//! The words that members of the API are limited to, taken from where they are decided.

use std::borrow::Cow;

use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

use crate::conversations::Direction as Way;
use crate::message::MessageType;
use crate::registry::ServiceIdentifier;
use crate::statuses::Status;

/// A schema of its own for each list of words.
macro_rules! lists {
    ($($name:ident, $description:literal, $words:expr;)+) => {$(
        #[doc = $description]
        pub(crate) struct $name;

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                texts($description, $words)
            }
        }

        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                Cow::Borrowed(stringify!($name))
            }
        }
    )+};
}

lists! {
    Service, "A channel.", SERVICES.map(ServiceIdentifier::as_str);
    ServiceOrUnknown, "A channel; `UNKNOWN` is one that is newer than this server.",
        SERVICES.map(ServiceIdentifier::as_str).into_iter().chain(["UNKNOWN"]);
    StatusName, "How far a message has come.", Status::ALL.map(Status::as_str);
    Direction, "Which way a message goes.", [Way::Outgoing, Way::Incoming].map(Way::as_str);
    DocumentTypeName, "The name of a message type.",
        MessageType::ALL.map(MessageType::as_str).into_iter().chain(["feil"]);
    Resource, "What is told of.", ["all", "messages"];
    Event, "What happens to it.", ["all", "status"];
    ScopeType, "What a scope says.",
        ["ConversationId", "SenderRef", "ReceiverRef", "MessageChannel", "JournalpostId", "ParentId"];
    Authority, "Whose numbering an identifier is of.", ["iso6523-actorid-upis", "nhn-actorid"];
    DeliveryState, "Whether a delivery waits, was taken, or was given up.",
        ["pending", "delivered", "given_up"];
    SubscriptionState, "Whether it is told, rests by itself after failures, or was put to rest.",
        ["active", "paused", "held"];
}

const SERVICES: [ServiceIdentifier; 6] = [
    ServiceIdentifier::Dpo,
    ServiceIdentifier::Dpv,
    ServiceIdentifier::Dpi,
    ServiceIdentifier::Dpf,
    ServiceIdentifier::Dpe,
    ServiceIdentifier::Dph,
];

fn texts<'a>(description: &str, words: impl IntoIterator<Item = &'a str>) -> RefOr<Schema> {
    let words: Vec<&str> = words.into_iter().collect();
    let schema = ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some(description))
        .enum_values(Some(words));
    Schema::Object(schema.build()).into()
}
