//! `GET /health` and `GET /health/ready`, for those who watch.

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use store::Store;

/// Answers whether we live, and whether we can work.
#[derive(Clone)]
pub(super) struct Health {
    store: Store,
}

impl Health {
    pub fn new(store: Store) -> Self {
        Self { store }
    }

    pub fn router(&self) -> Router {
        Router::new()
            .route("/health", get(async || "Healthy"))
            .route("/health/ready", get(ready))
            .with_state(self.clone())
    }
}

/// Ready is who can reach its database.
async fn ready(State(health): State<Health>) -> (StatusCode, &'static str) {
    match health.store.read(audit::head).await {
        Ok(_) => (StatusCode::OK, "Healthy"),
        Err(why) => {
            tracing::warn!("not ready: the database does not answer: {why}");
            (StatusCode::SERVICE_UNAVAILABLE, "Unhealthy")
        }
    }
}
