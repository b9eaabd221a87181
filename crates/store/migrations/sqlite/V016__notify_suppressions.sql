-- Addresses that are no longer sent to, as keyed hashes. `scope` is the creator's short name, or empty for
-- everybody; `source` is the creator whose mail or wish brought the entry about. Without `expires` it stays
-- until it is lifted.
CREATE TABLE notify_suppressions (
    channel TEXT NOT NULL CHECK (channel IN ('sms', 'email')),
    hash BLOB NOT NULL,
    scope TEXT NOT NULL,
    source TEXT NOT NULL,
    reason TEXT NOT NULL CHECK (reason IN ('hard_bounce', 'complaint', 'manual')),
    created INTEGER NOT NULL,
    expires INTEGER,
    PRIMARY KEY (channel, hash, scope)
) STRICT, WITHOUT ROWID;

CREATE INDEX notify_suppressions_source ON notify_suppressions (source, scope, hash);
CREATE INDEX notify_suppressions_expires ON notify_suppressions (expires) WHERE expires IS NOT NULL;

-- The key of the hashes, where the configuration names none. One row.
CREATE TABLE notify_suppression_key (
    one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    key BLOB NOT NULL
) STRICT, WITHOUT ROWID;
