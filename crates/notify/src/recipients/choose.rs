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
