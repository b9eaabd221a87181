//! Doing things later: at least once, with leases, fences and a ledger.
//!
//! # The promises
//!
//! - A job queued in a transaction exists if and only if that transaction was committed.
//! - A worker takes a job with a lease and a fencing number. When the worker dies or stalls, the
//!   lease runs out and anybody may take the job again, under the next number. Whatever the first
//!   one brings home afterwards is refused: [`Taken::finish`] fails with [`Stale`].
//! - So every job may run twice. What must not happen twice outside is written to the
//!   [`ledger`] before the call and after it; an attempt that began and has no end is *unknown*,
//!   and the job that finds it decides what that means.
//! - Nothing waits for a slow neighbour: every lane has workers of its own, and in a lane every
//!   organization that has something due gets its turn, however much another one has queued.
//! - Any number of nodes may work one store. Two never hold the same job, and one that dies costs its
//!   jobs a lease's time, nothing else.
//!
//! # Leases and clocks
//!
//! A lease ends at a moment, written into the row. All nodes that share a database read that moment off
//! the same clock (`Store::clock` follows the database's), and renew when a third of the lease is over,
//! counted by their own stopwatch, which never jumps. What if clocks misbehave all the same?
//!
//! - *A node's clock is ahead, or jumps forward*: others' leases look as if they had ended, and it takes
//!   jobs that are being worked on. The fence refuses whatever the first worker brings home, and the
//!   taker finds the open attempt in the ledger; so something may become *unknown* that went well, but
//!   nothing is done twice and nothing is lost. Before a node takes anything it renews those of its own
//!   leases that look ended, so it never takes a job from itself.
//! - *A node's clock is behind, or jumps back*: its leases look ended to others before they are; the same
//!   follows. What it put off or queued for "now" is due that much early, never lost. On a single node a
//!   jump back delays what was already due until the clock has caught up, and a crash meanwhile delays
//!   its jobs by the same time.
//! - *A node stands still* (stopped, swapped out, a laptop's lid) and wakes after its leases have ended:
//!   it renews before it takes, learns what is lost, and every late finish, put-off or burial is refused.
//! - *The database fails over*: moments may differ by what the two servers' clocks do; as above.
//!
//! So correctness rests on the fence and the ledger alone. Time only decides how soon somebody else tries.
//!
//! # How to write a job
//!
//! A small struct of ids that implements [`Job`]. `run` asks the world, decides, and writes its
//! results together with [`Taken::finish`] in one commit; it then returns [`Outcome::Settled`].
//! Jobs without results of their own return another [`Outcome`] and leave the rest to the worker.

mod backlog;
mod buried;
mod claim;
mod ending;
mod job;
mod leases;
pub mod ledger;
mod limits;
mod queue;
mod retry;
pub mod rotation;
mod seen;
mod wake;
mod worker;

pub use backlog::{Backlog, backlog};
pub use buried::{Buried, buried, dig_up};
pub use claim::{Claim, Claimed, Round, claim, claim_in_turn, release_abandoned, renew};
pub use ending::finish_all;
pub use job::{Job, Kinds, Lane, Outcome};
pub use limits::LaneLimits;
pub use queue::{
    Due, Stale, Taken, any_due, enqueue, enqueue_all, enqueue_taken, is_queued, still_taken, waiting,
};
pub use retry::Ladder;
pub use seen::{PutOff, buried_for, hurry, put_off};
pub use wake::Wake;
pub use worker::Workers;
