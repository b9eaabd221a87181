-- What waits, every owner's by itself: to find who has something due, stepping from owner to owner, and to
-- take it. The order over all owners made the one with three jobs wait behind the one with a million.
CREATE INDEX jobs_waiting ON jobs (lane, owner, due) WHERE worker IS NULL;

-- What is in somebody's hands, by the end of the lease.
CREATE INDEX jobs_leased ON jobs (lane, due) WHERE worker IS NOT NULL;

DROP INDEX jobs_due;

-- Every job is put in, taken (from one index to the other) and deleted: two dead rows each, which must be
-- gone before they are a sizeable part of a table that is small by itself. So vacuum comes by number, not
-- by share, and does not pause. Room kept free in the pages would not help, since `due` is indexed.
ALTER TABLE jobs SET (
    autovacuum_vacuum_scale_factor = 0.01,
    autovacuum_vacuum_threshold = 2000,
    autovacuum_vacuum_cost_delay = 0,
    autovacuum_analyze_scale_factor = 0.05,
    autovacuum_analyze_threshold = 5000
);

-- An attempt is written before its call and closed after it, in columns that no index knows: with room in
-- its page the second version lies beside the first and touches no index.
ALTER TABLE attempts SET (
    fillfactor = 75,
    autovacuum_vacuum_scale_factor = 0.02,
    autovacuum_vacuum_threshold = 10000,
    autovacuum_vacuum_insert_scale_factor = 0.05
);
