//! One-time codes while a bulk job runs: how long callers wait, beside how long they wait alone.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use super::figure::{Figure, per_second, thousands};
use super::server::Servers;
use crate::cli::bulk::{self, Bulk};
use crate::cli::client::Client;
use crate::cli::codes::{self, Waited};

/// Between two codes.
const EVERY: Duration = Duration::from_millis(20);
/// The longest that one in a hundred may wait beside a bulk job.
const GOAL: Duration = Duration::from_millis(30);
/// How many times as long as alone half of the callers may wait.
const TIMES: u32 = 4;

pub(super) async fn measure(servers: &Servers, recipients: usize, time: Duration) -> Result<Vec<Figure>> {
    let client = &servers.a.client;
    codes::send(client, "warm", EVERY, Duration::from_secs(1)).await?;
    let alone = codes::send(client, "alone", EVERY, time).await?;
    let (beside, taken) = beside_bulk(client, recipients, time).await?;
    let met = beside.p99 < GOAL && beside.p50 < alone.p50 * TIMES;
    let goal = format!("{} ms, {TIMES}×", GOAL.as_millis());
    Ok(vec![
        Figure::plain("codes alone, answered after, p50 / p99", both(&alone)),
        Figure::new(format!("codes beside a bulk order of {recipients}"), both(&beside), goal, met),
        Figure::plain("recipients of the bulk order accepted a second meanwhile", taken),
    ])
}

fn both(waited: &Waited) -> String {
    let ms = |time: Duration| time.as_secs_f64() * 1_000.0;
    format!("{:.1} / {:.1} ms", ms(waited.p50), ms(waited.p99))
}

/// Measures from the bulk order's first line on, while it is taken in and sent, and makes sure that it was
/// under way all the time.
async fn beside_bulk(client: &Client, recipients: usize, time: Duration) -> Result<(Waited, String)> {
    let begun = Instant::now();
    let (bulk, took) = (bulk::place(client, "bench", "Hei! Vannet er stengt i natt.", recipients), begun);
    let placing = async { bulk.await.map(|bulk: Bulk| (bulk, took.elapsed())) };
    let (waited, placed) = tokio::join!(codes::send(client, "beside", EVERY, time), placing);
    let (bulk, took) = placed.context("the bulk order")?;
    ensure!(
        bulk.ended(client).await? < bulk.accepted,
        "the bulk order of {recipients} was over too soon to say anything"
    );
    Ok((waited?, thousands(per_second(recipients, took))))
}
