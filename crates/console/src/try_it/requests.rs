//! What is asked for, as a client would write it. Pure.

use jiff::Timestamp;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use super::call::{Content, Draft};
use super::{ARKIVMELDING, PDF};

/// What the message is about.
const PROCESS: &str = "urn:no:difi:profile:arkivmelding:planByggOgGeodata:ver1.0";
/// The reminder comes so many seconds later.
const REMINDER_AFTER: i64 = 60;

fn post(path: &str, json: Value) -> Draft {
    let (method, path) = (Method::POST, path.to_owned());
    Draft { method, path, content: Content::Json(json) }
}

fn get(path: String) -> Draft {
    Draft { method: Method::GET, path, content: Content::Nothing }
}

/// An SMS that goes out at once.
pub(super) fn instant(key: Uuid, number: &str, text: &str) -> Draft {
    let sms = json!({ "idempotencyId": key, "recipientSms": { "phoneNumber": number, "timeToLiveInSeconds": 300,
        "smsSettings": { "body": text } } });
    post("/notifications/api/v1/future/orders/instant/sms", sms)
}

/// An order, with a reminder a minute later.
pub(super) fn order(key: Uuid, recipient: &Value, now: Timestamp) -> Draft {
    let later = now + std::time::Duration::from_secs(REMINDER_AFTER.unsigned_abs());
    let order = json!({ "idempotencyId": key, "sendersReference": "prov-selv",
        "recipient": recipient,
        "reminders": [{ "requestedSendTime": later.to_string(), "recipient": recipient }] });
    post("/notifications/api/v1/future/orders", order)
}

/// Somebody with an e-mail address.
pub(super) fn by_email(address: &str, subject: &str, text: &str) -> Value {
    json!({ "recipientEmail": { "emailAddress": address,
        "emailSettings": { "subject": subject, "body": text, "sendingTimePolicy": "Anytime" } } })
}

/// Somebody with a telephone.
pub(super) fn by_sms(number: &str, text: &str) -> Value {
    json!({ "recipientSms": { "phoneNumber": number,
        "smsSettings": { "body": text, "sendingTimePolicy": "Anytime" } } })
}

/// How a shipment does.
pub(super) fn shipment(id: &str) -> Draft {
    get(format!("/notifications/api/v1/future/shipment/{id}"))
}

/// A message in several steps: the envelope, its files, and that it be sent.
pub(super) fn message(id: Uuid, conversation: Uuid, from: &str, to: &str) -> Vec<Draft> {
    let who = |org: &str| json!([{ "identifier": { "value": format!("0192:{org}"), "authority": "iso6523-actorid-upis" } }]);
    let envelope = json!({
        "standardBusinessDocumentHeader": {
            "headerVersion": "1.0", "sender": who(from), "receiver": who(to),
            "documentIdentification": {
                "standard": "urn:no:difi:arkivmelding:xsd::arkivmelding", "typeVersion": "2.0",
                "type": "arkivmelding", "instanceIdentifier": id },
            "businessScope": { "scope": [{ "type": "ConversationId", "instanceIdentifier": conversation,
                "identifier": PROCESS }] } },
        "arkivmelding": { "hoveddokument": "vedtak.pdf", "sikkerhetsnivaa": 3 } });
    let path = format!("/api/messages/out/{id}");
    let put = |name, kind, bytes| {
        let content = Content::File { name, kind, bytes };
        Draft { method: Method::PUT, path: path.clone(), content }
    };
    vec![
        post("/api/messages/out", envelope),
        put("arkivmelding.xml", "text/xml", ARKIVMELDING.as_bytes()),
        put("vedtak.pdf", "application/pdf", PDF),
        Draft { method: Method::POST, path: path.clone(), content: Content::Nothing },
        get(format!("/api/statuses/{id}")),
    ]
}
