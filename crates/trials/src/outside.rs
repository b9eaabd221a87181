//! The world outside: an SMS gateway and a mail server that outlive the server under test, and
//! remember everything that was handed to them.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use simulators::sms_gateway::{self, ReportTarget, SmsGateway};
use simulators::smtp_sink::{self, SmtpSink};
use tokio_util::sync::CancellationToken;
use types::Secret;
use types::random::Random;
use types::time::Clock;
use web::Limits;

use crate::Place;

const REPORTS_PASSWORD: &str = "rapport-passord";
/// The password of the gateway's account.
pub const GATEWAY_PASSWORD: &str = "sms-konto-passord";
/// More than any trial sends.
const EVERYTHING: usize = 10_000_000;

/// Gateway and mail server; both stop when this is dropped.
pub struct Outside {
    gateway: SmsGateway,
    gateway_address: SocketAddr,
    /// Milliseconds before and after the gateway takes something.
    slowness: Arc<AtomicU64>,
    /// The mail server.
    pub mail: SmtpSink,
    mail_address: SocketAddr,
    stop: CancellationToken,
}

impl Drop for Outside {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl Outside {
    /// Starts both; they answer at once.
    pub async fn start() -> Self {
        let (stop, slowness) = (CancellationToken::new(), Arc::new(AtomicU64::new(0)));
        let (gateway, gateway_address) = gateway(&slowness, &stop).await;
        let settings = smtp_sink::Settings {
            keep: EVERYTHING,
            keep_bytes: usize::MAX,
            ..smtp_sink::Settings::default()
        };
        let mail = SmtpSink::new(settings, Clock::system());
        let bound = mail.bind(([127, 0, 0, 1], 0).into()).await.expect("a free port");
        let mail_address = bound.local_addr;
        tokio::spawn(bound.serve(stop.clone()));
        Self { gateway, gateway_address, slowness, mail, mail_address, stop }
    }

    /// Points servers of a place at gateway and mail server.
    pub fn lead_to(&self, place: &mut Place) {
        self.lead_by(place, self.gateway_address);
    }

    /// The same with another address, a door's, for the gateway.
    pub fn lead_by(&self, place: &mut Place, endpoint: SocketAddr) {
        place.set("embedded.sms_gateway", "false");
        place.set("embedded.mail", "false");
        place.set(
            "providers.sms",
            format!(
                "{{endpoint=\"http://{endpoint}/\",username=\"demo\",password=\"{GATEWAY_PASSWORD}\",\
                 instant_timeout_seconds=5,timeout_seconds=5}}"
            ),
        );
        let (host, port) = (self.mail_address.ip(), self.mail_address.port());
        place.set("providers.email", format!("{{host=\"{host}\",port={port},tls=\"none\",dsn=\"off\"}}"));
        place.set(
            "notify.report_accounts",
            format!("[{{username=\"gateway\",password=\"{REPORTS_PASSWORD}\"}}]"),
        );
    }

    /// Delivery reports go to this address (`host:port`) from now on.
    pub fn report_to(&self, api: &str) {
        let url = format!("http://{api}/notifications/sms/api/v1/reports").parse().expect("a URL");
        let target = ReportTarget {
            url,
            user: "gateway".to_owned(),
            password: Secret::new(REPORTS_PASSWORD.to_owned()),
        };
        self.gateway.report_to(Some(target));
    }

    /// From now on the gateway waits so long before it takes something, and as long before it says so.
    pub fn slow_down(&self, wait: Duration) {
        let milliseconds = u64::try_from(wait.as_millis()).expect("a short time");
        self.slowness.store(milliseconds, Ordering::Relaxed);
    }

    /// Where the gateway is.
    pub const fn gateway_address(&self) -> SocketAddr {
        self.gateway_address
    }

    /// The gateway.
    pub const fn gateway(&self) -> &SmsGateway {
        &self.gateway
    }

    /// How often each text was handed over, as SMS or as e-mail.
    pub fn hand_overs(&self) -> HashMap<String, usize> {
        let sms = self.gateway.captured().all().into_iter();
        let texts = sms.filter(|sms| sms.taken).map(|sms| sms.text.clone());
        let mails = self.mail.captured().all().into_iter();
        let mut counts = HashMap::new();
        for text in texts.chain(mails.filter_map(|mail| mail.content.subject.clone())) {
            *counts.entry(text).or_default() += 1;
        }
        counts
    }
}

async fn gateway(slowness: &Arc<AtomicU64>, stop: &CancellationToken) -> (SmsGateway, SocketAddr) {
    let settings = sms_gateway::Settings {
        password: Secret::new(GATEWAY_PASSWORD.to_owned()),
        report_after: Duration::from_millis(20),
        // The server may be away for a while.
        report_again_after: vec![Duration::from_millis(200); 3_000],
        keep: EVERYTHING,
        ..sms_gateway::Settings::default()
    };
    let gateway = SmsGateway::new(settings, Clock::system(), Random::system()).expect("a gateway");
    let bound = web::server::bind(([127, 0, 0, 1], 0).into()).await.expect("a free port");
    let address = bound.local_addr;
    let router = gateway.router().layer(from_fn_with_state(Arc::clone(slowness), slowly));
    tokio::spawn(bound.serve(router, Limits::default(), stop.clone()));
    let (pushing, until) = (gateway.clone(), stop.clone());
    tokio::spawn(async move { pushing.run(until).await });
    (gateway, address)
}

async fn slowly(State(slowness): State<Arc<AtomicU64>>, request: Request, next: Next) -> Response {
    let wait = Duration::from_millis(slowness.load(Ordering::Relaxed));
    if wait.is_zero() {
        return next.run(request).await;
    }
    tokio::time::sleep(wait).await;
    let answer = next.run(request).await;
    tokio::time::sleep(wait).await;
    answer
}
