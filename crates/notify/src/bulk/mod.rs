//! Very many orders in one call: `POST /future/orders/bulk`. Beyond the reference.
//!
//! **Form.** The request is a stream of lines, each a JSON document. A line is an order in the shape of
//! `/future/orders`. A line `{"template": {…}}` says what the lines after it have in common; each of them is
//! laid over it, member by member. A line's `fields` fill `$name$` in subjects and bodies.
//!
//! **How it is read.** Line by line, in constant memory: two hundred at a time are checked, looked up and
//! committed before more is read, so that the sender feels how fast we are. The answer is a stream of lines,
//! too: what was refused and why, how far we are, and at the end the sum.
//!
//! **Promises.** What has been counted as accepted is on disk. Every order has its own idempotency id, so a
//! call that broke off is simply made again: what was accepted is found to be known. Orders of a bulk have
//! a turn of their own among the jobs, beside their creator's other orders and everybody else's; instant
//! messages never meet them.

mod answers;
mod fill;
mod intake;
mod lines;
mod model;
pub(crate) mod show;
mod sql;
pub(crate) mod take;

pub(crate) use answers::AnswerBody;
pub(crate) use sql::prune;
