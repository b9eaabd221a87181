//! The web console: pages made by the server for the people who run it, in English and Norwegian (bokmål),
//! readable without JavaScript.
//!
//! A folder is a family of pages. [`PAGES`] names them all: it mounts their routes and makes the
//! navigation. A page is a handler with a [`Visitor`] or a [`Posted`] form, words in both languages, and a
//! template that extends `frame.html` and holds a [`Frame`]; [`page`] turns it into an answer.
//!
//! Who sits before a browser signs in ([`sign_in`]) and has a [`Role`]. Commands and scripts show the user
//! and password of the API instead and reach what is made for them, and no page.

mod assets;
pub mod audit;
mod config;
mod contacts;
mod erasure;
mod frame;
mod guard;
mod history;
mod language;
mod messages;
mod moment;
mod overview;
pub mod page;
mod plot;
mod posted;
mod program;
mod retention;
mod role;
mod routes;
mod search;
mod shipments;
pub mod sign_in;
mod simulators;
mod timeline;
mod try_it;
mod users;
mod visitor;
mod webhooks;

use std::sync::Arc;
use std::time::Duration;

use ::simulators::{FileStore, MailCloud, SmsGateway, Smsc, SmtpSink};
use auth::LocalIssuer;
use auth::openid::Provider;
use axum::Router;
use axum::middleware::{from_fn, map_response_with_state};
use axum::response::Redirect;
use axum::routing::get;
use exchange::Exchange;
use exchange::registry::embedded::EmbeddedRegistry;
use jiff::Timestamp;
use notify::Notify;
use notify::recipients::registers::EmbeddedRegister;
use store::Store;
use tokio_util::sync::CancellationToken;
use types::OrgNumber;
use types::random::Random;
use url::Url;

pub use config::{Config, Oidc};
pub use frame::{Frame, Section};
use guard::Jar;
pub use history::Measure;
pub use language::Language;
pub use page::Refusal;
pub use posted::Posted;
pub use program::{Asker, Program};
pub use role::Role;
use sign_in::{Accounts, ProviderError};
pub use visitor::Visitor;

use history::History;

/// Between two looks for sessions and attempts that are over.
const TIDY_EVERY: Duration = Duration::from_secs(600);

/// A family of pages: where it stands in the navigation, if it does, and its routes.
struct Family {
    section: Option<Section>,
    routes: fn() -> Router<Console>,
}

/// Every family of pages, in any order: the navigation has an order of its own.
const PAGES: &[Family] = &[
    Family { section: Some(Section::Overview), routes: overview::router },
    Family { section: Some(Section::Search), routes: search::router },
    Family { section: None, routes: shipments::router },
    Family { section: None, routes: messages::router },
    Family { section: Some(Section::Contacts), routes: contacts::router },
    Family { section: Some(Section::Webhooks), routes: webhooks::router },
    Family { section: Some(Section::Routes), routes: routes::router },
    Family { section: Some(Section::Simulators), routes: simulators::router },
    Family { section: Some(Section::TryIt), routes: try_it::router },
    Family { section: Some(Section::Audit), routes: audit::router },
    Family { section: Some(Section::Users), routes: users::router },
    Family { section: Some(Section::Retention), routes: retention::router },
    Family { section: None, routes: erasure::router },
];

/// What the console is given.
pub struct Parts {
    /// Where everything is kept, users and sessions too.
    pub store: Store,
    /// The notification service.
    pub notify: Notify,
    /// The message gateway.
    pub exchange: Exchange,
    /// The embedded contact register.
    pub register: EmbeddedRegister,
    /// What stands in for the outside world.
    pub simulated: Simulated,
    /// The organization that runs the server: its number and its short name.
    pub organization: (OrgNumber, String),
    /// Makes tokens for trying things out, where the embedded issuer is on.
    pub issuer: Option<LocalIssuer>,
    /// Where the server itself is reached, from this machine.
    pub here: Url,
    /// Whether anything here is for development and trial only.
    pub is_trial: bool,
    /// Whether the server itself speaks TLS.
    pub speaks_tls: bool,
    /// The `[console]` section.
    pub config: Config,
}

/// The simulators that are switched on.
#[derive(Clone, Default)]
pub struct Simulated {
    /// The SMS gateway.
    pub sms_gateway: Option<SmsGateway>,
    /// The SMPP message centre.
    pub smsc: Option<Smsc>,
    /// The capturing mail server.
    pub mail: Option<SmtpSink>,
    /// The cloud mail service.
    pub mail_cloud: Option<MailCloud>,
    /// The file store.
    pub files: Option<FileStore>,
    /// The registry.
    pub registry: Option<EmbeddedRegistry>,
}

