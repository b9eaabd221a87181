//! The national contact and reservation register itself (KRR), version 2 of its interface.
//!
//! It gives everything it has and says what it is worth; what is stale, deleted or not registered is
//! sorted out here, so that the answer means the same as the profile service's. What the token's scopes
//! do not cover is silently missing there, so a person who can be notified and yet has no address is
//! taken for what it is: a wrong scope.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use auth::{TokenError, TokenRequest, TokenSource};
use http::HeaderMap;
use jiff::Timestamp;
use reqwest::Client;
use serde::Deserialize;
use serde_json::json;
use types::time::Clock;
use types::{NationalId, OrgNumber, Secret};
use url::Url;

use super::config::LineConfig;
use super::embedded::{email, mobile};
use super::line::{Failure, Line, secret_header};
use super::stale::Freshness;
use super::{PersonContact, Persons, RegisterError};

const PATH: &str = "rest/v2/personer";

/// Where it is and who we are there.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct KrrConfig {
    /// Its address. Default `https://test.kontaktregisteret.no/`.
    pub url: Url,
    /// The scope of our token. Default `krr:global/kontaktinformasjon.read`.
    pub scope: String,
    /// The organization that has delegated the right to us, for suppliers. Default none.
    pub consumer_org: Option<OrgNumber>,
}

impl Default for KrrConfig {
    fn default() -> Self {
        Self {
            url: Url::parse("https://test.kontaktregisteret.no/").expect("a constant URL"),
            scope: "krr:global/kontaktinformasjon.read".to_owned(),
            consumer_org: None,
        }
    }
}

/// The register.
pub struct Krr {
    line: Line,
    tokens: Arc<dyn TokenSource>,
    wanted: TokenRequest,
    freshness: Freshness,
}

impl fmt::Debug for Krr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.line.fmt(f)
    }
}

impl Krr {
    /// The register behind this client, with tokens from Maskinporten.
    pub fn new(
        config: &KrrConfig,
        line: &LineConfig,
        client: Client,
        tokens: Arc<dyn TokenSource>,
        freshness: Freshness,
        clock: Clock,
    ) -> Self {
        let wanted = TokenRequest::scope(config.scope.clone());
        let wanted = match config.consumer_org {
            Some(org) => wanted.on_behalf_of(org),
            None => wanted,
        };
        let line = Line::new("the contact register", &config.url, line, client, clock);
        Self { line, tokens, wanted, freshness }
    }

    async fn ask(&self, ids: &[NationalId]) -> Result<Vec<PersonBody>, Failure> {
        let numbers: Vec<&str> = ids.iter().map(NationalId::reveal).collect();
        let question = json!({ "personidentifikatorer": numbers, "inkluderIkkeRegistrerte": true });
        let token = self.token().await?;
        let answer: PersonsBody = match self.line.post(PATH, &question, bearer(&token)).await {
            Err(Failure::Unauthorized) => {
                self.tokens.refused(&self.wanted, &token).await;
                let token = self.token().await?;
                let again = self.line.post(PATH, &question, bearer(&token)).await;
                again.map_err(|failure| match failure {
                    Failure::Unauthorized => self.line.locked_out(),
                    other => other,
                })?
            }
            other => other?,
        };
        // Everybody was asked for, the unknown included: an answer with fewer is no answer.
        let answered: HashSet<&str> =
            answer.personer.iter().map(|one| one.personidentifikator.as_str()).collect();
        if numbers.iter().any(|number| !answered.contains(number)) {
            return Err(self.line.passing(None, "its answer leaves somebody out"));
        }
        Ok(answer.personer)
    }

    async fn token(&self) -> Result<Secret, Failure> {
        self.tokens.token(&self.wanted).await.map_err(|error| no_token(&error))
    }
}

#[async_trait]
impl Persons for Krr {
    async fn persons(
        &self,
        ids: &[NationalId],
        use_stale: bool,
    ) -> Result<Vec<PersonContact>, RegisterError> {
        let found = self.line.in_parts(ids, |part| self.ask(part)).await?;
        if found.iter().any(PersonBody::lacks_scope) {
            let detail =
                "the contact register keeps addresses from us: the token's scope does not cover them";
            return Err(RegisterError::Misconfigured(detail.to_owned()));
        }
        let now = self.line.now();
        Ok(found.iter().filter_map(|person| person.contact(use_stale, self.freshness, now)).collect())
    }
}

/// What it means to whoever waits that there is no token.
pub(super) fn no_token(error: &TokenError) -> Failure {
    let detail = format!("no token for a register: {error}");
    Failure::Register(if error.is_temporary() {
        RegisterError::Passing { after: None, detail }
    } else {
        RegisterError::Misconfigured(detail)
    })
}

pub(super) fn bearer(token: &Secret) -> HeaderMap {
    let value = Secret::new(format!("Bearer {}", token.reveal()));
    secret_header("authorization", Some(&value))
}

#[derive(Deserialize)]
struct PersonsBody {
    personer: Vec<PersonBody>,
}

