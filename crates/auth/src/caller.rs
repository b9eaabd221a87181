//! Who asks: an organization, perhaps through a supplier, with what it was granted.

use std::collections::BTreeSet;

use types::OrgNumber;

/// Which sort of token a caller showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// Issued by Altinn's authentication component in exchange for another token.
    Altinn,
    /// Issued by Maskinporten, shown as it is.
    Maskinporten,
    /// Issued by a component or app of the platform, shown in the header `PlatformAccessToken`.
    PlatformAccess,
}

/// An organization whose token has been checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The organization that the call counts for. With delegation this is the one acted for, not
    /// the one that holds the client.
    pub org: OrgNumber,
    /// Altinn's short name of the organization (claim `urn:altinn:org`, or the issuer of a platform
    /// access token). Only service owners have one.
    pub name: Option<String>,
    /// The supplier that holds the client and acts for `org`, where that is somebody else.
    pub supplier: Option<OrgNumber>,
    /// What was granted, one entry per scope.
    pub scopes: BTreeSet<String>,
    /// The sort of token that authorised the call.
    pub kind: TokenKind,
}

impl Caller {
    /// Whether this scope was granted, as a whole word.
    pub fn has_scope(&self, scope: &str) -> bool {
        self.scopes.contains(scope)
    }

    /// Whether at least one of these scopes was granted.
    pub fn has_any_scope(&self, scopes: &[&str]) -> bool {
        scopes.iter().any(|scope| self.has_scope(scope))
    }

    /// Whoever really operates the calling system.
    pub fn actor(&self) -> OrgNumber {
        self.supplier.unwrap_or(self.org)
    }

    /// The organization acted for, where the actor is somebody else.
    pub fn on_behalf_of(&self) -> Option<OrgNumber> {
        self.supplier.map(|_| self.org)
    }
}

/// Reads a scope claim: a list separated by spaces (RFC 6749 section 3.3).
pub(crate) fn read_scopes(claim: Option<&str>) -> BTreeSet<String> {
    claim.unwrap_or_default().split(' ').filter(|scope| !scope.is_empty()).map(str::to_owned).collect()
}
