//! An e-mail as bytes: headers that nobody can smuggle lines into, a body in UTF-8.

use std::time::SystemTime;

use jiff::Timestamp;
use lettre::Address;
use lettre::address::Envelope;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message, MultiPart, SinglePart};
use types::EmailAddress;
use url::Host;

use crate::BodyFormat;
use crate::OutgoingEmail;
use crate::email::verp::Returns;
use crate::email::{attached, html};

/// Who mail comes from, as configured.
#[derive(Clone, Debug)]
pub(super) struct Origin {
    /// Where no sender is named.
    pub(super) from: EmailAddress,
    /// Shown beside the address.
    pub(super) name: Option<String>,
    /// Where it is returned to.
    pub(super) returns: Returns,
    /// What stands after `@` in message ids.
    pub(super) domain: String,
    /// Whether HTML mail gets a plain twin.
    pub(super) alternative: bool,
}

/// A message ready for the wire.
pub(super) struct Ready {
    pub(super) from: Address,
    pub(super) to: Address,
    pub(super) bytes: Vec<u8>,
}

impl Ready {
    /// Whether the server must know SMTPUTF8 (RFC 6531): only for local parts beyond ASCII.
    pub(super) fn needs_utf8(&self) -> bool {
        !self.to.user().is_ascii() || !self.from.user().is_ascii()
    }
}

/// An address that mail cannot be sent to or from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum BuildError {
    #[error("the recipient's address cannot be written in mail")]
    Recipient,
    #[error("the sender's address cannot be written in mail")]
    Sender,
    #[error("the message cannot be put together")]
    Message,
}

/// Builds the message; where files go with it, aside, because tens of megabytes are a while of work.
pub(super) async fn build_aside(
    email: &OutgoingEmail,
    origin: &Origin,
    now: Timestamp,
) -> Result<Ready, BuildError> {
    if email.attachments.is_empty() {
        return build(email, origin, now);
    }
    let (email, origin) = (email.clone(), origin.clone());
    let built = tokio::task::spawn_blocking(move || build(&email, &origin, now)).await;
    built.unwrap_or(Err(BuildError::Message))
}

/// Builds the message.
pub(super) fn build(email: &OutgoingEmail, origin: &Origin, now: Timestamp) -> Result<Ready, BuildError> {
    let from = wire_address(email.from.as_ref().unwrap_or(&origin.from)).ok_or(BuildError::Sender)?;
    let to = wire_address(&email.to).ok_or(BuildError::Recipient)?;
    let envelope_from = origin.returns.path(email.attempt).unwrap_or_else(|| from.clone());
    let envelope = Envelope::new(Some(envelope_from.clone()), vec![to.clone()]);
    let builder = Message::builder()
        .envelope(envelope.map_err(|_| BuildError::Message)?)
        .from(Mailbox::new(origin.name.as_deref().map(one_line), from))
        .to(Mailbox::new(None, to.clone()))
        .subject(one_line(email.subject.reveal()))
        .date(SystemTime::from(now))
        .message_id(Some(format!("<{}@{}>", email.notification, origin.domain)))
        .raw_header(HeaderValue::new(
            HeaderName::new_from_ascii_str("Auto-Submitted"),
            "auto-generated".to_owned(),
        ));
    let message = match texts(email, origin) {
        Texts::One(text) if email.attachments.is_empty() => builder.singlepart(text),
        Texts::Both(texts) if email.attachments.is_empty() => builder.multipart(texts),
        texts => builder.multipart(with_files(texts, email)?),
    };
    let bytes = message.map_err(|_| BuildError::Message)?.formatted();
    Ok(Ready { from: envelope_from, to, bytes })
}

/// What the recipient reads, before any files.
enum Texts {
    One(SinglePart),
    Both(MultiPart),
}

