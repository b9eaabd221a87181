-- The last number given in the feed. One row.
CREATE TABLE notify_feed_number (
    one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    last INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO notify_feed_number (one, last) VALUES (1, 0);

-- What senders read: one entry for each order that has come to its end, as it was then.
CREATE TABLE notify_feed (
    creator TEXT NOT NULL,
    number INTEGER NOT NULL,
    order_id BLOB NOT NULL,
    entry TEXT NOT NULL,
    created INTEGER NOT NULL,
    PRIMARY KEY (creator, number)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX notify_feed_order ON notify_feed (order_id);
CREATE INDEX notify_feed_created ON notify_feed (created);

-- What was decided about an order, when and why. For operators.
CREATE TABLE notify_timeline (
    order_id BLOB NOT NULL,
    number INTEGER NOT NULL,
    at INTEGER NOT NULL,
    cause TEXT NOT NULL,
    detail TEXT,
    PRIMARY KEY (order_id, number)
) STRICT, WITHOUT ROWID;
