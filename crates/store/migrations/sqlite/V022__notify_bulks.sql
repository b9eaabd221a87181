-- Orders that came in one call, line by line. One row for each call, written with every batch.
CREATE TABLE notify_bulks (
    id BLOB NOT NULL PRIMARY KEY,
    creator TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('taking', 'complete', 'stopped')),
    lines INTEGER NOT NULL,
    accepted INTEGER NOT NULL,
    known INTEGER NOT NULL,
    refused INTEGER NOT NULL,
    created INTEGER NOT NULL,
    changed INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX notify_bulks_created ON notify_bulks (created);

-- Which main orders came of it.
CREATE TABLE notify_bulk_orders (
    bulk BLOB NOT NULL,
    order_id BLOB NOT NULL,
    PRIMARY KEY (bulk, order_id)
) STRICT, WITHOUT ROWID;
