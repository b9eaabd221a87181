//! Delivery reports that Azure Event Grid brings: read, in both of its schemas.
//!
//! The endpoint itself belongs to the reports' feature. A push carries one event or many; each is read by
//! itself, so that one that makes no sense does not cost the others.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use crate::{About, EmailResult, Report, Reported};

/// Bytes that a push may have. The service sends at most one megabyte.
pub const LARGEST_PUSH: usize = 2 * 1024 * 1024;

const REPORT: &str = "Microsoft.Communication.EmailDeliveryReportReceived";
const VALIDATION: &str = "Microsoft.EventGrid.SubscriptionValidationEvent";

/// One event of a push.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Somebody wants to know whether reports are welcome here: the code that the answer repeats.
    Validation(String),
    /// What became of a message.
    Report(Report),
    /// A delivery report that cannot be understood, or no event at all.
    Unread(Unread),
    /// Something else that was subscribed to, such as who has opened a message.
    Other,
}

/// What could not be understood.
#[derive(Clone, PartialEq, Eq)]
pub struct Unread {
    /// Why.
    pub why: Why,
    /// The message it names, where it names one.
    pub reference: Option<String>,
    /// The event as it came. May name recipients.
    pub document: String,
}

impl std::fmt::Debug for Unread {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Unread({:?}, {:?})", self.why, self.reference)
    }
}

/// Why an event cannot be understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Why {
    /// Its status is none that the contract knows.
    #[error("the report has a status that is not known")]
    Status,
    /// It does not say which message it is about.
    #[error("the report does not say which message it is about")]
    Message,
    /// It is not of the form that either schema prescribes.
    #[error("this is not an event")]
    Form,
}

/// A push that is no JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the push is not JSON")]
pub struct NotJson;

/// An event in either schema.
#[derive(Deserialize)]
struct EventBody {
    #[serde(rename = "eventType", alias = "type")]
    kind: String,
    #[serde(rename = "eventTime", alias = "time")]
    time: Option<Value>,
    data: Option<Value>,
}

/// Reads a push: a list of events, or one by itself.
pub fn read(push: &[u8]) -> Result<Vec<Event>, NotJson> {
    let push = push.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(push);
    Ok(match serde_json::from_slice(push).map_err(|_| NotJson)? {
        Value::Array(events) => events.iter().map(understand).collect(),
        event => vec![understand(&event)],
    })
}

fn understand(document: &Value) -> Event {
    let Ok(event) = EventBody::deserialize(document) else {
        return unread(Why::Form, None, document);
    };
    let data = event.data.unwrap_or_default();
    if event.kind.eq_ignore_ascii_case(VALIDATION) {
        return match text(&data["validationCode"]) {
            Some(code) => Event::Validation(code),
            None => unread(Why::Form, None, document),
        };
    }
    if !event.kind.eq_ignore_ascii_case(REPORT) {
        return Event::Other;
    }
    let reference = text(&data["messageId"]);
    let result = data["status"].as_str().and_then(result);
    match (reference, result) {
        (Some(reference), Some((state, result))) => {
            let moments = [Some(&data["deliveryAttemptTimestamp"]), event.time.as_ref()];
            Event::Report(Report {
                about: About::Reference(reference),
                reported: Reported::Email(result),
                state: state.to_owned(),
                occurred: moments.into_iter().flatten().find_map(moment),
            })
        }
        (None, _) => unread(Why::Message, None, document),
        (reference, None) => unread(Why::Status, reference, document),
    }
}

fn unread(why: Why, reference: Option<String>, document: &Value) -> Event {
    Event::Unread(Unread { why, reference, document: document.to_string() })
}

/// What a status means in the contract's vocabulary, with the status as the service spells it.
fn result(status: &str) -> Option<(&'static str, EmailResult)> {
    const TABLE: [(&str, EmailResult); 7] = [
        ("Delivered", EmailResult::Delivered),
        ("Bounced", EmailResult::FailedBounced),
        ("Failed", EmailResult::Failed),
        // A distribution list was expanded; the reference calls that a failure.
        ("Expanded", EmailResult::Failed),
        ("FilteredSpam", EmailResult::FailedFilteredSpam),
        ("Quarantined", EmailResult::FailedQuarantined),
        ("Suppressed", EmailResult::FailedSupressedRecipient),
    ];
    TABLE.into_iter().find(|(name, _)| name.eq_ignore_ascii_case(status.trim()))
}

/// A text that says something and is no longer than any that the service makes.
fn text(value: &Value) -> Option<String> {
    let text = value.as_str()?.trim();
    (1..=256).contains(&text.len()).then(|| text.to_owned())
}

