//! Budstikke Exchange: types and calls. Made by `clients/generate`; do not change it by hand.

use serde::{Deserialize, Serialize};

use crate::http::{Api, Error, Opens, Request};

/// The business message.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct Arkivmelding {
    /// For receivers that are reached over SvarUt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dpf: Option<Dpf>,
    /// For receivers that are reached over the post for businesses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dpv: Option<Dpv>,
    /// The primary file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hoveddokument: Option<String>,
    /// 3 or 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sikkerhetsnivaa: Option<i64>,
}

/// The business message.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct ArkivmeldingKvittering {
    /// The primary file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hoveddokument: Option<String>,
    /// Details.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub messages: Option<Vec<ReceiptMessage>>,
    /// `OK`, `WARNING`, `ERROR` or `NOTSUPPORTED`; anything else counts as `OK`.
    #[serde(rename = "receiptType", default, skip_serializing_if = "Option::is_none")]
    pub receipt_type: Option<String>,
    /// The message id of what is answered.
    #[serde(rename = "relatedToMessageId", default, skip_serializing_if = "Option::is_none")]
    pub related_to_message_id: Option<String>,
}

/// A file that has been attached.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct AttachedFile {
    /// `filename`.
    pub filename: String,
    /// `mimetype`.
    pub mimetype: String,
    /// From 1 on, in the order in which they came.
    pub number: i64,
    /// In hexadecimal.
    pub sha256: String,
    /// Bytes.
    pub size: i64,
    /// `title`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
}

/// Whose numbering an identifier is of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Authority {
    /// `iso6523-actorid-upis`
    #[serde(rename = "iso6523-actorid-upis")]
    Iso6523ActoridUpis,
    /// `nhn-actorid`
    #[serde(rename = "nhn-actorid")]
    NhnActorid,
    /// A word that is newer than this client.
    #[serde(untagged)]
    Other(String),
}

/// The business message.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct Avtalt {
    /// Any JSON, returned unchanged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<serde_json::Value>,
    /// The primary file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hoveddokument: Option<String>,
    /// Which agreement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identifier: Option<String>,
}

/// What a document belongs to.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct BusinessScope {
    /// The scopes, in their order.
    pub scope: Vec<Scope>,
}

/// What a receiver can get.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct Capabilities {
    /// `capabilities`.
    pub capabilities: Vec<Capability>,
}

/// One way to a receiver.
#[derive(Clone, Serialize, Deserialize)]
pub struct Capability {
    /// `digitalPostAddress`.
    #[serde(rename = "digitalPostAddress", default, skip_serializing_if = "Option::is_none")]
    pub digital_post_address: Option<DigitalPostAddress>,
    /// `documentTypes`.
    #[serde(rename = "documentTypes")]
    pub document_types: Vec<DocumentType>,
    /// Where letters go; for digital post only.
    #[serde(rename = "postAddress", default, skip_serializing_if = "Option::is_none")]
    pub post_address: Option<PostAddress>,
    /// To be used as `identifier` of the scope `ConversationId`.
    pub process: String,
    /// Where letters come back to; for digital post only.
    #[serde(rename = "returnAddress", default, skip_serializing_if = "Option::is_none")]
    pub return_address: Option<PostAddress>,
    /// `serviceIdentifier`.
    #[serde(rename = "serviceIdentifier")]
    pub service_identifier: ServiceOrUnknown,
}

/// Colours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Colour {
    /// `SORT_HVIT`
    #[serde(rename = "SORT_HVIT")]
    SortHvit,
    /// `FARGE`
    #[serde(rename = "FARGE")]
    Farge,
    /// A word that is newer than this client.
    #[serde(untagged)]
    Other(String),
}

/// How a partner is reached.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct ContactInformation {
    /// A name.
    pub contact: String,
    /// What sort of contact it is.
    #[serde(rename = "contactTypeIdentifier", default, skip_serializing_if = "Option::is_none")]
    pub contact_type_identifier: Option<String>,
    /// An e-mail address.
    #[serde(rename = "emailAddress", default, skip_serializing_if = "Option::is_none")]
    pub email_address: Option<String>,
    /// A fax number.
    #[serde(rename = "faxNumber", default, skip_serializing_if = "Option::is_none")]
    pub fax_number: Option<String>,
    /// A telephone number.
    #[serde(rename = "telephoneNumber", default, skip_serializing_if = "Option::is_none")]
    pub telephone_number: Option<String>,
}

/// The story of one message.
#[derive(Clone, Serialize, Deserialize)]
pub struct Conversation {
    /// `conversationId`.
    #[serde(rename = "conversationId")]
    pub conversation_id: String,
    /// `direction`.
    pub direction: Direction,
    /// `documentIdentifier`.
    #[serde(rename = "documentIdentifier")]
    pub document_identifier: String,
    /// `expiry`.
    pub expiry: String,
    /// Its id at the channel.
    #[serde(rename = "externalSystemReference", default, skip_serializing_if = "Option::is_none")]
    pub external_system_reference: Option<String>,
    /// Whether nothing more has to happen.
    pub finished: bool,
    /// `id`.
    pub id: i64,
    /// `lastUpdate`.
    #[serde(rename = "lastUpdate")]
    pub last_update: String,
    /// `messageId`.
    #[serde(rename = "messageId")]
    pub message_id: String,
    /// `messageReference`.
    #[serde(rename = "messageReference")]
    pub message_reference: String,
    /// `messageStatuses`.
    #[serde(rename = "messageStatuses")]
    pub message_statuses: Vec<MessageStatus>,
    /// `messageTitle`.
    #[serde(rename = "messageTitle")]
    pub message_title: String,
    /// `processIdentifier`.
    #[serde(rename = "processIdentifier")]
    pub process_identifier: String,
    /// Absent where a letter has an address only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receiver: Option<String>,
    /// `receiverIdentifier`.
    #[serde(rename = "receiverIdentifier", default, skip_serializing_if = "Option::is_none")]
    pub receiver_identifier: Option<String>,
    /// With scheme, and with whom it is sent for.
    pub sender: String,
    /// `senderIdentifier`.
    #[serde(rename = "senderIdentifier")]
    pub sender_identifier: String,
    /// `serviceIdentifier`.
    #[serde(rename = "serviceIdentifier")]
    pub service_identifier: ServiceOrUnknown,
}

/// A page of deliveries.
#[derive(Clone, Serialize, Deserialize)]
pub struct Deliveries {
    /// `deliveries`.
    pub deliveries: Vec<Delivery>,
    /// `subscription`.
    pub subscription: SubscriptionStanding,
}

/// One telling.
#[derive(Clone, Serialize, Deserialize)]
pub struct Delivery {
    /// `created`.
    pub created: String,
    /// `ended`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<String>,
    /// `eventId`.
    #[serde(rename = "eventId", default, skip_serializing_if = "Option::is_none")]
    pub event_id: Option<String>,
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

/// How it went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DialogStatus {
    /// `OK`
    #[serde(rename = "OK")]
    Ok,
    /// `REJECTED`
    #[serde(rename = "REJECTED")]
    Rejected,
    /// `OK_ERROR_IN_MESSAGE_PART`
    #[serde(rename = "OK_ERROR_IN_MESSAGE_PART")]
    OkErrorInMessagePart,
    /// A word that is newer than this client.
    #[serde(untagged)]
    Other(String),
}

/// `dialogmelding`.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct Dialogmelding {
    /// The primary file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hoveddokument: Option<String>,
    /// File name to issue date and description.
    #[serde(rename = "metadataFiler", default, skip_serializing_if = "Option::is_none")]
    pub metadata_filer: Option<serde_json::Value>,
    /// Whom it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pasient: Option<Patient>,
}

/// `dialogmelding_kvittering`.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct DialogmeldingKvittering {
    /// Details.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub messages: Option<Vec<ReceiptMessage>>,
    /// As it came.
    #[serde(rename = "rawReceipt", default, skip_serializing_if = "Option::is_none")]
    pub raw_receipt: Option<String>,
    /// The message id of what is answered.
    #[serde(rename = "relatedToMessageId", default, skip_serializing_if = "Option::is_none")]
    pub related_to_message_id: Option<String>,
    /// How it went.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<DialogStatus>,
}

