//! Takes in one message that a channel offers.
//!
//! Bytes are fetched into a blob, opened and verified, stored in one commit; only then is the channel
//! told. A crash anywhere before means that the channel offers the message again, a crash after the
//! commit means that the repeat is recognised. What cannot be opened or believed is set aside, kept,
//! and confirmed, so that it never comes in the way of others.

use std::sync::Arc;

use store::blobs::BlobKey;

use super::opening::{interrupted_by, limits, open_container, pack};
use super::sql::{self, Aside};
use super::store_arrival::{self, Verdict};
use crate::message::{Actor, Envelope, Message, MessageType};
use crate::packaging::open::{self, OpenError, Wrapped};
use crate::packaging::seal;
use crate::transports::{Arrival, Fetched, Loose, Transport, TransportError};
use crate::{Exchange, lanes, sweep};

/// The kind of blobs that packages are, as they came.
pub(crate) const PACKAGE: &str = "in-package";
/// The kind of blobs that decrypted containers are.
pub(crate) const CONTAINER: &str = "in-container";

/// Why an arrival is not taken in now. It will be offered again.
#[derive(Debug, thiserror::Error)]
pub(super) enum TakeError {
    #[error("the channel: {0}")]
    Channel(#[from] TransportError),
    #[error("the store: {0}")]
    Store(#[from] store::Error),
    #[error("our own blobs: {0}")]
    Ours(OpenError),
    #[error("our own blobs: {0}")]
    Packing(seal::SealError),
    #[error("it has {bytes} bytes, and exchange.receive_limit_bytes allows {limit}")]
    TooLarge { bytes: u64, limit: u64 },
    #[error("whether to believe its signer cannot be found out now: {0}")]
    Doubtful(String),
    #[error("the program stops")]
    Stopping,
}

impl TakeError {
    /// Whether rows may have been written all the same.
    const fn is_in_doubt(&self) -> bool {
        matches!(self, Self::Store(store::Error::OutcomeUnknown))
    }
}

/// An arrival that is here and read as far as its envelope.
pub(super) enum Brought {
    /// It was set aside before; only the channel does not know yet.
    Aside,
    /// Its bytes are in the blob; files that came loose are still with the channel.
    Package { package: BlobKey, loose: bool, read: Box<Read> },
}

/// The inner error is why the package is not believed.
type Read = Result<(Message, Contents), String>;

impl Brought {
    /// The conversation it belongs to; what belongs to one is taken in in the order in which it came.
    pub(super) fn conversation(&self) -> Option<&str> {
        match self {
            Self::Package { read, .. } => {
                read.as_ref().as_ref().ok().map(|(message, _)| message.facts.conversation_id.as_str())
            }
            Self::Aside => None,
        }
    }
}

/// Fetches an arrival and reads its envelope.
pub(super) async fn bring(
    app: &Exchange,
    transport: &dyn Transport,
    arrival: &Arrival,
) -> Result<Brought, TakeError> {
    let (own, service, reference) = (app.own(), transport.service(), arrival.reference.clone());
    if app.store().read(move |tx| sql::is_set_aside(tx, own, service, &reference)).await? {
        return Ok(Brought::Aside);
    }
    let limit = app.config().receive_limit_bytes;
    if let Some(bytes) = arrival.bytes.filter(|bytes| *bytes > limit) {
        return Err(TakeError::TooLarge { bytes, limit });
    }
    let package = BlobKey::new(PACKAGE, app.random().uuid_v7(app.now()));
    let fetched = transport.fetch(arrival, &package).await?;
    let loose = matches!(fetched, Fetched::Loose { .. });
    match read(app, arrival, (!loose).then_some(&package), fetched).await {
        Ok(read) => Ok(Brought::Package { package, loose, read: Box::new(read) }),
        Err(error) => Err(forget(app, package, error).await),
    }
}

/// Takes in what was brought, and confirms it.
pub(super) async fn take_in(
    app: &Exchange,
    transport: &dyn Transport,
    arrival: &Arrival,
    brought: Brought,
) -> Result<(), TakeError> {
    if let Brought::Package { package, loose, read } = brought {
        // Files that are still outside are set aside there.
        let kept = decide(app, transport, arrival, (!loose).then_some(&package), *read).await;
        match kept {
            Ok(Kept::Package) => {}
            Ok(Kept::Nothing) => app.drop_blobs(vec![package]).await,
            Ok(Kept::Outside(reason)) => {
                app.drop_blobs(vec![package]).await;
                return Ok(transport.refuse(arrival, &reason).await?);
            }
            Err(error) => return Err(forget(app, package, error).await),
        }
        app.webhooks().ring();
        app.0.wake.ring(lanes::statuses(transport.service()));
    }
    transport.confirm(arrival).await?;
    Ok(())
}

/// Drops the package of an arrival that will be offered again.
async fn forget(app: &Exchange, package: BlobKey, error: TakeError) -> TakeError {
    sweep::drop_after_failure(app, vec![package], sql::names_blob, error.is_in_doubt()).await;
    error
}

/// What of an arrival is still needed after the commit.
enum Kept {
    Nothing,
    /// It was set aside, package and all.
    Package,
    /// It is not believed, for this reason, and its files stay with the channel.
    Outside(String),
}

/// What came beside the envelope.
pub(super) enum Contents {
    Nothing,
    /// A container, somewhere in the package.
    Container(Wrapped),
    /// Files that stay with the channel until they are packed here.
    Loose(Vec<Loose>),
}

async fn decide(
    app: &Exchange,
    transport: &dyn Transport,
    arrival: &Arrival,
    package: Option<&BlobKey>,
    read: Read,
) -> Result<Kept, TakeError> {
    let (message, contents) = match read {
        Ok((message, _)) if message.envelope.kind == MessageType::Status => {
            let (doing, service) = (app.clone(), transport.service());
            app.store().write(move |tx| store_arrival::status(&doing, tx, service, &message)).await?;
            return Ok(Kept::Nothing);
        }
        Ok(read) => read,
        Err(reason) => {
            return set_aside(app, transport, arrival, package, None, reason).await;
        }
    };
    loop {
        match judge(app, transport, arrival, &message).await? {
            Verdict::Settled => return Ok(Kept::Nothing),
            Verdict::OtherSender => {
                let reason = "its message id has come in before from another sender".to_owned();
                return set_aside(app, transport, arrival, package, None, reason).await;
            }
            Verdict::New => {}
        }
        let kept = open_and_store(app, transport, arrival, package, &message, &contents).await?;
        // When somebody else has stored one of this id meanwhile, it is no longer new.
        if let Some(kept) = kept {
            return Ok(kept);
        }
    }
}

async fn judge(
    app: &Exchange,
    transport: &dyn Transport,
    arrival: &Arrival,
    message: &Message,
) -> Result<Verdict, TakeError> {
    let (own, id, now) = (app.own(), message.facts.message_id.clone(), app.now());
    // Nearly all are new, and storing them finds out when that is no longer so.
    if message.facts.expires > now && !app.store().read(move |tx| sql::has_come_in(tx, own, &id)).await? {
        return Ok(Verdict::New);
    }
    let (doing, message, reference) = (app.clone(), message.clone(), arrival.reference.clone());
    let service = transport.service();
    let judged = app.store().write(move |tx| store_arrival::judge(&doing, tx, service, &message, &reference));
    Ok(judged.await?)
}

/// Reads the envelope and holds it against what the channel says.
async fn read(
    app: &Exchange,
    arrival: &Arrival,
    package: Option<&BlobKey>,
    fetched: Fetched,
) -> Result<Read, TakeError> {
    let (envelope, contents) = match (fetched, package) {
        (Fetched::TransportZip { .. }, Some(package)) => match look_inside(app, package).await? {
            Ok(inside) => inside,
            Err(reason) => return Ok(Err(reason)),
        },
        (Fetched::Container { envelope, sealed }, Some(package)) => {
            let wrapped = if sealed { Wrapped::Sealed } else { Wrapped::Plain };
            (envelope.to_vec(), Contents::Container(wrapped(package.clone())))
        }
        (Fetched::Loose { envelope, documents }, _) if !documents.is_empty() => {
            (envelope.to_vec(), Contents::Loose(documents))
        }
        (fetched, _) => (fetched.envelope().to_vec(), Contents::Nothing),
    };
    let message = Envelope::read_arrived(&envelope).map_err(|error| format!("sbd.json: {error}"));
    let message = message.and_then(|envelope| {
        let message = Message::of(envelope, app.now(), app.default_deadline());
        message.map_err(|error| format!("sbd.json: {error}"))
    });
    Ok(message.and_then(|message| {
        agrees(&message, arrival)?;
        Ok((message, contents))
    }))
}

/// Finds the envelope in a transport zip. The inner error is why the package is not believed.
async fn look_inside(
    app: &Exchange,
    package: &BlobKey,
) -> Result<Result<(Vec<u8>, Contents), String>, TakeError> {
    let (blobs, key, limits) = (Arc::clone(app.blobs()), package.clone(), limits(app));
    let looking = tokio::task::spawn_blocking(move || open::look_inside(&blobs, &key, &limits));
    match looking.await {
        Ok(Ok(inside)) => {
            let wrapped = || Contents::Container(Wrapped::TransportZip(package.clone()));
            let contents = if inside.has_container { wrapped() } else { Contents::Nothing };
            Ok(Ok((inside.envelope, contents)))
        }
        Err(interrupted) => interrupted_by(&interrupted).map(Err),
        Ok(Err(error)) if error.is_ours() => Err(TakeError::Ours(error)),
        Ok(Err(error)) => Ok(Err(error.to_string())),
    }
}

/// What the envelope claims must be what the channel has checked.
fn agrees(message: &Message, arrival: &Arrival) -> Result<(), String> {
    if let Some(sender) = arrival.sender.filter(|it| message.facts.sender.organization() != Some(*it)) {
        return Err(format!("the channel says it is from {sender}, the envelope does not"));
    }
    let receiver = message.facts.receiver.as_ref();
    // An actor in health has no organization number that the envelope could name.
    let in_health = matches!(receiver, Some(Actor::Health(_)));
    if !in_health && receiver.and_then(Actor::organization) != Some(arrival.receiver) {
        return Err(format!("the channel says it is for {}, the envelope does not", arrival.receiver));
    }
    Ok(())
}

/// Answers what is still needed, or `None` when somebody else has stored a message of this id.
async fn open_and_store(
    app: &Exchange,
    transport: &dyn Transport,
    arrival: &Arrival,
    package: Option<&BlobKey>,
    message: &Message,
    contents: &Contents,
) -> Result<Option<Kept>, TakeError> {
    let message = message.clone();
    let container = match contents {
        Contents::Nothing => Ok(None),
        Contents::Container(wrapped) => open_container(app, transport, wrapped, &message).await?,
        Contents::Loose(documents) => pack(app, documents).await?.map(Some),
    };
    let container = match container {
        Ok(container) => container,
        Err(reason) => {
            return set_aside(app, transport, arrival, package, Some(message), reason).await.map(Some);
        }
    };
    let blob = container.as_ref().map(|container| container.blob.clone());
    let (doing, service, reference) = (app.clone(), transport.service(), arrival.reference.clone());
    let stored = app
        .store()
        .write(move |tx| store_arrival::store(&doing, tx, service, &message, &reference, container.as_ref()));
    match stored.await {
        Ok(true) => Ok(Some(Kept::Nothing)),
        Ok(false) => {
            app.drop_blobs(blob.into_iter().collect()).await;
            Ok(None)
        }
        Err(error) => {
            let error = TakeError::from(error);
            let blobs = blob.into_iter().collect();
            sweep::drop_after_failure(app, blobs, sql::names_blob, error.is_in_doubt()).await;
            Err(error)
        }
    }
}

async fn set_aside(
    app: &Exchange,
    transport: &dyn Transport,
    arrival: &Arrival,
    package: Option<&BlobKey>,
    message: Option<Message>,
    reason: String,
) -> Result<Kept, TakeError> {
    let service = transport.service();
    let Some(package) = package else { return Ok(Kept::Outside(reason)) };
    // File names of strangers are quoted in it, and a database keeps no NUL in texts.
    let reason = reason.replace('\0', "\u{fffd}");
    // The reason may name files, which are not for logs; the operator's list of such packages has it.
    tracing::warn!(%service, arrival.reference = %arrival.reference, "set a package aside");
    let message_id = message.as_ref().map(|message| message.facts.message_id.clone());
    let aside = Aside { message_id, reason, blob: package.clone() };
    let (doing, arrival) = (app.clone(), arrival.clone());
    let kept = app
        .store()
        .write(move |tx| store_arrival::set_aside(&doing, tx, service, &arrival, message.as_ref(), &aside));
    Ok(if kept.await? { Kept::Package } else { Kept::Nothing })
}
