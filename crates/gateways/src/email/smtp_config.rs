//! How a mail relay is reached: the settings, and what can be wrong with them.

use std::path::PathBuf;

use serde::Deserialize;
use types::Secret;

use super::dkim::{DkimConfig, DkimError};

/// How the relay is reached, and who mail comes from.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SmtpConfig {
    /// The relay's name or address. Default `localhost`.
    pub host: String,
    /// Its port. Default 587.
    pub port: u16,
    /// How the conversation is kept private. Default `required`.
    pub tls: Tls,
    /// A PEM file with certificates that are trusted in addition to the public ones. Default: none.
    pub ca_file: Option<PathBuf>,
    /// How we prove who we are. Default `password`.
    pub auth: Auth,
    /// The account. Default: none, the relay knows us by our address.
    pub username: Option<String>,
    /// Its password, or its OAuth access token. Default: none.
    pub password: Option<Secret>,
    /// What we call ourselves in `EHLO`. Default `localhost`.
    pub hello: String,
    /// Who mail comes from where a sender names nobody. Default `noreply@localhost.localdomain`.
    pub from: String,
    /// The name shown beside that address. Default: none.
    pub from_name: Option<String>,
    /// Where the relay returns mail to. Default: an address for each attempt in `bounces.domain`; without
    /// that, the sender's address.
    pub return_path: Option<String>,
    /// Keys that sign mail (DKIM). Default: none, or the relay signs.
    pub dkim: Vec<DkimConfig>,
    /// Whether the relay is asked for delivery reports. Default `when_offered`.
    pub dsn: Dsn,
    /// Whether HTML mail gets a plain twin. Default false.
    pub alternative: bool,
    /// For each step of the conversation, in seconds. Default 30.
    pub timeout_seconds: u64,
    /// For the answer after the message, in seconds. Giving up early makes duplicates. Default 120.
    pub final_timeout_seconds: u64,
    /// Connections for ordinary mail at most. Default 8.
    pub connections: usize,
    /// Connections for instant mail at most. Default 4.
    pub instant_connections: usize,
}

impl Default for SmtpConfig {
    fn default() -> Self {
        Self {
            host: "localhost".to_owned(),
            port: 587,
            tls: Tls::default(),
            ca_file: None,
            auth: Auth::default(),
            username: None,
            password: None,
            hello: "localhost".to_owned(),
            from: "noreply@localhost.localdomain".to_owned(),
            from_name: None,
            return_path: None,
            dkim: Vec::new(),
            dsn: Dsn::default(),
            alternative: false,
            timeout_seconds: 30,
            final_timeout_seconds: 120,
            connections: 8,
            instant_connections: 4,
        }
    }
}

/// How a conversation is kept private.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tls {
    /// It begins in the open and goes on encrypted (STARTTLS), or not at all.
    #[default]
    Required,
    /// It is encrypted from the start (usually port 465).
    Implicit,
    /// It is not. Only towards this machine.
    None,
}

/// How we prove to a relay who we are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Auth {
    /// With a password (`AUTH PLAIN` or `LOGIN`).
    #[default]
    Password,
    /// With an OAuth access token (`AUTH XOAUTH2`).
    Xoauth2,
}

/// Whether the relay is asked for delivery reports (RFC 3461).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dsn {
    /// Where it offers them.
    #[default]
    WhenOffered,
    /// Always; a relay that does not offer them is not used.
    Required,
    /// Never.
    Off,
}

/// What is wrong with the configuration.
#[derive(Debug, thiserror::Error)]
pub enum SmtpConfigError {
    /// Without TLS, but not towards this machine.
    #[error("tls = \"none\" is only for a relay on this machine, and {0} is not")]
    PlainToStrangers(String),
    /// Not an address.
    #[error("{0} is not an e-mail address")]
    Address(&'static str),
    /// One of user name and password is missing.
    #[error("username and password belong together")]
    HalfCredentials,
    /// The file with certificates.
    #[error("ca_file {0} cannot be read as PEM certificates")]
    CaFile(PathBuf),
    /// A key that is to sign.
    #[error(transparent)]
    Dkim(#[from] DkimError),
    /// TLS.
    #[error("TLS cannot be set up")]
    Tls(#[source] lettre::transport::smtp::Error),
}
