//! Clients that look into an empty inbox again and again, as case systems do all day.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use futures_util::future::try_join_all;
use reqwest::{Method, StatusCode};
use tokio::time::{MissedTickBehavior, interval};

use super::figure::{Figure, per_second, thousands};
use super::server::Servers;
use crate::cli::client::Client;

/// Clients, and looks a second each: a thousand in all.
const CLIENTS: u32 = 20;
const EACH: u32 = 50;
/// The most of one core that all of them may cost, in hundredths.
const GOAL: f64 = 15.0;
/// Less than this share of the wanted rate, and the figure says nothing.
const REACHED: f64 = 0.95;

pub(super) async fn measure(servers: &Servers, time: Duration) -> Result<Vec<Figure>> {
    let at = &servers.b;
    // Connections and plans of statements are made before the clock runs.
    peek(&at.client, Duration::from_millis(500)).await?;
    let (begun, before) = (Instant::now(), at.processor_time()?);
    let looks = try_join_all((0..CLIENTS).map(|_| peek(&at.client, time))).await?;
    let (took, cpu) = (begun.elapsed(), at.processor_time()?.saturating_sub(before));
    let rate = per_second(looks.iter().sum(), took);
    let share = cpu.as_secs_f64() / took.as_secs_f64() * 100.0;
    let wanted = f64::from(CLIENTS * EACH);
    let enough = rate >= wanted * REACHED;
    Ok(vec![
        Figure::new("peeks on an empty inbox, a second", thousands(rate), thousands(wanted), enough),
        Figure::new(
            "  processor time of the server, share of one core",
            format!("{share:.0} %"),
            format!("{GOAL:.0} %"),
            enough && share < GOAL,
        ),
    ])
}

/// One client; answers how often it has looked.
async fn peek(at: &Client, time: Duration) -> Result<usize> {
    let mut ticks = interval(Duration::from_secs(1) / EACH);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let (begun, mut looks) = (Instant::now(), 0);
    while begun.elapsed() < time {
        ticks.tick().await;
        let answer = at.exchange(Method::GET, "messages/in/peek").send().await?;
        ensure!(answer.status() == StatusCode::NO_CONTENT, "expected 204, got {}", answer.status());
        looks += 1;
    }
    Ok(looks)
}
