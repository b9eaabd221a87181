//! How the feed is asked for and what stands in it, for the document.
#![expect(dead_code, reason = "read and written in `feed` and `number`; these say what is meant")]

use utoipa::{IntoParams, ToSchema};

use super::sql::Entry;
use crate::openapi::words::FeedOrder;

/// Where one reads on. Names match in any letter case.
#[derive(IntoParams)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
pub(super) struct Reading {
    /// Only entries behind this number, or before it where the newest come first; the number is not part of
    /// it. 0 begins at the end that `orderBy` says.
    #[param(minimum = 0)]
    seq: Option<i64>,
    /// Entries at most, 1 to 500; what lies outside is brought inside. 500 when absent.
    page_size: Option<i64>,
    /// Oldest first when absent.
    order_by: Option<FeedOrder>,
    /// Beyond the reference: seconds to wait for a page that has something on it.
    #[param(minimum = 0, maximum = 60)]
    wait: Option<i64>,
    /// Beyond the reference: whether lines of JSON go on after the last entry.
    follow: Option<bool>,
}

/// An order that has come to its end.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub(super) struct FeedEntry {
    /// Grows from entry to entry, perhaps by more than one.
    sequence_number: i64,
    #[serde(flatten)]
    entry: Entry,
}
