-- Figures of the past, for the console. One row for what one node counted in one interval, and one of the
-- leader's (node '') for what was measured and, in longer intervals, for everything. `grain` is the length
-- of the interval in seconds, `at` its beginning, `figures` a JSON object of bounded size.
CREATE TABLE history_figures (
    grain INTEGER NOT NULL,
    at INTEGER NOT NULL,
    node TEXT NOT NULL,
    figures TEXT NOT NULL,
    PRIMARY KEY (grain, at, node)
) STRICT, WITHOUT ROWID;
