//! Altinn's profile service, which keeps a copy of the contact register and of organizations' official
//! addresses, and knows what addresses persons have registered for themselves.
//!
//! Answers are matched by number, never by place.

use async_trait::async_trait;
use http::HeaderMap;
use reqwest::Client;
use serde::Deserialize;
use serde_json::{Value, json};
use types::time::Clock;
use types::{NationalId, OrgNumber};
use url::Url;

use super::config::LineConfig;
use super::line::{Failure, Line};
use super::profile_bodies::{ExternalBody, ListBody, OrganizationBody, PersonBody, UnitBody};
use super::{
    ExternalContact, OrganizationContact, Organizations, PersonContact, Persons, RegisterError,
    SelfIdentified, UnitUser, UnitUsers,
};
use crate::recipients::model::ExternalIdentity;

/// Where it is.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ProfileConfig {
    /// Its address, without `/profile/api/v1`. Default `http://localhost:5030/`.
    pub url: Url,
}

impl Default for ProfileConfig {
    fn default() -> Self {
        Self { url: Url::parse("http://localhost:5030/").expect("a constant URL") }
    }
}

/// The service.
#[derive(Debug)]
pub struct Profile {
    line: Line,
}

impl Profile {
    /// The service behind this client.
    pub fn new(config: &ProfileConfig, line: &LineConfig, client: Client, clock: Clock) -> Self {
        Self { line: Line::new("the profile service", &config.url, line, client, clock) }
    }

    async fn ask<T>(&self, path: &str, question: &Value) -> Result<Vec<T>, Failure>
    where
        ListBody<T>: serde::de::DeserializeOwned,
    {
        let path = format!("profile/api/v1/{path}");
        let list: ListBody<T> = self.line.post(&path, question, HeaderMap::new()).await?;
        Ok(list.contact_points_list.unwrap_or_default())
    }
}

#[async_trait]
impl Persons for Profile {
    async fn persons(
        &self,
        ids: &[NationalId],
        use_stale: bool,
    ) -> Result<Vec<PersonContact>, RegisterError> {
        self.line
            .in_parts(ids, |part| async move {
                let numbers: Vec<&str> = part.iter().map(NationalId::reveal).collect();
                let wanted = json!({ "nationalIdentityNumbers": numbers, "useStaleContactInfo": use_stale });
                let found: Vec<PersonBody> = self.ask("users/contactpoint/lookup", &wanted).await?;
                Ok(found.into_iter().filter_map(PersonBody::into_contact).collect())
            })
            .await
    }
}

#[async_trait]
impl Organizations for Profile {
    async fn organizations(&self, numbers: &[OrgNumber]) -> Result<Vec<OrganizationContact>, RegisterError> {
        self.line
            .in_parts(numbers, |part| async move {
                let wanted = json!({ "organizationNumbers": part });
                let path = "organizations/notificationaddresses/lookup";
                let found: Vec<OrganizationBody> = self.ask(path, &wanted).await?;
                Ok(found.into_iter().filter_map(OrganizationBody::into_contact).collect())
            })
            .await
    }
}

#[async_trait]
impl UnitUsers for Profile {
    async fn unit_users(
        &self,
        numbers: &[OrgNumber],
        resource: &str,
    ) -> Result<Vec<UnitUser>, RegisterError> {
        self.line
            .in_parts(numbers, |part| async move {
                let wanted = json!({ "organizationNumbers": part, "resourceId": resource });
                let found: Vec<UnitBody> = self.ask("units/contactpoint/lookup", &wanted).await?;
                Ok(found.into_iter().flat_map(UnitBody::into_users).collect())
            })
            .await
    }
}

#[async_trait]
impl SelfIdentified for Profile {
    async fn external_identities(
        &self,
        identities: &[ExternalIdentity],
    ) -> Result<Vec<ExternalContact>, RegisterError> {
        self.line
            .in_parts(identities, |part| async move {
                let urns: Vec<&str> = part.iter().map(ExternalIdentity::reveal).collect();
                let wanted = json!({ "externalIdentities": urns });
                let found: Vec<ExternalBody> = self.ask("users/contactpoint/lookupsi", &wanted).await?;
                Ok(found.into_iter().filter_map(ExternalBody::into_contact).collect())
            })
            .await
    }
}
