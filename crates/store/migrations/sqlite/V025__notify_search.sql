-- Operators look for what was sent to somebody: numbers without what people put between digits, addresses
-- in lower case, both no longer than any real one. Of one recipient the latest come first.
CREATE INDEX IF NOT EXISTS notify_notifications_number ON notify_notifications
    (substr(replace(replace(replace(replace(replace(replace(destination,
        ' ', ''), '-', ''), '.', ''), '/', ''), '(', ''), ')', ''), 1, 40), created)
    WHERE channel = 'sms';
CREATE INDEX IF NOT EXISTS notify_notifications_address ON notify_notifications (substr(lower(destination), 1, 320), created)
    WHERE channel = 'email';

-- The orders of a chain. Instant ones have an index of their own.
CREATE INDEX IF NOT EXISTS notify_orders_chain ON notify_orders (chain) WHERE chain IS NOT NULL AND kind <> 'instant';

-- What providers have said about one notification.
CREATE INDEX IF NOT EXISTS notify_reports_notification ON notify_reports (notification) WHERE notification IS NOT NULL;

-- One job, by what it is to do, once it has been put off or set aside. What is done at once is never in it.
CREATE INDEX jobs_put_off ON jobs (payload) WHERE reason IS NOT NULL;
CREATE INDEX buried_jobs_payload ON buried_jobs (payload);
