//! The section `[listen]`.

use std::net::SocketAddr;
use std::path::PathBuf;

use serde::Deserialize;

use super::KeyStoreConfig;

/// The `[listen]` section. Port 0 takes any that is free.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Listen {
    /// Both APIs, liveness and the console.
    pub api: SocketAddr,
    /// Embedded broker, registry, token issuer and SMS gateway.
    pub services: SocketAddr,
    /// Triggers, figures and health, for operators.
    pub operators: SocketAddr,
    /// Embedded mail server.
    pub mail: SocketAddr,
    /// Mail that is returned to `bounces.domain`; needs that section.
    pub bounces: Option<SocketAddr>,
    /// Embedded SMPP message centre.
    pub smsc: SocketAddr,
    /// How `api` speaks TLS [default: it speaks plain HTTP].
    pub tls: Option<TlsConfig>,
}

/// The `[listen.tls]` section: a certificate and key in PEM files, or both in a key store.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TlsConfig {
    /// The certificate chain (PEM, the server's own first); belongs to `key_file`.
    #[serde(default)]
    pub certificate_file: Option<PathBuf>,
    /// Its private key (PEM).
    #[serde(default)]
    pub key_file: Option<PathBuf>,
    /// Both in one file.
    #[serde(default)]
    pub keystore: Option<KeyStoreConfig>,
}

impl Default for Listen {
    fn default() -> Self {
        let loopback = |port| SocketAddr::from(([127, 0, 0, 1], port));
        Self {
            api: loopback(9093),
            services: loopback(9094),
            operators: loopback(9095),
            mail: loopback(9025),
            bounces: None,
            smsc: loopback(2775),
            tls: None,
        }
    }
}
