//! The `[registry]` section.

use serde::{Deserialize, Serialize};
use types::{OrgNumber, Secret};

use crate::registry::PostalAddress;

/// How the embedded registry behaves.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Answers questions without a token, for closed networks whose clients have none. Default: false.
    pub open: bool,
    /// The Altinn resource under which organizations without an installation of their own, and citizens
    /// without a mailbox, get messages in their Altinn inbox (DPV). Default: none, and then they are
    /// reported as not reachable that way.
    pub correspondence_resource: Option<String>,
    /// The shared access key of the message bus that eInnsyn uses (DPE). Default: none.
    pub sas_token: Option<Secret>,
    /// SvarUt's certificate (PEM), for organizations that are reached there (DPF). Default: none, and
    /// then nobody is reached there.
    pub svarut_certificate: Option<String>,
    /// Who prints letters to citizens. Default: nobody.
    pub print: Option<PrintProvider>,
    /// What operators show as a bearer token at `/registry` of `listen.operators`. Default: nothing is
    /// asked for, as on the rest of that listener.
    pub admin_token: Option<Secret>,
}

/// Who prints letters.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PrintProvider {
    /// Its organization number.
    pub organization: OrgNumber,
    /// Its certificate (PEM), which letters are encrypted to.
    pub certificate: String,
    /// Where letters go back to.
    pub return_address: ReturnAddress,
}

/// An address on paper.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct ReturnAddress {
    /// Who lives there.
    pub name: String,
    /// Street or box; several lines are separated by `;`.
    pub street: String,
    /// Postal code.
    pub postal_code: String,
    /// Postal area.
    pub postal_area: String,
    /// Country.
    pub country: String,
}

impl From<ReturnAddress> for PostalAddress {
    fn from(address: ReturnAddress) -> Self {
        let ReturnAddress { name, street, postal_code, postal_area, country } = address;
        Self { name: Some(name), street, postal_code, postal_area, country }
    }
}
