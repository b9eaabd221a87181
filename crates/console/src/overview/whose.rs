//! Whose move it is.

use crate::language::Language;

/// Whose move it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Move {
    /// Whoever runs this server.
    Ours,
    /// Whoever runs a gateway or a mail server.
    Gateways,
    /// Whoever sends us something.
    Senders,
    /// Whoever listens to webhooks.
    Subscribers,
    /// Whoever runs the archive or case system.
    Clients,
    /// Whoever runs the channel's other side.
    Channels,
    /// Nobody's yet: it mends itself, or changes hands.
    Nobodys,
}

impl Move {
    pub(super) const fn word(self, lang: Language) -> &'static str {
        match self {
            Self::Ours => lang.of("yours", "ditt"),
            Self::Gateways => lang.of("the gateway's", "tjenesteleverandørens"),
            Self::Senders => lang.of("the sender's", "avsenderens"),
            Self::Subscribers => lang.of("the subscriber's", "abonnentens"),
            Self::Clients => lang.of("the archive system's", "arkivsystemets"),
            Self::Channels => lang.of("the channel's", "kanalens"),
            Self::Nobodys => lang.of("nobody's yet", "ingens ennå"),
        }
    }
}
