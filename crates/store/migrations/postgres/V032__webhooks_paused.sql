-- Since when a subscription is paused, whether an operator holds it, and how often it was let go on.
ALTER TABLE webhooks_subscriptions ADD COLUMN paused BIGINT;
ALTER TABLE webhooks_subscriptions ADD COLUMN held BIGINT NOT NULL DEFAULT 0;
ALTER TABLE webhooks_subscriptions ADD COLUMN turn BIGINT NOT NULL DEFAULT 0;

-- Replay from an event on.
CREATE INDEX webhooks_deliveries_event ON webhooks_deliveries (subscription, event_id);
