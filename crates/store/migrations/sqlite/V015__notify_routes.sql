-- What all nodes know about the routes that messages take. `until` is the end of an open breaker's rest, or
-- of the patience with a half-open one's message; `score` is what is left of the resting share.
CREATE TABLE notify_routes (
    channel TEXT NOT NULL CHECK (channel IN ('sms', 'email')),
    name TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('closed', 'open', 'half_open')),
    until INTEGER,
    trips INTEGER NOT NULL,
    paused INTEGER,
    score INTEGER NOT NULL,
    lowered INTEGER,
    raised INTEGER,
    mode TEXT NOT NULL CHECK (mode IN ('auto', 'off', 'only')),
    trouble TEXT,
    duplicate_risks INTEGER NOT NULL,
    changed INTEGER NOT NULL,
    PRIMARY KEY (channel, name)
) STRICT, WITHOUT ROWID;

-- What all nodes have counted about a route, ten seconds a row. `at` is in seconds.
CREATE TABLE notify_route_counts (
    channel TEXT NOT NULL,
    name TEXT NOT NULL,
    at INTEGER NOT NULL,
    errors INTEGER NOT NULL,
    taken INTEGER NOT NULL,
    quick INTEGER NOT NULL,
    reported INTEGER NOT NULL,
    PRIMARY KEY (channel, name, at)
) STRICT, WITHOUT ROWID;
CREATE INDEX notify_route_counts_at ON notify_route_counts (at);

-- The nodes that share the pace of routes, and when they last said so.
CREATE TABLE notify_route_nodes (
    node TEXT NOT NULL PRIMARY KEY,
    seen INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX notify_route_nodes_seen ON notify_route_nodes (seen);
