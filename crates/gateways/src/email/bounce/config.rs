//! The section `[bounces]` of the configuration, and who is let in.

use serde::Deserialize;
use types::Secret;
use types::ids::AttemptId;

use crate::email::verp::{ReturnPathError, ReturnPaths};

/// Where mail is returned to, and how what comes back is taken.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BouncesConfig {
    /// The domain of return paths; its MX leads to the listener. Default: none, mail is returned to its
    /// sender.
    pub domain: Option<String>,
    /// Signs return paths; at least 16 characters, the same on every node. Belongs to `domain`.
    pub key: Option<Secret>,
    /// The key before that one, whose return paths are still believed. Default: none.
    pub earlier_key: Option<Secret>,
    /// Further addresses that are let in, such as the one where mailbox providers send complaints to. Default:
    /// none.
    pub also_accept: Vec<String>,
    /// Connections at once; more wait. Default 50.
    pub connections: usize,
    /// Bytes a message may have. Default 32 MiB.
    pub message_bytes: usize,
    /// Bytes of it that are kept in memory and read; reports stand at the beginning. Default 256 KiB.
    pub keep_bytes: usize,
    /// How long the other side may be silent, in seconds. Default 60.
    pub timeout_seconds: u64,
    /// How long one connection may last, in seconds. Default 600.
    pub session_seconds: u64,
}

impl Default for BouncesConfig {
    fn default() -> Self {
        Self {
            domain: None,
            key: None,
            earlier_key: None,
            also_accept: Vec::new(),
            connections: 50,
            message_bytes: 32 * 1024 * 1024,
            keep_bytes: 256 * 1024,
            timeout_seconds: 60,
            session_seconds: 600,
        }
    }
}

/// What is wrong with the configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BouncesConfigError {
    /// One without the other.
    #[error("bounces.domain and bounces.key belong together")]
    Half,
    /// Domain or key.
    #[error(transparent)]
    ReturnPath(#[from] ReturnPathError),
    /// Nobody would be let in.
    #[error("listen.bounces needs bounces.domain and bounces.key, or bounces.also_accept")]
    NobodyToLetIn,
}

impl BouncesConfig {
    /// The return paths of our mail, where they are configured.
    pub fn return_paths(&self) -> Result<Option<ReturnPaths>, BouncesConfigError> {
        match (&self.domain, &self.key) {
            (Some(domain), Some(key)) => Ok(Some(ReturnPaths::new(domain, key, self.earlier_key.as_ref())?)),
            (None, None) => Ok(None),
            _ => Err(BouncesConfigError::Half),
        }
    }

    /// Who is let in.
    pub fn doorkeeper(&self) -> Result<Doorkeeper, BouncesConfigError> {
        let paths = self.return_paths()?;
        if paths.is_none() && self.also_accept.is_empty() {
            return Err(BouncesConfigError::NobodyToLetIn);
        }
        Ok(Doorkeeper { paths, others: self.also_accept.clone() })
    }
}

/// Knows whom mail is taken for: our own return paths, and a few other addresses. Nobody else.
#[derive(Clone, Debug)]
pub struct Doorkeeper {
    pub(super) paths: Option<ReturnPaths>,
    others: Vec<String>,
}

impl Doorkeeper {
    /// One who lets in our return paths only.
    pub const fn of(paths: ReturnPaths) -> Self {
        Self { paths: Some(paths), others: Vec::new() }
    }

    /// Whether mail for an address is taken, and for whom it is then.
    pub(super) fn lets_in(&self, address: &str) -> Option<Addressee> {
        if let Some(attempt) = self.paths.as_ref().and_then(|paths| paths.read(address)) {
            return Some(Addressee::ReturnPath(attempt));
        }
        let is_known = self.others.iter().any(|other| other.eq_ignore_ascii_case(address));
        is_known.then_some(Addressee::Other)
    }
}

/// For whom a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Addressee {
    /// A return path of ours, which names an attempt.
    ReturnPath(AttemptId),
    /// An address that is let in besides.
    Other,
}

impl Addressee {
    /// The attempt that it names.
    pub(super) const fn token(self) -> Option<AttemptId> {
        match self {
            Self::ReturnPath(attempt) => Some(attempt),
            Self::Other => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn domain_and_key_belong_together_and_somebody_must_be_let_in() {
        let domain = Some("bounce.fjord.example".to_owned());
        let half = BouncesConfig { domain: domain.clone(), ..BouncesConfig::default() };
        assert_eq!(half.return_paths().err(), Some(BouncesConfigError::Half));
        assert_eq!(BouncesConfig::default().doorkeeper().err(), Some(BouncesConfigError::NobodyToLetIn));

        let key = Some(Secret::new("0123456789abcdef".to_owned()));
        let also_accept = vec!["fbl@fjord.example".to_owned()];
        let whole = BouncesConfig { domain, key, also_accept, ..BouncesConfig::default() };
        let doorkeeper = whole.doorkeeper().expect("a doorkeeper");
        assert_eq!(doorkeeper.lets_in("FBL@fjord.example"), Some(Addressee::Other));
        assert_eq!(doorkeeper.lets_in("b@bounce.fjord.example"), None);
        assert!(!format!("{whole:?}").contains("0123456789abcdef"));
    }
}
