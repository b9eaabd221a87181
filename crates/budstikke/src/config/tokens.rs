//! The list `[[trusted_issuers]]` and the section `[maskinporten]`.

use std::path::PathBuf;

use serde::Deserialize;
use url::Url;

/// One of `[[trusted_issuers]]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TrustedIssuerConfig {
    /// `altinn` or `maskinporten`.
    pub kind: IssuerKind,
    /// The issuer's name, exactly as tokens carry it.
    pub issuer: String,
    /// Where its public keys are.
    pub jwks_url: Url,
    /// Audiences that tokens may have [default: any].
    #[serde(default)]
    pub audiences: Vec<String>,
}

/// What kind of tokens an issuer makes.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(crate) enum IssuerKind {
    /// Tokens exchanged by Altinn.
    Altinn,
    /// Maskinporten's own.
    Maskinporten,
}

/// The `[maskinporten]` section: our own client there.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MaskinportenConfig {
    /// Where grants are sent.
    pub token_endpoint: Url,
    /// The audience of grants: the issuer's name.
    pub audience: String,
    /// Our client id.
    pub client_id: String,
    /// The client's private key (PEM) [default: that of our own certificate, which then proves us].
    #[serde(default)]
    pub key_file: Option<PathBuf>,
    /// The business certificate that the key belongs to (PEM, ours first), where the client proves itself
    /// with one instead of a registered key.
    #[serde(default)]
    pub certificate_file: Option<PathBuf>,
    /// The key's id, as registered.
    #[serde(default)]
    pub key_id: Option<String>,
    /// Where tokens are exchanged for Altinn's; the broker wants those.
    #[serde(default)]
    pub altinn_exchange: Option<Url>,
}
