-- One e-mail to one address, or one SMS to one number. `subject` and `body` are there only where they
-- differ from the order's own texts. `final` follows from `result` and is kept for the indexes.
CREATE TABLE notify_notifications (
    id BYTEA NOT NULL PRIMARY KEY,
    order_id BYTEA NOT NULL,
    creator TEXT COLLATE "C" NOT NULL,
    channel TEXT COLLATE "C" NOT NULL CHECK (channel IN ('sms', 'email')),
    result TEXT COLLATE "C" NOT NULL,
    final BIGINT NOT NULL,
    destination TEXT COLLATE "C" NOT NULL,
    identity TEXT COLLATE "C",
    subject TEXT COLLATE "C",
    body TEXT COLLATE "C",
    expires BIGINT NOT NULL,
    reference TEXT COLLATE "C",
    doubt BIGINT NOT NULL,
    parts BIGINT,
    created BIGINT NOT NULL,
    changed BIGINT NOT NULL
-- Every notification changes three times and is then left alone. The indexes of open work must not keep
-- pointing at what is finished for long, however large the table has grown.
) WITH (
    fillfactor = 85,
    autovacuum_vacuum_scale_factor = 0.01,
    autovacuum_vacuum_threshold = 5000,
    autovacuum_analyze_scale_factor = 0.02,
    autovacuum_vacuum_cost_delay = 1
);

CREATE INDEX notify_notifications_order ON notify_notifications (order_id, final);
CREATE INDEX notify_notifications_reference ON notify_notifications (reference) WHERE reference IS NOT NULL;
CREATE INDEX notify_notifications_open ON notify_notifications (expires)
    WHERE final = 0 AND result <> 'Succeeded';
-- E-mail that was taken may wait for a report for ever, and is looked for by itself.
CREATE INDEX notify_notifications_mail ON notify_notifications (expires)
    WHERE final = 0 AND result = 'Succeeded';
CREATE INDEX notify_notifications_silent ON notify_notifications (changed)
    WHERE final = 0 AND result = 'Succeeded';

-- Every delivery report that came. One whose notification is not known (yet) has none, and is matched
-- when the reference is stored.
CREATE TABLE notify_reports (
    id BYTEA NOT NULL PRIMARY KEY,
    reference TEXT COLLATE "C" NOT NULL,
    notification BYTEA,
    result TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    occurred BIGINT,
    received BIGINT NOT NULL,
    applied BIGINT NOT NULL
);

CREATE INDEX notify_reports_unmatched ON notify_reports (reference) WHERE notification IS NULL;
