//! Whole conversations with the bounce listener: whatever is said, nothing is taken for a stranger.
#![no_main]

use async_trait::async_trait;
use gateways::NotTaken;
use gateways::email::bounce::{Bounce, BounceSink, BouncesConfig, serve_session};
use libfuzzer_sys::fuzz_target;
use tokio::io::AsyncWriteExt as _;
use types::Secret;

#[derive(Debug)]
struct Nobody;

#[async_trait]
impl BounceSink for Nobody {
    async fn take(&self, bounce: Bounce) -> Result<(), NotTaken> {
        panic!("taken without a return path of ours: {bounce:?}");
    }
}

fuzz_target!(|bytes: &[u8]| {
    let config = BouncesConfig {
        domain: Some("bounce.example".to_owned()),
        key: Some(Secret::new("0123456789abcdef".to_owned())),
        timeout_seconds: 1,
        ..BouncesConfig::default()
    };
    let doorkeeper = config.doorkeeper().expect("a doorkeeper");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    runtime.block_on(async {
        let (ours, mut theirs) = tokio::io::duplex(1 << 20);
        theirs.write_all(bytes).await.expect("room");
        theirs.shutdown().await.expect("an end");
        let _ = serve_session(ours, &config, &doorkeeper, &Nobody).await;
    });
});
