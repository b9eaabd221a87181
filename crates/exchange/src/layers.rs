//! What is done to every request and every answer of the API.

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use serde_json::Value;
use types::Secret;
use web::layers::Exception;

use crate::Exchange;
use crate::message::moment;
use crate::problem::Problem;

/// Completes every answer: error bodies, and the headers that the contract names.
pub(crate) async fn finish(State(app): State<Exchange>, request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let options = request.method() == Method::OPTIONS;
    let mut response = next.run(request).await;
    if options && response.status() == StatusCode::METHOD_NOT_ALLOWED {
        *response.status_mut() = StatusCode::OK;
    }
    let problem = response.extensions_mut().remove::<Problem>().or_else(|| bodiless(response.status()));
    if let Some(problem) = problem {
        let exception = problem.exception();
        let mut body = problem.body();
        body.insert("timestamp".into(), moment::oslo(app.now()).into());
        body.insert("path".into(), path.into());
        let (mut parts, _) = response.into_parts();
        parts.headers.remove(header::CONTENT_LENGTH);
        if parts.status == StatusCode::UNAUTHORIZED {
            let challenge = HeaderValue::from_static("Basic realm=\"Realm\"");
            parts.headers.insert(header::WWW_AUTHENTICATE, challenge);
        }
        let json = HeaderValue::from_static("application/json");
        parts.headers.insert(header::CONTENT_TYPE, json);
        parts.extensions.insert(Exception(exception));
        response = Response::from_parts(parts, Value::Object(body).to_string().into());
    }
    add_security_headers(&mut response);
    response
}

/// Refuses addresses that hold the character NUL, or whose path is no text, before anything looks for what
/// they name.
pub(crate) async fn refuse_nul(request: Request, next: Next) -> Response {
    let uri = request.uri();
    let holds_nul = |text: &str| text.contains("%00");
    let is_text = percent_encoding::percent_decode_str(uri.path()).decode_utf8().is_ok();
    if !is_text || holds_nul(uri.path()) || uri.query().is_some_and(holds_nul) {
        return Problem::rejected_address().into_response();
    }
    next.run(request).await
}

fn add_security_headers(response: &mut Response) {
    const HEADERS: [(HeaderName, &str); 6] = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CACHE_CONTROL, "no-cache, no-store, max-age=0, must-revalidate"),
        (header::PRAGMA, "no-cache"),
        (header::EXPIRES, "0"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::X_XSS_PROTECTION, "0"),
    ];
    for (name, value) in HEADERS {
        response.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
    }
}

/// What the router itself answers without a word.
fn bodiless(status: StatusCode) -> Option<Problem> {
    (status == StatusCode::METHOD_NOT_ALLOWED).then(Problem::method_not_supported)
}

/// The answer to a path that does not exist.
pub(crate) async fn no_such_path() -> Problem {
    Problem::no_such_path()
}

impl Exchange {
    /// Gives other routes on the API's address its errors and headers. All paths below `base` that the
    /// routes do not have are answered as the API answers unknown paths.
    pub fn shaping(&self, base: &str, routes: Router) -> Router {
        let rest = format!("{base}/{{*rest}}");
        routes
            .route(&rest, axum::routing::any(no_such_path))
            .layer(middleware::from_fn(refuse_nul))
            .layer(middleware::from_fn_with_state(self.clone(), finish))
    }

    /// The user of the API and its password, as they are now.
    pub fn user(&self) -> (String, Option<Secret>) {
        let config = self.config();
        (config.user_name.clone(), config.user_password.clone())
    }

    /// Whether a caller shows the user and password of the API, or none are asked for.
    pub fn knows(&self, headers: &HeaderMap) -> bool {
        let config = self.config();
        let basic = web::basic::Basic::from_headers(headers);
        let is_user = |password| basic.is_ok_and(|basic| basic.is(&config.user_name, password));
        !config.require_credentials || config.user_password.as_ref().is_some_and(is_user)
    }
}
