//! Statuses back to the sender of a message: MOTTATT when it is stored, LEVERT when our client has it.
//!
//! A status is an envelope of its own that travels through the channel the message came by. It is
//! written in the commit that caused it; a JOB hands it over and tries again by the same ladder as
//! messages. What becomes of it never changes the message's own story.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use jobs::{Due, Job, Outcome, Stale, Taken, ledger};
use serde::{Deserialize, Serialize};
use store::blobs::{BlobError, BlobKey};
use store::{FromRow, Row, Tx, params};
use types::ids::AttemptId;
use types::{OrgNumber, Participant};
use uuid::Uuid;

use crate::config::Config;
use crate::conversations::Direction;
use crate::message::business::{Business, StatusBody};
use crate::message::{Actor, Envelope, MessageType, Moment, process};
use crate::outbox::send::settle_doubt;
use crate::packaging::seal;
use crate::registry::ServiceIdentifier;
use crate::statuses::Status;
use crate::trace::note::{self, Note};
use crate::transports::{Outline, Package, Packing, Parcel, Plan, TransportError};
use crate::{Exchange, lanes};

/// The kind of blobs that packed statuses are.
pub(crate) const KIND: &str = "status-package";

/// Sends one status.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Report {
    feedback: Uuid,
}

impl Report {
    /// Sends the status with this id.
    pub(crate) const fn of(feedback: Uuid) -> Self {
        Self { feedback }
    }
}

/// A status on its way back.
struct Feedback {
    id: Uuid,
    owner: OrgNumber,
    service: ServiceIdentifier,
    message_id: String,
    conversation_id: String,
    status: String,
    sbd: String,
    channel: Option<String>,
}

impl FromRow for Feedback {
    fn from_row(row: &Row<'_>) -> store::Result<Self> {
        let service: String = row.get("service")?;
        Ok(Self {
            id: row.get("id")?,
            owner: row.get("owner")?,
            service: service.parse().unwrap_or(ServiceIdentifier::Unknown),
            message_id: row.get("message_id")?,
            conversation_id: row.get("conversation_id")?,
            status: row.get("status")?,
            sbd: row.get("sbd")?,
            channel: row.get("channel")?,
        })
    }
}

