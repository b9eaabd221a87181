//! Budstikke Notify: types and calls. Made by `clients/generate`; do not change it by hand.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::http::{Api, Error, Opens, Request};

/// Addresses.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct Addresses {
    /// `emailAddresses`.
    #[serde(rename = "emailAddresses")]
    pub email_addresses: Vec<String>,
}

/// A file that is fetched when the e-mail is sent.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct Attachment {
    /// A name with an extension, without a path.
    pub filename: String,
    /// One of the kinds of files that e-mail carries here.
    #[serde(rename = "mimeType")]
    pub mime_type: String,
    /// Where it is: an https link with a signature that lets it be read until 15 minutes after the
    /// e-mail's time at least. Treated as a secret.
    #[serde(rename = "sasUrl")]
    pub sas_url: String,
}

/// `Bulk`.
#[derive(Clone, Serialize, Deserialize)]
pub struct Bulk {
    /// Orders that were new.
    pub accepted: i64,
    /// Orders that had been accepted before, under the same idempotency id.
    pub known: i64,
    /// Lines that held an order.
    pub lines: i64,
    /// Orders that cannot be accepted.
    pub refused: i64,
    /// `bulkId`.
    #[serde(rename = "bulkId")]
    pub bulk_id: String,
    /// `created`.
    pub created: String,
    /// `lastUpdate`.
    #[serde(rename = "lastUpdate")]
    pub last_update: String,
    /// Main orders by their status.
    pub orders: BTreeMap<String, i64>,
    /// `state`.
    pub state: BulkState,
}

/// Which lines are answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum BulkAnswers {
    /// `refused`
    #[serde(rename = "refused")]
    Refused,
    /// `all`
    #[serde(rename = "all")]
    All,
    /// A word that is newer than this client.
    #[serde(untagged)]
    Other(String),
}

/// Where a bulk stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum BulkState {
    /// `taking`
    #[serde(rename = "taking")]
    Taking,
    /// `complete`
    #[serde(rename = "complete")]
    Complete,
    /// `stopped`
    #[serde(rename = "stopped")]
    Stopped,
    /// A word that is newer than this client.
    #[serde(untagged)]
    Other(String),
}

/// How a message goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Channel {
    /// `Email`
    #[serde(rename = "Email")]
    Email,
    /// `SMS`
    #[serde(rename = "SMS")]
    Sms,
    /// A word that is newer than this client.
    #[serde(untagged)]
    Other(String),
}

/// E-mail, SMS, whichever is found first, or both.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Channels {
    /// `Email`
    #[serde(rename = "Email")]
    Email,
    /// `Sms`
    #[serde(rename = "Sms")]
    Sms,
    /// `EmailPreferred`
    #[serde(rename = "EmailPreferred")]
    EmailPreferred,
    /// `SmsPreferred`
    #[serde(rename = "SmsPreferred")]
    SmsPreferred,
    /// `EmailAndSms`
    #[serde(rename = "EmailAndSms")]
    EmailAndSms,
    /// A word that is newer than this client.
    #[serde(untagged)]
    Other(String),
}

/// The same text in the cheaper encoding.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct CheaperText {
    /// `parts`.
    pub parts: i64,
    /// `text`.
    pub text: String,
}

/// One e-mail to one address, with files.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct ComposedEmail {
    /// Asked right before sending whether to send.
    #[serde(rename = "conditionEndpoint", default, skip_serializing_if = "Option::is_none")]
    pub condition_endpoint: Option<String>,
    /// Beyond the reference: what follows when the condition cannot be asked. `Send` when absent.
    #[serde(rename = "conditionFailurePolicy", default, skip_serializing_if = "Option::is_none")]
    pub condition_failure_policy: Option<ConditionFailurePolicy>,
    /// `dialogportenAssociation`.
    #[serde(rename = "dialogportenAssociation", default, skip_serializing_if = "Option::is_none")]
    pub dialogporten_association: Option<DialogportenAssociation>,
    /// Names the request for all time: the same again gives the first answer again and sends
    /// nothing.
    #[serde(rename = "idempotencyId")]
    pub idempotency_id: String,
    /// `recipient`.
    pub recipient: ComposedRecipient,
    /// When it is wanted, with a zone and not in the past; now when absent.
    #[serde(rename = "requestedSendTime", default, skip_serializing_if = "Option::is_none")]
    pub requested_send_time: Option<String>,
    /// The sender's own words, for finding it again.
    #[serde(rename = "sendersReference", default, skip_serializing_if = "Option::is_none")]
    pub senders_reference: Option<String>,
}

/// An address that the sender knows.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct ComposedRecipient {
    /// One address, without a name.
    #[serde(rename = "emailAddress")]
    pub email_address: String,
    /// `emailSettings`.
    #[serde(rename = "emailSettings")]
    pub email_settings: ComposedSettings,
}

/// What an e-mail says and brings.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct ComposedSettings {
    /// `attachments`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attachments: Option<Vec<Attachment>>,
    /// Not blank.
    pub body: String,
    /// `Plain` when absent.
    #[serde(rename = "contentType", default, skip_serializing_if = "Option::is_none")]
    pub content_type: Option<ContentType>,
    /// Whom it comes from; the configured sender when absent.
    #[serde(rename = "senderEmailAddress", default, skip_serializing_if = "Option::is_none")]
    pub sender_email_address: Option<String>,
    /// E-mail goes at any time: `Anytime`, or absent.
    #[serde(rename = "sendingTimePolicy", default, skip_serializing_if = "Option::is_none")]
    pub sending_time_policy: Option<SendingTimePolicy>,
    /// Not blank; line breaks become spaces.
    pub subject: String,
}

/// What follows when the condition cannot be asked: send, wait, or send nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ConditionFailurePolicy {
    /// `Send`
    #[serde(rename = "Send")]
    Send,
    /// `Hold`
    #[serde(rename = "Hold")]
    Hold,
    /// `Drop`
    #[serde(rename = "Drop")]
    Drop,
    /// A word that is newer than this client.
    #[serde(untagged)]
    Other(String),
}

/// What an e-mail's body is written in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ContentType {
    /// `Plain`
    #[serde(rename = "Plain")]
    Plain,
    /// `Html`
    #[serde(rename = "Html")]
    Html,
    /// A word that is newer than this client.
    #[serde(untagged)]
    Other(String),
}

/// Whether a delivery waits, was taken, or was given up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DeliveryState {
    /// `pending`
    #[serde(rename = "pending")]
    Pending,
    /// `delivered`
    #[serde(rename = "delivered")]
    Delivered,
    /// `given_up`
    #[serde(rename = "given_up")]
    GivenUp,
    /// A word that is newer than this client.
    #[serde(untagged)]
    Other(String),
}

/// What became of a message, with its channel in front.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DeliveryStatus {
    /// `SMS_New`
    #[serde(rename = "SMS_New")]
    SMSNew,
    /// `SMS_Sending`
    #[serde(rename = "SMS_Sending")]
    SMSSending,
    /// `SMS_Accepted`
    #[serde(rename = "SMS_Accepted")]
    SMSAccepted,
    /// `SMS_Delivered`
    #[serde(rename = "SMS_Delivered")]
    SMSDelivered,
    /// `SMS_Failed`
    #[serde(rename = "SMS_Failed")]
    SMSFailed,
    /// `SMS_Failed_BarredReceiver`
    #[serde(rename = "SMS_Failed_BarredReceiver")]
    SMSFailedBarredReceiver,
    /// `SMS_Failed_Deleted`
    #[serde(rename = "SMS_Failed_Deleted")]
    SMSFailedDeleted,
    /// `SMS_Failed_Expired`
    #[serde(rename = "SMS_Failed_Expired")]
    SMSFailedExpired,
    /// `SMS_Failed_InvalidRecipient`
    #[serde(rename = "SMS_Failed_InvalidRecipient")]
    SMSFailedInvalidRecipient,
    /// `SMS_Failed_Undelivered`
    #[serde(rename = "SMS_Failed_Undelivered")]
    SMSFailedUndelivered,
    /// `SMS_Failed_Rejected`
    #[serde(rename = "SMS_Failed_Rejected")]
    SMSFailedRejected,
    /// `SMS_Failed_RecipientReserved`
    #[serde(rename = "SMS_Failed_RecipientReserved")]
    SMSFailedRecipientReserved,
    /// `SMS_Failed_RecipientNotIdentified`
    #[serde(rename = "SMS_Failed_RecipientNotIdentified")]
    SMSFailedRecipientNotIdentified,
    /// `SMS_Failed_TTL`
    #[serde(rename = "SMS_Failed_TTL")]
    SMSFailedTTL,
    /// `Email_New`
    #[serde(rename = "Email_New")]
    EmailNew,
    /// `Email_Sending`
    #[serde(rename = "Email_Sending")]
    EmailSending,
    /// `Email_Succeeded`
    #[serde(rename = "Email_Succeeded")]
    EmailSucceeded,
    /// `Email_Delivered`
    #[serde(rename = "Email_Delivered")]
    EmailDelivered,
    /// `Email_Failed`
    #[serde(rename = "Email_Failed")]
    EmailFailed,
    /// `Email_Failed_RecipientReserved`
    #[serde(rename = "Email_Failed_RecipientReserved")]
    EmailFailedRecipientReserved,
    /// `Email_Failed_RecipientNotIdentified`
    #[serde(rename = "Email_Failed_RecipientNotIdentified")]
    EmailFailedRecipientNotIdentified,
    /// `Email_Failed_InvalidFormat`
    #[serde(rename = "Email_Failed_InvalidFormat")]
    EmailFailedInvalidFormat,
    /// `Email_Failed_SuppressedRecipient`
    #[serde(rename = "Email_Failed_SuppressedRecipient")]
    EmailFailedSuppressedRecipient,
    /// `Email_Failed_TransientError`
    #[serde(rename = "Email_Failed_TransientError")]
    EmailFailedTransientError,
    /// `Email_Failed_Bounced`
    #[serde(rename = "Email_Failed_Bounced")]
    EmailFailedBounced,
    /// `Email_Failed_FilteredSpam`
    #[serde(rename = "Email_Failed_FilteredSpam")]
    EmailFailedFilteredSpam,
    /// `Email_Failed_Quarantined`
    #[serde(rename = "Email_Failed_Quarantined")]
    EmailFailedQuarantined,
    /// `Email_Failed_TTL`
    #[serde(rename = "Email_Failed_TTL")]
    EmailFailedTTL,
    /// `Email_Failed_InvalidSasUrl`
    #[serde(rename = "Email_Failed_InvalidSasUrl")]
    EmailFailedInvalidSasUrl,
    /// `Email_Failed_PayloadTooLarge`
    #[serde(rename = "Email_Failed_PayloadTooLarge")]
    EmailFailedPayloadTooLarge,
    /// A word that is newer than this client.
    #[serde(untagged)]
    Other(String),
}

