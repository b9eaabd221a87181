//! Doing things later: at least once, with leases, fences and a ledger.
