//! Waiting for what becomes of what was sent, with progress where somebody watches.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Result;
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use reqwest::Method;
use serde_json::Value;

use crate::catalogue::entries::server;
use crate::cli::output::harmless;
use crate::cli::remote::{Remote, segment};

/// Between two questions.
const EVERY: Duration = Duration::from_millis(500);

/// Whether and how long to wait.
#[derive(Args)]
pub(super) struct Wait {
    /// Wait until it has reached its receiver, or never will
    #[arg(long)]
    wait: bool,
    /// How long to wait at most, in seconds
    #[arg(long, default_value_t = 120, value_name = "SECONDS", requires = "wait")]
    timeout: u64,
}

impl Wait {
    /// How long to wait, if at all.
    pub(super) fn limit(&self) -> Option<Duration> {
        self.wait.then(|| Duration::from_secs(self.timeout))
    }
}

/// Asks again and again until there is an end. `ask` answers the end, or how far it has come in words.
pub(super) async fn until<T>(
    limit: Duration,
    id: &str,
    mut ask: impl AsyncFnMut() -> Result<Result<T, String>>,
) -> Result<T> {
    let spinner = ProgressBar::new_spinner();
    spinner.set_style(ProgressStyle::with_template("  {spinner} {msg} ({elapsed})").expect("a template"));
    spinner.enable_steady_tick(Duration::from_millis(100));
    let begun = Instant::now();
    loop {
        let so_far = match ask().await? {
            Ok(end) => {
                spinner.finish_and_clear();
                return Ok(end);
            }
            Err(so_far) => harmless(&so_far),
        };
        if begun.elapsed() >= limit {
            spinner.finish_and_clear();
            let words = format!("{id} has come to {so_far} in {} s", limit.as_secs());
            return Err(server::WAITED_IN_VAIN.says(words).into());
        }
        spinner.set_message(so_far);
        tokio::time::sleep(EVERY).await;
    }
}

/// The manifest of a shipment when all its messages have come to an end.
pub(super) async fn for_shipment(remote: &Remote, shipment: &str, limit: Duration) -> Result<Value> {
    let path = format!("future/shipment/{}", segment(shipment));
    until(limit, shipment, async || {
        let manifest = remote.json(remote.notify(Method::GET, &path).await?).await?;
        let over = over(&manifest);
        Ok(if over { Ok(manifest) } else { Err(so_far(&manifest)) })
    })
    .await
}

fn recipients(manifest: &Value) -> impl Iterator<Item = &str> {
    let recipients = manifest["recipients"].as_array().into_iter().flatten();
    recipients.map(|recipient| recipient["status"].as_str().unwrap_or_default())
}

/// Whether nothing more is expected. An e-mail that a relay has taken, and that nobody reports on, is at its end
/// when its order is completed.
fn over(manifest: &Value) -> bool {
    match manifest["status"].as_str().unwrap_or_default() {
        "Order_Cancelled" | "Order_SendConditionNotMet" | "Order_Completed" => true,
        _ => recipients(manifest).next().is_some() && recipients(manifest).all(is_over),
    }
}

fn is_over(status: &str) -> bool {
    status.ends_with("_Delivered") || status.contains("_Failed")
}

fn so_far(manifest: &Value) -> String {
    let status = manifest["status"].as_str().unwrap_or("?");
    let recipients: Vec<&str> = recipients(manifest).take(3).collect();
    if recipients.is_empty() { status.to_owned() } else { format!("{status}, {}", recipients.join(", ")) }
}

/// How it ended, a line for each message.
pub(super) fn said_of_shipment(manifest: &Value) -> String {
    let recipients = manifest["recipients"].as_array().into_iter().flatten();
    let lines = recipients.map(|recipient| {
        let text = |name: &str| harmless(recipient[name].as_str().unwrap_or_default());
        format!("{}  {}\n", text("status"), text("destination"))
    });
    let lines: String = lines.collect();
    if lines.is_empty() { format!("{}\n", so_far(manifest)) } else { lines }
}

/// Done, or an error that says what became of it.
pub(super) fn verdict_of_shipment(manifest: &Value) -> Result<ExitCode> {
    let failed: Vec<&str> = recipients(manifest).filter(|status| status.contains("_Failed")).collect();
    let status = manifest["status"].as_str().unwrap_or_default();
    let none = matches!(status, "Order_Cancelled" | "Order_SendConditionNotMet");
    if failed.is_empty() && !none {
        return Ok(ExitCode::SUCCESS);
    }
    let words = failed.first().map_or_else(|| harmless(status), |failed| harmless(failed));
    Err(server::NOT_DELIVERED.says(format!("it was not delivered: {words}")).into())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn manifest(order: &str, recipients: &[&str]) -> Value {
        let recipients: Vec<Value> = recipients.iter().map(|status| json!({ "status": status })).collect();
        json!({ "status": order, "recipients": recipients })
    }

    #[test]
    fn a_shipment_is_over_when_nothing_more_can_become_of_any_of_its_messages() {
        for (order, recipients, is_over) in [
            ("Order_Registered", &[][..], false),
            ("Order_Processed", &["SMS_Delivered", "SMS_Accepted"], false),
            ("Order_Processed", &["SMS_Delivered", "SMS_Failed_Expired"], true),
            ("Order_Completed", &["Email_Succeeded"], true),
            ("Order_Cancelled", &[], true),
        ] {
            assert_eq!(over(&manifest(order, recipients)), is_over, "{order} {recipients:?}");
        }
    }

    #[test]
    fn one_message_that_failed_is_enough_for_a_bad_end() {
        verdict_of_shipment(&manifest("Order_Completed", &["SMS_Delivered"])).expect("a good end");
        for (order, recipients) in
            [("Order_Completed", &["SMS_Delivered", "SMS_Failed"][..]), ("Order_Cancelled", &[])]
        {
            verdict_of_shipment(&manifest(order, recipients)).expect_err("a bad end");
        }
    }
}
