//! DPO, between agencies: over the Altinn 3 broker, or our own of the same protocol.
//!
//! **Sending** is announce, upload, and look whether it was published. Only an upload can have an
//! effect that receivers see, so only an upload can leave us in doubt. A parcel whose earlier try is in
//! doubt is looked for among our own transfers first: its id is the transfer's reference, or a property
//! where the reference names a message channel.
//!
//! **Receiving** lists what is waiting under `Initialized`, and what an earlier fetch began and never
//! confirmed under `DownloadStarted`, where the broker would otherwise let it lie until it expires.

mod calls;
mod config;
mod earlier;
mod failure;
mod progress;
mod receive;
mod send;
mod wire;

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use auth::{SystemUser, TokenSource};
use reqwest::Client;
use store::blobs::{BlobKey, Blobs};
use types::OrgNumber;

use super::{
    Arrival, Arrivals, Cursor, Fetched, Health, Outline, Packing, Parcel, Plan, Refusal, Sent, Sighting,
    Transport, TransportError, Watched,
};
use crate::message::Actor;
use crate::registry::ServiceIdentifier;
use calls::Calls;

pub use calls::ClientError;
pub use config::{Config, SystemUserConfig};

/// What the channel is made of.
pub struct Parts {
    /// The client for services that an operator has configured; uploads have one of their own.
    pub http: Client,
    /// Where tokens for the broker come from: for the hosted one, exchanged tokens.
    pub tokens: Arc<dyn TokenSource>,
    /// Where packages are and arrivals go.
    pub blobs: Arc<dyn Blobs>,
    /// Its section of the configuration.
    pub config: Config,
}

/// The channel.
pub struct Dpo {
    calls: Calls,
    blobs: Arc<dyn Blobs>,
    config: Config,
    users: Vec<SystemUser>,
    /// Transfers for other installations of our organizations, so that they are looked at once.
    foreign: Mutex<HashSet<String>>,
}

impl Dpo {
    /// The channel over these parts.
    pub fn new(parts: Parts) -> Result<Self, ClientError> {
        let Parts { http, tokens, blobs, config } = parts;
        let calls = Calls::new(http, tokens, &config)?;
        let users = config.system_users.iter().map(SystemUserConfig::system_user).collect();
        Ok(Self { calls, blobs, config, users, foreign: Mutex::default() })
    }

    /// The system user that may act for this organization.
    fn user(&self, org: OrgNumber) -> Result<&SystemUser, TransportError> {
        let found = self.users.iter().find(|user| user.org == org);
        found.ok_or_else(|| TransportError::permanent(format!("no system user is configured for {org}")))
    }
}

#[async_trait]
impl Transport for Dpo {
    fn service(&self) -> ServiceIdentifier {
        ServiceIdentifier::Dpo
    }

    fn receivers(&self) -> Vec<OrgNumber> {
        self.users.iter().map(|user| user.org).collect()
    }

    fn largest_package(&self) -> Option<u64> {
        Some(self.config.largest_package_bytes)
    }

    fn plan(&self, outline: &Outline<'_>) -> Result<Plan, Refusal> {
        match outline.receiver.and_then(Actor::organization) {
            Some(_) => Ok(Plan::Send(Packing::TransportZip)),
            None => Err(Refusal::Message("DPO reaches organizations only".to_owned())),
        }
    }

    async fn send(&self, parcel: &Parcel) -> Result<Sent, TransportError> {
        self.send_parcel(parcel).await
    }

    async fn statuses(&self, watched: &[Watched]) -> Result<Vec<Sighting>, TransportError> {
        self.look_at(watched).await
    }

    async fn arrivals(&self, receiver: OrgNumber, from: Option<Cursor>) -> Result<Arrivals, TransportError> {
        self.list_arrivals(receiver, from).await
    }

    async fn fetch(&self, arrival: &Arrival, into: &BlobKey) -> Result<Fetched, TransportError> {
        let bytes = self.fetch_arrival(arrival, into).await?;
        Ok(Fetched::TransportZip { bytes })
    }

    async fn confirm(&self, arrival: &Arrival) -> Result<(), TransportError> {
        self.confirm_arrival(arrival).await
    }

    async fn health(&self) -> Health {
        self.ask_broker().await
    }
}
