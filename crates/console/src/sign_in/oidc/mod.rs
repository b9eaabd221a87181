//! Signing in at the organization's own provider of OpenID Connect.
//!
//! The account of somebody who comes from there is known by issuer and subject, which never become somebody
//! else's, and takes over name and role each time. Whoever has no role there is not let in.

mod back;
mod begin;
mod person;

use auth::openid::{ClientAtProvider, Provider};
use axum::Router;
use axum::routing::get;
use types::time::Clock;
use url::Url;

use crate::Console;
use crate::config::Oidc;

/// Where one goes off, and where one is sent back to.
pub(super) const BEGIN: &str = "/console/sign-in/oidc";
const BACK: &str = "/console/sign-in/oidc/back";
/// The cookie that ties a sign-in to the browser that began it.
const COOKIE: &str = "oidc";
/// Seconds that a sign-in may take at the provider.
const PATIENCE: u32 = 900;

pub(super) fn router() -> Router<Console> {
    Router::new().route(BEGIN, get(begin::begin)).route(BACK, get(back::back))
}

/// A provider could not be used as it is configured.
#[derive(Debug, thiserror::Error)]
pub enum ProviderError {
    /// Its name is no address.
    #[error("console.oidc.issuer is no address: {0}")]
    Issuer(#[from] url::ParseError),
    /// Nothing can call it.
    #[error(transparent)]
    Client(#[from] web::client::ClientError),
}

/// The configured provider; browsers reach us at `outside`.
pub(crate) fn provider(oidc: &Oidc, outside: &Url, clock: Clock) -> Result<Provider, ProviderError> {
    let client = ClientAtProvider {
        issuer: oidc.issuer.clone(),
        client_id: oidc.client_id.clone(),
        client_secret: oidc.client_secret.clone(),
        scopes: oidc.scopes.clone(),
        redirect: outside.join(BACK)?,
    };
    Ok(Provider::new(client, web::plain_client()?, clock)?)
}
