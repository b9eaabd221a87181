//! What gateways are built upon: tokens, a registry, a broker's client.

use std::sync::{Arc, LazyLock};

use auth::caller::TokenKind;
use auth::directory::Directory;
use auth::local_issuer::{Environment, LocalIssuerConfig, LocalTokens};
use auth::{LocalIssuer, SigningKey, Verifier};
use exchange::registry::embedded::{self, EmbeddedRegistry, Registration};
use exchange::registry::hosted::{self, HostedRegistry, SignatureTrust};
use exchange::transports::dpo::{self, Dpo};
use reqwest::Client;
use store::Store;
use store::blobs::{Blobs, FileBlobs};
use tempfile::TempDir;
use types::random::Random;
use types::time::Clock;
use url::Url;

use super::pki::{PKI, credential_of};
use super::{A, B, C, org};

pub(super) struct Outside<'a> {
    pub(super) clock: &'a Clock,
    pub(super) issuer: &'a LocalIssuer,
    pub(super) broker: &'a Url,
    pub(super) registry: &'a Url,
}

pub(super) fn folder_for_blobs(folder: &TempDir, name: &str) -> Arc<dyn Blobs> {
    Arc::new(FileBlobs::open(&folder.path().join(name)).expect("a folder for blobs"))
}

pub(super) fn issuer(clock: &Clock) -> LocalIssuer {
    static KEY: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::generate().expect("a key"));
    let address = Url::parse("http://issuer.localhost/").expect("a URL");
    let config = LocalIssuerConfig::at(address, Environment::Development, Arc::new(Directory::default()));
    LocalIssuer::new(config, KEY.clone(), clock.clone(), Random::system()).expect("an issuer")
}

pub(super) fn verifier(issuer: &LocalIssuer, clock: &Clock) -> Verifier {
    let issuers = [TokenKind::Altinn, TokenKind::Maskinporten].map(|kind| issuer.trusted(kind));
    Verifier::new(issuers.into(), Arc::new(Directory::default()), clock.clone())
}

pub(super) async fn registry(store: Store, issuer: &LocalIssuer, clock: &Clock) -> EmbeddedRegistry {
    let registry = EmbeddedRegistry::new(embedded::Parts {
        store,
        verifier: verifier(issuer, clock),
        signing: PKI.credentials[2].clone(),
        clock: clock.clone(),
        config: embedded::Config { open: true, ..embedded::Config::default() },
    });
    let registry = registry.expect("a registry");
    for number in [A, B, C] {
        let pem = PKI.credentials[credential_of(number)].certificate_pem();
        let registration = Registration::standard(org(number), number, pem, "http://broker.localhost/");
        registry.register(registration).await.expect("it can be registered");
    }
    registry
}

pub(super) fn hosted_registry(http: &Client, outside: &Outside<'_>) -> HostedRegistry {
    let keys = format!("{}/jwk", outside.registry).parse().expect("a URL");
    let config = hosted::Config { url: outside.registry.clone(), ..hosted::Config::default() };
    let registry = HostedRegistry::new(hosted::Parts {
        http: http.clone(),
        tokens: None,
        trust: SignatureTrust::Published(keys),
        clock: outside.clock.clone(),
        config,
    });
    registry.expect("a registry")
}

pub(super) fn channel(served: &[&str], http: &Client, blobs: &Arc<dyn Blobs>, outside: &Outside<'_>) -> Dpo {
    let user = |number: &&str| dpo::SystemUserConfig { org: org(number), name: None };
    let config = dpo::Config {
        broker_url: outside.broker.clone(),
        system_users: served.iter().map(user).collect(),
        ..dpo::Config::default()
    };
    let tokens = LocalTokens::new(outside.issuer.clone(), org(served[0]), TokenKind::Altinn);
    let parts = dpo::Parts { http: http.clone(), tokens: Arc::new(tokens), blobs: Arc::clone(blobs), config };
    Dpo::new(parts).expect("a channel")
}
