//! The console: server-made HTML, readable without JavaScript, behind the same user and password as
//! the Exchange API.

pub(crate) mod audit;
mod contacts;
mod language;
mod overview;
mod routes;
mod webhooks;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use web::basic::Basic;

use crate::app::App;

/// The console's pages. `/` leads to them.
pub(crate) fn router(app: App) -> Router {
    let pages = Router::new()
        .route("/console", get(overview::show))
        .route("/console/", get(|| async { Redirect::permanent("/console") }))
        .route("/console/audit", get(audit::show))
        .merge(contacts::router())
        .merge(webhooks::router())
        .route("/console/routes", get(routes::list))
        .route("/console/routes/{channel}/{name}", post(routes::set))
        .layer(middleware::from_fn_with_state(app.clone(), only_operators))
        .with_state(app);
    Router::new()
        .merge(pages)
        .route("/console/console.css", get(stylesheet))
        .route("/", get(|| async { Redirect::temporary("/console") }))
}

async fn only_operators(State(app): State<App>, request: Request, next: Next) -> Response {
    let known =
        Basic::from_headers(request.headers()).is_ok_and(|basic| basic.is(app.user(), app.password()));
    if !known {
        let challenge = [(header::WWW_AUTHENTICATE, "Basic realm=\"Budstikke\", charset=\"UTF-8\"")];
        return (StatusCode::UNAUTHORIZED, challenge, "user and password, please").into_response();
    }
    let mut response = next.run(request).await;
    guard(&mut response);
    response
}

/// Nothing from elsewhere, no frames, no copies.
fn guard(response: &mut Response<Body>) {
    let headers = response.headers_mut();
    web::layers::secure(headers);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(
            "default-src 'none'; style-src 'self'; img-src 'self'; frame-ancestors 'none'; base-uri 'none'; \
             form-action 'self'",
        ),
    );
}

async fn stylesheet() -> Response {
    let headers =
        [(header::CONTENT_TYPE, "text/css; charset=utf-8"), (header::CACHE_CONTROL, "max-age=3600")];
    (headers, include_str!("assets/console.css")).into_response()
}
