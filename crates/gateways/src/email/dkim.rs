//! Signatures that let receivers know that mail comes from our domain (DKIM, RFC 6376 and 8463).
//!
//! Our own, because what is needed is a page: both canonical forms are *relaxed*, one set of headers is
//! signed, and the cryptography is the one we have anyway.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeyPair as RsaKeyPair;
use aws_lc_rs::signature::{Ed25519KeyPair, RSA_PKCS1_SHA256};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject as _;
use serde::Deserialize;

/// Headers that are signed where they are there. `From` is named once more than it is there, so that
/// nobody can add a second one.
const SIGNED: [&str; 8] =
    ["from", "to", "subject", "date", "message-id", "mime-version", "content-type", "reply-to"];

/// One of `[[providers.email.dkim]]`: a key whose public half stands in the DNS under
/// `<selector>._domainkey.<domain>`.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct DkimConfig {
    /// The domain that signs.
    pub domain: String,
    /// The name of the key in that domain.
    pub selector: String,
    /// The private key, PEM: RSA of at least 2048 bits, or Ed25519.
    pub key_file: PathBuf,
}

/// Why a key cannot sign.
#[derive(Debug, thiserror::Error)]
pub enum DkimError {
    /// The file.
    #[error("dkim key_file {} cannot be read as a private key in PEM", .0.display())]
    File(PathBuf),
    /// The key.
    #[error("dkim key_file {} holds neither an RSA key of at least 2048 bits nor an Ed25519 key", .0.display())]
    Key(PathBuf),
    /// Domain or selector.
    #[error("dkim domain and selector are made of letters, digits, dots, hyphens and underscores")]
    Name,
}

/// A key in a domain.
pub(super) struct Signer {
    domain: String,
    selector: String,
    key: Key,
}

enum Key {
    Rsa(RsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

impl Signer {
    pub(super) fn new(config: &DkimConfig) -> Result<Self, DkimError> {
        let is_name = |text: &str| {
            let fits = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
            !text.is_empty() && text.bytes().all(fits)
        };
        if !is_name(&config.domain) || !is_name(&config.selector) {
            return Err(DkimError::Name);
        }
        let key = Key::read(&config.key_file)?;
        Ok(Self { domain: config.domain.to_ascii_lowercase(), selector: config.selector.clone(), key })
    }

    /// Whether a signature of ours speaks for this sender.
    fn speaks_for(&self, domain: &str) -> bool {
        let domain = domain.to_ascii_lowercase();
        domain == self.domain || domain.strip_suffix(&self.domain).is_some_and(|rest| rest.ends_with('.'))
    }

    /// The header `DKIM-Signature` of a message, with its line break.
    fn header(&self, head: &[&[u8]], body_hash: &str, now: Timestamp) -> Option<String> {
        let (names, mut input) = signed_headers(head);
        let algorithm = match self.key {
            Key::Rsa(_) => "rsa-sha256",
            Key::Ed25519(_) => "ed25519-sha256",
        };
        let open = format!(
            "DKIM-Signature: v=1; a={algorithm}; c=relaxed/relaxed; d={};\r\n s={}; t={};\r\n h={};\r\n \
             bh={body_hash};\r\n b=",
            self.domain,
            self.selector,
            now.as_second(),
            names.join(":"),
        );
        input.extend_from_slice(&relaxed_header(open.as_bytes()));
        let signature = STANDARD.encode(self.key.sign(&input)?);
        let lines: Vec<&str> = (0..signature.len())
            .step_by(72)
            .map(|start| &signature[start..signature.len().min(start + 72)])
            .collect();
        Some(format!("{open}{}\r\n", lines.join("\r\n ")))
    }
}

impl Key {
    fn read(file: &Path) -> Result<Self, DkimError> {
        let pem = PrivateKeyDer::from_pem_file(file).map_err(|_| DkimError::File(file.to_owned()))?;
        let rsa = match &pem {
            PrivateKeyDer::Pkcs1(der) => RsaKeyPair::from_der(der.secret_pkcs1_der()).ok(),
            PrivateKeyDer::Pkcs8(der) => RsaKeyPair::from_pkcs8(der.secret_pkcs8_der()).ok(),
            _ => None,
        };
        let long_enough = rsa.filter(|key| key.public_modulus_len() >= 256);
        let ed25519 = || match &pem {
            PrivateKeyDer::Pkcs8(der) => {
                Ed25519KeyPair::from_pkcs8_maybe_unchecked(der.secret_pkcs8_der()).ok()
            }
            _ => None,
        };
        let key = long_enough.map(Self::Rsa).or_else(|| ed25519().map(Self::Ed25519));
        key.ok_or_else(|| DkimError::Key(file.to_owned()))
    }

    fn sign(&self, input: &[u8]) -> Option<Vec<u8>> {
        match self {
            Self::Rsa(key) => {
                let mut signature = vec![0; key.public_modulus_len()];
                key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), input, &mut signature).ok()?;
                Some(signature)
            }
            // RFC 8463, section 3: what is signed is the hash.
            Self::Ed25519(key) => Some(key.sign(digest(&SHA256, input).as_ref()).as_ref().to_vec()),
        }
    }
}

/// Larger messages are signed aside, because hashing them is a while of work.
const LARGE: usize = 256 * 1024;

/// [`sign`], in a thread of its own where the message is large.
pub(super) async fn sign_aside(
    signers: &Arc<[Signer]>,
    sender_domain: &str,
    bytes: Vec<u8>,
    now: Timestamp,
) -> Vec<u8> {
    if signers.is_empty() || bytes.len() < LARGE {
        return sign(signers, sender_domain, bytes, now);
    }
    let (signers, domain, bytes) = (Arc::clone(signers), sender_domain.to_owned(), Arc::new(bytes));
    let unsigned = Arc::clone(&bytes);
    let signing = move || sign(&signers, &domain, bytes.to_vec(), now);
    // Unsigned mail is better than none.
    tokio::task::spawn_blocking(signing).await.unwrap_or_else(|_| unsigned.to_vec())
}

