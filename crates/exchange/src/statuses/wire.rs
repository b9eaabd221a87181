//! What a status looks like and how it is looked for, for the document.
#![expect(dead_code, reason = "`sql` writes and `list` reads; these say what")]

use jiff::Timestamp;
use utoipa::{IntoParams, ToSchema};

use crate::openapi::words::StatusName;

/// A step of a message.
#[derive(ToSchema)]
#[schema(as = Status, rename_all = "camelCase")]
pub(super) struct StatusBody {
    id: i64,
    last_update: Timestamp,
    status: StatusName,
    description: Option<String>,
    /// What the channel answered, as it came.
    raw_receipt: Option<String>,
    /// The conversation's number.
    conv_id: i64,
    message_id: String,
    conversation_id: String,
}

/// Which statuses are meant.
#[derive(IntoParams)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
pub(super) struct StatusFilter {
    id: Option<i64>,
    message_id: Option<String>,
    conversation_id: Option<String>,
    /// Exactly; a name that is none finds nothing.
    status: Option<String>,
    /// With an offset. Counts only together with `toDateTime`.
    from_date_time: Option<Timestamp>,
    /// With an offset. Counts only together with `fromDateTime`.
    to_date_time: Option<Timestamp>,
}