/// `digital`.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct Digital {
    /// The sender's identifier inside digital post.
    #[serde(rename = "avsenderId", default, skip_serializing_if = "Option::is_none")]
    pub avsender_id: Option<String>,
    /// When it becomes visible, and whether opening it is told.
    #[serde(rename = "digitalPostInfo", default, skip_serializing_if = "Option::is_none")]
    pub digital_post_info: Option<DigitalPostInfo>,
    /// For the invoice.
    #[serde(rename = "fakturaReferanse", default, skip_serializing_if = "Option::is_none")]
    pub faktura_referanse: Option<String>,
    /// The primary file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hoveddokument: Option<String>,
    /// Document file name to metadata file name.
    #[serde(rename = "metadataFiler", default, skip_serializing_if = "Option::is_none")]
    pub metadata_filer: Option<serde_json::Value>,
    /// 3 or 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sikkerhetsnivaa: Option<i64>,
    /// The language.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spraak: Option<String>,
    /// A title that anybody may see.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tittel: Option<String>,
    /// Texts of notifications.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub varsler: Option<DigitalPostNotifications>,
}

/// `digital_dpv`.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct DigitalDpv {
    /// How it is notified.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dpv: Option<Dpv>,
    /// The primary file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hoveddokument: Option<String>,
    /// The text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub innhold: Option<String>,
    /// The summary.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sammendrag: Option<String>,
    /// The title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tittel: Option<String>,
}

/// A mailbox; empty where there is none.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct DigitalPostAddress {
    /// `address`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// The organization number of who runs it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub supplier: Option<String>,
}

/// When it becomes visible, and whether opening it is told.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct DigitalPostInfo {
    /// Whether opening it is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aapningskvittering: Option<bool>,
    /// A date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub virkningsdato: Option<String>,
}

/// Texts of notifications.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct DigitalPostNotifications {
    /// By e-mail.
    #[serde(rename = "epostTekst", default, skip_serializing_if = "Option::is_none")]
    pub epost_tekst: Option<String>,
    /// By SMS.
    #[serde(rename = "smsTekst", default, skip_serializing_if = "Option::is_none")]
    pub sms_tekst: Option<String>,
}

/// Which way a message goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Direction {
    /// `OUTGOING`
    #[serde(rename = "OUTGOING")]
    Outgoing,
    /// `INCOMING`
    #[serde(rename = "INCOMING")]
    Incoming,
    /// A word that is newer than this client.
    #[serde(untagged)]
    Other(String),
}

/// Which document this is.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct DocumentIdentification {
    /// When it was made.
    #[serde(rename = "creationDateAndTime", default, skip_serializing_if = "Option::is_none")]
    pub creation_date_and_time: Option<String>,
    /// The message id.
    #[serde(rename = "instanceIdentifier", default, skip_serializing_if = "Option::is_none")]
    pub instance_identifier: Option<String>,
    /// Carried unchanged.
    #[serde(rename = "multipleType", default, skip_serializing_if = "Option::is_none")]
    pub multiple_type: Option<bool>,
    /// The document type.
    pub standard: String,
    /// The message type.
    #[serde(rename = "type")]
    pub type_: String,
    /// Its version.
    #[serde(rename = "typeVersion")]
    pub type_version: String,
}

/// A document that is taken.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct DocumentType {
    /// To be used as `documentIdentification.standard`.
    pub standard: String,
    /// The message type, where it is known.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub type_: Option<DocumentTypeName>,
}

/// The name of a message type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DocumentTypeName {
    /// `arkivmelding`
    #[serde(rename = "arkivmelding")]
    Arkivmelding,
    /// `arkivmelding_kvittering`
    #[serde(rename = "arkivmelding_kvittering")]
    ArkivmeldingKvittering,
    /// `avtalt`
    #[serde(rename = "avtalt")]
    Avtalt,
    /// `digital`
    #[serde(rename = "digital")]
    Digital,
    /// `digital_dpv`
    #[serde(rename = "digital_dpv")]
    DigitalDpv,
    /// `print`
    #[serde(rename = "print")]
    Print,
    /// `innsynskrav`
    #[serde(rename = "innsynskrav")]
    Innsynskrav,
    /// `publisering`
    #[serde(rename = "publisering")]
    Publisering,
    /// `einnsyn_kvittering`
    #[serde(rename = "einnsyn_kvittering")]
    EinnsynKvittering,
    /// `dialogmelding`
    #[serde(rename = "dialogmelding")]
    Dialogmelding,
    /// `dialogmelding_kvittering`
    #[serde(rename = "dialogmelding_kvittering")]
    DialogmeldingKvittering,
    /// `status`
    #[serde(rename = "status")]
    Status,
    /// `feil`
    #[serde(rename = "feil")]
    Feil,
    /// A word that is newer than this client.
    #[serde(untagged)]
    Other(String),
}

/// How a shipment over SvarUt is classified.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct Dpf {
    /// One of the types SvarUt offers.
    #[serde(rename = "forsendelseType", default, skip_serializing_if = "Option::is_none")]
    pub forsendelse_type: Option<String>,
}

/// How a business is notified.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct Dpv {
    /// Days to the due date.
    #[serde(rename = "dagerTilSvarfrist", default, skip_serializing_if = "Option::is_none")]
    pub dager_til_svarfrist: Option<i64>,
    /// With which text, when the matter is confidential.
    #[serde(rename = "taushetsbelagtVarselTekst", default, skip_serializing_if = "Option::is_none")]
    pub taushetsbelagt_varsel_tekst: Option<String>,
    /// With which text.
    #[serde(rename = "varselTekst", default, skip_serializing_if = "Option::is_none")]
    pub varsel_tekst: Option<String>,
    /// On which way.
    #[serde(rename = "varselTransportType", default, skip_serializing_if = "Option::is_none")]
    pub varsel_transport_type: Option<NotificationTransport>,
    /// With or without a reminder.
    #[serde(rename = "varselType", default, skip_serializing_if = "Option::is_none")]
    pub varsel_type: Option<NotificationType>,
}

/// `einnsyn_kvittering`.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct EinnsynKvittering {
    /// What is answered.
    #[serde(rename = "dokumentId", default, skip_serializing_if = "Option::is_none")]
    pub dokument_id: Option<String>,
    /// The primary file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hoveddokument: Option<String>,
    /// `innsynskrav` or `publisering`; the reference writes the latter in upper case.
    #[serde(rename = "referanseType", default, skip_serializing_if = "Option::is_none")]
    pub referanse_type: Option<ReferenceType>,
    /// How it went.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
}

/// What happens to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// `all`
    #[serde(rename = "all")]
    All,
    /// `status`
    #[serde(rename = "status")]
    Status,
    /// A word that is newer than this client.
    #[serde(untagged)]
    Other(String),
}

/// `standardBusinessDocumentHeader`.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct Header {
    /// What it belongs to.
    #[serde(rename = "businessScope")]
    pub business_scope: BusinessScope,
    /// Which document this is.
    #[serde(rename = "documentIdentification")]
    pub document_identification: DocumentIdentification,
    /// `1.0` in practice.
    #[serde(rename = "headerVersion")]
    pub header_version: String,
    /// Carried unchanged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manifest: Option<Manifest>,
    /// At most one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receiver: Option<Vec<Partner>>,
    /// At most one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sender: Option<Vec<Partner>>,
}

/// `innsynskrav`.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct Innsynskrav {
    /// Whom to answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epost: Option<String>,
    /// The primary file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hoveddokument: Option<String>,
    /// Whose records.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub orgnr: Option<String>,
}

/// A postal address. Prints nothing of it.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct LetterAddress {
    /// First line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adresselinje1: Option<String>,
    /// Second line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adresselinje2: Option<String>,
    /// Third line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adresselinje3: Option<String>,
    /// Fourth line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adresselinje4: Option<String>,
    /// Country.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub land: Option<String>,
    /// The name on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub navn: Option<String>,
    /// Postal code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub postnummer: Option<String>,
    /// Post town.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub poststed: Option<String>,
}

/// What happens when it cannot be delivered.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct LetterReturn {
    /// Where it goes back to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mottaker: Option<LetterAddress>,
    /// Back, or shredded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub returhaandtering: Option<Returning>,
}

/// A list of what belongs to the document.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct Manifest {
    /// The items.
    #[serde(rename = "manifestItem", default, skip_serializing_if = "Option::is_none")]
    pub manifest_item: Option<Vec<ManifestItem>>,
    /// How many items there are.
    #[serde(rename = "numberOfItems", default, skip_serializing_if = "Option::is_none")]
    pub number_of_items: Option<i64>,
}

