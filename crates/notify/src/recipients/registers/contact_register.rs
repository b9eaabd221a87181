//! Altinn's profile service, register and authorization, over HTTP.
//!
//! The profile service keeps a copy of the contact and reservation register and of the organizations'
//! notification addresses. Many are asked about in one call, a few calls side by side, and answers are
//! matched by number, never by place. A call that is refused for one bad number is halved until the
//! number is found; it then counts as not registered.

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use async_trait::async_trait;
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use reqwest::Client;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use types::{NationalId, OrgNumber, Secret};
use url::Url;
use web::client::ClientError;

use super::decision::{self, Pair};
use super::profile_bodies::{
    ExternalBody, ListBody, NameBody, NamesBody, OrganizationBody, PersonBody, UnitBody,
};
use super::{
    ContactRegister, ExternalContact, KnownName, Named, OrganizationContact, PersonContact, RegisterError,
    UserContact,
};
use crate::recipients::model::{ExternalIdentity, ResourceRight};

/// Calls side by side.
const AT_ONCE: usize = 4;

/// Where the services are.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HttpRegisterConfig {
    /// The profile service, without `/profile/api/v1`. Default `http://localhost:5030/`.
    pub profile_url: Url,
    /// The register of names, up to and with its own path, such as
    /// `https://platform.altinn.no/register/`. Default: none, and keywords for names stay as written.
    pub register_url: Option<Url>,
    /// Authorization, up to and with its own path, such as `https://platform.altinn.no/authorization/`.
    /// Default: none, and nobody receives at an address of their own on an organization's behalf.
    pub authorization_url: Option<Url>,
    /// The header `PlatformAccessToken` for the register of names. Default: none.
    pub platform_access_token: Option<Secret>,
    /// The header `Ocp-Apim-Subscription-Key` for authorization. Default: none.
    pub subscription_key: Option<Secret>,
    /// How authorization calls a resource. Default `urn:altinn:resource`.
    pub resource_attribute: String,
    /// For each call, in seconds. Default 10.
    pub timeout_seconds: u64,
    /// Numbers in one call at most. Default 1000.
    pub chunk: usize,
}

impl Default for HttpRegisterConfig {
    fn default() -> Self {
        Self {
            profile_url: Url::parse("http://localhost:5030/").expect("a constant URL"),
            register_url: None,
            authorization_url: None,
            platform_access_token: None,
            subscription_key: None,
            resource_attribute: "urn:altinn:resource".to_owned(),
            timeout_seconds: 10,
            chunk: 1000,
        }
    }
}

/// The register.
#[derive(Debug)]
pub struct HttpRegister {
    config: HttpRegisterConfig,
    client: Client,
}

/// Why a call brought nothing.
enum Failure {
    /// Something in it is wrong, perhaps only one of the numbers.
    BadInput,
    Register(RegisterError),
}

impl HttpRegister {
    /// Asks with this client.
    pub fn new(config: HttpRegisterConfig, client: Client) -> Self {
        Self { config, client }
    }

    /// The same with a client of its own.
    pub fn from_config(config: HttpRegisterConfig) -> Result<Self, ClientError> {
        Ok(Self::new(config, web::plain_client()?))
    }

    async fn profile<T: DeserializeOwned>(&self, path: &str, body: &Value) -> Result<T, Failure> {
        let url = under(&self.config.profile_url, &format!("profile/api/v1/{path}"));
        self.post(url, body, HeaderMap::new()).await
    }

    async fn post<T: DeserializeOwned>(
        &self,
        url: Url,
        body: &impl Serialize,
        headers: HeaderMap,
    ) -> Result<T, Failure> {
        let limit = Duration::from_secs(self.config.timeout_seconds);
        let sent = self.client.post(url).headers(headers).json(body).timeout(limit).send();
        let answer = sent.await.map_err(|error| passing(None, &unreachable(&error)))?;
        let (status, after) = (answer.status(), retry_after(answer.headers()));
        if !status.is_success() {
            return Err(refusal(status, after));
        }
        answer.json().await.map_err(|_| passing(None, "its answer cannot be read"))
    }