/// Signs a message with every key that speaks for its sender; with all of them where none does.
fn sign(signers: &[Signer], sender_domain: &str, bytes: Vec<u8>, now: Timestamp) -> Vec<u8> {
    if signers.is_empty() {
        return bytes;
    }
    let any_speaks = signers.iter().any(|signer| signer.speaks_for(sender_domain));
    let (head, body) = split(&bytes);
    let body_hash = STANDARD.encode(digest(&SHA256, &relaxed_body(body)));
    let signed = signers.iter().filter(|signer| !any_speaks || signer.speaks_for(sender_domain));
    let headers = signed.filter_map(|signer| signer.header(&head, &body_hash, now));
    let mut whole: Vec<u8> = headers.collect::<String>().into_bytes();
    whole.extend_from_slice(&bytes);
    whole
}

/// The header fields, each with its continuation lines and without its last line break; and the body.
fn split(bytes: &[u8]) -> (Vec<&[u8]>, &[u8]) {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n");
    let (head, body) = end.map_or((bytes, &[][..]), |end| (&bytes[..end], &bytes[end + 4..]));
    let (mut fields, mut start) = (Vec::new(), 0);
    for at in 0..head.len().saturating_sub(2) {
        if &head[at..at + 2] == b"\r\n" && !matches!(head[at + 2], b' ' | b'\t') {
            fields.push(&head[start..at]);
            start = at + 2;
        }
    }
    fields.push(&head[start..]);
    (fields, body)
}

fn name_of(field: &[u8]) -> String {
    let name = field.split(|byte| *byte == b':').next().unwrap_or_default();
    String::from_utf8_lossy(name).trim().to_ascii_lowercase()
}

/// The names for `h=`, and the canonical fields in that order.
fn signed_headers(head: &[&[u8]]) -> (Vec<&'static str>, Vec<u8>) {
    let (mut names, mut input) = (Vec::new(), Vec::new());
    for name in SIGNED {
        // Of several fields of one name, the last one counts first (RFC 6376, section 5.4.2).
        for field in head.iter().rev().filter(|field| name_of(field) == name) {
            names.push(name);
            input.extend_from_slice(&relaxed_header(field));
            input.extend_from_slice(b"\r\n");
        }
        if name == "from" {
            names.push(name);
        }
    }
    (names, input)
}

/// RFC 6376, section 3.4.2, without the last line break.
fn relaxed_header(field: &[u8]) -> Vec<u8> {
    let value = field.iter().position(|byte| *byte == b':').map_or(&[][..], |at| &field[at + 1..]);
    let unfolded: Vec<u8> = value.iter().copied().filter(|byte| !matches!(byte, b'\r' | b'\n')).collect();
    let mut line = name_of(field).into_bytes();
    line.push(b':');
    line.extend_from_slice(squeezed(&unfolded).trim_ascii());
    line
}

/// RFC 6376, section 3.4.4.
fn relaxed_body(body: &[u8]) -> Vec<u8> {
    let mut whole = Vec::with_capacity(body.len() + 2);
    let mut rest = body;
    while !rest.is_empty() {
        let end = rest.windows(2).position(|two| two == b"\r\n");
        let line = &rest[..end.unwrap_or(rest.len())];
        rest = &rest[end.map_or(rest.len(), |end| end + 2)..];
        let squeezed = squeezed(line);
        whole.extend_from_slice(squeezed.strip_suffix(b" ").unwrap_or(&squeezed));
        whole.extend_from_slice(b"\r\n");
    }
    while whole.ends_with(b"\r\n\r\n") {
        whole.truncate(whole.len() - 2);
    }
    if whole == b"\r\n" { Vec::new() } else { whole }
}

/// Each run of blanks as one space.
fn squeezed(line: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(line.len());
    for byte in line {
        match byte {
            b' ' | b'\t' if text.last() == Some(&b' ') => {}
            b' ' | b'\t' => text.push(b' '),
            other => text.push(*other),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of RFC 6376, section 3.4.5.
    #[test]
    fn canonical_forms_are_those_of_the_standard() {
        assert_eq!(relaxed_header(b"A: X"), b"a:X");
        assert_eq!(relaxed_header(b"B : Y\t\r\n\tZ  "), b"b:Y Z");
        assert_eq!(relaxed_body(b" C \r\nD \t E\r\n\r\n\r\n"), b" C\r\nD E\r\n");
        assert_eq!(relaxed_body(b"no line break"), b"no line break\r\n");
        assert_eq!(relaxed_body(b""), b"");
        assert_eq!(relaxed_body(b"\r\n \r\n"), b"");
    }

    #[test]
    fn fields_keep_their_continuations() {
        let (fields, body) = split(b"A: 1\r\n 2\r\nFrom: x\r\n\r\nHei\r\n");
        assert_eq!(fields, [&b"A: 1\r\n 2"[..], b"From: x"]);
        assert_eq!(body, b"Hei\r\n");
        assert_eq!(signed_headers(&fields).0, ["from", "from"]);
    }

    #[test]
    fn names_that_could_break_out_of_the_header_are_refused() {
        for domain in ["", "a;b", "a b", "fjord.example\r\nBcc: x"] {
            let config = DkimConfig {
                domain: domain.to_owned(),
                selector: "s1".to_owned(),
                key_file: PathBuf::from("nowhere.pem"),
            };
            assert!(matches!(Signer::new(&config), Err(DkimError::Name)), "{domain}");
        }
    }
}