#[derive(Debug, thiserror::Error)]
enum ReportError {
    #[error(transparent)]
    Store(#[from] store::Error),
    #[error(transparent)]
    Stale(#[from] Stale),
    #[error(transparent)]
    Channel(#[from] TransportError),
}

/// Writes a status for the sender of `answered`, in the caller's commit. Statuses are not answered,
/// and neither is what came by a channel that does not report back. Ring the lane after the commit.
pub(crate) fn report(
    app: &Exchange,
    tx: &mut Tx<'_>,
    service: ServiceIdentifier,
    answered: &Envelope,
    status: Status,
    now: Timestamp,
) -> store::Result<()> {
    const SQL: &str = "INSERT INTO exchange_feedback
            (id, owner, service, message_id, conversation_id, receiver, status, sbd, channel, created)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    let reports = Config::lists(&app.config().status_services, service);
    let identification = answered.header.document_identification.as_ref();
    let message_id = identification.and_then(|id| id.instance_identifier.as_deref());
    let conversation = answered.header.scope("ConversationId");
    let conversation_id = conversation.and_then(|scope| scope.instance_identifier.as_deref());
    let receiver = answered.header.the_sender().and_then(|sender| sender.value.as_deref());
    let (Some(message_id), Some(conversation_id), Some(receiver)) = (message_id, conversation_id, receiver)
    else {
        return Ok(());
    };
    if !reports || answered.kind == MessageType::Status {
        return Ok(());
    }
    let written = write(answered, status, now, app.default_deadline());
    // Most channels have no statuses of their own, and then there is nothing to send.
    if !matches!(plan(app, service, &written), Some(Plan::Send(_))) {
        return Ok(());
    }
    let id = app.random().uuid_v7(now);
    let channel = answered.header.scope("MessageChannel").and_then(|scope| scope.identifier.as_deref());
    let foreign = channel.filter(|name| Some(*name) != app.config().message_channel.as_deref());
    let (owner, sbd) = (app.own(), written.to_json());
    let (service_name, name) = (service.as_str(), status.as_str());
    let row =
        params![id, owner, service_name, message_id, conversation_id, receiver, name, sbd, foreign, now];
    tx.execute(SQL, row)?;
    let due = Due::now(lanes::statuses(service), &owner, now);
    jobs::enqueue::<Exchange, Report>(tx, app.random().uuid_v7(now), &Report { feedback: id }, &due, now)
}

/// What the channel wants to be done with a status; `None` when it is not there or takes none.
fn plan(app: &Exchange, service: ServiceIdentifier, status: &Envelope) -> Option<Plan> {
    let receiver = Actor::of(status.header.the_receiver());
    let outline = Outline { envelope: status, receiver: receiver.as_ref(), route: None, files: Some(&[]) };
    app.transport(service)?.plan(&outline).ok()
}

/// The status as an envelope: parties swapped, same ids, the response process of the family.
fn write(answered: &Envelope, status: Status, now: Timestamp, deadline: Duration) -> Envelope {
    let mut header = answered.header.clone();
    std::mem::swap(&mut header.sender, &mut header.receiver);
    header.manifest = None;
    let identification = header.document_identification.get_or_insert_default();
    identification.standard = Some(process::STATUS_DOCUMENT.to_owned());
    identification.type_version = Some("2.0".to_owned());
    identification.kind = Some(MessageType::Status.as_str().to_owned());
    let created = now.checked_sub(Duration::from_secs(5)).unwrap_or(now);
    identification.creation_date_and_time = Some(Moment::from_us(created));
    let scopes = header.business_scope.get_or_insert_default().scope.get_or_insert_default();
    scopes.retain(|scope| matches!(scope.kind.as_deref(), Some("ConversationId" | "MessageChannel")));
    for scope in scopes.iter_mut().filter(|scope| scope.kind.as_deref() == Some("ConversationId")) {
        let process = scope.identifier.as_deref().and_then(process::response_to);
        scope.identifier = process.map(str::to_owned);
        scope.scope_information.truncate(1);
        for information in &mut scope.scope_information {
            let until = now.checked_add(deadline).unwrap_or(Timestamp::MAX);
            information.expected_response_date_time = Some(Moment::from_us(until));
        }
    }
    let business = Business::Status(StatusBody { status: Some(status.as_str().to_owned()) });
    Envelope { header, kind: MessageType::Status, business }
}

impl Job<Exchange> for Report {
    const KIND: &'static str = "exchange.report";

    async fn run(self, app: Exchange, taken: Taken) -> Outcome {
        let id = self.feedback;
        let find = "SELECT * FROM exchange_feedback WHERE id = $1";
        let found = app.store().read(move |tx| tx.optional::<Feedback>(find, params![id])).await;
        let feedback = match found {
            Ok(Some(feedback)) => feedback,
            Ok(None) => return Outcome::Done,
            Err(error) => return Outcome::Later(Duration::from_secs(5), error.to_string()),
        };
        let tries = taken.tries;
        match hand_over(&app, &taken, feedback).await {
            Ok(()) | Err(ReportError::Stale(_)) => Outcome::Settled,
            Err(ReportError::Store(error)) => Outcome::Later(Duration::from_secs(5), error.to_string()),
            Err(ReportError::Channel(TransportError::Permanent { reason })) => Outcome::GiveUp(reason),
            Err(ReportError::Channel(error)) if tries >= app.config().send_tries => {
                Outcome::GiveUp(error.to_string())
            }
            Err(ReportError::Channel(error)) => {
                let asked = match &error {
                    TransportError::Temporary { after, .. } => *after,
                    _ => None,
                };
                let pause = app.config().send_retry_seconds.pause(tries, app.random().fraction(), asked);
                Outcome::Later(pause, error.to_string())
            }
        }
    }
}

async fn hand_over(app: &Exchange, taken: &Taken, feedback: Feedback) -> Result<(), ReportError> {
    let transport = app.transport(feedback.service).cloned();
    let transport = transport.ok_or_else(|| TransportError::temporary("the channel is not there"))?;
    let blob = BlobKey::new(KIND, feedback.id);
    let package = pack(app, &blob, &feedback).await?;
    let (attempt, subject) = (AttemptId::new(app.random().uuid_v7(app.now())), feedback.id);
    let (owner, route, now) = (feedback.owner.to_string(), feedback.service.as_str(), app.now());
    let held = taken.clone();
    let begun = app.store().write(move |tx| {
        held.check::<ReportError>(tx)?;
        let doubt = settle_doubt(tx, subject, now)?;
        ledger::begin(tx, &ledger::Intent { id: attempt, owner: &owner, subject, route }, now)?;
        Ok::<_, ReportError>(doubt)
    });
    let doubt = begun.await?;
    let parcel = parcel(app, &feedback, package, doubt)?;
    let sent = transport.send(&parcel).await;
    let (taken, now) = (taken.clone(), app.now());
    let outcome = sent.as_ref().map_or_else(ToString::to_string, |_| "sent".to_owned());
    let (ok, unknown) = (sent.is_ok(), matches!(sent, Err(TransportError::Unknown { .. })));
    let reference = sent.as_ref().map(|sent| sent.reference.clone()).unwrap_or_default();
    let doing = app.clone();
    let closed = app.store().write(move |tx| {
        let end = ledger::End { outcome: &outcome, ..Default::default() };
        if unknown {
            ledger::mark_unknown(tx, attempt, &end, now)?;
        } else {
            ledger::end(tx, attempt, &end, now)?;
        }
        if ok {
            let about = (feedback.owner, feedback.message_id.as_str(), Direction::Incoming);
            let note = Note::Answered { status: feedback.status.clone(), reference: reference.clone() };
            note::write(&doing, tx, about, &note, None)?;
            tx.execute("DELETE FROM exchange_feedback WHERE id = $1", params![subject])?;
            taken.finish::<ReportError>(tx)?;
        }
        Ok::<_, ReportError>(())
    });
    closed.await?;
    if ok {
        app.drop_blobs(vec![blob]).await;
    }
    sent.map(|_| ()).map_err(ReportError::from)
}

/// Packs a status, unless an earlier try has, or the channel carries the envelope as it is.
async fn pack(
    app: &Exchange,
    blob: &BlobKey,
    feedback: &Feedback,
) -> Result<Option<Package>, TransportError> {
    let (sbd, package) = (feedback.sbd.clone(), |bytes| Some(Package { blob: blob.clone(), bytes }));
    let envelope = Envelope::read(sbd.as_bytes()).map_err(TransportError::permanent)?;
    if plan(app, feedback.service, &envelope) != Some(Plan::Send(Packing::TransportZip)) {
        return Ok(None);
    }
    match app.blobs().size(blob).await {
        Ok(bytes) => return Ok(package(bytes)),
        Err(BlobError::NotFound(_)) => {}
        Err(error) => return Err(error.into()),
    }
    let (blobs, into) = (Arc::clone(app.blobs()), blob.clone());
    let packing = tokio::task::spawn_blocking(move || seal::seal_envelope(&blobs, sbd.as_bytes(), &into));
    let packed = packing.await.map_err(TransportError::temporary)?;
    packed.map(package).map_err(TransportError::temporary)
}

fn parcel(
    app: &Exchange,
    feedback: &Feedback,
    package: Option<Package>,
    in_doubt_since: Option<Timestamp>,
) -> Result<Parcel, TransportError> {
    let envelope = Envelope::read_arrived(feedback.sbd.as_bytes()).map_err(TransportError::permanent)?;
    let own = || Actor::Participant(Participant::organization(app.own()));
    let sender = Actor::of(envelope.header.the_sender()).unwrap_or_else(own);
    let organization = sender.organization().unwrap_or(app.own());
    let receiver = Actor::of(envelope.header.the_receiver());
    let receiver = receiver.ok_or_else(|| TransportError::permanent("a status without a receiver"))?;
    Ok(Parcel {
        id: feedback.id,
        sender,
        organization,
        receiver: Some(receiver),
        message_id: feedback.message_id.parse().map_err(TransportError::permanent)?,
        conversation_id: feedback.conversation_id.parse().map_err(TransportError::permanent)?,
        envelope: envelope.to_bytes(),
        package,
        files: Vec::new(),
        channel: feedback.channel.as_deref().and_then(|name| name.parse().ok()),
        route: None,
        in_doubt_since,
    })
}

/// Whether a blob belongs to a status on its way.
pub(crate) fn names_blob(tx: &mut Tx<'_>, blob: &BlobKey) -> store::Result<bool> {
    let Some(id) = blob.as_str().rsplit('/').next().and_then(|id| id.parse::<Uuid>().ok()) else {
        return Ok(false);
    };
    Ok(tx.optional::<i64>("SELECT 1 FROM exchange_feedback WHERE id = $1", params![id])?.is_some())
}
