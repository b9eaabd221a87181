//! One large message from A's API to B's pop, through the broker embedded in A.

use std::time::Instant;

use anyhow::Result;

use super::figure::Figure;
use super::server::Servers;
use crate::cli::messages;

const MOST_MB: f64 = 120.0;
/// Megabytes a second, from the first byte to the last.
const LEAST_SPEED: u128 = 150;

pub(super) async fn measure(servers: &Servers, megabytes: u64) -> Result<Vec<Figure>> {
    let path = servers.folder.join("tegninger.bin");
    let large = messages::generate(&path, "tegninger.bin", megabytes << 20).await?;
    let begun = Instant::now();
    let sent = messages::send_large(&servers.a.client, &servers.b.client, &path, large).await?;
    messages::peek(&servers.b.client, &sent).await?;
    let container = servers.folder.join("popped.asice");
    let size = messages::pop(&servers.b.client, &sent, &container).await?;
    let took = begun.elapsed();
    messages::delete(&servers.b.client, &sent).await?;
    messages::delivered(&servers.a.client, &sent).await?;
    tokio::fs::remove_file(&path).await?;
    tokio::fs::remove_file(&container).await?;

    let (a, b) = (servers.a.peak_mb()?, servers.b.peak_mb()?);
    let speed = u128::try_from(size)? / 1_000 / took.as_millis().max(1);
    Ok(vec![
        Figure::plain(
            format!("{megabytes} MB from A's API to B's pop"),
            format!("{:.1} s", took.as_secs_f64()),
        ),
        Figure::new("  that is", format!("{speed} MB/s"), "150 MB/s", speed >= LEAST_SPEED),
        Figure::new("  most memory resident, A with the broker", format!("{a:.0} MB"), "120 MB", a < MOST_MB),
        Figure::new("  most memory resident, B", format!("{b:.0} MB"), "120 MB", b < MOST_MB),
    ])
}
