//! The envelope of a message (SBD), as clients write it.

use serde_json::{Value, json};
use types::random::Random;

/// What an envelope says.
pub(in crate::cli) struct Letter<'a> {
    /// Who sends, with its scheme.
    pub from: &'a str,
    /// Who receives, with its scheme.
    pub to: &'a str,
    /// The message.
    pub message_id: &'a str,
    /// The conversation that it is part of.
    pub conversation_id: &'a str,
    /// The process.
    pub process: &'a str,
    /// The kind of document, such as `arkivmelding`.
    pub kind: &'a str,
    /// Its standard, such as `urn:no:difi:arkivmelding:xsd::arkivmelding`.
    pub standard: &'a str,
    /// What the business message says.
    pub content: Value,
}

impl Letter<'_> {
    /// As it is sent.
    pub(in crate::cli) fn envelope(self) -> Value {
        let who =
            |value: &str| json!([{ "identifier": { "value": value, "authority": "iso6523-actorid-upis" } }]);
        json!({
            "standardBusinessDocumentHeader": {
                "headerVersion": "1.0",
                "sender": who(self.from),
                "receiver": who(self.to),
                "documentIdentification": {
                    "standard": self.standard, "typeVersion": "2.0",
                    "type": self.kind, "instanceIdentifier": self.message_id },
                "businessScope": { "scope": [{ "type": "ConversationId",
                    "instanceIdentifier": self.conversation_id, "identifier": self.process }] } },
            self.kind: self.content
        })
    }
}

/// An id that nobody has used.
pub(in crate::cli) fn new_id() -> String {
    Random::system().uuid_v4().to_string()
}
