//! Reports that were pushed and could not be understood: kept, counted, and shown to operators.
//!
//! Whoever pushed one is told that it has arrived, since bringing it again would not help. What a
//! provider means by it is for somebody to find out; until then nothing is lost.

use std::fmt::Write as _;

use aws_lc_rs::digest::{SHA256, digest};
use jiff::Timestamp;
use store::{Result, Tx, row};
use uuid::Uuid;

use crate::recipients::Channel;
use crate::text::without_nul;

/// Bytes of a report that are kept.
const LONGEST: usize = 64 * 1024;

/// Why a report came to nothing, in the reference's words where it has some.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    /// What it says of the message is nothing that the contract knows.
    UnknownResult,
    /// It does not say which message it is about.
    NoMessage,
    /// It cannot be read at all.
    Unreadable,
}

impl Reason {
    const fn as_str(self) -> &'static str {
        match self {
            Self::UnknownResult => "UNRECOGNIZED_SEND_RESULT",
            Self::NoMessage => "INVALID_NOTIFICATION_IDENTIFIER",
            Self::Unreadable => "UNREADABLE_REPORT",
        }
    }
}

/// A report that came to nothing.
#[derive(Clone, Debug)]
pub(crate) struct Dead {
    /// Its new id; ordered by time.
    pub(crate) id: Uuid,
    /// What it is about.
    pub(crate) channel: Channel,
    /// Why.
    pub(crate) reason: Reason,
    /// The same in words.
    pub(crate) message: String,
    /// The message that it names.
    pub(crate) reference: Option<String>,
    /// As it came.
    pub(crate) report: String,
}

/// Files reports; of one that has come before, only that it came again.
pub(crate) fn file(tx: &mut Tx<'_>, all: &[Dead], now: Timestamp) -> Result<()> {
    const SQL: &str = "INSERT INTO notify_dead_reports
            (id, channel, reason, message, reference, report, fingerprint, attempts, resolved, first_seen,
             last_seen)
        VALUES ($1, $2, $3, $4, $5, $6, $7, 1, 0, $8, $8)
        ON CONFLICT (fingerprint) DO UPDATE
        SET attempts = notify_dead_reports.attempts + 1, last_seen = excluded.last_seen";
    // Of two pushes side by side, both take what they have in common in one order.
    let mut all: Vec<_> = all.iter().map(|dead| (dead.fingerprint(), dead)).collect();
    all.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
    for (fingerprint, dead) in all {
        let channel = match dead.channel {
            Channel::Sms => "sms",
            Channel::Email => "email",
        };
        let reference = dead.reference.clone().map(without_nul);
        let (message, report) = (without_nul(dead.message.clone()), without_nul(dead.kept()));
        let values =
            row![dead.id, channel, dead.reason.as_str(), message, reference, report, fingerprint, now];
        tx.execute(SQL, &values)?;
    }
    Ok(())
}

impl Dead {
    /// As much as is kept, cut where a character ends.
    fn kept(&self) -> String {
        let end = self.report.floor_char_boundary(LONGEST);
        self.report[..end].to_owned()
    }

    /// The same for equal reports.
    fn fingerprint(&self) -> String {
        let hash = digest(&SHA256, self.report.as_bytes());
        hash.as_ref().iter().fold(String::with_capacity(64), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
    }
}
