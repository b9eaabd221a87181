//! SMS gateways, one file or folder each.

pub mod gsm_safe;
pub mod parts;
pub mod pswin;
pub mod pswin_report;
pub mod smpp;

mod pswin_rules;
mod pswin_wire;
mod watched_body;
mod xml;

pub use parts::{Encoding, SmsParts};
pub use pswin::{PsWin, PsWinConfig, Unicode};
pub use pswin_rules::{SenderFault, check_sender};
pub use smpp::{Smpp, SmppConfig};