/// One of them.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct ManifestItem {
    /// What it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Its language.
    #[serde(rename = "languageCode", default, skip_serializing_if = "Option::is_none")]
    pub language_code: Option<String>,
    /// Its media type.
    #[serde(rename = "mimeTypeQualifierCode")]
    pub mime_type_qualifier_code: String,
    /// Where it is.
    #[serde(rename = "uniformResourceIdentifier")]
    pub uniform_resource_identifier: String,
}

/// A step of it.
#[derive(Clone, Serialize, Deserialize)]
pub struct MessageStatus {
    /// `description`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// `id`.
    pub id: i64,
    /// `lastUpdate`.
    #[serde(rename = "lastUpdate")]
    pub last_update: String,
    /// `status`.
    pub status: StatusName,
}

/// A message with its files.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct MessageWithFiles {
    /// Files: any other parts with file names. A part's name is the file's title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<Vec<String>>,
    /// The document, without a file name.
    pub sbd: StandardBusinessDocument,
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

/// Somebody who is to be told.
#[derive(Clone, Serialize, Deserialize)]
pub struct NewSubscription {
    /// `event`.
    pub event: Event,
    /// Only of what fits, such as `status=LEVERT,FEIL&direction=OUTGOING`; of everything when
    /// absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<String>,
    /// `name`.
    pub name: String,
    /// An absolute http or https address.
    #[serde(rename = "pushEndpoint")]
    pub push_endpoint: String,
    /// `resource`.
    pub resource: Resource,
}

/// On which way a notification goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum NotificationTransport {
    /// `Epost`
    #[serde(rename = "Epost")]
    Epost,
    /// `SMS`
    #[serde(rename = "SMS")]
    Sms,
    /// `EpostOgSMS`
    #[serde(rename = "EpostOgSMS")]
    EpostOgSMS,
    /// A word that is newer than this client.
    #[serde(untagged)]
    Other(String),
}

/// Whether a notification is repeated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum NotificationType {
    /// `VarselDPVUtenRevarsel`
    #[serde(rename = "VarselDPVUtenRevarsel")]
    VarselDPVUtenRevarsel,
    /// `VarselDPVMedRevarsel`
    #[serde(rename = "VarselDPVMedRevarsel")]
    VarselDPVMedRevarsel,
    /// A word that is newer than this client.
    #[serde(untagged)]
    Other(String),
}

/// Part of a list.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct PageConversation {
    /// What is on the page.
    pub content: Vec<serde_json::Value>,
    /// Whether nothing is on this page.
    pub empty: bool,
    /// Whether no page comes before.
    pub first: bool,
    /// Whether no page follows.
    pub last: bool,
    /// Which page it is, from 0 on.
    pub number: i64,
    /// How much is on this page.
    #[serde(rename = "numberOfElements")]
    pub number_of_elements: i64,
    /// `pageable`.
    pub pageable: Pageable,
    /// How much fits on a page.
    pub size: i64,
    /// `sort`.
    pub sort: Sort,
    /// How much there is altogether.
    #[serde(rename = "totalElements")]
    pub total_elements: i64,
    /// How many pages there are.
    #[serde(rename = "totalPages")]
    pub total_pages: i64,
}

/// Part of a list.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct PageReceivedStandardBusinessDocument {
    /// What is on the page.
    pub content: Vec<serde_json::Value>,
    /// Whether nothing is on this page.
    pub empty: bool,
    /// Whether no page comes before.
    pub first: bool,
    /// Whether no page follows.
    pub last: bool,
    /// Which page it is, from 0 on.
    pub number: i64,
    /// How much is on this page.
    #[serde(rename = "numberOfElements")]
    pub number_of_elements: i64,
    /// `pageable`.
    pub pageable: Pageable,
    /// How much fits on a page.
    pub size: i64,
    /// `sort`.
    pub sort: Sort,
    /// How much there is altogether.
    #[serde(rename = "totalElements")]
    pub total_elements: i64,
    /// How many pages there are.
    #[serde(rename = "totalPages")]
    pub total_pages: i64,
}

/// Part of a list.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct PageStandardBusinessDocument {
    /// What is on the page.
    pub content: Vec<serde_json::Value>,
    /// Whether nothing is on this page.
    pub empty: bool,
    /// Whether no page comes before.
    pub first: bool,
    /// Whether no page follows.
    pub last: bool,
    /// Which page it is, from 0 on.
    pub number: i64,
    /// How much is on this page.
    #[serde(rename = "numberOfElements")]
    pub number_of_elements: i64,
    /// `pageable`.
    pub pageable: Pageable,
    /// How much fits on a page.
    pub size: i64,
    /// `sort`.
    pub sort: Sort,
    /// How much there is altogether.
    #[serde(rename = "totalElements")]
    pub total_elements: i64,
    /// How many pages there are.
    #[serde(rename = "totalPages")]
    pub total_pages: i64,
}

/// Part of a list.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct PageStatus {
    /// What is on the page.
    pub content: Vec<serde_json::Value>,
    /// Whether nothing is on this page.
    pub empty: bool,
    /// Whether no page comes before.
    pub first: bool,
    /// Whether no page follows.
    pub last: bool,
    /// Which page it is, from 0 on.
    pub number: i64,
    /// How much is on this page.
    #[serde(rename = "numberOfElements")]
    pub number_of_elements: i64,
    /// `pageable`.
    pub pageable: Pageable,
    /// How much fits on a page.
    pub size: i64,
    /// `sort`.
    pub sort: Sort,
    /// How much there is altogether.
    #[serde(rename = "totalElements")]
    pub total_elements: i64,
    /// How many pages there are.
    #[serde(rename = "totalPages")]
    pub total_pages: i64,
}

/// Part of a list.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct PageSubscription {
    /// What is on the page.
    pub content: Vec<serde_json::Value>,
    /// Whether nothing is on this page.
    pub empty: bool,
    /// Whether no page comes before.
    pub first: bool,
    /// Whether no page follows.
    pub last: bool,
    /// Which page it is, from 0 on.
    pub number: i64,
    /// How much is on this page.
    #[serde(rename = "numberOfElements")]
    pub number_of_elements: i64,
    /// `pageable`.
    pub pageable: Pageable,
    /// How much fits on a page.
    pub size: i64,
    /// `sort`.
    pub sort: Sort,
    /// How much there is altogether.
    #[serde(rename = "totalElements")]
    pub total_elements: i64,
    /// How many pages there are.
    #[serde(rename = "totalPages")]
    pub total_pages: i64,
}

/// Which part it is.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct Pageable {
    /// How much comes before the page.
    pub offset: i64,
    /// `pageNumber`.
    #[serde(rename = "pageNumber")]
    pub page_number: i64,
    /// `pageSize`.
    #[serde(rename = "pageSize")]
    pub page_size: i64,
    /// `paged`.
    pub paged: bool,
    /// `sort`.
    pub sort: Sort,
    /// `unpaged`.
    pub unpaged: bool,
}

/// A sender or receiver.
#[derive(Clone, Serialize, Deserialize)]
pub struct Partner {
    /// Carried unchanged; an empty list is left out.
    #[serde(rename = "contactInformation", default, skip_serializing_if = "Option::is_none")]
    pub contact_information: Option<Vec<ContactInformation>>,
    /// Who it is.
    pub identifier: PartnerIdentifier,
}

/// Who a partner is.
#[derive(Clone, Serialize, Deserialize)]
pub struct PartnerIdentifier {
    /// Whose numbering it is.
    pub authority: Authority,
    /// The identifier.
    pub value: String,
}

/// Whom a dialogue is about. Prints nothing of it.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct Patient {
    /// `etternavn`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub etternavn: Option<String>,
    /// `fnr`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fnr: Option<String>,
    /// `fornavn`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fornavn: Option<String>,
    /// `mellomnavn`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mellomnavn: Option<String>,
}

/// How an address answered.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct PingOutcome {
    /// `answered`.
    pub answered: bool,
    /// `outcome`.
    pub outcome: String,
}

