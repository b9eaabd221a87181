-- Who wants to be told. `draining` is 1 while a job is emptying the subscriber's queue, so that there
-- is one at a time and events arrive in order.
CREATE TABLE webhooks_subscriptions (
    id BIGINT NOT NULL PRIMARY KEY,
    owner TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    push_endpoint TEXT COLLATE "C" NOT NULL,
    resource TEXT COLLATE "C" NOT NULL,
    event TEXT COLLATE "C" NOT NULL,
    filter TEXT COLLATE "C",
    draining BIGINT NOT NULL,
    announced BIGINT NOT NULL,
    last_ping BIGINT,
    last_ping_outcome TEXT COLLATE "C",
    failures BIGINT NOT NULL,
    created BIGINT NOT NULL
);

CREATE UNIQUE INDEX webhooks_subscriptions_name ON webhooks_subscriptions (owner, name, push_endpoint);

-- One event on its way to one subscriber. `number` counts a subscriber's events, and is their order.
CREATE TABLE webhooks_deliveries (
    id BYTEA NOT NULL PRIMARY KEY,
    owner TEXT COLLATE "C" NOT NULL,
    number BIGINT NOT NULL,
    subscription BIGINT NOT NULL REFERENCES webhooks_subscriptions (id) ON DELETE CASCADE,
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('pending', 'delivered', 'given_up')),
    event_id TEXT COLLATE "C" NOT NULL,
    body TEXT COLLATE "C" NOT NULL,
    created BIGINT NOT NULL,
    expires BIGINT NOT NULL,
    tries BIGINT NOT NULL,
    outcome TEXT COLLATE "C",
    ended BIGINT
);

CREATE INDEX webhooks_deliveries_subscription ON webhooks_deliveries (subscription, state, number);
-- What is over, by age, so that forgetting the oldest does not read all the rest.
CREATE INDEX webhooks_deliveries_ended ON webhooks_deliveries (subscription, created)
    WHERE state <> 'pending';

-- Few rows, each written with every event: room in the page keeps the indexes out of it.
ALTER TABLE webhooks_subscriptions SET (fillfactor = 50,
    autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 200);
ALTER TABLE webhooks_deliveries SET (
    autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000);
