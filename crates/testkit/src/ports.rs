//! Ports that nobody has.

use std::net::TcpListener;

use uuid::Uuid;

/// Below the ports that systems give to outgoing connections, so that a stopped server's port is still
/// free when it starts again.
const PORTS: std::ops::Range<u16> = 20_000..32_000;

/// A port that is free at all these addresses at the moment; somebody may take it before we do.
pub fn free(addresses: &[&str]) -> u16 {
    let span = u128::from(PORTS.end - PORTS.start);
    loop {
        let draw = u16::try_from(Uuid::new_v4().as_u128() % span).expect("below the span");
        let port = PORTS.start + draw;
        if addresses.iter().all(|&address| TcpListener::bind((address, port)).is_ok()) {
            return port;
        }
    }
}
