//! How many small commits a second the store answers, each on disk with full sync.
//!
//! `cargo run --release -p budstikke-store --example commit_speed [callers] [seconds]`

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use store::{Error, Options, Store, params};
use uuid::Uuid;

const INSERT: &str = "INSERT INTO jobs (id, lane, due, kind, owner, payload, fence, tries, created)
    VALUES ($1, 'bench', $2, 'bench', '310000001', '{\"order\":\"0198a7c2-4f10-7c11-9a53-5a0f8e1c9d01\"}', 0, 0, $2)";
const ATTEMPT: &str = "INSERT INTO attempts (id, owner, subject, route, state, prepared)
    VALUES ($1, '310000001', $1, 'bench', 'prepared', $2)";

#[tokio::main]
async fn main() {
    let mut args = std::env::args().skip(1).filter_map(|arg| arg.parse::<u64>().ok());
    let (callers, seconds) = (args.next().unwrap_or(64), args.next().unwrap_or(5));
    let store = Store::temporary_with(Options::default()).expect("a store");
    let (done, started) = (Arc::new(AtomicU64::new(0)), Instant::now());
    let mut calling = tokio::task::JoinSet::new();
    for _ in 0..callers {
        let (store, done) = (store.clone(), Arc::clone(&done));
        calling.spawn(async move {
            while started.elapsed() < Duration::from_secs(seconds) {
                let id = Uuid::now_v7();
                let write = store.write(move |tx| {
                    tx.execute(INSERT, params![id, 7_i64])?;
                    tx.execute(ATTEMPT, params![id, 7_i64])?;
                    Ok::<_, Error>(())
                });
                write.await.expect("a commit");
                done.fetch_add(1, Ordering::Relaxed);
            }
        });
    }
    calling.join_all().await;
    let rate = done.load(Ordering::Relaxed) / seconds;
    println!("{callers} callers: {rate} commits answered a second, two rows each, full sync");
}
