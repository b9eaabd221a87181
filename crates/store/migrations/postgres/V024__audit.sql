-- What must be answered for, committed together with what it tells of, and not yet in the chain.
-- Rows live for a second, so the table is swept by count and not by share.
CREATE TABLE audit_waiting (
    id BYTEA NOT NULL,
    at BIGINT NOT NULL,
    actor TEXT COLLATE "C" NOT NULL,
    action TEXT COLLATE "C" NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    detail TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (at, id)
) WITH (
    autovacuum_vacuum_scale_factor = 0,
    autovacuum_vacuum_threshold = 2000,
    autovacuum_vacuum_insert_scale_factor = 0,
    autovacuum_vacuum_insert_threshold = 20000,
    autovacuum_vacuum_cost_delay = 0
);

-- The chain. `hash` covers the entry and the hash before it; rows are only ever added.
CREATE TABLE audit_log (
    number BIGINT NOT NULL PRIMARY KEY,
    id BYTEA NOT NULL,
    at BIGINT NOT NULL,
    actor TEXT COLLATE "C" NOT NULL,
    action TEXT COLLATE "C" NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    detail TEXT COLLATE "C" NOT NULL,
    hash BYTEA NOT NULL
);

CREATE INDEX audit_log_subject ON audit_log (subject, number);

-- Where the chain ends. One row, held by whoever adds to it; it shows when entries are missing at the end.
CREATE TABLE audit_head (
    one BIGINT NOT NULL PRIMARY KEY CHECK (one = 1),
    number BIGINT NOT NULL,
    hash BYTEA NOT NULL
);

INSERT INTO audit_head (one, number, hash)
VALUES (1, 0, '\x0000000000000000000000000000000000000000000000000000000000000000');
