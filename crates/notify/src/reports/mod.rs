//! What became of it: delivery reports.
//!
//! A report is authenticated, read, stored, applied and acknowledged, in that order; storing and
//! applying are one commit. A report whose message is not known is kept and acknowledged all the same:
//! a fast gateway reports before its own answer has been stored, and when the reference comes, the
//! report is waiting for it.
//!
//! What cannot be understood is filed in `dead.rs`, for somebody to look at.
//!
//! A gateway's reference is its own, and another gateway may give the same: a report is matched among the
//! messages of the route by which it came. Where that is not known, the latest message counts that any
//! route knows by the reference.

mod apply;
pub(crate) mod dead;
pub(crate) mod event_grid;
mod keep;
mod model;
pub mod receive;
mod sql;

pub(crate) use apply::{NewReference, adopt, apply_all};
pub(crate) use model::Arrived;
