//! The development token issuer: its key in the data directory, its routes on `listen.services`.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use auth::local_issuer::{DevToken, Environment, ExchangeError, GrantForm, LocalIssuerConfig};
use auth::verify::RefusalKind;
use auth::{LocalIssuer, SigningKey, TokenKind};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Form, Json, Router};
use store::DataDir;
use types::Secret;
use types::random::Random;
use types::time::Clock;

use crate::catalogue::entries::start;
use crate::config::{Config, Surroundings};

/// The issuer of this data directory, named after the address of the embedded services.
pub(crate) fn issuer(config: &Config, services: SocketAddr) -> Result<LocalIssuer> {
    DataDir::make(&config.data_dir)?;
    let key = SigningKey::load_or_create(&config.data_dir.join("issuer-key.pem"))
        .context(start::IDENTITY.says("the embedded issuer's key cannot be read or made"))?;
    let address = config.services_url(services)?;
    let environment = match config.environment {
        Surroundings::Development => Environment::Development,
        Surroundings::Production => Environment::Production,
    };
    let settings = LocalIssuerConfig::at(address, environment, Arc::new(config.directory()));
    LocalIssuer::new(settings, key, Clock::system(), Random::system()).context("the embedded issuer")
}

/// A token for the configured organization that opens the Notify API for an hour.
pub(crate) fn own_token(config: &Config, issuer: &LocalIssuer) -> Result<Secret> {
    let wanted = DevToken {
        kind: TokenKind::Altinn,
        org: config.organization.number,
        name: Some(config.organization.name.clone()),
        supplier: None,
        scopes: "altinn:serviceowner/notifications.create".to_owned(),
        lifetime: Duration::from_secs(3_600),
    };
    issuer.issue_as(&wanted).context("a token could not be signed")
}

/// Metadata, keys, grants and the exchange.
pub(crate) fn issuer_router(issuer: LocalIssuer) -> Router {
    Router::new()
        .route("/.well-known/oauth-authorization-server", get(metadata))
        .route("/jwks", get(jwks))
        .route("/token", post(token))
        .route("/authentication/api/v1/exchange/maskinporten", get(exchange))
        .with_state(issuer)
}

async fn metadata(State(issuer): State<LocalIssuer>) -> Response {
    Json(issuer.metadata()).into_response()
}

async fn jwks(State(issuer): State<LocalIssuer>) -> Response {
    Json(issuer.jwks()).into_response()
}

async fn token(State(issuer): State<LocalIssuer>, Form(form): Form<GrantForm>) -> Response {
    match issuer.token(&form) {
        Ok(token) => ([(header::CACHE_CONTROL, "no-store")], Json(token.body())).into_response(),
        Err(error) => {
            let status = StatusCode::from_u16(error.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            (status, Json(error)).into_response()
        }
    }
}

async fn exchange(State(issuer): State<LocalIssuer>, headers: HeaderMap) -> Response {
    let Ok(token) = web::bearer::from_headers(&headers) else {
        return StatusCode::UNAUTHORIZED.into_response();
    };
    match issuer.exchange(token.reveal()).await {
        Ok(exchanged) => exchanged.reveal().clone().into_response(),
        Err(ExchangeError::Refused(refusal)) if refusal.kind() == RefusalKind::Forbidden => {
            (StatusCode::FORBIDDEN, refusal.to_string()).into_response()
        }
        Err(ExchangeError::Refused(refusal)) => {
            (StatusCode::UNAUTHORIZED, refusal.to_string()).into_response()
        }
        Err(ExchangeError::Key(_)) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
