//! DPO, between agencies: over the Altinn 3 broker, or our own of the same protocol.
