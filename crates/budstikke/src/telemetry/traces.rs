//! Spans on their way to a collector.
//!
//! A span that ends is put into a queue of fixed length, and a task sends what is in it, many at once. Who
//! works never waits for the collector: when the queue is full, spans are dropped and counted. A batch
//! that the collector does not take is lost and counted as well; traces are not evidence.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result};
use opentelemetry::trace::TracerProvider as _;
use opentelemetry::{Context, KeyValue};
use opentelemetry_otlp::{SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{
    Sampler, SdkTracer, SdkTracerProvider, Span, SpanData, SpanExporter as _, SpanProcessor,
};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{sleep, timeout};

use super::collector::Collector;
use super::config::Telemetry;

/// The most spans that are sent at once.
const MOST: usize = 512;
/// How long a span may wait for others.
const GATHER: Duration = Duration::from_secs(1);
/// How long the last ones are waited for at the end.
const LAST: Duration = Duration::from_secs(3);

/// What became of spans since the start.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    sent: AtomicU64,
    dropped: AtomicU64,
    failed: AtomicU64,
}

/// The traces of this process.
#[derive(Debug)]
pub(crate) struct Traces {
    provider: SdkTracerProvider,
    queue: mpsc::Sender<Item>,
    counts: Arc<Counts>,
}

#[derive(Debug)]
enum Item {
    Span(Box<SpanData>),
    /// Somebody wants to know when all before it has been sent.
    Flush(oneshot::Sender<()>),
}

impl Traces {
    /// Records from here on, if the configuration names a collector.
    pub(super) fn start(config: &Telemetry, node: &str) -> Result<Option<Self>> {
        let Some(otlp) = &config.otlp else { return Ok(None) };
        let headers = config.headers.iter().map(|(name, value)| (name.clone(), value.reveal().to_owned()));
        let patience = Duration::from_secs(config.timeout_seconds);
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(Collector::new(patience)?)
            .with_endpoint(otlp.as_str())
            .with_timeout(patience)
            .with_headers(headers.collect())
            .build()
            .context("telemetry.otlp")?;
        let resource = Resource::builder_empty()
            .with_service_name(config.service_name.clone())
            .with_attributes([
                KeyValue::new("service.version", env!("CARGO_PKG_VERSION")),
                KeyValue::new("service.instance.id", node.to_owned()),
            ])
            .build();
        let (queue, waiting) = mpsc::channel(config.queue);
        let counts = Arc::<Counts>::default();
        let processor = Queue { queue: queue.clone(), counts: Arc::clone(&counts) };
        let provider = SdkTracerProvider::builder()
            .with_span_processor(processor)
            .with_resource(resource.clone())
            .with_sampler(Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(config.sample))))
            .build();
        tokio::spawn(send(exporter, resource, waiting, Arc::clone(&counts)));
        Ok(Some(Self { provider, queue, counts }))
    }

    pub(super) fn tracer(&self) -> SdkTracer {
        self.provider.tracer("budstikke")
    }

    /// How many spans were sent, dropped for want of room, and not taken by the collector.
    pub(crate) fn counts(&self) -> [(&'static str, u64); 3] {
        let Counts { sent, dropped, failed } = &*self.counts;
        let so_far = |count: &AtomicU64| count.load(Ordering::Relaxed);
        [("sent", so_far(sent)), ("dropped", so_far(dropped)), ("failed", so_far(failed))]
    }

    pub(super) async fn end(&self) {
        let (tell, told) = oneshot::channel();
        let all = async {
            if self.queue.send(Item::Flush(tell)).await.is_ok() {
                // Nobody to tell means that nobody sends any more.
                let _ = told.await;
            }
        };
        if timeout(LAST, all).await.is_err() {
            tracing::warn!("the last traces could not be sent in time");
        }
    }
}

/// Puts spans that have ended into the queue.
#[derive(Debug)]
struct Queue {
    queue: mpsc::Sender<Item>,
    counts: Arc<Counts>,
}

impl SpanProcessor for Queue {
    fn on_start(&self, _: &mut Span, _: &Context) {}

    fn on_end(&self, span: SpanData) {
        if span.span_context.is_sampled() && self.queue.try_send(Item::Span(Box::new(span))).is_err() {
            self.counts.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}

/// Sends what comes until nobody puts anything in any more.
async fn send(
    mut exporter: SpanExporter,
    resource: Resource,
    mut waiting: mpsc::Receiver<Item>,
    counts: Arc<Counts>,
) {
    exporter.set_resource(&resource);
    let mut is_down = false;
    while let Some(first) = waiting.recv().await {
        let (batch, asked) = gather(first, &mut waiting).await;
        if !batch.is_empty() {
            let spans = u64::try_from(batch.len()).unwrap_or(u64::MAX);
            let sent = exporter.export(batch).await;
            let count = if sent.is_ok() { &counts.sent } else { &counts.failed };
            count.fetch_add(spans, Ordering::Relaxed);
            tell(&mut is_down, sent);
        }
        for waits in asked {
            // Whoever asked may have lost patience.
            let _ = waits.send(());
        }
    }
}

/// What is there, and what comes within a moment.
async fn gather(
    first: Item,
    waiting: &mut mpsc::Receiver<Item>,
) -> (Vec<SpanData>, Vec<oneshot::Sender<()>>) {
    let (mut batch, mut asked) = (Vec::new(), Vec::new());
    let moment = sleep(GATHER);
    tokio::pin!(moment);
    let mut next = Some(first);
    loop {
        match next {
            Some(Item::Span(span)) => batch.push(*span),
            Some(Item::Flush(tell)) => asked.push(tell),
            None => break,
        }
        if batch.len() >= MOST || !asked.is_empty() {
            break;
        }
        next = tokio::select! {
            item = waiting.recv() => item,
            () = &mut moment => None,
        };
    }
    (batch, asked)
}

/// Says once that the collector takes nothing, and once that it does again.
fn tell(is_down: &mut bool, sent: OTelSdkResult) {
    match sent {
        Ok(()) if *is_down => tracing::info!("the collector takes traces again"),
        Err(error) if !*is_down => {
            tracing::warn!(%error, "the collector does not take traces; they are dropped and counted until it does");
            *is_down = true;
            return;
        }
        _ => {}
    }
    *is_down = *is_down && sent.is_err();
}
