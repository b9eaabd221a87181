//! The world outside: an SMS gateway and a mail server that outlive the server under test.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::Duration;

use simulators::sms_gateway::{self, ReportTarget, SmsGateway};
use simulators::smtp_sink::{self, SmtpSink};
use tokio_util::sync::CancellationToken;
use types::Secret;
use types::random::Random;
use types::time::Clock;
use web::Limits;

use crate::server::{Place, Server};

const REPORTS_PASSWORD: &str = "rapport-passord";
/// What the gateway's account is called and how it logs on.
pub const GATEWAY_PASSWORD: &str = "sms-konto-passord";

/// Gateway and mail server; both stop when this is dropped.
pub struct Outside {
    /// One that answers at once, and one that takes its time.
    gateways: [(SmsGateway, SocketAddr); 2],
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
    /// Starts them; the slow gateway takes so long for each answer.
    pub async fn start(slow: Duration) -> Self {
        let stop = CancellationToken::new();
        let gateways = [gateway(Duration::ZERO, &stop).await, gateway(slow, &stop).await];
        let mail = SmtpSink::new(smtp_sink::Settings::default(), Clock::system());
        let bound = mail.bind(([127, 0, 0, 1], 0).into()).await.expect("a free port");
        let mail_address = bound.local_addr;
        tokio::spawn(bound.serve(stop.clone()));
        Self { gateways, mail, mail_address, stop }
    }

    /// Points a server at the mail server and one of the gateways.
    pub fn lead_to(&self, place: &mut Place, slow: bool) {
        let endpoint = self.gateways[usize::from(slow)].1;
        place.set("embedded.sms_gateway", "false");
        place.set("embedded.mail", "false");
        place.set(
            "providers.sms",
            format!(
                "{{endpoint=\"http://{endpoint}/\",username=\"demo\",password=\"{GATEWAY_PASSWORD}\",\
                 instant_timeout_seconds=10,timeout_seconds=10}}"
            ),
        );
        let (host, port) = (self.mail_address.ip(), self.mail_address.port());
        place.set("providers.email", format!("{{host=\"{host}\",port={port},tls=\"none\",dsn=\"off\"}}"));
        place.set(
            "notify.report_accounts",
            format!("[{{username=\"gateway\",password=\"{REPORTS_PASSWORD}\"}}]"),
        );
    }

    /// Delivery reports go to this server from now on.
    pub fn report_to(&self, server: &Server) {
        let url = server.url("/notifications/sms/api/v1/reports").parse().expect("a URL");
        let target = ReportTarget {
            url,
            user: "gateway".to_owned(),
            password: Secret::new(REPORTS_PASSWORD.to_owned()),
        };
        for (gateway, _) in &self.gateways {
            gateway.report_to(Some(target.clone()));
        }
    }

    /// One of the gateways.
    pub fn gateway(&self, slow: bool) -> &SmsGateway {
        &self.gateways[usize::from(slow)].0
    }

    /// How often each text was handed over, as SMS or as e-mail.
    pub fn hand_overs(&self) -> HashMap<String, usize> {
        let sms = self.gateways.iter().flat_map(|(gateway, _)| gateway.captured().all());
        let texts = sms.filter(|sms| sms.taken).map(|sms| sms.text.clone());
        let mails = self.mail.captured().all().into_iter();
        let mut counts = HashMap::new();
        for text in texts.chain(mails.filter_map(|mail| mail.content.subject.clone())) {
            *counts.entry(text).or_default() += 1;
        }
        counts
    }
}

async fn gateway(answer_after: Duration, stop: &CancellationToken) -> (SmsGateway, SocketAddr) {
    let settings = sms_gateway::Settings {
        password: Secret::new(GATEWAY_PASSWORD.to_owned()),
        report_after: Duration::from_millis(20),
        // The server may be away for a while.
        report_again_after: vec![Duration::from_millis(200); 600],
        answer_after,
        ..sms_gateway::Settings::default()
    };
    let gateway = SmsGateway::new(settings, Clock::system(), Random::system()).expect("a gateway");
    let bound = web::server::bind(([127, 0, 0, 1], 0).into()).await.expect("a free port");
    let address = bound.local_addr;
    tokio::spawn(bound.serve(gateway.router(), Limits::default(), stop.clone()));
    let (pushing, until) = (gateway.clone(), stop.clone());
    tokio::spawn(async move { pushing.run(until).await });
    (gateway, address)
}
