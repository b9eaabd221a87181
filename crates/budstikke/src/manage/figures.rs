//! All figures at a moment: what was counted, and what is measured now.

use jiff::Timestamp;
use meter::{Snapshot, families};

use super::process::precise;
use super::{Manage, process};
use crate::telemetry::{Telemetry, Traces};

/// Everything there is.
pub(super) async fn all(manage: &Manage) -> Snapshot {
    let app = &manage.0.app;
    let mut snapshot = app.store().meter().snapshot();
    let now = app.store().clock().now();
    waiting(manage, now, &mut snapshot).await;
    routes(manage, &mut snapshot).await;
    for own in app.exchange().identities().overview(now).certificates {
        let left = own.not_after.duration_since(now).as_secs_f64();
        snapshot.set(&families::CERTIFICATE_EXPIRY, &["organization", &own.subject], left);
    }
    for (source, reading) in manage.0.offset.readings(app.store()) {
        if let Ok(seconds) = reading {
            snapshot.set(&families::CLOCK_OFFSET, &[&source], seconds);
        }
    }
    for (service, health) in manage.0.channels.latest() {
        snapshot.set(&families::CHANNEL_UP, &[service], if health.up { 1.0 } else { 0.0 });
    }
    let (problems, waits) =
        app.last_reload().map_or((0, 0), |last| (last.problems.len(), last.waiting.len()));
    snapshot.set(&families::CONFIGURATION_PROBLEMS, &[], precise(problems as u64));
    snapshot.set(&families::CONFIGURATION_WAITING, &[], precise(waits as u64));
    for (outcome, spans) in
        app.telemetry().and_then(Telemetry::traces).map(Traces::counts).into_iter().flatten()
    {
        snapshot.set(&families::TRACE_SPANS, &[outcome], precise(spans));
    }
    if let Some(room) = manage.0.sampler.room(app).await {
        snapshot.set(&families::DISK_FREE, &[], precise(room.free));
        snapshot.set(&families::DISK_TOTAL, &[], precise(room.total));
    }
    let uptime = Timestamp::now().duration_since(manage.0.started).as_secs_f64();
    snapshot.set(&families::UPTIME, &[], uptime);
    snapshot.set(&families::START_TIME, &[], manage.0.started.as_duration().as_secs_f64());
    process::add(&mut snapshot);
    snapshot
}

/// What waits in the store. When it cannot be counted in time, these figures are missing rather than wrong.
async fn waiting(manage: &Manage, now: Timestamp, snapshot: &mut Snapshot) {
    let Some(sample) = manage.0.sampler.counts(&manage.0.app).await else { return };
    let depths = &sample.depths;
    let age = |since: Option<Timestamp>| {
        since.map_or(0.0, |since| now.duration_since(since).as_secs_f64().max(0.0))
    };
    let count = |number: i64| precise(u64::try_from(number).unwrap_or(0));
    for (queue, number) in
        [("outgoing", depths.outgoing), ("incoming", depths.incoming), ("set_aside", depths.set_aside)]
    {
        snapshot.set(&families::QUEUE_DEPTH, &[queue], count(number));
    }
    for (queue, since) in [("outgoing", depths.outgoing_since), ("incoming", depths.incoming_since)] {
        snapshot.set(&families::QUEUE_AGE, &[queue], age(since));
    }
    snapshot.set(&families::POLLABLE, &[], count(depths.pollable));
    for lane in &sample.lanes {
        snapshot.set(&families::LANE_DEPTH, &[&lane.lane], count(lane.jobs));
        snapshot.set(&families::LANE_AGE, &[&lane.lane], age(lane.oldest));
    }
    for (why, number) in [("paused", sample.still.paused), ("held", sample.still.held)] {
        snapshot.set(&families::WEBHOOKS_STILL, &[why], precise(number as u64));
    }
    for lead in &sample.leads {
        snapshot.set(&families::TASK_LED, &[&lead.task], if lead.holds { 1.0 } else { 0.0 });
    }
    snapshot.set(&families::STORE_SIZE, &["database"], precise(sample.size.database));
    if let Some(log) = sample.size.log {
        snapshot.set(&families::STORE_SIZE, &["log"], precise(log));
    }
    if let Some(rows) = sample.queue {
        snapshot.set(&families::DEAD_ROWS, &[], count(rows.dead));
        snapshot.set(&families::OLDEST_TRANSACTION, &[], count(rows.oldest_snapshot));
    }
}

/// How the routes of notifications do.
async fn routes(manage: &Manage, snapshot: &mut Snapshot) {
    for route in notify::routes::shown(manage.0.app.notify()).await {
        let open = match route.breaker {
            "open" => 2.0,
            "half_open" => 1.0,
            _ => 0.0,
        };
        let labels = [route.channel, route.name.as_str()];
        snapshot.set(&families::BREAKER, &labels, open);
        snapshot.set(&families::ROUTE_SCORE, &labels, precise(u64::try_from(route.score).unwrap_or(0)));
    }
}
