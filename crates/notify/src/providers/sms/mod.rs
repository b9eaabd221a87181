//! SMS gateways, one file each.

pub mod pswin;
pub mod pswin_report;

mod pswin_wire;
mod watched_body;
mod xml;

pub use pswin::{PsWin, PsWinConfig};
