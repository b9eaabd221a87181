//! A door that hostile tokens are tried on, by property tests and by the fuzzer alike.

use std::sync::Arc;

use auth::local_issuer::{DevToken, Environment, GrantForm, LocalIssuerConfig, WhoMayAsk};
use auth::{Caller, Directory, LocalIssuer, Refusal, SigningKey, TokenKind, Verifier};
use serde_json::Value;
use types::Secret;
use types::random::Random;
use types::time::Clock;

const KINDS: [TokenKind; 3] = [TokenKind::Altinn, TokenKind::Maskinporten, TokenKind::PlatformAccess];
const ISSUER: &str = "http://localhost:9999/";
const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// An issuer with one key, and a verifier that believes it.
pub struct Door {
    issuer: LocalIssuer,
    verifier: Verifier,
    key: SigningKey,
    runtime: tokio::runtime::Runtime,
}

impl Door {
    pub fn new() -> Self {
        let clock = Clock::stepped("2026-03-02T10:15:00Z".parse().expect("a moment"));
        let directory = Arc::new(Directory::new(Vec::new()));
        let address = ISSUER.parse().expect("an address");
        let config = LocalIssuerConfig {
            who_may_ask: WhoMayAsk::RegisteredClients,
            ..LocalIssuerConfig::at(address, Environment::Development, Arc::clone(&directory))
        };
        let key = SigningKey::generate().expect("a key");
        let random = Random::system();
        let issuer = LocalIssuer::new(config, key.clone(), clock.clone(), random).expect("an issuer");
        let trusted = KINDS.map(|kind| issuer.trusted(kind)).to_vec();
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        Self { verifier: Verifier::new(trusted, directory, clock), issuer, key, runtime }
    }

    /// A token that opens the door.
    pub fn good(&self) -> String {
        let wanted = DevToken {
            kind: TokenKind::Altinn,
            org: "991825827".parse().expect("a number"),
            name: Some("ttd".to_owned()),
            supplier: None,
            scopes: "altinn:serviceowner/notifications.create".to_owned(),
            lifetime: std::time::Duration::from_secs(60),
        };
        self.issuer.issue_as(&wanted).expect("a token").reveal().clone()
    }

    pub fn verify(&self, token: &str) -> Result<Caller, Refusal> {
        self.runtime.block_on(self.verifier.verify(token, &KINDS))
    }

    /// Shows a text that nobody has signed wherever tokens are taken: it opens nothing.
    pub fn show(&self, text: &str) {
        let token = auth::verify::bearer(Some(text)).unwrap_or(text);
        assert!(self.verify(token).is_err(), "it opened the door");
        let form = GrantForm { grant_type: GRANT.to_owned(), assertion: Secret::new(text.to_owned()) };
        assert!(self.issuer.token(&form).is_err(), "it was granted a token");
        assert!(self.runtime.block_on(self.issuer.exchange(text)).is_err(), "it was exchanged");
    }

    /// Shows claims of any form under a good signature: only those of a known issuer, within their time,
    /// open the door.
    pub fn show_signed(&self, claims: &Value) {
        let Ok(token) = self.key.sign(claims) else { return };
        if self.verify(token.reveal()).is_ok() {
            let now = self.now();
            assert!(claims["exp"].as_f64().is_some_and(|exp| exp > now - 11.0), "it had expired");
            assert!(claims["iss"].is_string(), "it named no issuer");
        }
        let form = GrantForm { grant_type: GRANT.to_owned(), assertion: Secret::new(token.reveal().clone()) };
        assert!(self.issuer.token(&form).is_err(), "a stranger was granted a token");
    }

    #[expect(clippy::unused_self, reason = "the door's clock stands")]
    const fn now(&self) -> f64 {
        1_772_446_500.0
    }
}
