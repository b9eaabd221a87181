//! Signing people in at a provider of OpenID Connect: discovery, the authorization code flow with PKCE, and ID
//! tokens. See docs/decisions/0014-openid-connect.md for why this is our own.
//!
//! ```text
//!  begin ──► the browser goes to the provider ──► comes back with a code ──► redeem ──► Identity
//!  state, nonce, verifier are kept by the caller        state must fit       nonce must fit
//! ```

mod discovery;
mod id_token;
mod redeem;

use std::fmt;
use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};
use types::Secret;
use types::time::Clock;
use url::Url;

use crate::issuer_keys::{IssuerKeys, KeyLocation, KeyPatience};
use crate::verify::Refusal;
use discovery::Discovery;

/// Our client at a provider.
#[derive(Clone, Debug)]
pub struct ClientAtProvider {
    /// The provider's name, exactly as its tokens carry it.
    pub issuer: String,
    /// What it calls us.
    pub client_id: String,
    /// What we prove it with; a public client has none, and PKCE alone.
    pub client_secret: Option<Secret>,
    /// What is asked for besides `openid`.
    pub scopes: Vec<String>,
    /// Where browsers are sent back to.
    pub redirect: Url,
}

/// A provider of OpenID Connect. Keeps what it has learnt of it.
pub struct Provider {
    client: ClientAtProvider,
    http: reqwest::Client,
    clock: Clock,
    keys: IssuerKeys,
    discovery: Discovery,
}

/// What belongs to one sign-in, and to nobody else's: 256 random bits each.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// Comes back in the address.
    pub state: Secret,
    /// Comes back in the ID token.
    pub nonce: Secret,
    /// Proves that whoever redeems the code is who asked for it (RFC 7636).
    pub verifier: Secret,
}

/// Somebody whom the provider has signed in.
#[derive(Clone)]
pub struct Identity {
    /// The provider's name for them, which never becomes somebody else's.
    pub subject: String,
    /// What the ID token says, and the user info where the token did not say enough.
    pub claims: Map<String, Value>,
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Identity(…)")
    }
}

/// Why nobody was signed in. Never holds what a token says.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenIdError {
    /// The provider cannot be asked now.
    #[error("the provider cannot be reached or does not answer as it must: {0}")]
    Unavailable(String),
    /// It did not take the code.
    #[error("the provider refuses the code ({0})")]
    CodeRefused(String),
    /// The ID token cannot be believed.
    #[error("the ID token is refused: {0}")]
    Token(#[from] Refusal),
    /// The ID token belongs to another sign-in.
    #[error("the ID token has another nonce")]
    Nonce,
    /// The ID token was made for another client.
    #[error("the ID token was made for another client")]
    OtherClient,
    /// The ID token names nobody.
    #[error("the ID token names nobody")]
    Nobody,
}

impl Attempt {
    /// A new one.
    pub fn draw() -> Self {
        let draw = || {
            let mut bytes = [0; 32];
            aws_lc_rs::rand::fill(&mut bytes).expect("the operating system has randomness");
            Secret::new(URL_SAFE_NO_PAD.encode(bytes))
        };
        Self { state: draw(), nonce: draw(), verifier: draw() }
    }

    /// What the provider sees of the verifier beforehand.
    fn challenge(&self) -> String {
        URL_SAFE_NO_PAD.encode(digest(&SHA256, self.verifier.reveal().as_bytes()))
    }
}

impl Provider {
    /// A provider that nothing is known of yet. Its name must be an address.
    pub fn new(
        client: ClientAtProvider,
        http: reqwest::Client,
        clock: Clock,
    ) -> Result<Self, url::ParseError> {
        let issuer = client.issuer.clone();
        let metadata = discovery::address(&Url::parse(&issuer)?);
        let discovery = Discovery::new(metadata.clone(), issuer.clone());
        let patience = KeyPatience { between_unknown: Duration::from_secs(30), ..KeyPatience::default() };
        let location = KeyLocation::Metadata { url: metadata, issuer };
        let keys = IssuerKeys::fetched(location, patience, http.clone(), clock.clone());
        Ok(Self { client, http, clock, keys, discovery })
    }

    /// The provider's name.
    pub fn issuer(&self) -> &str {
        &self.client.issuer
    }

    /// Where the browser is sent to.
    pub async fn begin(&self, attempt: &Attempt) -> Result<Url, OpenIdError> {
        let mut to = self.discovery.found(&self.http, &self.clock).await?.authorization_endpoint.clone();
        let others = self.client.scopes.iter().map(String::as_str).filter(|scope| *scope != "openid");
        let scopes: Vec<&str> = std::iter::once("openid").chain(others).collect();
        to.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.client.client_id)
            .append_pair("redirect_uri", self.client.redirect.as_str())
            .append_pair("scope", &scopes.join(" "))
            .append_pair("state", attempt.state.reveal())
            .append_pair("nonce", attempt.nonce.reveal())
            .append_pair("code_challenge", &attempt.challenge())
            .append_pair("code_challenge_method", "S256");
        Ok(to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_challenge_is_the_one_of_the_standard() {
        // RFC 7636, appendix B.
        let verifier = Secret::new("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".to_owned());
        let attempt = Attempt { verifier, ..Attempt::draw() };
        assert_eq!(attempt.challenge(), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }

    #[test]
    fn no_two_attempts_are_alike() {
        let (one, other) = (Attempt::draw(), Attempt::draw());
        assert_ne!(one.state, other.state);
        assert_ne!(one.nonce, one.verifier);
        assert_eq!(one.verifier.reveal().len(), 43, "RFC 7636 wants 43 to 128 characters");
    }
}
