//! The signed request for a token (RFC 7523), as Maskinporten wants it.

use serde::{Deserialize, Serialize};

use crate::claims::{Actor, AuthorizationDetail, SYSTEM_USER};
use crate::token_source::{SystemUser, TokenRequest};

/// The grant type of RFC 7523 section 2.1.
pub(crate) const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
/// The longest life of an assertion, in seconds.
pub(crate) const LONGEST_LIFE: i64 = 120;

/// The claims of an assertion. Maskinporten refuses every other claim, and so does our issuer.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AssertionClaims {
    pub aud: String,
    pub iss: String,
    pub scope: String,
    pub iat: i64,
    pub exp: i64,
    pub jti: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<crate::claims::OneOrMany>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consumer_org: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iss_onbehalfof: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorization_details: Option<Vec<AuthorizationDetail>>,
}

impl AssertionClaims {
    /// What to sign to get the wanted token.
    pub fn asking(
        wanted: &TokenRequest,
        client_id: &str,
        audience: &str,
        issued: i64,
        life: i64,
        jti: String,
    ) -> Self {
        let resource = wanted.resource.clone();
        Self {
            aud: audience.to_owned(),
            iss: client_id.to_owned(),
            scope: wanted.scope.clone(),
            iat: issued,
            exp: issued + life.min(LONGEST_LIFE),
            jti,
            resource: resource.map(|one| crate::claims::OneOrMany::Many(vec![one])),
            consumer_org: wanted.on_behalf_of.map(|org| org.to_string()),
            iss_onbehalfof: None,
            authorization_details: wanted.system_user.as_ref().map(|user| vec![detail(user)]),
        }
    }
}

fn detail(user: &SystemUser) -> AuthorizationDetail {
    AuthorizationDetail {
        kind: SYSTEM_USER.to_owned(),
        systemuser_org: Some(Actor::of(user.org)),
        external_ref: Some(user.external_ref.clone()),
        systemuser_id: None,
        system_id: None,
    }
}
