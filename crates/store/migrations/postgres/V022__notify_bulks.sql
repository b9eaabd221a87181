-- Orders that came in one call, line by line. One row for each call, written with every batch.
CREATE TABLE notify_bulks (
    id BYTEA NOT NULL PRIMARY KEY,
    creator TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('taking', 'complete', 'stopped')),
    lines BIGINT NOT NULL,
    accepted BIGINT NOT NULL,
    known BIGINT NOT NULL,
    refused BIGINT NOT NULL,
    created BIGINT NOT NULL,
    changed BIGINT NOT NULL
);

CREATE INDEX notify_bulks_created ON notify_bulks (created);

-- Which main orders came of it.
CREATE TABLE notify_bulk_orders (
    bulk BYTEA NOT NULL,
    order_id BYTEA NOT NULL,
    PRIMARY KEY (bulk, order_id)
);