/// A postal address.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct PostAddress {
    /// `country`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// `name`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// `postalArea`.
    #[serde(rename = "postalArea", default, skip_serializing_if = "Option::is_none")]
    pub postal_area: Option<String>,
    /// `postalCode`.
    #[serde(rename = "postalCode", default, skip_serializing_if = "Option::is_none")]
    pub postal_code: Option<String>,
    /// Lines with `;` between them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub street: Option<String>,
}

/// Classes of post.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Postage {
    /// `B_OEKONOMI`
    #[serde(rename = "B_OEKONOMI")]
    BOekonomi,
    /// `A_PRIORITERT`
    #[serde(rename = "A_PRIORITERT")]
    APrioritert,
    /// A word that is newer than this client.
    #[serde(untagged)]
    Other(String),
}

/// The business message.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct Print {
    /// The sender's identifier inside digital post.
    #[serde(rename = "avsenderId", default, skip_serializing_if = "Option::is_none")]
    pub avsender_id: Option<String>,
    /// For the invoice.
    #[serde(rename = "fakturaReferanse", default, skip_serializing_if = "Option::is_none")]
    pub faktura_referanse: Option<String>,
    /// The primary file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hoveddokument: Option<String>,
    /// Where it goes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mottaker: Option<LetterAddress>,
    /// How fast.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub posttype: Option<Postage>,
    /// For the printer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub printinstruksjoner: Option<serde_json::Value>,
    /// What happens when it cannot be delivered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retur: Option<LetterReturn>,
    /// In black and white, or in colour.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub utskriftsfarge: Option<Colour>,
}

/// `publisering`.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct Publisering {
    /// The primary file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hoveddokument: Option<String>,
    /// Whose records.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub orgnr: Option<String>,
}

/// One detail.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct ReceiptMessage {
    /// Its code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Its text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// What a document belongs to.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct ReceivedBusinessScope {
    /// The scopes, in their order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<Vec<ReceivedScope>>,
}

/// How a partner is reached.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct ReceivedContactInformation {
    /// A name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<String>,
    /// What sort of contact it is.
    #[serde(rename = "contactTypeIdentifier", default, skip_serializing_if = "Option::is_none")]
    pub contact_type_identifier: Option<String>,
    /// An e-mail address.
    #[serde(rename = "emailAddress", default, skip_serializing_if = "Option::is_none")]
    pub email_address: Option<String>,
    /// A fax number.
    #[serde(rename = "faxNumber", default, skip_serializing_if = "Option::is_none")]
    pub fax_number: Option<String>,
    /// A telephone number.
    #[serde(rename = "telephoneNumber", default, skip_serializing_if = "Option::is_none")]
    pub telephone_number: Option<String>,
}

/// Which document this is.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct ReceivedDocumentIdentification {
    /// When it was made.
    #[serde(rename = "creationDateAndTime", default, skip_serializing_if = "Option::is_none")]
    pub creation_date_and_time: Option<String>,
    /// The message id.
    #[serde(rename = "instanceIdentifier", default, skip_serializing_if = "Option::is_none")]
    pub instance_identifier: Option<String>,
    /// Carried unchanged.
    #[serde(rename = "multipleType", default, skip_serializing_if = "Option::is_none")]
    pub multiple_type: Option<bool>,
    /// The document type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub standard: Option<String>,
    /// The message type.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub type_: Option<String>,
    /// Its version.
    #[serde(rename = "typeVersion", default, skip_serializing_if = "Option::is_none")]
    pub type_version: Option<String>,
}

/// `standardBusinessDocumentHeader`.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct ReceivedHeader {
    /// What it belongs to.
    #[serde(rename = "businessScope", default, skip_serializing_if = "Option::is_none")]
    pub business_scope: Option<ReceivedBusinessScope>,
    /// Which document this is.
    #[serde(rename = "documentIdentification", default, skip_serializing_if = "Option::is_none")]
    pub document_identification: Option<ReceivedDocumentIdentification>,
    /// `1.0` in practice.
    #[serde(rename = "headerVersion", default, skip_serializing_if = "Option::is_none")]
    pub header_version: Option<String>,
    /// Carried unchanged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manifest: Option<ReceivedManifest>,
    /// At most one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receiver: Option<Vec<ReceivedPartner>>,
    /// At most one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sender: Option<Vec<ReceivedPartner>>,
}

/// A list of what belongs to the document.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct ReceivedManifest {
    /// The items.
    #[serde(rename = "manifestItem", default, skip_serializing_if = "Option::is_none")]
    pub manifest_item: Option<Vec<ReceivedManifestItem>>,
    /// How many items there are.
    #[serde(rename = "numberOfItems", default, skip_serializing_if = "Option::is_none")]
    pub number_of_items: Option<i64>,
}

/// One of them.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct ReceivedManifestItem {
    /// What it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Its language.
    #[serde(rename = "languageCode", default, skip_serializing_if = "Option::is_none")]
    pub language_code: Option<String>,
    /// Its media type.
    #[serde(rename = "mimeTypeQualifierCode", default, skip_serializing_if = "Option::is_none")]
    pub mime_type_qualifier_code: Option<String>,
    /// Where it is.
    #[serde(rename = "uniformResourceIdentifier", default, skip_serializing_if = "Option::is_none")]
    pub uniform_resource_identifier: Option<String>,
}

/// A sender or receiver.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct ReceivedPartner {
    /// Carried unchanged; an empty list is left out.
    #[serde(rename = "contactInformation", default, skip_serializing_if = "Option::is_none")]
    pub contact_information: Option<Vec<ReceivedContactInformation>>,
    /// Who it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identifier: Option<ReceivedPartnerIdentifier>,
}

/// Who a partner is.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct ReceivedPartnerIdentifier {
    /// Whose numbering it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authority: Option<String>,
    /// The identifier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
}

/// One thing it belongs to.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct ReceivedScope {
    /// A process or a channel's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identifier: Option<String>,
    /// Its own id.
    #[serde(rename = "instanceIdentifier", default, skip_serializing_if = "Option::is_none")]
    pub instance_identifier: Option<String>,
    /// Deadlines; an empty list is left out.
    #[serde(rename = "scopeInformation", default, skip_serializing_if = "Option::is_none")]
    pub scope_information: Option<Vec<ScopeInformation>>,
    /// Which sort of thing.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub type_: Option<String>,
}

/// A standard business document: its header, and beside it exactly one member, which has the name
/// of the message's type (`documentIdentification.type`) and holds the message. The header is as
/// its sender wrote it: anything may be missing.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct ReceivedStandardBusinessDocument {
    /// `arkivmelding`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arkivmelding: Option<Arkivmelding>,
    /// `arkivmelding_kvittering`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arkivmelding_kvittering: Option<ArkivmeldingKvittering>,
    /// `avtalt`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub avtalt: Option<Avtalt>,
    /// `dialogmelding`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dialogmelding: Option<Dialogmelding>,
    /// `dialogmelding_kvittering`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dialogmelding_kvittering: Option<DialogmeldingKvittering>,
    /// `digital`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digital: Option<Digital>,
    /// `digital_dpv`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digital_dpv: Option<DigitalDpv>,
    /// `einnsyn_kvittering`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub einnsyn_kvittering: Option<EinnsynKvittering>,
    /// `innsynskrav`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub innsynskrav: Option<Innsynskrav>,
    /// `print`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub print: Option<Print>,
    /// `publisering`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub publisering: Option<Publisering>,
    /// `standardBusinessDocumentHeader`.
    #[serde(rename = "standardBusinessDocumentHeader")]
    pub standard_business_document_header: ReceivedHeader,
    /// `status`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<StatusMessage>,
}

/// What a receipt answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReferenceType {
    /// `innsynskrav`
    #[serde(rename = "innsynskrav")]
    Innsynskrav,
    /// `publisering`
    #[serde(rename = "publisering")]
    Publisering,
    /// A word that is newer than this client.
    #[serde(untagged)]
    Other(String),
}

/// What the registry knows, as it said it.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct RelayedRecord {
    /// `infoRecord`.
    #[serde(rename = "infoRecord")]
    pub info_record: serde_json::Value,
    /// The first of `serviceRecords`.
    #[serde(rename = "serviceRecord", default, skip_serializing_if = "Option::is_none")]
    pub service_record: Option<serde_json::Value>,
    /// `serviceRecords`.
    #[serde(rename = "serviceRecords")]
    pub service_records: Vec<serde_json::Value>,
}

