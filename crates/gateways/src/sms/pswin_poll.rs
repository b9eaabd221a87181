//! Fetching delivery reports from the PSWin gateway, where it cannot push them to us.
//!
//! One report at a time is fetched, stored, and only then acknowledged; one that is not acknowledged
//! within 20 s is offered again, which changes nothing. After an empty answer at least 10 s pass.

use std::time::Duration;

use http::{HeaderMap, StatusCode, header};
use reqwest::{Client, RequestBuilder};
use serde::Deserialize;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};
use types::Secret;
use url::Url;
use web::basic::Basic;

use super::pswin_report::{self, LARGEST_PUSH};
use crate::{About, Report, ReportSink, Reported};

/// The vendor asks for so long after an empty answer.
const EMPTY_PAUSE: Duration = Duration::from_secs(10);
/// After a failure.
const FAILED_PAUSE: Duration = Duration::from_secs(30);
/// For one call.
const PATIENCE: Duration = Duration::from_secs(30);

/// Where delivery reports are fetched.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PollConfig {
    /// The vendor's address for it. Default `https://poll.pswin.com/`.
    #[serde(default = "vendors_address")]
    pub url: Url,
    /// The account.
    pub username: String,
    /// Its password.
    pub password: Secret,
    /// The `userid` in paths, where it is not the account. Default: the account.
    #[serde(default)]
    pub user_id: Option<String>,
    /// Seconds after an empty answer, at least 10. Default 10.
    #[serde(default = "ten")]
    pub seconds: u64,
}

fn vendors_address() -> Url {
    Url::parse("https://poll.pswin.com/").expect("a constant URL")
}

const fn ten() -> u64 {
    10
}

/// What one round brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Round {
    /// A report, stored and acknowledged; there may be more.
    Stored,
    Nothing,
    Failed,
}

impl PollConfig {
    /// How long to wait before the next round.
    fn pause_after(&self, round: Round) -> Duration {
        match round {
            Round::Stored => Duration::ZERO,
            Round::Nothing => EMPTY_PAUSE.max(Duration::from_secs(self.seconds)),
            Round::Failed => FAILED_PAUSE,
        }
    }

    fn place(&self, rest: &[&str]) -> Option<Url> {
        let mut url = self.url.clone();
        let user = self.user_id.as_ref().unwrap_or(&self.username);
        let steps = ["api", "output", "rest", "dr", "gateway", user.as_str()];
        url.path_segments_mut().ok()?.pop_if_empty().extend(steps).extend(rest);
        Some(url)
    }

    fn authorized(&self, request: RequestBuilder) -> RequestBuilder {
        let basic = Basic::header(&self.username, &self.password);
        request.header(header::AUTHORIZATION, basic).timeout(PATIENCE)
    }
}

/// Fetches reports of a route until told to stop.
pub(super) async fn run(
    config: &PollConfig,
    client: &Client,
    route: &str,
    reports: &dyn ReportSink,
    stop: &CancellationToken,
) {
    loop {
        let round = tokio::select! {
            () = stop.cancelled() => return,
            round = round(config, client, route, reports) => round,
        };
        tokio::select! {
            () = stop.cancelled() => return,
            () = sleep(config.pause_after(round)) => {}
        }
    }
}

async fn round(config: &PollConfig, client: &Client, route: &str, reports: &dyn ReportSink) -> Round {
    match fetch(config, client).await {
        Ok(None) => Round::Nothing,
        Ok(Some(fetched)) => store(config, client, route, reports, fetched).await,
        Err(why) => {
            warn!(sms.route = route, "delivery reports cannot be fetched: {why}");
            Round::Failed
        }
    }
}

