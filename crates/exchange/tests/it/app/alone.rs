//! One gateway alone: a registry that says what the test wants, and channels that nothing leaves.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use exchange::Config;
use exchange::registry::{
    Entry, Identifier, InfoRecord, LookUpError, PostalAddress, Question, Registry, Service,
    ServiceIdentifier, ServiceRecord,
};
use exchange::transports::{
    Arrival, Arrivals, Cursor, Fetched, Health, Outline, Packing, Parcel, Plan, Receipt, Refusal, Sent,
    Sighting, Transport, TransportError, Watched,
};
use serde_json::{Value, json};
use store::blobs::BlobKey;
use tempfile::TempDir;
use types::OrgNumber;
use types::time::Clock;

use super::gateway::{Gateway, Plugged, Rows, Shared, options, start};
use super::outside::{folder_for_blobs, issuer, verifier};
use super::{A, clock};

/// The process that every record of [`Says`] is for.
pub const ANY: &str = "urn:no:difi:profile:test:ver1.0";

/// A gateway of A's without neighbours.
pub struct Alone {
    pub clock: Clock,
    pub gateway: Gateway,
    pub registry: Arc<Says>,
    tells: Told,
    _folder: TempDir,
}

impl Alone {
    /// Lets a channel tell this when it is asked next.
    pub fn tell(&self, service: ServiceIdentifier, receipt: Receipt) {
        self.tells.lock().expect("no panic").push((service, receipt));
    }
}

/// A registry that answers every question with the records it was given.
#[derive(Default)]
pub struct Says {
    pub records: Mutex<Vec<ServiceRecord>>,
    pub questions: Mutex<Vec<Question>>,
}

impl Says {
    /// Everybody takes this document type over this channel.
    pub fn takes(&self, service: ServiceIdentifier, document_type: &str) {
        self.records.lock().expect("no panic").push(record(service, document_type));
    }

    /// The same, with addresses for letters.
    pub fn takes_letters(&self, document_type: &str, to: PostalAddress, back: PostalAddress) {
        let record = record(ServiceIdentifier::Dpi, document_type);
        let record = ServiceRecord { post_address: Some(to), return_address: Some(back), ..record };
        self.records.lock().expect("no panic").push(record);
    }
}

fn record(service: ServiceIdentifier, document_type: &str) -> ServiceRecord {
    ServiceRecord::new("310000007", ANY, vec![document_type.to_owned()], Service::named(service))
}

#[async_trait]
impl Registry for Says {
    async fn look_up(&self, question: &Question) -> Result<Entry, LookUpError> {
        self.questions.lock().expect("no panic").push(question.clone());
        let records = self.records.lock().expect("no panic").clone();
        Ok(Entry { info: self.info(&question.receiver).await?, records })
    }

    async fn info(&self, who: &Identifier) -> Result<InfoRecord, LookUpError> {
        Ok(InfoRecord { identifier: who.wire(), name: None, entity_type: None, address: None, health: None })
    }

    async fn certificate(&self, _: OrgNumber) -> Result<String, LookUpError> {
        Err(LookUpError::NotFound("the tests' registry has no certificates".to_owned()))
    }
}

/// A channel that is always closed, but for what the test lets it tell.
struct Closed {
    service: ServiceIdentifier,
    tells: Told,
}

/// What channels have to tell.
type Told = Arc<Mutex<Vec<(ServiceIdentifier, Receipt)>>>;

#[async_trait]
impl Transport for Closed {
    fn service(&self) -> ServiceIdentifier {
        self.service
    }

    fn receivers(&self) -> Vec<OrgNumber> {
        Vec::new()
    }

    fn largest_package(&self) -> Option<u64> {
        None
    }

    async fn send(&self, _: &Parcel) -> Result<Sent, TransportError> {
        Err(TransportError::temporary("closed"))
    }

    fn plan(&self, _: &Outline<'_>) -> Result<Plan, Refusal> {
        Ok(Plan::Send(Packing::Files))
    }

    async fn statuses(&self, _: &[Watched]) -> Result<Vec<Sighting>, TransportError> {
        Err(TransportError::temporary("closed"))
    }

