//! The resolver of guarded clients: what it does not hand out cannot be connected to.
//!
//! Looking an address up before connecting would not help: the name may answer differently the next
//! time. Here the addresses that are checked are the addresses that are used.

use std::net::SocketAddr;
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::networks::AllowedNetworks;

/// A name or address in a URL leads where calls may not go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the host is not on the public internet, nor in a network that is allowed")]
pub struct AddressRefused;

/// Resolves with the operating system, and drops what is not allowed.
#[derive(Debug)]
pub(crate) struct GuardedResolver(pub(crate) Arc<AllowedNetworks>);

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let allowed = Arc::clone(&self.0);
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let usable: Vec<SocketAddr> = found.filter(|found| allowed.allows(found.ip())).collect();
            if usable.is_empty() {
                return Err(AddressRefused.into());
            }
            Ok(Box::new(usable.into_iter()) as Addrs)
        })
    }
}
