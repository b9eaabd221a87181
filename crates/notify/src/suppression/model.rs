//! Entries of the list, and how an address becomes a hash. Pure.

use std::fmt;

use aws_lc_rs::hmac;
use jiff::{SignedDuration, Timestamp};
use types::EmailAddress;
use url::Host;

use crate::access::Creator;
use crate::binding::Choice;

/// Why an address is on the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Reason {
    /// There is no such mailbox.
    HardBounce,
    /// Its owner calls our mail spam.
    Complaint,
    /// A creator wants it so.
    Manual,
}

impl Reason {
    /// As it is kept.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::HardBounce => "hard_bounce",
            Self::Complaint => "complaint",
            Self::Manual => "manual",
        }
    }

    /// As it is told to callers.
    pub(crate) const fn wire(self) -> &'static str {
        match self {
            Self::HardBounce => "HardBounce",
            Self::Complaint => "Complaint",
            Self::Manual => "Manual",
        }
    }

    /// When an entry ends that begins now: dead addresses may come to life again.
    pub(super) fn expires(self, now: Timestamp, bounced_days: u32) -> Option<Timestamp> {
        match self {
            Self::HardBounce => {
                let days = SignedDuration::from_hours(i64::from(bounced_days) * 24);
                Some(now.checked_add(days).unwrap_or(Timestamp::MAX))
            }
            Self::Complaint | Self::Manual => None,
        }
    }
}

impl Choice for Reason {
    const ALL: &[(Self, &'static str, i64)] = &[
        (Self::HardBounce, "HardBounce", 0),
        (Self::Complaint, "Complaint", 1),
        (Self::Manual, "Manual", 2),
    ];
}

impl store::Column for Reason {
    const WANTED: &'static str = "a reason for suppression";

    fn from_value(value: store::Value<'_>) -> Option<Self> {
        let name = <String as store::Column>::from_value(value)?;
        Self::ALL.iter().map(|(reason, ..)| *reason).find(|reason| reason.name() == name)
    }
}

/// For whom an entry holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    Everybody,
    Only(Creator),
}

impl Scope {
    /// As it is kept. No creator has an empty name.
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Everybody => "",
            Self::Only(creator) => creator.as_str(),
        }
    }

    pub(super) fn from_name(name: String) -> Self {
        if name.is_empty() { Self::Everybody } else { Self::Only(Creator::new(name)) }
    }
}

/// An address that only whoever has the key can recognize.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Hashed(pub(super) [u8; 32]);

impl fmt::Debug for Hashed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hashed(…)")
    }
}

impl store::ToValue for Hashed {
    fn to_value(&self) -> store::Value<'_> {
        store::ToValue::to_value(&self.0[..])
    }
}

impl store::Column for Hashed {
    const WANTED: &'static str = "a hash of 32 bytes";

    fn from_value(value: store::Value<'_>) -> Option<Self> {
        <Vec<u8> as store::Column>::from_value(value)?.try_into().ok().map(Self)
    }
}

/// Makes hashes. The same key on every node that shares a store.
#[derive(Clone)]
pub(crate) struct Keyed(hmac::Key);

impl fmt::Debug for Keyed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keyed(…)")
    }
}

impl Keyed {
    pub(super) fn new(key: &[u8]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, key))
    }

    /// The hash of an e-mail address.
    pub(super) fn hash(&self, address: &EmailAddress) -> Hashed {
        let mut context = hmac::Context::with_key(&self.0);
        context.update(b"email\0");
        context.update(normalized(address).as_bytes());
        let mut bytes = [0; 32];
        bytes.copy_from_slice(context.sign().as_ref());
        Hashed(bytes)
    }
}

/// One spelling for all: mailboxes do not differ by letter case in practice, and a domain has one form in ASCII.
fn normalized(address: &EmailAddress) -> String {
    let text = address.reveal().to_lowercase();
    match text.split_once('@') {
        Some((local, domain)) if !domain.is_ascii() => {
            let domain = Host::parse(domain).map_or_else(|_| domain.to_owned(), |host| host.to_string());
            format!("{local}@{domain}")
        }
        _ => text,
    }
}

/// An address on the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(super) hash: Hashed,
    pub(super) scope: Scope,
    pub(super) source: Creator,
    pub(super) reason: Reason,
    pub(super) created: Timestamp,
    pub(super) expires: Option<Timestamp>,
}

impl Entry {
    /// The name under which callers know it.
    pub(super) fn id(&self) -> EntryId {
        EntryId { is_for_everybody: self.scope == Scope::Everybody, hash: self.hash }
    }
}

/// The name of an entry: for whom it holds, and the hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct EntryId {
    pub(super) is_for_everybody: bool,
    pub(super) hash: Hashed,
}

impl EntryId {
    /// Reads what [`fmt::Display`] wrote.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (scope, hex) = text.split_once('-')?;
        let is_for_everybody = match scope {
            "all" => true,
            "own" => false,
            _ => return None,
        };
        if hex.len() != 64 || !hex.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        let mut bytes = [0; 32];
        for (place, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(hex.get(2 * place..2 * place + 2)?, 16).ok()?;
        }
        Some(Self { is_for_everybody, hash: Hashed(bytes) })
    }

    /// The scope's name in the store, as this creator sees it.
    pub(super) fn scope_for(&self, creator: &Creator) -> String {
        if self.is_for_everybody { String::new() } else { creator.as_str().to_owned() }
    }
}

impl fmt::Display for EntryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_for_everybody { "all-" } else { "own-" })?;
        self.hash.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(key: &str, address: &str) -> Hashed {
        Keyed::new(key.as_bytes()).hash(&address.parse().expect("an address"))
    }

    #[test]
    fn one_mailbox_has_one_hash_and_another_key_another_one() {
        assert_eq!(hash("a", "Kari@Blåbær.example"), hash("a", " kari@blåbær.example "));
        assert_ne!(hash("a", "kari@fjord.example"), hash("a", "ola@fjord.example"));
        assert_ne!(hash("a", "kari@fjord.example"), hash("b", "kari@fjord.example"));
    }

    #[test]
    fn the_name_of_an_entry_reads_back() {
        for is_for_everybody in [true, false] {
            let id = EntryId { is_for_everybody, hash: hash("a", "kari@fjord.example") };
            assert_eq!(EntryId::parse(&id.to_string()), Some(id));
        }
        for text in
            ["", "own-", "own-12", &format!("her-{}", "0".repeat(64)), &format!("own-{}", "å".repeat(32))]
        {
            assert_eq!(EntryId::parse(text), None, "{text}");
        }
    }

    #[test]
    fn dead_addresses_are_forgotten_after_a_while_and_complaints_are_not() {
        let now: Timestamp = "2026-03-02T10:00:00Z".parse().expect("a moment");
        let until = Reason::HardBounce.expires(now, 90).expect("an end");
        assert_eq!(until.to_string(), "2026-05-31T10:00:00Z");
        assert_eq!(Reason::Complaint.expires(now, 90), None);
    }
}
