//! Writes a status; called inside the commit that caused it.

use jiff::Timestamp;
use serde_json::{Map, Value};
use store::{Result, Tx};
use types::OrgNumber;
use webhooks::Event;

use super::model::Status;
use super::sql;
use crate::config::Config;
use crate::conversations::Conversation;
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
}

impl From<Status> for NewStatus {
    fn from(status: Status) -> Self {
        Self { status, description: None, raw_receipt: None }
    }
}

impl NewStatus {
    pub(crate) fn described(status: Status, description: impl Into<String>) -> Self {
        Self { description: Some(description.into()), ..status.into() }
    }
}

/// Records a status, unless the message has had it already. Ring the webhooks after the commit.
pub(crate) fn record(
    app: &Exchange,
    tx: &mut Tx<'_>,
    conversation: &Conversation,
    new: &NewStatus,
    now: Timestamp,
) -> Result<bool> {
    let id = numbers::next(tx)?;
    let queued = Config::lists(&app.config().status_queue_includes, conversation.service);
    if !sql::insert(tx, id, conversation, new, queued, now)? {
        return Ok(false);
    }
    crate::conversations::touch(tx, conversation.id, new.status, now)?;
    announce(app, tx, conversation, new, id, now)?;
    Ok(true)
}

fn announce(
    app: &Exchange,
    tx: &mut Tx<'_>,
    conversation: &Conversation,
    new: &NewStatus,
    id: i64,
    now: Timestamp,
) -> Result<()> {
    let owner: OrgNumber = conversation.owner;
    let (direction, service) = (conversation.direction.as_str(), conversation.service.as_str());
    let status = new.status.as_str();
    let mut body = Map::new();
    let mut add = |key: &str, value: &str| body.insert(key.to_owned(), Value::from(value));
    add("createdTs", &moment::oslo(now));
    add("resource", "messages");
    add("event", "status");
    add("messageId", &conversation.message_id);
    add("conversationId", &conversation.conversation_id);
    add("direction", direction);
    add("serviceIdentifier", service);
    add("status", status);
    if let Some(description) = &new.description {
        add("description", description);
    }
    let event = Event {
        id: &id.to_string(),
        resource: "messages",
        event: "status",
        fields: &[("status", status), ("serviceIdentifier", service), ("direction", direction)],
        body: &Value::Object(body).to_string(),
    };
    app.webhooks().announce(tx, owner, &event, now)
}
