//! Return paths that say which attempt returned mail is about, and prove that it was us who wrote them.
//!
//! `b+<attempt, 32 hex digits>.<8 hex digits of a MAC>@<bounce domain>`: 43 octets before the `@`, of which
//! 64 are allowed (RFC 5321, section 4.5.3.1.1). Mail servers may change the letter case on the way.

use std::fmt;

use aws_lc_rs::{constant_time, hmac};
use lettre::Address;
use types::Secret;
use types::ids::AttemptId;
use uuid::Uuid;

/// Before the attempt, so that the key proves nothing else.
const PURPOSE: &[u8] = b"budstikke return path 1:";
/// Bytes of the MAC that are written.
const MAC_BYTES: usize = 4;
/// A shorter key could be guessed.
const SHORTEST_KEY: usize = 16;

/// The return paths of one installation: all nodes and routes share domain and key.
#[derive(Clone)]
pub struct ReturnPaths {
    domain: String,
    /// The first one signs; any of them is believed.
    keys: Vec<hmac::Key>,
}

/// Why there can be no return paths.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReturnPathError {
    /// Not a domain in ASCII.
    #[error("bounces.domain is not a domain name in ASCII letters")]
    Domain,
    /// Too easy to guess.
    #[error("bounces.key and bounces.earlier_key have at least {SHORTEST_KEY} characters")]
    ShortKey,
}

impl fmt::Debug for ReturnPaths {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ReturnPaths({})", self.domain)
    }
}

impl ReturnPaths {
    /// Return paths in this domain. Those made with an earlier key are still believed.
    pub fn new(domain: &str, key: &Secret, earlier: Option<&Secret>) -> Result<Self, ReturnPathError> {
        Address::new("b", domain).ok().filter(|_| domain.is_ascii()).ok_or(ReturnPathError::Domain)?;
        let keys = [Some(key), earlier].into_iter().flatten();
        if keys.clone().any(|key| key.reveal().len() < SHORTEST_KEY) {
            return Err(ReturnPathError::ShortKey);
        }
        let keys = keys.map(|key| hmac::Key::new(hmac::HMAC_SHA256, key.reveal().as_bytes())).collect();
        Ok(Self { domain: domain.to_ascii_lowercase(), keys })
    }

    /// The domain, in lower case.
    pub fn domain(&self) -> &str {
        &self.domain
    }

    /// Where mail of this attempt is returned to.
    pub fn of(&self, attempt: AttemptId) -> String {
        let id = attempt.uuid();
        let mac = self.keys.first().map_or([0; MAC_BYTES], |key| mac(key, id));
        format!("b+{}.{:08x}@{}", id.simple(), u32::from_be_bytes(mac), self.domain)
    }

    /// The attempt that an address of ours is about; nothing when it is not ours, or was tampered with.
    pub fn read(&self, address: &str) -> Option<AttemptId> {
        let (local, domain) = address.rsplit_once('@')?;
        if !domain.eq_ignore_ascii_case(&self.domain) {
            return None;
        }
        let (prefix, rest) = local.split_at_checked(2)?;
        let (id, written) = rest.split_once('.')?;
        if !prefix.eq_ignore_ascii_case("b+") || id.len() != 32 || written.len() != 2 * MAC_BYTES {
            return None;
        }
        let is_hex = written.bytes().all(|byte| byte.is_ascii_hexdigit());
        let written = u32::from_str_radix(written, 16).ok().filter(|_| is_hex)?.to_be_bytes();
        let id = Uuid::try_parse(id).ok()?;
        // No early end: how long it takes says nothing about how much was right.
        let is_ours = self.keys.iter().fold(false, |known, key| {
            constant_time::verify_slices_are_equal(&mac(key, id), &written).is_ok() | known
        });
        is_ours.then(|| AttemptId::new(id))
    }
}

fn mac(key: &hmac::Key, id: Uuid) -> [u8; MAC_BYTES] {
    let mut context = hmac::Context::with_key(key);
    context.update(PURPOSE);
    context.update(id.as_bytes());
    let whole = context.sign();
    let mut written = [0; MAC_BYTES];
    written.copy_from_slice(&whole.as_ref()[..MAC_BYTES]);
    written
}

/// Where mail is returned to.
#[derive(Clone, Debug)]
pub(super) enum Returns {
    /// To whoever it comes from.
    ToSender,
    /// To one address.
    To(Address),
    /// To an address for each attempt.
    ByAttempt(ReturnPaths),
}

impl Returns {
    /// The return path of an attempt; none stands for the sender.
    pub(super) fn path(&self, attempt: AttemptId) -> Option<Address> {
        match self {
            Self::ToSender => None,
            Self::To(address) => Some(address.clone()),
            Self::ByAttempt(paths) => paths.of(attempt).parse().ok(),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn secret(text: &str) -> Secret {
        Secret::new(text.to_owned())
    }

    fn paths() -> ReturnPaths {
        ReturnPaths::new("Bounce.Fjord.example", &secret("0123456789abcdef"), None).expect("return paths")
    }

    #[test]
    fn an_attempt_reads_back_from_its_return_path_in_any_letter_case() {
        let attempt = AttemptId::new(Uuid::from_u128(0x00ff_7007));
        let address = paths().of(attempt);
        let (local, domain) = address.split_once('@').expect("an address");
        assert_eq!((local.len(), domain), (43, "bounce.fjord.example"));
        assert_eq!(paths().read(&address), Some(attempt));
        assert_eq!(paths().read(&address.to_ascii_uppercase()), Some(attempt));
        assert!(Returns::ByAttempt(paths()).path(attempt).is_some());
    }

    #[test]
    fn what_was_tampered_with_or_is_not_ours_says_nothing() {
        let address = paths().of(AttemptId::new(Uuid::from_u128(7)));
        for place in 2..43 {
            let mut changed = address.clone().into_bytes();
            changed[place] = if changed[place] == b'0' { b'1' } else { b'0' };
            let changed = String::from_utf8(changed).expect("text");
            assert_eq!(paths().read(&changed), None, "{changed}");
        }
        let other = ReturnPaths::new("bounce.fjord.example", &secret("another key of ours"), None);
        assert_eq!(other.expect("return paths").read(&address), None);
        assert_eq!(paths().read(&address.replace("bounce.", "bounces.")), None);
        assert_eq!(paths().read(&format!("{}+{}", &address[..35], &address[36..])), None);
    }

    #[test]
    fn an_earlier_key_is_still_believed() {
        let attempt = AttemptId::new(Uuid::from_u128(7));
        let old = secret("0123456789abcdef");
        let new = ReturnPaths::new("bounce.fjord.example", &secret("fedcba9876543210"), Some(&old));
        let new = new.expect("return paths");
        assert_eq!(new.read(&paths().of(attempt)), Some(attempt));
        assert_ne!(new.of(attempt), paths().of(attempt));
    }

    #[test]
    fn weak_keys_and_odd_domains_are_refused() {
        let made = |domain: &str, key: &str| ReturnPaths::new(domain, &secret(key), None).err();
        assert_eq!(made("bounce.fjord.example", "short"), Some(ReturnPathError::ShortKey));
        for domain in ["", "a b", "blåbær.example", "a\r\nb.example"] {
            assert_eq!(made(domain, "0123456789abcdef"), Some(ReturnPathError::Domain), "{domain}");
        }
    }

    proptest! {
        #[test]
        fn nothing_but_our_own_paths_is_read(address in "(b\\+)?[0-9a-fA-F.+é]{0,44}@[Bb]ounce.fjord.example") {
            prop_assert_eq!(paths().read(&address), None);
        }
    }
}
