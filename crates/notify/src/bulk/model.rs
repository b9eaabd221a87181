//! How far a bulk has come.

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// How long a bulk that is being taken may say nothing before it counts as broken off.
const SILENCE: SignedDuration = SignedDuration::from_mins(2);

/// What has become of the lines so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = BulkCounts)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Counts {
    /// Lines that held an order.
    pub(crate) lines: u64,
    /// Orders that were new.
    pub(crate) accepted: u64,
    /// Orders that had been accepted before, under the same idempotency id.
    pub(crate) known: u64,
    /// Orders that cannot be accepted.
    pub(crate) refused: u64,
}

/// Where a bulk stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = BulkState)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Standing {
    /// Lines are being read.
    Taking,
    /// Every line has been read.
    Complete,
    /// The stream broke off, or we stopped. What was accepted stays; the call can be made again.
    Stopped,
}

impl Standing {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Taking => "taking",
            Self::Complete => "complete",
            Self::Stopped => "stopped",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        [Self::Taking, Self::Complete, Self::Stopped].into_iter().find(|known| known.as_str() == text)
    }
}

/// A bulk as it is kept.
#[derive(Clone, Debug)]
pub(crate) struct Bulk {
    pub(crate) id: Uuid,
    pub(crate) standing: Standing,
    pub(crate) counts: Counts,
    pub(crate) created: Timestamp,
    pub(crate) changed: Timestamp,
}

impl Bulk {
    /// Where it stands now: whoever was taking it may have been lost.
    pub(crate) fn standing_at(&self, now: Timestamp) -> Standing {
        let is_silent = now.duration_since(self.changed) > SILENCE;
        if self.standing == Standing::Taking && is_silent { Standing::Stopped } else { self.standing }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_says_nothing_for_long_has_stopped() {
        let changed = Timestamp::UNIX_EPOCH;
        let bulk = |standing| Bulk {
            id: Uuid::nil(),
            standing,
            counts: Counts::default(),
            created: changed,
            changed,
        };
        let late = changed + SignedDuration::from_secs(121);
        assert_eq!(bulk(Standing::Taking).standing_at(changed), Standing::Taking);
        assert_eq!(bulk(Standing::Taking).standing_at(late), Standing::Stopped);
        assert_eq!(bulk(Standing::Complete).standing_at(late), Standing::Complete);
    }
}
