-- Every owner's jobs in the order of their dues: one index to find who has something due, stepping from
-- owner to owner, and to take it. It replaces the order over all owners, which made the one with three
-- jobs wait behind the one with a million.
CREATE INDEX jobs_turn ON jobs (lane, owner, due);

DROP INDEX jobs_due;
