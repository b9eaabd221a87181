//! Logs, for people at a terminal and as JSON for machines, and traces for a collector.
//!
//! Log lines show the spans of crate `trace`: which request, which job, which order. Traces are those spans,
//! sent over OTLP where `telemetry.otlp` names a collector; otherwise nothing is recorded.

mod collector;
mod config;
mod lines;
mod traces;

use std::fmt;
use std::io::IsTerminal;
use std::sync::Arc;

use anyhow::{Context, Result};
use tracing::Metadata;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, Registry, filter, reload};

#[cfg(test)]
pub(crate) use self::config::Format;
pub(crate) use self::config::{Log, Telemetry as TelemetryConfig};
use self::lines::{Fields, Lines};
pub(crate) use self::traces::Traces;
use crate::catalogue::entries::settings;

/// What has been set up, to be changed and asked while it runs. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Telemetry {
    filter: reload::Handle<EnvFilter, Registry>,
    lines: Lines,
    traces: Option<Arc<Traces>>,
}

impl fmt::Debug for Telemetry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Telemetry")
    }
}

/// Sends logs to standard error, and traces to whom the configuration names, from here on. To be called
/// inside the runtime where traces are sent.
pub(crate) fn start(log: &Log, telemetry: &TelemetryConfig) -> Result<Telemetry> {
    let (filter, handle) = reload::Layer::new(filter_of(log)?);
    let lines = Lines::new(log);
    let colours = std::io::stderr().is_terminal();
    let written = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(colours)
        .fmt_fields(lines::text_fields())
        .event_format(lines.clone())
        // Under the same filter: a layer without one would have every line of every library made.
        .and_then(Fields)
        .with_filter(filter);
    let traces = Traces::start(telemetry, &log.node()).context("telemetry")?;
    let recorded = traces.as_ref().map(|traces| {
        let ours = |what: &Metadata<'_>| what.is_span() && what.target() == trace::TARGET;
        let layer = tracing_opentelemetry::layer()
            .with_location(false)
            .with_tracked_inactivity(false)
            .with_threads(false);
        layer
            .with_target(false)
            .with_level(false)
            .with_tracer(traces.tracer())
            .with_filter(filter::filter_fn(ours))
    });
    let all = tracing_subscriber::registry().with(written).with(recorded);
    all.try_init().context(settings::LOGGING.says("logging had been started before"))?;
    Ok(Telemetry { filter: handle, lines, traces: traces.map(Arc::new) })
}

fn filter_of(log: &Log) -> Result<EnvFilter> {
    EnvFilter::try_new(&log.filter).context(settings::LOGGING.says("log.filter cannot be read"))
}

impl Telemetry {
    /// Logs as the section says from here on.
    pub(crate) fn change(&self, log: &Log) -> Result<()> {
        self.filter.reload(filter_of(log)?).context("log.filter")?;
        self.lines.change(log);
        Ok(())
    }

    /// The traces, where they are recorded.
    pub(crate) fn traces(&self) -> Option<&Traces> {
        self.traces.as_deref()
    }

    /// Sends what has been recorded and not been sent yet, if it can be done soon.
    pub(crate) async fn end(&self) {
        if let Some(traces) = &self.traces {
            traces.end().await;
        }
    }
}