/// The dialog that an order belongs to. It is kept and shown in the log, and changes nothing else.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct DialogportenAssociation {
    /// `dialogId`.
    #[serde(rename = "dialogId", default, skip_serializing_if = "Option::is_none")]
    pub dialog_id: Option<String>,
    /// `transmissionId`.
    #[serde(rename = "transmissionId", default, skip_serializing_if = "Option::is_none")]
    pub transmission_id: Option<String>,
}

/// What an order would do.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct DryRun {
    /// Whether its id has been used, so that nothing new would come of it.
    #[serde(rename = "alreadyRegistered")]
    pub already_registered: bool,
    /// `orders`.
    pub orders: Vec<PlannedOrder>,
}

/// What an e-mail says.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct EmailSettings {
    /// Not blank. `$recipientName$` and `$recipientNumber$` are filled in.
    pub body: String,
    /// `Plain` when absent.
    #[serde(rename = "contentType", default, skip_serializing_if = "Option::is_none")]
    pub content_type: Option<ContentType>,
    /// Whom it comes from; the configured sender when absent.
    #[serde(rename = "senderEmailAddress", default, skip_serializing_if = "Option::is_none")]
    pub sender_email_address: Option<String>,
    /// E-mail goes at any time: `Anytime`, or absent.
    #[serde(rename = "sendingTimePolicy", default, skip_serializing_if = "Option::is_none")]
    pub sending_time_policy: Option<SendingTimePolicy>,
    /// Not blank; line breaks become spaces. `$recipientName$` and `$recipientNumber$` are filled
    /// in.
    pub subject: String,
}

/// What an e-mail says.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct EmailTemplate {
    /// Not blank where the channel may be e-mail.
    pub body: String,
    /// `Plain` when absent.
    #[serde(rename = "contentType", default, skip_serializing_if = "Option::is_none")]
    pub content_type: Option<ContentType>,
    /// Whom it comes from; the configured sender when absent or empty.
    #[serde(rename = "fromAddress", default, skip_serializing_if = "Option::is_none")]
    pub from_address: Option<String>,
    /// Not blank where the channel may be e-mail.
    pub subject: String,
}

/// `EmailTemplateShown`.
#[derive(Clone, Serialize, Deserialize)]
pub struct EmailTemplateShown {
    /// `body`.
    pub body: String,
    /// `contentType`.
    #[serde(rename = "contentType")]
    pub content_type: ContentType,
    /// `fromAddress`.
    #[serde(rename = "fromAddress", default, skip_serializing_if = "Option::is_none")]
    pub from_address: Option<String>,
    /// `subject`.
    pub subject: String,
}

/// How an order has ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum EndStatus {
    /// `Order_Completed`
    #[serde(rename = "Order_Completed")]
    OrderCompleted,
    /// `Order_SendConditionNotMet`
    #[serde(rename = "Order_SendConditionNotMet")]
    OrderSendConditionNotMet,
    /// `Order_Cancelled`
    #[serde(rename = "Order_Cancelled")]
    OrderCancelled,
    /// A word that is newer than this client.
    #[serde(untagged)]
    Other(String),
}

/// An order that has come to its end.
#[derive(Clone, Serialize, Deserialize)]
pub struct FeedEntry {
    /// `lastUpdate`.
    #[serde(rename = "lastUpdate")]
    pub last_update: String,
    /// `recipients`.
    pub recipients: Vec<FeedRecipient>,
    /// `sendersReference`.
    #[serde(rename = "sendersReference", default, skip_serializing_if = "Option::is_none")]
    pub senders_reference: Option<String>,
    /// `shipmentId`.
    #[serde(rename = "shipmentId")]
    pub shipment_id: String,
    /// `shipmentType`.
    #[serde(rename = "shipmentType")]
    pub shipment_type: ShipmentType,
    /// `status`.
    pub status: EndStatus,
    /// Grows from entry to entry, perhaps by more than one.
    #[serde(rename = "sequenceNumber")]
    pub sequence_number: i64,
}

/// Oldest or newest first; any letter case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FeedOrder {
    /// `asc`
    #[serde(rename = "asc")]
    Asc,
    /// `desc`
    #[serde(rename = "desc")]
    Desc,
    /// A word that is newer than this client.
    #[serde(untagged)]
    Other(String),
}

/// `FeedRecipient`.
#[derive(Clone, Serialize, Deserialize)]
pub struct FeedRecipient {
    /// `destination`.
    pub destination: String,
    /// `lastUpdate`.
    #[serde(rename = "lastUpdate")]
    pub last_update: String,
    /// `status`.
    pub status: DeliveryStatus,
}

/// One e-mail, now.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct InstantEmail {
    /// Names the request for all time: the same again gives the first answer again and sends
    /// nothing. One space for all instant messages.
    #[serde(rename = "idempotencyId")]
    pub idempotency_id: String,
    /// `recipientEmail`.
    #[serde(rename = "recipientEmail")]
    pub recipient_email: InstantEmailRecipient,
    /// The sender's own words, for finding it again.
    #[serde(rename = "sendersReference", default, skip_serializing_if = "Option::is_none")]
    pub senders_reference: Option<String>,
}

/// To whom.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct InstantEmailRecipient {
    /// One address, without a name.
    #[serde(rename = "emailAddress")]
    pub email_address: String,
    /// `emailSettings`.
    #[serde(rename = "emailSettings")]
    pub email_settings: InstantEmailSettings,
}

/// What it says. Keywords stay as they are written.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct InstantEmailSettings {
    /// Not blank.
    pub body: String,
    /// `Plain` when absent.
    #[serde(rename = "contentType", default, skip_serializing_if = "Option::is_none")]
    pub content_type: Option<ContentType>,
    /// Whom it comes from; the configured sender when absent.
    #[serde(rename = "senderEmailAddress", default, skip_serializing_if = "Option::is_none")]
    pub sender_email_address: Option<String>,
    /// Not blank.
    pub subject: String,
}

/// One SMS, now, in the older shape.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct InstantOrder {
    /// Names the request for all time, as for the newer shapes.
    #[serde(rename = "idempotencyId")]
    pub idempotency_id: String,
    /// `recipient`.
    pub recipient: InstantOrderRecipient,
    /// The sender's own words, for finding it again.
    #[serde(rename = "sendersReference", default, skip_serializing_if = "Option::is_none")]
    pub senders_reference: Option<String>,
}

/// To whom.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct InstantOrderRecipient {
    /// `recipientSms`.
    #[serde(rename = "recipientSms")]
    pub recipient_sms: InstantSmsRecipient,
}

/// One SMS, now.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct InstantSms {
    /// Names the request for all time: the same again gives the first answer again and sends
    /// nothing. One space for all instant messages.
    #[serde(rename = "idempotencyId")]
    pub idempotency_id: String,
    /// `recipientSms`.
    #[serde(rename = "recipientSms")]
    pub recipient_sms: InstantSmsRecipient,
    /// The sender's own words, for finding it again.
    #[serde(rename = "sendersReference", default, skip_serializing_if = "Option::is_none")]
    pub senders_reference: Option<String>,
}

/// To whom, and for how long it is worth delivering.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct InstantSmsRecipient {
    /// With `+` or `00` and the country's code.
    #[serde(rename = "phoneNumber")]
    pub phone_number: String,
    /// `smsSettings`.
    #[serde(rename = "smsSettings")]
    pub sms_settings: InstantSmsSettings,
    /// Seconds that it may take, a minute to two days.
    #[serde(rename = "timeToLiveInSeconds")]
    pub time_to_live_in_seconds: i64,
}

/// What it says. Keywords stay as they are written.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct InstantSmsSettings {
    /// Not blank.
    pub body: String,
    /// Whom it comes from; the configured sender when absent or blank.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sender: Option<String>,
}

/// `Lifted`.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct Lifted {
    /// `lifted`.
    pub lifted: i64,
}

/// How a message went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LogChannel {
    /// `Email`
    #[serde(rename = "Email")]
    Email,
    /// `Sms`
    #[serde(rename = "Sms")]
    Sms,
    /// A word that is newer than this client.
    #[serde(untagged)]
    Other(String),
}

/// `LoggedNotification`.
#[derive(Clone, Serialize, Deserialize)]
pub struct LoggedNotification {
    /// `channel`.
    pub channel: LogChannel,
    /// `destination`.
    pub destination: String,
    /// `dialogId`.
    #[serde(rename = "dialogId")]
    pub dialog_id: String,
    /// `lastUpdateTime`.
    #[serde(rename = "lastUpdateTime")]
    pub last_update_time: String,
    /// `notificationId`.
    #[serde(rename = "notificationId")]
    pub notification_id: String,
    /// `requestedSendTime`.
    #[serde(rename = "requestedSendTime")]
    pub requested_send_time: String,
    /// `status`.
    pub status: DeliveryStatus,
    /// `transmissionId`.
    #[serde(rename = "transmissionId", default, skip_serializing_if = "Option::is_none")]
    pub transmission_id: Option<String>,
    /// `type`.
    #[serde(rename = "type")]
    pub type_: ShipmentType,
}

