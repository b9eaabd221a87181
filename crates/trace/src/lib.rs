//! Which request something is done for: from the request through the queue to the call outside.
//!
//! Three spans carry it, and every log line inside one shows its fields:
//!
//! | span | opened by | says |
//! |---|---|---|
//! | `request` | the layer around every router | the request's id, and what it is about |
//! | `job` | whoever runs a job | the job's id and kind, and the id of the request that led to it |
//! | `call` | whoever calls the outside | what is called |
//!
//! A [`Context`] is what outlives a span: it is kept with a job and sent along with a call
//! (`traceparent` of W3C Trace Context, and `X-Request-Id`). Where nobody records traces, a caller's
//! `traceparent` is passed on as it came; where traces are recorded, it names our own span.
//!
//! The spans are errors to the log's filter, so that a line that is shown is never shown without them.

mod context;
mod parent;
mod spans;

pub use context::{Context, current, headers};
pub use parent::Traceparent;
pub use spans::{About, TARGET, about, answered, called, calls, job, request};
