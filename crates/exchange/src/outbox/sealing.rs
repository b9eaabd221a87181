//! From a stored message to a sealed package: sender and receiver as the channel shall see them, the
//! way to the receiver, and the package, which an earlier try may have left.

use std::sync::Arc;

use asic::Certificate;
use jiff::Timestamp;
use jobs::Stale;
use store::blobs::BlobKey;
use types::Participant;
use uuid::Uuid;

use super::model::{OutMessage, SealedPackage, WithFiles};
use super::send::{KIND, SendError};
use super::{prepare, sql};
use crate::message::{Actor, Envelope, Message, Partner};
use crate::packaging::seal::{self, Sealing};
use crate::registry::{ServiceRecord, choose};
use crate::transports::{Package, Parcel};
use crate::{Exchange, sweep};

/// A message as it goes over the channel: sender and receiver without those who act for them.
pub(super) struct Outgoing {
    pub(super) message: Message,
    sender: types::OrgNumber,
    receiver: Participant,
}

impl Outgoing {
    pub(super) fn of(stored: &OutMessage, app: &Exchange) -> Result<Self, SendError> {
        let never = |text: &str| SendError::Never(text.to_owned());
        let mut envelope =
            Envelope::read(stored.sbd.as_bytes()).map_err(|error| SendError::Never(error.to_string()))?;
        let message = Message::of(envelope.clone(), app.now(), app.default_deadline())
            .map_err(|error| SendError::Never(error.to_string()))?;
        let sender = message.facts.sender.organization();
        let sender = sender.ok_or_else(|| never("the sender is no organization"))?;
        envelope.header.sender = Some(vec![Partner::new(Participant::organization(sender).wire())]);
        let Some(Actor::Participant(receiver)) = message.facts.receiver.clone() else {
            return Err(never("the receiver is not reached over this channel"));
        };
        Ok(Self { message: Message { envelope, ..message }, sender, receiver })
    }

    pub(super) fn parcel(
        self,
        stored: &OutMessage,
        package: SealedPackage,
        route: Option<ServiceRecord>,
        in_doubt_since: Option<Timestamp>,
    ) -> Result<Parcel, SendError> {
        let uuid = |text: &str| {
            text.parse::<Uuid>().map_err(|_| SendError::Never("an id in the message is no UUID".to_owned()))
        };
        let facts = &self.message.facts;
        // Receipts go back to the installation that the message came from.
        let channel = facts.channel.as_deref().filter(|_| self.message.envelope.kind.is_receipt());
        Ok(Parcel {
            id: stored.id,
            sender: self.sender,
            receiver: self.receiver,
            message_id: uuid(&facts.message_id)?,
            conversation_id: uuid(&facts.conversation_id)?,
            envelope: self.message.envelope.to_bytes(),
            package: Package { blob: package.blob, bytes: package.bytes },
            channel: channel.and_then(|name| name.parse().ok()),
            route,
            in_doubt_since,
        })
    }
}

pub(super) async fn look_up(app: &Exchange, message: &Message) -> Result<Option<ServiceRecord>, SendError> {
    let Some(receiver) = &message.facts.receiver else { return Ok(None) };
    let question = prepare::question(message, receiver)
        .map_err(|_| SendError::Never("the receiver is not a possible identifier".to_owned()))?;
    let entry = app.registry().look_up(&question).await.map_err(|error| {
        let reason = error.to_string();
        if error.is_temporary() { SendError::Later(reason) } else { SendError::Never(reason) }
    })?;
    let facts = &message.facts;
    let record = choose(&entry.records, Some(&facts.process), &facts.document_type);
    Ok(Some(record.map_err(|error| SendError::Never(error.to_string()))?.clone()))
}

/// The receiver's certificate; messages without files need none.
fn recipient(route: Option<&ServiceRecord>) -> Result<Option<Certificate>, SendError> {
    let pem = route.and_then(|record| record.certificate_pem.as_deref());
    let read = pem.map(Certificate::from_pem).transpose();
    read.map_err(|error| SendError::Later(format!("the receiver's certificate: {error}")))
}

fn fingerprint(certificate: Option<&Certificate>) -> Vec<u8> {
    certificate.map(|certificate| certificate.fingerprint().to_vec()).unwrap_or_default()
}

/// The package sealed by an earlier try, if it was for the certificate the receiver has now.
pub(super) fn sealed_for<'m>(
    message: &'m WithFiles,
    route: Option<&ServiceRecord>,
) -> Result<Option<&'m SealedPackage>, SendError> {
    let wanted = if message.files.is_empty() { Vec::new() } else { fingerprint(recipient(route)?.as_ref()) };
    Ok(message.message.package.as_ref().filter(|package| package.recipient == wanted))
}

pub(super) async fn seal(
    app: &Exchange,
    message: &WithFiles,
    outgoing: &Outgoing,
    route: Option<&ServiceRecord>,
) -> Result<SealedPackage, SendError> {
    let blob = BlobKey::new(KIND, app.random().uuid_v7(app.now()));
    let recipient = if message.files.is_empty() { None } else { recipient(route)? };
    let print = fingerprint(recipient.as_ref());
    let sealing = prepare_sealing(app, message, outgoing, recipient)?;
    let (blobs, into) = (Arc::clone(app.blobs()), blob.clone());
    let envelope = outgoing.message.envelope.to_bytes();
    let sealed = tokio::task::spawn_blocking(move || match sealing {
        Some(sealing) => seal::seal(&blobs, sealing, &into),
        None => seal::seal_envelope(&blobs, &envelope, &into),
    });
    let sealed = sealed.await.map_err(|_| SendError::Later("packing was interrupted".to_owned()))?;
    let bytes = sealed.map_err(|error| {
        let reason = format!("the message could not be packed: {error}");
        if error.is_temporary() { SendError::Later(reason) } else { SendError::Never(reason) }
    })?;
    let package = SealedPackage { blob, bytes, recipient: print };
    let (id, kept, now) = (message.message.id, package.clone(), app.now());
    let known = match app.store().write(move |tx| sql::set_package(tx, id, &kept, now)).await {
        Ok(known) => known,
        Err(error) => {
            // The next try seals again, and must not fill the disk with packages that nobody needs.
            let in_doubt = matches!(error, store::Error::OutcomeUnknown);
            sweep::drop_after_failure(app, vec![package.blob], sql::names_blob, in_doubt).await;
            return Err(error.into());
        }
    };
    let stale = message.message.package.iter().map(|old| old.blob.clone());
    let gone = (!known).then(|| package.blob.clone());
    app.drop_blobs(stale.chain(gone).collect()).await;
    if known { Ok(package) } else { Err(SendError::Stale(Stale)) }
}

fn prepare_sealing(
    app: &Exchange,
    message: &WithFiles,
    outgoing: &Outgoing,
    recipient: Option<Certificate>,
) -> Result<Option<Sealing>, SendError> {
    if message.files.is_empty() {
        return Ok(None);
    }
    let none = || SendError::Never("the registry has no certificate for the receiver".to_owned());
    let recipient = recipient.ok_or_else(none)?;
    if !recipient.is_valid_at(app.unix_now()) {
        return Err(SendError::Later("the receiver's certificate is not valid now".to_owned()));
    }
    recipient.check_key().map_err(|error| SendError::Never(error.to_string()))?;
    Ok(Some(Sealing {
        envelope: outgoing.message.envelope.to_bytes(),
        sender: Participant::organization(outgoing.sender).wire(),
        receiver: outgoing.receiver.wire(),
        documents: message.in_order(),
        recipient,
        signer: app.identity(),
        signed_at: app.unix_now(),
    }))
}
