//! What the reference's profiles set: the addresses of the public services.

use std::collections::BTreeMap;

use figment::value::{Dict, Value};

/// A profile of the reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Preset {
    /// The public test services.
    Staging,
    /// The public services.
    Production,
}

impl Preset {
    /// The first profile in a list that we know; `None` when there is none, or only those for development.
    pub(super) fn parse(names: &str) -> Result<Option<Self>, String> {
        for name in names.split(',').map(str::trim).filter(|name| !name.is_empty()) {
            match name {
                "staging" => return Ok(Some(Self::Staging)),
                "production" => return Ok(Some(Self::Production)),
                "dev" | "default" | "yt" | "local" => {}
                other => return Err(format!("there is no profile {other}: staging or production are known")),
            }
        }
        Ok(None)
    }

    /// Its name.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Staging => "staging",
            Self::Production => "production",
        }
    }

    /// Its settings, for an organization.
    pub(super) fn settings(self, own: Option<&str>) -> BTreeMap<String, (Value, String)> {
        let (altinn, maskinporten, registry) = match self {
            Self::Staging => (
                "https://platform.tt02.altinn.no/",
                "https://test.maskinporten.no/",
                "https://test.eformidling.no/adressetjeneste",
            ),
            Self::Production => (
                "https://platform.altinn.no/",
                "https://maskinporten.no/",
                "https://eformidling.no/adressetjeneste",
            ),
        };
        let text = |text: String| Value::from(text);
        let issuer = |kind: &str, name: String, keys: String| {
            Value::from(Dict::from([
                ("kind".to_owned(), Value::from(kind)),
                ("issuer".to_owned(), text(name)),
                ("jwks_url".to_owned(), text(keys)),
            ]))
        };
        let openid = format!("{altinn}authentication/api/v1/openid/");
        let issuers = vec![
            issuer("altinn", openid.clone(), format!("{openid}.well-known/openid-configuration/jwks")),
            issuer("maskinporten", maskinporten.to_owned(), format!("{maskinporten}jwk")),
        ];
        let client = own.map(|own| ("maskinporten.client_id", text(format!("MOVE_IP_{own}"))));
        let exchange = format!("{altinn}authentication/api/v1/exchange/maskinporten");
        let off = |service: &'static str| (service, Value::from(false));
        let environment = if self == Self::Production { "production" } else { "development" };
        let settings = [
            ("environment", Value::from(environment)),
            off("embedded.issuer"),
            off("embedded.broker"),
            off("embedded.registry"),
            off("embedded.registers"),
            ("dpo.broker_url", text(format!("{altinn}broker/api/v1"))),
            ("hosted_registry.url", Value::from(registry)),
            ("maskinporten.token_endpoint", text(format!("{maskinporten}token"))),
            ("maskinporten.audience", Value::from(maskinporten)),
            ("maskinporten.altinn_exchange", text(exchange)),
            ("trusted_issuers", Value::from(issuers)),
        ];
        let source = format!("the profile {}", self.as_str());
        let all = settings.into_iter().chain(client);
        all.map(|(setting, value)| (setting.to_owned(), (value, source.clone()))).collect()
    }
}
