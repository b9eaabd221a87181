//! Which settings a running server takes over when its configuration is read anew. Everything else needs a
//! restart. This table is the one place that says so: a reload goes by it, and so does the reference.

/// Keys without the places in lists; each stands for all below it, too.
///
/// A key belongs here when everybody who uses the setting asks for it each time. What is handed on at the
/// start (sizes of pools and lanes, addresses, clients, channels) does not.
pub(crate) const LIVE: &[&str] = &[
    "clock.warn_seconds",
    "exchange.accepted_scopes",
    "exchange.consumers",
    "exchange.deadlines_seconds",
    "exchange.default_deadline_seconds",
    "exchange.dpf_shipment_types",
    "exchange.dph_her_ids",
    "exchange.envelope_limit_bytes",
    "exchange.generate_receipts",
    "exchange.keep_drafts_days",
    "exchange.keep_finished_days",
    "exchange.keep_queued_statuses_days",
    "exchange.lock_timeout_seconds",
    "exchange.multipart_file_limit_bytes",
    "exchange.multipart_limit_bytes",
    "exchange.receive_limit_bytes",
    "exchange.releases_before_rotation",
    "exchange.remember_received_days",
    "exchange.send_retry_seconds",
    "exchange.send_tries",
    "exchange.signature_hash",
    "exchange.status_back_off_days",
    "exchange.status_longest_pause_minutes",
    "exchange.status_queue_includes",
    "exchange.status_services",
    "exchange.upload_limit_bytes",
    "exchange.upload_limits_bytes",
    "exchange.user_password",
    "exchange.validation",
    "exchange.webhooks.call_timeout_ms",
    "exchange.webhooks.give_up_after_seconds",
    "exchange.webhooks.keep_seconds",
    "exchange.webhooks.pause_after_failures",
    "exchange.webhooks.probe_seconds",
    "exchange.webhooks.refuse_failed_ping",
    "exchange.webhooks.retry_seconds",
    "exchange.webhooks.secret_overlap_seconds",
    "log.filter",
    "log.format",
    "manage.disk_threshold_bytes",
    "manage.protect_figures",
    "notify.attachment_hosts",
    "notify.attachments_per_email",
    "notify.body_bytes",
    "notify.condition_again_after_seconds",
    "notify.doubt_wait_seconds",
    "notify.email_delivered_after_seconds",
    "notify.email_in_doubt",
    "notify.event_grid_secrets",
    "notify.expiry_grace_seconds",
    "notify.feed_days",
    "notify.feed_stream_seconds",
    "notify.instant_wait_seconds",
    "notify.keep_orders_days",
    "notify.metrics",
    "notify.name_when_unknown",
    "notify.older",
    "notify.operators",
    "notify.pace",
    "notify.process_again_after_seconds",
    "notify.report_accounts",
    "notify.send_again_after_seconds",
    "notify.senders",
    "notify.sms_in_doubt",
    "notify.sms_sender",
    "notify.stale_contacts_for",
    "notify.suppress_bounced_days",
    "notify.webhooks.call_timeout_ms",
    "notify.webhooks.give_up_after_seconds",
    "notify.webhooks.keep_seconds",
    "notify.webhooks.retry_seconds",
    "notify.webhooks.secret_overlap_seconds",
    "organization.certificate_file",
    "organization.key_file",
    "organization.keystore",
    "organization.more_keystores",
    "organization.trusted_roots_file",
    "organization.watch_seconds",
    "organizations.name",
    "organizations.number",
    "providers.email.only_for",
    "providers.email.per_second",
    "providers.email.weight",
    "providers.sms.only_for",
    "providers.sms.per_second",
    "providers.sms.prefixes",
    "providers.sms.weight",
];

/// Whether a running server takes a setting over. `key` has no places in lists: `exchange.consumers.org`.
pub(crate) fn is_live(key: &str) -> bool {
    LIVE.iter()
        .any(|live| key.strip_prefix(live).is_some_and(|below| below.is_empty() || below.starts_with('.')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_stands_for_all_below_it_and_for_nothing_beside_it() {
        assert!(
            is_live("notify.pace") && is_live("notify.pace.bym.burst") && is_live("exchange.consumers.org")
        );
        assert!(!is_live("notify.paces") && !is_live("notify") && !is_live("listen.api"));
    }

    #[test]
    fn the_table_is_sorted_and_names_sections_that_exist() {
        assert!(LIVE.is_sorted(), "a reader looks keys up");
        let example = include_str!("../../../../config/budstikke.example.toml");
        for key in LIVE {
            let last = key.rsplit('.').next().expect("a part");
            let names = |line: &str| {
                let line = line.trim_start_matches('#').trim_start_matches('[');
                line.starts_with(&format!("{last} =")) || line.starts_with(key)
            };
            assert!(example.lines().any(names), "{key} is in no line of the example");
        }
    }
}
