//! The embedded broker: the protocol of the Altinn 3 broker over our own disk; can run alone.
