-- What creators' webhooks are to be told of, written in the commit that changes it and gone as soon as it
-- has become deliveries. `number` and `place` follow the order in which things happened to one order.
-- `subject` is a notification with its result, or an order with its state and its `entry` in the feed.
CREATE TABLE notify_news (
    number BIGINT NOT NULL,
    place BIGINT NOT NULL,
    subject BYTEA NOT NULL,
    result TEXT COLLATE "C" NOT NULL,
    creator TEXT COLLATE "C" NOT NULL,
    order_id BYTEA NOT NULL,
    at BIGINT NOT NULL,
    entry TEXT COLLATE "C",
    PRIMARY KEY (number, place, subject, result)
) WITH (
    autovacuum_vacuum_scale_factor = 0,
    autovacuum_vacuum_threshold = 2000,
    autovacuum_vacuum_insert_scale_factor = 0,
    autovacuum_vacuum_insert_threshold = 20000,
    autovacuum_vacuum_cost_delay = 0
);
