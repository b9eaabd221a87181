//! Two gateways, what stands between them, and a client that speaks to them.

mod alone;
mod answer;
mod commits;
mod gate;
mod gateway;
mod outside;
mod pki;
mod samples;
mod world;

pub use alone::{ANY, Alone, alone, alone_asking, alone_over, to, to_anybody};
pub use answer::Answer;
pub use gate::{Served, serve};
pub use gateway::Gateway;
pub use pki::{identity, identity_of};
pub use samples::{arkivmelding, avtalt, case_document, files, message_id, sbd, signers, unpack};
pub use world::{World, world, world_on_blobs, world_where_b_serves_c, world_with};

use types::OrgNumber;
use types::time::Clock;

pub const A: &str = "310000001";
pub const B: &str = "310000002";
/// Has no gateway of its own; B's may serve it.
pub const C: &str = "310000004";
pub const PROCESS: &str = "urn:no:difi:profile:arkivmelding:administrasjon:ver1.0";
pub const RESPONSE: &str = "urn:no:difi:profile:arkivmelding:response:ver1.0";
pub const AVTALT: &str = "urn:no:difi:profile:avtalt:avtalt:ver1.0";
const START: &str = "2026-03-02T10:15:00Z";

pub fn org(number: &str) -> OrgNumber {
    number.parse().expect("nine digits")
}

pub fn clock() -> Clock {
    Clock::stepped(START.parse().expect("a moment"))
}
