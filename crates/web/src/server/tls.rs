//! TLS towards clients, with a certificate that can be replaced while the server runs.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tracing::debug;

/// The certificate and key cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the certificate and key cannot be used for TLS: {0}")]
pub struct TlsError(#[from] rustls::Error);

/// How a server proves itself. TLS 1.2 and 1.3; cheap to clone, and clones change together.
#[derive(Clone, Debug)]
pub struct Tls(Arc<RwLock<Arc<ServerConfig>>>);

impl Tls {
    /// With a certificate chain (DER, the server's own first) and its key (PKCS#8, DER).
    pub fn new(chain: Vec<Vec<u8>>, key: &[u8]) -> Result<Self, TlsError> {
        Ok(Self(Arc::new(RwLock::new(config(chain, key)?))))
    }

    /// Uses another certificate for connections that begin from now on.
    pub fn replace(&self, chain: Vec<Vec<u8>>, key: &[u8]) -> Result<(), TlsError> {
        let next = config(chain, key)?;
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = next;
        Ok(())
    }

    /// Greets a client; `None` when that comes to nothing in time. From this machine itself plain HTTP is
    /// taken, too: our own commands come that way.
    pub(super) async fn accept(&self, stream: TcpStream, patience: Duration) -> Option<Greeted> {
        let mut first = [0];
        let peeked = tokio::time::timeout(patience, stream.peek(&mut first)).await;
        peeked.ok()?.ok()?;
        if first[0] != HANDSHAKE && is_from_here(&stream) {
            return Some(Greeted::Plain(stream));
        }
        let now = Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner));
        match tokio::time::timeout(patience, TlsAcceptor::from(now).accept(stream)).await {
            Ok(Ok(stream)) => Some(Greeted::Tls(Box::new(stream))),
            Ok(Err(error)) => {
                debug!(%error, "a client and we did not agree about TLS");
                None
            }
            Err(_) => None,
        }
    }
}

/// A client that may begin to speak HTTP.
pub(super) enum Greeted {
    /// As it came.
    Plain(TcpStream),
    /// Inside TLS.
    Tls(Box<TlsStream<TcpStream>>),
}

/// What every client that wants TLS begins with.
const HANDSHAKE: u8 = 0x16;

fn is_from_here(stream: &TcpStream) -> bool {
    let ends = stream.peer_addr().and_then(|peer| Ok((peer.ip(), stream.local_addr()?.ip())));
    ends.is_ok_and(|(peer, own)| peer.to_canonical().is_loopback() || peer == own)
}

fn config(chain: Vec<Vec<u8>>, key: &[u8]) -> Result<Arc<ServerConfig>, TlsError> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let chain = chain.into_iter().map(CertificateDer::from).collect();
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.to_vec()));
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}
