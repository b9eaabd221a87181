-- Files that a first start makes and that every node of a shared store has alike. The path is below the
-- data directory. The mark settles which node was first. Empty where a process is alone.
CREATE TABLE shared_files (
    path TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    content TEXT COLLATE "C" NOT NULL
);

CREATE TABLE shared_files_mark (
    one BIGINT NOT NULL PRIMARY KEY CHECK (one = 1)
);
