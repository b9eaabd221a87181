-- For which request a job was queued, and in which trace, as JSON; NULL where nobody knows. It is written
-- and read with the job and never looked for.
ALTER TABLE jobs ADD COLUMN context TEXT COLLATE "C";
ALTER TABLE buried_jobs ADD COLUMN context TEXT COLLATE "C";

-- Written now and then, to see whether anything can be written.
CREATE TABLE store_probe (
    one bigint NOT NULL PRIMARY KEY CHECK (one = 1),
    times bigint NOT NULL
);
INSERT INTO store_probe (one, times) VALUES (1, 0);
