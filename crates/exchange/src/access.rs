//! Who may call: the one user of Basic authentication, or an organization with a token.

use auth::TokenKind;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, header};
use types::OrgNumber;

use crate::Exchange;
use crate::problem::Problem;

/// A client whose credentials have been checked.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    /// Whose messages it sees and sends.
    pub(crate) owner: OrgNumber,
    /// What it calls itself; free text, kept with each message for support.
    pub(crate) user_agent: Option<String>,
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
    let owner = if app.config().require_credentials { authenticate(app, headers).await? } else { app.own() };
    let agent = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
    let user_agent = agent.map(|text| text.chars().take(255).collect());
    Ok(Client { owner, user_agent })
}

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
    if caller.org != app.own() {
        return Err(Problem::forbidden("The token belongs to an organization that is not served here"));
    }
    if !config.accepted_scopes.iter().any(|scope| caller.has_scope(scope)) {
        return Err(Problem::forbidden("The token was granted none of the scopes that open this API"));
    }
    Ok(caller.org)
}
