//! `budstikke status`: what is known of an order, a shipment or a message, as a timeline.

use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::Args;
use reqwest::Method;
use serde::Serialize;
use serde_json::Value;

use super::output::{Output, Paint, harmless};
use super::remote::{Reach, Remote, segment};
use super::table::{Cell, Table};
use crate::catalogue::entries::server;
use crate::catalogue::{Exit, entry_of};

/// Shows what is known of an order, a shipment or a message, from its beginning to its end.
///
/// The id is what `budstikke send` printed, a shipment's or an order's id of the Notify API, or the message id or
/// conversation id of the Exchange API. Both APIs are asked.
#[derive(Args)]
#[command(after_help = "Examples:\n  \
    budstikke status 0198a7c2-5f0e-7a11-9d3c-0242ac120002\n  \
    budstikke status 0198a7c2-5f0e-7a11-9d3c-0242ac120002 --json --url https://varsel.example.no/ --token \"$TOKEN\"")]
pub(crate) struct Status {
    /// The id
    #[arg(value_name = "ID")]
    id: String,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    reach: Reach,
}

/// What was found.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Found {
    id: String,
    /// `shipment` or `message`.
    kind: &'static str,
    /// In a few words, for people.
    #[serde(skip)]
    heading: Vec<String>,
    /// How it stands.
    status: String,
    timeline: Vec<Step>,
    /// The server's whole answer.
    details: Value,
}

/// Something that happened.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Step {
    at: String,
    what: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    detail: String,
}

pub(super) fn run(status: &Status) -> Result<ExitCode> {
    let found = super::runtime()?.block_on(async {
        let remote = status.reach.open()?;
        look(&remote, &status.id).await
    })?;
    status.output.show(&found, || found.for_people())?;
    Ok(ExitCode::SUCCESS)
}

/// Asks both APIs, as far as they can be asked. "Not found" counts only when all say so.
async fn look(remote: &Remote, id: &str) -> Result<Found> {
    let mut refused = None;
    if remote.may_notify() {
        match shipment(remote, id).await {
            Err(error) => refused = Some(error),
            found => return found,
        }
    }
    if remote.may_exchange() {
        match message(remote, id).await {
            // Whatever kept the other API from answering says more than "not here".
            Err(error) if refused.as_ref().is_none_or(is_nothing) => refused = Some(error),
            Err(_) => {}
            found => return found,
        }
    }
    match refused {
        Some(error) if !is_nothing(&error) => Err(error),
        Some(_) => bail!(server::NOT_FOUND.says(format!("nothing is known by {}", harmless(id)))),
        None => bail!(server::NO_TOKEN.says("neither API can be asked without a token or a user")),
    }
}

fn is_nothing(error: &anyhow::Error) -> bool {
    // An id of another form than an API's own is refused as a wrong request there.
    let entry = entry_of(error);
    entry.exit == Exit::Nothing || entry == server::REFUSED
}

async fn shipment(remote: &Remote, id: &str) -> Result<Found> {
    let ask = async |path: String| remote.json(remote.notify(Method::GET, &path).await?).await;
    let manifest = ask(format!("future/shipment/{}", segment(id))).await?;
    // What only the order says: when it was placed, and when it is due.
    let order = ask(format!("orders/{}/status", segment(id))).await.unwrap_or_default();
    let messages = ask(format!("future/shipment/{}/messages", segment(id))).await.unwrap_or_default();
    Ok(of_shipment(id, manifest, &order, &messages))
}

fn of_shipment(id: &str, mut manifest: Value, order: &Value, messages: &Value) -> Found {
    let mut timeline = Vec::new();
    let mut add = |at: &Value, what: &str, detail: String| {
        if let Some(at) = at.as_str() {
            timeline.push(Step { at: at.to_owned(), what: what.to_owned(), detail });
        }
    };
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    add(&order["created"], "accepted", text(&order["creator"]));
    add(&order["requestedSendTime"], "due", String::new());
    let processing = &order["processingStatus"];
    let status = text(&manifest["status"]);
    add(&manifest["lastUpdate"], &status, text(&processing["description"]));
    for recipient in manifest["recipients"].as_array().into_iter().flatten() {
        add(&recipient["lastUpdate"], &text(&recipient["status"]), text(&recipient["destination"]));
    }
    for message in messages["messages"].as_array().into_iter().flatten() {
        let parts =
            message["sms"]["parts"].as_u64().map(|parts| format!(" ({parts} parts)")).unwrap_or_default();
        add(
            &message["expires"],
            "worth delivering until",
            format!("{}{parts}", text(&message["destination"])),
        );
    }
    timeline.sort_by_cached_key(|step| when(&step.at));
    let mut heading = vec![format!("{} shipment {id}", text(&manifest["type"]))];
    heading
        .extend(manifest["sendersReference"].as_str().map(|reference| format!("your reference {reference}")));
    if let (Value::Object(details), Value::Object(_)) = (&mut manifest, messages) {
        details.insert("messages".to_owned(), messages["messages"].clone());
    }
    Found { id: id.to_owned(), kind: "shipment", heading, status, timeline, details: manifest }
}

