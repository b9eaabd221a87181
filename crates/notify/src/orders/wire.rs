//! What the newer endpoints take, member by member, for the document. [`super::body`] reads it.
#![expect(dead_code, reason = "requests are read by `body`; these say what it reads")]

use utoipa::ToSchema;

use crate::openapi::words::{Channels, ConditionFailurePolicy, ContentType, SendingTimePolicy};

/// A main order, and what follows it.
#[derive(ToSchema)]
#[schema(as = Order, rename_all = "camelCase")]
pub(crate) struct OrderRequest {
    /// Names the request for all time: the same again gives the first answer again and sends nothing.
    #[schema(min_length = 1, max_length = 512)]
    idempotency_id: String,
    /// The sender's own words, for finding it again.
    #[schema(max_length = 2048)]
    senders_reference: Option<String>,
    /// When it is wanted, with a zone and not in the past; now when absent.
    #[schema(nullable = false)]
    requested_send_time: Option<jiff::Timestamp>,
    /// Asked right before sending whether to send.
    #[schema(format = Uri)]
    condition_endpoint: Option<String>,
    /// Beyond the reference: what follows when the condition cannot be asked. `Send` when absent.
    condition_failure_policy: Option<ConditionFailurePolicy>,
    dialogporten_association: Option<DialogportenAssociation>,
    recipient: Recipient,
    /// Orders that follow, each by itself.
    #[schema(max_items = 100)]
    reminders: Option<Vec<Reminder>>,
}

/// The dialog that an order belongs to. It is kept and shown in the log, and changes nothing else.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub(crate) struct DialogportenAssociation {
    dialog_id: Option<String>,
    transmission_id: Option<String>,
}

/// A further order, after `delayDays` or at a time of its own: exactly one of them is given.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub(crate) struct Reminder {
    #[schema(max_length = 2048)]
    senders_reference: Option<String>,
    /// Days of 24 hours after the main order.
    #[schema(minimum = 1, maximum = 3650)]
    delay_days: Option<i32>,
    /// A time with a zone, not in the past.
    requested_send_time: Option<jiff::Timestamp>,
    /// Asked right before sending whether to send.
    #[schema(format = Uri)]
    condition_endpoint: Option<String>,
    /// Beyond the reference: what follows when the condition cannot be asked. `Send` when absent.
    condition_failure_policy: Option<ConditionFailurePolicy>,
    recipient: Recipient,
}

/// To whom: exactly one of these.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
#[expect(clippy::struct_field_names, reason = "the contract's own words")]
pub(crate) struct Recipient {
    recipient_email: Option<RecipientEmail>,
    recipient_sms: Option<RecipientSms>,
    recipient_person: Option<RecipientPerson>,
    recipient_organization: Option<RecipientOrganization>,
    recipient_external_identity: Option<RecipientExternalIdentity>,
}

/// An address that the sender knows.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub(crate) struct RecipientEmail {
    /// One address, without a name.
    #[schema(min_length = 1, example = "kari@fjord.example")]
    email_address: String,
    email_settings: EmailSettings,
}

/// A number that the sender knows.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub(crate) struct RecipientSms {
    /// With `+` or `00` and the country's code.
    #[schema(min_length = 1, example = "+4799999999")]
    phone_number: String,
    sms_settings: SmsSettings,
}

/// A person, whose addresses a register knows.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub(crate) struct RecipientPerson {
    #[schema(pattern = "^[0-9]{11}$")]
    national_identity_number: String,
    channel_schema: Channels,
    /// Needed where the channel may be e-mail.
    email_settings: Option<EmailSettings>,
    /// Needed where the channel may be SMS.
    sms_settings: Option<SmsSettings>,
    /// `urn:altinn:resource:` and a resource's name.
    #[schema(pattern = "^urn:altinn:resource:.+")]
    resource_id: Option<String>,
    /// What must be allowed on the resource; `read` when absent. Means nothing without `resourceId`.
    resource_action: Option<String>,
    /// Send although the person has reserved against electronic messages.
    ignore_reservation: Option<bool>,
    /// Use addresses that nobody has confirmed for long.
    use_stale_contact_information: Option<bool>,
}

