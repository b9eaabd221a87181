//! The folder channel: messages go to another system as files, and come from it as files.
//!
//! It stands in for a channel that is reached over the network: messages of DPV, DPI, DPF, DPE or DPH appear
//! in a folder, where another system (a printing house, a specialist system) takes them, and messages for us
//! come in by another. `docs/folders.md` describes both for whoever writes the other system.
//!
//! [`put`] lets things appear whole, [`take`] takes them out, [`content`] reads them, [`opened`] keeps links out
//! of the way, [`layout`] says what is inside, [`receipts`]
//! reads answers and [`overlay`] leads receivers here that the registry leads elsewhere.

mod arrivals;
mod config;
pub(crate) mod content;
pub(crate) mod layout;
mod opened;
mod overlay;
pub(crate) mod put;
mod receipts;
mod send;
pub(crate) mod take;

use std::collections::HashMap;
use std::io;
use std::sync::Arc;

use async_trait::async_trait;
use store::blobs::{BlobKey, Blobs};
use types::OrgNumber;
use types::random::Random;
use uuid::Uuid;

use super::{
    Arrival, Arrivals, Cursor, Fetched, Health, Outline, Packing, Parcel, Plan, Receipt, Refusal, Sent,
    Sighting, Transport, TransportError, Watched, swallows_receipts,
};
use crate::config::Config;
use crate::message::{Actor, MessageType};
use crate::registry::ServiceIdentifier;
use crate::trays::TrayConfig;
use crate::{Parts, SetupError};
use put::Outlet;
use take::Inlet;

pub use config::{FolderConfig, FolderConfigError, FolderProcess, Form, ReceiverRule, WhenTaken};
pub use overlay::FolderRegistry;

/// The folders of one channel.
pub struct FolderChannel {
    service: ServiceIdentifier,
    folders: Arc<Vec<Folder>>,
    /// The organizations we receive for.
    own: Vec<OrgNumber>,
    blobs: Arc<dyn Blobs>,
    random: Random,
}

/// One pair of folders.
struct Folder {
    config: FolderConfig,
    outlet: Option<Outlet>,
    inlet: Option<Inlet>,
}

impl Folder {
    fn of(config: &FolderConfig) -> Self {
        Self {
            outlet: config.outgoing.clone().map(Outlet::new),
            inlet: config.incoming.clone().map(Inlet::new),
            config: config.clone(),
        }
    }
}

/// The channels that these sections make, one for each service.
///
/// # Errors
/// When a section cannot work.
pub fn channels(
    sections: &[FolderConfig],
    own: &[OrgNumber],
    blobs: &Arc<dyn Blobs>,
    random: &Random,
) -> Result<Vec<Arc<dyn Transport>>, FolderConfigError> {
    let mut services: Vec<ServiceIdentifier> = Vec::new();
    let mut folders: HashMap<ServiceIdentifier, Vec<Folder>> = HashMap::new();
    for (at, section) in sections.iter().enumerate() {
        section.check(&sections[..at])?;
        let service = section.service();
        if !services.contains(&service) {
            services.push(service);
        }
        folders.entry(service).or_default().push(Folder::of(section));
    }
    let channel = |service: ServiceIdentifier| {
        let folders = Arc::new(folders.remove(&service).unwrap_or_default());
        let (own, blobs, random) = (own.to_vec(), Arc::clone(blobs), random.clone());
        Arc::new(FolderChannel { service, folders, own, blobs, random }) as Arc<dyn Transport>
    };
    Ok(services.into_iter().map(channel).collect())
}

/// Adds the channels that folders make to a gateway, switched on, and leads receivers to them. Trays are
/// looked at too, since what is wrong with them is wrong in the same way.
pub(crate) fn plug_in(parts: &mut Parts) -> Result<(), SetupError> {
    TrayConfig::check_all(&parts.config.trays)?;
    let folders = &parts.config.folders;
    let channels = channels(folders, &[parts.organization], &parts.blobs, &parts.random)?;
    for channel in &channels {
        let service = channel.service();
        if !Config::lists(&parts.config.services, service) {
            parts.config.services.push(service.to_string());
        }
    }
    parts.registry = FolderRegistry::before(Arc::clone(&parts.registry), folders);
    parts.transports.extend(channels);
    Ok(())
}

impl FolderChannel {
    /// The folder that has messages to this receiver.
    fn folder_for(&self, receiver: Option<&Actor>) -> Option<&Folder> {
        self.folders.iter().find(|folder| folder.config.is_for(receiver))
    }

    /// The folder and the rest of a reference of ours, `<folder>/<rest>`.
    fn resolve<'f, 'r>(folders: &'f [Folder], reference: &'r str) -> Option<(&'f Folder, &'r str)> {
        let (name, rest) = reference.split_once('/')?;
        Some((folders.iter().find(|folder| folder.config.name == name)?, rest))
    }

    fn this_try(&self) -> Uuid {
        self.random.uuid_v4()
    }