/// From where on everything is told again: exactly one of these.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct ReplayFrom {
    /// The id of an event.
    #[serde(rename = "eventId", default, skip_serializing_if = "Option::is_none")]
    pub event_id: Option<String>,
    /// The number of a delivery.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sequence: Option<i64>,
    /// A moment, with an offset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
}

/// How many are told again.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct Replayed {
    /// `replayed`.
    pub replayed: i64,
}

/// What is told of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Resource {
    /// `all`
    #[serde(rename = "all")]
    All,
    /// `messages`
    #[serde(rename = "messages")]
    Messages,
    /// A word that is newer than this client.
    #[serde(untagged)]
    Other(String),
}

/// What happens to returned letters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Returning {
    /// `DIREKTE_RETUR`
    #[serde(rename = "DIREKTE_RETUR")]
    DirekteRetur,
    /// `MAKULERING_MED_MELDING`
    #[serde(rename = "MAKULERING_MED_MELDING")]
    MakuleringMedMelding,
    /// A word that is newer than this client.
    #[serde(untagged)]
    Other(String),
}

/// One thing it belongs to.
#[derive(Clone, Serialize, Deserialize)]
pub struct Scope {
    /// A process or a channel's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identifier: Option<String>,
    /// Its own id.
    #[serde(rename = "instanceIdentifier", default, skip_serializing_if = "Option::is_none")]
    pub instance_identifier: Option<String>,
    /// Deadlines; an empty list is left out.
    #[serde(rename = "scopeInformation", default, skip_serializing_if = "Option::is_none")]
    pub scope_information: Option<Vec<ScopeInformation>>,
    /// Which sort of thing.
    #[serde(rename = "type")]
    pub type_: ScopeType,
}

/// A deadline and what was asked for.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct ScopeInformation {
    /// The message is worthless after this moment.
    #[serde(rename = "expectedResponseDateTime", default, skip_serializing_if = "Option::is_none")]
    pub expected_response_date_time: Option<String>,
    /// Carried unchanged.
    #[serde(rename = "requestingDocumentCreationDateTime", default, skip_serializing_if = "Option::is_none")]
    pub requesting_document_creation_date_time: Option<String>,
    /// Carried unchanged.
    #[serde(
        rename = "requestingDocumentInstanceIdentifier",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub requesting_document_instance_identifier: Option<String>,
}

/// What a scope says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ScopeType {
    /// `ConversationId`
    #[serde(rename = "ConversationId")]
    ConversationId,
    /// `SenderRef`
    #[serde(rename = "SenderRef")]
    SenderRef,
    /// `ReceiverRef`
    #[serde(rename = "ReceiverRef")]
    ReceiverRef,
    /// `MessageChannel`
    #[serde(rename = "MessageChannel")]
    MessageChannel,
    /// `JournalpostId`
    #[serde(rename = "JournalpostId")]
    JournalpostId,
    /// `ParentId`
    #[serde(rename = "ParentId")]
    ParentId,
    /// A word that is newer than this client.
    #[serde(untagged)]
    Other(String),
}

/// A channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Service {
    /// `DPO`
    #[serde(rename = "DPO")]
    Dpo,
    /// `DPV`
    #[serde(rename = "DPV")]
    Dpv,
    /// `DPI`
    #[serde(rename = "DPI")]
    Dpi,
    /// `DPF`
    #[serde(rename = "DPF")]
    Dpf,
    /// `DPE`
    #[serde(rename = "DPE")]
    Dpe,
    /// `DPH`
    #[serde(rename = "DPH")]
    Dph,
    /// A word that is newer than this client.
    #[serde(untagged)]
    Other(String),
}

/// A channel; `UNKNOWN` is one that is newer than this server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ServiceOrUnknown {
    /// `DPO`
    #[serde(rename = "DPO")]
    Dpo,
    /// `DPV`
    #[serde(rename = "DPV")]
    Dpv,
    /// `DPI`
    #[serde(rename = "DPI")]
    Dpi,
    /// `DPF`
    #[serde(rename = "DPF")]
    Dpf,
    /// `DPE`
    #[serde(rename = "DPE")]
    Dpe,
    /// `DPH`
    #[serde(rename = "DPH")]
    Dph,
    /// `UNKNOWN`
    #[serde(rename = "UNKNOWN")]
    Unknown,
    /// A word that is newer than this client.
    #[serde(untagged)]
    Other(String),
}

/// Whether the list has an order.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct Sort {
    /// `empty`.
    pub empty: bool,
    /// `sorted`.
    pub sorted: bool,
    /// `unsorted`.
    pub unsorted: bool,
}

/// A standard business document: its header, and beside it exactly one member, which has the name
/// of the message's type (`documentIdentification.type`) and holds the message.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct StandardBusinessDocument {
    /// `arkivmelding`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arkivmelding: Option<Arkivmelding>,
    /// `arkivmelding_kvittering`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arkivmelding_kvittering: Option<ArkivmeldingKvittering>,
    /// `avtalt`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub avtalt: Option<Avtalt>,
    /// `dialogmelding`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dialogmelding: Option<Dialogmelding>,
    /// `dialogmelding_kvittering`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dialogmelding_kvittering: Option<DialogmeldingKvittering>,
    /// `digital`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digital: Option<Digital>,
    /// `digital_dpv`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digital_dpv: Option<DigitalDpv>,
    /// `einnsyn_kvittering`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub einnsyn_kvittering: Option<EinnsynKvittering>,
    /// `innsynskrav`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub innsynskrav: Option<Innsynskrav>,
    /// `print`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub print: Option<Print>,
    /// `publisering`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub publisering: Option<Publisering>,
    /// `standardBusinessDocumentHeader`.
    #[serde(rename = "standardBusinessDocumentHeader")]
    pub standard_business_document_header: Header,
    /// `status`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<StatusMessage>,
}

/// A step of a message.
#[derive(Clone, Serialize, Deserialize)]
pub struct Status {
    /// The conversation's number.
    #[serde(rename = "convId")]
    pub conv_id: i64,
    /// `conversationId`.
    #[serde(rename = "conversationId")]
    pub conversation_id: String,
    /// `description`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// `id`.
    pub id: i64,
    /// `lastUpdate`.
    #[serde(rename = "lastUpdate")]
    pub last_update: String,
    /// `messageId`.
    #[serde(rename = "messageId")]
    pub message_id: String,
    /// What the channel answered, as it came.
    #[serde(rename = "rawReceipt", default, skip_serializing_if = "Option::is_none")]
    pub raw_receipt: Option<String>,
    /// `status`.
    pub status: StatusName,
}

/// The business message.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct StatusMessage {
    /// The status's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
}

/// How far a message has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum StatusName {
    /// `OPPRETTET`
    #[serde(rename = "OPPRETTET")]
    Opprettet,
    /// `SENDT`
    #[serde(rename = "SENDT")]
    Sendt,
    /// `MOTTATT`
    #[serde(rename = "MOTTATT")]
    Mottatt,
    /// `LEVERT`
    #[serde(rename = "LEVERT")]
    Levert,
    /// `LEST`
    #[serde(rename = "LEST")]
    Lest,
    /// `FEIL`
    #[serde(rename = "FEIL")]
    Feil,
    /// `ANNET`
    #[serde(rename = "ANNET")]
    Annet,
    /// `INNKOMMENDE_MOTTATT`
    #[serde(rename = "INNKOMMENDE_MOTTATT")]
    InnkommendeMottatt,
    /// `INNKOMMENDE_LEVERT`
    #[serde(rename = "INNKOMMENDE_LEVERT")]
    InnkommendeLevert,
    /// `LEVETID_UTLOPT`
    #[serde(rename = "LEVETID_UTLOPT")]
    LevetidUtlopt,
    /// A word that is newer than this client.
    #[serde(untagged)]
    Other(String),
}

/// Somebody who is told.
#[derive(Clone, Serialize, Deserialize)]
pub struct Subscription {
    /// `event`.
    pub event: Event,
    /// Only of what fits, such as `status=LEVERT,FEIL&direction=OUTGOING`; of everything when
    /// absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<String>,
    /// `id`.
    pub id: i64,
    /// `name`.
    pub name: String,
    /// `pushEndpoint`.
    #[serde(rename = "pushEndpoint")]
    pub push_endpoint: String,
    /// `resource`.
    pub resource: Resource,
}

