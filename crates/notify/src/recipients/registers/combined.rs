//! One register of several, each answering what it was chosen for.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use auth::{SigningKey, TokenSource};
use reqwest::Client;
use types::time::Clock;
use types::{NationalId, OrgNumber};

use super::config::{
    AuthorizationFrom, NamesFrom, OrganizationsFrom, PersonsFrom, RegistersConfig, SelfIdentifiedFrom,
    UsersFrom,
};
use super::names::PlatformToken;
use super::{
    Authorization, Brreg, ContactRegister, EmbeddedRegister, ExternalContact, Freshness, Gathered, KnownName,
    Krr, Named, Names, OrganizationContact, Organizations, Pair, PartyNames, PartyNamesConfig, Pdp,
    PersonContact, Persons, Profile, RegisterError, SelfIdentified, UnitUser, UnitUsers, UserContact,
};
use crate::recipients::model::{ExternalIdentity, ResourceRight};

/// Who answers what.
#[derive(Clone, Debug)]
pub struct Registers {
    /// How persons are reached.
    pub persons: Arc<dyn Persons>,
    /// How persons without a national identity number are reached.
    pub self_identified: Arc<dyn SelfIdentified>,
    /// The official addresses of organizations.
    pub organizations: Arc<dyn Organizations>,
    /// Who has registered addresses of their own.
    pub users: Arc<dyn UnitUsers>,
    /// Who of them may receive.
    pub authorization: Arc<dyn Authorization>,
    /// Names for keywords.
    pub names: Arc<dyn Names>,
}

/// What registers are made of.
#[derive(Clone, Debug)]
pub struct RegisterParts {
    /// Our own register.
    pub embedded: EmbeddedRegister,
    /// Calls the others.
    pub client: Client,
    /// Our tokens from Maskinporten.
    pub tokens: Arc<dyn TokenSource>,
    /// The time.
    pub clock: Clock,
}

