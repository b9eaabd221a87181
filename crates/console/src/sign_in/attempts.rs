//! How often one may try: counted for the account and for the address, before any password is looked at.
//!
//! Counting comes first, and in the store, so that tries at the same time, at any number of nodes, are not
//! more than tries one after the other.

use std::net::IpAddr;
use std::time::Duration;

use aws_lc_rs::digest::{Context, SHA256};
use axum::http::request::Parts;
use jiff::Timestamp;
use store::Tx;
use web::server::Peer;

use super::sessions::later;
use super::sql;

/// For so long tries are counted together.
const WINDOW: Duration = Duration::from_secs(15 * 60);
/// Tries for an account in that time.
const FOR_ACCOUNT: i64 = 10;
/// Tries from an address: several people may be behind one.
const FROM_ADDRESS: i64 = 50;

/// What tries are counted under: hashes, since a name may be a password in the wrong field.
#[derive(Clone, Debug)]
pub(super) struct Counted {
    account: Vec<u8>,
    address: Vec<u8>,
}

impl Counted {
    /// A try for an account from an address.
    pub(super) fn of(login: &str, from: Option<IpAddr>) -> Self {
        let from = from.map(network).unwrap_or_default();
        Self { account: hashed("account", login), address: hashed("address", &from) }
    }

    /// Counts the try. When there were too many, when the next one may come.
    pub(super) fn count(&self, tx: &mut Tx<'_>, now: Timestamp) -> store::Result<Option<Timestamp>> {
        let ends = later(now, WINDOW);
        let mut wait = None;
        for (what, most) in [(&self.account, FOR_ACCOUNT), (&self.address, FROM_ADDRESS)] {
            let (tries, ends) = sql::attempt(tx, what, now, ends)?;
            if tries > most {
                wait = wait.max(Some(ends));
            }
        }
        Ok(wait)
    }

    /// Whoever got in has the account's tries again; the address goes on counting.
    pub(super) fn forgive(&self, tx: &mut Tx<'_>) -> store::Result<()> {
        sql::forgive(tx, &self.account)
    }
}

fn hashed(kind: &str, what: &str) -> Vec<u8> {
    let mut hash = Context::new(&SHA256);
    for part in [kind, "\0", what] {
        hash.update(part.as_bytes());
    }
    hash.finish().as_ref().to_vec()
}

/// An IPv4 address, or the network of 64 bits that one customer has in IPv6.
fn network(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}")
        }
    }
}

/// Where a request comes from.
pub(super) fn origin(parts: &Parts) -> Option<IpAddr> {
    parts.extensions.get::<Peer>().map(|peer| peer.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_customer_is_one_address() {
        let network = |text: &str| network(text.parse().expect("an address"));
        assert_eq!(network("2001:db8:1:2::7"), network("2001:db8:1:2:ffff::9"));
        assert_ne!(network("2001:db8:1:2::7"), network("2001:db8:1:3::7"));
        assert_eq!(network("::ffff:192.0.2.7"), network("192.0.2.7"));
    }
}
