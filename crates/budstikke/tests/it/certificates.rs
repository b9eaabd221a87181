//! Certificates are replaced under a running server.

use std::path::Path;

use auth::Authority;
use auth::authority::{Profile, Subject};
use trials::{Answer, ORG, Place, Server, eventually};
use types::time::Clock;

/// A certificate of ours from a key store that OpenSSL has made.
const NEXT: &[u8] = include_bytes!("../../../asic/tests/vectors/keystores/aes.p12");
const NEXT_PEM: &str = include_str!("../../../asic/tests/vectors/keystores/certificate.pem");

/// The first certificate: chain and key in one PEM text, and the root.
fn first() -> (String, String, String) {
    let authority = Authority::generate(Clock::system()).expect("an authority");
    let org = ORG.parse().expect("nine digits");
    let subject = Subject { org, name: "Fjord kommune".to_owned(), profile: Profile::Newer };
    let made = authority.issue(&subject).expect("a certificate");
    let key = made.key.to_pkcs8_pem().expect("PEM").reveal().clone();
    (made.certificate_pem(), made.chain_pem() + &key, authority.root_pem())
}

async fn registered(server: &Server) -> String {
    let url = format!("http://{}/adressetjeneste/virksert/{ORG}", server.services);
    let asked = reqwest::Client::new().get(url).header("accept", "text/plain");
    Answer::of(asked).await.expect("an answer").text.trim().to_owned()
}

fn put(path: &Path, bytes: &[u8]) {
    std::fs::write(path, bytes).expect("a file");
}

#[tokio::test]
async fn a_new_key_store_is_taken_over_on_a_signal_and_a_bad_one_changes_nothing() {
    let (old, store, root) = first();
    let mut place = Place::new().with("registry.open", "true").with("organization.watch_seconds", "0");
    let file = |name: &str| place.folder().join(name);
    let (keys, roots, password) = (file("keys"), file("roots.pem"), file("password"));
    put(&keys, store.as_bytes());
    put(&roots, root.as_bytes());
    put(&password, b"changeit\n");
    place.set("organization.number", format!("\"{ORG}\""));
    place.set("organization.trusted_roots_file", roots.display().to_string());
    let keystore = format!("{{path=\"{}\",password_file=\"{}\"}}", keys.display(), password.display());
    place.set("organization.keystore", keystore);
    let server = place.start().await;
    assert_eq!(registered(&server).await, old.trim());
    let console = server.sign_in().await;
    let console = async || console.get("/console").await.text;
    assert!(console().await.contains("Fjord kommune"));

    put(&keys, b"this is no key store");
    server.signal("HUP").await;
    eventually("the console says what is wrong", async || {
        console().await.contains("the file is no key store").then_some(())
    })
    .await;
    assert_eq!(registered(&server).await, old.trim(), "the one from before is kept");
    assert!(place.log().contains("the certificate from before is kept"), "{}", place.log());

    put(&keys, NEXT);
    server.signal("HUP").await;
    eventually("the registry is told of the new certificate", async || {
        (registered(&server).await == NEXT_PEM.trim()).then_some(())
    })
    .await;
    let shown = console().await;
    assert!(!shown.contains("cannot be used"), "{shown}");
    assert!(shown.contains("NTRNO-310000001,CN=Etat") || shown.contains("O=Etat"), "{shown}");
    assert!(shown.contains("in reserve"), "the old one still opens what comes in: {shown}");
}