/// Why the configured registers cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RegisterSetupError {
    /// The file cannot be read.
    #[error("registers.register.platform_key_file cannot be read")]
    KeyFile(#[source] std::io::Error),
    /// The file holds no key that we can sign with.
    #[error("registers.register.platform_key_file holds no key")]
    Key(#[source] auth::signing_key::KeyError),
}

impl Registers {
    /// Our own register answers everything.
    pub fn embedded(register: &EmbeddedRegister) -> Self {
        let register = Arc::new(register.clone());
        Self {
            persons: register.clone(),
            self_identified: register.clone(),
            organizations: register.clone(),
            users: register.clone(),
            authorization: register.clone(),
            names: register,
        }
    }

    /// As configured. What many ask at the same time shares a call, where there are calls to share.
    pub fn from_config(
        config: &RegistersConfig,
        parts: &RegisterParts,
    ) -> Result<Arc<dyn ContactRegister>, RegisterSetupError> {
        let registers = Self::chosen(config, parts)?;
        if config.is_embedded() {
            return Ok(Arc::new(registers));
        }
        let window = Duration::from_millis(config.gather_milliseconds);
        Ok(Arc::new(Gathered::new(Arc::new(registers), window)))
    }

    /// The copy of the national feed of notification addresses. Somebody must run it, where it is asked.
    pub fn feed(config: &RegistersConfig, parts: &RegisterParts) -> Brreg {
        let RegisterParts { embedded, client, tokens, clock } = parts;
        let (tokens, store) = (Arc::clone(tokens), embedded.store().clone());
        Brreg::new(&config.brreg, &config.line(), client.clone(), tokens, store, clock.clone())
    }

    fn chosen(config: &RegistersConfig, parts: &RegisterParts) -> Result<Self, RegisterSetupError> {
        let RegisterParts { embedded, client, tokens, clock } = parts;
        let mut registers = Self::embedded(embedded);
        let freshness = Freshness::months(config.stale_after_months);
        let line = config.line();
        let profile = Arc::new(Profile::new(&config.profile, &line, client.clone(), clock.clone()));
        match config.persons {
            PersonsFrom::Embedded => {}
            PersonsFrom::Krr => {
                let (tokens, clock) = (Arc::clone(tokens), clock.clone());
                registers.persons =
                    Arc::new(Krr::new(&config.krr, &line, client.clone(), tokens, freshness, clock));
            }
            PersonsFrom::Profile => registers.persons = profile.clone(),
        }
        if config.self_identified == SelfIdentifiedFrom::Profile {
            registers.self_identified = profile.clone();
        }
        match config.organizations {
            OrganizationsFrom::Embedded => {}
            OrganizationsFrom::Profile => registers.organizations = profile.clone(),
            OrganizationsFrom::Brreg => registers.organizations = Arc::new(Self::feed(config, parts)),
        }
        match config.users {
            UsersFrom::Embedded => {}
            UsersFrom::Profile => registers.users = profile,
            UsersFrom::Nobody => registers.users = Arc::new(Nobody),
        }
        match config.authorization {
            AuthorizationFrom::Embedded => {}
            AuthorizationFrom::Pdp => {
                registers.authorization =
                    Arc::new(Pdp::new(&config.pdp, &line, client.clone(), clock.clone()));
            }
            AuthorizationFrom::AllowAll => registers.authorization = Arc::new(Everybody),
        }
        match config.names {
            NamesFrom::Embedded => {}
            NamesFrom::Register => {
                let token = platform_token(&config.register)?;
                let (client, clock) = (client.clone(), clock.clone());
                registers.names = Arc::new(PartyNames::new(&config.register, &line, client, token, clock));
            }
            NamesFrom::Nobody => registers.names = Arc::new(Nobody),
        }
        Ok(registers)
    }
}

fn platform_token(config: &PartyNamesConfig) -> Result<PlatformToken, RegisterSetupError> {
    if let Some(file) = &config.platform_key_file {
        let pem = std::fs::read_to_string(file).map_err(RegisterSetupError::KeyFile)?;
        let key = SigningKey::from_pem(&pem, config.platform_key_id.clone());
        return key.map(PlatformToken::Signed).map_err(RegisterSetupError::Key);
    }
    Ok(config.platform_access_token.clone().map_or(PlatformToken::None, PlatformToken::Fixed))
}

#[async_trait]
impl ContactRegister for Registers {
    async fn persons(
        &self,
        ids: &[NationalId],
        use_stale: bool,
    ) -> Result<Vec<PersonContact>, RegisterError> {
        self.persons.persons(ids, use_stale).await
    }

    async fn organizations(&self, numbers: &[OrgNumber]) -> Result<Vec<OrganizationContact>, RegisterError> {
        self.organizations.organizations(numbers).await
    }

    async fn users(
        &self,
        numbers: &[OrgNumber],
        right: &ResourceRight,
    ) -> Result<Vec<UserContact>, RegisterError> {
        let users = self.users.unit_users(numbers, &right.resource).await?;
        let pairs: Vec<Pair> = users.iter().map(|user| user.pair).collect();
        if pairs.is_empty() {
            return Ok(Vec::new());
        }
        let permitted = self.authorization.permitted(&pairs, right).await?;
        let may_receive = users.into_iter().filter(|user| permitted.contains(&user.pair));
        Ok(may_receive.map(|user| user.contact).collect())
    }

    async fn external_identities(
        &self,
        identities: &[ExternalIdentity],
    ) -> Result<Vec<ExternalContact>, RegisterError> {
        self.self_identified.external_identities(identities).await
    }

    async fn names(&self, of: &[Named]) -> Result<Vec<KnownName>, RegisterError> {
        self.names.names(of).await
    }
}

/// A register that nobody is in.
#[derive(Clone, Copy, Debug)]
pub struct Nobody;

#[async_trait]
impl UnitUsers for Nobody {
    async fn unit_users(&self, _: &[OrgNumber], _: &str) -> Result<Vec<UnitUser>, RegisterError> {
        Ok(Vec::new())
    }
}

#[async_trait]
impl Names for Nobody {
    async fn names(&self, _: &[Named]) -> Result<Vec<KnownName>, RegisterError> {
        Ok(Vec::new())
    }
}

/// Lets everybody receive. For development.
#[derive(Clone, Copy, Debug)]
pub struct Everybody;

#[async_trait]
impl Authorization for Everybody {
    async fn permitted(&self, pairs: &[Pair], _: &ResourceRight) -> Result<BTreeSet<Pair>, RegisterError> {
        Ok(pairs.iter().copied().collect())
    }
}
