//! Which addresses on which channel. Pure.
//!
//! The rules are the contract's, with its weak point on duplicates mended: the channel is chosen
//! first, for each person by itself, and only then are duplicates removed. So nobody who prefers
//! e-mail gets an SMS merely because the organization has the same e-mail address.

use std::collections::HashSet;

use types::{EmailAddress, PhoneNumber};

use super::model::{Address, Channel, ChannelSchema, NotSent, Planned};
use super::registers::{ExternalContact, OrganizationContact, PersonContact, UserContact};

/// For addresses that the sender wrote out. Of two on a preferred channel, only the preferred is
/// used.
pub fn for_direct(
    schema: ChannelSchema,
    email: Option<&EmailAddress>,
    mobile: Option<&PhoneNumber>,
) -> Vec<Planned> {
    or_nobody(schema, one_of_each(schema, email, mobile), NotSent::NotIdentified)
}

/// For a person; `None` when the register does not know the person.
pub fn for_person(
    schema: ChannelSchema,
    ignore_reservation: bool,
    contact: Option<&PersonContact>,
) -> Vec<Planned> {
    let Some(contact) = contact else {
        return or_nobody(schema, Vec::new(), NotSent::NotIdentified);
    };
    let (email, mobile) = (contact.email.as_ref(), contact.mobile.as_ref());
    let addresses = one_of_each(schema, email, mobile);
    if contact.reserved && !ignore_reservation {
        return reserved(schema, &addresses);
    }
    or_nobody(schema, addresses, NotSent::NotIdentified)
}

/// For a person without a national identity number; there is no reservation.
pub fn for_external(schema: ChannelSchema, contact: Option<&ExternalContact>) -> Vec<Planned> {
    let email = contact.and_then(|contact| contact.email.as_ref());
    let mobile = contact.and_then(|contact| contact.mobile.as_ref());
    for_direct(schema, email, mobile)
}

/// For an organization: every official address, and every person who has registered there and may
/// receive.
pub fn for_organization(
    schema: ChannelSchema,
    contact: Option<&OrganizationContact>,
    users: &[UserContact],
) -> Vec<Planned> {
    let emails = contact.map_or(&[][..], |contact| &contact.emails);
    let mobiles = contact.map_or(&[][..], |contact| &contact.mobiles);
    let (use_emails, use_mobiles) = channels(schema, !emails.is_empty(), !mobiles.is_empty());
    let official_emails = emails.iter().filter(|_| use_emails).cloned().map(Address::Email);
    let official_mobiles = mobiles.iter().filter(|_| use_mobiles).cloned().map(Address::Sms);
    let theirs = users.iter().flat_map(|user| one_of_each(schema, user.email.as_ref(), user.mobile.as_ref()));

    let mut seen = HashSet::new();
    let mut addresses: Vec<Address> = official_emails.chain(official_mobiles).chain(theirs).collect();
    addresses.retain(|address| seen.insert((address.channel(), address.reveal().to_lowercase())));
    or_nobody(schema, addresses, NotSent::NotIdentified)
}

/// The addresses of one person that a schema uses.
fn one_of_each(
    schema: ChannelSchema,
    email: Option<&EmailAddress>,
    mobile: Option<&PhoneNumber>,
) -> Vec<Address> {
    let (use_email, use_mobile) = channels(schema, email.is_some(), mobile.is_some());
    let email = email.filter(|_| use_email).cloned().map(Address::Email);
    let mobile = mobile.filter(|_| use_mobile).cloned().map(Address::Sms);
    email.into_iter().chain(mobile).collect()
}

/// Whether e-mail and SMS are used, given what there is.
const fn channels(schema: ChannelSchema, has_email: bool, has_mobile: bool) -> (bool, bool) {
    match schema {
        ChannelSchema::Email => (true, false),
        ChannelSchema::Sms => (false, true),
        ChannelSchema::EmailAndSms => (true, true),
        ChannelSchema::EmailPreferred => (true, !has_email),
        ChannelSchema::SmsPreferred => (!has_mobile, true),
    }
}

