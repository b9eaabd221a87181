-- A chain is a main order and its reminders. The key settles which of several equal requests was first;
-- `receipt` is the answer that all of them get.
CREATE TABLE notify_chains (
    creator TEXT COLLATE "C" NOT NULL,
    space TEXT COLLATE "C" NOT NULL CHECK (space IN ('standard', 'composed', 'instant')),
    idempotency_id TEXT COLLATE "C" NOT NULL,
    id BYTEA NOT NULL,
    receipt TEXT COLLATE "C" NOT NULL,
    dialog_id TEXT COLLATE "C",
    transmission_id TEXT COLLATE "C",
    created BIGINT NOT NULL,
    PRIMARY KEY (creator, space, idempotency_id)
);

-- `content` is what was asked for, as JSON: recipients, channel, condition; `texts` is what is said.
CREATE TABLE notify_orders (
    id BYTEA NOT NULL PRIMARY KEY,
    creator TEXT COLLATE "C" NOT NULL,
    chain BYTEA,
    kind TEXT COLLATE "C" NOT NULL CHECK (kind IN ('notification', 'reminder', 'instant', 'composed', 'legacy')),
    state TEXT COLLATE "C" NOT NULL,
    senders_reference TEXT COLLATE "C",
    requested BIGINT NOT NULL,
    content TEXT COLLATE "C" NOT NULL,
    texts TEXT COLLATE "C" NOT NULL,
    tries BIGINT NOT NULL,
    created BIGINT NOT NULL,
    changed BIGINT NOT NULL
-- An order changes its state three or four times, which touches no index: room on the page keeps the
-- new version beside the old one.
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05);

CREATE INDEX notify_orders_reference ON notify_orders (creator, senders_reference)
    WHERE senders_reference IS NOT NULL;
