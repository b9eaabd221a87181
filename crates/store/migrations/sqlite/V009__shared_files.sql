-- Files that a first start makes and that every node of a shared store has alike. The path is below the
-- data directory. The mark settles which node was first. Empty where a process is alone.
CREATE TABLE shared_files (
    path TEXT NOT NULL PRIMARY KEY,
    content TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE shared_files_mark (
    one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1)
) STRICT, WITHOUT ROWID;
