//! Orders to many: how many recipients a second are on record, in orders of a thousand and as a bulk.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::figure::{Figure, per_second, thousands};
use super::server::Servers;
use crate::cli::bulk;
use crate::cli::client::Client;

/// Recipients of an order.
const RECIPIENTS: usize = 1_000;

pub(super) async fn measure(servers: &Servers, recipients: usize, time: Duration) -> Result<Vec<Figure>> {
    let client = &servers.a.client;
    let begun = Instant::now();
    let mut orders = 0;
    while begun.elapsed() < time {
        order(client).await?;
        orders += 1;
    }
    let in_orders = per_second(orders * RECIPIENTS, begun.elapsed());
    let begun = Instant::now();
    bulk::place(client, "many", "Hei! Vannet er stengt i natt.", recipients).await?;
    let in_bulk = per_second(recipients, begun.elapsed());
    Ok(vec![
        Figure::plain("recipients accepted a second, orders of 1,000 by one caller", thousands(in_orders)),
        Figure::plain(format!("recipients accepted a second, a bulk of {recipients}"), thousands(in_bulk)),
    ])
}

/// An order for next year, so that nothing but accepting it is measured.
async fn order(client: &Client) -> Result<()> {
    let recipient = |number: usize| json!({ "emailAddress": format!("person-{number}@fjord.example") });
    let recipients: Vec<Value> = (0..RECIPIENTS).map(recipient).collect();
    let next_year = jiff::Timestamp::now().checked_add(jiff::SignedDuration::from_hours(365 * 24))?;
    let body = json!({ "subject": "Hei", "body": "Vannet er stengt i natt.", "recipients": recipients,
        "requestedSendTime": next_year });
    let (status, answer) = client.notify_post("orders/email", &body).await?;
    ensure!(status == StatusCode::ACCEPTED, "expected 202, got {status}: {answer}");
    Ok(())
}