/// What is to be different; what is absent stays as it is.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct SubscriptionChange {
    /// `event`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<Event>,
    /// Only of what fits; it cannot be taken away again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<String>,
    /// `name`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// An absolute http or https address.
    #[serde(rename = "pushEndpoint", default, skip_serializing_if = "Option::is_none")]
    pub push_endpoint: Option<String>,
    /// `resource`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<Resource>,
}

/// How the last ping went.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct SubscriptionPing {
    /// `at`.
    pub at: String,
    /// `outcome`.
    pub outcome: String,
}

/// A subscription, and how it stands.
#[derive(Clone, Serialize, Deserialize)]
pub struct SubscriptionStanding {
    /// `event`.
    pub event: Event,
    /// Only of what fits, such as `status=LEVERT,FEIL&direction=OUTGOING`; of everything when
    /// absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<String>,
    /// `id`.
    pub id: i64,
    /// `name`.
    pub name: String,
    /// `pushEndpoint`.
    #[serde(rename = "pushEndpoint")]
    pub push_endpoint: String,
    /// `resource`.
    pub resource: Resource,
    /// In a row.
    pub failures: i64,
    /// `lastPing`.
    #[serde(rename = "lastPing", default, skip_serializing_if = "Option::is_none")]
    pub last_ping: Option<SubscriptionPing>,
    /// `pausedSince`.
    #[serde(rename = "pausedSince", default, skip_serializing_if = "Option::is_none")]
    pub paused_since: Option<String>,
    /// Whether it has a secret that events are signed with.
    pub signed: bool,
    /// `state`.
    pub state: SubscriptionState,
    /// Deliveries that wait.
    pub waiting: i64,
}

/// Whether it is told, rests by itself after failures, or was put to rest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SubscriptionState {
    /// `active`
    #[serde(rename = "active")]
    Active,
    /// `paused`
    #[serde(rename = "paused")]
    Paused,
    /// `held`
    #[serde(rename = "held")]
    Held,
    /// A word that is newer than this client.
    #[serde(untagged)]
    Other(String),
}

/// What `show_capabilities` may be told besides.
#[derive(Clone, Default, Serialize)]
pub struct ShowCapabilitiesQuery {
    /// 3 or 4.
    #[serde(rename = "securityLevel", skip_serializing_if = "Option::is_none")]
    pub security_level: Option<i64>,
    /// Only ways of this process.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub process: Option<String>,
}

/// What `list_conversations` may be told besides.
#[derive(Clone, Default, Serialize)]
pub struct ListConversationsQuery {
    /// `conversationId`.
    #[serde(rename = "conversationId", skip_serializing_if = "Option::is_none")]
    pub conversation_id: Option<String>,
    /// `messageId`.
    #[serde(rename = "messageId", skip_serializing_if = "Option::is_none")]
    pub message_id: Option<String>,
    /// `receiver`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub receiver: Option<String>,
    /// `receiverIdentifier`.
    #[serde(rename = "receiverIdentifier", skip_serializing_if = "Option::is_none")]
    pub receiver_identifier: Option<String>,
    /// `sender`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sender: Option<String>,
    /// `senderIdentifier`.
    #[serde(rename = "senderIdentifier", skip_serializing_if = "Option::is_none")]
    pub sender_identifier: Option<String>,
    /// `serviceIdentifier`.
    #[serde(rename = "serviceIdentifier", skip_serializing_if = "Option::is_none")]
    pub service_identifier: Option<Service>,
    /// `messageReference`.
    #[serde(rename = "messageReference", skip_serializing_if = "Option::is_none")]
    pub message_reference: Option<String>,
    /// `messageTitle`.
    #[serde(rename = "messageTitle", skip_serializing_if = "Option::is_none")]
    pub message_title: Option<String>,
    /// Whether the channel is still asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pollable: Option<bool>,
    /// `finished`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finished: Option<bool>,
    /// `direction`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub direction: Option<Direction>,
    /// A day in Norway, and all after it.
    #[serde(rename = "lastUpdateFrom", skip_serializing_if = "Option::is_none")]
    pub last_update_from: Option<String>,
    /// A day in Norway, and all before it.
    #[serde(rename = "lastUpdateTo", skip_serializing_if = "Option::is_none")]
    pub last_update_to: Option<String>,
    /// From 0 on; what cannot be read is 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<i64>,
    /// 1 to 2000; what cannot be read is 10, and more than 2000 is 2000.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<i64>,
    /// `property`, `property,asc` or `property,desc`; may come several times, the first weighs
    /// most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sort: Option<String>,
}

/// What `list_polled_conversations` may be told besides.
#[derive(Clone, Default, Serialize)]
pub struct ListPolledConversationsQuery {
    /// From 0 on; what cannot be read is 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<i64>,
    /// 1 to 2000; what cannot be read is 10, and more than 2000 is 2000.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<i64>,
    /// `property`, `property,asc` or `property,desc`; may come several times, the first weighs
    /// most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sort: Option<String>,
}

/// What `list_waiting` may be told besides.
#[derive(Clone, Default, Serialize)]
pub struct ListWaitingQuery {
    /// `conversationId`.
    #[serde(rename = "conversationId", skip_serializing_if = "Option::is_none")]
    pub conversation_id: Option<String>,
    /// `messageId`.
    #[serde(rename = "messageId", skip_serializing_if = "Option::is_none")]
    pub message_id: Option<String>,
    /// Without scheme, such as `310000001`.
    #[serde(rename = "receiverIdentifier", skip_serializing_if = "Option::is_none")]
    pub receiver_identifier: Option<String>,
    /// Without scheme, such as `310000002`.
    #[serde(rename = "senderIdentifier", skip_serializing_if = "Option::is_none")]
    pub sender_identifier: Option<String>,
    /// `serviceIdentifier`.
    #[serde(rename = "serviceIdentifier", skip_serializing_if = "Option::is_none")]
    pub service_identifier: Option<Service>,
    /// The process.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub process: Option<String>,
    /// From 0 on; what cannot be read is 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<i64>,
    /// 1 to 2000; what cannot be read is 10, and more than 2000 is 2000.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<i64>,
    /// `property`, `property,asc` or `property,desc`; may come several times, the first weighs
    /// most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sort: Option<String>,
}

/// What `peek_message` may be told besides.
#[derive(Clone, Default, Serialize)]
pub struct PeekMessageQuery {
    /// `conversationId`.
    #[serde(rename = "conversationId", skip_serializing_if = "Option::is_none")]
    pub conversation_id: Option<String>,
    /// `messageId`.
    #[serde(rename = "messageId", skip_serializing_if = "Option::is_none")]
    pub message_id: Option<String>,
    /// Without scheme, such as `310000001`.
    #[serde(rename = "receiverIdentifier", skip_serializing_if = "Option::is_none")]
    pub receiver_identifier: Option<String>,
    /// Without scheme, such as `310000002`.
    #[serde(rename = "senderIdentifier", skip_serializing_if = "Option::is_none")]
    pub sender_identifier: Option<String>,
    /// `serviceIdentifier`.
    #[serde(rename = "serviceIdentifier", skip_serializing_if = "Option::is_none")]
    pub service_identifier: Option<Service>,
    /// The process.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub process: Option<String>,
}

/// What `list_outgoing` may be told besides.
#[derive(Clone, Default, Serialize)]
pub struct ListOutgoingQuery {
    /// `conversationId`.
    #[serde(rename = "conversationId", skip_serializing_if = "Option::is_none")]
    pub conversation_id: Option<String>,
    /// `messageId`.
    #[serde(rename = "messageId", skip_serializing_if = "Option::is_none")]
    pub message_id: Option<String>,
    /// `processIdentifier`.
    #[serde(rename = "processIdentifier", skip_serializing_if = "Option::is_none")]
    pub process_identifier: Option<String>,
    /// `receiverIdentifier`.
    #[serde(rename = "receiverIdentifier", skip_serializing_if = "Option::is_none")]
    pub receiver_identifier: Option<String>,
    /// `senderIdentifier`.
    #[serde(rename = "senderIdentifier", skip_serializing_if = "Option::is_none")]
    pub sender_identifier: Option<String>,
    /// `serviceIdentifier`.
    #[serde(rename = "serviceIdentifier", skip_serializing_if = "Option::is_none")]
    pub service_identifier: Option<Service>,
    /// The exact moment, with an offset.
    #[serde(rename = "lastUpdated", skip_serializing_if = "Option::is_none")]
    pub last_updated: Option<String>,
    /// The name of a file of the message.
    #[serde(rename = "files.filename", skip_serializing_if = "Option::is_none")]
    pub files_filename: Option<String>,
    /// The media type of a file of the message.
    #[serde(rename = "files.mimetype", skip_serializing_if = "Option::is_none")]
    pub files_mimetype: Option<String>,
    /// The title of a file of the message.
    #[serde(rename = "files.title", skip_serializing_if = "Option::is_none")]
    pub files_title: Option<String>,
    /// From 0 on; what cannot be read is 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<i64>,
    /// 1 to 2000; what cannot be read is 10, and more than 2000 is 2000.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<i64>,
    /// `property`, `property,asc` or `property,desc`; may come several times, the first weighs
    /// most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sort: Option<String>,
}