/// Whether those who were looked up can be reached: all, some, none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LookupStatus {
    /// `Success`
    #[serde(rename = "Success")]
    Success,
    /// `PartialSuccess`
    #[serde(rename = "PartialSuccess")]
    PartialSuccess,
    /// `Failed`
    #[serde(rename = "Failed")]
    Failed,
    /// A word that is newer than this client.
    #[serde(untagged)]
    Other(String),
}

/// `Manifest`.
#[derive(Clone, Serialize, Deserialize)]
pub struct Manifest {
    /// `lastUpdate`.
    #[serde(rename = "lastUpdate")]
    pub last_update: String,
    /// `recipients`.
    pub recipients: Vec<ManifestRecipient>,
    /// `sendersReference`.
    #[serde(rename = "sendersReference", default, skip_serializing_if = "Option::is_none")]
    pub senders_reference: Option<String>,
    /// `shipmentId`.
    #[serde(rename = "shipmentId")]
    pub shipment_id: String,
    /// `status`.
    pub status: OrderStatus,
    /// `type`.
    #[serde(rename = "type")]
    pub type_: ShipmentType,
}

/// `ManifestRecipient`.
#[derive(Clone, Serialize, Deserialize)]
pub struct ManifestRecipient {
    /// `destination`.
    pub destination: String,
    /// `lastUpdate`.
    #[serde(rename = "lastUpdate")]
    pub last_update: String,
    /// `status`.
    pub status: DeliveryStatus,
    /// `type`.
    #[serde(rename = "type")]
    pub type_: Channel,
}

/// A new secret, shown this once.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct NewSecret {
    /// Until then the one before signs as well.
    #[serde(rename = "previousSignsUntil")]
    pub previous_signs_until: String,
    /// `secret`.
    pub secret: String,
}

/// Addresses that are not to be sent to.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct NewSuppressions {
    /// `emailAddresses`.
    #[serde(rename = "emailAddresses")]
    pub email_addresses: Vec<String>,
    /// Until when, with a zone; what is said of the reason when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<String>,
    /// `Manual` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<SuppressionReason>,
}

/// What somebody wants to be told, and where.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct NewWebhook {
    /// Only of notifications on this channel: `Sms` or `Email`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// Names of events, or the beginning of some with `*` after it; all when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub events: Option<Vec<String>>,
    /// `name`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Only of orders with one of these references.
    #[serde(rename = "sendersReferences", default, skip_serializing_if = "Option::is_none")]
    pub senders_references: Option<Vec<String>>,
    /// An absolute http or https address.
    pub url: String,
}

/// `NotificationCount`.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct NotificationCount {
    /// `generated`.
    pub generated: i64,
    /// `links`.
    pub links: OwnLink,
    /// `succeeded`.
    pub succeeded: i64,
}

/// `NotificationCounts`.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct NotificationCounts {
    /// `email`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<NotificationCount>,
    /// `sms`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sms: Option<NotificationCount>,
}

/// `NotificationRecipient`.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct NotificationRecipient {
    /// `emailAddress`.
    #[serde(rename = "emailAddress", default, skip_serializing_if = "Option::is_none")]
    pub email_address: Option<String>,
    /// `mobileNumber`.
    #[serde(rename = "mobileNumber", default, skip_serializing_if = "Option::is_none")]
    pub mobile_number: Option<String>,
    /// `nationalIdentityNumber`.
    #[serde(rename = "nationalIdentityNumber", default, skip_serializing_if = "Option::is_none")]
    pub national_identity_number: Option<String>,
    /// `organizationNumber`.
    #[serde(rename = "organizationNumber", default, skip_serializing_if = "Option::is_none")]
    pub organization_number: Option<String>,
}

/// `NotificationShown`.
#[derive(Clone, Serialize, Deserialize)]
pub struct NotificationShown {
    /// `id`.
    pub id: String,
    /// `recipient`.
    pub recipient: NotificationRecipient,
    /// `sendStatus`.
    #[serde(rename = "sendStatus")]
    pub send_status: SendStatus,
    /// `succeeded`.
    pub succeeded: bool,
}

/// `NotificationSummary`.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct NotificationSummary {
    /// `generated`.
    pub generated: i64,
    /// `notifications`.
    pub notifications: Vec<NotificationShown>,
    /// `orderId`.
    #[serde(rename = "orderId")]
    pub order_id: String,
    /// `sendersReference`.
    #[serde(rename = "sendersReference", default, skip_serializing_if = "Option::is_none")]
    pub senders_reference: Option<String>,
    /// `succeeded`.
    pub succeeded: i64,
}

/// A character that the dearer encoding is needed for.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct OffendingCharacter {
    /// `character`.
    pub character: String,
    /// `codePoint`.
    #[serde(rename = "codePoint")]
    pub code_point: String,
    /// `replacement`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replacement: Option<String>,
}

/// What became of a message, in the older words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum OlderDeliveryStatus {
    /// `New`
    #[serde(rename = "New")]
    New,
    /// `Sending`
    #[serde(rename = "Sending")]
    Sending,
    /// `Accepted`
    #[serde(rename = "Accepted")]
    Accepted,
    /// `Delivered`
    #[serde(rename = "Delivered")]
    Delivered,
    /// `Failed`
    #[serde(rename = "Failed")]
    Failed,
    /// `Failed_BarredReceiver`
    #[serde(rename = "Failed_BarredReceiver")]
    FailedBarredReceiver,
    /// `Failed_Deleted`
    #[serde(rename = "Failed_Deleted")]
    FailedDeleted,
    /// `Failed_Expired`
    #[serde(rename = "Failed_Expired")]
    FailedExpired,
    /// `Failed_InvalidRecipient`
    #[serde(rename = "Failed_InvalidRecipient")]
    FailedInvalidRecipient,
    /// `Failed_Undelivered`
    #[serde(rename = "Failed_Undelivered")]
    FailedUndelivered,
    /// `Failed_Rejected`
    #[serde(rename = "Failed_Rejected")]
    FailedRejected,
    /// `Failed_RecipientReserved`
    #[serde(rename = "Failed_RecipientReserved")]
    FailedRecipientReserved,
    /// `Failed_RecipientNotIdentified`
    #[serde(rename = "Failed_RecipientNotIdentified")]
    FailedRecipientNotIdentified,
    /// `Succeeded`
    #[serde(rename = "Succeeded")]
    Succeeded,
    /// `Failed_InvalidEmailFormat`
    #[serde(rename = "Failed_InvalidEmailFormat")]
    FailedInvalidEmailFormat,
    /// `Failed_SupressedRecipient`
    #[serde(rename = "Failed_SupressedRecipient")]
    FailedSupressedRecipient,
    /// `Failed_TransientError`
    #[serde(rename = "Failed_TransientError")]
    FailedTransientError,
    /// `Failed_Bounced`
    #[serde(rename = "Failed_Bounced")]
    FailedBounced,
    /// `Failed_FilteredSpam`
    #[serde(rename = "Failed_FilteredSpam")]
    FailedFilteredSpam,
    /// `Failed_Quarantined`
    #[serde(rename = "Failed_Quarantined")]
    FailedQuarantined,
    /// `Failed_InvalidSasUrl`
    #[serde(rename = "Failed_InvalidSasUrl")]
    FailedInvalidSasUrl,
    /// `Failed_PayloadTooLarge`
    #[serde(rename = "Failed_PayloadTooLarge")]
    FailedPayloadTooLarge,
    /// A word that is newer than this client.
    #[serde(untagged)]
    Other(String),
}

/// An e-mail to many.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct OlderEmailOrder {
    /// Asked right before sending whether to send; a host with a name and a top-level domain.
    #[serde(rename = "conditionEndpoint", default, skip_serializing_if = "Option::is_none")]
    pub condition_endpoint: Option<String>,
    /// Beyond the reference: what follows when the condition cannot be asked. `Send` when absent.
    #[serde(rename = "conditionFailurePolicy", default, skip_serializing_if = "Option::is_none")]
    pub condition_failure_policy: Option<ConditionFailurePolicy>,
    /// Send although a person has reserved against electronic messages.
    #[serde(rename = "ignoreReservation", default, skip_serializing_if = "Option::is_none")]
    pub ignore_reservation: Option<bool>,
    /// When it is wanted, with a zone; up to five minutes in the past. Now when absent.
    #[serde(rename = "requestedSendTime", default, skip_serializing_if = "Option::is_none")]
    pub requested_send_time: Option<String>,
    /// What must be allowed on the resource; `read` when absent. Means nothing without
    /// `resourceId`.
    #[serde(rename = "resourceAction", default, skip_serializing_if = "Option::is_none")]
    pub resource_action: Option<String>,
    /// A resource, with or without `urn:altinn:resource:` in front.
    #[serde(rename = "resourceId", default, skip_serializing_if = "Option::is_none")]
    pub resource_id: Option<String>,
    /// The sender's own words, for finding it again.
    #[serde(rename = "sendersReference", default, skip_serializing_if = "Option::is_none")]
    pub senders_reference: Option<String>,
    /// Not blank.
    pub body: String,
    /// `Plain` when absent.
    #[serde(rename = "contentType", default, skip_serializing_if = "Option::is_none")]
    pub content_type: Option<ContentType>,
    /// `recipients`.
    pub recipients: Vec<OlderRecipient>,
    /// Not blank; line breaks become spaces.
    pub subject: String,
}

