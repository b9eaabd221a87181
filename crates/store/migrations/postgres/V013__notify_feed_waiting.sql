-- Entries of the feed that are committed but have no number yet. Where several writers commit side by
-- side, entries wait here until the one who gives the numbers has seen them; with one writer nobody waits.
-- Rows live for milliseconds, so the table is swept by count and not by share.
CREATE TABLE notify_feed_waiting (
    created BIGINT NOT NULL,
    order_id BYTEA NOT NULL,
    creator TEXT COLLATE "C" NOT NULL,
    entry TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (created, order_id)
) WITH (
    autovacuum_vacuum_scale_factor = 0,
    autovacuum_vacuum_threshold = 2000,
    autovacuum_vacuum_insert_scale_factor = 0,
    autovacuum_vacuum_insert_threshold = 20000,
    autovacuum_vacuum_cost_delay = 0
);

-- The order of an instant chain, so that an equal request can see how far the first has come.
CREATE INDEX notify_orders_instant ON notify_orders (chain) WHERE kind = 'instant';
