//! Our own keys, in every form they come in.

use std::os::unix::fs::PermissionsExt as _;

use auth::SigningKey;
use auth::signing_key::KeyError;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use der::asn1::{AnyRef, OctetStringRef, UintRef};
use der::{Decode as _, Sequence};
use serde_json::json;

use crate::support::key;

/// PKCS#8 around a private key (RFC 5208 section 5), as far as this test needs it.
#[derive(Sequence)]
struct Wrapped<'a> {
    version: u8,
    algorithm: AnyRef<'a>,
    key: OctetStringRef<'a>,
}

/// An RSA private key (RFC 8017 section A.1.2).
#[derive(Sequence)]
struct Numbers<'a> {
    version: u8,
    n: UintRef<'a>,
    e: UintRef<'a>,
    d: UintRef<'a>,
    p: UintRef<'a>,
    q: UintRef<'a>,
    dp: UintRef<'a>,
    dq: UintRef<'a>,
    qi: UintRef<'a>,
}

#[test]
fn the_same_key_is_read_from_both_kinds_of_pem_and_from_jwk() {
    let key = key();
    let wrapped = Wrapped::from_der(key.pkcs8_der().reveal()).expect("PKCS#8");
    let numbers = Numbers::from_der(wrapped.key.as_bytes()).expect("PKCS#1");
    let text = |number: UintRef<'_>| URL_SAFE_NO_PAD.encode(number.as_bytes());
    let jwk = json!({"kty": "RSA", "kid": "ours",
        "n": text(numbers.n), "e": text(numbers.e), "d": text(numbers.d), "p": text(numbers.p),
        "q": text(numbers.q), "dp": text(numbers.dp), "dq": text(numbers.dq), "qi": text(numbers.qi)});
    let pkcs1 = der::pem::encode_string("RSA PRIVATE KEY", der::pem::LineEnding::LF, wrapped.key.as_bytes());

    let from_pkcs8 = SigningKey::from_pem(key.to_pkcs8_pem().expect("PEM").reveal(), None);
    let from_pkcs1 = SigningKey::from_pem(&pkcs1.expect("PEM"), None);
    let from_jwk = SigningKey::from_jwk(&jwk.to_string()).expect("a JWK");

    assert_eq!(from_pkcs8.expect("PKCS#8").public_jwk(), key.public_jwk());
    assert_eq!(from_pkcs1.expect("PKCS#1").public_jwk(), key.public_jwk());
    assert_eq!(from_jwk.public_jwk().algorithm, key.public_jwk().algorithm);
    assert_eq!(from_jwk.kid(), "ours");
}

#[test]
fn what_is_no_private_key_is_refused_without_quoting_it() {
    let error = SigningKey::from_jwk(r#"{"kty":"RSA","d":"hush"}"#).expect_err("incomplete");
    assert!(matches!(error, KeyError::NotJwk(_)));
    assert!(!error.to_string().contains("hush"));
    assert!(matches!(SigningKey::from_pem("hush", None), Err(KeyError::NotPem)));
    assert!(!format!("{:?}", key()).contains("PRIVATE"));
}

#[test]
fn a_key_file_is_made_once_and_only_its_owner_may_read_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("keys/issuer.pem");

    let made = SigningKey::load_or_create(&path).expect("made");
    let loaded = SigningKey::load_or_create(&path).expect("loaded");

    assert_eq!(made.public_jwk(), loaded.public_jwk());
    let rights = std::fs::metadata(&path).expect("it exists").permissions().mode();
    assert_eq!(rights & 0o777, 0o600);
    std::fs::write(&path, "not a key").expect("written");
    assert!(matches!(SigningKey::load_or_create(&path), Err(KeyError::NotPem)));
}
