-- Who wants to be told. `draining` is 1 while a job is emptying the subscriber's queue, so that there
-- is one at a time and events arrive in order.
CREATE TABLE webhooks_subscriptions (
    id INTEGER NOT NULL PRIMARY KEY,
    owner TEXT NOT NULL,
    name TEXT NOT NULL,
    push_endpoint TEXT NOT NULL,
    resource TEXT NOT NULL,
    event TEXT NOT NULL,
    filter TEXT,
    draining INTEGER NOT NULL,
    announced INTEGER NOT NULL,
    last_ping INTEGER,
    last_ping_outcome TEXT,
    failures INTEGER NOT NULL,
    created INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX webhooks_subscriptions_name ON webhooks_subscriptions (owner, name, push_endpoint);

-- One event on its way to one subscriber. `number` counts a subscriber's events, and is their order.
CREATE TABLE webhooks_deliveries (
    id BLOB NOT NULL PRIMARY KEY,
    owner TEXT NOT NULL,
    number INTEGER NOT NULL,
    subscription INTEGER NOT NULL REFERENCES webhooks_subscriptions (id) ON DELETE CASCADE,
    state TEXT NOT NULL CHECK (state IN ('pending', 'delivered', 'given_up')),
    event_id TEXT NOT NULL,
    body TEXT NOT NULL,
    created INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    tries INTEGER NOT NULL,
    outcome TEXT,
    ended INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX webhooks_deliveries_subscription ON webhooks_deliveries (subscription, state, number);
-- What is over, by age, so that forgetting the oldest does not read all the rest.
CREATE INDEX webhooks_deliveries_ended ON webhooks_deliveries (subscription, created)
    WHERE state <> 'pending';
