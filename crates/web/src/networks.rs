//! Which addresses a URL chosen by a stranger may lead to.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use serde::{Deserialize, Deserializer};

/// A network in CIDR notation, such as `10.20.0.0/16` or `fd00::/8`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    prefix: u8,
}

/// A text that is no network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NetworkError {
    /// Not an address and a prefix length.
    #[error("a network is written as an address and a prefix length, such as 10.20.0.0/16")]
    Malformed,
    /// Longer than an address of its kind.
    #[error("the prefix length is larger than the address")]
    PrefixTooLong,
    /// Bits behind the prefix are set, which hints at a mistake.
    #[error("the address has bits behind the prefix")]
    HostBits,
}

impl Network {
    /// Whether the address is in the network.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                let shift = 32 - u32::from(self.prefix);
                own.to_bits().checked_shr(shift) == other.to_bits().checked_shr(shift)
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => {
                let shift = 128 - u32::from(self.prefix);
                own.to_bits().checked_shr(shift) == other.to_bits().checked_shr(shift)
            }
            _ => false,
        }
    }

    fn has_host_bits(&self) -> bool {
        let prefix = u32::from(self.prefix);
        match self.address {
            IpAddr::V4(own) => own.to_bits().checked_shl(prefix).unwrap_or(0) != 0,
            IpAddr::V6(own) => own.to_bits().checked_shl(prefix).unwrap_or(0) != 0,
        }
    }
}

impl FromStr for Network {
    type Err = NetworkError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (address, prefix) = text.split_once('/').ok_or(NetworkError::Malformed)?;
        let address: IpAddr = address.parse().map_err(|_| NetworkError::Malformed)?;
        let prefix: u8 = prefix.parse().map_err(|_| NetworkError::Malformed)?;
        if prefix > if address.is_ipv4() { 32 } else { 128 } {
            return Err(NetworkError::PrefixTooLong);
        }
        let network = Self { address, prefix };
        if network.has_host_bits() {
            return Err(NetworkError::HostBits);
        }
        Ok(network)
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}

impl<'de> Deserialize<'de> for Network {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// Networks that may be called although they are not public. Empty unless configured.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AllowedNetworks {
    /// Networks allowed in addition to the public ones.
    pub networks: Vec<Network>,
    /// Whether this machine itself may be called; for development.
    pub loopback: bool,
}

impl AllowedNetworks {
    /// Public addresses only.
    pub fn public_only() -> Self {
        Self::default()
    }

    /// Public addresses and this machine, for development and tests.
    pub fn with_loopback() -> Self {
        Self { networks: Vec::new(), loopback: true }
    }

    /// Whether a connection to the address may be opened.
    pub fn allows(&self, address: IpAddr) -> bool {
        let address = as_reached(address);
        (self.loopback && address.is_loopback())
            || self.networks.iter().any(|network| network.contains(address))
            || is_public(address)
    }
}

/// The address a packet ends at: what an IPv4-mapped (RFC 4291, section 2.5.5.2) or NAT64 address
/// (RFC 6052, section 2.1) carries inside.
fn as_reached(address: IpAddr) -> IpAddr {
    let IpAddr::V6(v6) = address else {
        return address;
    };
    if let Some(v4) = v6.to_ipv4_mapped() {
        return IpAddr::V4(v4);
    }
    match v6.segments() {
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
            IpAddr::V4(Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low)))
        }
        _ => address,
    }
}

/// Whether the address belongs to the public internet, by the IANA special-purpose registries
/// (RFC 6890); one cloud's metadata address hides in public space.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => is_public_v6(v6),
    }
}

/// Address blocks that are not of the public internet, each with its prefix length.
const SPECIAL_V4: [(Ipv4Addr, u32); 18] = [
    (Ipv4Addr::UNSPECIFIED, 8),            // this network
    (Ipv4Addr::new(10, 0, 0, 0), 8),       // private
    (Ipv4Addr::new(100, 64, 0, 0), 10),    // carrier-grade NAT
    (Ipv4Addr::new(127, 0, 0, 0), 8),      // loopback
    (Ipv4Addr::new(168, 63, 129, 16), 32), // a cloud's metadata
    (Ipv4Addr::new(169, 254, 0, 0), 16),   // link-local, and most clouds' metadata
    (Ipv4Addr::new(172, 16, 0, 0), 12),    // private
    (Ipv4Addr::new(192, 0, 0, 0), 24),     // protocol assignments
    (Ipv4Addr::new(192, 0, 2, 0), 24),     // documentation
    (Ipv4Addr::new(192, 31, 196, 0), 24),  // AS112
    (Ipv4Addr::new(192, 52, 193, 0), 24),  // multicast tunnels
    (Ipv4Addr::new(192, 88, 99, 0), 24),   // 6to4 relays
    (Ipv4Addr::new(192, 168, 0, 0), 16),   // private
    (Ipv4Addr::new(192, 175, 48, 0), 24),  // AS112
    (Ipv4Addr::new(198, 18, 0, 0), 15),    // measuring
    (Ipv4Addr::new(198, 51, 100, 0), 24),  // documentation
    (Ipv4Addr::new(203, 0, 113, 0), 24),   // documentation
    (Ipv4Addr::new(224, 0, 0, 0), 3),      // multicast, reserved, broadcast
];