/// An order on any channel, to many.
#[derive(Clone, Serialize, Deserialize)]
pub struct OlderOrder {
    /// Asked right before sending whether to send; a host with a name and a top-level domain.
    #[serde(rename = "conditionEndpoint", default, skip_serializing_if = "Option::is_none")]
    pub condition_endpoint: Option<String>,
    /// Beyond the reference: what follows when the condition cannot be asked. `Send` when absent.
    #[serde(rename = "conditionFailurePolicy", default, skip_serializing_if = "Option::is_none")]
    pub condition_failure_policy: Option<ConditionFailurePolicy>,
    /// Send although a person has reserved against electronic messages.
    #[serde(rename = "ignoreReservation", default, skip_serializing_if = "Option::is_none")]
    pub ignore_reservation: Option<bool>,
    /// When it is wanted, with a zone; up to five minutes in the past. Now when absent.
    #[serde(rename = "requestedSendTime", default, skip_serializing_if = "Option::is_none")]
    pub requested_send_time: Option<String>,
    /// What must be allowed on the resource; `read` when absent. Means nothing without
    /// `resourceId`.
    #[serde(rename = "resourceAction", default, skip_serializing_if = "Option::is_none")]
    pub resource_action: Option<String>,
    /// A resource, with or without `urn:altinn:resource:` in front.
    #[serde(rename = "resourceId", default, skip_serializing_if = "Option::is_none")]
    pub resource_id: Option<String>,
    /// The sender's own words, for finding it again.
    #[serde(rename = "sendersReference", default, skip_serializing_if = "Option::is_none")]
    pub senders_reference: Option<String>,
    /// Needed where the channel may be e-mail.
    #[serde(rename = "emailTemplate", default, skip_serializing_if = "Option::is_none")]
    pub email_template: Option<EmailTemplate>,
    /// `notificationChannel`.
    #[serde(rename = "notificationChannel")]
    pub notification_channel: Channels,
    /// `recipients`.
    pub recipients: Vec<OlderRecipient>,
    /// Needed where the channel may be SMS.
    #[serde(rename = "smsTemplate", default, skip_serializing_if = "Option::is_none")]
    pub sms_template: Option<SmsTemplate>,
}

/// `OlderOrderShown`.
#[derive(Clone, Serialize, Deserialize)]
pub struct OlderOrderShown {
    /// `conditionEndpoint`.
    #[serde(rename = "conditionEndpoint", default, skip_serializing_if = "Option::is_none")]
    pub condition_endpoint: Option<String>,
    /// `created`.
    pub created: String,
    /// `creator`.
    pub creator: String,
    /// `id`.
    pub id: String,
    /// `ignoreReservation`.
    #[serde(rename = "ignoreReservation", default, skip_serializing_if = "Option::is_none")]
    pub ignore_reservation: Option<bool>,
    /// `notificationChannel`.
    #[serde(rename = "notificationChannel")]
    pub notification_channel: Channels,
    /// `requestedSendTime`.
    #[serde(rename = "requestedSendTime")]
    pub requested_send_time: String,
    /// `resourceAction`.
    #[serde(rename = "resourceAction", default, skip_serializing_if = "Option::is_none")]
    pub resource_action: Option<String>,
    /// `resourceId`.
    #[serde(rename = "resourceId", default, skip_serializing_if = "Option::is_none")]
    pub resource_id: Option<String>,
    /// `sendersReference`.
    #[serde(rename = "sendersReference", default, skip_serializing_if = "Option::is_none")]
    pub senders_reference: Option<String>,
    /// `emailTemplate`.
    #[serde(rename = "emailTemplate", default, skip_serializing_if = "Option::is_none")]
    pub email_template: Option<EmailTemplateShown>,
    /// `links`.
    pub links: OrderLinks,
    /// `recipients`.
    pub recipients: Vec<OlderRecipientShown>,
    /// `smsTemplate`.
    #[serde(rename = "smsTemplate", default, skip_serializing_if = "Option::is_none")]
    pub sms_template: Option<SmsTemplateShown>,
}

/// `OlderOrderStanding`.
#[derive(Clone, Serialize, Deserialize)]
pub struct OlderOrderStanding {
    /// `conditionEndpoint`.
    #[serde(rename = "conditionEndpoint", default, skip_serializing_if = "Option::is_none")]
    pub condition_endpoint: Option<String>,
    /// `created`.
    pub created: String,
    /// `creator`.
    pub creator: String,
    /// `id`.
    pub id: String,
    /// `ignoreReservation`.
    #[serde(rename = "ignoreReservation", default, skip_serializing_if = "Option::is_none")]
    pub ignore_reservation: Option<bool>,
    /// `notificationChannel`.
    #[serde(rename = "notificationChannel")]
    pub notification_channel: Channels,
    /// `requestedSendTime`.
    #[serde(rename = "requestedSendTime")]
    pub requested_send_time: String,
    /// `resourceAction`.
    #[serde(rename = "resourceAction", default, skip_serializing_if = "Option::is_none")]
    pub resource_action: Option<String>,
    /// `resourceId`.
    #[serde(rename = "resourceId", default, skip_serializing_if = "Option::is_none")]
    pub resource_id: Option<String>,
    /// `sendersReference`.
    #[serde(rename = "sendersReference", default, skip_serializing_if = "Option::is_none")]
    pub senders_reference: Option<String>,
    /// `notificationsStatusSummary`.
    #[serde(rename = "notificationsStatusSummary", default, skip_serializing_if = "Option::is_none")]
    pub notifications_status_summary: Option<NotificationCounts>,
    /// `processingStatus`.
    #[serde(rename = "processingStatus")]
    pub processing_status: ProcessingStatus,
}

/// How far an order has come, in the older words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum OlderOrderStatus {
    /// `Registered`
    #[serde(rename = "Registered")]
    Registered,
    /// `Processing`
    #[serde(rename = "Processing")]
    Processing,
    /// `Completed`
    #[serde(rename = "Completed")]
    Completed,
    /// `SendConditionNotMet`
    #[serde(rename = "SendConditionNotMet")]
    SendConditionNotMet,
    /// `Cancelled`
    #[serde(rename = "Cancelled")]
    Cancelled,
    /// A word that is newer than this client.
    #[serde(untagged)]
    Other(String),
}

/// `OlderOrders`.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct OlderOrders {
    /// `count`.
    pub count: i64,
    /// `orders`.
    pub orders: Vec<OlderOrderShown>,
}

/// `OlderReceipt`.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct OlderReceipt {
    /// `orderId`.
    #[serde(rename = "orderId")]
    pub order_id: String,
    /// `recipientLookup`.
    #[serde(rename = "recipientLookup", default, skip_serializing_if = "Option::is_none")]
    pub recipient_lookup: Option<RecipientLookup>,
}

/// Somebody, named by a number of theirs or by addresses.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct OlderRecipient {
    /// `emailAddress`.
    #[serde(rename = "emailAddress", default, skip_serializing_if = "Option::is_none")]
    pub email_address: Option<String>,
    /// Means nothing in a request.
    #[serde(rename = "isReserved", default, skip_serializing_if = "Option::is_none")]
    pub is_reserved: Option<bool>,
    /// `mobileNumber`.
    #[serde(rename = "mobileNumber", default, skip_serializing_if = "Option::is_none")]
    pub mobile_number: Option<String>,
    /// `nationalIdentityNumber`.
    #[serde(rename = "nationalIdentityNumber", default, skip_serializing_if = "Option::is_none")]
    pub national_identity_number: Option<String>,
    /// `organizationNumber`.
    #[serde(rename = "organizationNumber", default, skip_serializing_if = "Option::is_none")]
    pub organization_number: Option<String>,
}

/// `OlderRecipientShown`.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct OlderRecipientShown {
    /// `emailAddress`.
    #[serde(rename = "emailAddress", default, skip_serializing_if = "Option::is_none")]
    pub email_address: Option<String>,
    /// `mobileNumber`.
    #[serde(rename = "mobileNumber", default, skip_serializing_if = "Option::is_none")]
    pub mobile_number: Option<String>,
    /// `nationalIdentityNumber`.
    #[serde(rename = "nationalIdentityNumber", default, skip_serializing_if = "Option::is_none")]
    pub national_identity_number: Option<String>,
    /// `organizationNumber`.
    #[serde(rename = "organizationNumber", default, skip_serializing_if = "Option::is_none")]
    pub organization_number: Option<String>,
}

/// An SMS to many, in the daytime window.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct OlderSmsOrder {
    /// Asked right before sending whether to send; a host with a name and a top-level domain.
    #[serde(rename = "conditionEndpoint", default, skip_serializing_if = "Option::is_none")]
    pub condition_endpoint: Option<String>,
    /// Beyond the reference: what follows when the condition cannot be asked. `Send` when absent.
    #[serde(rename = "conditionFailurePolicy", default, skip_serializing_if = "Option::is_none")]
    pub condition_failure_policy: Option<ConditionFailurePolicy>,
    /// Send although a person has reserved against electronic messages.
    #[serde(rename = "ignoreReservation", default, skip_serializing_if = "Option::is_none")]
    pub ignore_reservation: Option<bool>,
    /// When it is wanted, with a zone; up to five minutes in the past. Now when absent.
    #[serde(rename = "requestedSendTime", default, skip_serializing_if = "Option::is_none")]
    pub requested_send_time: Option<String>,
    /// What must be allowed on the resource; `read` when absent. Means nothing without
    /// `resourceId`.
    #[serde(rename = "resourceAction", default, skip_serializing_if = "Option::is_none")]
    pub resource_action: Option<String>,
    /// A resource, with or without `urn:altinn:resource:` in front.
    #[serde(rename = "resourceId", default, skip_serializing_if = "Option::is_none")]
    pub resource_id: Option<String>,
    /// The sender's own words, for finding it again.
    #[serde(rename = "sendersReference", default, skip_serializing_if = "Option::is_none")]
    pub senders_reference: Option<String>,
    /// Not blank.
    pub body: String,
    /// `recipients`.
    pub recipients: Vec<OlderRecipient>,
    /// Whom it comes from; the configured sender when absent or empty.
    #[serde(rename = "senderNumber", default, skip_serializing_if = "Option::is_none")]
    pub sender_number: Option<String>,
}

