-- What support, log and exports say about an order, without reading all that was asked for. Orders made by
-- earlier versions have neither; theirs stand in `content`.
ALTER TABLE notify_orders ADD COLUMN channels TEXT;
ALTER TABLE notify_orders ADD COLUMN resource TEXT;

-- Figures are counted by the time that was asked for.
CREATE INDEX notify_orders_requested ON notify_orders (requested, creator);
-- Support looks for what was sent to somebody.
CREATE INDEX notify_notifications_identity ON notify_notifications (identity, created)
    WHERE identity IS NOT NULL;
-- Exports take what ended on a day.
CREATE INDEX notify_notifications_ended ON notify_notifications (channel, changed, id) WHERE final = 1;
-- Few chains name a dialog, and those are found by their id when an order of theirs ends.
CREATE INDEX notify_chains_dialog ON notify_chains (id) WHERE dialog_id IS NOT NULL;

-- The log: one row for each notification, written when its order ends and kept true after that. `dialog`
-- is in lower case. It tells the users of a dialog what was sent about it.
CREATE TABLE notify_log (
    notification BLOB NOT NULL PRIMARY KEY,
    chain BLOB,
    order_id BLOB NOT NULL,
    creator TEXT NOT NULL,
    senders_reference TEXT,
    dialog TEXT,
    transmission TEXT,
    reference TEXT,
    identity TEXT,
    kind TEXT NOT NULL,
    channel TEXT NOT NULL,
    destination TEXT NOT NULL,
    resource TEXT,
    result TEXT NOT NULL,
    requested INTEGER NOT NULL,
    changed INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX notify_log_dialog ON notify_log (creator, dialog) WHERE dialog IS NOT NULL;

-- Figures of whole days (the first microsecond names the day), counted when a day is over and again while
-- its last results come in.
CREATE TABLE notify_days (
    day INTEGER NOT NULL,
    creator TEXT NOT NULL,
    orders INTEGER NOT NULL,
    emails INTEGER NOT NULL,
    emails_succeeded INTEGER NOT NULL,
    sms_parts INTEGER NOT NULL,
    sms_succeeded INTEGER NOT NULL,
    PRIMARY KEY (day, creator)
) STRICT, WITHOUT ROWID;

-- Which days have been counted, and when last.
CREATE TABLE notify_days_counted (
    day INTEGER NOT NULL PRIMARY KEY,
    counted INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
