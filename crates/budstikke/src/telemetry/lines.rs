//! How a log line looks.
//!
//! A line of JSON is one flat object: what the line says, and the fields of the spans that it was written in,
//! so that a search for `"order.id":"…"` finds everything about an order. What an inner span says wins over
//! an outer one, and the line over both. `docs/reference/log.md` lists the fields.

use std::fmt::{self, Debug};
use std::sync::Arc;

use arc_swap::ArcSwap;
use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::fmt::format::{FieldFn, Format as Text, Full, Writer, debug_fn};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use super::config::{Format, Log};

/// Fields for those who record traces, not for logs.
const FOR_TRACES: &str = "otel.";

/// Writes lines in the format that is wanted at the moment. Clones change together.
#[derive(Clone)]
pub(super) struct Lines {
    wanted: Arc<ArcSwap<(Format, String)>>,
    text: Arc<Text<Full>>,
}

impl Lines {
    pub(super) fn new(log: &Log) -> Self {
        let text = Text::default().with_target(false);
        Self { wanted: Arc::new(ArcSwap::from_pointee((log.format, log.node()))), text: Arc::new(text) }
    }

    pub(super) fn change(&self, log: &Log) {
        self.wanted.store(Arc::new((log.format, log.node())));
    }
}

impl<S, N> FormatEvent<S, N> for Lines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let wanted = self.wanted.load();
        let (Format::Json, node) = &**wanted else {
            return self.text.format_event(context, writer, event);
        };
        let mut line = Said(Map::new());
        line.put("timestamp", now().into());
        line.put("level", event.metadata().level().as_str().into());
        line.put("message", Value::Null);
        line.put("target", event.metadata().target().into());
        line.put("node", node.as_str().into());
        if let Some(trace) = trace::current().and_then(|current| current.trace) {
            line.put("trace.id", trace.trace_id().into());
            line.put("span.id", trace.span_id().into());
        }
        if let Some(scope) = context.event_scope() {
            for span in scope.from_root() {
                if let Some(Said(fields)) = span.extensions().get::<Said>() {
                    line.0.extend(fields.clone());
                }
            }
        }
        event.record(&mut line);
        writeln!(writer, "{}", Value::Object(line.0))
    }
}

/// The time of the machine, as everything that watches has it.
fn now() -> String {
    jiff::Timestamp::now().to_string()
}

/// What a span or a line says.
struct Said(Map<String, Value>);

impl Said {
    fn put(&mut self, name: &str, value: Value) {
        self.0.insert(name.to_owned(), value);
    }
}

impl Visit for Said {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field.name(), value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field.name(), value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field.name(), value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field.name(), value.into());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        if !field.name().starts_with(FOR_TRACES) {
            self.put(field.name(), value.into());
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if !field.name().starts_with(FOR_TRACES) {
            self.put(field.name(), format!("{value:?}").into());
        }
    }
}

/// Keeps what spans say, for lines of JSON.
pub(super) struct Fields;

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Fields {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let mut said = Said(Map::new());
        attributes.record(&mut said);
        span.extensions_mut().insert(said);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        if let Some(said) = span.extensions_mut().get_mut::<Said>() {
            values.record(said);
        }
    }
}

/// How the fields of a span and of a line are written as text.
type TextFields = FieldFn<fn(&mut Writer<'_>, &Field, &dyn Debug) -> fmt::Result>;

/// Text for people: what is for traces is left out.
pub(super) fn text_fields() -> TextFields {
    debug_fn(write_field)
}

fn write_field(writer: &mut Writer<'_>, field: &Field, value: &dyn Debug) -> fmt::Result {
    match field.name() {
        "message" => write!(writer, "{value:?} "),
        name if name.starts_with(FOR_TRACES) => Ok(()),
        name => write!(writer, "{name}={value:?} "),
    }
}
