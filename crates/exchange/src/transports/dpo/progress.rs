//! How far a transfer has come at the broker, and what that means for its message.

use super::Dpo;
use super::calls::{READ, WRITE};
use crate::statuses::Status;
use crate::transports::{Health, News, Sent, Sighting, TransportError, Watch, Watched};

/// How far a transfer has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    /// The broker works on it (looks for malware, for instance); ask again.
    UnderWay,
    /// The receiver can fetch it, or has it.
    Available,
    /// The receiver has fetched and confirmed it.
    Confirmed,
    /// The broker gave it up, for this reason.
    Failed(String),
}

impl Progress {
    /// What the sender of the transfer is told.
    pub(super) fn sent(self, reference: String) -> Sent {
        let watch = if self == Self::UnderWay { Watch::Closely } else { Watch::Nothing };
        Sent { reference, news: self.news(), watch }
    }

    /// What a receiver's gateway has done with the message it says itself, so only failures are news.
    fn news(self) -> Vec<News> {
        match self {
            Self::Failed(why) => vec![News::described(Status::Feil, why)],
            _ => Vec::new(),
        }
    }
}

impl Dpo {
    pub(super) async fn look_at(&self, watched: &[Watched]) -> Result<Vec<Sighting>, TransportError> {
        let mut sightings = Vec::with_capacity(watched.len());
        for Watched { reference, organization, .. } in watched {
            let overview = self.calls.overview(self.user(*organization)?, WRITE, reference).await?;
            let progress = overview.progress();
            let over = progress != Progress::UnderWay;
            sightings.push(Sighting { reference: reference.clone(), news: progress.news(), over });
        }
        Ok(sightings)
    }

    /// Asks the broker for what waits for our first organization, which needs everything that sending
    /// and receiving need: the address, a token and a system user.
    pub(super) async fn ask_broker(&self) -> Health {
        let Some(user) = self.users.first() else {
            return Health::down("dpo.system_users names nobody");
        };
        let query = [
            ("resourceId", self.config.resource.as_str()),
            ("status", "Published"),
            ("recipientStatus", "Initialized"),
        ];
        match self.calls.list(user, READ, &query).await {
            Ok(waiting) => Health::up(format!("the broker answers; {} transfers wait", waiting.len())),
            Err(failure) => Health::down(TransportError::from(failure).to_string()),
        }
    }
}
