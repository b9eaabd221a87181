-- What creators' webhooks are to be told of, written in the commit that changes it and gone as soon as it
-- has become deliveries. `number` and `place` follow the order in which things happened to one order.
-- `subject` is a notification with its result, or an order with its state and its `entry` in the feed.
CREATE TABLE notify_news (
    number INTEGER NOT NULL,
    place INTEGER NOT NULL,
    subject BLOB NOT NULL,
    result TEXT NOT NULL,
    creator TEXT NOT NULL,
    order_id BLOB NOT NULL,
    at INTEGER NOT NULL,
    entry TEXT,
    PRIMARY KEY (number, place, subject, result)
) STRICT, WITHOUT ROWID;
