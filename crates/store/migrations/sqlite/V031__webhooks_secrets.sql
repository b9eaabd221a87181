-- A subscription's own secret, and the one before, which signs as well until a moment.
ALTER TABLE webhooks_subscriptions ADD COLUMN secret TEXT;
ALTER TABLE webhooks_subscriptions ADD COLUMN older_secret TEXT;
ALTER TABLE webhooks_subscriptions ADD COLUMN older_secret_until INTEGER;

-- The event's name, for those who look how deliveries stand.
ALTER TABLE webhooks_deliveries ADD COLUMN event TEXT;
CREATE INDEX webhooks_deliveries_number ON webhooks_deliveries (subscription, number);
