//! `POST /console/routes/{channel}/{name}`: what a program wants of a route.

use axum::Json;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use notify::routes::{Wish, shown};
use serde::Deserialize;

use crate::{Console, Program, page};

/// Bytes of a wish.
const LARGEST_WISH: usize = 1024;

/// `{"mode": "off"}`: `auto`, `off`, `only`, or `reset` to have it tried at once.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    mode: String,
}

/// Only JSON is taken, which a browser does not send from another site without asking first.
pub(super) async fn set(
    State(console): State<Console>,
    program: Program,
    Path((channel, name)): Path<(String, String)>,
    request: Request,
) -> Response {
    if !web::json::is_json(request.headers()) {
        return (StatusCode::UNSUPPORTED_MEDIA_TYPE, "send application/json\n").into_response();
    }
    let json = match web::body::read(request.into_body(), LARGEST_WISH).await {
        Ok(json) => json,
        Err(error) => return (StatusCode::BAD_REQUEST, format!("{error}\n")).into_response(),
    };
    let asked = serde_json::from_slice::<Asked>(&json).ok();
    let Some(wish) = asked.and_then(|asked| Wish::parse(&asked.mode)) else {
        let usage = "send {\"mode\": …} with auto, off, only or reset\n";
        return (StatusCode::BAD_REQUEST, usage).into_response();
    };
    match console.notify().set_route(&channel, &name, wish, &program.actor()).await {
        Ok(Some(_)) => Json(shown(console.notify()).await).into_response(),
        Ok(None) => (StatusCode::NOT_FOUND, "there is no such route\n").into_response(),
        Err(error) => page::failed(&error),
    }
}
