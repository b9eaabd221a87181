//! Makes a store old in minutes: orders that ended long ago, with everything that is kept of them, in
//! the order in which time would have written it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use anyhow::Result;
use futures_util::stream::{StreamExt, TryStreamExt};
use indicatif::{ProgressBar, ProgressStyle};
use jiff::{SignedDuration, Timestamp};
use store::{Error, Store, Value, params};

use super::figure::Engine;
use super::site::Site;
use super::sql::spell;
use super::texts::Texts;

/// Rows that are kept of one order: chain, order, notification, attempt, report, three steps of the
/// timeline, and the entry of the feed.
const ROWS_OF_AN_ORDER: u64 = 9;
/// Orders in a commit.
const BATCH: i64 = 5_000;
/// Days over which the orders are spread; less than what the feed keeps.
const DAYS: i64 = 60;

/// Every second order is the measured organization's; the others belong to fifty more.
const CREATOR: &str = "CASE WHEN n % 2 = 0 THEN 'fjord' ELSE 'etat-' || (n % 50) END";

const STATEMENTS: [&str; 7] = [
    "INSERT INTO notify_chains (creator, space, idempotency_id, id, receipt, created) <rows>
        SELECT <creator>, 'standard', <random>, <key 1>, '{\"notificationOrderId\":\"' || <uuid 1> ||
            '\",\"notification\":{\"shipmentId\":\"' || <uuid 2> || '\",\"sendersReference\":\"sak-' || n || '\"}}',
            <at> FROM rows",
    "INSERT INTO notify_orders (id, creator, chain, kind, state, senders_reference, requested, content, texts,
            tries, created, changed) <rows>
        SELECT <key 2>, <creator>, <key 1>, 'notification', 'completed', 'sak-' || n, <at>,
            '{\"schema\":\"email\",\"to\":[{\"direct\":{\"email\":\"innbygger' || n || '@fjord.example\"}}]}',
            '{\"email\":{\"subject\":\"Vedtak i sak ' || n || '\",\"body\":\"' || <words 400> || '\",\"html\":false}}',
            0, <at>, <at> + 5000000 FROM rows",
    "INSERT INTO notify_notifications (id, order_id, creator, channel, result, final, destination, expires,
            reference, doubt, created, changed) <rows>
        SELECT <key 3>, <key 2>, <creator>, 'email', 'Delivered', 1, 'innbygger' || n || '@fjord.example',
            <at> + 172800000000, <random>, 0, <at>, <at> + 4000000 FROM rows",
    "INSERT INTO attempts (id, owner, subject, route, state, prepared, started, ended, outcome, reference) <rows>
        SELECT <key 4>, <creator>, <key 3>, 'smtp', 'ended', <at>, <at>, <at> + 90000, 'accepted',
            '250 2.0.0 Ok: queued as ' || <random> FROM rows",
    "INSERT INTO notify_reports (id, reference, notification, result, state, received, applied) <rows>
        SELECT <key 5>, <random>, <key 3>, 'Delivered', 'DELIVRD', <at> + 3000000, 1 FROM rows",
    "INSERT INTO notify_timeline (order_id, number, at, cause, detail) <rows>
        SELECT <key 2>, step, <at> + step * 1000000, CASE step WHEN 1 THEN 'registered' WHEN 2 THEN 'processed'
            ELSE 'ended' END, CASE step WHEN 1 THEN NULL WHEN 2 THEN '1 notifications' ELSE 'Order_Completed' END
        FROM rows CROSS JOIN (SELECT 1 AS step UNION ALL SELECT 2 UNION ALL SELECT 3) AS steps",
    "INSERT INTO notify_feed (creator, number, order_id, entry, created) <rows>
        SELECT <creator>, n, <key 2>, '{\"shipmentId\":\"' || <uuid 2> || '\",\"sendersReference\":\"sak-' || n ||
            '\",\"shipmentType\":\"Notification\",\"status\":\"Order_Completed\",'
            || '\"lastUpdate\":\"2026-11-20T10:15:00.123456Z\",\"recipients\":[{\"destination\":\"innbygger' || n
            || '@fjord.example\",\"status\":\"Email_Delivered\",'
            || '\"lastUpdate\":\"2026-11-20T10:15:00.123456Z\"}]}', <at> FROM rows",
];

/// What every batch needs to know.
struct Plan {
    statements: Vec<String>,
    orders: i64,
    /// Microseconds since 1970.
    first: i64,
    /// Microseconds between two orders.
    step: i64,
    pool: Vec<u8>,
}

/// Writes at least so many finished rows; answers how many orders they belong to.
pub(super) async fn fill(site: &Site, texts: &Texts, rows: u64) -> Result<u64> {
    let orders = rows.div_ceil(ROWS_OF_AN_ORDER);
    let store = site.store()?;
    let plan = Arc::new(plan(site.engine(), texts, i64::try_from(orders)?)?);
    let bar = progress(site.engine(), orders);
    let done = AtomicI64::new(0);
    // One engine has one writer; the other is faster with as many as there are cores here.
    let at_once = match site.engine() {
        Engine::Sqlite => 1,
        Engine::Postgres => std::thread::available_parallelism().map_or(2, usize::from),
    };
    let starts = (1..=plan.orders).step_by(usize::try_from(BATCH)?);
    let batches = starts.map(|from| write(&store, &plan, from));
    let writing = futures_util::stream::iter(batches).buffer_unordered(at_once);
    writing
        .try_for_each(|count| {
            let done = done.fetch_add(count, Ordering::Relaxed) + count;
            bar.set_position(u64::try_from(done).unwrap_or(0));
            std::future::ready(Ok(()))
        })
        .await?;
    let last = plan.orders;
    let count = move |tx: &mut store::Tx<'_>| {
        tx.execute("UPDATE notify_feed_number SET last = $1 WHERE one = 1", params![last])
    };
    store.write::<_, Error, _>(count).await?;
    drop(store);
    site.settle().await?;
    bar.finish_and_clear();
    Ok(orders)
}

fn plan(engine: Engine, texts: &Texts, orders: i64) -> Result<Plan> {
    let days = SignedDuration::from_hours(24 * DAYS);
    let first = Timestamp::now().checked_sub(days)?.as_microsecond();
    let step = (i64::try_from(days.as_micros())? / orders).max(1);
    let statements = STATEMENTS.iter().map(|text| spell(engine, &text.replace("<creator>", CREATOR)));
    Ok(Plan { statements: statements.collect(), orders, first, step, pool: texts.pool().as_bytes().to_vec() })
}

async fn write(store: &Store, plan: &Arc<Plan>, from: i64) -> Result<i64, Error> {
    let to = (from + BATCH - 1).min(plan.orders);
    let plan = Arc::clone(plan);
    let work = move |tx: &mut store::Tx<'_>| {
        let numbers = params![from, to, plan.first, plan.step];
        for statement in &plan.statements {
            let pool = Value::Bytes(plan.pool.as_slice().into());
            let with_pool = [numbers, std::slice::from_ref(&pool)].concat();
            let needed = if statement.contains("$5") { with_pool.as_slice() } else { numbers };
            tx.execute(statement, needed)?;
        }
        Ok(to - from + 1)
    };
    store.write(work).await
}

fn progress(engine: Engine, orders: u64) -> ProgressBar {
    let bar = ProgressBar::new(orders);
    let template = "  {msg} {wide_bar} {human_pos} of {human_len} orders, {eta} left";
    bar.set_style(ProgressStyle::with_template(template).expect("a template"));
    bar.set_message(format!("making {engine} old:"));
    bar
}
