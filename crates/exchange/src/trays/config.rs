//! The `[[exchange.trays]]` sections.

use std::path::PathBuf;

use serde::Deserialize;

/// A client of this gateway that speaks no HTTP: its messages come and go as files.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrayConfig {
    /// What it is called in logs, and as the user agent of its messages.
    pub name: String,
    /// Where messages that came in appear, each as a folder of its own. Default none: then none are put
    /// there, and they wait for other clients.
    #[serde(default)]
    pub received: Option<PathBuf>,
    /// Only messages of these processes. Default none: all of them.
    #[serde(default)]
    pub processes: Vec<String>,
    /// What a received message's folder holds: the files (`files`) or the container they came in (`asice`).
    /// Default `files`.
    #[serde(default)]
    pub form: TrayForm,
    /// Where the client puts messages that are to be sent. Default none: then it sends none.
    #[serde(default)]
    pub send: Option<PathBuf>,
    /// Where statuses appear, each as a file. Takes them off the status queue, which has them once, so only
    /// one client can have them. Default none.
    #[serde(default)]
    pub statuses: Option<PathBuf>,
}

/// What a received message's folder holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TrayForm {
    /// `sbd.json` and the files.
    #[default]
    Files,
    /// `sbd.json` and the container, as a client gets it over HTTP.
    Asice,
}

/// What is wrong with a section.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TrayConfigError {
    /// A name that is none, or used twice.
    #[error("exchange.trays: the name {0:?} is not letters, digits, - and _, or is used twice")]
    Name(String),
    /// No folder at all, or one for two things.
    #[error("exchange.trays {0}: set received, send or statuses, each to a folder of its own")]
    Folders(String),
}

impl TrayConfig {
    /// Refuses sections that cannot work.
    pub(crate) fn check_all(trays: &[Self]) -> Result<(), TrayConfigError> {
        for (at, tray) in trays.iter().enumerate() {
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
            let used = trays[..at].iter().any(|other| other.name == tray.name);
            if tray.name.is_empty() || !tray.name.bytes().all(plain) || used {
                return Err(TrayConfigError::Name(tray.name.clone()));
            }
            let folders: Vec<_> =
                [&tray.received, &tray.send, &tray.statuses].into_iter().flatten().collect();
            let twice = folders.iter().enumerate().any(|(at, folder)| folders[..at].contains(folder));
            if folders.is_empty() || twice {
                return Err(TrayConfigError::Folders(tray.name.clone()));
            }
        }
        Ok(())
    }
}
