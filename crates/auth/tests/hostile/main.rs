//! Tokens made by somebody who wants in. The fuzzer tries the same door; see `fuzz/`.

mod door;

use std::sync::{LazyLock, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use door::Door;
use proptest::prelude::*;
use serde_json::{Value, json};

static DOOR: LazyLock<Mutex<Door>> = LazyLock::new(|| Mutex::new(Door::new()));

fn with_door(try_it: impl FnOnce(&Door)) {
    let door = DOOR.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    try_it(&door);
}

/// A claim's value of any form, among them those that claims usually have.
fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        Just(json!(1_772_446_560)),
        Just(json!("http://localhost:9999/")),
        Just(json!("http://localhost:9999/authentication/api/v1/openid/")),
        Just(json!("0192:991825827")),
        "\\PC{0,40}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        let names = prop_oneof!["ID|authority|type|systemuser_org", "[a-z]{1,8}"];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(names, inner, 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn claims() -> impl Strategy<Value = Value> {
    let names = "iss|exp|nbf|iat|aud|scope|jti|consumer|supplier|client_id|urn:altinn:org|urn:altinn:orgNumber|authorization_details|[a-z]{1,6}";
    prop::collection::btree_map(names, value(), 0..10)
        .prop_map(|members| Value::Object(members.into_iter().collect()))
}

fn part(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_opens_anything(text in "\\PC{0,200}|(Bearer )?[A-Za-z0-9_-]{0,60}(\\.[A-Za-z0-9_=-]{0,60}){0,4}") {
        with_door(|door| door.show(&text));
    }

    #[test]
    fn no_unsigned_token_opens_anything(
        header in value(),
        alg in "none|NONE|HS256|RS256|RS512|ES256|PS256|EdDSA",
        claims in claims(),
        signature in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        let mut header = if header.is_object() { header } else { json!({}) };
        header["alg"] = alg.into();
        let signature = URL_SAFE_NO_PAD.encode(signature);
        with_door(|door| door.show(&format!("{}.{}.{signature}", part(&header), part(&claims))));
    }

    #[test]
    fn signed_claims_of_any_form_are_judged_without_panic(claims in claims()) {
        with_door(|door| door.show_signed(&claims));
    }

    #[test]
    fn a_changed_token_is_nobody_elses(place in any::<prop::sample::Index>(), byte in 0x20_u8..0x7f) {
        with_door(|door| {
            let good = door.good();
            let caller = door.verify(&good).expect("a caller");
            let mut changed = good.into_bytes();
            let place = place.index(changed.len());
            changed[place] = byte;
            let changed = String::from_utf8(changed).expect("ASCII");
            // What still opens the door says the same as before.
            if let Ok(other) = door.verify(&changed) {
                assert_eq!(other, caller);
            }
        });
    }
}
