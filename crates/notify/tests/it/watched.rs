//! A register that counts how often it is asked for names.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use notify::recipients::registers::{
    ExternalContact, KnownName, Named, OrganizationContact, PersonContact, Registers, UserContact,
};
use notify::recipients::{ContactRegister, ExternalIdentity, RegisterError, ResourceRight};
use types::{NationalId, OrgNumber};

#[derive(Clone, Debug)]
pub struct Watched {
    pub register: Registers,
    pub names_asked: Arc<AtomicUsize>,
}

#[async_trait]
impl ContactRegister for Watched {
    async fn persons(
        &self,
        ids: &[NationalId],
        use_stale: bool,
    ) -> Result<Vec<PersonContact>, RegisterError> {
        self.register.persons(ids, use_stale).await
    }

    async fn organizations(&self, numbers: &[OrgNumber]) -> Result<Vec<OrganizationContact>, RegisterError> {
        self.register.organizations(numbers).await
    }

    async fn users(
        &self,
        numbers: &[OrgNumber],
        right: &ResourceRight,
    ) -> Result<Vec<UserContact>, RegisterError> {
        self.register.users(numbers, right).await
    }

    async fn external_identities(
        &self,
        identities: &[ExternalIdentity],
    ) -> Result<Vec<ExternalContact>, RegisterError> {
        self.register.external_identities(identities).await
    }

    async fn names(&self, of: &[Named]) -> Result<Vec<KnownName>, RegisterError> {
        self.names_asked.fetch_add(1, Ordering::Relaxed);
        self.register.names(of).await
    }
}
