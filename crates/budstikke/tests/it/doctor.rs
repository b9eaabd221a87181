//! `budstikke doctor` against things that are well, switched off, locked, run out or wrong.

use std::net::{TcpListener, UdpSocket};
use std::time::Duration;

use auth::Authority;
use auth::authority::{Profile, Subject};
use serde_json::Value;
use simulators::smsc::{Settings, Smsc};
use testkit::postgres;
use tokio_util::sync::CancellationToken;
use trials::{Place, Said, run};
use types::time::Clock;

async fn doctor(place: &Place, more: &[&str]) -> Said {
    let arguments = place.arguments();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    run(place.folder(), &[&["doctor", "--json"], &arguments[..], more].concat()).await
}

fn findings(said: &Said) -> Vec<Value> {
    let told: Value =
        serde_json::from_str(&said.out).unwrap_or_else(|error| panic!("{error}: {}{}", said.out, said.err));
    told["findings"].as_array().expect("findings").clone()
}

/// The finding about something, which begins so.
fn about<'f>(findings: &'f [Value], what: &str) -> &'f Value {
    let found =
        findings.iter().find(|finding| finding["what"].as_str().is_some_and(|text| text.starts_with(what)));
    found.unwrap_or_else(|| panic!("nothing about {what} in {findings:#?}"))
}

/// Verdict and whose move it is.
fn told<'f>(findings: &'f [Value], what: &str) -> (&'f str, &'f str) {
    let finding = about(findings, what);
    (finding["verdict"].as_str().expect("a verdict"), finding["whoseMove"].as_str().unwrap_or("nobody's"))
}

fn nobody() -> u16 {
    TcpListener::bind("127.0.0.1:0").expect("a free port").local_addr().expect("its address").port()
}

#[tokio::test]
async fn a_well_server_is_well_whether_it_runs_or_not_and_nothing_is_locked_or_left_behind() {
    let place = Place::new();
    let never = doctor(&place, &[]).await;
    assert!(never.status.success(), "{}{}", never.out, never.err);
    assert!(!place.data().exists(), "nothing is made by looking");

    let mut server = place.start().await;
    let running = doctor(&place, &["--deep"]).await;
    assert!(running.status.success(), "{}{}", running.out, running.err);
    let seen = findings(&running);
    for what in
        ["data_dir", "disk", "listen.api", "listen.mail", "blobs", "database", "our certificate", "server"]
    {
        assert_eq!(told(&seen, what).0, "fine", "{what}: {seen:#?}");
    }
    assert!(
        about(&seen, "blobs")["seen"].as_str().is_some_and(|text| text.contains("written, read and deleted"))
    );
    assert!(about(&seen, "database")["seen"].as_str().is_some_and(|text| text.contains("wal")), "{seen:#?}");
    assert!(server.is_running() && !place.data().join("blobs/doctor").exists());
    server.stop().await;

    let stopped = doctor(&place, &[]).await;
    assert!(stopped.status.success(), "{}", stopped.out);
    assert!(
        about(&findings(&stopped), "server")["seen"].as_str().is_some_and(|text| text.contains("none runs"))
    );
    place.start().await.stop().await;
}

#[tokio::test]
async fn what_is_switched_off_is_named_with_whose_move_it_is() {
    let dead = nobody();
    let place = Place::new()
        .with("providers.sms", format!("[{{kind=\"smpp\",host=\"127.0.0.1\",port={dead},system_id=\"a\",password=\"b\"}},{{kind=\"pswin\",name=\"second\",endpoint=\"http://nobody.invalid/\",username=\"a\",password=\"b\"}}]"))
        .with("providers.email", format!("{{host=\"127.0.0.1\",port={dead},tls=\"none\"}}"))
        .with("embedded.registry", "false")
        .with("embedded.broker", "false")
        .with("embedded.issuer", "false")
        .with("embedded.elsewhere", format!("http://127.0.0.1:{dead}/"))
        .with("registers.names", "register")
        .with("registers.register.url", format!("http://127.0.0.1:{dead}/"))
        .with("clock.server", format!("127.0.0.1:{dead}"));

    let said = doctor(&place, &[]).await;

    assert_eq!(said.status.code(), Some(3), "{}{}", said.out, said.err);
    let seen = findings(&said);
    for (what, whose) in [
        ("SMS gateway smpp", "gateway"),
        ("SMS gateway second", "network"),
        ("mail relay smtp", "gateway"),
        ("token issuer (embedded.elsewhere", "server"),
        ("broker", "server"),
        ("registry", "server"),
        ("register of names", "register"),
    ] {
        assert_eq!(told(&seen, what), ("wrong", whose), "{what}");
        assert!(about(&seen, what)["remedy"].as_str().is_some_and(|text| !text.is_empty()));
    }
    assert_eq!(told(&seen, "clock").0, "warning");

    let table = run(
        place.folder(),
        &["doctor", "--set", &format!("providers.email={{host=\"127.0.0.1\",port={dead}}}")],
    )
    .await;
    assert_eq!(table.status.code(), Some(3));
    for words in ["WRONG", "what to do", "the move is  the gateway's", "BUD-6002"] {
        assert!(table.out.contains(words), "{words}: {}", table.out);
    }
}

