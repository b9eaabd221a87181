//! The words by which a message is found again in the logs.
//!
//! Everybody who writes about a message writes the same fields: messageId, conversationId, service, sender,
//! receiver and process. Numbers of persons are hidden in all of them.

use trace::About;
use types::mask::persons;

use crate::inbox::InMessage;
use crate::message::{Actor, Facts};
use crate::outbox::OutMessage;
use crate::registry::ServiceIdentifier;

/// What is written about one message, fit for logs.
#[derive(Clone, Debug)]
pub(crate) struct Trail {
    pub(crate) message_id: String,
    pub(crate) conversation_id: String,
    pub(crate) service: ServiceIdentifier,
    pub(crate) sender: String,
    pub(crate) receiver: String,
    pub(crate) process: String,
}

impl Trail {
    /// Of a message that has been read.
    pub(crate) fn of(facts: &Facts, service: ServiceIdentifier) -> Self {
        Self {
            message_id: persons(&facts.message_id),
            conversation_id: persons(&facts.conversation_id),
            service,
            sender: persons(&facts.sender.identifier()),
            receiver: persons(&facts.receiver.as_ref().map(Actor::identifier).unwrap_or_default()),
            process: persons(&facts.process),
        }
    }

    /// Says in the span of the request or job what it is about.
    pub(crate) fn mark(&self) {
        trace::about(About::Message, &self.message_id);
        trace::about(About::Conversation, &self.conversation_id);
    }

    /// Of a message on its way out.
    pub(crate) fn of_outgoing(message: &OutMessage) -> Self {
        Self {
            message_id: persons(&message.message_id),
            conversation_id: persons(&message.conversation_id),
            service: message.service,
            sender: persons(&message.sender),
            receiver: persons(message.receiver.as_deref().unwrap_or_default()),
            process: persons(&message.process),
        }
    }

    /// Of a message that waits for a client.
    pub(crate) fn of_waiting(message: &InMessage) -> Self {
        Self {
            message_id: persons(&message.message_id),
            conversation_id: persons(&message.conversation_id),
            service: message.service,
            sender: persons(&message.sender),
            receiver: persons(&message.receiver),
            process: persons(&message.process),
        }
    }
}

/// Writes a line about a message: its trail, and then as `tracing::info!` has it.
macro_rules! tell {
    ($trail:expr, $($rest:tt)+) => {{
        let trail: &$crate::trail::Trail = &$trail;
        trail.mark();
        tracing::info!(
            messageId = %trail.message_id, conversationId = %trail.conversation_id,
            service = %trail.service, sender = %trail.sender, receiver = %trail.receiver,
            process = %trail.process, $($rest)+
        );
    }};
}

pub(crate) use tell;

/// What a client calls itself, fit for logs.
pub(crate) fn agent(user_agent: Option<&str>) -> String {
    persons(user_agent.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use std::fmt::{Debug, Write as _};
    use std::sync::{Arc, Mutex};

    use tracing::field::{Field, Visit};
    use tracing::span::{Attributes, Id, Record};
    use tracing::{Event, Metadata, Subscriber};

    use super::*;

    /// Keeps what is written.
    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<String>>);

    impl Visit for Written {
        fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
            write!(self.0.lock().expect("no panic"), "{field}={value:?};").expect("room");
        }
    }

    impl Subscriber for Written {
        fn enabled(&self, _: &Metadata<'_>) -> bool {
            true
        }
        fn new_span(&self, _: &Attributes<'_>) -> Id {
            Id::from_u64(1)
        }
        fn record(&self, _: &Id, _: &Record<'_>) {}
        fn record_follows_from(&self, _: &Id, _: &Id) {}
        fn event(&self, event: &Event<'_>) {
            event.record(&mut self.clone());
        }
        fn enter(&self, _: &Id) {}
        fn exit(&self, _: &Id) {}
    }

    #[test]
    fn a_line_about_a_message_has_every_field_and_no_persons_number() {
        let trail = Trail {
            message_id: persons("5f0a2f0e"),
            conversation_id: persons("7d6f6c1b"),
            service: ServiceIdentifier::Dpo,
            sender: persons("310000001"),
            receiver: persons("14817210075"),
            process: persons("urn:x"),
        };
        let written = Written::default();
        tracing::subscriber::with_default(written.clone(), || {
            tell!(trail, userAgent = %agent(Some("Sak/2.1 (14817210075)")), "created a message");
        });

        let line = written.0.lock().expect("no panic").clone();
        for field in [
            "messageId=5f0a2f0e;",
            "conversationId=7d6f6c1b;",
            "service=DPO;",
            "sender=310000001;",
            "receiver=14*********;",
            "process=urn:x;",
            "userAgent=Sak/2.1 (14*********);",
            "message=created a message;",
        ] {
            assert!(line.contains(field), "{field} is not in {line}");
        }
    }
}
