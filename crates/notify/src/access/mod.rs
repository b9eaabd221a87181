//! Who may do what, and on whose behalf.
//!
//! A service owner shows an Altinn token in `Authorization`, a component of the platform shows its own
//! in `PlatformAccessToken`. The creator is always taken from the credential that opened the door: a
//! header that was not verified says nothing. Where both are good and name different creators, nobody
//! can tell which was meant, and the call is refused.

pub mod pace;
pub mod senders;

use std::fmt;

use auth::verify::RefusalKind;
use auth::{Caller, Refusal, TokenKind, Verifier};
use http::{HeaderMap, HeaderName, StatusCode};
use types::time::Clock;

use crate::problem::{Code, Problem};
use pace::Pace;

/// May place orders and read one's own.
pub const CREATE: &str = "altinn:serviceowner/notifications.create";
/// May order e-mail with files.
pub const COMPOSED: &str = "altinn:serviceowner/notifications.composedemail.create";
/// May look up what was sent to a person or an organization, by whomever.
pub const SUPPORT: &str = "altinn:notifications.support.admin";

const PLATFORM_TOKEN: HeaderName = HeaderName::from_static("platformaccesstoken");

/// The short name of the service owner that an order belongs to, compared exactly.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Creator(String);

impl Creator {
    /// The creator with this short name.
    pub fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }

    /// The short name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Creator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl store::ToValue for Creator {
    fn to_value(&self) -> store::Value<'_> {
        store::Value::Text(self.0.as_str().into())
    }
}

impl store::Column for Creator {
    const WANTED: &'static str = "a creator's short name";

    fn from_value(value: store::Value<'_>) -> Option<Self> {
        <String as store::Column>::from_value(value).map(Self)
    }
}

/// What an endpoint asks of its callers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// The scope for ordering, or a platform token.
    CreateOrPlatform,
    /// The same, or the scope for e-mail with files: whoever may order may read what became of it.
    ReadShipments,
    /// The scope for e-mail with files; a platform token is not enough.
    Composed,
    /// The scope of those who help people; a platform token is not enough.
    Support,
}

impl Policy {
    const fn scopes(self) -> &'static [&'static str] {
        match self {
            Self::CreateOrPlatform => &[CREATE],
            Self::ReadShipments => &[CREATE, COMPOSED],
            Self::Composed => &[COMPOSED],
            Self::Support => &[SUPPORT],
        }
    }

    const fn opens_to_platform(self) -> bool {
        matches!(self, Self::CreateOrPlatform | Self::ReadShipments)
    }
}

/// Lets callers in: checks their tokens and, where that is configured, how often they come.
#[derive(Debug)]
pub struct Door {
    verifier: Verifier,
    pace: Pace,
}

impl Door {
    /// A door for the bearers of these tokens, as often as these limits allow.
    pub fn new(verifier: Verifier, limits: pace::Limits, clock: Clock) -> Self {
        Self { verifier, pace: Pace::new(limits, clock) }
    }

    /// Goes on with other limits.
    pub(crate) fn set_limits(&self, limits: pace::Limits) {
        self.pace.set_limits(limits);
    }
}

/// The door is open; whether there is a creator shows later, after the body has been checked.
#[derive(Clone, Debug)]
pub struct Granted(Option<Creator>);

impl Granted {
    /// The creator, or a 403.
    pub fn creator(self) -> Result<Creator, Problem> {
        self.0.ok_or(Problem::Bare(StatusCode::FORBIDDEN))
    }
}

/// Checks the credentials of a request against a policy, and counts the call.
pub async fn allow(door: &Door, headers: &HeaderMap, policy: Policy) -> Result<Granted, Problem> {
    let bearer = bearer(&door.verifier, headers).await;
    let platform = if policy.opens_to_platform() {
        platform(&door.verifier, headers).await
    } else {
        Err(Refusal::Missing)
    };
    let granted = decide(bearer, platform, policy)?;
    if let Some(creator) = &granted.0 {
        door.pace.count(creator)?;
    }
    Ok(granted)
}

async fn bearer(verifier: &Verifier, headers: &HeaderMap) -> Result<Caller, Refusal> {
    let token = web::bearer::from_headers(headers).map_err(|error| match error {
        web::bearer::AuthorizationError::Missing => Refusal::Missing,
        _ => Refusal::Malformed,
    })?;
    verifier.verify(token.reveal(), &[TokenKind::Altinn]).await
}

