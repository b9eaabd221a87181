-- What waits, every owner's by itself: to find who has something due, stepping from owner to owner, and to
-- take it. The order over all owners made the one with three jobs wait behind the one with a million.
CREATE INDEX jobs_waiting ON jobs (lane, owner, due) WHERE worker IS NULL;

-- What is in somebody's hands, by the end of the lease.
CREATE INDEX jobs_leased ON jobs (lane, due) WHERE worker IS NOT NULL;

DROP INDEX jobs_due;
