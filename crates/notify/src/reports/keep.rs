//! Keeps reports, many in one commit, and counts how long messages took.

use futures_util::future::try_join_all;
use jiff::Timestamp;
use store::Error;

use super::model::Arrived;
use crate::Notify;
use crate::sending::Standing;
use gateways::{EmailResult, SmsResult};

impl Notify {
    /// Keeps reports and applies them. They are on disk when this answers; those that come in side by side
    /// share a commit.
    pub(crate) async fn keep_reports(&self, reports: Vec<Arrived>) -> Result<(), Error> {
        let kept = reports.into_iter().map(|report| self.keep_report(report));
        try_join_all(kept).await?;
        self.ring_feed();
        Ok(())
    }

    async fn keep_report(&self, report: Arrived) -> Result<(), Error> {
        let (route, standing) = (report.route.clone(), report.standing);
        let taken: Option<Timestamp> = self.reports().write(report).await?;
        if let (Some(route), Some(taken)) = (route, taken) {
            let delivered = matches!(
                standing,
                Standing::Sms(SmsResult::Delivered) | Standing::Email(EmailResult::Delivered)
            );
            self.count_report(standing.channel(), &route, taken, delivered);
        }
        Ok(())
    }
}