/// A main order, and what follows it.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct Order {
    /// Asked right before sending whether to send.
    #[serde(rename = "conditionEndpoint", default, skip_serializing_if = "Option::is_none")]
    pub condition_endpoint: Option<String>,
    /// Beyond the reference: what follows when the condition cannot be asked. `Send` when absent.
    #[serde(rename = "conditionFailurePolicy", default, skip_serializing_if = "Option::is_none")]
    pub condition_failure_policy: Option<ConditionFailurePolicy>,
    /// `dialogportenAssociation`.
    #[serde(rename = "dialogportenAssociation", default, skip_serializing_if = "Option::is_none")]
    pub dialogporten_association: Option<DialogportenAssociation>,
    /// Names the request for all time: the same again gives the first answer again and sends
    /// nothing.
    #[serde(rename = "idempotencyId")]
    pub idempotency_id: String,
    /// `recipient`.
    pub recipient: Recipient,
    /// Orders that follow, each by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reminders: Option<Vec<Reminder>>,
    /// When it is wanted, with a zone and not in the past; now when absent.
    #[serde(rename = "requestedSendTime", default, skip_serializing_if = "Option::is_none")]
    pub requested_send_time: Option<String>,
    /// The sender's own words, for finding it again.
    #[serde(rename = "sendersReference", default, skip_serializing_if = "Option::is_none")]
    pub senders_reference: Option<String>,
}

/// `OrderLinks`.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct OrderLinks {
    /// `self`.
    #[serde(rename = "self")]
    pub self_: String,
    /// `status`.
    pub status: String,
}

/// How far an order has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum OrderStatus {
    /// `Order_Registered`
    #[serde(rename = "Order_Registered")]
    OrderRegistered,
    /// `Order_Processing`
    #[serde(rename = "Order_Processing")]
    OrderProcessing,
    /// `Order_Processed`
    #[serde(rename = "Order_Processed")]
    OrderProcessed,
    /// `Order_Completed`
    #[serde(rename = "Order_Completed")]
    OrderCompleted,
    /// `Order_SendConditionNotMet`
    #[serde(rename = "Order_SendConditionNotMet")]
    OrderSendConditionNotMet,
    /// `Order_Cancelled`
    #[serde(rename = "Order_Cancelled")]
    OrderCancelled,
    /// A word that is newer than this client.
    #[serde(untagged)]
    Other(String),
}

/// `OwnLink`.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct OwnLink {
    /// `self`.
    #[serde(rename = "self")]
    pub self_: String,
}

/// How an address answered.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct PingOutcome {
    /// `answered`.
    pub answered: bool,
    /// `outcome`.
    pub outcome: String,
}

/// `PlannedMessage`.
#[derive(Clone, Serialize, Deserialize)]
pub struct PlannedMessage {
    /// `destination`.
    pub destination: String,
    /// `expires`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<String>,
    /// `notBefore`.
    #[serde(rename = "notBefore", default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<String>,
    /// `sms`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sms: Option<SmsMeasure>,
    /// What the notification would begin as.
    pub status: DeliveryStatus,
    /// `type`.
    #[serde(rename = "type")]
    pub type_: Channel,
    /// `wouldSend`.
    #[serde(rename = "wouldSend")]
    pub would_send: bool,
}

/// `PlannedOrder`.
#[derive(Clone, Serialize, Deserialize)]
pub struct PlannedOrder {
    /// `conditionEndpoint`.
    #[serde(rename = "conditionEndpoint", default, skip_serializing_if = "Option::is_none")]
    pub condition_endpoint: Option<String>,
    /// `emails`.
    pub emails: i64,
    /// `messages`.
    pub messages: Vec<PlannedMessage>,
    /// `requestedSendTime`.
    #[serde(rename = "requestedSendTime")]
    pub requested_send_time: String,
    /// `sendersReference`.
    #[serde(rename = "sendersReference", default, skip_serializing_if = "Option::is_none")]
    pub senders_reference: Option<String>,
    /// Parts of all SMS together.
    #[serde(rename = "smsParts")]
    pub sms_parts: i64,
    /// `type`.
    #[serde(rename = "type")]
    pub type_: ShipmentType,
}

/// `ProcessingStatus`.
#[derive(Clone, Serialize, Deserialize)]
pub struct ProcessingStatus {
    /// `description`.
    pub description: String,
    /// `lastUpdate`.
    #[serde(rename = "lastUpdate")]
    pub last_update: String,
    /// `status`.
    pub status: OlderOrderStatus,
}

/// What became of a message, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RawResult {
    /// `New`
    #[serde(rename = "New")]
    New,
    /// `Sending`
    #[serde(rename = "Sending")]
    Sending,
    /// `Accepted`
    #[serde(rename = "Accepted")]
    Accepted,
    /// `Delivered`
    #[serde(rename = "Delivered")]
    Delivered,
    /// `Failed`
    #[serde(rename = "Failed")]
    Failed,
    /// `Failed_BarredReceiver`
    #[serde(rename = "Failed_BarredReceiver")]
    FailedBarredReceiver,
    /// `Failed_Deleted`
    #[serde(rename = "Failed_Deleted")]
    FailedDeleted,
    /// `Failed_Expired`
    #[serde(rename = "Failed_Expired")]
    FailedExpired,
    /// `Failed_InvalidRecipient`
    #[serde(rename = "Failed_InvalidRecipient")]
    FailedInvalidRecipient,
    /// `Failed_Undelivered`
    #[serde(rename = "Failed_Undelivered")]
    FailedUndelivered,
    /// `Failed_Rejected`
    #[serde(rename = "Failed_Rejected")]
    FailedRejected,
    /// `Failed_RecipientReserved`
    #[serde(rename = "Failed_RecipientReserved")]
    FailedRecipientReserved,
    /// `Failed_RecipientNotIdentified`
    #[serde(rename = "Failed_RecipientNotIdentified")]
    FailedRecipientNotIdentified,
    /// `Failed_TTL`
    #[serde(rename = "Failed_TTL")]
    FailedTTL,
    /// `Succeeded`
    #[serde(rename = "Succeeded")]
    Succeeded,
    /// `Failed_InvalidEmailFormat`
    #[serde(rename = "Failed_InvalidEmailFormat")]
    FailedInvalidEmailFormat,
    /// `Failed_SupressedRecipient`
    #[serde(rename = "Failed_SupressedRecipient")]
    FailedSupressedRecipient,
    /// `Failed_TransientError`
    #[serde(rename = "Failed_TransientError")]
    FailedTransientError,
    /// `Failed_Bounced`
    #[serde(rename = "Failed_Bounced")]
    FailedBounced,
    /// `Failed_FilteredSpam`
    #[serde(rename = "Failed_FilteredSpam")]
    FailedFilteredSpam,
    /// `Failed_Quarantined`
    #[serde(rename = "Failed_Quarantined")]
    FailedQuarantined,
    /// `Failed_InvalidSasUrl`
    #[serde(rename = "Failed_InvalidSasUrl")]
    FailedInvalidSasUrl,
    /// `Failed_PayloadTooLarge`
    #[serde(rename = "Failed_PayloadTooLarge")]
    FailedPayloadTooLarge,
    /// A word that is newer than this client.
    #[serde(untagged)]
    Other(String),
}

/// `Receipt`.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct Receipt {
    /// `notification`.
    pub notification: RegisteredShipment,
    /// `notificationOrderId`.
    #[serde(rename = "notificationOrderId")]
    pub notification_order_id: String,
}

/// To whom: exactly one of these.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct Recipient {
    /// `recipientEmail`.
    #[serde(rename = "recipientEmail", default, skip_serializing_if = "Option::is_none")]
    pub recipient_email: Option<RecipientEmail>,
    /// `recipientExternalIdentity`.
    #[serde(rename = "recipientExternalIdentity", default, skip_serializing_if = "Option::is_none")]
    pub recipient_external_identity: Option<RecipientExternalIdentity>,
    /// `recipientOrganization`.
    #[serde(rename = "recipientOrganization", default, skip_serializing_if = "Option::is_none")]
    pub recipient_organization: Option<RecipientOrganization>,
    /// `recipientPerson`.
    #[serde(rename = "recipientPerson", default, skip_serializing_if = "Option::is_none")]
    pub recipient_person: Option<RecipientPerson>,
    /// `recipientSms`.
    #[serde(rename = "recipientSms", default, skip_serializing_if = "Option::is_none")]
    pub recipient_sms: Option<RecipientSms>,
}

/// An address that the sender knows.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct RecipientEmail {
    /// One address, without a name.
    #[serde(rename = "emailAddress")]
    pub email_address: String,
    /// `emailSettings`.
    #[serde(rename = "emailSettings")]
    pub email_settings: EmailSettings,
}

/// Somebody who is known by a name that another register gave.
#[derive(Clone, Serialize, Deserialize)]
pub struct RecipientExternalIdentity {
    /// `channelSchema`.
    #[serde(rename = "channelSchema")]
    pub channel_schema: Channels,
    /// Needed where the channel may be e-mail.
    #[serde(rename = "emailSettings", default, skip_serializing_if = "Option::is_none")]
    pub email_settings: Option<EmailSettings>,
    /// `externalIdentity`.
    #[serde(rename = "externalIdentity")]
    pub external_identity: String,
    /// Kept and shown. Means nothing without `resourceId`.
    #[serde(rename = "resourceAction", default, skip_serializing_if = "Option::is_none")]
    pub resource_action: Option<String>,
    /// Kept and shown.
    #[serde(rename = "resourceId", default, skip_serializing_if = "Option::is_none")]
    pub resource_id: Option<String>,
    /// Needed where the channel may be SMS.
    #[serde(rename = "smsSettings", default, skip_serializing_if = "Option::is_none")]
    pub sms_settings: Option<SmsSettings>,
}

/// `recipientLookup`.
#[derive(Clone, Serialize, Deserialize)]
pub struct RecipientLookup {
    /// `isReserved`.
    #[serde(rename = "isReserved")]
    pub is_reserved: Vec<String>,
    /// `missingContact`.
    #[serde(rename = "missingContact")]
    pub missing_contact: Vec<String>,
    /// `status`.
    pub status: LookupStatus,
}

