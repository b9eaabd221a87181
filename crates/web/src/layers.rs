//! What every request gets: an id, one log line, and an answer even when its handler panics.
//!
//! The log line names the *route*, never the path or the query, since these may carry personal data.
//! Put [`Requests`] on a finished router (`router.layer(…)`), so that routes are known when it runs.

use std::any::Any;
use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{self, Poll};

use axum::body::Body;
use axum::extract::MatchedPath;
use axum::response::Response;
use futures_util::FutureExt as _;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, header};
use meter::Meter;
use meter::families::HTTP_SERVER_REQUESTS;
use tokio::time::Instant;
use tower::{Layer, Service};
use trace::{Context, Traceparent};
use tracing::{Instrument as _, debug, error, info};
use types::random::Random;

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What a request is called in logs, answers and support cases. An extension of every request that
/// passed [`Requests`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId(HeaderValue);

impl RequestId {
    /// The id as text.
    pub fn as_str(&self) -> &str {
        self.0.to_str().unwrap_or_default()
    }

    /// The caller's own id, if there is one we can trust to be one: the trace id of `traceparent`
    /// (W3C Trace Context, section 3.2), else `X-Request-Id`.
    fn given(headers: &HeaderMap) -> Option<Self> {
        let traceparent = headers.get("traceparent").and_then(|value| value.to_str().ok());
        if let Some(parent) = traceparent.and_then(|text| text.parse::<Traceparent>().ok()) {
            return HeaderValue::try_from(parent.trace_id()).ok().map(Self);
        }
        let value = headers.get(X_REQUEST_ID)?;
        is_sane(value.as_bytes()).then(|| Self(value.clone()))
    }
}

/// 8 to 64 letters, digits and signs of ids, and at least one letter: a number alone could be
/// somebody's national identity or phone number.
fn is_sane(id: &[u8]) -> bool {
    (8..=64).contains(&id.len())
        && id.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_.:".contains(byte))
        && id.iter().any(u8::is_ascii_alphabetic)
}

/// The layer. `panicked` shapes the answer to a request whose handler panicked.
#[derive(Clone, Debug)]
pub struct Requests {
    ids: Arc<Ids>,
    panicked: fn(&RequestId) -> Response,
    meter: Option<Meter>,
}

/// The class of error that an answer tells of; an extension of answers, for the figures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exception(pub String);

/// The template of the path that was answered, where the router outside does not know it: an extension of
/// answers.
#[derive(Clone, Debug)]
pub struct AnsweredBy(pub MatchedPath);

/// Ids of our own: a part drawn once and a number that counts up.
#[derive(Debug)]
struct Ids {
    drawn: u64,
    next: AtomicU64,
}

impl Ids {
    fn next(&self) -> RequestId {
        let id = format!("{:016x}{:016x}", self.drawn, self.next.fetch_add(1, Ordering::Relaxed));
        RequestId(HeaderValue::try_from(id).expect("hexadecimal digits are plain ASCII"))
    }
}

impl Requests {
    /// A layer whose own ids begin with a part drawn from `random`.
    pub fn new(random: &Random, panicked: fn(&RequestId) -> Response) -> Self {
        let (drawn, _) = random.uuid_v4().as_u64_pair();
        let next = AtomicU64::new(1);
        Self { ids: Arc::new(Ids { drawn, next }), panicked, meter: None }
    }

    /// Counts and times requests, too.
    #[must_use]
    pub fn counting(mut self, meter: &Meter) -> Self {
        self.meter = Some(meter.clone());
        self
    }
}

impl<S> Layer<S> for Requests {
    type Service = Answering<S>;

    fn layer(&self, inner: S) -> Answering<S> {
        Answering { inner, requests: self.clone() }
    }
}

/// A service inside [`Requests`].
#[derive(Clone, Debug)]
pub struct Answering<S> {
    inner: S,
    requests: Requests,
}

type Answer = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

impl<S> Service<Request<Body>> for Answering<S>
where
    S: Service<Request<Body>, Response = Response, Error = Infallible>,
    S::Future: Send + 'static,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Answer;

    fn poll_ready(&mut self, cx: &mut task::Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<Body>) -> Answer {
        let began = Instant::now();
        let id = RequestId::given(request.headers()).unwrap_or_else(|| self.requests.ids.next());
        let method = request.method().clone();
        let route = request.extensions().get::<MatchedPath>().cloned();
        request.extensions_mut().insert(id.clone());
        let span = trace::request(&Context::of_request(id.as_str(), request.headers()));
        let ending = span.clone();
        let (panicked, meter) = (self.requests.panicked, self.requests.meter.clone());
        let inner = std::panic::catch_unwind(AssertUnwindSafe(|| self.inner.call(request)));
        let work = async move {
            let answered = match inner {
                Ok(inner) => AssertUnwindSafe(inner).catch_unwind().await,
                Err(panic) => Err(panic),
            };
            let mut response = match answered {
                Ok(Ok(response)) => response,
                Err(panic) => after_panic(panic, &id, panicked),
            };
            let within = response.extensions_mut().remove::<AnsweredBy>();
            let route = within.map(|within| within.0).or(route);
            let route = route.as_ref().map(MatchedPath::as_str);
            log(&method, route.unwrap_or("(none)"), response.status().as_u16(), began);
            trace::answered(&ending, method.as_str(), route, response.status().as_u16());
            if let Some(meter) = meter {
                count(&meter, &method, route, &mut response, began);
            }
            response.headers_mut().insert(X_REQUEST_ID, id.0);
            Ok(response)
        };
        Box::pin(work.instrument(span))
    }
}