fn texts(email: &OutgoingEmail, origin: &Origin) -> Texts {
    let body = email.body.reveal().to_owned();
    match email.format {
        BodyFormat::Plain => Texts::One(part(ContentType::TEXT_PLAIN, body)),
        BodyFormat::Html if origin.alternative => {
            let twin = part(ContentType::TEXT_PLAIN, html::to_plain(&body));
            Texts::Both(
                MultiPart::alternative().singlepart(twin).singlepart(part(ContentType::TEXT_HTML, body)),
            )
        }
        BodyFormat::Html => Texts::One(part(ContentType::TEXT_HTML, body)),
    }
}

/// The text first, then the files in the sender's order.
fn with_files(texts: Texts, email: &OutgoingEmail) -> Result<MultiPart, BuildError> {
    let mixed = match texts {
        Texts::One(text) => MultiPart::mixed().singlepart(text),
        Texts::Both(texts) => MultiPart::mixed().multipart(texts),
    };
    email.attachments.iter().try_fold(mixed, |mixed, file| {
        Ok(mixed.singlepart(attached::part(file).map_err(|_| BuildError::Message)?))
    })
}

fn part(kind: ContentType, body: String) -> SinglePart {
    SinglePart::builder().header(kind).body(body)
}

/// Header values are one line: each line break becomes a space, other control characters go.
pub(super) fn one_line(text: &str) -> String {
    let text = text.replace("\r\n", " ").replace(['\n', '\r'], " ");
    text.chars().filter(|c| !c.is_control()).collect()
}

