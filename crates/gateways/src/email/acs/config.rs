//! How the service is reached.

use std::net::IpAddr;
use std::time::Duration;

use serde::Deserialize;
use types::{EmailAddress, Secret};
use url::{Host, Url};

use super::sign::{AccessKey, NotAnAccessKey};
use crate::Following;

/// Azure Communication Services' e-mail. Either `connection_string`, or `endpoint` and `access_key`.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AcsConfig {
    /// The resource's address. No default.
    pub endpoint: Option<Url>,
    /// One of the resource's two keys, in Base64. No default.
    pub access_key: Option<Secret>,
    /// Both in one, as the portal shows them: `endpoint=https://…/;accesskey=…`. No default.
    pub connection_string: Option<Secret>,
    /// Who mail comes from where a sender names nobody. Its domain must be linked to the resource.
    /// Default `noreply@localhost.localdomain`.
    pub from: String,
    /// The version of the interface. Default `2023-03-31`.
    pub api_version: String,
    /// For a whole request with an ordinary message, in seconds. Default 30.
    pub timeout_seconds: u64,
    /// For a whole request with an instant message, in seconds. Default 15.
    pub instant_timeout_seconds: u64,
    /// For a question about an operation, in seconds. Default 10.
    pub poll_timeout_seconds: u64,
    /// From the acceptance of a message to the first question about it, in seconds; each pause after it
    /// is twice as long. Default 8.
    pub poll_first_seconds: u64,
    /// The longest of those pauses, in seconds. Default 60.
    pub poll_max_seconds: u64,
    /// From the acceptance of a message to the last question about it, in seconds. Default 900.
    pub poll_stop_seconds: u64,
}

impl Default for AcsConfig {
    fn default() -> Self {
        Self {
            endpoint: None,
            access_key: None,
            connection_string: None,
            from: "noreply@localhost.localdomain".to_owned(),
            api_version: "2023-03-31".to_owned(),
            timeout_seconds: 30,
            instant_timeout_seconds: 15,
            poll_timeout_seconds: 10,
            poll_first_seconds: 8,
            poll_max_seconds: 60,
            poll_stop_seconds: 900,
        }
    }
}