async fn platform(verifier: &Verifier, headers: &HeaderMap) -> Result<Caller, Refusal> {
    let token = headers.get(PLATFORM_TOKEN).ok_or(Refusal::Missing)?;
    let token = token.to_str().map_err(|_| Refusal::Malformed)?;
    verifier.verify(token.trim(), &[TokenKind::PlatformAccess]).await
}

/// The rule itself. Pure.
fn decide(
    bearer: Result<Caller, Refusal>,
    platform: Result<Caller, Refusal>,
    policy: Policy,
) -> Result<Granted, Problem> {
    let by_scope = bearer.as_ref().is_ok_and(|caller| caller.has_any_scope(policy.scopes()));
    let name = |caller: Caller| caller.name.map(Creator);
    match (by_scope, bearer, platform) {
        (true, Ok(caller), Ok(component)) if caller.name != component.name => {
            tracing::info!("refused a call whose two tokens name different creators");
            Err(Problem::Bare(StatusCode::FORBIDDEN))
        }
        (true, Ok(caller), _) => Ok(Granted(name(caller))),
        (_, _, Ok(component)) => Ok(Granted(name(component))),
        (_, Ok(_), Err(_)) => Err(Problem::Bare(StatusCode::FORBIDDEN)),
        (_, Err(of_bearer), Err(of_platform)) => Err(refused(&of_bearer, &of_platform)),
    }
}

fn refused(bearer: &Refusal, platform: &Refusal) -> Problem {
    let unavailable = |refusal: &Refusal| refusal.kind() == RefusalKind::Unavailable;
    if unavailable(bearer) || unavailable(platform) {
        tracing::warn!(%bearer, %platform, "cannot check a token now");
        return Code::DependencyUnavailable.into();
    }
    tracing::debug!(%bearer, %platform, "refused a call");
    match bearer.kind() {
        RefusalKind::Forbidden => Problem::Bare(StatusCode::FORBIDDEN),
        _ => Problem::Bare(StatusCode::UNAUTHORIZED),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[expect(clippy::unnecessary_wraps, reason = "stands beside refusals")]
    fn caller(name: Option<&str>, scopes: &[&str]) -> Result<Caller, Refusal> {
        Ok(Caller {
            org: "991825827".parse().expect("a number"),
            name: name.map(str::to_owned),
            supplier: None,
            scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect::<BTreeSet<_>>(),
            kind: TokenKind::Altinn,
        })
    }

    fn outcome(
        bearer: Result<Caller, Refusal>,
        platform: Result<Caller, Refusal>,
    ) -> Result<String, StatusCode> {
        let granted = decide(bearer, platform, Policy::CreateOrPlatform).and_then(Granted::creator);
        granted.map(|creator| creator.to_string()).map_err(|problem| problem.status())
    }

    #[test]
    fn the_creator_comes_from_the_credential_that_opened_the_door() {
        let none = || Err(Refusal::Missing);
        assert_eq!(outcome(caller(Some("bym"), &[CREATE]), none()), Ok("bym".to_owned()));
        assert_eq!(outcome(none(), caller(Some("ttd"), &[])), Ok("ttd".to_owned()));
        assert_eq!(outcome(caller(Some("bym"), &[]), caller(Some("ttd"), &[])), Ok("ttd".to_owned()));
        let forged = Err(Refusal::BadSignature);
        assert_eq!(outcome(caller(Some("bym"), &[CREATE]), forged), Ok("bym".to_owned()));
    }

    #[test]
    fn what_is_not_enough_is_401_or_403() {
        let forbidden = Err(StatusCode::FORBIDDEN);
        let unknown = Err(StatusCode::UNAUTHORIZED);
        let none = || Err(Refusal::Missing);
        assert_eq!(outcome(none(), none()), unknown);
        assert_eq!(outcome(Err(Refusal::Expired), none()), unknown);
        assert_eq!(outcome(caller(Some("bym"), &["other"]), none()), forbidden);
        assert_eq!(outcome(caller(None, &[CREATE]), none()), forbidden);
        assert_eq!(outcome(Err(Refusal::NoOrganization), none()), forbidden);
        assert_eq!(outcome(caller(Some("bym"), &[CREATE]), caller(Some("ttd"), &[])), forbidden);
        let later = Err(Refusal::KeysUnavailable("down".to_owned()));
        assert_eq!(outcome(later, none()), Err(StatusCode::SERVICE_UNAVAILABLE));
    }
}
