//! What is sent and what comes back, as the service's REST interface writes it.

use serde::{Deserialize, Serialize};
use types::EmailAddress;

use super::content::Content;
use crate::email::message::wire_address;
use crate::{Attachment, BodyFormat, EmailResult, HandOver, OutgoingEmail};

/// An e-mail without its files.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct EmailBody<'a> {
    sender_address: String,
    content: ContentBody<'a>,
    recipients: RecipientsBody,
    headers: HeadersBody,
    user_engagement_tracking_disabled: bool,
}

/// One of the two texts, never both.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ContentBody<'a> {
    subject: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    plain_text: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    html: Option<&'a str>,
}

#[derive(Serialize)]
struct RecipientsBody {
    to: [AddressBody; 1],
}

#[derive(Serialize)]
struct AddressBody {
    address: String,
}

#[derive(Serialize)]
struct HeadersBody {
    #[serde(rename = "X-Notification-Id")]
    notification: String,
}

/// A file without its content.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AttachmentBody<'a> {
    name: &'a str,
    content_type: &'a str,
}

/// Writes an e-mail; a recipient or sender that cannot be written in mail is refused at once.
pub(super) fn write(email: &OutgoingEmail, from: &EmailAddress) -> Result<Content, HandOver<EmailResult>> {
    let refused = |result, detail: &str| HandOver::Refused { result, detail: detail.to_owned() };
    let address = |address: &EmailAddress| wire_address(address).map(|address| address.to_string());
    let sender = address(email.from.as_ref().unwrap_or(from))
        .ok_or_else(|| refused(EmailResult::Failed, "the sender's address cannot be written in mail"))?;
    let recipient = address(&email.to).ok_or_else(|| {
        let detail = "the recipient's address cannot be written in mail";
        refused(EmailResult::FailedInvalidEmailFormat, detail)
    })?;
    let (plain_text, html) = match email.format {
        BodyFormat::Plain => (Some(email.body.reveal()), None),
        BodyFormat::Html => (None, Some(email.body.reveal())),
    };
    let body = EmailBody {
        sender_address: sender,
        content: ContentBody { subject: one_line(email.subject.reveal()), plain_text, html },
        recipients: RecipientsBody { to: [AddressBody { address: recipient }] },
        headers: HeadersBody { notification: email.notification.to_string() },
        user_engagement_tracking_disabled: true,
    };
    with_files(&body, &email.attachments)
        .map_err(|_| refused(EmailResult::Failed, "the message cannot be put together"))
}

/// The service makes a header of it.
fn one_line(text: &str) -> String {
    let text = text.replace("\r\n", " ").replace(['\n', '\r'], " ");
    text.chars().filter(|c| !c.is_control()).collect()
}

/// Files come last, so that they can follow what is written.
fn with_files(body: &EmailBody<'_>, files: &[Attachment]) -> serde_json::Result<Content> {
    let mut content = Content::default();
    let mut written = serde_json::to_vec(body)?;
    for (place, file) in files.iter().enumerate() {
        // An object's last sign is its brace: this one takes one member more.
        written.pop();
        written.extend_from_slice(if place == 0 { b",\"attachments\":[" } else { b"}," });
        let named = AttachmentBody { name: &file.filename, content_type: &file.mime_type };
        written.append(&mut serde_json::to_vec(&named)?);
        written.pop();
        written.extend_from_slice(b",\"contentInBase64\":\"");
        content.write(std::mem::replace(&mut written, b"\"}".to_vec()));
        content.encode(file.content.clone());
    }
    if !files.is_empty() {
        written.extend_from_slice(b"]}");
    }
    content.write(written);
    Ok(content)
}

/// An operation as the service shows it. Nothing in it is relied on to be there.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Operation {
    pub(super) id: Option<String>,
    pub(super) status: Option<String>,
    pub(super) error: Option<Fault>,
}

/// What went wrong, in the service's words.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Fault {
    pub(super) code: Option<String>,
    pub(super) message: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct FaultBody {
    error: Option<Fault>,
}

impl Operation {
    /// Reads what it can; what is no such JSON says nothing.
    pub(super) fn read(body: &[u8]) -> Option<Self> {
        serde_json::from_slice(body).ok()
    }
}

