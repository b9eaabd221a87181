-- What is to be done later. `due` is when somebody should look next: the time asked for, or, while a
-- node works on it, the end of that node's lease. One index serves both.
CREATE TABLE jobs (
    id BLOB NOT NULL PRIMARY KEY,
    lane TEXT NOT NULL,
    due INTEGER NOT NULL,
    kind TEXT NOT NULL,
    owner TEXT NOT NULL,
    payload TEXT NOT NULL,
    expires INTEGER,
    fence INTEGER NOT NULL,
    worker TEXT,
    tries INTEGER NOT NULL,
    reason TEXT,
    created INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX jobs_due ON jobs (lane, due);

-- What was given up, or ended without anybody knowing how. An operator can dig it up again.
CREATE TABLE buried_jobs (
    id BLOB NOT NULL PRIMARY KEY,
    buried INTEGER NOT NULL,
    lane TEXT NOT NULL,
    kind TEXT NOT NULL,
    owner TEXT NOT NULL,
    payload TEXT NOT NULL,
    expires INTEGER,
    tries INTEGER NOT NULL,
    unknown INTEGER NOT NULL,
    reason TEXT NOT NULL,
    created INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX buried_jobs_buried ON buried_jobs (buried);

-- Every try to hand something to the outside world. A row is written before the call; a row without
-- an end whose job was taken over is `unknown`.
CREATE TABLE attempts (
    id BLOB NOT NULL PRIMARY KEY,
    owner TEXT NOT NULL,
    subject BLOB NOT NULL,
    route TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('prepared', 'in_flight', 'ended', 'unknown')),
    prepared INTEGER NOT NULL,
    started INTEGER,
    ended INTEGER,
    outcome TEXT,
    reference TEXT,
    detail TEXT
) STRICT, WITHOUT ROWID;

CREATE INDEX attempts_subject ON attempts (subject);
