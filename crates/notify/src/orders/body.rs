//! The building blocks of the newer endpoints' requests: recipients, settings, times, conditions.

use jiff::Timestamp;
use types::{EmailAddress, PhoneNumber};
use url::Url;

use super::model::{Content, EmailText, SendingTime, SmsText, Texts};
use crate::binding::{Moment, Reader};
use crate::recipients::{ChannelSchema, ExternalIdentity, Recipient, ResourceRight};
use crate::send_condition::FailurePolicy;
use gateways::BodyFormat;

/// Bytes of an idempotency id.
const LONGEST_IDEMPOTENCY_ID: usize = 512;
/// Bytes of a sender's reference.
const LONGEST_REFERENCE: usize = 2048;
const RESOURCE: &str = "urn:altinn:resource:";

/// The id that names a request for all time. Compared exactly.
pub(crate) fn idempotency_id(body: &Reader<'_>) -> Option<String> {
    let id = body.needed_text("idempotencyId")?;
    if id.len() > LONGEST_IDEMPOTENCY_ID {
        body.rule("IdempotencyId", format!("must not be longer than {LONGEST_IDEMPOTENCY_ID} bytes"));
        return None;
    }
    Some(id.to_owned())
}

/// The sender's own words for an order; blank ones are none.
pub(crate) fn senders_reference(body: &Reader<'_>) -> Option<String> {
    let text = body.text("sendersReference").filter(|text| !text.trim().is_empty())?;
    if text.len() > LONGEST_REFERENCE {
        body.rule("SendersReference", format!("must not be longer than {LONGEST_REFERENCE} bytes"));
        return None;
    }
    Some(text.to_owned())
}

/// A moment that must have a zone and must not be past.
pub(super) fn not_past(body: &Reader<'_>, name: &str, property: &str, now: Timestamp) -> Option<Timestamp> {
    match body.moment(name)? {
        Moment::WithoutZone => {
            body.rule(property, "needs a zone: Z or an offset");
            None
        }
        Moment::At(at) => {
            if at < now {
                body.faults().timely(&body.key(property), "must not be in the past");
            }
            Some(at)
        }
    }
}

/// The time of a main order; the present where none is given.
pub(super) fn requested(body: &Reader<'_>, now: Timestamp) -> Timestamp {
    if body.is_null("requestedSendTime") {
        body.unreadable("requestedSendTime", "a date and time with a zone");
    }
    not_past(body, "requestedSendTime", "RequestedSendTime", now).unwrap_or(now)
}

/// The dialog and the transmission that an order belongs to.
pub(super) fn association(body: &Reader<'_>) -> (Option<String>, Option<String>) {
    let association = body.object("dialogportenAssociation");
    let of_dialog = |name: &str| association.as_ref()?.text(name).map(str::to_owned);
    (of_dialog("dialogId"), of_dialog("transmissionId"))
}

/// The URL that is asked right before sending.
pub(super) fn condition(body: &Reader<'_>) -> Option<Url> {
    let text = body.text("conditionEndpoint")?;
    let url = Url::parse(text).ok();
    let url = url.filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    if url.is_none() {
        body.rule("ConditionEndpoint", "must be an absolute http or https address");
    }
    url
}

/// The condition, and what follows when it cannot be asked: a member of ours, whose default is the
/// contract's.
pub(super) fn condition_and_policy(body: &Reader<'_>) -> (Option<Url>, FailurePolicy) {
    let policy = body.choice("conditionFailurePolicy");
    if policy.is_some() && !body.has("conditionEndpoint") {
        body.rule("ConditionFailurePolicy", "means nothing without a conditionEndpoint");
    }
    (condition(body), policy.unwrap_or_default())
}

/// What an order asks for: its recipient and everything that hangs on it.
pub(super) fn content(order: &Reader<'_>) -> Option<Content> {
    let container = order.needed_object("recipient");
    let (condition, condition_failure) = condition_and_policy(order);
    let content = recipient(&container?)?;
    Some(Content { condition, condition_failure, ..content })
}

