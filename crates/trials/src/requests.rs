//! Requests to the Notify API, as clients write them.

use serde_json::{Value, json};

/// An instant SMS that lives for five minutes.
pub fn instant_sms(key: &str, number: &str, text: &str) -> Value {
    json!({ "idempotencyId": key, "recipientSms": { "phoneNumber": number, "timeToLiveInSeconds": 300,
        "smsSettings": { "sender": "Fjord", "body": text } } })
}

/// An order for one SMS, at any hour.
pub fn sms_order(key: &str, number: &str, text: &str) -> Value {
    json!({ "idempotencyId": key, "recipient": { "recipientSms": { "phoneNumber": number,
        "smsSettings": { "body": text, "sendingTimePolicy": "Anytime" } } } })
}

/// An order for one e-mail, the text as subject and body.
pub fn email_order(key: &str, address: &str, text: &str) -> Value {
    json!({ "idempotencyId": key, "recipient": { "recipientEmail": { "emailAddress": address,
        "emailSettings": { "subject": text, "body": text } } } })
}
