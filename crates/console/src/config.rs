//! The section `[console]`.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;
use types::Secret;
use url::{Host, Url};
use web::networks::Network;

use crate::role::Role;

/// The `[console]` section: the web pages for those who run the server.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Whether there are pages for people. What commands and scripts ask for is there all the same.
    pub enabled: bool,
    /// Where browsers reach the server, where that is not `listen.api` itself: `https://varsel.example.no/`.
    pub address: Option<Url>,
    /// A session ends when it was not used for so many minutes.
    pub idle_minutes: u32,
    /// A session ends after so many hours, used or not.
    pub session_hours: u32,
    /// Proxies before us: where a request comes from one, the address in its `X-Forwarded-For` counts.
    pub proxies: Vec<Network>,
    /// The organization's own provider of OpenID Connect.
    pub oidc: Option<Oidc>,
}

/// The `[console.oidc]` section.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Oidc {
    /// What the button says.
    pub name: String,
    /// The provider's name, exactly as its discovery document says it.
    pub issuer: String,
    /// What it calls us.
    pub client_id: String,
    /// What we prove it with; a public client has none.
    pub client_secret: Option<Secret>,
    /// What is asked for besides `openid`.
    pub scopes: Vec<String>,
    /// The claim whose values become roles, as its name or as a path of names with dots.
    pub role_claim: String,
    /// The claim that says what somebody is called.
    pub name_claim: String,
    /// Which value of the claim gives which role; the highest counts.
    pub roles: BTreeMap<String, Role>,
    /// The role of everybody else [default: none, they are not let in].
    pub default_role: Option<Role>,
}

impl Default for Oidc {
    fn default() -> Self {
        Self {
            name: "OpenID Connect".to_owned(),
            issuer: String::new(),
            client_id: String::new(),
            client_secret: None,
            scopes: vec!["profile".to_owned(), "email".to_owned()],
            role_claim: "roles".to_owned(),
            name_claim: "preferred_username".to_owned(),
            roles: BTreeMap::new(),
            default_role: None,
        }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            enabled: true,
            address: None,
            idle_minutes: 60,
            session_hours: 12,
            proxies: Vec::new(),
            oidc: None,
        }
    }
}

impl Config {
    /// What cannot be meant, every fault of it.
    pub fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        if self.idle_minutes == 0 || self.session_hours == 0 {
            faults.push("console.idle_minutes and console.session_hours are at least 1".to_owned());
        }
        if self.address.as_ref().is_some_and(|address| !matches!(address.scheme(), "http" | "https")) {
            faults.push("console.address begins with https:// or http://".to_owned());
        }
        let Some(oidc) = &self.oidc else { return faults };
        if oidc.client_id.is_empty() {
            faults.push("console.oidc.client_id is not set".to_owned());
        }
        if oidc.roles.is_empty() && oidc.default_role.is_none() {
            faults.push("console.oidc.roles gives nobody a role, so nobody can sign in with it".to_owned());
        }
        match Url::parse(&oidc.issuer) {
            Ok(issuer) if issuer.scheme() == "https" || is_this_machine(&issuer) => {}
            _ => faults.push("console.oidc.issuer is an address that begins with https://".to_owned()),
        }
        faults
    }

    /// How long a session outlives its last use.
    pub(crate) fn idle(&self) -> Duration {
        Duration::from_secs(u64::from(self.idle_minutes) * 60)
    }

    /// How long a session may last.
    pub(crate) fn longest(&self) -> Duration {
        Duration::from_secs(u64::from(self.session_hours) * 3_600)
    }
}

/// Plain HTTP is good enough inside one machine.
fn is_this_machine(address: &Url) -> bool {
    match address.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provider_that_cannot_work_is_refused_at_the_start() {
        let roles = BTreeMap::from([("drift".to_owned(), Role::Operate)]);
        let good = Oidc {
            issuer: "https://id.example.no".to_owned(),
            client_id: "budstikke".to_owned(),
            roles,
            ..Oidc::default()
        };
        let faults = |oidc: Oidc| Config { oidc: Some(oidc), ..Config::default() }.faults();
        assert!(faults(good.clone()).is_empty());
        assert!(faults(Oidc { issuer: "http://127.0.0.1:9/x".to_owned(), ..good.clone() }).is_empty());
        for issuer in ["http://id.example.no", "id.example.no", ""] {
            assert_eq!(faults(Oidc { issuer: issuer.to_owned(), ..good.clone() }).len(), 1, "{issuer}");
        }
        assert_eq!(faults(Oidc { roles: BTreeMap::new(), ..good }).len(), 1);
        assert_eq!(Config { idle_minutes: 0, ..Config::default() }.faults().len(), 1);
    }
}