fn is_public_v4(v4: Ipv4Addr) -> bool {
    let inside = |(block, prefix): &(Ipv4Addr, u32)| {
        let shift = 32 - prefix;
        v4.to_bits() >> shift == block.to_bits() >> shift
    };
    !SPECIAL_V4.iter().any(inside)
}

fn is_public_v6(v6: Ipv6Addr) -> bool {
    match v6.segments() {
        // Teredo, ORCHID, documentation, 6to4: all carry or hide something else
        [0x2001, 0..=0x01ff | 0x0db8, ..] | [0x2002, ..] | [0x3fff, 0..=0x0fff, ..] => false,
        // global unicast is 2000::/3; loopback, local, multicast, NAT64 for local use are outside
        [first, ..] => (0x2000..=0x3fff).contains(&first),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().expect(text)
    }

    #[test]
    fn public_addresses_pass() {
        let allowed = AllowedNetworks::public_only();
        for text in [
            "1.1.1.1",
            "9.255.255.255",
            "100.63.255.255",
            "100.128.0.0",
            "172.15.0.1",
            "172.32.0.1",
            "192.0.1.1",
            "223.255.255.255",
            "2a02:c0::1",
            "2606:4700::1111",
            "64:ff9b::101:101",
            "::ffff:1.1.1.1",
        ] {
            assert!(allowed.allows(address(text)), "{text}");
        }
    }

    #[test]
    fn everything_else_is_refused() {
        let allowed = AllowedNetworks::public_only();
        for text in [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "100.64.0.1",
            "100.100.100.200",
            "127.0.0.1",
            "127.255.255.254",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.192",
            "192.168.1.1",
            "192.0.2.1",
            "198.18.0.1",
            "198.51.100.1",
            "203.0.113.9",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "168.63.129.16",
            "::",
            "::1",
            "::7f00:1",
            "::ffff:127.0.0.1",
            "::ffff:169.254.169.254",
            "64:ff9b::7f00:1",
            "64:ff9b::a9fe:a9fe",
            "64:ff9b:1::a00:1",
            "2002:7f00:1::1",
            "2001::1",
            "2001:db8::1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "3fff::1",
            "5f00::1",
        ] {
            assert!(!allowed.allows(address(text)), "{text}");
        }
    }

    #[test]
    fn configured_networks_are_allowed_and_nothing_beside_them() {
        let networks =
            vec!["10.20.0.0/16".parse().expect("a network"), "fd12::/16".parse().expect("a network")];
        let allowed = AllowedNetworks { networks, loopback: false };
        assert!(allowed.allows(address("10.20.255.1")));
        assert!(allowed.allows(address("::ffff:10.20.0.1")));
        assert!(allowed.allows(address("fd12::1")));
        assert!(!allowed.allows(address("10.21.0.1")));
        assert!(!allowed.allows(address("fd13::1")));
        assert!(!allowed.allows(address("127.0.0.1")));
        assert!(AllowedNetworks::with_loopback().allows(address("::1")));
    }

    #[test]
    fn a_network_of_everything_contains_everything_of_its_kind() {
        let all: Network = "0.0.0.0/0".parse().expect("a network");
        assert!(all.contains(address("10.0.0.1")));
        assert!(!all.contains(address("::1")));
        let one: Network = "10.0.0.1/32".parse().expect("a network");
        assert!(one.contains(address("10.0.0.1")) && !one.contains(address("10.0.0.2")));
    }

    #[test]
    fn mistyped_networks_are_refused() {
        let read = |text: &str| text.parse::<Network>();
        assert_eq!(read("10.0.0.0"), Err(NetworkError::Malformed));
        assert_eq!(read("10.0.0.0/33"), Err(NetworkError::PrefixTooLong));
        assert_eq!(read("10.0.0.1/8"), Err(NetworkError::HostBits));
        assert_eq!(read("ten/8"), Err(NetworkError::Malformed));
    }
}
