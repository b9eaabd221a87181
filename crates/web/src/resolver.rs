//! The resolver of guarded clients: what it does not hand out cannot be connected to.
//!
//! Looking an address up before connecting would not help: the name may answer differently the next
//! time. Here the addresses that are checked are the addresses that are used.

use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::networks::AllowedNetworks;

/// A name or address in a URL leads where calls may not go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the host is not on the public internet, nor in a network that is allowed")]
pub struct AddressRefused;

type Found = Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>>;
type LookUp = dyn Fn(String) -> Found + Send + Sync;

/// Resolves, and drops what is not allowed.
#[derive(Clone)]
pub(crate) struct GuardedResolver {
    allowed: Arc<AllowedNetworks>,
    look_up: Arc<LookUp>,
}

impl GuardedResolver {
    /// Resolves with the operating system.
    pub(crate) fn system(allowed: Arc<AllowedNetworks>) -> Self {
        Self::by(allowed, |name| {
            Box::pin(async move {
                let found = tokio::net::lookup_host((name, 0)).await?;
                Ok(found.map(|found| found.ip()).collect())
            })
        })
    }

    fn by(allowed: Arc<AllowedNetworks>, look_up: impl Fn(String) -> Found + Send + Sync + 'static) -> Self {
        Self { allowed, look_up: Arc::new(look_up) }
    }
}

impl fmt::Debug for GuardedResolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GuardedResolver").field("allowed", &self.allowed).finish_non_exhaustive()
    }
}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let (allowed, found) = (Arc::clone(&self.allowed), (self.look_up)(name.as_str().to_owned()));
        Box::pin(async move {
            let usable: Vec<SocketAddr> =
                found.await?.into_iter().filter(|ip| allowed.allows(*ip)).map(|ip| (ip, 0).into()).collect();
            if usable.is_empty() {
                return Err(AddressRefused.into());
            }
            Ok(Box::new(usable.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use axum::Router;
    use axum::routing::get;
    use tokio_util::sync::CancellationToken;

    use super::*;
    use crate::client::{CallError, CallLimits, GuardedClient};

    const OUTSIDE: [u8; 4] = [127, 0, 0, 1];
    const INSIDE: [u8; 4] = [127, 0, 0, 2];

    /// A host whose name leads to these addresses, one answer after the other.
    struct Host {
        client: GuardedClient,
        url: url::Url,
        asked: Arc<AtomicUsize>,
        reached: Arc<AtomicUsize>,
        stop: CancellationToken,
    }

    impl Host {
        /// Listens at every address of this machine, of which one may be called.
        async fn start(answers: Vec<Vec<[u8; 4]>>) -> Self {
            let (asked, reached) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
            let (counted, stop) = (Arc::clone(&reached), CancellationToken::new());
            let router = Router::new().fallback(get(async move || {
                counted.fetch_add(1, Ordering::SeqCst);
                // Each call opens a connection of its own.
                ([("connection", "close")], "reached")
            }));
            let bound = crate::server::bind(([0, 0, 0, 0], 0).into()).await.expect("a port");
            let port = bound.local_addr.port();
            tokio::spawn(bound.serve(router, crate::Limits::default(), stop.clone()));
            let networks = vec!["127.0.0.1/32".parse().expect("a network")];
            let allowed = Arc::new(AllowedNetworks { networks, loopback: false });
            let (answers, counted) = (Mutex::new(answers.into_iter()), Arc::clone(&asked));
            let resolver = GuardedResolver::by(Arc::clone(&allowed), move |_| {
                counted.fetch_add(1, Ordering::SeqCst);
                let answer = answers.lock().expect("not poisoned").next().expect("another answer");
                Box::pin(async move { Ok(answer.into_iter().map(IpAddr::from).collect()) })
            });
            let client =
                GuardedClient::resolving(allowed, resolver, CallLimits::default()).expect("a client");
            let url = format!("http://rebinding.example:{port}/").parse().expect("a URL");
            Self { client, url, asked, reached, stop }
        }

        async fn call(&self) -> Result<http::StatusCode, CallError> {
            self.client.check(&self.url)?;
            Ok(self.client.get(self.url.clone())?.send().await?.status)
        }

        fn counts(&self) -> (usize, usize) {
            (self.asked.load(Ordering::SeqCst), self.reached.load(Ordering::SeqCst))
        }
    }

    impl Drop for Host {
        fn drop(&mut self) {
            self.stop.cancel();
        }
    }

    /// What is checked is what is connected to: there is no second look-up in which a name could lead
    /// elsewhere, and a later call is checked anew.
    ///
    /// Covers: NP-100
    #[tokio::test]
    async fn a_name_that_leads_inwards_is_refused_also_when_it_did_not_before() {
        let host = Host::start(vec![vec![INSIDE], vec![OUTSIDE], vec![INSIDE]]).await;
        assert!(matches!(host.call().await, Err(CallError::Refused(_))));
        assert_eq!(host.counts(), (1, 0));
        assert_eq!(host.call().await.expect("an answer"), http::StatusCode::OK);
        assert_eq!(host.counts(), (2, 1));
        assert!(matches!(host.call().await, Err(CallError::Refused(_))));
        assert_eq!(host.counts(), (3, 1));
    }

    #[tokio::test]
    async fn of_several_addresses_only_those_allowed_are_called() {
        let host = Host::start(vec![vec![INSIDE, OUTSIDE]]).await;
        assert!(host.call().await.is_ok());
        let inside = Host::start(vec![vec![INSIDE, [10, 0, 0, 1], [169, 254, 169, 254]]]).await;
        assert!(matches!(inside.call().await, Err(CallError::Refused(_))));
        assert_eq!(inside.counts(), (1, 0));
    }
}
