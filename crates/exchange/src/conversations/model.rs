//! What is known about one message.

use jiff::Timestamp;
use serde_json::{Map, Value};
use types::OrgNumber;

use crate::message::moment;
use crate::registry::ServiceIdentifier;
use crate::statuses::Status;
use crate::statuses::sql::StatusRow;

/// Which way a message goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    Outgoing,
    Incoming,
}

impl Direction {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Outgoing => "OUTGOING",
            Self::Incoming => "INCOMING",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        [Self::Outgoing, Self::Incoming].into_iter().find(|direction| direction.as_str() == text)
    }
}

/// What is known about one message.
#[derive(Clone, Debug)]
#[expect(clippy::struct_field_names, reason = "a conversation id is the domain's own word")]
pub(crate) struct Conversation {
    pub(crate) id: i64,
    pub(crate) owner: OrgNumber,
    pub(crate) direction: Direction,
    pub(crate) message_id: String,
    pub(crate) conversation_id: String,
    pub(crate) sender: String,
    pub(crate) sender_identifier: String,
    pub(crate) receiver: Option<String>,
    pub(crate) receiver_identifier: Option<String>,
    /// Which of our organizations it concerns, without scheme: its sender or its receiver.
    pub(crate) party: String,
    pub(crate) process: String,
    pub(crate) document: String,
    pub(crate) reference: String,
    pub(crate) title: String,
    pub(crate) service: ServiceIdentifier,
    pub(crate) external_reference: Option<String>,
    pub(crate) finished: bool,
    pub(crate) expiry: Timestamp,
    pub(crate) last_update: Timestamp,
}

impl Conversation {
    /// As the API shows it.
    pub(crate) fn body(&self, statuses: &[StatusRow]) -> Value {
        let mut body = Map::new();
        body.insert("id".into(), self.id.into());
        let mut add = |key: &str, value: Option<&str>| {
            if let Some(value) = value {
                body.insert(key.to_owned(), value.into());
            }
        };
        add("conversationId", Some(&self.conversation_id));
        add("messageId", Some(&self.message_id));
        add("sender", Some(&self.sender));
        add("senderIdentifier", Some(&self.sender_identifier));
        add("receiver", self.receiver.as_deref());
        add("receiverIdentifier", self.receiver_identifier.as_deref());
        add("processIdentifier", Some(&self.process));
        add("documentIdentifier", Some(&self.document));
        add("messageReference", Some(&self.reference));
        add("messageTitle", Some(&self.title));
        add("lastUpdate", Some(&moment::oslo(self.last_update)));
        add("expiry", Some(&moment::oslo(self.expiry)));
        add("direction", Some(self.direction.as_str()));
        add("serviceIdentifier", Some(self.service.as_str()));
        add("externalSystemReference", self.external_reference.as_deref());
        body.insert("finished".into(), self.finished.into());
        let statuses = in_order(statuses).into_iter();
        let statuses: Vec<_> = statuses.map(|status| Value::Object(status.short())).collect();
        body.insert("messageStatuses".into(), statuses.into());
        Value::Object(body)
    }
}

/// The steps of a message's way in their order, whatever order they were reported in; anything else stays
/// where it came.
fn in_order(statuses: &[StatusRow]) -> Vec<&StatusRow> {
    let rank = |row: &&StatusRow| row.status.parse::<Status>().ok().and_then(Status::rank);
    let mut steps: Vec<_> = statuses.iter().filter(|row| rank(row).is_some()).collect();
    steps.sort_by_key(rank);
    let mut steps = steps.into_iter();
    let in_place = |row| if rank(&row).is_some() { steps.next() } else { Some(row) };
    statuses.iter().filter_map(in_place).collect()
}
