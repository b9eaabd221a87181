//! Who may call: the one user of Basic authentication, or an organization with a token.
//!
//! The user and the organization that runs the gateway see everything in it. Other organizations get in
//! when `exchange.consumers` names them, and see the messages of those of our organizations that they may
//! act for: what these send, and what is for them.

use std::sync::Arc;

use auth::TokenKind;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, header};
use types::OrgNumber;

use crate::config::Config;
use crate::problem::Problem;
use crate::{Exchange, SetupError};

/// A client whose credentials have been checked.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    /// In whose gateway it works.
    pub(crate) owner: OrgNumber,
    /// Whose messages it sees and sends.
    pub(crate) reach: Reach,
    /// Who its subscriptions belong to.
    pub(crate) subscriber: OrgNumber,
    /// What it calls itself; free text, kept with each message for support.
    pub(crate) user_agent: Option<String>,
}

/// For which of our organizations somebody may act.
#[derive(Clone, Debug)]
pub(crate) enum Reach {
    /// For all of them.
    All,
    /// For these.
    Only(Arc<[OrgNumber]>),
}

impl Reach {
    /// Whether messages of this organization of ours are within it. `party` is an identifier without
    /// scheme.
    pub(crate) fn covers(&self, party: &str) -> bool {
        match self {
            Self::All => true,
            Self::Only(organizations) => party.parse().is_ok_and(|party| organizations.contains(&party)),
        }
    }
}

/// What a consumer may see must not depend on which of two entries is read.
pub(crate) fn check_consumers(config: &Config, own: OrgNumber) -> Result<(), SetupError> {
    let consumers = &config.consumers;
    for (at, consumer) in consumers.iter().enumerate() {
        let before = consumers[..at].iter().any(|other| other.org == consumer.org);
        if before || consumer.org == own {
            return Err(SetupError::Consumer(consumer.org));
        }
    }
    Ok(())
}

/// Lets a request through with its [`Client`], or answers 401 or 403.
pub(crate) async fn require(State(app): State<Exchange>, mut request: Request, next: Next) -> Response {
    match client(&app, request.headers()).await {
        Ok(client) => {
            request.extensions_mut().insert(client);
            next.run(request).await
        }
        Err(problem) => problem.into_response(),
    }
}

async fn client(app: &Exchange, headers: &HeaderMap) -> Result<Client, Problem> {
    let config = app.config();
    let caller = if config.require_credentials { authenticate(app, headers).await? } else { app.own() };
    let agent = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
    let user_agent = agent.map(|text| text.chars().take(255).collect());
    let reach = reach(app, caller)
        .ok_or_else(|| Problem::forbidden("The token belongs to an organization that is not served here"))?;
    Ok(Client { owner: app.own(), reach, subscriber: caller, user_agent })
}

/// What an organization may see, if anything.
fn reach(app: &Exchange, caller: OrgNumber) -> Option<Reach> {
    if caller == app.own() {
        return Some(Reach::All);
    }
    let config = app.config();
    let named = config.consumers.iter().find(|consumer| consumer.org == caller);
    named.map(|consumer| Reach::Only(consumer.organizations.as_slice().into()))
}

/// The organization whose credentials these are; the user's is the one that runs the gateway.
async fn authenticate(app: &Exchange, headers: &HeaderMap) -> Result<OrgNumber, Problem> {
    let config = app.config();
    if let Ok(basic) = web::basic::Basic::from_headers(headers) {
        let right = config.user_password.as_ref().is_some_and(|word| basic.is(&config.user_name, word));
        return if right { Ok(app.own()) } else { Err(Problem::unauthorized()) };
    }
    let token = web::bearer::from_headers(headers).map_err(|_| Problem::unauthorized())?;
    let verifier = app.verifier().ok_or_else(Problem::unauthorized)?;
    let kinds = [TokenKind::Maskinporten, TokenKind::Altinn];
    let caller = verifier.verify(token.reveal(), &kinds).await.map_err(|refusal| {
        tracing::info!(%refusal, "refused a token");
        Problem::unauthorized()
    })?;
    if !config.accepted_scopes.iter().any(|scope| caller.has_scope(scope)) {
        return Err(Problem::forbidden("The token was granted none of the scopes that open this API"));
    }
    Ok(caller.org)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_acts_for_some_does_not_reach_the_others() {
        let org = |text: &str| text.parse().expect("a number");
        let some = Reach::Only([org("310000001"), org("310000004")].as_slice().into());

        assert!(some.covers("310000004"));
        assert!(!some.covers("310000002"));
        assert!(!some.covers("") && !some.covers("her-id:8100042"));
        assert!(Reach::All.covers("310000002") && Reach::All.covers("her-id:8100042"));
    }
}
