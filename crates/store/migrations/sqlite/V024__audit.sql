-- What must be answered for, committed together with what it tells of, and not yet in the chain.
CREATE TABLE audit_waiting (
    id BLOB NOT NULL,
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail TEXT NOT NULL,
    PRIMARY KEY (at, id)
) STRICT, WITHOUT ROWID;

-- The chain. `hash` covers the entry and the hash before it; rows are only ever added.
CREATE TABLE audit_log (
    number INTEGER NOT NULL PRIMARY KEY,
    id BLOB NOT NULL,
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail TEXT NOT NULL,
    hash BLOB NOT NULL
) STRICT;

CREATE INDEX audit_log_subject ON audit_log (subject, number);

-- Where the chain ends. One row, held by whoever adds to it; it shows when entries are missing at the end.
CREATE TABLE audit_head (
    one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    number INTEGER NOT NULL,
    hash BLOB NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO audit_head (one, number, hash)
VALUES (1, 0, x'0000000000000000000000000000000000000000000000000000000000000000');