/// What is wrong with the configuration.
#[derive(Debug, thiserror::Error)]
pub enum AcsConfigError {
    /// Neither of the two ways, or both.
    #[error("give either connection_string, or endpoint and access_key")]
    Account,
    /// Not what the portal shows.
    #[error("connection_string is written endpoint=https://…/;accesskey=…")]
    ConnectionString,
    /// Not Base64.
    #[error(transparent)]
    AccessKey(#[from] NotAnAccessKey),
    /// Not a web address.
    #[error("the endpoint is an https address without a query")]
    Endpoint,
    /// Without TLS, but not towards this machine.
    #[error("http is only for a service on this machine, and {0} is not")]
    PlainToStrangers(String),
    /// Not an address.
    #[error("from is not an e-mail address")]
    From,
    /// Something that cannot stand in an address.
    #[error("api_version is written like 2023-03-31")]
    ApiVersion,
    /// No HTTP client.
    #[error(transparent)]
    Client(#[from] web::client::ClientError),
}

/// The configuration, understood.
pub(super) struct Account {
    /// Ends with a slash.
    pub(super) endpoint: Url,
    pub(super) key: AccessKey,
    pub(super) from: EmailAddress,
}

impl AcsConfig {
    pub(super) fn account(&self) -> Result<Account, AcsConfigError> {
        let version = self.api_version.as_bytes();
        if version.is_empty() || !version.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-') {
            return Err(AcsConfigError::ApiVersion);
        }
        let (endpoint, key) = match (&self.connection_string, &self.endpoint, &self.access_key) {
            (Some(text), None, None) => split(text)?,
            (None, Some(endpoint), Some(key)) => (endpoint.clone(), key.clone()),
            _ => return Err(AcsConfigError::Account),
        };
        Ok(Account {
            endpoint: checked(endpoint)?,
            key: AccessKey::parse(&key)?,
            from: self.from.parse().map_err(|_| AcsConfigError::From)?,
        })
    }

    pub(super) fn following(&self) -> Following {
        Following {
            // Without any pause, questions would never stop.
            first: Duration::from_secs(self.poll_first_seconds.max(1)),
            longest: Duration::from_secs(self.poll_max_seconds.max(1)),
            give_up_after: Duration::from_secs(self.poll_stop_seconds),
        }
    }
}

/// The names are in any letter case; the key may have signs of its own.
fn split(text: &Secret) -> Result<(Url, Secret), AcsConfigError> {
    let (mut endpoint, mut key) = (None, None);
    for part in text.reveal().split(';').filter(|part| !part.trim().is_empty()) {
        let (name, value) = part.split_once('=').ok_or(AcsConfigError::ConnectionString)?;
        match name.trim().to_ascii_lowercase().as_str() {
            "endpoint" => endpoint = Some(value.trim().parse().map_err(|_| AcsConfigError::Endpoint)?),
            "accesskey" => key = Some(Secret::new(value.trim().to_owned())),
            _ => return Err(AcsConfigError::ConnectionString),
        }
    }
    endpoint.zip(key).ok_or(AcsConfigError::ConnectionString)
}

/// With a slash at its end, and towards strangers only with TLS.
fn checked(mut endpoint: Url) -> Result<Url, AcsConfigError> {
    if endpoint.query().is_some() || !matches!(endpoint.scheme(), "http" | "https") {
        return Err(AcsConfigError::Endpoint);
    }
    let is_here = match endpoint.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => IpAddr::V4(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::V6(address).is_loopback(),
        None => return Err(AcsConfigError::Endpoint),
    };
    if endpoint.scheme() == "http" && !is_here {
        return Err(AcsConfigError::PlainToStrangers(endpoint.host_str().unwrap_or_default().to_owned()));
    }
    if !endpoint.path().ends_with('/') {
        let path = format!("{}/", endpoint.path());
        endpoint.set_path(&path);
    }
    Ok(endpoint)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

    fn secret(text: impl Into<String>) -> Secret {
        Secret::new(text.into())
    }

    fn endpoint(config: &AcsConfig) -> Result<String, String> {
        config.account().map(|account| account.endpoint.into()).map_err(|error| error.to_string())
    }

    #[test]
    fn a_connection_string_says_as_much_as_its_parts() {
        let parts = |url: &str| AcsConfig {
            endpoint: Some(url.parse().expect("a URL")),
            access_key: Some(secret(KEY)),
            ..AcsConfig::default()
        };
        let expected = Ok("https://demo.example/".to_owned());
        assert_eq!(endpoint(&parts("https://demo.example")), expected);
        for text in ["endpoint=https://demo.example/;accesskey=", "Endpoint=https://demo.example;ACCESSKEY="]
        {
            let config =
                AcsConfig { connection_string: Some(secret(format!("{text}{KEY}"))), ..AcsConfig::default() };
            assert_eq!(endpoint(&config), expected, "{text}");
            let both =
                AcsConfig { connection_string: config.connection_string, ..parts("https://a.example") };
            assert!(endpoint(&both).is_err());
        }
        assert_eq!(
            endpoint(&parts("http://127.0.0.1:9094/mail-cloud")).as_deref(),
            Ok("http://127.0.0.1:9094/mail-cloud/")
        );
        for url in ["http://demo.example/", "ftp://demo.example/", "https://demo.example/?a=b"] {
            assert!(endpoint(&parts(url)).is_err(), "{url}");
        }
    }

    #[test]
    fn what_cannot_be_used_is_refused_without_being_printed() {
        let broken = [
            AcsConfig::default(),
            AcsConfig { connection_string: Some(secret("geheim")), ..AcsConfig::default() },
            AcsConfig {
                connection_string: Some(secret("endpoint=https://a.example;accesskey=geheim!")),
                ..AcsConfig::default()
            },
            AcsConfig { connection_string: Some(secret("accesskey=geheim")), ..AcsConfig::default() },
        ];
        for config in broken {
            let refusal = endpoint(&config).expect_err("a refusal");
            assert!(!refusal.contains("geheim") && !format!("{config:?}").contains("geheim"), "{refusal}");
        }
    }
}