    async fn receipts(&self) -> Result<Vec<Receipt>, TransportError> {
        let told = self.tells.lock().expect("no panic");
        let ours = told.iter().filter(|(service, _)| *service == self.service);
        Ok(ours.map(|(_, receipt)| receipt.clone()).collect())
    }

    async fn settle(&self, receipt: &Receipt) -> Result<(), TransportError> {
        self.tells.lock().expect("no panic").retain(|(_, told)| told.handle != receipt.handle);
        Ok(())
    }

    async fn arrivals(&self, _: OrgNumber, _: Option<Cursor>) -> Result<Arrivals, TransportError> {
        Ok(Arrivals::default())
    }

    async fn fetch(&self, _: &Arrival, _: &BlobKey) -> Result<Fetched, TransportError> {
        Err(TransportError::temporary("closed"))
    }

    async fn confirm(&self, _: &Arrival) -> Result<(), TransportError> {
        Ok(())
    }

    async fn health(&self) -> Health {
        Health::down("closed")
    }
}

/// A gateway over every channel there is.
pub async fn alone(change: impl Fn(&mut Config) + Send + Sync + 'static) -> Alone {
    use ServiceIdentifier::{Dpe, Dpf, Dph, Dpi, Dpo, Dpv};
    let services = [Dpo, Dpv, Dpi, Dpf, Dpe, Dph];
    let registry = Arc::new(Says::default());
    let tells = Told::default();
    let closed = |service| Closed { service, tells: Arc::clone(&tells) };
    let plugged = Plugged {
        registry: registry.clone(),
        transports: services.map(|service| Arc::new(closed(service)) as Arc<dyn Transport>).into(),
    };
    alone_with(registry, tells, plugged, move |config| {
        config.services = services.map(|service| service.to_string()).into();
        change(config);
    })
    .await
}

/// The same over whatever its configuration makes, and nothing else.
pub async fn alone_over(change: impl Fn(&mut Config) + Send + Sync + 'static) -> Alone {
    let registry = Arc::new(Says::default());
    let plugged = Plugged { registry: registry.clone(), transports: Vec::new() };
    alone_with(registry, Told::default(), plugged, change).await
}

/// The same over nothing, with another registry.
pub async fn alone_asking(other: Arc<dyn Registry>) -> Alone {
    let plugged = Plugged { registry: other, transports: Vec::new() };
    alone_with(Arc::default(), Told::default(), plugged, |_| {}).await
}

async fn alone_with(
    registry: Arc<Says>,
    tells: Told,
    plugged: Plugged,
    change: impl Fn(&mut Config) + Send + Sync + 'static,
) -> Alone {
    let (folder, clock) = (tempfile::tempdir().expect("a folder"), clock());
    let commits = Arc::default();
    let rows = Rows::new(options(&commits));
    let shared = Shared { rows, blobs: folder_for_blobs(&folder, A) };
    let verifier = verifier(&issuer(&clock), &clock);
    let setup = super::world::Setup::with(change);
    let gateway = start(A, shared, commits, &clock, verifier, plugged, &setup).await;
    Alone { clock, gateway, registry, tells, _folder: folder }
}

/// A message of a type to an organization, in the process that the tests' registry knows.
pub fn to_anybody(kind: &str, standard: &str, body: impl Into<Value>) -> Value {
    to(json!({ "value": "0192:310000007", "authority": "iso6523-actorid-upis" }), kind, standard, body)
}

/// The same to this receiver.
pub fn to(receiver: impl Into<Value>, kind: &str, standard: &str, body: impl Into<Value>) -> Value {
    let (receiver, body): (Value, Value) = (receiver.into(), body.into());
    json!({
        "standardBusinessDocumentHeader": {
            "headerVersion": "1.0",
            "receiver": [{ "identifier": receiver }],
            "documentIdentification": { "standard": standard, "typeVersion": "2.0", "type": kind },
            "businessScope": { "scope": [{ "type": "ConversationId", "identifier": ANY }] },
        },
        kind: body,
    })
}
