//! From a stored message to a sealed package: sender and receiver as the channel shall see them, the
//! way to the receiver, and the package, which an earlier try may have left.

use std::fmt::Write as _;
use std::sync::Arc;

use asic::Certificate;
use jiff::Timestamp;
use jobs::Stale;
use store::Tx;
use store::blobs::BlobKey;
use types::{OrgNumber, Participant};
use uuid::Uuid;

use super::model::{OutMessage, SealedPackage, WithFiles};
use super::send::{KIND, SendError};
use super::{prepare, sql};
use crate::conversations::Direction;
use crate::identities::ALARM_DAYS;
use crate::message::document::Document;
use crate::message::{Actor, Envelope, Message, Partner};
use crate::packaging::seal::{self, Form, Parties, Sealing};
use crate::registry::{ServiceRecord, choose};
use crate::trace::note::{self, Note};
use crate::transports::{BlobSource, Loose, Outline, Package, Packing, Parcel, Plan, Refusal, Transport};
use crate::{Exchange, sweep};

/// A message as it goes over the channel: the sender without whoever acts for it.
pub(super) struct Outgoing {
    pub(super) message: Message,
    sender: Actor,
    organization: OrgNumber,
}

impl Outgoing {
    pub(super) fn of(stored: &OutMessage, app: &Exchange) -> Result<Self, SendError> {
        let mut envelope =
            Envelope::read(stored.sbd.as_bytes()).map_err(|error| SendError::Never(error.to_string()))?;
        let message = Message::of(envelope.clone(), app.now(), app.default_deadline())
            .map_err(|error| SendError::Never(error.to_string()))?;
        let (sender, organization) = match message.facts.sender.organization() {
            Some(sender) => {
                let participant = Participant::organization(sender);
                envelope.header.sender = Some(vec![Partner::new(participant.wire())]);
                (Actor::Participant(participant), sender)
            }
            // An actor in health belongs to whoever runs this gateway for it.
            None => (message.facts.sender.clone(), stored.owner),
        };
        Ok(Self { message: Message { envelope, ..message }, sender, organization })
    }

    /// What its channel wants to be done with it.
    pub(super) fn plan(
        &self,
        transport: &dyn Transport,
        route: Option<&ServiceRecord>,
        files: &[Document],
    ) -> Result<Plan, SendError> {
        let receiver = self.message.facts.receiver.as_ref();
        let envelope = &self.message.envelope;
        let planned = transport.plan(&Outline { envelope, receiver, route, files: Some(files) });
        planned.map_err(|refusal: Refusal| SendError::Never(refusal.to_string()))
    }

