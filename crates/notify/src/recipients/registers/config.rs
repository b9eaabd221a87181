//! The section `[registers]` of the configuration.

use std::time::Duration;

use serde::Deserialize;

use super::brreg::BrregConfig;
use super::krr::KrrConfig;
use super::names::PartyNamesConfig;
use super::pdp::PdpConfig;
use super::profile::ProfileConfig;

/// Which register answers which question. Each is chosen by itself; every default is the embedded one.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RegistersConfig {
    /// How persons are reached. Default `embedded`.
    pub persons: PersonsFrom,
    /// How persons without a national identity number are reached. Default `embedded`.
    pub self_identified: SelfIdentifiedFrom,
    /// The official addresses of organizations. Default `embedded`.
    pub organizations: OrganizationsFrom,
    /// Who has registered addresses of their own at organizations. Default `embedded`.
    pub users: UsersFrom,
    /// Who of them may receive. Default `embedded`.
    pub authorization: AuthorizationFrom,
    /// Names for keywords. Default `embedded`.
    pub names: NamesFrom,
    /// Calendar months after which an address that nobody has confirmed is stale, where we are the ones
    /// to judge: in the embedded and in the national register. Default 18.
    pub stale_after_months: u16,
    /// How long a look-up over HTTP waits for others to share the call with, in milliseconds. Default 3.
    pub gather_milliseconds: u64,
    /// For each call, in seconds. Default 10.
    pub timeout_seconds: u64,
    /// Numbers in one call at most. Default 1000.
    pub chunk: usize,
    /// Calls side by side to one register. Default 4.
    pub at_once: usize,
    /// The longest answer that is read, in MiB. Default 16.
    pub answer_mib: usize,
    /// The national contact and reservation register.
    pub krr: KrrConfig,
    /// Altinn's profile service.
    pub profile: ProfileConfig,
    /// The national feed of organizations' notification addresses.
    pub brreg: BrregConfig,
    /// Altinn's register of names.
    pub register: PartyNamesConfig,
    /// Altinn's authorization.
    pub pdp: PdpConfig,
}

impl Default for RegistersConfig {
    fn default() -> Self {
        Self {
            persons: PersonsFrom::default(),
            self_identified: SelfIdentifiedFrom::default(),
            organizations: OrganizationsFrom::default(),
            users: UsersFrom::default(),
            authorization: AuthorizationFrom::default(),
            names: NamesFrom::default(),
            stale_after_months: 18,
            gather_milliseconds: 3,
            timeout_seconds: 10,
            chunk: 1000,
            at_once: 4,
            answer_mib: 16,
            krr: KrrConfig::default(),
            profile: ProfileConfig::default(),
            brreg: BrregConfig::default(),
            register: PartyNamesConfig::default(),
            pdp: PdpConfig::default(),
        }
    }
}

impl RegistersConfig {
    /// How those over HTTP are called.
    pub fn line(&self) -> LineConfig {
        LineConfig {
            timeout: Duration::from_secs(self.timeout_seconds),
            chunk: self.chunk.max(1),
            at_once: self.at_once.max(1),
            answer_bytes: self.answer_mib.saturating_mul(1 << 20),
        }
    }

    /// Whether nothing is asked over HTTP.
    pub fn is_embedded(&self) -> bool {
        self.persons == PersonsFrom::Embedded
            && self.self_identified == SelfIdentifiedFrom::Embedded
            && self.organizations != OrganizationsFrom::Profile
            && self.users != UsersFrom::Profile
            && self.authorization != AuthorizationFrom::Pdp
            && self.names != NamesFrom::Register
    }
}

/// How a register over HTTP is called.
#[derive(Clone, Debug)]
pub struct LineConfig {
    /// For each call.
    pub timeout: Duration,
    /// Numbers in one call at most.
    pub chunk: usize,
    /// Calls side by side.
    pub at_once: usize,
    /// The longest answer that is read, in bytes.
    pub answer_bytes: usize,
}

/// Who says how persons are reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PersonsFrom {
    /// Our own register.
    #[default]
    Embedded,
    /// The national register itself.
    Krr,
    /// Altinn's profile service.
    Profile,
}

/// Who says how persons without a national identity number are reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SelfIdentifiedFrom {
    /// Our own register.
    #[default]
    Embedded,
    /// Altinn's profile service.
    Profile,
}

/// Who knows the official addresses of organizations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrganizationsFrom {
    /// Our own register.
    #[default]
    Embedded,
    /// Altinn's profile service.
    Profile,
    /// A copy of the national feed.
    Brreg,
}

/// Who knows which persons have registered addresses of their own at organizations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UsersFrom {
    /// Our own register.
    #[default]
    Embedded,
    /// Altinn's profile service.
    Profile,
    /// Nobody: only official addresses are used.
    Nobody,
}

/// Who says which of them may receive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuthorizationFrom {
    /// Our own table of rights.
    #[default]
    Embedded,
    /// Altinn's authorization.
    Pdp,
    /// Everybody may. For development alone.
    AllowAll,
}

/// Who knows names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NamesFrom {
    /// Our own register.
    #[default]
    Embedded,
    /// Altinn's register.
    Register,
    /// Nobody: keywords for names stay as written.
    Nobody,
}