/// An organization, whose addresses a register knows.
#[derive(Clone, Serialize, Deserialize)]
pub struct RecipientOrganization {
    /// `channelSchema`.
    #[serde(rename = "channelSchema")]
    pub channel_schema: Channels,
    /// Needed where the channel may be e-mail.
    #[serde(rename = "emailSettings", default, skip_serializing_if = "Option::is_none")]
    pub email_settings: Option<EmailSettings>,
    /// `orgNumber`.
    #[serde(rename = "orgNumber")]
    pub org_number: String,
    /// What must be allowed on the resource; `read` when absent. Means nothing without
    /// `resourceId`.
    #[serde(rename = "resourceAction", default, skip_serializing_if = "Option::is_none")]
    pub resource_action: Option<String>,
    /// Whoever may do `resourceAction` on it is told, too.
    #[serde(rename = "resourceId", default, skip_serializing_if = "Option::is_none")]
    pub resource_id: Option<String>,
    /// Needed where the channel may be SMS.
    #[serde(rename = "smsSettings", default, skip_serializing_if = "Option::is_none")]
    pub sms_settings: Option<SmsSettings>,
}

/// A person, whose addresses a register knows.
#[derive(Clone, Serialize, Deserialize)]
pub struct RecipientPerson {
    /// `channelSchema`.
    #[serde(rename = "channelSchema")]
    pub channel_schema: Channels,
    /// Needed where the channel may be e-mail.
    #[serde(rename = "emailSettings", default, skip_serializing_if = "Option::is_none")]
    pub email_settings: Option<EmailSettings>,
    /// Send although the person has reserved against electronic messages.
    #[serde(rename = "ignoreReservation", default, skip_serializing_if = "Option::is_none")]
    pub ignore_reservation: Option<bool>,
    /// `nationalIdentityNumber`.
    #[serde(rename = "nationalIdentityNumber")]
    pub national_identity_number: String,
    /// What must be allowed on the resource; `read` when absent. Means nothing without
    /// `resourceId`.
    #[serde(rename = "resourceAction", default, skip_serializing_if = "Option::is_none")]
    pub resource_action: Option<String>,
    /// `urn:altinn:resource:` and a resource's name.
    #[serde(rename = "resourceId", default, skip_serializing_if = "Option::is_none")]
    pub resource_id: Option<String>,
    /// Needed where the channel may be SMS.
    #[serde(rename = "smsSettings", default, skip_serializing_if = "Option::is_none")]
    pub sms_settings: Option<SmsSettings>,
    /// Use addresses that nobody has confirmed for long.
    #[serde(rename = "useStaleContactInformation", default, skip_serializing_if = "Option::is_none")]
    pub use_stale_contact_information: Option<bool>,
}

/// A number that the sender knows.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct RecipientSms {
    /// With `+` or `00` and the country's code.
    #[serde(rename = "phoneNumber")]
    pub phone_number: String,
    /// `smsSettings`.
    #[serde(rename = "smsSettings")]
    pub sms_settings: SmsSettings,
}

/// `RegisteredShipment`.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct RegisteredShipment {
    /// `reminders`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reminders: Option<Vec<RegisteredShipment>>,
    /// `sendersReference`.
    #[serde(rename = "sendersReference", default, skip_serializing_if = "Option::is_none")]
    pub senders_reference: Option<String>,
    /// `shipmentId`.
    #[serde(rename = "shipmentId")]
    pub shipment_id: String,
}

/// A further order, after `delayDays` or at a time of its own: exactly one of them is given.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct Reminder {
    /// Asked right before sending whether to send.
    #[serde(rename = "conditionEndpoint", default, skip_serializing_if = "Option::is_none")]
    pub condition_endpoint: Option<String>,
    /// Beyond the reference: what follows when the condition cannot be asked. `Send` when absent.
    #[serde(rename = "conditionFailurePolicy", default, skip_serializing_if = "Option::is_none")]
    pub condition_failure_policy: Option<ConditionFailurePolicy>,
    /// Days of 24 hours after the main order.
    #[serde(rename = "delayDays", default, skip_serializing_if = "Option::is_none")]
    pub delay_days: Option<i64>,
    /// `recipient`.
    pub recipient: Recipient,
    /// A time with a zone, not in the past.
    #[serde(rename = "requestedSendTime", default, skip_serializing_if = "Option::is_none")]
    pub requested_send_time: Option<String>,
    /// `sendersReference`.
    #[serde(rename = "sendersReference", default, skip_serializing_if = "Option::is_none")]
    pub senders_reference: Option<String>,
}

/// From where on everything is told again: exactly one of these.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct ReplayFrom {
    /// The number of a delivery.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sequence: Option<i64>,
    /// A moment, with a zone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
}

/// How many are told again.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct Replayed {
    /// `replayed`.
    pub replayed: i64,
}

/// `SendStatus`.
#[derive(Clone, Serialize, Deserialize)]
pub struct SendStatus {
    /// `description`.
    pub description: String,
    /// `lastUpdate`.
    #[serde(rename = "lastUpdate")]
    pub last_update: String,
    /// `status`.
    pub status: OlderDeliveryStatus,
}

/// At any time, or in the daytime window only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SendingTimePolicy {
    /// `Anytime`
    #[serde(rename = "Anytime")]
    Anytime,
    /// `Daytime`
    #[serde(rename = "Daytime")]
    Daytime,
    /// A word that is newer than this client.
    #[serde(untagged)]
    Other(String),
}

/// `ShipmentMessage`.
#[derive(Clone, Serialize, Deserialize)]
pub struct ShipmentMessage {
    /// `destination`.
    pub destination: String,
    /// `expires`.
    pub expires: String,
    /// `lastUpdate`.
    #[serde(rename = "lastUpdate")]
    pub last_update: String,
    /// `notificationId`.
    #[serde(rename = "notificationId")]
    pub notification_id: String,
    /// `sms`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sms: Option<SmsMeasure>,
    /// `status`.
    pub status: DeliveryStatus,
    /// `type`.
    #[serde(rename = "type")]
    pub type_: Channel,
}

/// The messages of an order.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct ShipmentMessages {
    /// `messages`.
    pub messages: Vec<ShipmentMessage>,
    /// `shipmentId`.
    #[serde(rename = "shipmentId")]
    pub shipment_id: String,
}

/// What an order was registered as.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ShipmentType {
    /// `Notification`
    #[serde(rename = "Notification")]
    Notification,
    /// `Reminder`
    #[serde(rename = "Reminder")]
    Reminder,
    /// `Instant`
    #[serde(rename = "Instant")]
    Instant,
    /// `Composed`
    #[serde(rename = "Composed")]
    Composed,
    /// A word that is newer than this client.
    #[serde(untagged)]
    Other(String),
}

/// What a text takes.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct SmsMeasure {
    /// `alternative`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alternative: Option<CheaperText>,
    /// `encoding`.
    pub encoding: String,
    /// `offending`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offending: Option<Vec<OffendingCharacter>>,
    /// What the operator counts, and what it costs.
    pub parts: i64,
    /// Septets, or UTF-16 code units.
    pub units: i64,
}

/// What an SMS says.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct SmsSettings {
    /// Not blank. `$recipientName$` and `$recipientNumber$` are filled in.
    pub body: String,
    /// Whom it comes from; the configured sender when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sender: Option<String>,
    /// `Daytime` when absent.
    #[serde(rename = "sendingTimePolicy", default, skip_serializing_if = "Option::is_none")]
    pub sending_time_policy: Option<SendingTimePolicy>,
}

/// What an SMS says.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct SmsTemplate {
    /// Not blank where the channel may be SMS.
    pub body: String,
    /// Whom it comes from; the configured sender when absent or empty.
    #[serde(rename = "senderNumber", default, skip_serializing_if = "Option::is_none")]
    pub sender_number: Option<String>,
}

/// `SmsTemplateShown`.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct SmsTemplateShown {
    /// `body`.
    pub body: String,
    /// `senderNumber`.
    #[serde(rename = "senderNumber")]
    pub sender_number: String,
}

/// A text.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct SmsText {
    /// Not blank.
    pub body: String,
}

/// `SupportAttempt`.
#[derive(Clone, Serialize, Deserialize)]
pub struct SupportAttempt {
    /// `channel`.
    pub channel: SupportChannel,
    /// `emailAddress`.
    #[serde(rename = "emailAddress", default, skip_serializing_if = "Option::is_none")]
    pub email_address: Option<String>,
    /// `mobileNumber`.
    #[serde(rename = "mobileNumber", default, skip_serializing_if = "Option::is_none")]
    pub mobile_number: Option<String>,
    /// `nationalIdentityNumber`.
    #[serde(rename = "nationalIdentityNumber", default, skip_serializing_if = "Option::is_none")]
    pub national_identity_number: Option<String>,
    /// `organizationNumber`.
    #[serde(rename = "organizationNumber", default, skip_serializing_if = "Option::is_none")]
    pub organization_number: Option<String>,
    /// `result`.
    pub result: RawResult,
    /// `resultTime`.
    #[serde(rename = "resultTime")]
    pub result_time: String,
}

/// How a message went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SupportChannel {
    /// `email`
    #[serde(rename = "email")]
    Email,
    /// `sms`
    #[serde(rename = "sms")]
    Sms,
    /// A word that is newer than this client.
    #[serde(untagged)]
    Other(String),
}

/// `SupportShipment`.
#[derive(Clone, Serialize, Deserialize)]
pub struct SupportShipment {
    /// `creatorName`.
    #[serde(rename = "creatorName")]
    pub creator_name: String,
    /// `deliveryAttempts`.
    #[serde(rename = "deliveryAttempts")]
    pub delivery_attempts: Vec<SupportAttempt>,
    /// `notificationChannel`.
    #[serde(rename = "notificationChannel", default, skip_serializing_if = "Option::is_none")]
    pub notification_channel: Option<Channels>,
    /// `notificationType`.
    #[serde(rename = "notificationType")]
    pub notification_type: ShipmentType,
    /// `requestedSendTime`.
    #[serde(rename = "requestedSendTime")]
    pub requested_send_time: String,
    /// `resourceId`.
    #[serde(rename = "resourceId", default, skip_serializing_if = "Option::is_none")]
    pub resource_id: Option<String>,
    /// `sendersReference`.
    #[serde(rename = "sendersReference", default, skip_serializing_if = "Option::is_none")]
    pub senders_reference: Option<String>,
    /// `shipmentId`.
    #[serde(rename = "shipmentId")]
    pub shipment_id: String,
}