    /// Asks about many, a part at a time.
    async fn in_parts<'k, K, T, F, Asking>(&self, keys: &'k [K], ask: F) -> Result<Vec<T>, RegisterError>
    where
        F: Fn(&'k [K]) -> Asking,
        Asking: Future<Output = Result<Vec<T>, Failure>>,
    {
        let mut waiting: VecDeque<&'k [K]> = keys.chunks(self.config.chunk.max(1)).collect();
        let (mut running, mut found) = (FuturesUnordered::new(), Vec::new());
        loop {
            while running.len() < AT_ONCE
                && let Some(part) = waiting.pop_front()
            {
                let asking = ask(part);
                running.push(async move { (part, asking.await) });
            }
            match running.next().await {
                None => return Ok(found),
                Some((_, Ok(some))) => found.extend(some),
                Some((_, Err(Failure::Register(error)))) => return Err(error),
                Some((part, Err(Failure::BadInput))) if part.len() > 1 => {
                    let (first, second) = part.split_at(part.len() / 2);
                    waiting.extend([first, second]);
                }
                Some((_, Err(Failure::BadInput))) => {}
            }
        }
    }

    async fn units(&self, numbers: &[OrgNumber], right: &ResourceRight) -> Result<Vec<UnitBody>, Failure> {
        let wanted = json!({ "organizationNumbers": numbers, "resourceId": right.resource });
        let list: ListBody<UnitBody> = self.profile("units/contactpoint/lookup", &wanted).await?;
        Ok(list.contact_points_list.unwrap_or_default())
    }

    async fn permitted(
        &self,
        pairs: &[Pair],
        right: &ResourceRight,
    ) -> Result<BTreeSet<Pair>, RegisterError> {
        let Some(base) = &self.config.authorization_url else {
            return Ok(BTreeSet::new());
        };
        let headers = secret_header("ocp-apim-subscription-key", self.config.subscription_key.as_ref());
        let mut permitted = BTreeSet::new();
        for pairs in pairs.chunks(decision::MOST_PAIRS) {
            let question = decision::question(pairs, right, &self.config.resource_attribute);
            let url = under(base, "api/v1/decision");
            let answer = self.post(url, &question, headers.clone()).await.map_err(Failure::into_error)?;
            permitted.extend(decision::permitted(&answer));
        }
        Ok(permitted)
    }

    async fn party_names(&self, of: &[Named]) -> Result<Vec<KnownName>, Failure> {
        let Some(base) = &self.config.register_url else {
            return Ok(Vec::new());
        };
        let parties: Vec<Value> = of
            .iter()
            .map(|named| match named {
                Named::Person(id) => json!({ "ssn": id.reveal() }),
                Named::Organization(number) => json!({ "orgNo": number }),
            })
            .collect();
        let headers = secret_header("platformaccesstoken", self.config.platform_access_token.as_ref());
        let url = under(base, "api/v1/parties/nameslookup");
        let names: NamesBody = self.post(url, &json!({ "parties": parties }), headers).await?;
        Ok(names.party_names.unwrap_or_default().into_iter().filter_map(NameBody::into_name).collect())
    }
}

#[async_trait]
impl ContactRegister for HttpRegister {
    async fn persons(
        &self,
        ids: &[NationalId],
        use_stale: bool,
    ) -> Result<Vec<PersonContact>, RegisterError> {
        self.in_parts(ids, |part| async move {
            let numbers: Vec<&str> = part.iter().map(NationalId::reveal).collect();
            let wanted = json!({ "nationalIdentityNumbers": numbers, "useStaleContactInfo": use_stale });
            let list: ListBody<PersonBody> = self.profile("users/contactpoint/lookup", &wanted).await?;
            Ok(list.contact_points_list.into_iter().flatten().filter_map(PersonBody::into_contact).collect())
        })
        .await
    }

