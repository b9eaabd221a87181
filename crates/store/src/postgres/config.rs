//! Where the database is, and how much may be asked of it.

use std::time::Duration;

use serde::Deserialize;
use tokio_postgres::config::{SslMode, TargetSessionAttrs};
use types::Secret;

use crate::error::{Error, Result};

/// The `[postgres]` section: everything but the address, which is `store`.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PostgresConfig {
    /// `postgres://user:password@host1,host2/database?…`, with the options of libpq; several hosts are
    /// tried in turn until one can be written to; a single one must be such, too. TLS certificates are always checked, against
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
    /// The driver's configuration for each host, in the address's order; at least one.
    pub(super) hosts: Vec<tokio_postgres::Config>,
    pub(super) ssl_mode: SslMode,
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
        let whole: tokio_postgres::Config = plain.parse().map_err(|error| unusable(&error))?;
        if whole.get_hosts().is_empty() {
            return Err(unusable(&"it names no host"));
        }
        let ssl_mode = tls.unwrap_or(Ok(whole.get_ssl_mode()));
        let ssl_mode = ssl_mode.map_err(|word| unusable(&format!("sslmode={word} is not known")))?;
        let each = for_each_host(&plain, &whole).into_iter();
        let hosts: Vec<tokio_postgres::Config> =
            each.map(|one| one.parse().map_err(|error| unusable(&error))).collect::<Result<_>>()?;
        let hosts = hosts.into_iter().map(|driver| prepared(driver, ssl_mode, config)).collect();
        Ok(Self { hosts, ssl_mode, root_certificates })
    }
}

fn prepared(
    mut driver: tokio_postgres::Config,
    ssl_mode: SslMode,
    config: &PostgresConfig,
) -> tokio_postgres::Config {
    // One name may lead to a replica, too, while its entry is being changed; whoever stayed there would be
    // refused for as long as the connection lasts.
    if driver.get_target_session_attrs() == TargetSessionAttrs::Any {
        driver.target_session_attrs(TargetSessionAttrs::ReadWrite);
    }
    if driver.get_application_name().is_none() {
        driver.application_name("budstikke");
    }
    driver
        .ssl_mode(ssl_mode)
        .connect_timeout(Duration::from_secs(3))
        .tcp_user_timeout(config.answer_limit())
        .keepalives_idle(Duration::from_secs(10))
        .keepalives_interval(Duration::from_secs(5))
        .keepalives_retries(3);
    driver
}

/// The address once for each host that stands in its middle; as it is where hosts stand in its options.
fn for_each_host(url: &str, whole: &tokio_postgres::Config) -> Vec<String> {
    let begin = url.find("://").map_or(0, |scheme| scheme + 3);
    let begin = url[begin..].find('@').map_or(begin, |at| begin + at + 1);
    let end = url[begin..].find(['/', '?']).map_or(url.len(), |end| begin + end);
    let hosts: Vec<&str> = url[begin..end].split(',').collect();
    if hosts.len() != whole.get_hosts().len() || !whole.get_hostaddrs().is_empty() {
        return vec![url.to_owned()];
    }
    hosts.into_iter().map(|host| format!("{}{host}{}", &url[..begin], &url[end..])).collect()
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
    use tokio_postgres::config::Host;

    use super::*;

    fn parse(url: &str) -> Result<Address> {
        Address::parse(&PostgresConfig::at(url))
    }

    #[test]
    fn one_host_or_several_mean_one_that_can_be_written_to() {
        let one = parse("postgres://u@a/db").expect("an address");
        let two = parse("postgres://u@a,b:5433/db").expect("an address");

        assert_eq!(one.hosts.len(), 1);
        assert_eq!(one.hosts[0].get_target_session_attrs(), TargetSessionAttrs::ReadWrite);
        let found = two.hosts.iter().map(|host| (host.get_hosts(), host.get_ports(), host.get_dbname()));
        let named = |host: &str| [Host::Tcp(host.to_owned())];
        let found: Vec<_> = found.collect();
        assert_eq!(found[0], (&named("a")[..], &[5432][..], Some("db")));
        assert_eq!(found[1], (&named("b")[..], &[5433][..], Some("db")));
        let inside = parse("postgres://u@a,b/db?hostaddr=127.0.0.1,127.0.0.2").expect("an address");
        assert_eq!(inside.hosts.len(), 1, "the driver goes through them itself");
        assert!(two.hosts.iter().all(|host| {
            host.get_target_session_attrs() == TargetSessionAttrs::ReadWrite && host.get_user() == Some("u")
        }));
    }

    #[test]
    fn certificates_and_the_strictness_about_them_are_understood() {
        let address =
            parse("postgres://u@a/db?sslmode=verify-full&sslrootcert=%2Fetc%2Fca.pem&connect_timeout=1");
        let address = address.expect("an address");

        assert_eq!(address.root_certificates.as_deref(), Some("/etc/ca.pem"));
        assert_eq!(address.ssl_mode, SslMode::Require);
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