/// Adds a failure for each channel that the schema demands and nobody is reached on.
fn or_nobody(schema: ChannelSchema, addresses: Vec<Address>, why: NotSent) -> Vec<Planned> {
    let reached = |channel| addresses.iter().any(|address| address.channel() == channel);
    let demanded: &[Channel] = match schema {
        ChannelSchema::EmailAndSms => &[Channel::Email, Channel::Sms],
        _ if !addresses.is_empty() => &[],
        ChannelSchema::Email | ChannelSchema::EmailPreferred => &[Channel::Email],
        ChannelSchema::Sms | ChannelSchema::SmsPreferred => &[Channel::Sms],
    };
    let missed = demanded.iter().filter(|channel| !reached(**channel));
    let missed: Vec<_> = missed.map(|channel| Planned::Nobody { channel: *channel, why }).collect();
    addresses.into_iter().map(Planned::To).chain(missed).collect()
}

/// One failure for each channel that a message would have gone out on.
fn reserved(schema: ChannelSchema, addresses: &[Address]) -> Vec<Planned> {
    let mut channels: Vec<Channel> = addresses.iter().map(Address::channel).collect();
    for planned in or_nobody(schema, addresses.to_vec(), NotSent::Reserved) {
        if !channels.contains(&planned.channel()) {
            channels.push(planned.channel());
        }
    }
    channels.into_iter().map(|channel| Planned::Nobody { channel, why: NotSent::Reserved }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCHEMAS: [ChannelSchema; 5] = ChannelSchema::ALL;

    fn email(text: &str) -> EmailAddress {
        text.parse().expect("an address")
    }

    fn mobile(text: &str) -> PhoneNumber {
        text.parse().expect("a number")
    }

    fn person(has_email: bool, has_mobile: bool, reserved: bool) -> PersonContact {
        PersonContact {
            id: "13858130624".parse().expect("a number"),
            reserved,
            email: has_email.then(|| email("kari@fjord.example")),
            mobile: has_mobile.then(|| mobile("+4799999999")),
        }
    }

    /// `e` and `s` for messages, `E` and `S` for nobody identified, `r` and `R` for reserved (e-mail, SMS).
    fn shown(planned: &[Planned]) -> String {
        let sign = |planned: &Planned| match planned {
            Planned::To(Address::Email(_)) => 'e',
            Planned::To(Address::Sms(_)) => 's',
            Planned::Nobody { channel: Channel::Email, why: NotSent::NotIdentified } => 'E',
            Planned::Nobody { channel: Channel::Sms, why: NotSent::NotIdentified } => 'S',
            Planned::Nobody { channel: Channel::Email, why: NotSent::Reserved } => 'r',
            Planned::Nobody { channel: Channel::Sms, why: NotSent::Reserved } => 'R',
        };
        planned.iter().map(sign).collect()
    }

    /// What each schema makes of both addresses, only e-mail, only a number, and neither.
    const TABLE: [(ChannelSchema, [&str; 4]); 5] = [
        (ChannelSchema::Email, ["e", "e", "E", "E"]),
        (ChannelSchema::Sms, ["s", "S", "s", "S"]),
        (ChannelSchema::EmailPreferred, ["e", "e", "s", "E"]),
        (ChannelSchema::SmsPreferred, ["s", "e", "s", "S"]),
        (ChannelSchema::EmailAndSms, ["es", "eS", "sE", "ES"]),
    ];
    const HELD: [(bool, bool); 4] = [(true, true), (true, false), (false, true), (false, false)];

    #[test]
    fn a_schema_uses_what_there_is_and_fails_on_what_it_demands() {
        for (schema, expected) in TABLE {
            for ((has_email, has_mobile), expected) in HELD.into_iter().zip(expected) {
                let contact = person(has_email, has_mobile, false);
                let found = for_person(schema, false, Some(&contact));
                assert_eq!(shown(&found), expected, "{schema} {has_email} {has_mobile}");
                let direct = for_direct(schema, contact.email.as_ref(), contact.mobile.as_ref());
                assert_eq!(direct, found, "written out: {schema}");
                let identity = "urn:altinn:username:kari".parse().expect("an identity");
                let external = ExternalContact { identity, email: contact.email, mobile: contact.mobile };
                assert_eq!(for_external(schema, Some(&external)), found, "external: {schema}");
                let number = "310000019".parse().expect("a number");
                let organization = OrganizationContact {
                    number,
                    origin: number,
                    emails: external.email.into_iter().collect(),
                    mobiles: external.mobile.into_iter().collect(),
                };
                assert_eq!(
                    for_organization(schema, Some(&organization), &[]),
                    found,
                    "organization: {schema}"
                );
            }
        }
    }

    /// Covers: NP-85
    #[test]
    fn a_reservation_stops_every_message_unless_it_is_to_be_ignored() {
        let reserved = ["r", "R", "r", "R", "rR"];
        for (schema, expected) in SCHEMAS.into_iter().zip(reserved) {
            let contact = person(true, true, true);
            assert_eq!(shown(&for_person(schema, false, Some(&contact))), expected, "{schema}");
            let ignored = for_person(schema, true, Some(&contact));
            assert_eq!(ignored, for_person(schema, false, Some(&person(true, true, false))), "{schema}");
            let without = for_person(schema, false, Some(&person(false, false, true)));
            assert_eq!(shown(&without), expected, "{schema}, without addresses");
        }
        let only_mobile = for_person(ChannelSchema::EmailPreferred, false, Some(&person(false, true, true)));
        assert_eq!(shown(&only_mobile), "R", "on the channel that the message would have taken");
    }

    #[test]
    fn whoever_is_not_found_fails_on_the_channels_demanded() {
        let unknown = ["E", "S", "E", "S", "ES"];
        for (schema, expected) in SCHEMAS.into_iter().zip(unknown) {
            assert_eq!(shown(&for_person(schema, false, None)), expected, "{schema}");
            assert_eq!(shown(&for_person(schema, true, None)), expected, "{schema}");
            assert_eq!(shown(&for_external(schema, None)), expected, "{schema}");
            assert_eq!(shown(&for_organization(schema, None, &[])), expected, "{schema}");
        }
    }

    fn organization(emails: &[&str], mobiles: &[&str]) -> OrganizationContact {
        let number = "310000019".parse().expect("a number");
        OrganizationContact {
            number,
            origin: number,
            emails: emails.iter().map(|text| email(text)).collect(),
            mobiles: mobiles.iter().map(|text| mobile(text)).collect(),
        }
    }

    fn user(address: Option<&str>, number: Option<&str>) -> UserContact {
        UserContact {
            organization: "310000019".parse().expect("a number"),
            email: address.map(email),
            mobile: number.map(mobile),
        }
    }

    fn destinations(planned: &[Planned]) -> Vec<&str> {
        let mut all = Vec::new();
        for planned in planned {
            all.push(match planned {
                Planned::To(address) => address.reveal(),
                Planned::Nobody { .. } => "",
            });
        }
        all
    }

    /// Covers: NP-88, NA-174
    #[test]
    fn an_address_that_is_known_in_two_ways_gets_one_message() {
        let official = organization(
            &["Post@fjord.example", "drift@fjord.example", "post@FJORD.example"],
            &["+47 40000000"],
        );
        let users = [
            user(Some("POST@fjord.example"), Some("+4740000001")),
            user(Some("leder@fjord.example"), Some("004740000000")),
            user(Some("Leder@fjord.example"), None),
        ];

        let mail = for_organization(ChannelSchema::Email, Some(&official), &users);
        assert_eq!(destinations(&mail), ["Post@fjord.example", "drift@fjord.example", "leder@fjord.example"]);
        let texts = for_organization(ChannelSchema::Sms, Some(&official), &users);
        assert_eq!(destinations(&texts), ["+4740000000", "+4740000001"]);
        let alone = for_organization(ChannelSchema::Email, Some(&official), &[]);
        assert_eq!(destinations(&alone).len(), 2);
    }

    #[test]
    fn a_duplicate_of_the_preferred_address_does_not_fall_back_to_the_other_channel() {
        let official = organization(&["post@fjord.example"], &[]);
        let users = [user(Some("POST@fjord.example"), Some("+4740000001")), user(None, Some("+4740000002"))];

        let planned = for_organization(ChannelSchema::EmailPreferred, Some(&official), &users);

        assert_eq!(destinations(&planned), ["post@fjord.example", "+4740000002"]);
    }

    #[test]
    fn an_organization_without_official_addresses_is_reached_through_its_people() {
        let people = [user(Some("leder@fjord.example"), None)];
        let planned = for_organization(ChannelSchema::SmsPreferred, None, &people);
        assert_eq!(destinations(&planned), ["leder@fjord.example"]);
        let both = for_organization(ChannelSchema::EmailAndSms, None, &people);
        assert_eq!(shown(&both), "eS");
    }
}