#[tokio::test]
async fn a_wrong_password_is_ours_to_mend() {
    let (stop, clock) = (CancellationToken::new(), Clock::system());
    let settings = Settings { system_id: "fjord".to_owned(), ..Settings::default() };
    let bound = Smsc::new(settings, clock).bind(([127, 0, 0, 1], 0).into()).await.expect("a port");
    let port = bound.local_addr.port();
    tokio::spawn(bound.serve(stop.clone()));
    let cluster = postgres::shared();
    let place = Place::new()
        .with(
            "providers.sms",
            format!("{{kind=\"smpp\",host=\"127.0.0.1\",port={port},system_id=\"fjord\",password=\"feil\"}}"),
        )
        .with("store", format!("postgres://nobody@127.0.0.1:{}/nowhere", cluster.port()))
        .with("blobs", "folder");

    let said = doctor(&place, &[]).await;
    stop.cancel();

    assert_eq!(said.status.code(), Some(3), "{}{}", said.out, said.err);
    let seen = findings(&said);
    assert_eq!(told(&seen, "SMS gateway smpp"), ("wrong", "yours"), "{seen:#?}");
    assert_eq!(told(&seen, "database"), ("wrong", "yours"), "{seen:#?}");
    assert!(!said.out.contains("feil\""), "no password is told: {}", said.out);
}

#[tokio::test]
async fn a_certificate_that_ran_out_and_one_of_somebody_else_are_found() {
    let place = Place::new();
    let organization = |number: &str| Subject {
        org: number.parse().expect("nine digits"),
        name: "Fjord kommune".to_owned(),
        profile: Profile::Both,
    };
    let long_ago = Clock::stepped("2015-03-02T11:00:00Z".parse().expect("a moment"));
    for (name, clock, number) in [("old", long_ago, "310000001"), ("other", Clock::system(), "310000002")] {
        let made = Authority::generate(clock)
            .expect("an authority")
            .issue(&organization(number))
            .expect("a certificate");
        let file = |ending: &str| place.folder().join(format!("{name}-{ending}.pem"));
        std::fs::write(file("certificate"), made.chain_pem()).expect("a file");
        std::fs::write(file("key"), made.key.to_pkcs8_pem().expect("PEM").reveal()).expect("a file");
    }
    let with = async |certificate: &str, key: &str| {
        let certificate = format!("organization.certificate_file={certificate}-certificate.pem");
        let key = format!("organization.key_file={key}-key.pem");
        let said = doctor(&place, &["--set", &certificate, "--set", &key]).await;
        assert_eq!(said.status.code(), Some(3), "{}{}", said.out, said.err);
        about(&findings(&said), "our certificate")["seen"].as_str().expect("words").to_owned()
    };
    assert!(with("old", "old").await.contains("ran out"));
    assert!(with("other", "other").await.contains("belongs to 310000002"));
    let pair = with("other", "old").await;
    assert!(pair.contains("does not belong to the certificate"), "{pair}");
}

#[tokio::test]
async fn a_wrong_clock_and_a_database_that_forgets_are_found() {
    let server = UdpSocket::bind("127.0.0.1:0").expect("a socket");
    server.set_read_timeout(Some(Duration::from_secs(60))).expect("a limit");
    let address = server.local_addr().expect("its address").to_string();
    let telling = std::thread::spawn(move || tell_the_time_of_tomorrow(&server));
    // The tests' own PostgreSQL does not wait for the disk.
    let cluster = postgres::shared();
    let place = Place::new().with("clock.server", &address).with("store", cluster.database());

    let said = doctor(&place, &[]).await;
    telling.join().expect("the time server");

    assert_eq!(said.status.code(), Some(3), "{}{}", said.out, said.err);
    let seen = findings(&said);
    assert_eq!(told(&seen, "clock (clock.server"), ("wrong", "machine"), "{seen:#?}");
    assert_eq!(told(&seen, "database (store)").0, "fine", "{seen:#?}");
    assert_eq!(told(&seen, "durability of the database"), ("wrong", "database"), "{seen:#?}");
    assert_eq!(told(&seen, "replication of the database").0, "fine", "{seen:#?}");
}

/// Answers one question as RFC 4330 has it, a day ahead.
fn tell_the_time_of_tomorrow(server: &UdpSocket) {
    let mut question = [0; 48];
    let (_, from) = server.recv_from(&mut question).expect("a question");
    let mut answer = [0; 48];
    (answer[0], answer[1]) = (0b00_100_100, 2);
    answer[24..32].copy_from_slice(&question[40..48]);
    let asked = u64::from_be_bytes(question[40..48].try_into().expect("eight bytes"));
    let tomorrow = (asked + (86_400 << 32)).to_be_bytes();
    answer[32..40].copy_from_slice(&tomorrow);
    answer[40..48].copy_from_slice(&tomorrow);
    server.send_to(&answer, from).expect("an answer");
}
