//! Gateways, spoken to over real sockets.

mod acs;
mod bounces;
mod dkim;
mod net_smpp;
mod phases;
mod postfix;
mod pswin;
mod smpp;
mod smtp;

use std::time::Duration;

const SOON: Duration = Duration::from_secs(20);
