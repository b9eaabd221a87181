//! `/manage` on the API's address, as the reference has it: health, info and figures. All else that the
//! reference shows there (environment, heap, log, loggers, threads, shutdown) does not exist here.
//!
//! Health and probes are open to everybody; figures too, unless `manage.protect_figures` asks for the API's
//! user. What must be counted in the store is counted at most once a second, whoever asks.

pub(crate) mod channels;
pub(crate) mod clock;
pub(crate) mod disk;
mod figures;
mod health;
mod info;
mod metrics;
mod outside;
mod process;
mod sample;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use crate::app::App;
use channels::Channels;
use clock::Offset;
use sample::Sampler;

/// What the endpoints know.
#[derive(Clone)]
struct Manage(Arc<Inner>);

struct Inner {
    app: App,
    started: Timestamp,
    /// Ends when the server begins to stop.
    stop: CancellationToken,
    offset: Offset,
    channels: Channels,
    sampler: Sampler,
}

/// The endpoints of a server that stops with `stop`. Whoever keeps the history of figures measures with them.
pub(crate) fn router(app: &App, offset: Offset, channels: Channels, stop: CancellationToken) -> Router {
    let (started, sampler) = (Timestamp::now(), Sampler::default());
    let manage = Manage(Arc::new(Inner { app: app.clone(), started, stop, offset, channels, sampler }));
    app.console().measure_with(measure(&manage));
    let figures = Router::new()
        .route("/manage/info", get(info::show))
        .route("/manage/metrics", get(metrics::list))
        .route("/manage/metrics/{name}", get(metrics::show))
        .route("/manage/prometheus", get(metrics::prometheus))
        .route_layer(from_fn_with_state(manage.clone(), known));
    let routes = Router::new()
        .route("/manage", get(links))
        .route("/manage/health", get(health::all))
        .route("/manage/health/{name}", get(health::part))
        .merge(figures)
        .with_state(manage);
    app.exchange().shaping("/manage", routes)
}

/// Measures everything, for as long as the server is there. The server holds the console, so this must not
/// hold the server.
fn measure(manage: &Manage) -> console::Measure {
    let manage = Arc::downgrade(&manage.0);
    Arc::new(move || {
        let manage = manage.upgrade();
        Box::pin(async move {
            match manage {
                Some(manage) => figures::all(&Manage(manage)).await,
                None => meter::Snapshot::default(),
            }
        })
    })
}

/// Lets pass who may see figures.
async fn known(State(manage): State<Manage>, request: Request, next: Next) -> Response {
    let app = &manage.0.app;
    if !app.config().manage.protect_figures || app.exchange().knows(request.headers()) {
        return next.run(request).await;
    }
    let challenge = [(header::WWW_AUTHENTICATE, "Basic realm=\"Realm\"")];
    (StatusCode::UNAUTHORIZED, challenge).into_response()
}

/// What there is, as the reference lists it.
async fn links() -> Response {
    let link = |path: &str| serde_json::json!({ "href": path, "templated": path.contains('{') });
    axum::Json(serde_json::json!({ "_links": {
        "self": link("/manage"),
        "health": link("/manage/health"),
        "health-path": link("/manage/health/{*path}"),
        "info": link("/manage/info"),
        "metrics": link("/manage/metrics"),
        "metrics-requiredMetricName": link("/manage/metrics/{requiredMetricName}"),
        "prometheus": link("/manage/prometheus"),
    } }))
    .into_response()
}
