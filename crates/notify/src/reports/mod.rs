//! What became of it: delivery reports.
//!
//! A report is authenticated, read, stored, applied and acknowledged, in that order; storing and
//! applying are one commit. A report whose message is not known is kept and acknowledged all the same:
//! a fast gateway reports before its own answer has been stored, and when the reference comes, the
//! report is waiting for it.

mod apply;
pub mod receive;
mod sql;

pub(crate) use apply::{adopt, apply_all};
pub(crate) use sql::Report;