/// The panic's own words may hold what the handler worked on, so they are not logged here.
fn after_panic(panic: Box<dyn Any + Send>, id: &RequestId, panicked: fn(&RequestId) -> Response) -> Response {
    drop(panic);
    error!("a handler panicked");
    panicked(id)
}

fn log(method: &Method, route: &str, status: u16, began: Instant) {
    let duration_ms = began.elapsed().as_secs_f64() * 1000.0;
    if status < 400 {
        debug!(%method, route, status, duration_ms, "answered {method} {route}");
    } else {
        info!(%method, route, status, duration_ms, "answered {method} {route} with {status}");
    }
}

/// Counts a request under labels of which there are only so many: the path by its template, and methods that
/// HTTP knows.
fn count(meter: &Meter, method: &Method, route: Option<&str>, response: &mut Response, began: Instant) {
    const KNOWN: [Method; 8] = [
        Method::GET,
        Method::POST,
        Method::PUT,
        Method::DELETE,
        Method::HEAD,
        Method::OPTIONS,
        Method::PATCH,
        Method::TRACE,
    ];
    let method = if KNOWN.contains(method) { method.as_str() } else { "UNKNOWN" };
    let exception = response.extensions_mut().remove::<Exception>();
    let exception = exception.as_ref().map_or("none", |exception| exception.0.as_str());
    let status = response.status();
    let outcome = match status.as_u16() {
        100..=199 => "INFORMATIONAL",
        200..=299 => "SUCCESS",
        300..=399 => "REDIRECTION",
        400..=499 => "CLIENT_ERROR",
        _ => "SERVER_ERROR",
    };
    let labels = [exception, method, outcome, status.as_str(), route.unwrap_or("UNKNOWN")];
    meter.time(&HTTP_SERVER_REQUESTS, &labels, began.elapsed());
}

/// Adds headers that keep browsers from guessing, framing, leaking and caching. For the console and
/// for APIs alike; a header the handler set is left as it is. On a router:
/// `map_response(async |mut response: Response| { secure(response.headers_mut()); response })`.
pub fn secure(headers: &mut HeaderMap) {
    const ALWAYS: [(HeaderName, &str); 5] = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
        ),
    ];
    for (name, value) in ALWAYS {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(name: &'static str, value: &'static str) -> Option<String> {
        let value = HeaderValue::from_static(value);
        let headers = HeaderMap::from_iter([(HeaderName::from_static(name), value)]);
        RequestId::given(&headers).map(|id| id.as_str().to_owned())
    }

    #[test]
    fn a_trace_id_is_taken_over() {
        let traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        let id = given("traceparent", traceparent);
        assert_eq!(id.as_deref(), Some("4bf92f3577b34da6a3ce929d0e0e4736"));
        assert_eq!(given("traceparent", "00-00000000000000000000000000000000-00f067aa0ba902b7-01"), None);
        assert_eq!(given("traceparent", "00-4bf9-00f067aa0ba902b7-01"), None);
    }

    #[test]
    fn only_sane_request_ids_are_taken_over() {
        assert_eq!(given("x-request-id", "case-7:b2.c_3").as_deref(), Some("case-7:b2.c_3"));
        for insane in ["short", "01010050053", "with space 1", "<script>alert", ""] {
            assert_eq!(given("x-request-id", insane), None, "{insane}");
        }
    }

    #[test]
    fn our_own_ids_differ() {
        let requests = Requests::new(&Random::seeded(1), |_| Response::default());
        let (one, other) = (requests.ids.next(), requests.ids.next());
        assert_ne!(one, other);
        assert_eq!(one.as_str().len(), 32);
    }

    #[test]
    fn a_header_the_handler_set_is_kept() {
        let mut headers = HeaderMap::new();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("max-age=60"));
        secure(&mut headers);
        assert_eq!(headers[header::CACHE_CONTROL], "max-age=60");
        assert_eq!(headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
    }
}
