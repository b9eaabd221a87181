//! Where providers bring their reports.

use async_trait::async_trait;
use gateways::report::NotTaken;
use gateways::{Report, ReportSink};

use crate::Notify;
use crate::reports::Arrived;

#[async_trait]
impl ReportSink for Notify {
    async fn take(&self, route: &str, reports: Vec<Report>) -> Result<(), NotTaken> {
        let now = self.clock().now();
        let arrived = |report| Arrived::new(self.random().uuid_v7(now), Some(route), report, now);
        let arrived = reports.into_iter().map(arrived).collect();
        self.keep_reports(arrived).await.map_err(|error| NotTaken(error.to_string()))
    }
}