/// `SuppressedAddress`.
#[derive(Clone, Serialize, Deserialize)]
pub struct SuppressedAddress {
    /// `channel`.
    pub channel: Channel,
    /// `created`.
    pub created: String,
    /// `expires`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<String>,
    /// `id`.
    pub id: String,
    /// `reason`.
    pub reason: SuppressionReason,
    /// `scope`.
    pub scope: String,
    /// `emailAddress`.
    #[serde(rename = "emailAddress")]
    pub email_address: String,
}

/// An entry as it is shown. It does not hold the address.
#[derive(Clone, Serialize, Deserialize)]
pub struct Suppression {
    /// `channel`.
    pub channel: Channel,
    /// `created`.
    pub created: String,
    /// `expires`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<String>,
    /// `id`.
    pub id: String,
    /// `reason`.
    pub reason: SuppressionReason,
    /// `scope`.
    pub scope: String,
}

/// `SuppressionPage`.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct SuppressionPage {
    /// Where the next page begins, if there may be one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// `suppressions`.
    pub suppressions: Vec<Suppression>,
}

/// Why an address is not sent to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SuppressionReason {
    /// `HardBounce`
    #[serde(rename = "HardBounce")]
    HardBounce,
    /// `Complaint`
    #[serde(rename = "Complaint")]
    Complaint,
    /// `Manual`
    #[serde(rename = "Manual")]
    Manual,
    /// A word that is newer than this client.
    #[serde(untagged)]
    Other(String),
}

/// `Suppressions`.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct Suppressions {
    /// `suppressions`.
    pub suppressions: Vec<Suppression>,
}

/// `SuppressionsFound`.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct SuppressionsFound {
    /// `suppressions`.
    pub suppressions: Vec<SuppressedAddress>,
}

/// `Webhook`.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct Webhook {
    /// `channel`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// `created`.
    pub created: String,
    /// `events`.
    pub events: Vec<String>,
    /// `failures`.
    pub failures: i64,
    /// `id`.
    pub id: String,
    /// `lastPing`.
    #[serde(rename = "lastPing", default, skip_serializing_if = "Option::is_none")]
    pub last_ping: Option<WebhookPing>,
    /// `name`.
    pub name: String,
    /// Only in the answer that makes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
    /// `sendersReferences`.
    #[serde(rename = "sendersReferences", default, skip_serializing_if = "Option::is_none")]
    pub senders_references: Option<Vec<String>>,
    /// `url`.
    pub url: String,
    /// Deliveries that wait; only where one subscription is shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting: Option<i64>,
}

/// What somebody wants to be told, and where. What is absent stays as it is, or means everything.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct WebhookChange {
    /// Only of notifications on this channel: `Sms` or `Email`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// Names of events, or the beginning of some with `*` after it; all when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub events: Option<Vec<String>>,
    /// `name`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Only of orders with one of these references.
    #[serde(rename = "sendersReferences", default, skip_serializing_if = "Option::is_none")]
    pub senders_references: Option<Vec<String>>,
    /// An absolute http or https address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// A page of deliveries.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct WebhookDeliveries {
    /// `deliveries`.
    pub deliveries: Vec<WebhookDelivery>,
}

/// `WebhookDelivery`.
#[derive(Clone, Serialize, Deserialize)]
pub struct WebhookDelivery {
    /// `created`.
    pub created: String,
    /// `ended`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<String>,
    /// `event`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<String>,
    /// `id`.
    pub id: String,
    /// `outcome`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<String>,
    /// `sequence`.
    pub sequence: i64,
    /// `state`.
    pub state: DeliveryState,
    /// `tries`.
    pub tries: i64,
}

/// `WebhookPing`.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct WebhookPing {
    /// `at`.
    pub at: String,
    /// `outcome`.
    pub outcome: String,
}

/// The caller's subscriptions.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct Webhooks {
    /// `webhooks`.
    pub webhooks: Vec<Webhook>,
}

/// What `find_by_person` may be told besides.
#[derive(Clone, Default, Serialize)]
pub struct FindByPersonQuery {
    /// From when on, with a zone; a week ago when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Until before when, with a zone; now when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
}

/// What `find_by_organization` may be told besides.
#[derive(Clone, Default, Serialize)]
pub struct FindByOrganizationQuery {
    /// From when on, with a zone; a week ago when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Until before when, with a zone; now when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
}

/// What `read_log` may be told besides.
#[derive(Clone, Default, Serialize)]
pub struct ReadLogQuery {
    /// Only about this transmission.
    #[serde(rename = "transmissionId", skip_serializing_if = "Option::is_none")]
    pub transmission_id: Option<String>,
}

/// What `place_bulk` may be told besides.
#[derive(Clone, Default, Serialize)]
pub struct PlaceBulkQuery {
    /// `all` answers every line; then read while you send. `refused` when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answers: Option<BulkAnswers>,
}

/// What `read_feed` may be told besides.
#[derive(Clone, Default, Serialize)]
pub struct ReadFeedQuery {
    /// Only entries behind this number, or before it where the newest come first; the number is not
    /// part of it. 0 begins at the end that `orderBy` says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seq: Option<i64>,
    /// Entries at most, 1 to 500; what lies outside is brought inside. 500 when absent.
    #[serde(rename = "pageSize", skip_serializing_if = "Option::is_none")]
    pub page_size: Option<i64>,
    /// Oldest first when absent.
    #[serde(rename = "orderBy", skip_serializing_if = "Option::is_none")]
    pub order_by: Option<FeedOrder>,
    /// Beyond the reference: seconds to wait for a page that has something on it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wait: Option<i64>,
    /// Beyond the reference: whether lines of JSON go on after the last entry.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub follow: Option<bool>,
}

/// What `list_suppressions` may be told besides.
#[derive(Clone, Default, Serialize)]
pub struct ListSuppressionsQuery {
    /// `next` of the page before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// 1 to 500, which is also what is given unasked.
    #[serde(rename = "pageSize", skip_serializing_if = "Option::is_none")]
    pub page_size: Option<i64>,
}

/// What `list_webhook_deliveries` may be told besides.
#[derive(Clone, Default, Serialize)]
pub struct ListWebhookDeliveriesQuery {
    /// Only deliveries behind this number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<i64>,
    /// Only deliveries in this state.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<DeliveryState>,
    /// 1 to 500, which is also what is given unasked.
    #[serde(rename = "pageSize", skip_serializing_if = "Option::is_none")]
    pub page_size: Option<i64>,
}

/// Budstikke Notify. Clones share their connections.
#[derive(Clone, Debug)]
pub struct Notify(Api);

impl Notify {
    /// The API at an address such as `https://varsling.example`, and what opens it.
    pub fn new(url: &str, opens: Opens) -> Result<Self, Error> {
        Api::new(url, opens).map(Self)
    }

    /// Says that the process lives, whatever else is wrong.
    pub async fn is_alive(&self) -> Result<reqwest::Response, Error> {
        let request = Request::new("GET", &["health"]).accepting("text/plain");
        self.0.answer(request).await
    }

    /// Tells what was sent to a person.
    pub async fn find_by_person(
        &self,
        national_identity_number: &str,
        query: &FindByPersonQuery,
    ) -> Result<Vec<SupportShipment>, Error> {
        let request = Request::new(
            "GET",
            &["notifications", "api", "v1", "future", "dashboard", "recipients", "notifications", "nin"],
        )
        .header("NationalIdentityNumber", national_identity_number)
        .query(query);
        self.0.json(request).await
    }

    /// Tells what was sent to an organization.
    pub async fn find_by_organization(
        &self,
        organization_number: &str,
        query: &FindByOrganizationQuery,
    ) -> Result<Vec<SupportShipment>, Error> {
        let request = Request::new(
            "GET",
            &[
                "notifications",
                "api",
                "v1",
                "future",
                "dashboard",
                "recipients",
                "notifications",
                "orgnumber",
            ],
        )
        .header("OrganizationNumber", organization_number)
        .query(query);
        self.0.json(request).await
    }

    /// Shows the caller's own rows about a dialog.
    ///
    /// Beyond the reference.
    pub async fn read_log(
        &self,
        dialog_id: &str,
        query: &ReadLogQuery,
    ) -> Result<Vec<LoggedNotification>, Error> {
        let request = Request::new("GET", &["notifications", "api", "v1", "future", "log"])
            .query(&[("dialogId", dialog_id)])
            .query(query);
        self.0.json(request).await
    }

    /// Registers a chain.
    pub async fn place_order(&self, body: &Order) -> Result<Receipt, Error> {
        let request = Request::new("POST", &["notifications", "api", "v1", "future", "orders"]).json(body);
        self.0.json(request).await
    }

    /// Reads the lines; the answer begins at once and ends with the last of them.
    ///
    /// Beyond the reference.
    pub async fn place_bulk(
        &self,
        body: impl Into<reqwest::Body>,
        query: &PlaceBulkQuery,
    ) -> Result<reqwest::Response, Error> {
        let request = Request::new("POST", &["notifications", "api", "v1", "future", "orders", "bulk"])
            .query(query)
            .stream(body, "application/x-ndjson")
            .accepting("application/x-ndjson");
        self.0.answer(request).await
    }

    /// Shows one of the caller's own bulks.
    ///
    /// Beyond the reference.
    pub async fn show_bulk(&self, id: &str) -> Result<Bulk, Error> {
        let request = Request::new("GET", &["notifications", "api", "v1", "future", "orders", "bulk", id]);
        self.0.json(request).await
    }

    /// Registers an e-mail with files.
    pub async fn place_composed_email(&self, body: &ComposedEmail) -> Result<Receipt, Error> {
        let request =
            Request::new("POST", &["notifications", "api", "v1", "future", "orders", "composed-email"])
                .json(body);
        self.0.json(request).await
    }

