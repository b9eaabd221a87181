//! The claims of the tokens we read and write.

use serde::{Deserialize, Serialize};
use types::OrgNumber;

/// The scheme of organization numbers in ISO 6523 actor ids.
const AUTHORITY: &str = "iso6523-actorid-upis";
const ORG_SCHEME: &str = "0192:";
/// The type of an authorization detail that names a system user.
pub(crate) const SYSTEM_USER: &str = "urn:altinn:systemuser";

/// The union of what Maskinporten, Altinn and the platform put into their tokens.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct Claims {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iss: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aud: Option<OneOrMany>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exp: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nbf: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iat: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jti: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_amr: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub consumer: Option<Actor>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub supplier: Option<Actor>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delegation_source: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorization_details: Option<Vec<AuthorizationDetail>>,
    #[serde(rename = "urn:altinn:org", skip_serializing_if = "Option::is_none")]
    pub altinn_org: Option<String>,
    #[serde(rename = "urn:altinn:orgNumber", skip_serializing_if = "Option::is_none")]
    pub altinn_org_number: Option<String>,
}

impl Claims {
    /// The organization that a system user belongs to, where the token is one's.
    pub fn system_user_org(&self) -> Option<OrgNumber> {
        self.authorization_details
            .iter()
            .flatten()
            .find(|detail| detail.kind == SYSTEM_USER)
            .and_then(|detail| detail.systemuser_org.as_ref()?.org())
    }
}

/// A claim that may be one text or a list of them (RFC 7519 section 4.1.3).
#[derive(Clone, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl OneOrMany {
    pub fn as_slice(&self) -> &[String] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Many(many) => many,
        }
    }
}

/// An organization as Maskinporten writes it.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Actor {
    pub authority: String,
    #[serde(rename = "ID")]
    pub id: String,
}

impl Actor {
    pub fn of(org: OrgNumber) -> Self {
        Self { authority: AUTHORITY.to_owned(), id: format!("{ORG_SCHEME}{org}") }
    }

    pub fn org(&self) -> Option<OrgNumber> {
        self.id.strip_prefix(ORG_SCHEME)?.parse().ok()
    }
}

/// A system user: asked for in a grant, repeated with its ids in a token.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct AuthorizationDetail {
    #[serde(rename = "type")]
    pub kind: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub systemuser_org: Option<Actor>,
    #[serde(rename = "externalRef", skip_serializing_if = "Option::is_none")]
    pub external_ref: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub systemuser_id: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub system_id: Option<String>,
}