/// The next report, if there is one.
async fn fetch(config: &PollConfig, client: &Client) -> Result<Option<Vec<pswin_report::Report>>, String> {
    let mut place = config.place(&[]).ok_or("the address cannot have a path")?;
    place.set_query(Some("ackrequired=true"));
    let request = config.authorized(client.post(place).header(header::CONTENT_LENGTH, 0));
    let answer = request.send().await.map_err(|error| error.without_url().to_string())?;
    let (status, headers) = (answer.status(), answer.headers().clone());
    if matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_FOUND) {
        return Ok(None);
    }
    if !status.is_success() {
        return Err(format!("the gateway answered HTTP {}", status.as_u16()));
    }
    let body = read(answer).await?;
    understand(&headers, &body)
}

fn understand(headers: &HeaderMap, body: &[u8]) -> Result<Option<Vec<pswin_report::Report>>, String> {
    if body.trim_ascii().is_empty() {
        return Ok(None);
    }
    match pswin_report::parse(headers, body) {
        Ok(reports) => Ok(Some(reports)),
        Err(pswin_report::MalformedPush::NoReports) => Ok(None),
        Err(error) => Err(error.to_string()),
    }
}

async fn read(mut answer: reqwest::Response) -> Result<Vec<u8>, String> {
    let mut body = Vec::new();
    while let Some(piece) = answer.chunk().await.map_err(|error| error.without_url().to_string())? {
        if body.len() + piece.len() > LARGEST_PUSH {
            return Err("the answer is longer than a push may be".to_owned());
        }
        body.extend_from_slice(&piece);
    }
    Ok(body)
}

/// Stores what came, and only then acknowledges it.
async fn store(
    config: &PollConfig,
    client: &Client,
    route: &str,
    reports: &dyn ReportSink,
    fetched: Vec<pswin_report::Report>,
) -> Round {
    let known = fetched.iter().filter(|report| !report.reference.is_empty()).map(|report| Report {
        about: About::Reference(report.reference.clone()),
        reported: Reported::Sms(report.result),
        state: report.state.clone(),
        occurred: report.delivered_at,
    });
    if let Err(error) = reports.take(route, known.collect()).await {
        warn!(sms.route = route, %error, "a delivery report stays with the gateway");
        return Round::Failed;
    }
    let references = fetched.iter().map(|report| report.reference.as_str());
    for reference in references.filter(|reference| !reference.is_empty()) {
        if let Err(why) = acknowledge(config, client, reference).await {
            debug!(sms.route = route, "a delivery report will be offered again: {why}");
            return Round::Failed;
        }
    }
    Round::Stored
}

