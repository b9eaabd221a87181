//! The form in which an order's content is kept: JSON that later versions can read. The texts are kept
//! by themselves, because every notification needs them and none needs the list of recipients.

use serde::{Deserialize, Serialize};
use types::PhoneNumber;

use super::model::{Content, EmailText, SendingTime, SmsText, Texts};
use crate::recipients::{ChannelSchema, ExternalIdentity, Recipient, ResourceRight};
use crate::send_condition::FailurePolicy;
use gateways::BodyFormat;

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct KeptContent {
    schema: ChannelSchema,
    to: Vec<KeptRecipient>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    condition: Option<String>,
    #[serde(skip_serializing_if = "FailurePolicy::is_default", default)]
    condition_failure: FailurePolicy,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    ignore_reservation: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    resource_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    resource_action: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct KeptTexts {
    #[serde(skip_serializing_if = "Option::is_none", default)]
    email: Option<KeptEmail>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    sms: Option<KeptSms>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum KeptRecipient {
    #[serde(rename_all = "camelCase")]
    Direct {
        #[serde(skip_serializing_if = "Option::is_none", default)]
        email: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none", default)]
        mobile: Option<String>,
    },
    #[serde(rename_all = "camelCase")]
    Person {
        id: String,
        ignore_reservation: bool,
        use_stale: bool,
    },
    Organization {
        number: String,
        #[serde(skip_serializing_if = "Option::is_none", default)]
        right: Option<(String, String)>,
    },
    External(String),
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct KeptEmail {
    #[serde(skip_serializing_if = "Option::is_none", default)]
    sender: Option<String>,
    subject: String,
    body: String,
    html: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct KeptSms {
    #[serde(skip_serializing_if = "Option::is_none", default)]
    sender: Option<String>,
    body: String,
    daytime: bool,
}

/// Writes texts for keeping.
pub(super) fn write_texts(texts: &Texts) -> String {
    let kept =
        KeptTexts { email: texts.email.as_ref().map(keep_email), sms: texts.sms.as_ref().map(keep_sms) };
    serde_json::to_string(&kept).expect("texts and truth values are plain JSON")
}

/// Reads kept texts. `None` when they are none that this version can read.
pub(crate) fn read_texts(text: &str) -> Option<Texts> {
    let kept: KeptTexts = serde_json::from_str(text).ok()?;
    Some(Texts { email: kept.email.map(read_email).transpose().ok()?, sms: kept.sms.map(read_sms) })
}

/// Writes a content for keeping, but for its texts.
pub(super) fn write(content: &Content) -> String {
    let kept = KeptContent {
        schema: content.schema,
        to: content.recipients.iter().map(keep_recipient).collect(),
        condition: content.condition.as_ref().map(ToString::to_string),
        condition_failure: content.condition_failure,
        ignore_reservation: content.ignore_reservation,
        resource_id: content.resource_id.clone(),
        resource_action: content.resource_action.clone(),
    };
    serde_json::to_string(&kept).expect("texts and truth values are plain JSON")
}

/// Everything that a content says, in one text; for telling whether two are the same.
pub(crate) fn whole(content: &Content) -> String {
    format!("{} {}", write(content), write_texts(&content.texts))
}

/// Reads a kept content. `None` when it is not one that this version can read.
pub(super) fn read(text: &str, texts: &str) -> Option<Content> {
    let kept: KeptContent = serde_json::from_str(text).ok()?;
    Some(Content {
        schema: kept.schema,
        recipients: kept.to.into_iter().map(read_recipient).collect::<Option<_>>()?,
        texts: read_texts(texts)?,
        condition: kept.condition.map(|url| url.parse()).transpose().ok()?,
        condition_failure: kept.condition_failure,
        ignore_reservation: kept.ignore_reservation,
        resource_id: kept.resource_id,
        resource_action: kept.resource_action,
    })
}

/// What a kept content says besides its recipients.
#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Asked {
    /// The channel schema.
    #[serde(rename = "schema")]
    pub(crate) channels: Option<String>,
    #[serde(rename = "resourceId", default)]
    pub(crate) resource: Option<String>,
}

/// Reads that alone, passing over a list of recipients that may be long.
pub(crate) fn read_asked(text: &str) -> Option<Asked> {
    serde_json::from_str(text).ok()
}

/// A kept content without some of its recipients.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Without {
    /// The content; the places of those recipients stay, and are empty.
    pub(crate) content: String,
    /// Whether any recipient has left it.
    pub(crate) changed: bool,
    /// Whether nobody is left.
    pub(crate) nobody_left: bool,
}

/// Takes recipients out of a kept content; asked of each, with whether it is the only one. `None` when it is not
/// a content that this version can read.
pub(crate) fn without(text: &str, is_theirs: impl Fn(&Recipient, bool) -> bool) -> Option<Without> {
    const NOBODY: KeptRecipient = KeptRecipient::Direct { email: None, mobile: None };
    let mut kept: KeptContent = serde_json::from_str(text).ok()?;
    let (mut changed, mut nobody_left) = (false, true);
    let only = kept.to.len() == 1;
    let mut to = Vec::with_capacity(kept.to.len());
    for recipient in kept.to {
        let recipient = read_recipient(recipient)?;
        let theirs = is_theirs(&recipient, only);
        changed |= theirs;
        nobody_left &= theirs || recipient == Recipient::Direct { email: None, mobile: None };
        to.push(if theirs { NOBODY } else { keep_recipient(&recipient) });
    }
    kept.to = to;
    let content = serde_json::to_string(&kept).expect("texts and truth values are plain JSON");
    Some(Without { content, changed, nobody_left })
}

/// How texts are kept of which nothing is left.
pub(crate) fn no_texts() -> String {
    write_texts(&Texts::default())
}

fn keep_recipient(recipient: &Recipient) -> KeptRecipient {
    match recipient {
        Recipient::Direct { email, mobile } => KeptRecipient::Direct {
            email: email.as_ref().map(|email| email.as_given().to_owned()),
            mobile: mobile.as_ref().map(|mobile| mobile.as_given().to_owned()),
        },
        Recipient::Person { id, ignore_reservation, use_stale } => KeptRecipient::Person {
            id: id.reveal().to_owned(),
            ignore_reservation: *ignore_reservation,
            use_stale: *use_stale,
        },
        Recipient::Organization { number, right } => KeptRecipient::Organization {
            number: number.to_string(),
            right: right.as_ref().map(|right| (right.resource.clone(), right.action.clone())),
        },
        Recipient::External(identity) => KeptRecipient::External(identity.reveal().to_owned()),
    }
}

fn read_recipient(kept: KeptRecipient) -> Option<Recipient> {
    Some(match kept {
        KeptRecipient::Direct { email, mobile } => Recipient::Direct {
            email: email.map(|email| email.parse()).transpose().ok()?,
            mobile: mobile.map(|mobile| mobile.parse::<PhoneNumber>()).transpose().ok()?,
        },
        KeptRecipient::Person { id, ignore_reservation, use_stale } => {
            Recipient::Person { id: id.parse().ok()?, ignore_reservation, use_stale }
        }
        KeptRecipient::Organization { number, right } => Recipient::Organization {
            number: number.parse().ok()?,
            right: right.map(|(resource, action)| ResourceRight { resource, action }),
        },
        KeptRecipient::External(identity) => Recipient::External(identity.parse::<ExternalIdentity>().ok()?),
    })
}

fn keep_email(email: &EmailText) -> KeptEmail {
    KeptEmail {
        sender: email.sender.as_ref().map(|sender| sender.reveal().to_owned()),
        subject: email.subject.reveal().to_owned(),
        body: email.body.reveal().to_owned(),
        html: email.format == BodyFormat::Html,
    }
}

fn read_email(kept: KeptEmail) -> Result<EmailText, types::email_address::EmailAddressError> {
    Ok(EmailText {
        sender: kept.sender.map(|sender| sender.parse()).transpose()?,
        subject: kept.subject.into(),
        body: kept.body.into(),
        format: if kept.html { BodyFormat::Html } else { BodyFormat::Plain },
    })
}

fn keep_sms(sms: &SmsText) -> KeptSms {
    KeptSms {
        sender: sms.sender.clone(),
        body: sms.body.reveal().to_owned(),
        daytime: sms.sending_time == SendingTime::Daytime,
    }
}

fn read_sms(kept: KeptSms) -> SmsText {
    let sending_time = if kept.daytime { SendingTime::Daytime } else { SendingTime::Anytime };
    SmsText { sender: kept.sender, body: kept.body.into(), sending_time }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_reads_back() {
        let recipients = vec![
            Recipient::Direct {
                email: Some(" kari@fjord.example".parse().expect("an address")),
                mobile: None,
            },
            Recipient::Direct { email: None, mobile: Some("004740000001".parse().expect("a number")) },
            Recipient::Person {
                id: "05816712345".parse().expect("eleven digits"),
                ignore_reservation: true,
                use_stale: false,
            },
            Recipient::Organization {
                number: "991825827".parse().expect("a number"),
                right: Some(ResourceRight::new("urn:altinn:resource:x", None)),
            },
            Recipient::External("urn:altinn:party:username:kari".parse().expect("an identity")),
        ];
        let email = EmailText {
            sender: None,
            subject: "Hei æøå".into(),
            body: "<p>🙂</p>".into(),
            format: BodyFormat::Html,
        };
        let sms = SmsText {
            sender: Some("Bym".to_owned()),
            body: "Hei".into(),
            sending_time: SendingTime::Daytime,
        };
        let content = Content {
            schema: ChannelSchema::EmailAndSms,
            recipients,
            texts: Texts { email: Some(email), sms: Some(sms) },
            condition: Some("https://a.example/x?y=1".parse().expect("a URL")),
            condition_failure: FailurePolicy::Hold,
            ignore_reservation: Some(false),
            resource_id: Some("urn:altinn:resource:x".to_owned()),
            resource_action: None,
        };

        assert_eq!(read(&write(&content), &write_texts(&content.texts)).as_ref(), Some(&content));
        let asked = read_asked(&write(&content)).expect("what was asked");
        assert_eq!(asked.channels.as_deref(), Some("EmailAndSms"));
        assert_eq!(asked.resource, content.resource_id);
        assert_eq!(read("{}", "{}"), None);

        let kari = |recipient: &Recipient, _only: bool| matches!(recipient, Recipient::Person { .. });
        let left = without(&write(&content), kari).expect("a content");
        assert!(left.changed && !left.nobody_left && !left.content.contains("05816712345"), "{left:?}");
        let read_again = read(&left.content, &no_texts()).expect("a content");
        assert_eq!(read_again.recipients.len(), content.recipients.len(), "their place stays");
        let nobody = without(&left.content, |_, _| true).expect("a content");
        assert!(nobody.nobody_left, "{nobody:?}");
        assert!(!without(&nobody.content, kari).expect("a content").changed);
    }
}