fn moment(value: &Value) -> Option<Timestamp> {
    value.as_str()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    const MESSAGE: &str = "6f1c2d1e-0000-4000-8000-000000000001";

    fn event(status: &str) -> Value {
        json!({
            "id": "a7c0f7b2-3a51-4d61-8f52-0f9d3f0a1b22",
            "eventType": REPORT, "eventTime": "2025-11-20T13:05:40Z",
            "data": {
                "sender": "noreply@example.no", "recipient": "kari@example.org",
                "messageId": MESSAGE, "status": status,
                "deliveryStatusDetails": { "statusMessage": "Mailbox unavailable" },
                "deliveryAttemptTimestamp": "2025-11-20T13:05:38.1+00:00",
            },
        })
    }

    fn read_json(push: &Value) -> Vec<Event> {
        read(push.to_string().as_bytes()).expect("JSON")
    }

    fn result_of(event: &Event) -> Option<&'static str> {
        match event {
            Event::Report(Report { reported: Reported::Email(result), .. }) => Some(result.as_str()),
            _ => None,
        }
    }

    #[test]
    fn every_status_has_its_result() {
        let table = [
            ("Delivered", "Delivered"),
            ("Bounced", "Failed_Bounced"),
            ("Failed", "Failed"),
            ("Expanded", "Failed"),
            ("FilteredSpam", "Failed_FilteredSpam"),
            ("Quarantined", "Failed_Quarantined"),
            ("Suppressed", "Failed_SupressedRecipient"),
        ];
        for (status, expected) in table {
            assert_eq!(result_of(&read_json(&json!([event(status)]))[0]), Some(expected), "{status}");
        }
        let unknown = read_json(&json!([event("Greylisted")]));
        let Event::Unread(unread) = &unknown[0] else { panic!("{unknown:?}") };
        assert_eq!((unread.why, unread.reference.as_deref()), (Why::Status, Some(MESSAGE)));
        assert!(unread.document.contains("Greylisted") && !format!("{unread:?}").contains("kari"));
    }

    #[test]
    fn the_contracts_example_is_read_whole() {
        let expected = Report {
            about: About::Reference(MESSAGE.to_owned()),
            reported: Reported::Email(EmailResult::FailedBounced),
            state: "Bounced".to_owned(),
            occurred: "2025-11-20T13:05:38.1Z".parse().ok(),
        };
        assert_eq!(read_json(&json!([event("Bounced")])), [Event::Report(expected.clone())]);

        // The same in the other schema, where an event may also stand by itself.
        let data = event("Bounced")["data"].clone();
        let cloud =
            json!({ "specversion": "1.0", "type": REPORT, "time": "2025-11-20T13:05:40Z", "data": data });
        assert_eq!(read_json(&cloud), [Event::Report(expected.clone())]);
        assert_eq!(read_json(&json!([cloud])), [Event::Report(expected)]);
    }

    #[test]
    fn one_bad_element_does_not_cost_the_others() {
        let mut nameless = event("Delivered");
        nameless["data"]["messageId"] = Value::Null;
        let opened = json!({ "eventType": "Microsoft.Communication.EmailEngagementTrackingReportReceived" });
        let push = json!([7, nameless, event("Delivered"), null, opened, {}, event("Bounced"), event("New")]);
        let events = read_json(&push);
        let words = events.iter().map(|event| match event {
            Event::Unread(unread) => format!("{:?}", unread.why),
            Event::Other => "other".to_owned(),
            event => result_of(event).unwrap_or_default().to_owned(),
        });
        let words: Vec<String> = words.collect();
        let expected = ["Form", "Message", "Delivered", "Form", "other", "Form", "Failed_Bounced", "Status"];
        assert_eq!(words, expected);
    }

    #[test]
    fn a_validation_names_its_code() {
        let push = json!([{ "eventType": VALIDATION, "data": { "validationCode": "512d38b6" } }]);
        assert_eq!(read_json(&push), [Event::Validation("512d38b6".to_owned())]);
        assert_eq!(read(b"<xml/>"), Err(NotJson));
        assert_eq!(read(b"[{}, "), Err(NotJson));
        assert_eq!(read(b"[]"), Ok(Vec::new()));
    }

    proptest! {
        #[test]
        fn whatever_is_pushed_is_read_without_a_panic(bytes: Vec<u8>) {
            let _ = read(&bytes);
        }

        #[test]
        fn every_element_of_a_list_is_accounted_for(words in proptest::collection::vec(".{0,20}", 0..9)) {
            let events = words.iter().map(|word| {
                let mut event = event(word);
                event["data"]["messageId"] = json!(word);
                event["eventTime"] = json!(word);
                event
            });
            let events: Vec<Value> = events.collect();
            prop_assert_eq!(read_json(&json!(events)).len(), words.len());
        }
    }
}
