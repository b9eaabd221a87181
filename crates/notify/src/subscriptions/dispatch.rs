//! Makes deliveries of news, for as long as this node leads. Safe to do twice.

use std::time::Duration;

use serde_json::{Map, Value};
use store::{Error, Tx};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use webhooks::{Event, Webhooks};

use super::model::{CHANNEL, REFERENCE, channel_name, encoded, notification_event, order_event};
use super::news::{self, News};
use crate::Notify;
use crate::access::Creator;
use crate::sending::Standing;

/// News in one commit at most.
const BATCH: u32 = 200;
/// Before each look, so that news gathers while much happens.
const GATHER: Duration = Duration::from_millis(5);
/// How often to look when nobody rings.
const POLL_EVERY: Duration = Duration::from_secs(1);
/// How long to rest after a failure.
const REST: Duration = Duration::from_millis(500);
/// Recipients that are named in what is told of an order; of larger ones the manifest tells.
const MOST_RECIPIENTS: usize = 500;

/// Dispatches until the term or the service ends.
pub(crate) async fn lead(app: Notify, term: CancellationToken) {
    while !term.is_cancelled() {
        let pause = match dispatch_batch(&app).await {
            Ok(true) => GATHER,
            Ok(false) => {
                tokio::select! {
                    () = term.cancelled() => break,
                    () = app.feed_bell().news() => GATHER,
                    () = sleep(POLL_EVERY) => GATHER,
                }
            }
            Err(error) => {
                tracing::warn!(%error, "could not hand news to webhooks; trying again");
                REST
            }
        };
        tokio::select! {
            () = term.cancelled() => break,
            () = sleep(pause) => {}
        }
    }
}

/// Dispatches everything there is. For tests, which own the clock.
pub(crate) async fn dispatch_all(app: &Notify) -> Result<(), Error> {
    while dispatch_batch(app).await? {}
    Ok(())
}

async fn dispatch_batch(app: &Notify) -> Result<bool, Error> {
    if app.store().read(news::none).await? {
        return Ok(false);
    }
    let (webhooks, now) = (app.webhooks().clone(), app.clock().now());
    let found = app.store().write(move |tx| {
        let news = news::oldest(tx, BATCH)?;
        let told = told(tx, &news)?;
        announce(&webhooks, tx, &told, now)?;
        news::remove(tx, &news)?;
        Ok::<_, Error>(!news.is_empty())
    });
    let found = found.await?;
    app.webhooks().ring();
    Ok(found)
}

/// News in the form in which it is told.
struct Told {
    creator: Creator,
    id: String,
    event: String,
    reference: String,
    channel: &'static str,
    body: String,
}

/// One announcement for each creator, in the order of their names.
fn announce(webhooks: &Webhooks, tx: &mut Tx<'_>, told: &[Told], now: jiff::Timestamp) -> Result<(), Error> {
    let mut creators: Vec<&Creator> = told.iter().map(|told| &told.creator).collect();
    creators.sort_unstable();
    creators.dedup();
    for creator in creators {
        let own = told.iter().filter(|told| told.creator == *creator);
        let events: Vec<_> = own.map(Told::event).collect();
        webhooks.announce(tx, super::owner(creator), &events, now)?;
    }
    Ok(())
}

impl Told {
    fn event(&self) -> Event<'_> {
        let mut fields = vec![(REFERENCE, self.reference.as_str())];
        if !self.channel.is_empty() {
            fields.push((CHANNEL, self.channel));
        }
        Event { id: &self.id, resource: "notify", event: &self.event, fields, body: &self.body }
    }
}

fn told(tx: &mut Tx<'_>, news: &[News]) -> Result<Vec<Told>, Error> {
    let mut all = Vec::with_capacity(news.len());
    for news in news {
        let told = match &news.entry {
            Some(entry) => Some(of_order(news, entry)),
            None => of_notification(tx, news)?,
        };
        all.extend(told);
    }
    Ok(all)
}

fn of_order(news: &News, entry: &str) -> Told {
    let mut data: Map<String, Value> = serde_json::from_str(entry).unwrap_or_default();
    let recipients = data.get("recipients").and_then(Value::as_array).map_or(0, Vec::len);
    if recipients > MOST_RECIPIENTS {
        data.remove("recipients");
        data.insert("recipientCount".to_owned(), recipients.into());
    }
    let reference = data.get("sendersReference").and_then(Value::as_str).unwrap_or_default().to_owned();
    tell(news, order_event(&news.result).to_owned(), &reference, "", &data)
}

fn of_notification(tx: &mut Tx<'_>, news: &News) -> Result<Option<Told>, Error> {
    let Some(about) = news::about(tx, news.subject)? else { return Ok(None) };
    let Some(standing) = Standing::parse(about.channel, &news.result) else { return Ok(None) };
    let mut data = Map::new();
    let mut add = |name: &str, value: String| data.insert(name.to_owned(), value.into());
    add("shipmentId", news.order.to_string());
    if let Some(reference) = &about.senders_reference {
        add("sendersReference", reference.clone());
    }
    let channel = channel_name(about.channel);
    add("notificationId", news.subject.to_string());
    add("type", if channel == "Sms" { "SMS" } else { channel }.to_owned());
    add("destination", about.destination);
    add("status", standing.wire());
    add("lastUpdate", news.at.to_string());
    let reference = about.senders_reference.unwrap_or_default();
    Ok(Some(tell(news, notification_event(&news.result), &reference, channel, &data)))
}

fn tell(
    news: &News,
    event: String,
    reference: &str,
    channel: &'static str,
    data: &Map<String, Value>,
) -> Told {
    let body = serde_json::json!({ "type": event, "timestamp": news.at, "data": data }).to_string();
    Told {
        creator: news.creator.clone(),
        id: format!("{}:{}", news.subject, news.result),
        event,
        reference: encoded(reference),
        channel,
        body,
    }
}
