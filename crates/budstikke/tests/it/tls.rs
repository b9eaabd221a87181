//! TLS on the API's address, and its certificate replaced while the server runs.

use std::path::Path;

use reqwest::tls::TlsInfo;
use trials::{Place, eventually, run};

/// The certificate and key of a server elsewhere, put here.
async fn put_identity(folder: &Path) {
    let elsewhere = Place::new();
    elsewhere.start().await.stop().await;
    for name in ["certificate.pem", "key.pem"] {
        std::fs::copy(elsewhere.data().join("identity").join(name), folder.join(name)).expect("a copy");
    }
}

#[tokio::test]
async fn the_api_speaks_tls_and_takes_a_new_certificate_over() {
    let place = Place::new();
    put_identity(place.folder()).await;
    let place =
        place.with("listen.tls.certificate_file", "certificate.pem").with("listen.tls.key_file", "key.pem");
    let server = place.start().await;
    let seen = async || {
        let client = reqwest::Client::builder().danger_accept_invalid_certs(true).tls_info(true).no_proxy();
        let client = client.build().expect("a client");
        let url = server.url("/manage/health").replace("http://", "https://");
        let answer = client.get(url).send().await.expect("an answer");
        assert_eq!(answer.status(), 200);
        assert!(answer.headers().contains_key("strict-transport-security"));
        let info = answer.extensions().get::<TlsInfo>().expect("how it was");
        info.peer_certificate().expect("a certificate").to_vec()
    };
    let first = seen().await;

    // What cannot be used changes nothing.
    std::fs::write(place.folder().join("key.pem"), "half").expect("a file");
    eventually("the log says so", async || place.log().contains("cannot be used").then_some(())).await;
    assert_eq!(seen().await, first);

    put_identity(place.folder()).await;
    eventually("the new certificate is shown", async || (seen().await != first).then_some(())).await;
    commands_reach_it(&place).await;
    server.stop().await;
}

/// Commands that go through the running server believe the certificate that is configured.
async fn commands_reach_it(place: &Place) {
    let arguments = place.arguments();
    let contacts = place.folder().join("contacts.json").display().to_string();
    for words in [&["export", &contacts][..], &["import", &contacts], &["audit", "verify"], &["retention"]] {
        let mut command = words.to_vec();
        command.extend(arguments.iter().map(String::as_str));
        let said = run(place.folder(), &command).await;
        assert!(said.status.success(), "{words:?}: {}", said.err);
    }
}
