//! The log: what was sent about a dialog, and what became of it.
//!
//! Every notification gets its row in the commit that ends its order, with the dialog and transmission
//! that the order's chain was associated with. A result that changes later changes the row, so the log
//! tells the truth; written twice it stays one row.

pub(crate) mod show;
pub(crate) mod sql;

pub(crate) use show::show;
