-- Entries of the feed that are committed but have no number yet. Where several writers commit side by
-- side, entries wait here until the one who gives the numbers has seen them; with one writer nobody waits.
CREATE TABLE notify_feed_waiting (
    created INTEGER NOT NULL,
    order_id BLOB NOT NULL,
    creator TEXT NOT NULL,
    entry TEXT NOT NULL,
    PRIMARY KEY (created, order_id)
) STRICT, WITHOUT ROWID;

-- The order of an instant chain, so that an equal request can see how far the first has come.
CREATE INDEX notify_orders_instant ON notify_orders (chain) WHERE kind = 'instant';
