//! A registry of our own; can run alone.
//!
//! It knows organizations, what they take part in and the certificate that their messages are
//! encrypted to. It answers in the process through [`Registry`] and over HTTP as the national one
//! does, signed where the client takes `application/jose`. Citizens and actors in health are known with
//! what leads to their channels.
//!
//! # Endpoints, below `/adressetjeneste`
//!
//! | | |
//! |---|---|
//! | `GET /identifier/{id}`, `GET /identifier/{id}/process/{process}` | [`look_up`] |
//! | `GET /info/{id}` | [`info`] |
//! | `GET /virksert/{id}` | [`virksert`] |
//! | `GET /sastoken` | [`sastoken`] |
//! | `GET /jwk` | the key that answers are signed with, without authentication |
//!
//! [`operate`] is for operators, on a listener of their own. [`organizations`], [`citizens`] and [`health`]
//! hold the rules.

mod answer;
mod citizens;
mod config;
pub mod file;
mod health;
mod info;
mod look_up;
mod operate;
mod organizations;
mod problem;
mod processes;
mod register;
mod reply;
mod sastoken;
mod sql;
pub(crate) mod sql_people;
mod virksert;

use std::sync::Arc;

use async_trait::async_trait;
use auth::Verifier;
use auth::authority::Credential;
use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use jsonwebtoken::jwk::JwkSet;
use store::Store;
use types::OrgNumber;
use types::random::Random;
use types::time::Clock;

use super::jws::Signer;
use super::{Entry, Identifier, InfoRecord, LookUpError, Question, Registry};

pub use super::jws::SigningError;
pub use citizens::{Citizen, Name};
pub use config::{Config, PrintProvider, ReturnAddress};
pub use health::Actor;
pub use processes::{
    ARKIVMELDING, ARKIVMELDING_PROCESSES, ARKIVMELDING_RESPONSE, AVTALT, AVTALT_RESPONSE, DIGITAL_POST_INFO,
    DIGITAL_POST_VEDTAK, HEALTH, HEALTH_RESPONSE, ProcessRegistration, bus_processes, standard_processes,
};
pub use register::{RegisterError, Registration, Subject};

/// What the registry is made of.
pub struct Parts {
    /// Its rows.
    pub store: Store,
    /// Whose tokens it believes.
    pub verifier: Verifier,
    /// The key that signs its answers, and the key's certificate.
    pub signing: Credential,
    /// Its time.
    pub clock: Clock,
    /// Its section of the configuration.
    pub config: Config,
}

/// The registry. Cheap to clone.
#[derive(Clone)]
pub struct EmbeddedRegistry(Arc<Inner>);

struct Inner {
    store: Store,
    verifier: Verifier,
    signer: Signer,
    clock: Clock,
    random: Random,
    config: Config,
}

impl EmbeddedRegistry {
    /// A registry over these parts.
    pub fn new(parts: Parts) -> Result<Self, SigningError> {
        let Parts { store, verifier, signing, clock, config } = parts;
        let signer = Signer::new(&signing)?;
        Ok(Self(Arc::new(Inner { store, verifier, signer, clock, random: Random::system(), config })))
    }

    /// Every endpoint, with its full path from the root.
    pub fn router(&self) -> Router {
        let endpoints = Router::new()
            .route("/identifier/{id}", get(look_up::all))
            .route("/identifier/{id}/process/{process}", get(look_up::one_process))
            .route("/info/{id}", get(info::handle))
            .route("/virksert/{id}", get(virksert::handle))
            .route("/sastoken", get(sastoken::handle))
            .route("/jwk", get(jwk))
            .with_state(self.clone());
        Router::new().nest("/adressetjeneste", endpoints)
    }
}

/// `GET /adressetjeneste/jwk`: one key, the one that signs.
async fn jwk(State(registry): State<EmbeddedRegistry>) -> Json<JwkSet> {
    Json(registry.0.signer.published().clone())
}

#[async_trait]
impl Registry for EmbeddedRegistry {
    async fn look_up(&self, question: &Question) -> Result<Entry, LookUpError> {
        Ok(self.answer(question.clone()).await?)
    }

    async fn info(&self, who: &Identifier) -> Result<InfoRecord, LookUpError> {
        Ok(self.info_about(who.clone()).await?)
    }

    async fn certificate(&self, org: OrgNumber) -> Result<String, LookUpError> {
        Ok(self.certificates_of(org).await?.0)
    }
}