/// Exactly one kind of recipient.
fn recipient(container: &Reader<'_>) -> Option<Content> {
    let email = container.object("recipientEmail");
    let sms = container.object("recipientSms");
    let looked_up = [
        ("recipientPerson", LookedUp::Person),
        ("recipientOrganization", LookedUp::Organization),
        ("recipientExternalIdentity", LookedUp::External),
    ];
    let looked_up: Vec<_> = looked_up
        .into_iter()
        .filter_map(|(name, kind)| container.object(name).map(|reader| (reader, kind)))
        .collect();
    let count = usize::from(email.is_some()) + usize::from(sms.is_some()) + looked_up.len();
    if count != 1 {
        let key = container.own_key();
        container.faults().rule(key, "must have exactly one kind of recipient");
    }
    let email = email.map(|reader| email_recipient(&reader));
    let sms = sms.map(|reader| sms_recipient(&reader));
    let looked_up = looked_up.into_iter().map(|(reader, kind)| kind.read(&reader));
    let mut read: Vec<_> = email.into_iter().chain(sms).chain(looked_up).collect();
    if count == 1 { read.pop().flatten() } else { None }
}

fn email_recipient(reader: &Reader<'_>) -> Option<Content> {
    let address = email_address(reader);
    let settings = reader.needed_object_as("emailSettings", "Settings");
    let text = settings.and_then(|settings| email_text(&settings));
    let recipient = Recipient::Direct { email: Some(address?), mobile: None };
    let texts = Texts { email: Some(text?), sms: None };
    Some(plain_content(ChannelSchema::Email, recipient, texts))
}

fn sms_recipient(reader: &Reader<'_>) -> Option<Content> {
    let number = phone_number(reader);
    let settings = reader.needed_object_as("smsSettings", "Settings");
    let text = settings.and_then(|settings| sms_text(&settings));
    let recipient = Recipient::Direct { email: None, mobile: Some(number?) };
    let texts = Texts { email: None, sms: Some(text?) };
    Some(plain_content(ChannelSchema::Sms, recipient, texts))
}

/// The content of an order to one recipient, without what only some orders have.
pub(crate) fn plain_content(schema: ChannelSchema, recipient: Recipient, texts: Texts) -> Content {
    Content {
        schema,
        recipients: vec![recipient],
        texts,
        condition: None,
        condition_failure: FailurePolicy::Send,
        ignore_reservation: None,
        resource_id: None,
        resource_action: None,
    }
}

/// `emailAddress`, mandatory.
pub(crate) fn email_address(reader: &Reader<'_>) -> Option<EmailAddress> {
    let text = reader.needed_text("emailAddress")?;
    let address = text.parse();
    if let Err(error) = &address {
        let error: &types::email_address::EmailAddressError = error;
        reader.rule("EmailAddress", error.to_string());
    }
    address.ok()
}

/// `phoneNumber`, mandatory.
pub(crate) fn phone_number(reader: &Reader<'_>) -> Option<PhoneNumber> {
    let text = reader.needed_text("phoneNumber")?;
    let number = text.parse();
    if let Err(error) = &number {
        let error: &types::phone_number::PhoneNumberError = error;
        reader.rule("PhoneNumber", error.to_string());
    }
    number.ok()
}

/// `senderEmailAddress`, optional; an empty text is no address.
pub(crate) fn sender_address(settings: &Reader<'_>) -> Option<EmailAddress> {
    let text = settings.text("senderEmailAddress")?;
    let address = text.trim().parse();
    if address.is_err() {
        settings.rule("SenderEmailAddress", "must be an e-mail address when given");
    }
    address.ok()
}

/// `emailSettings` of an order.
pub(super) fn email_text(settings: &Reader<'_>) -> Option<EmailText> {
    let sender = sender_address(settings);
    let subject = settings.needed_text("subject");
    let body = settings.needed_text("body");
    let format = settings.choice("contentType").unwrap_or(BodyFormat::Plain);
    if settings.choice("sendingTimePolicy") == Some(SendingTime::Daytime) {
        settings.rule("SendingTimePolicy", "e-mail is sent at any time: must be Anytime");
    }
    Some(EmailText { sender, subject: one_line(subject?).into(), body: body?.into(), format })
}

