//! The spans.

use std::fmt::Display;
use std::future::Future;

use opentelemetry::trace::{Status, TraceContextExt as _};
use tracing::field::{Empty, display};
use tracing::{Instrument as _, Span, error_span};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

use crate::Context;

/// The target of our spans; what records traces takes these and no others.
pub const TARGET: &str = "budstikke";

/// What a request or a job is about. The ids of these are not personal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About {
    /// An order of notifications.
    Order,
    /// The shipment that an order and its reminders make.
    Shipment,
    /// One notification to one recipient.
    Notification,
    /// A message of eFormidling.
    Message,
    /// The conversation that it belongs to.
    Conversation,
}

impl About {
    const fn field(self) -> &'static str {
        match self {
            Self::Order => "order.id",
            Self::Shipment => "shipment.id",
            Self::Notification => "notification.id",
            Self::Message => "message.id",
            Self::Conversation => "conversation.id",
        }
    }
}

/// Says what the request or job under way is about; to be called in its span, not in one inside it.
pub fn about(what: About, id: impl Display) {
    Span::current().record(what.field(), display(id));
}

/// The span of a request.
pub fn request(context: &Context) -> Span {
    let span = error_span!(
        target: TARGET,
        "request",
        request.id = context.request.as_deref(),
        order.id = Empty,
        shipment.id = Empty,
        notification.id = Empty,
        message.id = Empty,
        conversation.id = Empty,
        otel.kind = "server",
    );
    context.go_on_in(&span);
    span
}

/// How a request ended, for those who record traces. The route is the template of the path.
pub fn answered(span: &Span, method: &str, route: Option<&str>, status: u16) {
    let recorded = span.context();
    let recorded = recorded.span();
    if !recorded.span_context().is_valid() {
        return;
    }
    recorded.update_name(format!("{method} {}", route.unwrap_or("(none)")));
    span.set_attribute("http.request.method", method.to_owned());
    if let Some(route) = route {
        span.set_attribute("http.route", route.to_owned());
    }
    span.set_attribute("http.response.status_code", i64::from(status));
    if status >= 500 {
        span.set_status(Status::error("server error"));
    }
}

/// The span of a job, which goes on with what it was queued with.
pub fn job(kind: &str, id: impl Display, context: Option<&Context>) -> Span {
    let request = context.and_then(|context| context.request.as_deref());
    let span = error_span!(
        target: TARGET,
        "job",
        request.id = request,
        job.id = %id,
        job.kind = kind,
        order.id = Empty,
        shipment.id = Empty,
        notification.id = Empty,
        message.id = Empty,
        conversation.id = Empty,
        otel.name = kind,
        otel.kind = "consumer",
    );
    if let Some(context) = context {
        context.go_on_in(&span);
    }
    span
}

/// Does `call`, a call to the outside, in a span of its own. `what` is one of few names: a route, a service.
pub async fn calls<F: Future>(what: &str, call: F) -> F::Output {
    let span = error_span!(target: TARGET, "call", to = what, otel.name = what, otel.kind = "client");
    call.instrument(span).await
}

/// How a call ended, for those who record traces; to be called in its span.
pub fn called(outcome: Result<&'static str, &'static str>) {
    let span = Span::current();
    match outcome {
        Ok(words) => span.set_attribute("outcome", words),
        Err(words) => {
            span.set_attribute("outcome", words);
            span.set_status(Status::error(words));
        }
    }
}
