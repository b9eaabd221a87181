//! The documents of both APIs: as JSON for programs, and as pages for people. Nothing of them is secret, so
//! nobody has to sign in.

mod page;
mod schema;

use std::sync::{Arc, OnceLock};

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use clap::ValueEnum;
use serde_json::Value;

use page::Page;

/// An API that there is a document of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Api {
    /// SMS and e-mail
    Notify,
    /// Messages between organizations
    Exchange,
}

impl Api {
    fn document(self) -> Value {
        match self {
            Self::Notify => notify::openapi::document(),
            Self::Exchange => exchange::openapi::document(),
        }
    }

    /// Its document as text, with a line break at the end.
    pub(crate) fn text(self) -> String {
        format!("{:#}\n", self.document())
    }
}

/// What is served, made when somebody asks for the first time.
#[derive(Default)]
struct Shelf {
    notify: OnceLock<Made>,
    exchange: OnceLock<Made>,
}

struct Made {
    document: String,
    page: Result<String, askama::Error>,
}

impl Shelf {
    fn of(&self, api: Api) -> &Made {
        let place = match api {
            Api::Notify => &self.notify,
            Api::Exchange => &self.exchange,
        };
        place.get_or_init(|| Made { document: api.text(), page: Page::of(api, &api.document()).render() })
    }
}

/// `/openapi` and everything below it.
pub(crate) fn router() -> Router {
    Router::new()
        .route("/openapi", get(async || Redirect::temporary("/openapi/notify")))
        .route("/openapi/", get(async || Redirect::temporary("/openapi/notify")))
        .route("/openapi/{name}", get(show))
        .with_state(Arc::<Shelf>::default())
}

async fn show(State(shelf): State<Arc<Shelf>>, Path(name): Path<String>) -> Response {
    let json =
        |api| ([(header::CONTENT_TYPE, "application/json")], shelf.of(api).document.clone()).into_response();
    let mut response = match name.as_str() {
        "notify.json" => json(Api::Notify),
        "exchange.json" => json(Api::Exchange),
        "notify" => page(shelf.of(Api::Notify)),
        "exchange" => page(shelf.of(Api::Exchange)),
        "openapi.css" => {
            ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], include_str!("assets/openapi.css"))
                .into_response()
        }
        _ => return StatusCode::NOT_FOUND.into_response(),
    };
    let headers = response.headers_mut();
    web::layers::secure(headers);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("max-age=300"));
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(
            "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
        ),
    );
    response
}

fn page(made: &Made) -> Response {
    match &made.page {
        Ok(text) => ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], text.clone()).into_response(),
        Err(error) => {
            tracing::error!(%error, "the page of an API cannot be made");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
