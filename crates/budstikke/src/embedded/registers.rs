//! The embedded contact register in the dialects of the registers that it stands in for, on
//! `listen.services` below `/registers`, so that another node, or another system, can be pointed at it.

use std::sync::Arc;

use async_trait::async_trait;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use notify::recipients::registers::{EmbeddedRegister, RegisterError};
use serde::Serialize;
use serde::de::DeserializeOwned;
use simulators::ContactRegister;
use simulators::contact_register::{Account, Grant, Organization, Person, Source, Unavailable};
use types::time::Clock;
use types::{NationalId, OrgNumber};

/// Bytes of a question at most.
const LARGEST_QUESTION: usize = 16 << 20;

/// What the register answers.
pub(crate) fn registers_router(register: &EmbeddedRegister, clock: &Clock) -> Router {
    let source = Arc::new(FromStore(register.clone()));
    let routes = ContactRegister::new(source, clock.clone()).router();
    Router::new().nest("/registers", routes.layer(DefaultBodyLimit::max(LARGEST_QUESTION)))
}

#[derive(Debug)]
struct FromStore(EmbeddedRegister);

/// Both sides have the form of the register's file, so what one writes the other reads.
fn as_served<R: Serialize, S: DeserializeOwned>(
    found: Result<Vec<R>, RegisterError>,
) -> Result<Vec<S>, Unavailable> {
    let found = found.map_err(|error| {
        tracing::warn!(%error, "the embedded register cannot be served");
        Unavailable
    })?;
    serde_json::to_value(found).and_then(serde_json::from_value).map_err(|_| {
        tracing::error!("a record of the embedded register cannot be served");
        Unavailable
    })
}

#[async_trait]
impl Source for FromStore {
    async fn persons(&self, ids: &[NationalId]) -> Result<Vec<Person>, Unavailable> {
        as_served(self.0.person_records(ids).await)
    }

    async fn organizations(&self, numbers: &[OrgNumber]) -> Result<Vec<Organization>, Unavailable> {
        as_served(self.0.organization_records(numbers).await)
    }

    async fn parties(&self, parties: &[i64]) -> Result<Vec<Organization>, Unavailable> {
        as_served(self.0.organization_records_at(parties).await)
    }

    async fn accounts(&self, usernames: &[String]) -> Result<Vec<Account>, Unavailable> {
        as_served(self.0.account_records(usernames).await)
    }

    async fn grants(&self, parties: &[i64]) -> Result<Vec<Grant>, Unavailable> {
        as_served(self.0.grant_records(parties).await)
    }
}
