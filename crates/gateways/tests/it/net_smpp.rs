//! The SMPP gateway towards a message centre that others wrote: Net::SMPP, from Debian.

use std::process::Stdio;
use std::time::Duration;

use gateways::sms::smpp::{IdFormat, SmppConfig};
use gateways::{HandOver, Reported, SmsProvider as _, SmsResult};
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use types::Secret;

use crate::SOON;
use crate::smpp::{Gateway, centre, config, settings, sms};

/// The message centre's process, which ends when it is dropped.
struct NetSmpp {
    _process: Child,
    said: Lines<BufReader<ChildStdout>>,
    config: SmppConfig,
}

impl NetSmpp {
    async fn start() -> Self {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/net_smpp.pl");
        let mut process = Command::new("perl")
            .arg(script)
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("perl, and Net::SMPP (libnet-smpp-perl)");
        let stdout = process.stdout.take().expect("a pipe");
        let mut said = BufReader::new(stdout).lines();
        let port = next(&mut said).await.parse().expect("a port: is libnet-smpp-perl installed?");
        let account = SmppConfig {
            password: Secret::new("secret".to_owned()),
            receipt_id: IdFormat::HexToDec,
            instant_bind: false,
            ..config(([127, 0, 0, 1], port).into())
        };
        Self { _process: process, said, config: account }
    }

    async fn says(&mut self) -> String {
        next(&mut self.said).await
    }
}

async fn next(said: &mut Lines<BufReader<ChildStdout>>) -> String {
    let line = tokio::time::timeout(SOON, said.next_line()).await.expect("a line in time");
    line.expect("readable").expect("a line: is libnet-smpp-perl installed?")
}

/// Net::SMPP here, and the simulated one, whose frames are those of the `rusmpp` crate: what both
/// understand is no misreading of ours.
///
/// Covers: NP-55
#[tokio::test]
async fn message_centres_of_others_take_our_messages_and_bring_receipts() {
    let other = centre(settings()).await;
    let gateway = Gateway::start(config(other.addr));
    let sent = gateway.smpp.send(&sms("+4799990002", "Hei på {deg}")).await;
    let HandOver::Accepted { gateway_reference: Some(reference) } = sent else { panic!("{sent:?}") };
    assert_eq!(other.smsc.captured().all()[0].text, "Hei på {deg}");
    let report = gateway.kept.about(&reference).await;
    assert_eq!(report.reported, Reported::Sms(SmsResult::FailedUndelivered));

    let mut centre = NetSmpp::start().await;
    let gateway = Gateway::start(centre.config.clone());

    for (text, coding, octets) in
        [("Hei på {deg}", "0", "48656920700f201b286465671b29"), ("Č😀", "8", "010cd83dde00")]
    {
        let sent = gateway.smpp.send(&sms("+4799990001", text)).await;
        let HandOver::Accepted { gateway_reference: Some(reference) } = sent else { panic!("{sent:?}") };
        let line = centre.says().await;
        assert_eq!(line, format!("5 Altinn 0 4799990001 0 1 {coding} 000002000000000R {octets}"));
        let report = gateway.kept.about(&reference).await;
        assert_eq!(report.reported, Reported::Sms(SmsResult::Delivered));
        assert_eq!(centre.says().await, "receipt answered with 0");
    }

    let long = gateway.smpp.send(&sms("+4799990002", &"a".repeat(161))).await;
    let HandOver::Accepted { gateway_reference: Some(reference) } = long else { panic!("{long:?}") };
    let mut parts = Vec::new();
    while parts.len() < 2 {
        let line = centre.says().await;
        let is_part = line.starts_with("5 Altinn");
        parts.extend(is_part.then(|| line.rsplit(' ').next().unwrap_or_default().to_owned()));
    }
    assert!(parts[0].starts_with("050003") && parts[0][8..12] == *"0201", "{parts:?}");
    assert_eq!(parts[1][8..], format!("0202{}", "61".repeat(8)));
    let report = gateway.kept.about(&reference).await;
    assert_eq!(report.reported, Reported::Sms(SmsResult::FailedUndelivered));

    let refused = gateway.smpp.send(&sms("+4799990011", "Hei")).await;
    assert!(
        matches!(refused, HandOver::Refused { result: SmsResult::FailedInvalidRecipient, .. }),
        "{refused:?}"
    );
    gateway.end().await;
    let goodbye = async { while centre.says().await != "goodbye" {} };
    tokio::time::timeout(Duration::from_secs(20), goodbye).await.expect("a goodbye");
}
