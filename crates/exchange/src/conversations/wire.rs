//! What a conversation looks like and how it is looked for, for the document.
#![expect(dead_code, reason = "`model` writes and `list` reads; these say what")]

use jiff::Timestamp;
use jiff::civil::Date;
use utoipa::{IntoParams, ToSchema};

use crate::openapi::words::{Direction, Service, ServiceOrUnknown, StatusName};

/// The story of one message.
#[derive(ToSchema)]
#[schema(as = Conversation, rename_all = "camelCase")]
pub(super) struct ConversationBody {
    id: i64,
    conversation_id: String,
    message_id: String,
    /// With scheme, and with whom it is sent for.
    sender: String,
    sender_identifier: String,
    /// Absent where a letter has an address only.
    receiver: Option<String>,
    receiver_identifier: Option<String>,
    process_identifier: String,
    document_identifier: String,
    message_reference: String,
    message_title: String,
    last_update: Timestamp,
    /// Whether nothing more has to happen.
    finished: bool,
    expiry: Timestamp,
    direction: Direction,
    service_identifier: ServiceOrUnknown,
    /// Its id at the channel.
    external_system_reference: Option<String>,
    message_statuses: Vec<MessageStatus>,
}

/// A step of it.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub(super) struct MessageStatus {
    id: i64,
    last_update: Timestamp,
    status: StatusName,
    description: Option<String>,
}

/// Which stories are meant. Given several times, a name means any of the values; several names must all fit.
#[derive(IntoParams)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
pub(super) struct ConversationFilter {
    conversation_id: Option<String>,
    message_id: Option<String>,
    receiver: Option<String>,
    receiver_identifier: Option<String>,
    sender: Option<String>,
    sender_identifier: Option<String>,
    service_identifier: Option<Service>,
    message_reference: Option<String>,
    message_title: Option<String>,
    /// Whether the channel is still asked.
    pollable: Option<bool>,
    finished: Option<bool>,
    direction: Option<Direction>,
    /// A day in Norway, and all after it.
    last_update_from: Option<Date>,
    /// A day in Norway, and all before it.
    last_update_to: Option<Date>,
}
