//! What senders post.

use serde_json::{Value, json};

/// An instant SMS to a number.
pub fn instant_sms(key: &str, number: &str) -> Value {
    json!({
        "idempotencyId": key,
        "sendersReference": "innlogging-91f2",
        "recipientSms": {
            "phoneNumber": number,
            "timeToLiveInSeconds": 300,
            "smsSettings": { "sender": "Bymyndig", "body": "Koden er 402117. Hilsen æøå 🙂" },
        },
    })
}

/// An instant e-mail to an address.
pub fn instant_email(key: &str, address: &str) -> Value {
    json!({
        "idempotencyId": key,
        "recipientEmail": {
            "emailAddress": address,
            "emailSettings": { "subject": "Kode", "body": "Koden er 402117." },
        },
    })
}

/// An order of one SMS, at any time of day.
pub fn sms_order(key: &str, number: &str) -> Value {
    json!({
        "idempotencyId": key,
        "sendersReference": "sak-7781",
        "recipient": { "recipientSms": {
            "phoneNumber": number,
            "smsSettings": { "body": "Husk fristen.", "sendingTimePolicy": "Anytime" },
        } },
    })
}

/// An order of one e-mail.
pub fn email_order(key: &str, address: &str) -> Value {
    json!({
        "idempotencyId": key,
        "recipient": { "recipientEmail": {
            "emailAddress": address,
            "emailSettings": { "subject": "Vedtak\r\nnå", "body": "Se vedlegg." },
        } },
    })
}

/// An order to a person.
pub fn person_order(key: &str, person: &str, channel: &str) -> Value {
    json!({
        "idempotencyId": key,
        "recipient": { "recipientPerson": {
            "nationalIdentityNumber": person,
            "channelSchema": channel,
            "emailSettings": { "subject": "Til $recipientName$", "body": "Hei $recipientName$ $recipientname$" },
            "smsSettings": { "body": "Hei $recipientName$", "sendingTimePolicy": "Anytime" },
        } },
    })
}

/// An e-mail to an address with files at these links.
pub fn composed(key: &str, address: &str, links: &[String]) -> Value {
    let file = |link: &String| {
        let path = link.split('?').next().unwrap_or_default();
        let name = path.rsplit('/').next().unwrap_or_default();
        json!({ "filename": name, "mimeType": "application/pdf", "sasUrl": link })
    };
    json!({
        "idempotencyId": key,
        "recipient": {
            "emailAddress": address,
            "emailSettings": {
                "subject": "Vedtak $recipientName$",
                "body": "Se vedlegg.",
                "attachments": links.iter().map(file).collect::<Vec<_>>(),
            },
        },
    })
}
