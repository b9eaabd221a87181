//! Recipients, channels and addresses, in the words of the published contract.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use types::{EmailAddress, NationalId, OrgNumber, PhoneNumber};

/// A way to reach somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Channel {
    /// E-mail.
    Email,
    /// SMS.
    Sms,
}

/// Which channels a sender wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ChannelSchema {
    /// E-mail only.
    Email,
    /// SMS only.
    Sms,
    /// E-mail where there is an address, else SMS. Only what is registered decides, never whether it
    /// arrives.
    EmailPreferred,
    /// SMS where there is a number, else e-mail.
    SmsPreferred,
    /// Both, side by side.
    EmailAndSms,
}

/// A text that is no channel schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a channel: expected Email, Sms, EmailPreferred, SmsPreferred or EmailAndSms")]
pub struct ChannelSchemaError;

impl Channel {
    /// As answers and feed entries call it.
    pub const fn wire(self) -> &'static str {
        match self {
            Self::Email => "Email",
            Self::Sms => "SMS",
        }
    }
}

impl ChannelSchema {
    /// Every schema, in the order of the contract's numbers (0 to 4).
    pub const ALL: [Self; 5] =
        [Self::Email, Self::Sms, Self::EmailPreferred, Self::SmsPreferred, Self::EmailAndSms];

    /// As it is written in the API and kept in the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Email => "Email",
            Self::Sms => "Sms",
            Self::EmailPreferred => "EmailPreferred",
            Self::SmsPreferred => "SmsPreferred",
            Self::EmailAndSms => "EmailAndSms",
        }
    }

    /// Whether an e-mail may come of it, so that the e-mail settings are needed.
    pub const fn may_email(self) -> bool {
        !matches!(self, Self::Sms)
    }

    /// Whether it prefers one channel and takes the other.
    pub const fn prefers(self) -> bool {
        matches!(self, Self::EmailPreferred | Self::SmsPreferred)
    }

    /// Whether an SMS may come of it, so that the SMS settings are needed.
    pub const fn may_sms(self) -> bool {
        !matches!(self, Self::Email)
    }
}

impl FromStr for ChannelSchema {
    type Err = ChannelSchemaError;

    /// Letter case does not matter.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|schema| schema.as_str().eq_ignore_ascii_case(text));
        found.ok_or(ChannelSchemaError)
    }
}

impl fmt::Display for ChannelSchema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A person who logs in without a national identity number, named by a URN.
///
/// It is kept exactly as received, as the profile service wants it, and prints masked.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ExternalIdentity(String);

/// A text that is no external identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "not an external identity: expected urn:altinn:person:idporten-email:<address> or urn:altinn:party:username:<name>"
)]
pub struct ExternalIdentityError;

/// What an external identity says. Prints itself masked.
#[derive(Clone, PartialEq, Eq)]
pub enum ExternalAccount {
    /// An account known by its e-mail address.
    Email(EmailAddress),
    /// An account known by its user name.
    Username(String),
}

impl fmt::Debug for ExternalAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Email(address) => address.fmt(f),
            Self::Username(_) => f.write_str("Username(***)"),
        }
    }
}

impl ExternalIdentity {
    const EMAIL: &str = "urn:altinn:person:idporten-email:";
    const USERNAMES: [&str; 3] =
        ["urn:altinn:party:username:", "urn:altinn:username:", "urn:altinn:person:legacy-selfidentified:"];

    /// The URN as received.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Which account it names.
    pub fn account(&self) -> Option<ExternalAccount> {
        if let Some(encoded) = self.0.strip_prefix(Self::EMAIL) {
            return percent_decoded(encoded)?.parse().ok().map(ExternalAccount::Email);
        }
        let encoded = Self::USERNAMES.iter().find_map(|prefix| self.0.strip_prefix(prefix))?;
        let name = percent_decoded(encoded)?;
        (!name.trim().is_empty()).then_some(ExternalAccount::Username(name))
    }
}

impl FromStr for ExternalIdentity {
    type Err = ExternalIdentityError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let identity = Self(text.to_owned());
        if identity.account().is_some() { Ok(identity) } else { Err(ExternalIdentityError) }
    }
}

impl fmt::Debug for ExternalIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self.0.rsplit_once(':').map_or("", |(prefix, _)| prefix);
        write!(f, "ExternalIdentity({shown}:***)")
    }
}

/// RFC 3986, section 2.1; a `%` that begins no escape stands for itself.
fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let digits = after.get(..2).filter(|_| byte == b'%');
        let escaped = digits
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.push(escaped.unwrap_or(byte));
        rest = if escaped.is_some() { &after[2..] } else { after };
    }
    String::from_utf8(bytes).ok()
}

/// The right a person needs to receive on an organization's behalf.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ResourceRight {
    /// The resource's id, without the prefix `urn:altinn:resource:`.
    pub resource: String,
    /// What must be allowed; `read` where the sender said nothing.
    pub action: String,
}

