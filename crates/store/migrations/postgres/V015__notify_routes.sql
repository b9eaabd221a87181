-- What all nodes know about the routes that messages take. `until` is the end of an open breaker's rest, or
-- of the patience with a half-open one's message; `score` is what is left of the resting share.
CREATE TABLE notify_routes (
    channel TEXT COLLATE "C" NOT NULL CHECK (channel IN ('sms', 'email')),
    name TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('closed', 'open', 'half_open')),
    until BIGINT,
    trips BIGINT NOT NULL,
    paused BIGINT,
    score BIGINT NOT NULL,
    lowered BIGINT,
    raised BIGINT,
    mode TEXT COLLATE "C" NOT NULL CHECK (mode IN ('auto', 'off', 'only')),
    trouble TEXT COLLATE "C",
    duplicate_risks BIGINT NOT NULL,
    changed BIGINT NOT NULL,
    PRIMARY KEY (channel, name)
) WITH (fillfactor = 50);

-- What all nodes have counted about a route, ten seconds a row. `at` is in seconds.
CREATE TABLE notify_route_counts (
    channel TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    at BIGINT NOT NULL,
    errors BIGINT NOT NULL,
    taken BIGINT NOT NULL,
    quick BIGINT NOT NULL,
    reported BIGINT NOT NULL,
    PRIMARY KEY (channel, name, at)
) WITH (fillfactor = 50);
CREATE INDEX notify_route_counts_at ON notify_route_counts (at);

-- The nodes that share the pace of routes, and when they last said so.
CREATE TABLE notify_route_nodes (
    node TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    seen BIGINT NOT NULL
) WITH (fillfactor = 50);
CREATE INDEX notify_route_nodes_seen ON notify_route_nodes (seen);
