-- Reports that were pushed and could not be understood. They are kept for operators, the same one once,
-- however often it is brought.
CREATE TABLE notify_dead_reports (
    id BYTEA NOT NULL PRIMARY KEY,
    channel TEXT COLLATE "C" NOT NULL CHECK (channel IN ('sms', 'email')),
    reason TEXT COLLATE "C" NOT NULL,
    message TEXT COLLATE "C" NOT NULL,
    reference TEXT COLLATE "C",
    report TEXT COLLATE "C" NOT NULL,
    fingerprint TEXT COLLATE "C" NOT NULL,
    attempts BIGINT NOT NULL,
    resolved BIGINT NOT NULL,
    first_seen BIGINT NOT NULL,
    last_seen BIGINT NOT NULL
);

CREATE UNIQUE INDEX notify_dead_reports_same ON notify_dead_reports (fingerprint);
CREATE INDEX notify_dead_reports_open ON notify_dead_reports (id) WHERE resolved = 0;