impl Fault {
    /// Reads what it can; what is no such JSON says nothing. The header stands in for a missing code.
    pub(super) fn read(body: &[u8], header: Option<&str>) -> Self {
        let body: FaultBody = serde_json::from_slice(body).unwrap_or_default();
        let fault = body.error.unwrap_or_default();
        let code = fault.code.filter(|code| !code.is_empty()).or_else(|| header.map(str::to_owned));
        Self { code, ..fault }
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use proptest::prelude::*;
    use serde_json::{Value, json};
    use types::ids::{AttemptId, NotificationId};
    use uuid::Uuid;

    use super::*;
    use crate::Urgency;

    fn email(format: BodyFormat, files: usize) -> OutgoingEmail {
        let file = |number: usize| Attachment {
            filename: format!("vedtak \"{number}\".pdf"),
            mime_type: "application/pdf".to_owned(),
            content: Bytes::from(vec![b'%'; number]),
        };
        OutgoingEmail {
            attempt: AttemptId::new(Uuid::from_u128(1)),
            notification: NotificationId::new(Uuid::from_u128(2)),
            to: "kari@blåbær.example".parse().expect("an address"),
            from: None,
            subject: "Vedtak\r\nBcc: x".into(),
            body: "Hei \"Kari\"".into(),
            format,
            attachments: (0..files).map(file).collect(),
            urgency: Urgency::Ordinary,
        }
    }

    fn written(email: &OutgoingEmail) -> Value {
        let from = "noreply@fjord.example".parse().expect("an address");
        let content = write(email, &from).expect("content");
        let bytes: Vec<u8> = content.pieces().flat_map(|piece| piece.to_vec()).collect();
        assert_eq!(bytes.len() as u64, content.len());
        serde_json::from_slice(&bytes).expect("JSON")
    }

    #[test]
    fn an_email_is_written_as_the_service_reads_it() {
        let expected = json!({
            "senderAddress": "noreply@fjord.example",
            "content": { "subject": "Vedtak Bcc: x", "plainText": "Hei \"Kari\"" },
            "recipients": { "to": [{ "address": "kari@xn--blbr-roah.example" }] },
            "headers": { "X-Notification-Id": "00000000-0000-0000-0000-000000000002" },
            "userEngagementTrackingDisabled": true,
        });
        assert_eq!(written(&email(BodyFormat::Plain, 0)), expected);
    }

    /// Covers: NP-63
    #[test]
    fn plain_fills_only_the_plain_text_and_html_only_html() {
        assert_eq!(BodyFormat::default(), BodyFormat::Plain, "what is not known is plain");
        for (format, filled, empty) in
            [(BodyFormat::Plain, "plainText", "html"), (BodyFormat::Html, "html", "plainText")]
        {
            let written = written(&email(format, 0));
            assert_eq!(written["content"][filled], "Hei \"Kari\"");
            assert_eq!(written["content"].get(empty), None);
        }
    }

    #[test]
    fn files_follow_in_the_senders_order() {
        for count in 0..4 {
            let written = written(&email(BodyFormat::Html, count));
            let files = written["attachments"].as_array().cloned().unwrap_or_default();
            assert_eq!(files.len(), count);
            for (number, file) in files.iter().enumerate() {
                let content = ["", "JQ==", "JSU="][number.min(2)];
                let name = format!("vedtak \"{number}\".pdf");
                let expected =
                    json!({ "name": name, "contentType": "application/pdf", "contentInBase64": content });
                assert_eq!(file, &expected);
            }
        }
    }

    proptest! {
        #[test]
        fn whatever_the_service_answers_is_read_without_a_panic(bytes: Vec<u8>, text in ".*") {
            let _ = (Operation::read(&bytes), Fault::read(&bytes, None));
            let odd = json!({ "id": text, "status": text, "error": { "code": text, "message": text } });
            let odd = odd.to_string();
            prop_assert!(Operation::read(odd.as_bytes()).is_some());
            let fault = Fault::read(odd.as_bytes(), Some("Header"));
            prop_assert!(fault.code.is_some());
        }
    }
}
