//! Messages that come to return paths: read without a panic, and told of without anybody's address.
#![no_main]

use gateways::email::bounce::{Arrival, Says, read};
use gateways::email::verp::ReturnPaths;
use libfuzzer_sys::fuzz_target;
use types::Secret;
use types::ids::AttemptId;

fuzz_target!(|bytes: &[u8]| {
    let Some((first, raw)) = bytes.split_first() else { return };
    let key = Secret::new("0123456789abcdef".to_owned());
    let paths = ReturnPaths::new("bounce.example", &key, None).expect("return paths");
    let token = (first & 1 == 1).then(|| AttemptId::new(uuid::Uuid::from_u128(7)));
    let arrival = Arrival { token, is_from_nobody: first & 2 == 2 };
    let bounce = read(raw, arrival, Some(&paths));
    assert!(!bounce.state.contains('@') && bounce.state.len() < 64);
    if token.is_some() {
        assert_eq!(bounce.clues.token, token);
    }
    if matches!(bounce.says, Says::Failed { .. } | Says::Delivered) {
        assert!(arrival.is_from_nobody);
    }
    if let Ok(text) = std::str::from_utf8(raw) {
        assert!(paths.read(text).is_none());
    }
});