/// The console. Clones are the same console.
#[derive(Clone)]
pub struct Console(Arc<Inner>);

struct Inner {
    parts: Parts,
    random: Random,
    accounts: Accounts,
    provider: Option<Provider>,
    http: reqwest::Client,
    history: History,
}

impl Console {
    /// Puts the console together.
    pub fn new(parts: Parts) -> Result<Self, ProviderError> {
        let outside = outside(&parts);
        let oidc = parts.config.oidc.as_ref();
        let provider = oidc.map(|oidc| sign_in::provider(oidc, &outside, parts.store.clock())).transpose()?;
        let (random, accounts) = (Random::system(), Accounts::new(parts.store.clone()));
        let http = web::plain_client()?;
        let history = History::new(&parts.store, random.uuid_v4().to_string());
        Ok(Self(Arc::new(Inner { parts, random, accounts, provider, http, history })))
    }

    /// Every page. `/` leads to them.
    pub fn router(&self) -> Router {
        let around = sign_in::router().merge(assets::router());
        let pages = PAGES.iter().fold(around, |all, family| all.merge((family.routes)()));
        let pages = pages
            .route("/console/", get(|| async { Redirect::permanent("/console") }))
            .layer(map_response_with_state(self.clone(), guard::dressed))
            .layer(from_fn(guard::keep_language))
            .with_state(self.clone());
        pages.route("/", get(|| async { Redirect::temporary("/console") }))
    }

    /// What goes on in the background, until told to stop.
    pub async fn run(self, stop: CancellationToken) {
        tokio::join!(self.0.history.run(stop.clone()), self.tidy(&stop));
    }

    /// Has everything that `/manage` tells measured like this, once the server runs.
    pub fn measure_with(&self, measure: Measure) {
        self.0.history.measure_with(measure);
    }

    async fn tidy(&self, stop: &CancellationToken) {
        loop {
            if let Err(error) = sign_in::tidy(self.store(), self.now()).await {
                tracing::warn!(%error, "sessions that are over could not be removed; tried again later");
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(TIDY_EVERY) => {}
            }
        }
    }

    /// Where everything is kept.
    pub fn store(&self) -> &Store {
        &self.0.parts.store
    }

    /// The notification service.
    pub fn notify(&self) -> &Notify {
        &self.0.parts.notify
    }

    /// The message gateway.
    pub fn exchange(&self) -> &Exchange {
        &self.0.parts.exchange
    }

    /// The embedded contact register.
    pub fn register(&self) -> &EmbeddedRegister {
        &self.0.parts.register
    }

    /// The simulators that are switched on.
    pub fn simulated(&self) -> &Simulated {
        &self.0.parts.simulated
    }

    /// What the figures are and were.
    pub(crate) fn history(&self) -> &History {
        &self.0.history
    }

    /// The organization that runs the server: its number and its short name.
    pub fn organization(&self) -> (OrgNumber, &str) {
        let (number, name) = &self.0.parts.organization;
        (*number, name)
    }

    /// Now, as all nodes see it.
    pub fn now(&self) -> Timestamp {
        self.0.parts.store.clock().now()
    }

    /// Where ids come from.
    pub fn random(&self) -> &Random {
        &self.0.random
    }

    /// Those who may sign in.
    pub(crate) fn accounts(&self) -> &Accounts {
        &self.0.accounts
    }

    /// The provider of OpenID Connect, where one is configured.
    pub(crate) fn provider(&self) -> Option<&Provider> {
        self.0.provider.as_ref()
    }

    /// Calls our own APIs.
    pub(crate) fn http(&self) -> &reqwest::Client {
        &self.0.http
    }

    fn config(&self) -> &Config {
        &self.0.parts.config
    }

    fn parts(&self) -> &Parts {
        &self.0.parts
    }

    /// How our cookies are named and marked.
    fn jar(&self) -> Jar {
        let port = self.parts().here.port_or_known_default().unwrap_or_default();
        if self.is_secure() { Jar::Secure } else { Jar::Plain(port) }
    }

    /// Whether browsers come over TLS, to us or to a proxy before us.
    fn is_secure(&self) -> bool {
        outside(self.parts()).scheme() == "https"
    }
}

/// Where browsers reach us.
fn outside(parts: &Parts) -> Url {
    let mut address = parts.config.address.clone().unwrap_or_else(|| parts.here.clone());
    if parts.config.address.is_none() && parts.speaks_tls {
        // from http to https nothing can be in the way
        let _ = address.set_scheme("https");
    }
    address
}