/// The address with its domain in ASCII (RFC 5890), as every mail server understands it.
pub(super) fn wire_address(address: &EmailAddress) -> Option<Address> {
    let (local, domain) = address.reveal().split_once('@')?;
    let domain = if domain.is_ascii() { domain.to_owned() } else { Host::parse(domain).ok()?.to_string() };
    Address::new(local, domain).ok()
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use proptest::prelude::*;
    use types::ids::{AttemptId, NotificationId};
    use uuid::Uuid;

    use super::*;
    use crate::{Attachment, Urgency};

    fn origin() -> Origin {
        Origin {
            from: "noreply@fjord.example".parse().expect("an address"),
            name: Some("Fjord kommune".to_owned()),
            returns: Returns::ToSender,
            domain: "fjord.example".to_owned(),
            alternative: false,
        }
    }

    fn email(subject: &str, body: &str, format: BodyFormat) -> OutgoingEmail {
        OutgoingEmail {
            attempt: AttemptId::new(Uuid::from_u128(1)),
            notification: NotificationId::new(Uuid::from_u128(2)),
            to: "kari@blåbær.example".parse().expect("an address"),
            from: None,
            subject: subject.into(),
            body: body.into(),
            format,
            attachments: Vec::new(),
            urgency: Urgency::Ordinary,
        }
    }

    fn written(email: &OutgoingEmail, origin: &Origin) -> String {
        let now = "2026-03-02T10:15:00Z".parse().expect("a moment");
        String::from_utf8(build(email, origin, now).expect("a message").bytes).expect("text")
    }

    #[test]
    fn headers_say_who_when_and_which_notification() {
        let text = written(&email("Hei", "Hei på deg", BodyFormat::Plain), &origin());
        for line in [
            "Message-ID: <00000000-0000-0000-0000-000000000002@fjord.example>",
            "Date: Mon, 02 Mar 2026 10:15:00 +0000",
            "Auto-Submitted: auto-generated",
            "To: kari@xn--blbr-roah.example",
            "Content-Type: text/plain; charset=utf-8",
            "MIME-Version: 1.0",
        ] {
            assert!(text.contains(&format!("{line}\r\n")), "{line} in {text}");
        }
    }

    /// The names of the headers, and the body; fails when a line break stands where none should.
    fn taken_apart(text: &str) -> (Vec<&str>, &str) {
        let (head, body) = text.split_once("\r\n\r\n").expect("a header and a body");
        assert!(!head.replace("\r\n", "").contains(['\r', '\n']), "{head}");
        let names = head.split("\r\n").filter(|line| !line.starts_with([' ', '\t']));
        (names.filter_map(|line| line.split_once(':')).map(|(name, _)| name).collect(), body)
    }

    #[test]
    fn no_line_break_in_a_subject_or_name_makes_a_header() {
        let breaks = ["\r\n", "\n", "\r", "\r\n\r\n", "\0\n", "\u{b}", "\u{85}", "\u{2028}"];
        for line_break in breaks {
            let nasty = format!("Hei{line_break}Bcc: ola@fjord.example{line_break}{line_break}body å");
            let origin = Origin { name: Some(nasty.clone()), ..origin() };
            let text = written(&email(&nasty, "Hei", BodyFormat::Plain), &origin);

            let (names, body) = taken_apart(&text);
            assert!(!names.contains(&"Bcc") && names.len() >= 7, "{line_break:?}: {text}");
            assert_eq!(body.trim_end(), "Hei", "{line_break:?}");
        }
    }

    proptest! {
        /// Covers: NP-70
        #[test]
        fn whatever_stands_in_subject_name_or_address_the_headers_and_commands_are_ours(
            subject in "(\\PC|[\r\n\t\x00]|\r\nBcc: x@y.no){0,60}",
            name in "(\\PC|[\r\n\t\x00]|\r\nBcc: x@y.no){0,60}",
            address in "[a-zæ.+;'\"\r\n >]{1,20}@[a-zæ.\r\n >]{1,20}",
        ) {
            let origin = Origin { name: Some(name), ..origin() };
            let usual = written(&email("Hei", "Hei", BodyFormat::Plain), &origin);
            let text = written(&email(&subject, "Hei", BodyFormat::Plain), &origin);
            prop_assert_eq!(taken_apart(&text), taken_apart(&usual));
            // What is no address never comes this far; what is one fits into a command.
            if let Some(wire) = address.parse().ok().as_ref().and_then(wire_address) {
                prop_assert!(!wire.to_string().contains(['\r', '\n', ' ', '<', '>']), "{}", wire);
            }
        }
    }

    #[test]
    fn html_goes_alone_unless_a_plain_twin_is_wanted() {
        let email = email("Hei", "<p>Hei <b>Kari</b></p>", BodyFormat::Html);
        let alone = written(&email, &origin());
        assert!(alone.contains("Content-Type: text/html; charset=utf-8") && !alone.contains("text/plain"));

        let both = written(&email, &Origin { alternative: true, ..origin() });
        assert!(both.contains("multipart/alternative"));
        assert!(both.find("text/plain").expect("a twin") < both.find("text/html").expect("the HTML"));
    }

    #[test]
    fn files_follow_the_text_in_their_order() {
        let file = |name: &str, content: &'static [u8]| Attachment {
            filename: name.to_owned(),
            mime_type: "application/pdf".to_owned(),
            content: Bytes::from_static(content),
        };
        let attachments = vec![file("en.pdf", b"first"), file("to.pdf", b"second")];
        let html = OutgoingEmail { attachments, ..email("Hei", "<p>Hei</p>", BodyFormat::Html) };
        let text = written(&html, &Origin { alternative: true, ..origin() });
        let order = [
            "Content-Type: multipart/mixed;",
            "Content-Type: multipart/alternative;",
            "Content-Type: text/plain",
            "Content-Type: text/html",
            "filename=\"en.pdf\"",
            "Zmlyc3Q=",
            "filename=\"to.pdf\"",
            "c2Vjb25k",
        ];
        let places: Vec<_> = order.iter().map(|part| text.find(part)).collect();
        assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{places:?} in {text}");
    }

    #[test]
    fn only_local_parts_beyond_ascii_need_smtputf8() {
        let ready = |to: &str| {
            let email =
                OutgoingEmail { to: to.parse().expect("an address"), ..email("a", "b", BodyFormat::Plain) };
            build(&email, &origin(), Timestamp::UNIX_EPOCH)
        };
        assert!(!ready("kari@blåbær.example").expect("a message").needs_utf8());
        assert!(ready("kåre@fjord.example").expect("a message").needs_utf8());
        assert_eq!(ready("a;b@fjord.example").err(), Some(BuildError::Recipient));
    }
}
