//! Why a gateway cannot be built.

use types::OrgNumber;
use webhooks::SigningKeyError;

use crate::registry::ServiceIdentifier;
use crate::transports;

/// Why a gateway cannot be built.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// Two transports for one channel.
    #[error("there are two transports for {0}")]
    TwoTransports(ServiceIdentifier),
    /// A consumer that sees everything already, or is named twice.
    #[error("exchange.consumers: {0} runs the gateway or is named twice")]
    Consumer(OrgNumber),
    /// A channel name that is none.
    #[error("exchange.message_channel: {0}")]
    Channel(#[from] transports::MessageChannelError),
    /// A folder that cannot work.
    #[error(transparent)]
    Folder(#[from] transports::folder::FolderConfigError),
    /// A tray that cannot work.
    #[error(transparent)]
    Tray(#[from] crate::trays::TrayConfigError),
    /// A signing secret that is none.
    #[error(transparent)]
    Webhooks(#[from] SigningKeyError),
}
