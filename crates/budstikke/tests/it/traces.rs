//! Traces: one from the request through the queue to the gateway, as a collector sees it; and what the log
//! says of the same.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message as _;
use reqwest::Method;
use serde_json::Value;

use trials::{Answer, Place, eventually, instant_sms, sms_order};

const ORDERS: &str = "/future/orders";
const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const CALLER: &str = "00f067aa0ba902b7";

/// A collector that speaks OTLP over HTTP, as protobuf, and lets in who shows the right word.
#[derive(Clone, Default)]
struct Collector(Arc<Mutex<Vec<(Span, String)>>>);

impl Collector {
    /// Starts one; answers where it is.
    async fn start(&self) -> String {
        let taking = axum::Router::new().route("/v1/traces", post(take)).with_state(self.clone());
        let socket = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("an address");
        let address = socket.local_addr().expect("an address");
        tokio::spawn(async move { axum::serve(socket, taking).await });
        format!("http://{address}/v1/traces")
    }

    /// The spans of a trace by their names.
    fn trace(&self, id: &str) -> HashMap<String, Span> {
        let spans = self.0.lock().expect("no panic");
        let ours = spans.iter().filter(|(span, _)| hex(&span.trace_id) == id);
        ours.map(|(span, _)| (span.name.clone(), span.clone())).collect()
    }

    fn services(&self) -> Vec<String> {
        self.0.lock().expect("no panic").iter().map(|(_, service)| service.clone()).collect()
    }
}

async fn take(State(collector): State<Collector>, headers: HeaderMap, body: Bytes) -> (StatusCode, Vec<u8>) {
    if headers.get("authorization").is_none_or(|word| word != "Bearer hemmelig") {
        return (StatusCode::UNAUTHORIZED, Vec::new());
    }
    let Ok(request) = ExportTraceServiceRequest::decode(body) else {
        return (StatusCode::BAD_REQUEST, Vec::new());
    };
    let mut kept = collector.0.lock().expect("no panic");
    for of_resource in request.resource_spans {
        let service = format!("{:?}", of_resource.resource);
        let spans = of_resource.scope_spans.into_iter().flat_map(|of_scope| of_scope.spans);
        kept.extend(spans.map(|span| (span, service.clone())));
    }
    (StatusCode::OK, ExportTraceServiceResponse::default().encode_to_vec())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn attribute(span: &Span, name: &str) -> String {
    let found = span.attributes.iter().find(|attribute| attribute.key == name);
    found.map(|attribute| format!("{:?}", attribute.value)).unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_trace_leads_from_the_request_through_the_queue_to_the_gateway() {
    let collector = Collector::default();
    let place = Place::new()
        .with("telemetry.otlp", collector.start().await)
        .with("telemetry.headers.authorization", "Bearer hemmelig")
        .with("telemetry.service_name", "fjord-varsling")
        .with("log.node", "node-7")
        .with("log.format", "json");
    let server = place.start().await;

    let order = server.notify(Method::POST, ORDERS).json(&sms_order("a", "+4798761234", "hemmeligheten"));
    let order = order.header("traceparent", format!("00-{TRACE}-{CALLER}-01"));
    let answer = Answer::of(order).await.expect("an answer");
    assert_eq!(answer.status, 201, "{answer:?}");
    let chain =
        ["POST /notifications/api/v1/future/orders", "notify.expand_order", "notify.send_sms", "embedded"];
    let spans = eventually("the whole trace", || async {
        let spans = collector.trace(TRACE);
        (chain.iter().all(|name| spans.contains_key(*name))
            && spans.keys().any(|name| name.contains("sms-gateway")))
        .then_some(spans)
    })
    .await;

    let mut parent = CALLER.to_owned();
    for name in chain {
        let span = &spans[name];
        assert_eq!(hex(&span.parent_span_id), parent, "{name} does not follow from what is before it");
        parent = hex(&span.span_id);
    }
    let gateway = spans.values().find(|span| span.name.contains("sms-gateway")).expect("the gateway's own");
    assert_eq!(hex(&gateway.parent_span_id), parent, "the gateway was not told whose call it was");
    assert!(attribute(&spans[chain[0]], "http.response.status_code").contains("201"));
    assert!(!attribute(&spans[chain[1]], "order.id").is_empty());
    let services = collector.services();
    assert!(services.iter().all(|told| told.contains("fjord-varsling") && told.contains("node-7")));
    for span in spans.values() {
        let told = format!("{span:?}");
        assert!(!told.contains("98761234") && !told.contains("hemmelig"), "a span tells too much: {told}");
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_line_of_json_says_which_request_job_and_order_it_is_about() {
    let place =
        Place::new().with("log.filter", "debug").with("log.format", "json").with("log.node", "node-7");
    let server = place.start().await;
    let order = server.notify(Method::POST, ORDERS).json(&sms_order("a", "+4798761234", "hemmeligheten"));
    let answer = Answer::of(order.header("x-request-id", "sak-2026-17")).await.expect("an answer");
    assert_eq!(answer.status, 201, "{answer:?}");

    let lines = || -> Vec<Value> {
        let log = place.log();
        log.lines()
            .filter(|line| line.starts_with('{'))
            .filter_map(|line| serde_json::from_str(line).ok())
            .collect()
    };
    let sent = eventually("the line of the job that sends", || async {
        lines()
            .into_iter()
            .find(|line| line["job.kind"] == "notify.send_sms" && line["message"] == "ran a job")
    })
    .await;
    assert_eq!(sent["request.id"], "sak-2026-17", "{sent}");
    assert_eq!(sent["node"], "node-7");
    for field in ["job.id", "order.id", "notification.id", "timestamp", "level", "target"] {
        assert!(sent[field].is_string(), "{field} is missing in {sent}");
    }
    let answered = lines().into_iter().find(|line| line["status"] == 201).expect("the line of the request");
    assert_eq!(answered["request.id"], "sak-2026-17", "{answered}");
    assert!(answered["shipment.id"].is_string(), "{answered}");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_collector_that_is_not_there_harms_nothing() {
    let place = Place::new()
        .with("telemetry.otlp", "http://127.0.0.1:9/v1/traces")
        .with("telemetry.queue", "4")
        .with("telemetry.timeout_seconds", "1");
    let server = place.start().await;
    for number in 0..8 {
        let code = instant_sms(&format!("a{number}"), "+4799999901", "Koden er 1.");
        assert_eq!(server.post("/future/orders/instant/sms", &code).await.status, 201);
    }
    eventually("spans to be counted as lost", || async {
        let figures = server.exchange(Method::GET, "").build().expect("a request").url().clone();
        let figures = figures.join("/manage/prometheus").expect("an address");
        let text = reqwest::get(figures).await.ok()?.text().await.ok()?;
        let lost = |outcome: &str| {
            let name = format!("budstikke_trace_spans{{outcome=\"{outcome}\"}} ");
            let line = text.lines().find_map(|line| line.strip_prefix(&name).map(str::to_owned));
            line.and_then(|count| count.parse::<f64>().ok()).unwrap_or_default()
        };
        (lost("failed") > 0.0 && lost("dropped") > 0.0 && lost("sent") == 0.0).then_some(())
    })
    .await;
    server.stop().await;
}
