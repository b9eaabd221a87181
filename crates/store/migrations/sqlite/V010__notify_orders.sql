-- A chain is a main order and its reminders. The key settles which of several equal requests was first;
-- `receipt` is the answer that all of them get.
CREATE TABLE notify_chains (
    creator TEXT NOT NULL,
    space TEXT NOT NULL CHECK (space IN ('standard', 'composed', 'instant')),
    idempotency_id TEXT NOT NULL,
    id BLOB NOT NULL,
    receipt TEXT NOT NULL,
    dialog_id TEXT,
    transmission_id TEXT,
    created INTEGER NOT NULL,
    PRIMARY KEY (creator, space, idempotency_id)
) STRICT, WITHOUT ROWID;

-- `content` is what was asked for, as JSON: recipients, channel, condition; `texts` is what is said.
CREATE TABLE notify_orders (
    id BLOB NOT NULL PRIMARY KEY,
    creator TEXT NOT NULL,
    chain BLOB,
    kind TEXT NOT NULL CHECK (kind IN ('notification', 'reminder', 'instant', 'composed', 'legacy')),
    state TEXT NOT NULL,
    senders_reference TEXT,
    requested INTEGER NOT NULL,
    content TEXT NOT NULL,
    texts TEXT NOT NULL,
    tries INTEGER NOT NULL,
    created INTEGER NOT NULL,
    changed INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX notify_orders_reference ON notify_orders (creator, senders_reference)
    WHERE senders_reference IS NOT NULL;
