//! Our own certificates with their keys, replaced while the gateway runs.
//!
//! Several may be there at once, and what each is for follows from the time alone:
//!
//! ```text
//!            not begun        valid                            run out
//! next         waits     signs from here on
//! current                signs until then, opens on         opens
//! former                                                    opens
//! ```
//!
//! All of them open what comes in, for a sender may have looked our certificate up just before it was
//! replaced. So a new certificate can be put in place days before it holds: it is taken over by itself.

use std::sync::{Arc, PoisonError, RwLock};

use arc_swap::ArcSwap;
use asic::{Identity, UnixTime};
use jiff::Timestamp;

/// Days before the end at which an operator is warned, farthest first.
pub const ALARM_DAYS: [i64; 4] = [30, 14, 7, 1];

const DAY: i64 = 86_400;

/// There is nobody to sign as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the gateway needs a certificate with its private key")]
pub struct NoIdentity;

/// Our identities. Clones are the same identities, so that whoever watches files can replace what the
/// gateway uses.
#[derive(Clone, Debug)]
pub struct Identities(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// Never empty.
    current: ArcSwap<Vec<Identity>>,
    failure: RwLock<Option<ReloadFailure>>,
}

/// New files that could not be used. What was there before is used on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReloadFailure {
    /// Since when.
    pub since: Timestamp,
    /// What is wrong, without what the files say.
    pub reason: String,
}

/// What one of our certificates is for at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Standing {
    /// It signs, and others encrypt to it.
    Signing,
    /// It holds, but another one signs.
    InReserve,
    /// It has not begun and is taken over by itself.
    Waiting,
    /// It has run out and only opens what comes in.
    Expired,
}

impl Standing {
    /// In one word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Signing => "signing",
            Self::InReserve => "in_reserve",
            Self::Waiting => "waiting",
            Self::Expired => "expired",
        }
    }
}

/// One of our certificates, for overviews and figures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnCertificate {
    /// Whose it is, as it says (RFC 4514).
    pub subject: String,
    /// Who issued it.
    pub issuer: String,
    /// Its serial number in decimal, as registries show it.
    pub serial: String,
    /// Its first moment.
    pub not_before: Timestamp,
    /// Its last moment.
    pub not_after: Timestamp,
    /// Whole days until then; below zero when it has run out.
    pub days_left: i64,
    /// What it is for now.
    pub standing: Standing,
}

/// What an operator must know about our certificates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overview {
    /// The moment it speaks of.
    pub at: Timestamp,
    /// All of them, in the order in which they are asked to sign.
    pub certificates: Vec<OwnCertificate>,
    /// New files that cannot be used, while that is so.
    pub failure: Option<ReloadFailure>,
}

impl Overview {
    /// Until when somebody can sign without a gap, of what is there now; `None` when nobody can.
    pub fn covered_until(&self) -> Option<Timestamp> {
        let mut end = None;
        loop {
            let reached = end.unwrap_or(self.at);
            let goes_on = |own: &&OwnCertificate| own.not_before <= reached && own.not_after >= reached;
            let next = self.certificates.iter().filter(goes_on).map(|own| own.not_after).max();
            match next.filter(|next| Some(*next) > end) {
                Some(next) => end = Some(next),
                None => return end,
            }
        }
    }

    /// Whole days until then; none left, or fewer, when nobody can sign.
    pub fn days_left(&self) -> i64 {
        let Some(end) = self.covered_until() else { return -1 };
        (end.as_second() - self.at.as_second()).div_euclid(DAY)
    }

    /// The threshold of [`ALARM_DAYS`] that has been passed, the nearest to the end; `Some(0)` when
    /// nobody can sign.
    pub fn alarm(&self) -> Option<i64> {
        if self.covered_until().is_none() {
            return Some(0);
        }
        ALARM_DAYS.iter().rev().copied().find(|days| self.days_left() < *days)
    }
}

impl Identities {
    /// Signs as the first of these that is valid, and opens what comes in with all of them.
    pub fn new(identities: Vec<Identity>) -> Result<Self, NoIdentity> {
        if identities.is_empty() {
            return Err(NoIdentity);
        }
        let (current, failure) = (ArcSwap::from_pointee(identities), RwLock::new(None));
        Ok(Self(Arc::new(Inner { current, failure })))
    }