    /// Does something on the disk with the folders, on a thread that may block.
    async fn on_disk<T: Send + 'static>(
        &self,
        work: impl FnOnce(&[Folder]) -> Result<T, TransportError> + Send + 'static,
    ) -> Result<T, TransportError> {
        let folders = Arc::clone(&self.folders);
        let done = tokio::task::spawn_blocking(move || work(&folders)).await;
        done.map_err(|_| TransportError::unknown("the work on the folder was interrupted"))?
    }
}

#[async_trait]
impl Transport for FolderChannel {
    fn service(&self) -> ServiceIdentifier {
        self.service
    }

    fn receivers(&self) -> Vec<OrgNumber> {
        let receives = self.folders.iter().any(|folder| folder.inlet.is_some());
        if receives { self.own.clone() } else { Vec::new() }
    }

    fn largest_package(&self) -> Option<u64> {
        None
    }

    fn plan(&self, outline: &Outline<'_>) -> Result<Plan, Refusal> {
        let kind = outline.envelope.kind;
        if kind.is_receipt() && swallows_receipts(self.service) {
            return Ok(Plan::Settled(super::TOLD_AT_ONCE.to_vec()));
        }
        let found = if kind == MessageType::Status {
            self.folders.iter().find(|folder| folder.config.statuses && folder.outlet.is_some())
        } else {
            self.folder_for(outline.receiver)
        };
        match found {
            Some(folder) => Ok(Plan::Send(match folder.config.form {
                Form::Files => Packing::Files,
                Form::Asice => Packing::Container { manifest: true, sealed: None },
                Form::Package => Packing::TransportZip,
            })),
            None if kind == MessageType::Status => Ok(Plan::Settled(Vec::new())),
            None => Err(Refusal::NotHere(format!("no folder of {} is for this receiver", self.service))),
        }
    }

    async fn send(&self, parcel: &Parcel) -> Result<Sent, TransportError> {
        self.put_parcel(parcel).await
    }

    async fn statuses(&self, watched: &[Watched]) -> Result<Vec<Sighting>, TransportError> {
        let watched = watched.to_vec();
        self.on_disk(move |folders| send::look_for(folders, &watched)).await
    }

    async fn receipts(&self) -> Result<Vec<Receipt>, TransportError> {
        self.on_disk(|folders| Ok(receipts::waiting(folders))).await
    }

    async fn settle(&self, receipt: &Receipt) -> Result<(), TransportError> {
        let handle = receipt.handle.clone();
        self.on_disk(move |folders| receipts::remove(folders, &handle)).await
    }

    async fn arrivals(&self, receiver: OrgNumber, from: Option<Cursor>) -> Result<Arrivals, TransportError> {
        let (own, this_try) = (self.own.clone(), self.this_try());
        let found =
            move |folders: &[Folder]| arrivals::waiting(folders, receiver, &own, this_try, from.as_ref());
        self.on_disk(found).await
    }

    async fn fetch(&self, arrival: &Arrival, into: &BlobKey) -> Result<Fetched, TransportError> {
        let (blobs, reference, into) = (Arc::clone(&self.blobs), arrival.reference.clone(), into.clone());
        self.on_disk(move |folders| arrivals::fetch(folders, &reference, &blobs, &into)).await
    }

    async fn confirm(&self, arrival: &Arrival) -> Result<(), TransportError> {
        let reference = arrival.reference.clone();
        self.on_disk(move |folders| arrivals::confirm(folders, &reference)).await
    }

    async fn refuse(&self, arrival: &Arrival, reason: &str) -> Result<(), TransportError> {
        let (reference, reason) = (arrival.reference.clone(), reason.to_owned());
        self.on_disk(move |folders| arrivals::refuse(folders, &reference, &reason)).await
    }

    async fn health(&self) -> Health {
        let looked = self.on_disk(|folders| Ok(look(folders))).await;
        looked.unwrap_or_else(|error| Health::down(error.to_string()))
    }
}

/// Whether every folder can be used, and how much was refused.
fn look(folders: &[Folder]) -> Health {
    let mut rejected = 0;
    for Folder { config, outlet, inlet } in folders {
        let usable = outlet.as_ref().map_or(Ok(()), Outlet::is_usable);
        let usable = usable.and_then(|()| inlet.as_ref().map_or(Ok(()), Inlet::prepare));
        if let Err(error) = usable {
            return Health::down(format!("the folder {} cannot be used: {error}", config.name));
        }
        rejected += inlet.as_ref().map_or(0, Inlet::rejected);
    }
    Health::up(format!("{} folders can be used; {rejected} messages lie rejected", folders.len()))
}

/// What went wrong on the disk: it may pass, and somebody may do something about it.
#[expect(clippy::needless_pass_by_value, reason = "it is where errors end")]
fn failure(error: io::Error) -> TransportError {
    TransportError::temporary(format!("the folder: {error}"))
}
