//! What the older requests are made of, but for their recipients: templates, times, conditions.

use jiff::{SignedDuration, Timestamp};
use url::Url;

use super::recipients::{Asked, recipients};
use super::{Reading, Wish};
use crate::binding::{Moment, Reader};
use crate::orders::body::{condition_and_policy, one_line, resource_action, senders_reference};
use crate::orders::{Content, EmailText, SendingTime, SmsText, Texts};
use crate::recipients::ChannelSchema;
use crate::send_condition::FailurePolicy;
use gateways::BodyFormat;

/// How late an order may be asked for.
const TOLERANCE: SignedDuration = SignedDuration::from_mins(5);
/// Bytes of a resource's id.
const LONGEST_RESOURCE: usize = 2048;
/// Bytes of an SMS's sender.
const LONGEST_SENDER: usize = 256;

/// The members that all three requests share, put together with what each has of its own.
pub(super) fn order(
    body: &Reader<'_>,
    schema: Option<ChannelSchema>,
    texts: Option<Texts>,
    reading: Reading,
) -> Option<Wish> {
    let senders_reference = senders_reference(body);
    let requested = requested(body, reading.now);
    let (condition, condition_failure) = public_condition(body);
    let ignore_reservation = body.flag("ignoreReservation");
    let resource_id = resource_id(body);
    let resource_action = resource_action(body);
    let asked = Asked {
        schema,
        ignore_reservation: ignore_reservation.unwrap_or(false),
        resource_id,
        resource_action,
        at_most: reading.recipients_at_most,
    };
    let recipients = recipients(body, asked);
    let content = Content {
        schema: schema?,
        recipients,
        texts: texts?,
        condition,
        condition_failure,
        ignore_reservation,
        resource_id: resource_id.map(str::to_owned),
        resource_action: resource_action.map(str::to_owned),
    };
    Some(Wish { senders_reference, requested, content })
}

fn requested(body: &Reader<'_>, now: Timestamp) -> Timestamp {
    if body.is_null("requestedSendTime") {
        body.unreadable("requestedSendTime", "a date and time with a zone");
    }
    match body.moment("requestedSendTime") {
        None => now,
        Some(Moment::WithoutZone) => {
            body.rule("RequestedSendTime", "needs a zone: Z or an offset");
            now
        }
        Some(Moment::At(at)) => {
            if now.duration_since(at) > TOLERANCE {
                body.rule("RequestedSendTime", "must not be more than five minutes in the past");
            }
            at
        }
    }
}

/// A condition; only hosts that have a name and a top-level domain pass here.
fn public_condition(body: &Reader<'_>) -> (Option<Url>, FailurePolicy) {
    let (url, policy) = condition_and_policy(body);
    let hidden = url.as_ref().is_some_and(|url| !url.host_str().is_some_and(is_public_name));
    if hidden {
        body.rule(
            "ConditionEndpoint",
            "must name a host such as name.example, no address and not this machine",
        );
    }
    (url, policy)
}

fn is_public_name(host: &str) -> bool {
    host.rsplit_once('.').is_some_and(|(name, top)| {
        !name.is_empty() && top.len() >= 2 && top.bytes().all(|byte| byte.is_ascii_alphabetic())
    })
}

/// With or without the prefix of a URN.
fn resource_id<'a>(body: &Reader<'a>) -> Option<&'a str> {
    let id = body.text("resourceId").filter(|id| !id.trim().is_empty())?;
    if id.len() > LONGEST_RESOURCE {
        body.rule("ResourceId", format!("must not be longer than {LONGEST_RESOURCE} bytes"));
        return None;
    }
    Some(id)
}

/// Text that must be there and say something.
pub(super) fn required_text<'a>(body: &Reader<'a>, name: &str, property: &str) -> Option<&'a str> {
    let text = body.text(name).filter(|text| !text.trim().is_empty());
    if text.is_none() {
        body.faults().required(&body.key(property), "must not be blank");
    }
    text
}

/// The same as a business rule, where the member stands in a template that is used.
fn used_text<'a>(template: &Reader<'a>, name: &str, property: &str, used: bool) -> Option<&'a str> {
    let text = template.text(name).filter(|text| !text.trim().is_empty());
    if text.is_none() && used {
        template.rule(property, "must not be blank");
    }
    text
}

/// `emailTemplate`.
pub(super) fn email_template(template: &Reader<'_>, used: bool) -> Option<EmailText> {
    let format = template.choice("contentType").unwrap_or(BodyFormat::Plain);
    let address = template.text("fromAddress").map(str::trim).filter(|address| !address.is_empty());
    let sender = address.and_then(|address| address.parse().ok());
    if address.is_some() && sender.is_none() {
        // The older service took it, and then no e-mail of the order was ever sent.
        template.rule("FromAddress", "must be an e-mail address when given");
    }
    let subject = used_text(template, "subject", "Subject", used);
    let body = used_text(template, "body", "Body", used);
    Some(EmailText { sender, subject: one_line(subject?).into(), body: body?.into(), format })
}

/// `smsTemplate`.
pub(super) fn sms_template(template: &Reader<'_>, used: bool) -> Option<SmsText> {
    let sender = sender_number(template);
    let body = used_text(template, "body", "Body", used)?;
    Some(SmsText { sender, body: body.into(), sending_time: SendingTime::Daytime })
}

/// `senderNumber`; an empty one is none.
pub(super) fn sender_number(reader: &Reader<'_>) -> Option<String> {
    let sender = reader.text("senderNumber").map(str::trim).filter(|sender| !sender.is_empty())?;
    if sender.len() > LONGEST_SENDER {
        reader.rule("SenderNumber", format!("must not be longer than {LONGEST_SENDER} bytes"));
    }
    Some(sender.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_with_a_top_level_domain_are_public() {
        for host in ["a.no", "vilkaar.bym.example", "1.2.3.example"] {
            assert!(is_public_name(host), "{host}");
        }
        for host in ["localhost", "127.0.0.1", "[::1]", ".no", "a.n", "a.", "a.n0", "intern"] {
            assert!(!is_public_name(host), "{host}");
        }
    }
}