/// What `attach_file` may be told besides.
#[derive(Clone, Default, Serialize)]
pub struct AttachFileQuery {
    /// The file's title; weighs more than `name`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
}

/// What `list_statuses` may be told besides.
#[derive(Clone, Default, Serialize)]
pub struct ListStatusesQuery {
    /// `id`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<i64>,
    /// `messageId`.
    #[serde(rename = "messageId", skip_serializing_if = "Option::is_none")]
    pub message_id: Option<String>,
    /// `conversationId`.
    #[serde(rename = "conversationId", skip_serializing_if = "Option::is_none")]
    pub conversation_id: Option<String>,
    /// Exactly; a name that is none finds nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// With an offset. Counts only together with `toDateTime`.
    #[serde(rename = "fromDateTime", skip_serializing_if = "Option::is_none")]
    pub from_date_time: Option<String>,
    /// With an offset. Counts only together with `fromDateTime`.
    #[serde(rename = "toDateTime", skip_serializing_if = "Option::is_none")]
    pub to_date_time: Option<String>,
    /// From 0 on; what cannot be read is 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<i64>,
    /// 1 to 2000; what cannot be read is 10, and more than 2000 is 2000.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<i64>,
    /// `property`, `property,asc` or `property,desc`; may come several times, the first weighs
    /// most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sort: Option<String>,
}

/// What `list_statuses_of_message` may be told besides.
#[derive(Clone, Default, Serialize)]
pub struct ListStatusesOfMessageQuery {
    /// From 0 on; what cannot be read is 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<i64>,
    /// 1 to 2000; what cannot be read is 10, and more than 2000 is 2000.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<i64>,
    /// `property`, `property,asc` or `property,desc`; may come several times, the first weighs
    /// most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sort: Option<String>,
}

/// What `list_subscriptions` may be told besides.
#[derive(Clone, Default, Serialize)]
pub struct ListSubscriptionsQuery {
    /// From 0 on; what cannot be read is 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<i64>,
    /// 1 to 2000; what cannot be read is 10, and more than 2000 is 2000.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<i64>,
    /// `property`, `property,asc` or `property,desc`; may come several times, the first weighs
    /// most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sort: Option<String>,
}

/// What `list_deliveries` may be told besides.
#[derive(Clone, Default, Serialize)]
pub struct ListDeliveriesQuery {
    /// Only deliveries behind this number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<i64>,
    /// Only deliveries in this state.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<DeliveryState>,
    /// 1 to 500, which is also what is given unasked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<i64>,
}

/// Budstikke Exchange. Clones share their connections.
#[derive(Clone, Debug)]
pub struct Exchange(Api);

impl Exchange {
    /// The API at an address such as `https://varsling.example`, and what opens it.
    pub fn new(url: &str, opens: Opens) -> Result<Self, Error> {
        Api::new(url, opens).map(Self)
    }

    /// Tells what a receiver can get, and over which channel.
    pub async fn show_capabilities(
        &self,
        receiver: &str,
        query: &ShowCapabilitiesQuery,
    ) -> Result<Capabilities, Error> {
        let request = Request::new("GET", &["api", "capabilities", receiver]).query(query);
        self.0.json(request).await
    }

    /// Lists the stories of messages, both ways.
    pub async fn list_conversations(
        &self,
        query: &ListConversationsQuery,
    ) -> Result<PageConversation, Error> {
        let request = Request::new("GET", &["api", "conversations"]).query(query);
        self.0.json(request).await
    }

    /// Shows the story of the message with this id.
    pub async fn show_conversation_of_message(&self, id: &str) -> Result<Conversation, Error> {
        let request = Request::new("GET", &["api", "conversations", "messageId", id]);
        self.0.json(request).await
    }

    /// Forgets the story of the message with this id. Messages and files stay.
    pub async fn delete_conversation_of_message(&self, id: &str) -> Result<(), Error> {
        let request = Request::new("DELETE", &["api", "conversations", "messageId", id]);
        self.0.nothing(request).await
    }

    /// Lists those whose channel is still asked.
    pub async fn list_polled_conversations(
        &self,
        query: &ListPolledConversationsQuery,
    ) -> Result<PageConversation, Error> {
        let request = Request::new("GET", &["api", "conversations", "queue"]).query(query);
        self.0.json(request).await
    }

    /// Shows the story of a message.
    pub async fn show_conversation(&self, id: i64) -> Result<Conversation, Error> {
        let request = Request::new("GET", &["api", "conversations", &id.to_string()]);
        self.0.json(request).await
    }

    /// Forgets the story of a message. Messages and files stay.
    pub async fn delete_conversation(&self, id: i64) -> Result<(), Error> {
        let request = Request::new("DELETE", &["api", "conversations", &id.to_string()]);
        self.0.nothing(request).await
    }

    /// Lists what waits, locked or not. Locks nothing.
    pub async fn list_waiting(
        &self,
        query: &ListWaitingQuery,
    ) -> Result<PageReceivedStandardBusinessDocument, Error> {
        let request = Request::new("GET", &["api", "messages", "in"]).query(query);
        self.0.json(request).await
    }

    /// Locks the next message that fits, and shows it.
    pub async fn peek_message(
        &self,
        query: &PeekMessageQuery,
    ) -> Result<Option<ReceivedStandardBusinessDocument>, Error> {
        let request = Request::new("GET", &["api", "messages", "in", "peek"]).query(query);
        self.0.json_if_any(request).await
    }

    /// Gives the files of a locked message, decrypted, as one ASiC-E container. May be repeated.
    pub async fn pop_message(&self, id: &str) -> Result<reqwest::Response, Error> {
        let request = Request::new("GET", &["api", "messages", "in", "pop", id])
            .accepting("application/vnd.etsi.asic-e+zip");
        self.0.answer(request).await
    }

    /// Takes a locked message: it is removed, and its sender is told that it was delivered.
    ///
    /// Beyond the reference. The same as `DELETE /api/messages/in/{id}`.
    pub async fn acknowledge_message_by_pop(
        &self,
        id: &str,
    ) -> Result<ReceivedStandardBusinessDocument, Error> {
        let request = Request::new("DELETE", &["api", "messages", "in", "pop", id]);
        self.0.json(request).await
    }

    /// Takes a locked message: it is removed, and its sender is told that it was delivered.
    pub async fn acknowledge_message(&self, id: &str) -> Result<ReceivedStandardBusinessDocument, Error> {
        let request = Request::new("DELETE", &["api", "messages", "in", id]);
        self.0.json(request).await
    }

    /// Gives the files of a locked message, decrypted, as one ASiC-E container. May be repeated.
    ///
    /// Beyond the reference. The same as `GET /api/messages/in/pop/{id}`.
    pub async fn pop_message_short(&self, id: &str) -> Result<reqwest::Response, Error> {
        let request =
            Request::new("GET", &["api", "messages", "in", id]).accepting("application/vnd.etsi.asic-e+zip");
        self.0.answer(request).await
    }

    /// Keeps a lock: it then lasts as long as one taken now.
    ///
    /// Beyond the reference.
    pub async fn extend_lock(&self, id: &str) -> Result<(), Error> {
        let request = Request::new("PUT", &["api", "messages", "in", id, "lock"]);
        self.0.nothing(request).await
    }

    /// Gives a locked message back before its lock runs out; it keeps its place.
    ///
    /// Beyond the reference.
    pub async fn unlock_message(&self, id: &str) -> Result<(), Error> {
        let request = Request::new("DELETE", &["api", "messages", "in", id, "lock"]);
        self.0.nothing(request).await
    }

