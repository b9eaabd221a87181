-- Reports that were pushed and could not be understood. They are kept for operators, the same one once,
-- however often it is brought.
CREATE TABLE notify_dead_reports (
    id BLOB NOT NULL PRIMARY KEY,
    channel TEXT NOT NULL CHECK (channel IN ('sms', 'email')),
    reason TEXT NOT NULL,
    message TEXT NOT NULL,
    reference TEXT,
    report TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    resolved INTEGER NOT NULL,
    first_seen INTEGER NOT NULL,
    last_seen INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX notify_dead_reports_same ON notify_dead_reports (fingerprint);
CREATE INDEX notify_dead_reports_open ON notify_dead_reports (id) WHERE resolved = 0;
