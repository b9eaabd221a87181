//! How often one may try: counted for the account and for the address, before any password is looked at.
//!
//! Counting comes first, and in the store, so that tries at the same time, at any number of nodes, are not
//! more than tries one after the other.

use std::net::IpAddr;
use std::time::Duration;

use aws_lc_rs::digest::{Context, SHA256};
use axum::http::HeaderMap;
use axum::http::request::Parts;
use jiff::Timestamp;
use store::Tx;
use web::networks::Network;
use web::server::Peer;

use super::sessions::later;
use super::sql;
use crate::Console;

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

    /// Counts the try. When there were too many, when the next one may come. An address that tries too often
    /// counts against nobody's account any more.
    pub(super) fn count(&self, tx: &mut Tx<'_>, now: Timestamp) -> store::Result<Option<Timestamp>> {
        match self.count_address(tx, now)? {
            Some(until) => Ok(Some(until)),
            None => self.count_account(tx, now),
        }
    }

    /// Counts a try for the account alone.
    pub(super) fn count_account(&self, tx: &mut Tx<'_>, now: Timestamp) -> store::Result<Option<Timestamp>> {
        let (tries, ends) = sql::attempt(tx, &self.account, now, later(now, WINDOW))?;
        Ok(Some(ends).filter(|_| tries > FOR_ACCOUNT))
    }

    /// Counts a try from the address alone.
    pub(super) fn count_address(&self, tx: &mut Tx<'_>, now: Timestamp) -> store::Result<Option<Timestamp>> {
        let (tries, ends) = sql::attempt(tx, &self.address, now, later(now, WINDOW))?;
        Ok(Some(ends).filter(|_| tries > FROM_ADDRESS))
    }

    /// Whoever got in has the account's tries again; the address goes on counting.
    pub(super) fn forgive(&self, tx: &mut Tx<'_>) -> store::Result<()> {
        sql::forgive(tx, &self.account)
    }
}

/// Lets an account try again at once.
pub(crate) fn forgive(tx: &mut Tx<'_>, login: &str) -> store::Result<()> {
    sql::forgive(tx, &hashed("account", login))
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

/// Where a request comes from: whoever is connected to us, or, where those are proxies of ours, the last address
/// in `X-Forwarded-For` that is none of them.
pub(super) fn origin(console: &Console, parts: &Parts) -> Option<IpAddr> {
    let peer = parts.extensions.get::<Peer>()?.0;
    Some(behind(&console.config().proxies, peer, &parts.headers))
}

fn behind(proxies: &[Network], peer: IpAddr, headers: &HeaderMap) -> IpAddr {
    let is_proxy = |address: &IpAddr| {
        let address = address.to_canonical();
        proxies.iter().any(|network| network.contains(address))
    };
    let lines = headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
    let told: Vec<Option<IpAddr>> =
        lines.flat_map(|line| line.split(',')).map(|address| address.trim().parse().ok()).collect();
    let mut seen = peer;
    for address in told.into_iter().rev() {
        // What a stranger has written is not to be believed, nor what is no address.
        let (true, Some(address)) = (is_proxy(&seen), address) else { break };
        seen = address;
    }
    seen
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

    #[test]
    fn an_address_is_believed_from_our_own_proxies_alone() {
        let proxies = ["10.0.0.0/8".parse().expect("a network")];
        let ip = |text: &str| text.parse::<IpAddr>().expect("an address");
        let told = |peer: &str, header: &'static str| {
            let name = axum::http::HeaderName::from_static("x-forwarded-for");
            let headers = HeaderMap::from_iter([(name, axum::http::HeaderValue::from_static(header))]);
            behind(&proxies, ip(peer), &headers)
        };
        assert_eq!(told("10.0.0.7", "203.0.113.9"), ip("203.0.113.9"));
        assert_eq!(
            told("10.0.0.7", "198.51.100.1, 203.0.113.9, 10.1.1.1"),
            ip("203.0.113.9"),
            "a lie in front"
        );
        assert_eq!(told("203.0.113.9", "198.51.100.1"), ip("203.0.113.9"), "no proxy of ours");
        assert_eq!(told("10.0.0.7", "unknown"), ip("10.0.0.7"));
        assert_eq!(behind(&proxies, ip("10.0.0.7"), &HeaderMap::new()), ip("10.0.0.7"));
    }
}
