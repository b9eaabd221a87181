-- What is to be done later. `due` is when somebody should look next: the time asked for, or, while a
-- node works on it, the end of that node's lease. One index serves both.
CREATE TABLE jobs (
    id BYTEA NOT NULL PRIMARY KEY,
    lane TEXT COLLATE "C" NOT NULL,
    due BIGINT NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    owner TEXT COLLATE "C" NOT NULL,
    payload TEXT COLLATE "C" NOT NULL,
    expires BIGINT,
    fence BIGINT NOT NULL,
    worker TEXT COLLATE "C",
    tries BIGINT NOT NULL,
    reason TEXT COLLATE "C",
    created BIGINT NOT NULL
);

CREATE INDEX jobs_due ON jobs (lane, due);

-- What was given up, or ended without anybody knowing how. An operator can dig it up again.
CREATE TABLE buried_jobs (
    id BYTEA NOT NULL PRIMARY KEY,
    buried BIGINT NOT NULL,
    lane TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    owner TEXT COLLATE "C" NOT NULL,
    payload TEXT COLLATE "C" NOT NULL,
    expires BIGINT,
    tries BIGINT NOT NULL,
    unknown BIGINT NOT NULL,
    reason TEXT COLLATE "C" NOT NULL,
    created BIGINT NOT NULL
);

CREATE INDEX buried_jobs_buried ON buried_jobs (buried);

-- Every try to hand something to the outside world. A row is written before the call; a row without
-- an end whose job was taken over is `unknown`.
CREATE TABLE attempts (
    id BYTEA NOT NULL PRIMARY KEY,
    owner TEXT COLLATE "C" NOT NULL,
    subject BYTEA NOT NULL,
    route TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('prepared', 'in_flight', 'ended', 'unknown')),
    prepared BIGINT NOT NULL,
    started BIGINT,
    ended BIGINT,
    outcome TEXT COLLATE "C",
    reference TEXT COLLATE "C",
    detail TEXT COLLATE "C"
);

CREATE INDEX attempts_subject ON attempts (subject);
