//! What the instant endpoints take, member by member, for the document.
#![expect(dead_code, reason = "requests are read by `read`; these say what it reads")]

use utoipa::ToSchema;

use crate::openapi::words::ContentType;

/// One SMS, now.
#[derive(ToSchema)]
#[schema(as = InstantSms, rename_all = "camelCase")]
pub(super) struct SmsRequest {
    /// Names the request for all time: the same again gives the first answer again and sends nothing. One
    /// space for all instant messages.
    #[schema(min_length = 1, max_length = 512)]
    idempotency_id: String,
    /// The sender's own words, for finding it again.
    #[schema(max_length = 2048)]
    senders_reference: Option<String>,
    recipient_sms: InstantSmsRecipient,
}

/// To whom, and for how long it is worth delivering.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub(super) struct InstantSmsRecipient {
    /// With `+` or `00` and the country's code.
    #[schema(min_length = 1, example = "+4799999999")]
    phone_number: String,
    /// Seconds that it may take, a minute to two days.
    #[schema(minimum = 60, maximum = 172_800)]
    time_to_live_in_seconds: i32,
    sms_settings: InstantSmsSettings,
}

/// What it says. Keywords stay as they are written.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub(super) struct InstantSmsSettings {
    /// Whom it comes from; the configured sender when absent or blank.
    sender: Option<String>,
    /// Not blank.
    #[schema(min_length = 1)]
    body: String,
}

/// One e-mail, now.
#[derive(ToSchema)]
#[schema(as = InstantEmail, rename_all = "camelCase")]
pub(super) struct EmailRequest {
    /// Names the request for all time: the same again gives the first answer again and sends nothing. One
    /// space for all instant messages.
    #[schema(min_length = 1, max_length = 512)]
    idempotency_id: String,
    /// The sender's own words, for finding it again.
    #[schema(max_length = 2048)]
    senders_reference: Option<String>,
    recipient_email: InstantEmailRecipient,
}

/// To whom.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub(super) struct InstantEmailRecipient {
    /// One address, without a name.
    #[schema(min_length = 1, example = "kari@fjord.example")]
    email_address: String,
    email_settings: InstantEmailSettings,
}

/// What it says. Keywords stay as they are written.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub(super) struct InstantEmailSettings {
    /// Whom it comes from; the configured sender when absent.
    sender_email_address: Option<String>,
    /// Not blank.
    #[schema(min_length = 1)]
    subject: String,
    /// Not blank.
    #[schema(min_length = 1)]
    body: String,
    /// `Plain` when absent.
    content_type: Option<ContentType>,
}

/// One SMS, now, in the older shape.
#[derive(ToSchema)]
#[schema(as = InstantOrder, rename_all = "camelCase")]
pub(super) struct EitherRequest {
    /// Names the request for all time, as for the newer shapes.
    #[schema(min_length = 1, max_length = 512)]
    idempotency_id: String,
    /// The sender's own words, for finding it again.
    #[schema(max_length = 2048)]
    senders_reference: Option<String>,
    recipient: InstantOrderRecipient,
}

/// To whom.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub(super) struct InstantOrderRecipient {
    recipient_sms: InstantSmsRecipient,
}