async fn acknowledge(config: &PollConfig, client: &Client, reference: &str) -> Result<(), String> {
    let place = config.place(&["ack", reference]).ok_or("the address cannot have a path")?;
    let request = config.authorized(client.put(place).header(header::CONTENT_LENGTH, 0));
    let answer = request.send().await.map_err(|error| error.without_url().to_string())?;
    let status = answer.status();
    if status.is_success() { Ok(()) } else { Err(format!("the gateway answered HTTP {}", status.as_u16())) }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use async_trait::async_trait;
    use axum::Router;
    use axum::extract::{Path, State};
    use axum::routing::{post, put};

    use super::*;
    use crate::SmsResult;
    use crate::report::NotTaken;

    const OFFERED: &str =
        "<MSGLST><MSG><ID>1</ID><REF>a-1</REF><RCV>4740000000</RCV><STATE>DELIVRD</STATE></MSG></MSGLST>";

    fn config(json: serde_json::Value) -> PollConfig {
        serde_json::from_value(json).expect("settings")
    }

    /// A gateway with one report, and a store that may be full. Both write down what happens.
    #[derive(Clone, Debug)]
    struct Stage {
        happened: Arc<Mutex<Vec<String>>>,
        store_is_full: bool,
    }

    impl Stage {
        fn note(&self, what: &str) {
            self.happened.lock().expect("no panic").push(what.to_owned());
        }

        fn happened(&self) -> Vec<String> {
            self.happened.lock().expect("no panic").clone()
        }

        fn was_acknowledged(&self) -> bool {
            self.happened().iter().any(|what| what.starts_with("acknowledged"))
        }

        /// Serves as the gateway and fetches until `enough` has happened.
        async fn play(&self, enough: usize) {
            let fetch = async |State(stage): State<Self>, headers: HeaderMap| {
                let is_known = headers.contains_key(header::AUTHORIZATION);
                stage.note(if is_known { "fetched" } else { "fetched by a stranger" });
                if stage.was_acknowledged() { "" } else { OFFERED }
            };
            let acknowledge = async |State(stage): State<Self>, Path(reference): Path<String>| {
                stage.note(&format!("acknowledged {reference}"));
            };
            let router = Router::new()
                .route("/api/output/rest/dr/gateway/fjord", post(fetch))
                .route("/api/output/rest/dr/gateway/fjord/ack/{reference}", put(acknowledge))
                .with_state(self.clone());
            let bound = web::server::bind(([127, 0, 0, 1], 0).into()).await.expect("a free port");
            let url = format!("http://{}/", bound.local_addr);
            let poll = config(serde_json::json!({ "url": url, "username": "fjord", "password": "secret" }));
            let (stop, client) = (CancellationToken::new(), web::plain_client().expect("a client"));
            let watch = async {
                while self.happened().len() < enough {
                    sleep(Duration::from_millis(5)).await;
                }
                // Room for what must not follow.
                sleep(Duration::from_millis(200)).await;
                stop.cancel();
            };
            let serve = bound.serve(router, web::Limits::default(), stop.clone());
            tokio::join!(serve, run(&poll, &client, "operator", self, &stop), watch);
        }
    }

    #[async_trait]
    impl ReportSink for Stage {
        async fn take(&self, route: &str, reports: Vec<Report>) -> Result<(), NotTaken> {
            assert_eq!((route, reports.len()), ("operator", 1));
            assert_eq!(reports[0].about, About::Reference("a-1".to_owned()));
            assert_eq!(reports[0].reported, Reported::Sms(SmsResult::Delivered));
            self.note(if self.store_is_full { "not stored" } else { "stored" });
            if self.store_is_full { Err(NotTaken("the disk is full".to_owned())) } else { Ok(()) }
        }
    }

    /// Covers: NP-43
    #[tokio::test]
    async fn a_report_is_acknowledged_when_it_is_stored_and_after_the_last_there_is_a_pause() {
        let stage = |store_is_full| Stage { happened: Arc::default(), store_is_full };
        let full = stage(true);
        full.play(2).await;
        assert_eq!(full.happened(), ["fetched", "not stored"]);

        let well = stage(false);
        well.play(4).await;
        assert_eq!(well.happened(), ["fetched", "stored", "acknowledged a-1", "fetched"]);

        let pauses = |seconds: u64| {
            let poll = serde_json::json!({ "username": "fjord", "password": "secret", "seconds": seconds });
            let poll = config(poll);
            [Round::Stored, Round::Nothing, Round::Failed].map(|round| poll.pause_after(round).as_secs())
        };
        assert_eq!((pauses(0), pauses(60)), ([0, 10, 30], [0, 60, 30]));
    }

    #[test]
    fn an_answer_without_a_report_is_empty() {
        for nothing in ["", " \r\n", "<MSGLST></MSGLST>"] {
            assert_eq!(understand(&HeaderMap::new(), nothing.as_bytes()), Ok(None), "{nothing}");
        }
        assert!(understand(&HeaderMap::new(), b"<h1>hello").is_err());
    }

    #[test]
    fn paths_are_the_vendors_whatever_is_in_a_reference() {
        let poll = config(serde_json::json!({ "username": "fjord", "password": "secret" }));
        let place = |rest: &[&str]| poll.place(rest).map(|url| url.to_string()).unwrap_or_default();
        assert_eq!(place(&[]), "https://poll.pswin.com/api/output/rest/dr/gateway/fjord");
        let odd = place(&["ack", "a/../b?c"]);
        assert_eq!(odd, "https://poll.pswin.com/api/output/rest/dr/gateway/fjord/ack/a%2F..%2Fb%3Fc");
    }
}