/// A person as the register writes it. What is left out or unknown to us reads as nothing.
#[derive(Deserialize)]
pub(super) struct PersonBody {
    personidentifikator: String,
    reservasjon: Option<String>,
    status: Option<String>,
    varslingsstatus: Option<String>,
    kontaktinformasjon: Option<ContactBody>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ContactBody {
    epostadresse: Option<String>,
    epostadresse_oppdatert: Option<String>,
    epostadresse_sist_verifisert: Option<String>,
    mobiltelefonnummer: Option<String>,
    mobiltelefonnummer_oppdatert: Option<String>,
    mobiltelefonnummer_sist_verifisert: Option<String>,
}

impl PersonBody {
    fn lacks_scope(&self) -> bool {
        let addresses = self.kontaktinformasjon.as_ref();
        let none =
            addresses.is_none_or(|held| held.epostadresse.is_none() && held.mobiltelefonnummer.is_none());
        none && self.varslingsstatus.as_deref() == Some("KAN_VARSLES")
    }

    /// As orders want it: nobody who is deleted or not registered, nothing stale unless asked for, and
    /// without that nobody who has nothing fresh.
    pub(super) fn contact(
        &self,
        use_stale: bool,
        freshness: Freshness,
        now: Timestamp,
    ) -> Option<PersonContact> {
        if self.status.as_deref() != Some("AKTIV") {
            return None;
        }
        let nothing = ContactBody::default();
        let held = self.kontaktinformasjon.as_ref().unwrap_or(&nothing);
        let usable = |value: &Option<String>, touched: [&Option<String>; 2]| {
            let touched = touched.into_iter().filter_map(|at| at.as_deref()?.parse().ok()).max();
            value.as_ref().is_some_and(|_| !freshness.is_stale(touched, now))
        };
        let fresh_email =
            usable(&held.epostadresse, [&held.epostadresse_oppdatert, &held.epostadresse_sist_verifisert]);
        let fresh_mobile = usable(
            &held.mobiltelefonnummer,
            [&held.mobiltelefonnummer_oppdatert, &held.mobiltelefonnummer_sist_verifisert],
        );
        if !fresh_email && !fresh_mobile && !use_stale {
            return None;
        }
        Some(PersonContact {
            id: self.personidentifikator.parse().ok()?,
            reserved: self.reservasjon.as_deref() == Some("JA"),
            email: email(held.epostadresse.as_deref().filter(|_| use_stale || fresh_email)),
            mobile: mobile(held.mobiltelefonnummer.as_deref().filter(|_| use_stale || fresh_mobile)),
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn read(changes: &Value) -> PersonBody {
        let mut person = json!({ "personidentifikator": "13858130624", "reservasjon": "NEI", "status": "AKTIV",
            "varslingsstatus": "KAN_VARSLES", "spraak": "nb", "kontaktinformasjon": {
                "epostadresse": "kari@fjord.example", "epostadresse_oppdatert": "2020-01-01T00:00:00Z",
                "epostadresse_sist_verifisert": "2025-02-28T13:00:00+01:00",
                "mobiltelefonnummer": "99999999", "mobiltelefonnummer_oppdatert": "2025-02-28T11:59:59Z" } });
        for (name, value) in changes.as_object().expect("an object") {
            person[name] = value.clone();
        }
        serde_json::from_value(person).expect("a person")
    }

    fn contact(changes: &Value, use_stale: bool) -> Option<(bool, bool, bool)> {
        let now = "2026-08-31T12:00:00Z".parse().expect("a moment");
        let found = read(changes).contact(use_stale, Freshness::default(), now)?;
        Some((found.reserved, found.email.is_some(), found.mobile.is_some()))
    }

    /// Covers: NP-86
    #[test]
    fn the_newest_touch_of_each_address_decides() {
        assert_eq!(contact(&json!({}), false), Some((false, true, false)));
        assert_eq!(contact(&json!({}), true), Some((false, true, true)));
        let untouched = json!({ "kontaktinformasjon": { "epostadresse": "kari@fjord.example" } });
        assert_eq!(contact(&untouched, false), None);
        assert_eq!(contact(&untouched, true), Some((false, true, false)));
    }

    #[test]
    fn only_the_registered_are_found_and_the_reserved_are_marked() {
        for status in ["SLETTET", "IKKE_REGISTRERT", "ukjent"] {
            assert_eq!(contact(&json!({ "status": status }), true), None);
        }
        assert_eq!(contact(&json!({ "reservasjon": "JA" }), false), Some((true, true, false)));
        assert_eq!(contact(&json!({ "personidentifikator": "x" }), true), None);
    }

    #[test]
    fn whoever_can_be_notified_without_an_address_shows_that_our_scope_is_wrong() {
        assert!(read(&json!({ "kontaktinformasjon": null })).lacks_scope());
        assert!(read(&json!({ "kontaktinformasjon": {} })).lacks_scope());
        assert!(!read(&json!({})).lacks_scope());
        let silent = json!({ "kontaktinformasjon": null, "varslingsstatus": "KAN_IKKE_VARSLES" });
        assert!(!read(&silent).lacks_scope());
    }
}