    /// Replaces all of them, at once for everybody who asks from now on. Whoever is packing or opening
    /// goes on with those from before.
    pub fn replace(&self, identities: Vec<Identity>) -> Result<(), NoIdentity> {
        if identities.is_empty() {
            return Err(NoIdentity);
        }
        self.0.current.store(Arc::new(identities));
        self.set_failure(None);
        Ok(())
    }

    /// Remembers that new files cannot be used, or that they can again.
    pub fn set_failure(&self, failure: Option<ReloadFailure>) {
        *self.0.failure.write().unwrap_or_else(PoisonError::into_inner) = failure;
    }

    /// The one that signs at a moment: the first that is valid. When none is, the first, which others
    /// will refuse.
    pub fn signing(&self, at: UnixTime) -> Identity {
        let all = self.0.current.load();
        let valid = all.iter().find(|identity| identity.valid_at(at));
        valid.or_else(|| all.first()).expect("there is always one").clone()
    }

    /// All of them, the one that signs first: for opening what comes in.
    pub fn opening(&self, at: UnixTime) -> Vec<Identity> {
        let mut all = Vec::clone(&self.0.current.load());
        if let Some(signs) = all.iter().position(|identity| identity.valid_at(at)) {
            all[..=signs].rotate_right(1);
        }
        all
    }

    /// What an operator must know at a moment.
    pub fn overview(&self, now: Timestamp) -> Overview {
        let at = UnixTime(u64::try_from(now.as_second()).unwrap_or(0));
        let all = self.0.current.load();
        let signs = all.iter().position(|identity| identity.valid_at(at));
        let shown =
            all.iter().enumerate().map(|(position, identity)| shown(identity, now, signs == Some(position)));
        let failure = self.0.failure.read().unwrap_or_else(PoisonError::into_inner).clone();
        Overview { at: now, certificates: shown.collect(), failure }
    }
}

fn shown(identity: &Identity, now: Timestamp, signs: bool) -> OwnCertificate {
    let certificate = identity.certificate();
    let (not_before, not_after) = (moment(certificate.not_before()), moment(certificate.not_after()));
    let standing = match (signs, now < not_before, now > not_after) {
        (true, ..) => Standing::Signing,
        (false, true, _) => Standing::Waiting,
        (false, false, true) => Standing::Expired,
        (false, false, false) => Standing::InReserve,
    };
    OwnCertificate {
        subject: certificate.subject(),
        issuer: certificate.issuer(),
        serial: certificate.serial_decimal(),
        not_before,
        not_after,
        days_left: (not_after.as_second() - now.as_second()).div_euclid(DAY),
        standing,
    }
}

fn moment(at: UnixTime) -> Timestamp {
    i64::try_from(at.0)
        .ok()
        .and_then(|seconds| Timestamp::from_second(seconds).ok())
        .unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Certificates from one day to another, seen on day 0.
    fn alarm(valid: &[(i64, i64)]) -> Option<i64> {
        let day = |days: i64| Timestamp::from_second(1_800_000_000 + days * DAY).expect("a moment");
        let certificate = |&(from, to): &(i64, i64)| OwnCertificate {
            subject: String::new(),
            issuer: String::new(),
            serial: String::new(),
            not_before: day(from),
            not_after: day(to),
            days_left: to,
            standing: Standing::InReserve,
        };
        let certificates = valid.iter().map(certificate).collect();
        Overview { at: day(0), certificates, failure: None }.alarm()
    }

    #[test]
    fn alarms_go_off_at_their_days_and_a_successor_without_a_gap_silences_them() {
        let alone = |days| alarm(&[(-9, days)]);
        assert_eq!([31, 30].map(alone), [None, None]);
        assert_eq!([29, 14, 13, 7, 6, 1, 0].map(alone), [30, 30, 14, 14, 7, 7, 1].map(Some));
        assert_eq!(alarm(&[(3, 400), (-9, 3)]), None, "the successor begins in time");
        assert_eq!(alarm(&[(10, 400), (-9, 3)]), Some(7), "between them nobody can sign");
        assert_eq!(alarm(&[(-9, -1)]), Some(0));
        assert_eq!(alarm(&[(-9, -1), (1, 400)]), Some(0));
    }

    #[test]
    fn nobody_is_no_identity() {
        assert_eq!(Identities::new(Vec::new()).err(), Some(NoIdentity));
    }
}
