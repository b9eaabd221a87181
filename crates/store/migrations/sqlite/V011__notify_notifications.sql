-- One e-mail to one address, or one SMS to one number. `subject` and `body` are there only where they
-- differ from the order's own texts. `final` follows from `result` and is kept for the indexes.
CREATE TABLE notify_notifications (
    id BLOB NOT NULL PRIMARY KEY,
    order_id BLOB NOT NULL,
    creator TEXT NOT NULL,
    channel TEXT NOT NULL CHECK (channel IN ('sms', 'email')),
    result TEXT NOT NULL,
    final INTEGER NOT NULL,
    destination TEXT NOT NULL,
    identity TEXT,
    subject TEXT,
    body TEXT,
    expires INTEGER NOT NULL,
    reference TEXT,
    doubt INTEGER NOT NULL,
    parts INTEGER,
    created INTEGER NOT NULL,
    changed INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX notify_notifications_order ON notify_notifications (order_id, final);
CREATE INDEX notify_notifications_reference ON notify_notifications (reference) WHERE reference IS NOT NULL;
CREATE INDEX notify_notifications_open ON notify_notifications (expires)
    WHERE final = 0 AND result <> 'Succeeded';
-- E-mail that was taken may wait for a report for ever, and is looked for by itself.
CREATE INDEX notify_notifications_mail ON notify_notifications (expires)
    WHERE final = 0 AND result = 'Succeeded';
CREATE INDEX notify_notifications_silent ON notify_notifications (changed)
    WHERE final = 0 AND result = 'Succeeded';

-- Every delivery report that came. One whose notification is not known (yet) has none, and is matched
-- when the reference is stored.
CREATE TABLE notify_reports (
    id BLOB NOT NULL PRIMARY KEY,
    reference TEXT NOT NULL,
    notification BLOB,
    result TEXT NOT NULL,
    state TEXT NOT NULL,
    occurred INTEGER,
    received INTEGER NOT NULL,
    applied INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX notify_reports_unmatched ON notify_reports (reference) WHERE notification IS NULL;
