//! Altinn's register of names.
//!
//! One bad number fails a whole call there, so numbers whose digits do not add up are not asked about.

use std::fmt;
use std::path::PathBuf;

use async_trait::async_trait;
use auth::SigningKey;
use http::HeaderMap;
use jiff::Timestamp;
use reqwest::Client;
use serde::Deserialize;
use serde_json::{Value, json};
use types::Secret;
use types::time::Clock;
use url::Url;

use super::config::LineConfig;
use super::line::{Failure, Line, secret_header};
use super::{KnownName, Named, Names, RegisterError};

/// How long a token that we sign ourselves is good, in seconds.
const TOKEN_LIFE: i64 = 300;

/// Where it is and who we are there.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PartyNamesConfig {
    /// Its address, up to and with its own path. Default `https://platform.tt02.altinn.no/register/`.
    pub url: Url,
    /// What the header `PlatformAccessToken` says. Default: nothing.
    pub platform_access_token: Option<Secret>,
    /// The platform's private key (PEM), with which such a token is signed for every call instead.
    /// Default: none.
    pub platform_key_file: Option<PathBuf>,
    /// That key's id. Default: its thumbprint.
    pub platform_key_id: Option<String>,
}

impl Default for PartyNamesConfig {
    fn default() -> Self {
        Self {
            url: Url::parse("https://platform.tt02.altinn.no/register/").expect("a constant URL"),
            platform_access_token: None,
            platform_key_file: None,
            platform_key_id: None,
        }
    }
}

/// What shows the register who we are.
pub enum PlatformToken {
    /// Nothing.
    None,
    /// A token made elsewhere.
    Fixed(Secret),
    /// Tokens that we sign ourselves.
    Signed(SigningKey),
}

/// The register.
pub struct PartyNames {
    line: Line,
    token: PlatformToken,
}

impl fmt::Debug for PartyNames {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.line.fmt(f)
    }
}

impl PartyNames {
    /// The register behind this client.
    pub fn new(
        config: &PartyNamesConfig,
        line: &LineConfig,
        client: Client,
        token: PlatformToken,
        clock: Clock,
    ) -> Self {
        Self { line: Line::new("the register of names", &config.url, line, client, clock), token }
    }

    fn headers(&self) -> Result<HeaderMap, Failure> {
        let token = match &self.token {
            PlatformToken::None => None,
            PlatformToken::Fixed(token) => Some(token.clone()),
            PlatformToken::Signed(key) => {
                let token = key.sign(&claims(self.line.now())).map_err(|error| {
                    Failure::Register(RegisterError::Misconfigured(format!("no platform token: {error}")))
                })?;
                Some(token)
            }
        };
        Ok(secret_header("platformaccesstoken", token.as_ref()))
    }

    async fn ask(&self, of: &[Named]) -> Result<Vec<KnownName>, Failure> {
        let parties: Vec<Value> = of
            .iter()
            .map(|named| match named {
                Named::Person(id) => json!({ "ssn": id.reveal() }),
                Named::Organization(number) => json!({ "orgNo": number }),
            })
            .collect();
        let question = json!({ "parties": parties });
        let answer: NamesBody =
            self.line.post("api/v1/parties/nameslookup", &question, self.headers()?).await?;
        Ok(answer.party_names.unwrap_or_default().into_iter().filter_map(NameBody::into_name).collect())
    }
}

/// Issued by the platform for its part "notifications".
fn claims(now: Timestamp) -> Value {
    let now = now.as_second();
    json!({ "iss": "platform", "urn:altinn:app": "notifications", "iat": now, "nbf": now, "exp": now + TOKEN_LIFE })
}

#[async_trait]
impl Names for PartyNames {
    async fn names(&self, of: &[Named]) -> Result<Vec<KnownName>, RegisterError> {
        let adds_up = |named: &&Named| match named {
            Named::Person(id) => id.adds_up(),
            Named::Organization(number) => number.adds_up(),
        };
        let right: Vec<Named> = of.iter().filter(adds_up).cloned().collect();
        self.line.in_parts(&right, |part| self.ask(part)).await
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct NamesBody {
    pub(super) party_names: Option<Vec<NameBody>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct NameBody {
    ssn: Option<String>,
    org_no: Option<String>,
    name: Option<String>,
    person_name: Option<PersonNameBody>,
}

#[derive(Deserialize)]
struct PersonNameBody {
    #[serde(rename = "firstName")]
    first: Option<String>,
    #[serde(rename = "middleName")]
    middle: Option<String>,
    #[serde(rename = "lastName")]
    last: Option<String>,
}

impl NameBody {
    /// Persons by first, middle and last name, as one addresses them, where the register tells them apart.
    pub(super) fn into_name(self) -> Option<KnownName> {
        let of = match (self.ssn, self.org_no) {
            (Some(id), _) => Named::Person(id.parse().ok()?),
            (None, Some(number)) => Named::Organization(number.parse().ok()?),
            (None, None) => return None,
        };
        let parts = self.person_name.map(|name| [name.first, name.middle, name.last]);
        let in_order = parts.map(|parts| {
            let parts = parts.into_iter().flatten().filter(|part| !part.trim().is_empty());
            parts.collect::<Vec<_>>().join(" ")
        });
        let name = in_order.filter(|name| !name.is_empty()).or(self.name);
        Some(KnownName { of, name })
    }
}
