//! Signed mail, held against a verifier that is not ours: the one of Debian's `python3-dkim`.

use std::path::Path;
use std::process::Command;

use gateways::email::dkim::DkimConfig;
use gateways::email::{Smtp, SmtpConfig};
use gateways::{BodyFormat, EmailProvider as _, HandOver, OutgoingEmail};
use tempfile::TempDir;
use testkit::stepped_clock;

use crate::smtp::{config, email, relay};

const VERIFIER: &str = "
import sys
try:
    import dkim
except ImportError:
    sys.exit('this test needs dkimpy; on Debian: apt-get install -y --no-install-recommends python3-dkim')
message, folder = open(sys.argv[1], 'rb').read(), sys.argv[2]
def dns(name, timeout=5):
    selector = name.decode().split('.')[0]
    return open(folder + '/' + selector + '.txt', 'rb').read()
count = message.lower().count(b'dkim-signature:')
def is_good(number):
    try:
        return dkim.DKIM(message).verify(idx=number, dnsfunc=dns)
    except dkim.ValidationError:
        return False
good = [is_good(number) for number in range(count)]
print(good.count(True), 'of', count)
";

fn openssl(folder: &Path, arguments: &[&str]) -> Vec<u8> {
    let output = Command::new("openssl").args(arguments).current_dir(folder).output().expect("openssl");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

/// A key in a file, and what the DNS would say about it in another.
fn key(folder: &Path, selector: &str, kind: &str) -> DkimConfig {
    use base64::Engine as _;
    let file = format!("{selector}.pem");
    openssl(folder, &["genpkey", "-quiet", "-algorithm", kind, "-out", &file]);
    let public = openssl(folder, &["pkey", "-in", &file, "-pubout", "-outform", "DER"]);
    let (name, public) = match kind {
        "RSA" => ("rsa", &public[..]),
        // RFC 8463, section 4: the bare key.
        _ => ("ed25519", &public[public.len() - 32..]),
    };
    let public = base64::engine::general_purpose::STANDARD.encode(public);
    std::fs::write(folder.join(format!("{selector}.txt")), format!("v=DKIM1; k={name}; p={public}"))
        .expect("a record");
    DkimConfig {
        domain: "fjord.example".to_owned(),
        selector: selector.to_owned(),
        key_file: folder.join(file),
    }
}

fn verified(folder: &Path, raw: &[u8]) -> String {
    let file = folder.join("message.eml");
    std::fs::write(&file, raw).expect("a message");
    let output = Command::new("/usr/bin/python3").args(["-c", VERIFIER]).arg(file).arg(folder).output();
    let output = output.expect("python3");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// Covers: NP-72
#[tokio::test]
async fn signatures_are_good_and_any_change_breaks_them() {
    let folder = TempDir::new().expect("a folder");
    let relay = relay().await;
    let dkim = vec![key(folder.path(), "s1", "RSA"), key(folder.path(), "s2", "ed25519")];
    let signing = SmtpConfig { dkim, ..config(relay.addr) };
    let smtp = Smtp::new(&signing, stepped_clock()).expect("a relay");
    let bodies = [
        ("Hei\n\n\n\n", BodyFormat::Plain),
        ("", BodyFormat::Plain),
        ("\n\n", BodyFormat::Plain),
        ("Hei \t på deg,  Kåre 😀 \n.\n..to\n \n\n", BodyFormat::Plain),
        ("<p>Hei</p>\n\n", BodyFormat::Html),
    ];
    for (number, (body, format)) in bodies.into_iter().enumerate() {
        let sent = OutgoingEmail { body: body.into(), format, ..email("kari@blåbær.example") };
        let outcome = smtp.send(&sent).await;
        assert!(matches!(outcome, HandOver::Accepted { .. }), "{outcome:?}");
        let raw = relay.sink.captured().get(2 * number as u64).expect("a message").raw.clone();
        assert_eq!(verified(folder.path(), &raw), "2 of 2", "{}", String::from_utf8_lossy(&raw));
    }

    let raw = relay.sink.captured().get(0).expect("a message").raw.to_vec();
    let text = String::from_utf8(raw).expect("ASCII");
    for (from, to) in
        [("Hei\r\n", "Nei\r\n"), ("To: kari", "To: ola"), ("\r\nTo:", "\r\nFrom: a@b.no\r\nTo:")]
    {
        let changed = text.replacen(from, to, 1);
        assert_ne!(changed, text, "{from}");
        assert_eq!(verified(folder.path(), changed.as_bytes()), "0 of 2", "{changed}");
    }
}

#[tokio::test]
async fn mail_in_anothers_name_is_signed_by_that_ones_key_only() {
    let folder = TempDir::new().expect("a folder");
    let relay = relay().await;
    let ours = key(folder.path(), "s1", "ed25519");
    let theirs = DkimConfig { domain: "vidde.example".to_owned(), ..key(folder.path(), "s2", "ed25519") };
    let signing = SmtpConfig { dkim: vec![ours, theirs], ..config(relay.addr) };
    let smtp = Smtp::new(&signing, stepped_clock()).expect("a relay");
    let from = Some("post@varsel.vidde.example".parse().expect("an address"));
    smtp.send(&OutgoingEmail { from, ..email("silent@fjord.example") }).await;
    let raw = relay.sink.captured().get(0).expect("a message").raw.clone();
    assert_eq!(verified(folder.path(), &raw), "1 of 1");
    assert!(String::from_utf8_lossy(&raw).contains("d=vidde.example"));
}

#[test]
fn a_key_that_cannot_sign_is_refused_at_the_start() {
    let folder = TempDir::new().expect("a folder");
    openssl(
        folder.path(),
        &["genpkey", "-quiet", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024", "-out", "s.pem"],
    );
    for file in ["s.pem", "nowhere.pem"] {
        let dkim = DkimConfig {
            domain: "fjord.example".to_owned(),
            selector: "s".to_owned(),
            key_file: folder.path().join(file),
        };
        let config = SmtpConfig { dkim: vec![dkim], ..SmtpConfig::default() };
        let refusal = Smtp::new(&config, stepped_clock()).expect_err("a refusal").to_string();
        assert!(refusal.contains(file), "{refusal}");
    }
}
