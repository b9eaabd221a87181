//! SMS gateways, one file or folder each.

pub mod gsm_safe;
pub mod parts;
pub mod pswin;
pub mod pswin_report;
pub mod pswin_wire;
pub mod smpp;

mod pswin_poll;
mod pswin_rules;
mod xml;

pub use parts::{Encoding, SmsParts};
pub use pswin::{PsWin, PsWinConfig, Unicode};
pub use pswin_poll::PollConfig;
pub use pswin_rules::{SenderFault, check_sender};
pub use smpp::{Smpp, SmppConfig};
