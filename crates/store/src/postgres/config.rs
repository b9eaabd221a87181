//! Where the database is, and how much may be asked of it.

use std::time::Duration;

use serde::Deserialize;
use tokio_postgres::config::{Host, SslMode, TargetSessionAttrs};
use types::Secret;

use crate::error::{Error, Result};

/// The `[postgres]` section: everything but the address, which is `store`.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PostgresConfig {
    /// `postgres://user:password@host1,host2/database?…`, with the options of libpq; several hosts are
    /// tried in turn until one can be written to. TLS certificates are always checked, against
    /// `sslrootcert` where it names a file (PEM); `sslmode=disable` is for networks that are trusted.
    #[serde(skip)]
    pub url: Secret,
    /// Connections of this node that write.
    pub writers: usize,
    /// Connections of this node that read.
    pub readers: usize,
    /// The longest a statement may take, in milliseconds.
    pub statement_timeout_ms: u64,
    /// The longest a statement may wait for a lock, in milliseconds.
    pub lock_timeout_ms: u64,
    /// How long work waits for a database that cannot be reached, in milliseconds, before it is answered
    /// that it cannot.
    pub patience_ms: u64,
}

impl Default for PostgresConfig {
    fn default() -> Self {
        Self {
            url: Secret::new(String::new()),
            writers: 8,
            readers: 4,
            statement_timeout_ms: 5_000,
            lock_timeout_ms: 2_000,
            patience_ms: 10_000,
        }
    }
}

impl PostgresConfig {
    /// The defaults at this address.
    pub fn at(url: impl Into<String>) -> Self {
        Self { url: Secret::new(url.into()), ..Self::default() }
    }

    /// How long the client waits for an answer before it takes the connection for dead.
    pub(super) const fn answer_limit(&self) -> Duration {
        Duration::from_millis(self.statement_timeout_ms + 5_000)
    }

    pub(super) const fn patience(&self) -> Duration {
        Duration::from_millis(self.patience_ms)
    }
}

/// The address, taken apart.
#[derive(Clone)]
pub(super) struct Address {
    pub(super) driver: tokio_postgres::Config,
    pub(super) root_certificates: Option<String>,
}

impl Address {
    /// Takes out what the driver does not know (certificates), and sets what we always want.
    pub(super) fn parse(config: &PostgresConfig) -> Result<Self> {
        let unusable = |why: &dyn std::fmt::Display| {
            Error::Configuration(format!(
                "the address of the database cannot be used: {why}; it is written \
                 postgres://user:password@host/database"
            ))
        };
        let (plain, root_certificates, tls) = without_tls_options(config.url.reveal());
        let mut driver: tokio_postgres::Config = plain.parse().map_err(|error| unusable(&error))?;
        if driver.get_hosts().is_empty() {
            return Err(unusable(&"it names no host"));
        }
        if let Some(mode) = tls {
            driver.ssl_mode(mode.map_err(|word| unusable(&format!("sslmode={word} is not known")))?);
        }
        let many = driver.get_hosts().iter().filter(|host| matches!(host, Host::Tcp(_))).count() > 1;
        if many && driver.get_target_session_attrs() == TargetSessionAttrs::Any {
            driver.target_session_attrs(TargetSessionAttrs::ReadWrite);
        }
        if driver.get_application_name().is_none() {
            driver.application_name("budstikke");
        }
        driver
            .connect_timeout(Duration::from_secs(3))
            .tcp_user_timeout(config.answer_limit())
            .keepalives_idle(Duration::from_secs(10))
            .keepalives_interval(Duration::from_secs(5))
            .keepalives_retries(3);
        Ok(Self { driver, root_certificates })
    }
}

type Mode = Option<std::result::Result<SslMode, String>>;

/// The address without `sslrootcert` and `sslmode`, and those two.
fn without_tls_options(url: &str) -> (String, Option<String>, Mode) {
    let Some((base, query)) = url.split_once('?') else { return (url.to_owned(), None, None) };
    let (mut roots, mut mode, mut kept) = (None, None, Vec::new());
    for pair in query.split('&') {
        match pair.split_once('=') {
            Some(("sslrootcert", file)) => roots = Some(file.replace("%2F", "/").replace("%2f", "/")),
            Some(("sslmode", "disable")) => mode = Some(Ok(SslMode::Disable)),
            Some(("sslmode", "prefer" | "allow")) => mode = Some(Ok(SslMode::Prefer)),
            Some(("sslmode", "require" | "verify-ca" | "verify-full")) => mode = Some(Ok(SslMode::Require)),
            Some(("sslmode", other)) => mode = Some(Err(other.to_owned())),
            _ => kept.push(pair),
        }
    }
    let query = if kept.is_empty() { String::new() } else { format!("?{}", kept.join("&")) };
    (format!("{base}{query}"), roots, mode)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(url: &str) -> Result<Address> {
        Address::parse(&PostgresConfig::at(url))
    }

    #[test]
    fn several_hosts_mean_the_one_that_can_be_written_to() {
        let one = parse("postgres://u@a/db").expect("an address");
        let two = parse("postgres://u@a,b:5433/db").expect("an address");

        assert_eq!(one.driver.get_target_session_attrs(), TargetSessionAttrs::Any);
        assert_eq!(two.driver.get_target_session_attrs(), TargetSessionAttrs::ReadWrite);
        assert_eq!(two.driver.get_hosts().len(), 2);
    }

    #[test]
    fn certificates_and_the_strictness_about_them_are_understood() {
        let address =
            parse("postgres://u@a/db?sslmode=verify-full&sslrootcert=%2Fetc%2Fca.pem&connect_timeout=1");
        let address = address.expect("an address");

        assert_eq!(address.root_certificates.as_deref(), Some("/etc/ca.pem"));
        assert_eq!(address.driver.get_ssl_mode(), SslMode::Require);
    }

    #[test]
    fn an_address_that_cannot_be_used_says_why_without_its_password() {
        for url in
            ["postgres://u:geheim@a/db?sslmode=perhaps", "postgres://u:geheim@a/db?colour=red", "nonsense"]
        {
            let refused = parse(url).err().expect("a refusal").to_string();
            assert!(refused.contains("cannot be used") && !refused.contains("geheim"), "{refused}");
        }
    }
}
