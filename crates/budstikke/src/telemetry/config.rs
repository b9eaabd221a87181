//! The sections `[log]` and `[telemetry]`.

use std::collections::BTreeMap;

use serde::Deserialize;
use types::Secret;
use url::Url;

/// The `[log]` section.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Log {
    /// What is logged, in the notation of `tracing` filters: `info`, `notify=debug,info`.
    pub filter: String,
    /// `text` or `json`.
    pub format: Format,
    /// What this node is called in lines of JSON and in traces [default: the name of the machine].
    pub node: Option<String>,
}

impl Default for Log {
    fn default() -> Self {
        Self { filter: "info".to_owned(), format: Format::Text, node: None }
    }
}

impl Log {
    /// The node's name.
    pub(crate) fn node(&self) -> String {
        let machine = || rustix::system::uname().nodename().to_string_lossy().into_owned();
        self.node.clone().unwrap_or_else(machine)
    }
}

/// How a log line looks.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Format {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// The `[telemetry]` section: traces, for a collector that takes OTLP.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Telemetry {
    /// Where traces are sent, over HTTP as protobuf; with its path, such as
    /// `http://127.0.0.1:4318/v1/traces`. Default nowhere, and nothing is recorded.
    pub otlp: Option<Url>,
    /// Headers of what is sent, such as `authorization`.
    pub headers: BTreeMap<String, Secret>,
    /// The service's name in traces.
    pub service_name: String,
    /// How much of what begins here is recorded, from 0 to 1. What a caller records is recorded here, too.
    pub sample: f64,
    /// Spans that wait to be sent; more are dropped and counted.
    pub queue: usize,
    /// How long the collector may take to answer, in seconds.
    pub timeout_seconds: u64,
}

impl Default for Telemetry {
    fn default() -> Self {
        Self {
            otlp: None,
            headers: BTreeMap::new(),
            service_name: "budstikke".to_owned(),
            sample: 1.0,
            queue: 8_192,
            timeout_seconds: 10,
        }
    }
}

impl Telemetry {
    /// What cannot be meant.
    pub(crate) fn fault(&self) -> Option<&'static str> {
        if !(0.0..=1.0).contains(&self.sample) {
            return Some("telemetry.sample is a number from 0 to 1");
        }
        if self.queue == 0 || self.timeout_seconds == 0 {
            return Some("telemetry: queue and timeout_seconds are at least 1");
        }
        None
    }
}