/// Each line break becomes one space.
pub(crate) fn one_line(text: &str) -> String {
    text.replace("\r\n", " ").replace(['\r', '\n'], " ")
}

/// `smsSettings` of an order.
fn sms_text(settings: &Reader<'_>) -> Option<SmsText> {
    let sender = settings.text("sender").map(str::trim).filter(|sender| !sender.is_empty());
    let body = settings.needed_text("body");
    let sending_time = settings.choice("sendingTimePolicy").unwrap_or(SendingTime::Daytime);
    Some(SmsText { sender: sender.map(str::to_owned), body: body?.into(), sending_time })
}

/// A recipient whose addresses a register has.
#[derive(Clone, Copy)]
enum LookedUp {
    Person,
    Organization,
    External,
}

impl LookedUp {
    fn read(self, reader: &Reader<'_>) -> Option<Content> {
        let schema = reader.needed_choice("channelSchema");
        let texts = schema.map_or_else(Texts::default, |schema| texts(reader, schema));
        let resource_id = resource_id(reader);
        let resource_action = resource_action(reader);
        let ignore_reservation = reader.flag("ignoreReservation");
        let use_stale = reader.flag("useStaleContactInformation").unwrap_or(false);
        let right = resource_id.map(|id| ResourceRight::new(id, resource_action));
        let recipient = match self {
            Self::Person => {
                let id = needed_parsed(reader, "nationalIdentityNumber", "NationalIdentityNumber")?;
                let ignore_reservation = ignore_reservation.unwrap_or(false);
                Recipient::Person { id, ignore_reservation, use_stale }
            }
            Self::Organization => {
                let number = needed_parsed(reader, "orgNumber", "OrgNumber")?;
                Recipient::Organization { number, right }
            }
            Self::External => {
                let identity: ExternalIdentity =
                    needed_parsed(reader, "externalIdentity", "ExternalIdentity")?;
                Recipient::External(identity)
            }
        };
        let is_person = matches!(self, Self::Person);
        Some(Content {
            ignore_reservation: ignore_reservation.filter(|_| is_person),
            resource_id: resource_id.map(str::to_owned),
            resource_action: resource_action.map(str::to_owned),
            ..plain_content(schema?, recipient, texts)
        })
    }
}

/// Mandatory text that must be something.
fn needed_parsed<T>(reader: &Reader<'_>, name: &str, property: &str) -> Option<T>
where
    T: std::str::FromStr<Err: std::fmt::Display>,
{
    match reader.needed_text(name)?.parse() {
        Ok(value) => Some(value),
        Err(error) => {
            reader.rule(property, error.to_string());
            None
        }
    }
}

/// The settings of both channels. What a schema needs must be there; what is there must be right.
fn texts(reader: &Reader<'_>, schema: ChannelSchema) -> Texts {
    let email = reader.object("emailSettings");
    let sms = reader.object("smsSettings");
    if email.is_none() && schema.may_email() {
        reader.rule("EmailSettings", format!("is needed for the channel {schema}"));
    }
    if sms.is_none() && schema.may_sms() {
        reader.rule("SmsSettings", format!("is needed for the channel {schema}"));
    }
    Texts {
        email: email.and_then(|settings| email_text(&settings)),
        sms: sms.and_then(|settings| sms_text(&settings)),
    }
}

fn resource_id<'a>(reader: &Reader<'a>) -> Option<&'a str> {
    let id = reader.text("resourceId")?;
    if id.strip_prefix(RESOURCE).is_none_or(str::is_empty) {
        reader.rule("ResourceId", format!("must begin with {RESOURCE} and name a resource"));
        return None;
    }
    Some(id)
}

/// What must be allowed on the resource; an empty text is absent.
pub(super) fn resource_action<'a>(reader: &Reader<'a>) -> Option<&'a str> {
    let action = reader.text("resourceAction").filter(|action| !action.is_empty())?;
    if action.trim().is_empty() {
        reader.rule("ResourceAction", "must not be blank");
    } else if reader.text("resourceId").is_none_or(|id| id.trim().is_empty()) {
        reader.rule("ResourceAction", "means nothing without a resourceId");
    }
    Some(action)
}
