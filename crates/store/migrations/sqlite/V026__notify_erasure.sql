-- Whose addresses are to be erased is found in the embedded register by the addresses, too.
CREATE INDEX notify_register_persons_email ON notify_register_persons (lower(email));
CREATE INDEX notify_register_persons_mobile ON notify_register_persons (mobile) WHERE mobile IS NOT NULL;
CREATE INDEX notify_register_accounts_email ON notify_register_accounts (lower(email));
CREATE INDEX notify_register_accounts_mobile ON notify_register_accounts (mobile) WHERE mobile IS NOT NULL;

-- News that tells of an order's recipients. It is gone as soon as it has become deliveries.
CREATE INDEX notify_news_order ON notify_news (order_id) WHERE entry IS NOT NULL;
