//! The demo's own systems: an endpoint that answers send conditions, and one that takes webhooks.

use std::net::SocketAddr;

use anyhow::{Context, Result};
use auth::{LocalIssuer, TokenKind, Verifier};
use axum::Router;
use simulators::condition::Condition;
use simulators::subscriber::Subscriber;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use types::Secret;
use types::time::Clock;

const SCOPE: &str = "altinn:system/notifications.condition.check";

/// What organization A's own systems do.
pub(super) struct Outside {
    pub condition: Condition,
    pub subscriber: Subscriber,
    address: SocketAddr,
}

impl Outside {
    /// Starts them on a port of their own.
    pub(super) async fn start(
        issuer: &LocalIssuer,
        tasks: &mut JoinSet<()>,
        stop: &CancellationToken,
    ) -> Result<Self> {
        let trusted = vec![issuer.trusted(TokenKind::Maskinporten)];
        let verifier = Verifier::new(trusted, std::sync::Arc::default(), Clock::system());
        let verify = move |token: Secret| {
            let verifier = verifier.clone();
            async move {
                let caller = verifier.verify(token.reveal(), &[TokenKind::Maskinporten]).await;
                caller.is_ok_and(|caller| caller.has_scope(SCOPE))
            }
        };
        let condition = Condition::verifying(Clock::system(), 1_000, verify);
        let subscriber = Subscriber::new(Clock::system(), 1_000);
        let router =
            Router::new().nest("/condition", condition.router()).nest("/webhook", subscriber.router());
        let bound = web::server::bind(SocketAddr::from(([127, 0, 0, 1], 0)))
            .await
            .context("no port for the demo's own systems")?;
        let address = bound.local_addr;
        tasks.spawn(bound.serve(router, web::server::Limits::default(), stop.clone()));
        Ok(Self { condition, subscriber, address })
    }

    pub(super) fn condition_url(&self, path: &str) -> String {
        format!("http://{}/condition{path}", self.address)
    }

    pub(super) fn webhook_url(&self) -> String {
        format!("http://{}/webhook/statuses", self.address)
    }
}
