-- What waits to be sent, by age, so that health and figures need not look at drafts.
CREATE INDEX exchange_outbox_queued ON exchange_outbox (last_updated) WHERE state = 'queued';