/// An organization, whose addresses a register knows.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub(crate) struct RecipientOrganization {
    #[schema(pattern = "^[0-9]{9}$")]
    org_number: String,
    channel_schema: Channels,
    /// Needed where the channel may be e-mail.
    email_settings: Option<EmailSettings>,
    /// Needed where the channel may be SMS.
    sms_settings: Option<SmsSettings>,
    /// Whoever may do `resourceAction` on it is told, too.
    #[schema(pattern = "^urn:altinn:resource:.+")]
    resource_id: Option<String>,
    /// What must be allowed on the resource; `read` when absent. Means nothing without `resourceId`.
    resource_action: Option<String>,
}

/// Somebody who is known by a name that another register gave.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub(crate) struct RecipientExternalIdentity {
    #[schema(min_length = 1, example = "urn:altinn:person:idporten-email:kari@fjord.example")]
    external_identity: String,
    channel_schema: Channels,
    /// Needed where the channel may be e-mail.
    email_settings: Option<EmailSettings>,
    /// Needed where the channel may be SMS.
    sms_settings: Option<SmsSettings>,
    /// Kept and shown.
    #[schema(pattern = "^urn:altinn:resource:.+")]
    resource_id: Option<String>,
    /// Kept and shown. Means nothing without `resourceId`.
    resource_action: Option<String>,
}

/// What an e-mail says.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub(crate) struct EmailSettings {
    /// Whom it comes from; the configured sender when absent.
    sender_email_address: Option<String>,
    /// Not blank; line breaks become spaces. `$recipientName$` and `$recipientNumber$` are filled in.
    #[schema(min_length = 1)]
    subject: String,
    /// Not blank. `$recipientName$` and `$recipientNumber$` are filled in.
    #[schema(min_length = 1)]
    body: String,
    /// `Plain` when absent.
    content_type: Option<ContentType>,
    /// E-mail goes at any time: `Anytime`, or absent.
    sending_time_policy: Option<SendingTimePolicy>,
}

/// What an SMS says.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub(crate) struct SmsSettings {
    /// Whom it comes from; the configured sender when absent.
    sender: Option<String>,
    /// Not blank. `$recipientName$` and `$recipientNumber$` are filled in.
    #[schema(min_length = 1)]
    body: String,
    /// `Daytime` when absent.
    sending_time_policy: Option<SendingTimePolicy>,
}

/// One e-mail to one address, with files.
#[derive(ToSchema)]
#[schema(as = ComposedEmail, rename_all = "camelCase")]
pub(crate) struct ComposedRequest {
    /// Names the request for all time: the same again gives the first answer again and sends nothing.
    #[schema(min_length = 1, max_length = 512)]
    idempotency_id: String,
    /// The sender's own words, for finding it again.
    #[schema(max_length = 2048)]
    senders_reference: Option<String>,
    /// When it is wanted, with a zone and not in the past; now when absent.
    #[schema(nullable = false)]
    requested_send_time: Option<jiff::Timestamp>,
    /// Asked right before sending whether to send.
    #[schema(format = Uri)]
    condition_endpoint: Option<String>,
    /// Beyond the reference: what follows when the condition cannot be asked. `Send` when absent.
    condition_failure_policy: Option<ConditionFailurePolicy>,
    dialogporten_association: Option<DialogportenAssociation>,
    recipient: ComposedRecipient,
}

/// An address that the sender knows.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub(crate) struct ComposedRecipient {
    /// One address, without a name.
    #[schema(min_length = 1, example = "kari@fjord.example")]
    email_address: String,
    email_settings: ComposedSettings,
}

/// What an e-mail says and brings.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub(crate) struct ComposedSettings {
    /// Whom it comes from; the configured sender when absent.
    sender_email_address: Option<String>,
    /// Not blank; line breaks become spaces.
    #[schema(min_length = 1)]
    subject: String,
    /// Not blank.
    #[schema(min_length = 1)]
    body: String,
    /// `Plain` when absent.
    content_type: Option<ContentType>,
    /// E-mail goes at any time: `Anytime`, or absent.
    sending_time_policy: Option<SendingTimePolicy>,
    attachments: Option<Vec<Attachment>>,
}

/// A file that is fetched when the e-mail is sent.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub(crate) struct Attachment {
    /// A name with an extension, without a path.
    #[schema(min_length = 1, max_length = 1024, example = "vedtak.pdf")]
    filename: String,
    /// One of the kinds of files that e-mail carries here.
    #[schema(min_length = 1, example = "application/pdf")]
    mime_type: String,
    /// Where it is: an https link with a signature that lets it be read until 15 minutes after the e-mail's
    /// time at least. Treated as a secret.
    #[schema(max_length = 8192, format = Uri)]
    sas_url: String,
}