    /// Lists drafts, and what is queued or being tried again.
    pub async fn list_outgoing(
        &self,
        query: &ListOutgoingQuery,
    ) -> Result<PageStandardBusinessDocument, Error> {
        let request = Request::new("GET", &["api", "messages", "out"]).query(query);
        self.0.json(request).await
    }

    /// Makes a draft.
    ///
    /// Files are added to it and it is sent in further calls. What is left out of the header is
    /// filled in; the answer is the document as it is kept.
    pub async fn create_message(
        &self,
        body: &StandardBusinessDocument,
    ) -> Result<StandardBusinessDocument, Error> {
        let request = Request::new("POST", &["api", "messages", "out"]).json(body);
        self.0.json(request).await
    }

    /// Makes a message, attaches its files and sends it in one request: all of it or nothing.
    pub async fn send_with_files(
        &self,
        form: reqwest::multipart::Form,
    ) -> Result<StandardBusinessDocument, Error> {
        let request = Request::new("POST", &["api", "messages", "out", "multipart"]).form(form);
        self.0.json(request).await
    }

    /// Shows a draft, or what is on its way. What has been handed over is not here any more.
    pub async fn show_outgoing(&self, id: &str) -> Result<StandardBusinessDocument, Error> {
        let request = Request::new("GET", &["api", "messages", "out", id]);
        self.0.json(request).await
    }

    /// Adds one file to a draft, of any size: the body is the file, byte by byte.
    pub async fn attach_file(
        &self,
        id: &str,
        content_disposition: &str,
        body: impl Into<reqwest::Body>,
        media_type: &str,
        query: &AttachFileQuery,
    ) -> Result<(), Error> {
        let request = Request::new("PUT", &["api", "messages", "out", id])
            .header("Content-Disposition", content_disposition)
            .query(query)
            .stream(body, media_type);
        self.0.nothing(request).await
    }

    /// Checks a draft and sends it. Asking again changes nothing.
    pub async fn send_message(&self, id: &str) -> Result<(), Error> {
        let request = Request::new("POST", &["api", "messages", "out", id]);
        self.0.nothing(request).await
    }

    /// Discards a draft, or cancels what is on its way. The story of it stays.
    pub async fn discard_message(&self, id: &str) -> Result<(), Error> {
        let request = Request::new("DELETE", &["api", "messages", "out", id]);
        self.0.nothing(request).await
    }

    /// Lists the files of a draft, so that an upload can be resumed.
    ///
    /// Beyond the reference.
    pub async fn list_files(&self, id: &str) -> Result<Vec<AttachedFile>, Error> {
        let request = Request::new("GET", &["api", "messages", "out", id, "files"]);
        self.0.json(request).await
    }

    /// Lists statuses, of both directions.
    pub async fn list_statuses(&self, query: &ListStatusesQuery) -> Result<PageStatus, Error> {
        let request = Request::new("GET", &["api", "statuses"]).query(query);
        self.0.json(request).await
    }

    /// Shows the oldest status in the queue, and leaves it there.
    pub async fn peek_status(&self) -> Result<Option<Status>, Error> {
        let request = Request::new("GET", &["api", "statuses", "peek"]);
        self.0.json_if_any(request).await
    }

    /// Lists the statuses of one message; of a conversation where no message has the id.
    pub async fn list_statuses_of_message(
        &self,
        id: &str,
        query: &ListStatusesOfMessageQuery,
    ) -> Result<PageStatus, Error> {
        let request = Request::new("GET", &["api", "statuses", id]).query(query);
        self.0.json(request).await
    }

    /// Takes a status off the queue. It stays in the lists.
    pub async fn take_status(&self, id: i64) -> Result<(), Error> {
        let request = Request::new("DELETE", &["api", "statuses", &id.to_string()]);
        self.0.nothing(request).await
    }

    /// Lists subscriptions.
    pub async fn list_subscriptions(
        &self,
        query: &ListSubscriptionsQuery,
    ) -> Result<PageSubscription, Error> {
        let request = Request::new("GET", &["api", "subscriptions"]).query(query);
        self.0.json(request).await
    }

    /// Subscribes an address, which is pinged first.
    pub async fn subscribe(&self, body: &NewSubscription) -> Result<Subscription, Error> {
        let request = Request::new("POST", &["api", "subscriptions"]).json(body);
        self.0.json(request).await
    }

    /// Ends all subscriptions.
    pub async fn unsubscribe_all(&self) -> Result<(), Error> {
        let request = Request::new("DELETE", &["api", "subscriptions"]);
        self.0.nothing(request).await
    }

    /// Shows a subscription.
    pub async fn show_subscription(&self, id: i64) -> Result<Subscription, Error> {
        let request = Request::new("GET", &["api", "subscriptions", &id.to_string()]);
        self.0.json(request).await
    }

    /// Changes a subscription; what is absent stays as it is.
    pub async fn change_subscription(&self, id: i64, body: &SubscriptionChange) -> Result<(), Error> {
        let request = Request::new("PUT", &["api", "subscriptions", &id.to_string()]).json(body);
        self.0.nothing(request).await
    }

    /// Ends a subscription.
    pub async fn unsubscribe(&self, id: i64) -> Result<(), Error> {
        let request = Request::new("DELETE", &["api", "subscriptions", &id.to_string()]);
        self.0.nothing(request).await
    }

    /// Lists what has been told and what waits.
    ///
    /// Beyond the reference.
    pub async fn list_deliveries(&self, id: i64, query: &ListDeliveriesQuery) -> Result<Deliveries, Error> {
        let request =
            Request::new("GET", &["api", "subscriptions", &id.to_string(), "deliveries"]).query(query);
        self.0.json(request).await
    }

    /// Tells nothing until it is let go on.
    ///
    /// Beyond the reference.
    pub async fn pause_subscription(&self, id: i64) -> Result<SubscriptionStanding, Error> {
        let request = Request::new("POST", &["api", "subscriptions", &id.to_string(), "pause"]);
        self.0.json(request).await
    }

    /// Asks whether the address answers, now.
    ///
    /// Beyond the reference.
    pub async fn ping_subscription(&self, id: i64) -> Result<PingOutcome, Error> {
        let request = Request::new("POST", &["api", "subscriptions", &id.to_string(), "ping"]);
        self.0.json(request).await
    }

    /// Tells again what was told, or would have been, from somewhere on.
    ///
    /// Beyond the reference.
    pub async fn replay_subscription(&self, id: i64, body: &ReplayFrom) -> Result<Replayed, Error> {
        let request = Request::new("POST", &["api", "subscriptions", &id.to_string(), "replay"]).json(body);
        self.0.json(request).await
    }

    /// Goes on, and tells what waits, now.
    ///
    /// Beyond the reference.
    pub async fn resume_subscription(&self, id: i64) -> Result<SubscriptionStanding, Error> {
        let request = Request::new("POST", &["api", "subscriptions", &id.to_string(), "resume"]);
        self.0.json(request).await
    }

    /// Makes a secret that events are signed with; only this answer has it.
    ///
    /// Beyond the reference.
    ///
    /// The one before signs as well for a while.
    pub async fn renew_subscription_secret(&self, id: i64) -> Result<NewSecret, Error> {
        let request = Request::new("POST", &["api", "subscriptions", &id.to_string(), "secret"]);
        self.0.json(request).await
    }

    /// Passes on what the registry knows of somebody, for older integrations.
    pub async fn relay_record(&self, identifier: &str) -> Result<RelayedRecord, Error> {
        let request = Request::new("GET", &["servicerecord", identifier]);
        self.0.json(request).await
    }

    /// Makes a draft.
    ///
    /// Beyond the reference. The same as `POST /api/messages/out`.
    pub async fn create_message_short(
        &self,
        body: &StandardBusinessDocument,
    ) -> Result<StandardBusinessDocument, Error> {
        let request = Request::new("POST", &["api", "messages"]).json(body);
        self.0.json(request).await
    }

    /// Gives a locked message back before its lock runs out; it keeps its place.
    ///
    /// Beyond the reference. The same as `DELETE /api/messages/in/{id}/lock`.
    pub async fn unlock_message_by_post(&self, id: &str) -> Result<(), Error> {
        let request = Request::new("POST", &["api", "messages", "in", id, "unlock"]);
        self.0.nothing(request).await
    }
}
