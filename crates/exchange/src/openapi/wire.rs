//! What many endpoints share: pages, how they are asked for, and problems.
#![expect(dead_code, reason = "pages and problems are written member by member; these say what comes out")]

use utoipa::{IntoParams, ToSchema};

/// Which part of a list is wanted, and in which order.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Paging {
    /// From 0 on; what cannot be read is 0.
    page: Option<i64>,
    /// 1 to 2000; what cannot be read is 10, and more than 2000 is 2000.
    size: Option<i64>,
    /// `property`, `property,asc` or `property,desc`; may come several times, the first weighs most.
    sort: Option<Vec<String>>,
}

/// Part of a list.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub(crate) struct Page<T> {
    /// What is on the page.
    content: Vec<T>,
    pageable: Pageable,
    /// Whether no page follows.
    last: bool,
    /// How much there is altogether.
    total_elements: i64,
    /// How many pages there are.
    total_pages: i64,
    /// How much fits on a page.
    size: i64,
    /// Which page it is, from 0 on.
    number: i64,
    sort: Sort,
    /// Whether no page comes before.
    first: bool,
    /// How much is on this page.
    number_of_elements: i64,
    /// Whether nothing is on this page.
    empty: bool,
}

/// Which part it is.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub(crate) struct Pageable {
    page_number: i64,
    page_size: i64,
    sort: Sort,
    /// How much comes before the page.
    offset: i64,
    paged: bool,
    unpaged: bool,
}

/// Whether the list has an order.
#[derive(ToSchema)]
pub(crate) struct Sort {
    sorted: bool,
    unsorted: bool,
    empty: bool,
}

/// Why a request cannot be granted.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub(crate) struct Problem {
    timestamp: jiff::Timestamp,
    status: i32,
    /// The status in words.
    error: String,
    /// The path that was asked for, without the query.
    path: String,
    /// What is wrong, for people.
    message: String,
    /// What is wrong, for programs: the reference's name of the exception.
    exception: Option<String>,
    /// What is wrong in single places.
    errors: Option<Vec<Violation>>,
    /// The registry's own words.
    description: Option<String>,
}

/// What is wrong in one place.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub(crate) struct Violation {
    codes: Option<Vec<String>>,
    arguments: Option<Vec<serde_json::Value>>,
    default_message: String,
    object_name: String,
    /// Where, as a path of members.
    field: String,
    /// What stands there.
    rejected_value: Option<serde_json::Value>,
    binding_failure: Option<bool>,
    /// The rule that is broken.
    code: String,
}

/// By what messages in a list are told apart. Given several times, a name means any of the values; several
/// names must all fit.
#[derive(IntoParams)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
pub(crate) struct OutgoingFilter {
    conversation_id: Option<String>,
    message_id: Option<String>,
    process_identifier: Option<String>,
    receiver_identifier: Option<String>,
    sender_identifier: Option<String>,
    service_identifier: Option<super::words::Service>,
    /// The exact moment, with an offset.
    last_updated: Option<jiff::Timestamp>,
    /// The name of a file of the message.
    #[param(rename = "files.filename")]
    filename: Option<String>,
    /// The media type of a file of the message.
    #[param(rename = "files.mimetype")]
    mimetype: Option<String>,
    /// The title of a file of the message.
    #[param(rename = "files.title")]
    title: Option<String>,
}

/// Which waiting messages are meant.
#[derive(IntoParams)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
pub(crate) struct WaitingFilter {
    conversation_id: Option<String>,
    message_id: Option<String>,
    /// Without scheme, such as `310000001`.
    receiver_identifier: Option<String>,
    /// Without scheme, such as `310000002`.
    sender_identifier: Option<String>,
    service_identifier: Option<super::words::Service>,
    /// The process.
    process: Option<String>,
}
