//! The section `[embedded]`.

use std::path::PathBuf;

use asic::{PRODUCTION_POLICIES, TEST_POLICIES};
use serde::Deserialize;
use url::Url;

/// The `[embedded]` section: stand-ins that are part of the product, for development and trial.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "each service has its own switch")]
pub(crate) struct Embedded {
    /// The development token issuer. Switch it off as soon as real tokens come in.
    pub issuer: bool,
    /// The broker. Needs the issuer.
    pub broker: bool,
    /// The service registry. Needs the issuer.
    pub registry: bool,
    /// The SMS gateway simulator; otherwise `providers.sms` names a real gateway.
    pub sms_gateway: bool,
    /// The SMPP message centre simulator. Without `providers.sms`, SMS go over it.
    pub smsc: bool,
    /// The capturing mail server; otherwise `providers.email` names a real one.
    pub mail: bool,
    /// The simulator of Azure Communication Services' e-mail, for routes of that kind that name no other.
    pub mail_cloud: bool,
    /// The file store for composed e-mail, at `/files` of `listen.services`. Only beside the embedded issuer.
    pub file_store: bool,
    /// Shows the embedded contact register to others, in the dialects of those it stands in for. Needs
    /// the issuer, for it shows everything.
    pub registers: bool,
    /// From a message's acceptance by the SMS gateway simulator to its delivery report, in
    /// milliseconds.
    pub sms_report_after_ms: u64,
    /// Before every answer of the SMS gateway simulator, in milliseconds.
    pub sms_answer_after_ms: u64,
    /// Address of another budstikke's embedded services (its `listen.services`), for those that are
    /// switched off here.
    pub elsewhere: Option<Url>,
    /// Address under which the embedded services are reached, where it is not `listen.services` itself:
    /// nodes that share a store name the same one.
    pub address: Option<Url>,
    /// Folder of the test certificate authority [default: `authority` in the data directory].
    pub authority_dir: Option<PathBuf>,
    /// Certificate policies, one of which the certificate of a client must have that a broker or registry
    /// alone has not listed; empty for any. `*` at the end stands for everything below.
    pub client_policies: Vec<String>,
}

impl Default for Embedded {
    fn default() -> Self {
        Self {
            issuer: true,
            broker: true,
            registry: true,
            sms_gateway: true,
            smsc: false,
            mail: true,
            mail_cloud: false,
            file_store: true,
            registers: true,
            sms_report_after_ms: 1_000,
            sms_answer_after_ms: 0,
            elsewhere: None,
            address: None,
            authority_dir: None,
            client_policies: PRODUCTION_POLICIES
                .into_iter()
                .chain(TEST_POLICIES)
                .map(str::to_owned)
                .collect(),
        }
    }
}