async fn message(remote: &Remote, id: &str) -> Result<Found> {
    let ask = async |path: String| remote.json(remote.exchange(Method::GET, &path)?).await;
    let by_message = ask(format!("conversations/messageId/{}", segment(id))).await;
    let story = match by_message {
        Err(error) if is_nothing(&error) => {
            let found = ask(format!("conversations?conversationId={}", segment(id))).await?;
            match found["content"].as_array().and_then(|all| all.first()) {
                Some(first) => first.clone(),
                None => return Err(error),
            }
        }
        other => other?,
    };
    Ok(of_message(id, story))
}

fn of_message(id: &str, story: Value) -> Found {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let statuses = story["messageStatuses"].as_array().into_iter().flatten();
    let timeline: Vec<Step> = statuses
        .map(|status| Step {
            at: text(&status["lastUpdate"]),
            what: text(&status["status"]),
            detail: text(&status["description"]),
        })
        .collect();
    let (from, to) = (text(&story["senderIdentifier"]), text(&story["receiverIdentifier"]));
    let heading = vec![
        format!("{} message {}", text(&story["direction"]).to_lowercase(), text(&story["messageId"])),
        format!("{from} -> {to} over {}", text(&story["serviceIdentifier"])),
        format!("{}, {}", text(&story["processIdentifier"]), text(&story["documentIdentifier"])),
        text(&story["messageTitle"]),
    ];
    let status = timeline.last().map(|step| step.what.clone()).unwrap_or_default();
    Found { id: id.to_owned(), kind: "message", heading, status, timeline, details: story }
}

/// Moments are written with different offsets.
fn when(text: &str) -> Option<jiff::Timestamp> {
    text.parse().ok()
}

impl Found {
    fn for_people(&self) -> String {
        let heading: Vec<String> =
            self.heading.iter().filter(|line| !line.is_empty()).map(|line| harmless(line)).collect();
        let mut table = Table::plain();
        for step in &self.timeline {
            let at = when(&step.at).map_or_else(|| step.at.clone(), moment);
            table.row([at.into(), painted(&step.what), step.detail.as_str().into()]);
        }
        format!("{}\n{}", heading.join("\n"), table.take())
    }
}

/// A moment as people at this machine read it.
pub(super) fn moment(at: jiff::Timestamp) -> String {
    at.to_zoned(jiff::tz::TimeZone::system()).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// A status in its colour.
pub(super) fn painted(status: &str) -> Cell {
    let is_bad =
        status.contains("_Failed") || matches!(status, "FEIL" | "LEVETID_UTLOPT" | "Order_Cancelled");
    let is_good = status.ends_with("_Delivered")
        || matches!(status, "LEVERT" | "LEST" | "INNKOMMENDE_LEVERT" | "Order_Completed");
    match (is_bad, is_good) {
        (true, _) => Cell::painted(status, Paint::Bad),
        (_, true) => Cell::painted(status, Paint::Good),
        _ => status.into(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_shipments_timeline_is_in_the_order_of_time_whatever_the_offsets() {
        let manifest = json!({ "type": "Notification", "status": "Order_Completed",
            "lastUpdate": "2026-03-02T11:00:03Z", "recipients": [
                { "status": "SMS_Delivered", "destination": "+4799999999", "lastUpdate": "2026-03-02T12:00:02+01:00" }] });
        let order = json!({ "created": "2026-03-02T11:00:00Z", "creator": "fjord",
            "requestedSendTime": "2026-03-02T11:00:01Z" });
        let found = of_shipment("x", manifest, &order, &Value::Null);
        let whats: Vec<&str> = found.timeline.iter().map(|step| step.what.as_str()).collect();
        assert_eq!(whats, ["accepted", "due", "SMS_Delivered", "Order_Completed"]);
        assert_eq!(found.status, "Order_Completed");
    }
}
