//! Every family of figures there is. Names never change; `docs/reference/metrics.md` explains them, and a
//! test holds the page equal to this table.

use crate::Family;
use crate::Kind::{Counter, Gauge, Histogram, Timer};

macro_rules! families {
    ($($(#[$doc:meta])* $constant:ident: $kind:ident $name:literal [$($label:literal),*] $help:literal;)+) => {
        $(
            #[doc = $help]
            pub static $constant: Family =
                Family { name: $name, kind: $kind, labels: &[$($label),*], help: $help };
        )+

        /// All of them, in the order of the page.
        pub static ALL: &[&Family] = &[$(&$constant),+];
    };
}

families! {
    HTTP_SERVER_REQUESTS: Timer "http_server_requests_seconds"
        ["exception", "method", "outcome", "status", "uri"]
        "Requests answered on the API's address, by the template of their path.";

    MESSAGES: Counter "budstikke_messages_total" ["service", "direction", "status"]
        "Statuses that messages of eFormidling got, both directions.";
    MESSAGE_TIME: Histogram "budstikke_message_delivery_seconds" ["service"]
        "From the making of a message of eFormidling until it was delivered (LEVERT).";
    QUEUE_DEPTH: Gauge "budstikke_queue_depth" ["queue"]
        "What waits: messages to be sent (outgoing), messages for clients (incoming), packages set aside (set_aside).";
    QUEUE_AGE: Gauge "budstikke_queue_oldest_seconds" ["queue"]
        "How long the oldest in a queue has waited.";
    POLLABLE: Gauge "budstikke_messages_pollable" []
        "Sent messages whose further statuses are waited for.";
    POLLS: Timer "budstikke_poll_seconds" ["service", "outcome"]
        "Rounds of asking a channel for what has come in.";
    CHANNEL_UP: Gauge "budstikke_channel_up" ["service"]
        "Whether the other side of a channel could be reached when it was asked last (1) or not (0).";

    JOBS: Counter "budstikke_jobs_total" ["lane", "kind", "outcome"]
        "Jobs that were run: done, to be tried again (later), or given up.";
    LANE_DEPTH: Gauge "budstikke_lane_jobs" ["lane"]
        "Jobs in a lane, due or not.";
    LANE_AGE: Gauge "budstikke_lane_oldest_seconds" ["lane"]
        "How long the job of a lane that is due longest has been due.";

    WEBHOOK_CALLS: Counter "budstikke_webhook_calls_total" ["lane", "outcome"]
        "Calls to webhook endpoints: delivered, failed (to be tried again) or given_up.";
    WEBHOOKS_STILL: Gauge "budstikke_webhooks_still" ["why"]
        "Webhook subscriptions of both products that are told nothing now: paused, because they fail again and again, or held by an operator.";
    TASK_LED: Gauge "budstikke_task_led" ["task"]
        "Whether a node does what one node does for all (1) or none does (0). Only where nodes share a database.";

    NOTIFY_ORDERS: Counter "budstikke_notify_orders_total" ["kind"]
        "Orders accepted by the Notify API.";
    NOTIFICATIONS: Counter "budstikke_notify_notifications_total" ["channel", "result"]
        "Results that notifications got, the first ones included.";
    GATEWAY_CALLS: Counter "budstikke_notify_gateway_calls_total" ["channel", "route", "result"]
        "Calls to SMS gateways and mail relays: taken, refused (for good), not_taken (to be tried again), or in_doubt.";
    INSTANT: Histogram "budstikke_notify_instant_seconds" ["channel", "until"]
        "From the acceptance of a message that goes out at once until a gateway has it (taken), and until it is reported delivered (delivered).";
    BREAKER: Gauge "budstikke_notify_route_open" ["channel", "route"]
        "The circuit breaker of a route: 0 lets messages through, 1 lets one through, 2 lets none through.";
    ROUTE_SCORE: Gauge "budstikke_notify_route_score" ["channel", "route"]
        "What is left of a route's share, 100 when it is well.";

    CERTIFICATE_EXPIRY: Gauge "budstikke_certificate_expires_seconds" ["use", "subject"]
        "How long a certificate is still good for; negative when it has run out.";
    CLOCK_OFFSET: Gauge "budstikke_clock_offset_seconds" ["source"]
        "How far a clock that we trust is ahead of this machine's.";

    CONFIGURATION_PROBLEMS: Gauge "budstikke_configuration_problems" []
        "What is wrong with the configuration that was read last while running; nothing of it was taken over.";
    CONFIGURATION_WAITING: Gauge "budstikke_configuration_waiting" []
        "Settings that were changed and need a restart.";
    TRACE_SPANS: Gauge "budstikke_trace_spans" ["outcome"]
        "Spans of traces since the start: sent, dropped for want of room, or failed (not taken by the collector).";

    UPTIME: Gauge "process_uptime_seconds" []
        "How long this process has run.";
    START_TIME: Gauge "process_start_time_seconds" []
        "When this process started, in seconds since 1970.";
    CPU: Gauge "process_cpu_seconds_total" []
        "Processor time used.";
    MEMORY: Gauge "process_resident_memory_bytes" []
        "Memory in use.";
    OPEN_FILES: Gauge "process_open_fds" []
        "Files and connections that are open.";
    STORE_SIZE: Gauge "budstikke_store_bytes" ["part"]
        "What the database takes: its file or all its tables (database), and the log beside it (log).";
    DEAD_ROWS: Gauge "budstikke_store_dead_rows" []
        "Versions of jobs that nobody needs any more and that PostgreSQL has not cleared away.";
    OLDEST_TRANSACTION: Gauge "budstikke_store_oldest_transaction_seconds" []
        "How long the oldest transaction on PostgreSQL has lasted that keeps dead rows alive.";

    DISK_FREE: Gauge "disk_free_bytes" []
        "Room left where the data directory is.";
    DISK_TOTAL: Gauge "disk_total_bytes" []
        "Room there is where the data directory is.";
}
