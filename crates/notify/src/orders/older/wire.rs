//! What the older endpoints take, member by member, for the document.
#![expect(dead_code, reason = "requests are read by `body`; these say what it reads")]

use utoipa::ToSchema;

use crate::openapi::words::{Channels, ConditionFailurePolicy, ContentType};

/// An order on any channel, to many.
#[derive(ToSchema)]
#[schema(as = OlderOrder, rename_all = "camelCase")]
pub(super) struct AnyRequest {
    notification_channel: Channels,
    #[schema(min_items = 1, max_items = 5000)]
    recipients: Vec<OlderRecipient>,
    /// Needed where the channel may be e-mail.
    email_template: Option<EmailTemplate>,
    /// Needed where the channel may be SMS.
    sms_template: Option<SmsTemplate>,
    #[serde(flatten)]
    shared: Shared,
}

/// An e-mail to many.
#[derive(ToSchema)]
#[schema(as = OlderEmailOrder, rename_all = "camelCase")]
pub(super) struct EmailRequest {
    /// Not blank; line breaks become spaces.
    #[schema(min_length = 1)]
    subject: String,
    /// Not blank.
    #[schema(min_length = 1)]
    body: String,
    /// `Plain` when absent.
    content_type: Option<ContentType>,
    #[schema(min_items = 1, max_items = 5000)]
    recipients: Vec<OlderRecipient>,
    #[serde(flatten)]
    shared: Shared,
}

/// An SMS to many, in the daytime window.
#[derive(ToSchema)]
#[schema(as = OlderSmsOrder, rename_all = "camelCase")]
pub(super) struct SmsRequest {
    /// Not blank.
    #[schema(min_length = 1)]
    body: String,
    /// Whom it comes from; the configured sender when absent or empty.
    #[schema(max_length = 256)]
    sender_number: Option<String>,
    #[schema(min_items = 1, max_items = 5000)]
    recipients: Vec<OlderRecipient>,
    #[serde(flatten)]
    shared: Shared,
}

/// What all three have.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub(super) struct Shared {
    /// The sender's own words, for finding it again.
    #[schema(max_length = 2048)]
    senders_reference: Option<String>,
    /// When it is wanted, with a zone; up to five minutes in the past. Now when absent.
    #[schema(nullable = false)]
    requested_send_time: Option<jiff::Timestamp>,
    /// Asked right before sending whether to send; a host with a name and a top-level domain.
    #[schema(format = Uri)]
    condition_endpoint: Option<String>,
    /// Beyond the reference: what follows when the condition cannot be asked. `Send` when absent.
    condition_failure_policy: Option<ConditionFailurePolicy>,
    /// Send although a person has reserved against electronic messages.
    ignore_reservation: Option<bool>,
    /// A resource, with or without `urn:altinn:resource:` in front.
    #[schema(max_length = 2048)]
    resource_id: Option<String>,
    /// What must be allowed on the resource; `read` when absent. Means nothing without `resourceId`.
    resource_action: Option<String>,
}

/// Somebody, named by a number of theirs or by addresses.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub(super) struct OlderRecipient {
    email_address: Option<String>,
    mobile_number: Option<String>,
    organization_number: Option<String>,
    national_identity_number: Option<String>,
    /// Means nothing in a request.
    is_reserved: Option<bool>,
}

/// What an e-mail says.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub(super) struct EmailTemplate {
    /// Whom it comes from; the configured sender when absent or empty.
    from_address: Option<String>,
    /// Not blank where the channel may be e-mail.
    subject: String,
    /// Not blank where the channel may be e-mail.
    body: String,
    /// `Plain` when absent.
    content_type: Option<ContentType>,
}

/// What an SMS says.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub(super) struct SmsTemplate {
    /// Whom it comes from; the configured sender when absent or empty.
    #[schema(max_length = 256)]
    sender_number: Option<String>,
    /// Not blank where the channel may be SMS.
    body: String,
}
