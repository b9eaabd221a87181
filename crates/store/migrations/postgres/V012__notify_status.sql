-- The last number given in the feed. One row.
CREATE TABLE notify_feed_number (
    one BIGINT NOT NULL PRIMARY KEY CHECK (one = 1),
    last BIGINT NOT NULL
-- One row, changed all the time: its versions stay on one page.
) WITH (fillfactor = 10, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

INSERT INTO notify_feed_number (one, last) VALUES (1, 0);

-- What senders read: one entry for each order that has come to its end, as it was then.
CREATE TABLE notify_feed (
    creator TEXT COLLATE "C" NOT NULL,
    number BIGINT NOT NULL,
    order_id BYTEA NOT NULL,
    entry TEXT COLLATE "C" NOT NULL,
    created BIGINT NOT NULL,
    PRIMARY KEY (creator, number)
);

CREATE UNIQUE INDEX notify_feed_order ON notify_feed (order_id);
CREATE INDEX notify_feed_created ON notify_feed (created);

-- What was decided about an order, when and why. For operators.
CREATE TABLE notify_timeline (
    order_id BYTEA NOT NULL,
    number BIGINT NOT NULL,
    at BIGINT NOT NULL,
    cause TEXT COLLATE "C" NOT NULL,
    detail TEXT COLLATE "C",
    PRIMARY KEY (order_id, number)
);
