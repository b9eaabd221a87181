//! Writes statuses; called inside the commit that caused them.

use std::time::Duration;

use jiff::Timestamp;
use meter::families;
use serde_json::{Map, Value};
use store::{Result, Tx};
use types::OrgNumber;
use webhooks::Event;

use super::model::Status;
use super::{late, sql};
use crate::access::Reach;
use crate::config::Config;
use crate::conversations::{self, Conversation, Direction};
use crate::message::moment;
use crate::{Exchange, numbers};

/// A status to be recorded.
#[derive(Clone, Debug)]
pub(crate) struct NewStatus {
    pub(crate) status: Status,
    /// Why, for people.
    pub(crate) description: Option<String>,
    /// What the channel or receiver said, as it came.
    pub(crate) raw_receipt: Option<String>,
    /// When it came about; when it is recorded, if nobody says otherwise.
    pub(crate) at: Option<Timestamp>,
}

impl From<Status> for NewStatus {
    fn from(status: Status) -> Self {
        Self { status, description: None, raw_receipt: None, at: None }
    }
}

impl NewStatus {
    /// A status with words, in which peers may have had a part.
    pub(crate) fn described(status: Status, description: impl Into<String>) -> Self {
        // A database keeps no NUL in texts.
        let description = description.into().replace('\0', "\u{fffd}");
        Self { description: Some(description), ..status.into() }
    }
}

/// Records statuses, except those that their messages have had already; answers how many were new. Ring
/// the webhooks after the commit.
///
/// The conversations are locked until the commit, the one with the lowest number first, and after them
/// the subscriptions of whoever is told. So a piece of work calls this once, with everything it has to
/// record, after it has locked the messages it is about: otherwise two of them may wait for each other.
/// A conversation that its client has deleted meanwhile gets nothing.
pub(crate) fn record(
    app: &Exchange,
    tx: &mut Tx<'_>,
    news: &[(&Conversation, NewStatus)],
    now: Timestamp,
) -> Result<usize> {
    let Some((first, _)) = news.first() else { return Ok(0) };
    let news = lock(tx, news)?;
    let mut told = Vec::new();
    for (conversation, new) in &news {
        // Drawn while the conversation is locked, so that its statuses are numbered in their order.
        let id = numbers::next(tx)?;
        let queued = Config::lists(&app.config().status_queue_includes, conversation.service);
        let at = new.at.unwrap_or(now);
        if sql::insert(tx, id, conversation, new, queued, at)? {
            conversations::touch(tx, conversation.id, new.status, now)?;
            let (service, direction) = (conversation.service.as_str(), conversation.direction.as_str());
            tx.count(&families::MESSAGES, &[service, direction, new.status.as_str()]);
            if new.status == Status::Levert && conversation.direction == Direction::Outgoing {
                let made = sql::made(tx, conversation.id)?;
                let took = made.and_then(|made| Duration::try_from(at.duration_since(made)).ok());
                if let Some(took) = took {
                    tx.time(&families::MESSAGE_TIME, &[service], took);
                }
            }
            told.push(Told { id: id.to_string(), conversation, new, body: body(conversation, new, at) });
        }
    }
    announce(app, tx, first.owner, &told, now)?;
    Ok(told.len())
}

/// Locks the conversations; answers what is to be recorded on those that are still there.
fn lock<'a>(
    tx: &mut Tx<'_>,
    news: &[(&'a Conversation, NewStatus)],
) -> Result<Vec<(&'a Conversation, NewStatus)>> {
    let mut wanted: Vec<i64> = news.iter().map(|(conversation, _)| conversation.id).collect();
    wanted.sort_unstable();
    wanted.dedup();
    let mut there = Vec::with_capacity(wanted.len());
    for id in wanted {
        if let Some(finished) = conversations::lock(tx, id)? {
            there.push((id, finished));
        }
    }
    let mut locked = Vec::with_capacity(news.len());
    for (conversation, new) in news {
        let found = there.iter().find(|(id, _)| *id == conversation.id);
        let Some((_, finished)) = found else { continue };
        let new = if *finished { late::marked(tx, conversation.id, new)? } else { new.clone() };
        locked.push((*conversation, new));
    }
    Ok(locked)
}

/// Tells the subscribers of the one who runs the gateway everything, and those of each consumer what
/// concerns the organizations it acts for; always in this order, as their rows are locked.
fn announce(
    app: &Exchange,
    tx: &mut Tx<'_>,
    owner: OrgNumber,
    told: &[Told<'_>],
    now: Timestamp,
) -> Result<()> {
    let events: Vec<_> = told.iter().map(Told::event).collect();
    app.webhooks().announce(tx, owner, &events, now)?;
    for consumer in &app.config().consumers {
        let reach = Reach::Only(consumer.organizations.as_slice().into());
        let within = told.iter().filter(|told| reach.covers(&told.conversation.party));
        let events: Vec<_> = within.map(Told::event).collect();
        app.webhooks().announce(tx, consumer.org, &events, now)?;
    }
    Ok(())
}

/// What subscribers are told of one status.
struct Told<'a> {
    id: String,
    conversation: &'a Conversation,
    new: &'a NewStatus,
    body: String,
}

impl Told<'_> {
    fn event(&self) -> Event<'_> {
        Event {
            id: &self.id,
            resource: "messages",
            event: "status",
            fields: vec![
                ("status", self.new.status.as_str()),
                ("serviceIdentifier", self.conversation.service.as_str()),
                ("direction", self.conversation.direction.as_str()),
            ],
            body: &self.body,
        }
    }
}

fn body(conversation: &Conversation, new: &NewStatus, now: Timestamp) -> String {
    let mut body = Map::new();
    let mut add = |key: &str, value: &str| body.insert(key.to_owned(), Value::from(value));
    add("createdTs", &moment::oslo(now));
    add("resource", "messages");
    add("event", "status");
    add("messageId", &conversation.message_id);
    add("conversationId", &conversation.conversation_id);
    add("direction", conversation.direction.as_str());
    add("serviceIdentifier", conversation.service.as_str());
    add("status", new.status.as_str());
    if let Some(description) = &new.description {
        add("description", description);
    }
    Value::Object(body).to_string()
}
