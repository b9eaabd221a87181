-- What each sender has at the broker: transfers that are not purged, and bytes that are stored.
CREATE TABLE broker_usage (
    sender TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    transfers BIGINT NOT NULL,
    bytes BIGINT NOT NULL
);

INSERT INTO broker_usage (sender, transfers, bytes)
    SELECT sender, SUM(CASE WHEN status <> 'Purged' THEN 1 ELSE 0 END),
        COALESCE(SUM(CASE WHEN stored = 1 THEN bytes ELSE 0 END), 0)
    FROM broker_transfers GROUP BY sender;
