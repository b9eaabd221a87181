//! Receipts that nobody sent. Over DPV and DPF nobody answers an `arkivmelding`, but some clients wait for an
//! answer. Where that is switched on, they get an `arkivmelding_kvittering` as soon as the channel says that
//! the message has arrived (DPV) or been read (DPF).

use aws_lc_rs::digest;
use jiff::Timestamp;
use store::{Result, Tx};
use uuid::Uuid;

use super::{sql, store_arrival};
use crate::Exchange;
use crate::conversations::{Conversation, Direction};
use crate::message::business::{ArkivmeldingKvittering, Business};
use crate::message::{Envelope, Header, Message, MessageType, Moment, Partner, Scope, header, process};
use crate::registry::ServiceIdentifier;
use crate::statuses::{self, Status};

/// The document type of messages that are answered.
const ANSWERED: &str = "urn:no:difi:arkivmelding:xsd::arkivmelding";
/// The document type of receipts.
const RECEIPT: &str = "urn:no:difi:arkivmelding:xsd::arkivmelding_kvittering";
/// What stands for a transfer, since there was none.
const REFERENCE: &str = "automatic receipt";

/// Whether this status is the receipt on its channel.
const fn counts(service: ServiceIdentifier, status: Status) -> bool {
    matches!(
        (service, status),
        (ServiceIdentifier::Dpv, Status::Levert) | (ServiceIdentifier::Dpf, Status::Lest)
    )
}

/// Puts the receipt into the inbox, once, in the caller's commit; answers its conversation, to which the
/// caller records OPPRETTET and INNKOMMENDE_MOTTATT together with what else there is to record.
pub(crate) fn receipt(
    app: &Exchange,
    tx: &mut Tx<'_>,
    about: &Conversation,
    mut told: impl Iterator<Item = Status>,
    now: Timestamp,
) -> Result<Option<Conversation>> {
    let wanted = app.config().generate_receipts
        && about.direction == Direction::Outgoing
        && about.document == ANSWERED
        && told.any(|status| counts(about.service, status))
        && !answered_before(tx, about)?;
    let Some(envelope) = wanted.then(|| write(app, about, now)).flatten() else { return Ok(None) };
    let Ok(message) = Message::of(envelope, now, app.config().deadline(about.service)) else {
        tracing::warn!(message.id = %about.message_id, "no receipt can be made for this message");
        return Ok(None);
    };
    if !sql::remember(tx, about.owner, &message, REFERENCE, about.service, now)? {
        return Ok(None);
    }
    sql::insert(tx, app.random().uuid_v7(now), about.owner, &message, about.service, None, now)?;
    store_arrival::open(app, tx, about.owner, &message, about.service).map(Some)
}

/// Whether the status that is the receipt has been recorded before. Ids of receipts are forgotten in time,
/// statuses are not.
fn answered_before(tx: &mut Tx<'_>, about: &Conversation) -> Result<bool> {
    let earlier = statuses::sql::of_conversation(tx, about.id)?;
    let mut earlier = earlier.iter().filter_map(|row| row.status.parse().ok());
    Ok(earlier.any(|status| counts(about.service, status)))
}

/// The receipt as its receiver would have written it; none where the process has no answers.
fn write(app: &Exchange, about: &Conversation, now: Timestamp) -> Option<Envelope> {
    let until = now.checked_add(app.config().deadline(about.service)).unwrap_or(Timestamp::MAX);
    let scope = scope(about, until)?;
    let kind = MessageType::ArkivmeldingKvittering;
    let identification = header::DocumentIdentification {
        standard: Some(RECEIPT.to_owned()),
        type_version: Some("2.0".to_owned()),
        instance_identifier: Some(id_of(about).to_string()),
        kind: Some(kind.to_string()),
        multiple_type: None,
        creation_date_and_time: Some(Moment::from_us(now)),
    };
    let header = Header {
        header_version: Some("1.0".to_owned()),
        sender: Some(vec![Partner::new(about.receiver.clone()?)]),
        receiver: Some(vec![Partner::new(about.sender.clone())]),
        document_identification: Some(identification),
        manifest: None,
        business_scope: Some(header::BusinessScope { scope: Some(vec![scope]) }),
    };
    let business = Business::ArkivmeldingKvittering(ArkivmeldingKvittering {
        receipt_type: Some("OK".to_owned()),
        related_to_message_id: Some(about.message_id.clone()),
        ..ArkivmeldingKvittering::default()
    });
    Some(Envelope { header, kind, business })
}

fn scope(about: &Conversation, until: Timestamp) -> Option<Scope> {
    let information = header::ScopeInformation {
        expected_response_date_time: Some(Moment::from_us(until)),
        ..header::ScopeInformation::default()
    };
    Some(Scope {
        kind: Some("ConversationId".to_owned()),
        instance_identifier: Some(about.conversation_id.clone()),
        identifier: Some(process::response_to(&about.process)?.to_owned()),
        scope_information: vec![information],
    })
}

/// The same id whenever the channel says the same again, so that it is recognised as a repeat.
fn id_of(about: &Conversation) -> Uuid {
    let named = format!("{} {} {}", about.owner, about.message_id, REFERENCE);
    let hash = digest::digest(&digest::SHA256, named.as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash.as_ref()[..16]);
    uuid::Builder::from_random_bytes(bytes).into_uuid()
}
