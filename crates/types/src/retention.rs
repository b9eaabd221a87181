//! What is kept for how long, in words that every part uses.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// One kind of data, its rule, and what the rule would remove at a moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// What it is: `orders`, `feed`.
    pub kind: String,
    /// The same in words.
    pub what: String,
    /// The setting that says for how long, where there is one.
    pub setting: Option<String>,
    /// For so many days; none: for ever, or by a rule of its own that `what` tells of.
    pub days: Option<u32>,
    /// What is older than this goes.
    pub before: Option<Timestamp>,
    /// So many would go.
    pub due: Option<i64>,
    /// With so many bytes of text, where they are counted.
    pub bytes: Option<i64>,
}

impl Kept {
    /// A kind that is kept for ever, or goes by a rule of its own.
    pub fn by_itself(kind: &str, what: &str) -> Self {
        Self {
            kind: kind.to_owned(),
            what: what.to_owned(),
            setting: None,
            days: None,
            before: None,
            due: None,
            bytes: None,
        }
    }

    /// A kind that a setting keeps for so many days at the moment `at`; 0 days are for ever.
    pub fn for_days(kind: &str, what: &str, setting: &str, days: u32, at: Timestamp) -> Self {
        Self {
            setting: Some(setting.to_owned()),
            days: (days > 0).then_some(days),
            before: (days > 0).then(|| days_before(at, days)),
            ..Self::by_itself(kind, what)
        }
    }

    /// The same with what would go.
    #[must_use]
    pub fn counted(self, due: i64, bytes: Option<i64>) -> Self {
        Self { due: Some(due), bytes, ..self }
    }
}

/// The moment so many days before another.
pub fn days_before(at: Timestamp, days: u32) -> Timestamp {
    let hours = SignedDuration::from_hours(i64::from(days) * 24);
    at.checked_sub(hours).unwrap_or(Timestamp::MIN)
}
