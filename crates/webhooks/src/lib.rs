//! Telling subscribers, durably.