    pub(super) fn parcel(
        self,
        stored: &WithFiles,
        package: Option<SealedPackage>,
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
            id: stored.message.id,
            sender: self.sender,
            organization: self.organization,
            receiver: facts.receiver.clone(),
            message_id: uuid(&facts.message_id)?,
            conversation_id: uuid(&facts.conversation_id)?,
            envelope: self.message.envelope.to_bytes(),
            package: package.map(|package| Package { blob: package.blob, bytes: package.bytes }),
            files: stored.in_order(),
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
    let entry = app.registry().look_up(&question.fresh()).await.map_err(|error| {
        let reason = error.to_string();
        if error.is_temporary() { SendError::Later(reason) } else { SendError::Never(reason) }
    })?;
    let facts = &message.facts;
    let record = choose(&entry.records, Some(&facts.process), &facts.document_type);
    Ok(Some(record.map_err(|error| SendError::Never(error.to_string()))?.clone()))
}

/// The receiver's certificate.
fn recipient(route: Option<&ServiceRecord>) -> Result<Option<Certificate>, SendError> {
    let pem = route.and_then(|record| record.certificate_pem.as_deref());
    let read = pem.map(Certificate::from_pem).transpose();
    read.map_err(|error| SendError::Later(format!("the receiver's certificate: {error}")))
}

/// Tells packages apart that were sealed in different ways: for which certificate, and in which form.
fn mark(message: &WithFiles, packing: Packing, recipient: Option<&Certificate>) -> Vec<u8> {
    let print = || recipient.map(|certificate| certificate.fingerprint().to_vec()).unwrap_or_default();
    match packing {
        Packing::TransportZip if message.files.is_empty() => Vec::new(),
        Packing::TransportZip => print(),
        Packing::Container { sealed: Some(_), .. } => [&b"sealed "[..], &print()].concat(),
        Packing::Container { .. } => b"container".to_vec(),
        Packing::Files => b"files".to_vec(),
    }
}

/// The certificate that a message is encrypted for, if it is.
fn recipient_for(
    message: &WithFiles,
    packing: Packing,
    route: Option<&ServiceRecord>,
) -> Result<Option<Certificate>, SendError> {
    let encrypts = matches!(packing, Packing::TransportZip | Packing::Container { sealed: Some(_), .. });
    if encrypts && !message.files.is_empty() { recipient(route) } else { Ok(None) }
}

/// The message as it is to be packed: what an earlier try left, if it fits, or a new package. `None`
/// where nothing is packed.
pub(super) async fn packed(
    app: &Exchange,
    message: &WithFiles,
    outgoing: &Outgoing,
    route: Option<&ServiceRecord>,
    packing: Packing,
) -> Result<Option<SealedPackage>, SendError> {
    let nothing = match packing {
        Packing::TransportZip => false,
        Packing::Container { .. } => message.files.is_empty(),
        Packing::Files => true,
    };
    if nothing {
        return Ok(None);
    }
    let recipient = recipient_for(message, packing, route)?;
    let wanted = mark(message, packing, recipient.as_ref());
    match message.message.package.as_ref().filter(|package| package.recipient == wanted) {
        Some(package) => Ok(Some(package.clone())),
        None => seal(app, message, outgoing, packing, recipient).await.map(Some),
    }
}

async fn seal(
    app: &Exchange,
    message: &WithFiles,
    outgoing: &Outgoing,
    packing: Packing,
    recipient: Option<Certificate>,
) -> Result<SealedPackage, SendError> {
    let blob = BlobKey::new(KIND, app.random().uuid_v7(app.now()));
    let print = mark(message, packing, recipient.as_ref());
    let certificate = recipient.as_ref().map(|certificate| in_hex(&certificate.fingerprint()));
    let sealing = prepare_sealing(app, message, outgoing, packing, recipient)?;
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
    let (doing, about, kept) = (app.clone(), message.message.clone(), package.clone());
    let note = Note::Sealed { bytes, certificate };
    let keep = move |tx: &mut Tx<'_>| {
        let known = sql::set_package(tx, about.id, &kept, doing.now())?;
        let of = (about.owner, about.message_id.as_str(), Direction::Outgoing);
        note::write(&doing, tx, of, &note, None).map(|()| known)
    };
    let known = match app.store().write(keep).await {
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

/// As people compare fingerprints.
pub(super) fn in_hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn prepare_sealing(
    app: &Exchange,
    message: &WithFiles,
    outgoing: &Outgoing,
    packing: Packing,
    recipient: Option<Certificate>,
) -> Result<Option<Sealing>, SendError> {
    if message.files.is_empty() {
        return Ok(None);
    }
    let recipient = || {
        let none = || SendError::Never("the registry has no certificate for the receiver".to_owned());
        usable(app, recipient.ok_or_else(none)?)
    };
    let envelope = outgoing.message.envelope.to_bytes();
    let (form, manifest) = match packing {
        Packing::TransportZip => (Form::TransportZip { envelope, recipient: recipient()? }, true),
        Packing::Container { manifest, sealed: Some(keys) } => {
            (Form::Sealed { recipient: recipient()?, keys }, manifest)
        }
        Packing::Container { manifest, sealed: None } => (Form::Plain, manifest),
        Packing::Files => return Ok(None),
    };
    let (sender, receiver) = (outgoing.sender.wire(), outgoing.message.facts.receiver.as_ref());
    let parties = receiver.map(|receiver| Parties { sender, receiver: receiver.wire() });
    let loose = |file: Document| Loose {
        name: file.name,
        media_type: Some(file.media_type),
        source: Arc::new(BlobSource { blobs: Arc::clone(app.blobs()), key: file.blob }),
    };
    Ok(Some(Sealing {
        form,
        parties: parties.filter(|_| manifest),
        documents: message.in_order().into_iter().map(loose).collect(),
        signer: app.identity(),
        signed_at: app.unix_now(),
    }))
}

/// A certificate that may be encrypted for now.
fn usable(app: &Exchange, recipient: Certificate) -> Result<Certificate, SendError> {
    if !recipient.is_valid_at(app.unix_now()) {
        return Err(SendError::Later("the receiver's certificate is not valid now".to_owned()));
    }
    recipient.check_key().map_err(|error| SendError::Never(error.to_string()))?;
    let days_left = recipient.not_after().0.saturating_sub(app.unix_now().0) / 86_400;
    if i64::try_from(days_left).is_ok_and(|days| days < ALARM_DAYS[0]) {
        let receiver = recipient.organization_number().unwrap_or_default();
        tracing::warn!(
            receiver,
            days_left,
            "a receiver's certificate runs out; then nothing can be sent there"
        );
    }
    Ok(recipient)
}
