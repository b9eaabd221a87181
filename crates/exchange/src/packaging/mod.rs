//! Between blobs and `asic`: streams, and blocking work kept off the async threads.

pub(crate) mod open;
pub(crate) mod seal;
