//! A report on its way in.

use gateways::{About, Report, Reported};
use jiff::Timestamp;
use uuid::Uuid;

use crate::sending::Standing;
use crate::text::without_nul;

/// A report that has come.
#[derive(Clone, Debug)]
pub(crate) struct Arrived {
    pub(super) id: Uuid,
    /// By which route, where that is known.
    pub(super) route: Option<String>,
    pub(super) about: Subject,
    pub(super) standing: Standing,
    /// The provider's own word.
    pub(super) state: String,
    pub(super) occurred: Option<Timestamp>,
    pub(super) received: Timestamp,
}

/// Which message a report is about, in words that every store can keep.
#[derive(Clone, Debug)]
pub(super) struct Subject(pub(super) About);

impl Subject {
    /// The provider's reference, if it is named by that, and it has one.
    pub(super) fn reference(&self) -> Option<&str> {
        match &self.0 {
            About::Reference(reference) => Some(reference.as_str()).filter(|text| !text.is_empty()),
            About::Notification(_) | About::Attempt(_) => None,
        }
    }

    /// As it is kept.
    pub(super) fn in_words(&self) -> String {
        match &self.0 {
            About::Reference(reference) => reference.clone(),
            About::Notification(id) => id.to_string(),
            About::Attempt(id) => id.to_string(),
        }
    }
}

impl Arrived {
    pub(crate) fn new(id: Uuid, route: Option<&str>, report: Report, received: Timestamp) -> Self {
        let about = match report.about {
            About::Reference(reference) => About::Reference(without_nul(reference)),
            known => known,
        };
        let standing = match report.reported {
            Reported::Sms(result) => Standing::Sms(result),
            Reported::Email(result) => Standing::Email(result),
        };
        Self {
            id,
            route: route.map(str::to_owned),
            about: Subject(about),
            standing,
            state: without_nul(report.state),
            occurred: report.occurred,
            received,
        }
    }
}