    async fn organizations(&self, numbers: &[OrgNumber]) -> Result<Vec<OrganizationContact>, RegisterError> {
        self.in_parts(numbers, |part| async move {
            let wanted = json!({ "organizationNumbers": part });
            let path = "organizations/notificationaddresses/lookup";
            let list: ListBody<OrganizationBody> = self.profile(path, &wanted).await?;
            let found = list.contact_points_list.into_iter().flatten();
            Ok(found.map(OrganizationBody::into_contact).collect())
        })
        .await
    }

    async fn users(
        &self,
        numbers: &[OrgNumber],
        right: &ResourceRight,
    ) -> Result<Vec<UserContact>, RegisterError> {
        if self.config.authorization_url.is_none() {
            return Ok(Vec::new());
        }
        let units = self.in_parts(numbers, |part| self.units(part, right)).await?;
        let pairs: BTreeSet<Pair> = units.iter().flat_map(UnitBody::pairs).collect();
        let pairs: Vec<Pair> = pairs.into_iter().collect();
        let permitted = self.permitted(&pairs, right).await?;
        Ok(units.iter().flat_map(|unit| unit.contacts(&permitted)).collect())
    }

    async fn external_identities(
        &self,
        identities: &[ExternalIdentity],
    ) -> Result<Vec<ExternalContact>, RegisterError> {
        self.in_parts(identities, |part| async move {
            let urns: Vec<&str> = part.iter().map(ExternalIdentity::reveal).collect();
            let wanted = json!({ "externalIdentities": urns });
            let list: ListBody<ExternalBody> = self.profile("users/contactpoint/lookupsi", &wanted).await?;
            let found = list.contact_points_list.into_iter().flatten();
            Ok(found.filter_map(|body| body.into_contact(part)).collect())
        })
        .await
    }

    /// Numbers that do not add up would spoil the call for all the others, and are left out.
    async fn names(&self, of: &[Named]) -> Result<Vec<KnownName>, RegisterError> {
        let adds_up = |named: &&Named| match named {
            Named::Person(id) => id.adds_up(),
            Named::Organization(number) => number.adds_up(),
        };
        let right: Vec<Named> = of.iter().filter(adds_up).cloned().collect();
        self.in_parts(&right, |part| self.party_names(part)).await
    }
}

impl Failure {
    fn into_error(self) -> RegisterError {
        match self {
            Self::Register(error) => error,
            Self::BadInput => RegisterError::Misconfigured("it does not understand the question".to_owned()),
        }
    }
}

fn passing(after: Option<Duration>, detail: &str) -> Failure {
    Failure::Register(RegisterError::Passing { after, detail: detail.to_owned() })
}

fn refusal(status: StatusCode, after: Option<Duration>) -> Failure {
    let detail = format!("it answered HTTP {}", status.as_u16());
    match status.as_u16() {
        400 => Failure::BadInput,
        408 | 429 | 500.. => passing(after, &detail),
        _ => Failure::Register(RegisterError::Misconfigured(detail)),
    }
}

fn unreachable(error: &reqwest::Error) -> String {
    let what = if error.is_timeout() { "no answer in time" } else { "no connection" };
    what.to_owned()
}

fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}

/// A path below a base, whether or not that ends with a slash.
fn under(base: &Url, path: &str) -> Url {
    let mut url = base.clone();
    let joined = format!("{}/{path}", base.path().trim_end_matches('/'));
    url.set_path(&joined);
    url
}

fn secret_header(name: &'static str, value: Option<&Secret>) -> HeaderMap {
    let value = value.and_then(|value| HeaderValue::try_from(value.reveal().as_str()).ok());
    let header = value.map(|mut value| {
        value.set_sensitive(true);
        (HeaderName::from_static(name), value)
    });
    header.into_iter().collect()
}
