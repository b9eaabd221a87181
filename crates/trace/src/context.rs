//! What is handed on from a request to what follows from it.

use http::{HeaderMap, HeaderName, HeaderValue};
use opentelemetry::trace::TraceContextExt as _;
use serde::{Deserialize, Serialize};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;
use tracing_subscriber::Registry;
use tracing_subscriber::registry::LookupSpan as _;

use crate::Traceparent;

const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// For which request, and in which trace. Cheap to clone. As JSON it is kept with jobs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Context {
    /// The id of the request that led to this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<Box<str>>,
    /// The span that asked for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<Traceparent>,
}

impl Context {
    /// What a request brings. `id` is what it is called here; `headers` may name a trace.
    pub fn of_request(id: &str, headers: &HeaderMap) -> Self {
        let trace = headers.get(TRACEPARENT).and_then(|value| value.to_str().ok()?.parse().ok());
        Self { request: Some(id.into()), trace }
    }

    /// Lets a span, and what happens in it, go on with this. To be called before the span is entered.
    pub(crate) fn go_on_in(&self, span: &Span) {
        span.with_subscriber(|(id, subscriber)| {
            let spans = subscriber.downcast_ref::<Registry>()?;
            spans.span(id)?.extensions_mut().replace(self.clone())
        });
        if let Some(trace) = &self.trace {
            let remote = opentelemetry::Context::new().with_remote_span_context(trace.span_context());
            // Where traces are not recorded, nobody needs to know.
            let _ = span.set_parent(remote);
        }
    }
}

/// For whom we are working at this moment; none outside of requests and jobs.
pub fn current() -> Option<Context> {
    let kept = Span::current().with_subscriber(|(id, subscriber)| {
        let spans = subscriber.downcast_ref::<Registry>()?;
        spans.span(id)?.scope().find_map(|span| span.extensions().get::<Context>().cloned())
    });
    let kept = kept.flatten();
    let recorded = opentelemetry::Context::map_current(|now| Traceparent::of(now.span().span_context()));
    match recorded {
        Some(trace) => Some(Context { trace: Some(trace), ..kept.unwrap_or_default() }),
        None => kept,
    }
}

/// Headers that tell whoever is called for whom we call; empty outside of requests and jobs.
pub fn headers() -> HeaderMap {
    let Some(Context { request, trace }) = current() else { return HeaderMap::new() };
    let request = request.and_then(|id| HeaderValue::from_str(&id).ok());
    let trace = trace.and_then(|trace| HeaderValue::try_from(trace.to_string()).ok());
    let both = [(X_REQUEST_ID, request), (TRACEPARENT, trace)];
    both.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

#[cfg(test)]
mod tests {
    use tracing_subscriber::layer::SubscriberExt as _;

    use super::*;

    const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn what_a_request_brought_is_handed_on_from_inside_its_span() {
        let subscriber = tracing_subscriber::registry().with(tracing_subscriber::fmt::layer());
        tracing::subscriber::with_default(subscriber, || {
            let given = HeaderMap::from_iter([(TRACEPARENT, HeaderValue::from_static(PARENT))]);
            let context = Context::of_request("case-7", &given);
            let span = crate::request(&context);
            assert_eq!(current(), None);
            let _inside = span.enter();
            let deeper = tracing::error_span!("deeper");
            let _deeper = deeper.enter();

            assert_eq!(current(), Some(context));
            let sent = headers();
            assert_eq!(sent[&X_REQUEST_ID], "case-7");
            assert_eq!(sent[&TRACEPARENT], PARENT);
        });
    }

    #[test]
    fn a_context_is_small_as_json() {
        let context = Context { request: Some("case-7".into()), trace: None };
        let json = format!("{{\"request\":\"case-7\",\"trace\":\"{PARENT}\"}}");
        assert_eq!(serde_json::to_string(&context).expect("JSON"), r#"{"request":"case-7"}"#);
        let read: Context = serde_json::from_str(&json).expect("a context");
        assert_eq!(read.trace.map(|trace| trace.to_string()).as_deref(), Some(PARENT));
    }
}
