//! The recipients of an older request.

use std::fmt::Display;
use std::str::FromStr;

use crate::binding::Reader;
use crate::recipients::{ChannelSchema, Recipient, ResourceRight};

/// What holds for all recipients of an order.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    /// `None` when the channel is missing or unreadable, which has been noted.
    pub(super) schema: Option<ChannelSchema>,
    pub(super) ignore_reservation: bool,
    pub(super) resource_id: Option<&'a str>,
    pub(super) resource_action: Option<&'a str>,
    pub(super) at_most: usize,
}

/// Reads `recipients`. What is wrong with them is noted.
pub(super) fn recipients(body: &Reader<'_>, asked: Asked<'_>) -> Vec<Recipient> {
    let readers = body.objects("recipients");
    if readers.is_empty() {
        body.rule("Recipients", "must have at least one");
    }
    if readers.len() > asked.at_most {
        body.rule("Recipients", format!("must not be more than {}", asked.at_most));
        return Vec::new();
    }
    readers.iter().filter_map(|reader| recipient(reader, asked)).collect()
}

/// What one recipient is named by; empty text names nobody.
struct Names<'a> {
    email: Option<&'a str>,
    mobile: Option<&'a str>,
    person: Option<&'a str>,
    organization: Option<&'a str>,
}

impl<'a> Names<'a> {
    fn read(reader: &Reader<'a>) -> Self {
        let given = |name| reader.text(name).filter(|text| !text.is_empty());
        Self {
            email: given("emailAddress"),
            mobile: given("mobileNumber"),
            person: given("nationalIdentityNumber"),
            organization: given("organizationNumber"),
        }
    }

    fn count(&self) -> usize {
        let all = [self.email, self.mobile, self.person, self.organization];
        all.into_iter().flatten().count()
    }

    fn has_number(&self) -> bool {
        self.person.is_some() || self.organization.is_some()
    }

    /// Whether somebody can be reached through it on the channel.
    fn serve(&self, schema: Option<ChannelSchema>) -> bool {
        match schema {
            Some(ChannelSchema::Email) => self.has_number() || self.email.is_some(),
            Some(ChannelSchema::Sms) => self.has_number() || self.mobile.is_some(),
            _ => self.count() > 0,
        }
    }
}

fn recipient(reader: &Reader<'_>, asked: Asked<'_>) -> Option<Recipient> {
    let names = Names::read(reader);
    let faults = reader.faults();
    if names.has_number() && names.count() > 1 {
        faults.rule(reader.own_key(), "an identity or organization number cannot be combined with anything");
    } else if !names.serve(asked.schema) {
        faults.rule(reader.own_key(), "has nothing to be reached by on this channel");
    }
    let (may_email, may_sms) =
        asked.schema.map_or((true, true), |schema| (schema.may_email(), schema.may_sms()));
    let email = named(reader, names.email, "EmailAddress", may_email);
    let mobile = named(reader, names.mobile, "MobileNumber", may_sms);
    let person = named(reader, names.person, "NationalIdentityNumber", true);
    let organization = named(reader, names.organization, "OrganizationNumber", true);
    if let Some(id) = person {
        return Some(Recipient::Person {
            id,
            ignore_reservation: asked.ignore_reservation,
            use_stale: false,
        });
    }
    if let Some(number) = organization {
        let right = asked.resource_id.map(|id| ResourceRight::new(id, asked.resource_action));
        return Some(Recipient::Organization { number, right });
    }
    (email.is_some() || mobile.is_some()).then_some(Recipient::Direct { email, mobile })
}

/// Reads a name. One that the channel does not use need not be right, and is left out then.
fn named<T: FromStr<Err: Display>>(
    reader: &Reader<'_>,
    text: Option<&str>,
    property: &str,
    used: bool,
) -> Option<T> {
    match text?.parse() {
        Ok(value) => Some(value),
        Err(error) => {
            if used {
                reader.rule(property, error.to_string());
            }
            None
        }
    }
}