    /// Says what would happen.
    ///
    /// Beyond the reference.
    pub async fn dry_run(&self, body: &Order) -> Result<DryRun, Error> {
        let request =
            Request::new("POST", &["notifications", "api", "v1", "future", "orders", "dry-run"]).json(body);
        self.0.json(request).await
    }

    /// Sends one SMS.
    pub async fn send_instant(&self, body: &InstantOrder) -> Result<Receipt, Error> {
        let request =
            Request::new("POST", &["notifications", "api", "v1", "future", "orders", "instant"]).json(body);
        self.0.json(request).await
    }

    /// Sends one e-mail.
    pub async fn send_instant_email(&self, body: &InstantEmail) -> Result<Receipt, Error> {
        let request =
            Request::new("POST", &["notifications", "api", "v1", "future", "orders", "instant", "email"])
                .json(body);
        self.0.json(request).await
    }

    /// Sends one SMS.
    pub async fn send_instant_sms(&self, body: &InstantSms) -> Result<Receipt, Error> {
        let request =
            Request::new("POST", &["notifications", "api", "v1", "future", "orders", "instant", "sms"])
                .json(body);
        self.0.json(request).await
    }

    /// Gives a page of the caller's own entries.
    pub async fn read_feed(&self, query: &ReadFeedQuery) -> Result<Vec<FeedEntry>, Error> {
        let request =
            Request::new("GET", &["notifications", "api", "v1", "future", "shipment", "feed"]).query(query);
        self.0.json(request).await
    }

    /// Shows one of the caller's own orders.
    pub async fn show_shipment(&self, id: &str) -> Result<Manifest, Error> {
        let request = Request::new("GET", &["notifications", "api", "v1", "future", "shipment", id]);
        self.0.json(request).await
    }

    /// Shows the messages of one of the caller's own orders.
    ///
    /// Beyond the reference.
    pub async fn show_messages(&self, id: &str) -> Result<ShipmentMessages, Error> {
        let request =
            Request::new("GET", &["notifications", "api", "v1", "future", "shipment", id, "messages"]);
        self.0.json(request).await
    }

    /// Measures the body's text. Keywords are measured as they stand.
    ///
    /// Beyond the reference.
    pub async fn measure_sms(&self, body: &SmsText) -> Result<SmsMeasure, Error> {
        let request =
            Request::new("POST", &["notifications", "api", "v1", "future", "sms", "preview"]).json(body);
        self.0.json(request).await
    }

    /// Gives a page.
    ///
    /// Beyond the reference.
    pub async fn list_suppressions(&self, query: &ListSuppressionsQuery) -> Result<SuppressionPage, Error> {
        let request =
            Request::new("GET", &["notifications", "api", "v1", "future", "suppressions"]).query(query);
        self.0.json(request).await
    }

    /// Puts them there; what is there already is renewed. All or, when one cannot be read, none.
    ///
    /// Beyond the reference.
    pub async fn add_suppressions(&self, body: &NewSuppressions) -> Result<Suppressions, Error> {
        let request =
            Request::new("POST", &["notifications", "api", "v1", "future", "suppressions"]).json(body);
        self.0.json(request).await
    }

    /// Takes addresses off the list.
    ///
    /// Beyond the reference.
    pub async fn lift_suppressions(&self, body: &Addresses) -> Result<Lifted, Error> {
        let request = Request::new("POST", &["notifications", "api", "v1", "future", "suppressions", "lift"])
            .json(body);
        self.0.json(request).await
    }

    /// Tells it, for the caller's own mail.
    ///
    /// Beyond the reference.
    pub async fn look_up_suppressions(&self, body: &Addresses) -> Result<SuppressionsFound, Error> {
        let request =
            Request::new("POST", &["notifications", "api", "v1", "future", "suppressions", "lookup"])
                .json(body);
        self.0.json(request).await
    }

    /// Takes one entry off the list.
    ///
    /// Beyond the reference.
    pub async fn lift_suppression(&self, id: &str) -> Result<(), Error> {
        let request = Request::new("DELETE", &["notifications", "api", "v1", "future", "suppressions", id]);
        self.0.nothing(request).await
    }

    /// `GET`: all of the caller's.
    ///
    /// Beyond the reference.
    pub async fn list_webhooks(&self) -> Result<Webhooks, Error> {
        let request = Request::new("GET", &["notifications", "api", "v1", "future", "webhooks"]);
        self.0.json(request).await
    }

    /// `POST`: makes a subscription and pings its address. The answer is the only one that has the
    /// secret.
    ///
    /// Beyond the reference.
    pub async fn create_webhook(&self, body: &NewWebhook) -> Result<Webhook, Error> {
        let request = Request::new("POST", &["notifications", "api", "v1", "future", "webhooks"]).json(body);
        self.0.json(request).await
    }

    /// `GET …/{id}`
    ///
    /// Beyond the reference.
    pub async fn show_webhook(&self, id: &str) -> Result<Webhook, Error> {
        let request = Request::new("GET", &["notifications", "api", "v1", "future", "webhooks", id]);
        self.0.json(request).await
    }

    /// `PUT …/{id}`: what is absent stays as it is.
    ///
    /// Beyond the reference.
    pub async fn change_webhook(&self, id: &str, body: &WebhookChange) -> Result<Webhook, Error> {
        let request =
            Request::new("PUT", &["notifications", "api", "v1", "future", "webhooks", id]).json(body);
        self.0.json(request).await
    }

    /// `DELETE …/{id}`: also what is on its way there.
    ///
    /// Beyond the reference.
    pub async fn remove_webhook(&self, id: &str) -> Result<(), Error> {
        let request = Request::new("DELETE", &["notifications", "api", "v1", "future", "webhooks", id]);
        self.0.nothing(request).await
    }

    /// `GET …/deliveries?after=&state=&pageSize=`
    ///
    /// Beyond the reference.
    pub async fn list_webhook_deliveries(
        &self,
        id: &str,
        query: &ListWebhookDeliveriesQuery,
    ) -> Result<WebhookDeliveries, Error> {
        let request =
            Request::new("GET", &["notifications", "api", "v1", "future", "webhooks", id, "deliveries"])
                .query(query);
        self.0.json(request).await
    }

    /// `POST …/ping`
    ///
    /// Beyond the reference.
    pub async fn ping_webhook(&self, id: &str) -> Result<PingOutcome, Error> {
        let request = Request::new("POST", &["notifications", "api", "v1", "future", "webhooks", id, "ping"]);
        self.0.json(request).await
    }

    /// `POST …/replay`: `{"since": moment}` or `{"sequence": number}`. Tells again what was told or
    /// given up from there on, in the old order and under the old ids.
    ///
    /// Beyond the reference.
    pub async fn replay_webhook(&self, id: &str, body: &ReplayFrom) -> Result<Replayed, Error> {
        let request =
            Request::new("POST", &["notifications", "api", "v1", "future", "webhooks", id, "replay"])
                .json(body);
        self.0.json(request).await
    }

    /// `POST …/secret`: makes a new secret, which only this answer has. The one before signs as
    /// well for a while.
    ///
    /// Beyond the reference.
    pub async fn renew_webhook_secret(&self, id: &str) -> Result<NewSecret, Error> {
        let request =
            Request::new("POST", &["notifications", "api", "v1", "future", "webhooks", id, "secret"]);
        self.0.json(request).await
    }

    /// Shows the caller's own orders with a reference.
    pub async fn find_older_orders(&self, senders_reference: &str) -> Result<OlderOrders, Error> {
        let request = Request::new("GET", &["notifications", "api", "v1", "orders"])
            .query(&[("sendersReference", senders_reference)]);
        self.0.json(request).await
    }

    /// Places an order.
    pub async fn place_older_order(&self, body: &OlderOrder) -> Result<OlderReceipt, Error> {
        let request = Request::new("POST", &["notifications", "api", "v1", "orders"]).json(body);
        self.0.json(request).await
    }

    /// Places an order.
    pub async fn place_older_emails(&self, body: &OlderEmailOrder) -> Result<OlderReceipt, Error> {
        let request = Request::new("POST", &["notifications", "api", "v1", "orders", "email"]).json(body);
        self.0.json(request).await
    }

    /// Places an order.
    pub async fn place_older_sms(&self, body: &OlderSmsOrder) -> Result<OlderReceipt, Error> {
        let request = Request::new("POST", &["notifications", "api", "v1", "orders", "sms"]).json(body);
        self.0.json(request).await
    }

    /// Shows one of the caller's own orders.
    pub async fn show_older_order(&self, id: &str) -> Result<OlderOrderShown, Error> {
        let request = Request::new("GET", &["notifications", "api", "v1", "orders", id]);
        self.0.json(request).await
    }

    /// Cancels one of the caller's own orders; cancelling it again changes nothing.
    pub async fn cancel_order(&self, id: &str) -> Result<OlderOrderStanding, Error> {
        let request = Request::new("PUT", &["notifications", "api", "v1", "orders", id, "cancel"]);
        self.0.json(request).await
    }

    /// Shows the e-mails of one of the caller's own orders.
    pub async fn show_older_emails(&self, id: &str) -> Result<NotificationSummary, Error> {
        let request =
            Request::new("GET", &["notifications", "api", "v1", "orders", id, "notifications", "email"]);
        self.0.json(request).await
    }

    /// Shows the SMS of one of the caller's own orders.
    pub async fn show_older_sms(&self, id: &str) -> Result<NotificationSummary, Error> {
        let request =
            Request::new("GET", &["notifications", "api", "v1", "orders", id, "notifications", "sms"]);
        self.0.json(request).await
    }

    /// Shows one of the caller's own orders with its counts.
    pub async fn show_older_order_status(&self, id: &str) -> Result<OlderOrderStanding, Error> {
        let request = Request::new("GET", &["notifications", "api", "v1", "orders", id, "status"]);
        self.0.json(request).await
    }
}