impl ResourceRight {
    /// Reads the two members of an order: `resourceId` (a URN or a plain id) and `resourceAction`.
    pub fn new(resource_id: &str, action: Option<&str>) -> Self {
        let resource = resource_id.strip_prefix("urn:altinn:resource:").unwrap_or(resource_id);
        let action = action.map(str::trim).filter(|action| !action.is_empty()).unwrap_or("read");
        Self { resource: resource.to_owned(), action: action.to_owned() }
    }
}

/// Whom a sender named.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Recipient {
    /// One or both addresses, written out. The older endpoints allow both at once.
    Direct {
        /// The e-mail address.
        email: Option<EmailAddress>,
        /// The number.
        mobile: Option<PhoneNumber>,
    },
    /// A person, whose details the register has.
    Person {
        /// Who it is.
        id: NationalId,
        /// Send although the person has declined digital communication.
        ignore_reservation: bool,
        /// Accept details that nobody has confirmed for 18 months.
        use_stale: bool,
    },
    /// An organization, whose details the register has.
    Organization {
        /// Which one.
        number: OrgNumber,
        /// With it, persons who have registered their own addresses there and have this right get
        /// the message, too.
        right: Option<ResourceRight>,
    },
    /// A person without a national identity number.
    External(ExternalIdentity),
}

/// Where one message goes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Address {
    /// By e-mail.
    Email(EmailAddress),
    /// By SMS.
    Sms(PhoneNumber),
}

impl Address {
    /// The channel it belongs to.
    pub const fn channel(&self) -> Channel {
        match self {
            Self::Email(_) => Channel::Email,
            Self::Sms(_) => Channel::Sms,
        }
    }

    /// The address itself, for the wire and the store.
    pub fn reveal(&self) -> &str {
        match self {
            Self::Email(email) => email.reveal(),
            Self::Sms(number) => number.reveal(),
        }
    }
}

/// One notification to be made of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Planned {
    /// A message to an address.
    To(Address),
    /// A notification that has failed from the start, with an empty destination.
    Nobody {
        /// The channel it counts on.
        channel: Channel,
        /// Why nothing is sent.
        why: NotSent,
    },
}

impl Planned {
    /// The channel it counts on.
    pub const fn channel(&self) -> Channel {
        match self {
            Self::To(address) => address.channel(),
            Self::Nobody { channel, .. } => *channel,
        }
    }
}

/// Why nothing is sent to a recipient.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NotSent {
    /// The person has declined digital communication (`Failed_RecipientReserved`).
    Reserved,
    /// Nobody was found, or no address on the channel (`Failed_RecipientNotIdentified`).
    NotIdentified,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schemas_are_read_in_any_case_and_written_in_one() {
        for schema in ChannelSchema::ALL {
            assert_eq!(schema.as_str().to_ascii_lowercase().parse(), Ok(schema));
        }
        assert_eq!("sms,email".parse::<ChannelSchema>(), Err(ChannelSchemaError));
        assert!(ChannelSchema::EmailPreferred.may_sms() && !ChannelSchema::Email.may_sms());
        assert!(ChannelSchema::SmsPreferred.may_email() && !ChannelSchema::Sms.may_email());
    }

    #[test]
    fn external_identities_are_urns_of_four_kinds() {
        let account = |text: &str| text.parse::<ExternalIdentity>().ok().and_then(|found| found.account());
        let kari = ExternalAccount::Email("kari@fjord.example".parse().expect("an address"));
        assert_eq!(account("urn:altinn:person:idporten-email:kari@fjord.example"), Some(kari.clone()));
        assert_eq!(account("urn:altinn:person:idporten-email:kari%40fjord.example"), Some(kari));
        for prefix in ["party:username", "username", "person:legacy-selfidentified"] {
            let found = account(&format!("urn:altinn:{prefix}:k%C3%A5re"));
            assert_eq!(found, Some(ExternalAccount::Username("kåre".to_owned())), "{prefix}");
        }
        for wrong in [
            "urn:altinn:person:idporten-email:kari",
            "urn:altinn:party:username:",
            "urn:altinn:party:username:%20",
            "urn:altinn:unknown:kari",
            "urn:altinn:username:%ff",
            "kari",
            "",
        ] {
            assert!(wrong.parse::<ExternalIdentity>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_external_identity_keeps_its_spelling_and_hides_its_value() {
        let text = "urn:altinn:username:k%C3%A5re";
        let identity: ExternalIdentity = text.parse().expect("an identity");
        assert_eq!(identity.reveal(), text);
        assert_eq!(format!("{identity:?}"), "ExternalIdentity(urn:altinn:username:***)");
    }

    #[test]
    fn a_right_is_to_read_unless_said_otherwise() {
        let right = |action| ResourceRight::new("urn:altinn:resource:demo", action);
        assert_eq!((right(None).resource.as_str(), right(None).action.as_str()), ("demo", "read"));
        assert_eq!(right(Some("  ")).action, "read");
        assert_eq!(right(Some(" write ")).action, "write");
    }
}
