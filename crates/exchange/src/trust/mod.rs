//! Whom to believe: whoever signs what comes in must lead up to a root of ours, must not have been
//! revoked, and should be the sender.
//!
//! The first is decided where the container is opened, since it needs nothing from outside; the other
//! two here, when it has been. Why it is so is written in decision 12.

mod config;
mod lists;

use std::sync::Arc;

use arc_swap::ArcSwapOption;
use asic::error::TrustError;
use asic::{Signature, TrustAnchors, UnixTime};
use types::OrgNumber;
use types::time::Clock;
use web::GuardedClient;

use self::lists::{Lists, Unknown};
use crate::message::Facts;
use crate::registry::ServiceIdentifier;
use crate::trail::Trail;

pub use config::{Config, Revocation, SenderCheck};

/// What is believed now.
pub(crate) struct Trust {
    config: Config,
    anchors: ArcSwapOption<TrustAnchors>,
    lists: Lists,
}

/// Why a message is not taken in now.
#[derive(Debug)]
pub(crate) enum Doubt {
    /// Nobody should believe it.
    Refused(String),
    /// Whether to believe it cannot be found out now.
    Unknown(String),
}

impl Trust {
    pub(crate) fn new(
        config: Config,
        anchors: Option<TrustAnchors>,
        client: &GuardedClient,
        clock: Clock,
    ) -> Self {
        let client = client.with_answer_limit(config.list_limit_bytes);
        let lists = Lists::new(client, clock, config.keep_lists_seconds);
        Self { config, anchors: ArcSwapOption::from_pointee(anchors), lists }
    }

    /// Whose signatures are good enough; anybody's when `None`.
    pub(crate) fn anchors(&self) -> Option<Arc<TrustAnchors>> {
        self.anchors.load_full()
    }

    pub(crate) fn replace(&self, anchors: Option<TrustAnchors>) {
        self.anchors.store(anchors.map(Arc::new));
    }

    /// Decides on the signatures of a container that has been opened.
    pub(crate) async fn judge(
        &self,
        facts: &Facts,
        service: ServiceIdentifier,
        signatures: &[Signature],
        at: UnixTime,
    ) -> Result<(), Doubt> {
        let trail = Trail::of(facts, service);
        if let Some(sender) = facts.sender.organization() {
            self.compare(sender, signatures, &trail)?;
        }
        self.look_for_revoked(signatures, at, &trail).await
    }

    /// The signing organization against the sender.
    fn compare(&self, sender: OrgNumber, signatures: &[Signature], trail: &Trail) -> Result<(), Doubt> {
        if self.config.sender == SenderCheck::Off {
            return Ok(());
        }
        for signature in signatures {
            let named = signature.signer.organization_number();
            let signer: Option<OrgNumber> = named.ok().and_then(|number| number.parse().ok());
            if signer.is_some_and(|signer| signer == sender || self.config.operators.contains(&signer)) {
                continue;
            }
            let signer = signer.map_or_else(|| "no organization".to_owned(), |signer| signer.to_string());
            let said = format!("the container is signed by {signer}, and its sender is {sender}");
            if self.config.sender == SenderCheck::Refuse {
                return Err(Doubt::Refused(said));
            }
            let Trail { message_id, conversation_id, service, sender, receiver, process } = trail;
            tracing::warn!(
                message_id, conversation_id, %service, sender, receiver, process, signer,
                "a container is signed by another organization than its sender"
            );
        }
        Ok(())
    }

    async fn look_for_revoked(
        &self,
        signatures: &[Signature],
        at: UnixTime,
        trail: &Trail,
    ) -> Result<(), Doubt> {
        let anchors = self.anchors();
        // Without roots of ours nobody's list is worth more than the certificate itself.
        let Some(anchors) = anchors.filter(|_| self.config.revocation != Revocation::Off) else {
            return Ok(());
        };
        for signature in signatures {
            let refused = |error: TrustError| Doubt::Refused(format!("the signer is not trusted: {error}"));
            let issuers = anchors.issuers_of(signature, at).map_err(refused)?;
            let below = std::iter::once(&signature.signer).chain(&issuers);
            for (certificate, issuer) in below.zip(&issuers) {
                let Err(unknown) = self.lists.check(certificate, issuer, at).await else { continue };
                match unknown {
                    Unknown::Revoked => return Err(refused(TrustError::Revoked)),
                    Unknown::NoList(reason) if self.config.revocation == Revocation::Require => {
                        return Err(Doubt::Unknown(reason));
                    }
                    Unknown::NoList(reason) => {
                        let (message_id, service) = (&trail.message_id, trail.service);
                        tracing::warn!(
                            message_id, %service, reason,
                            "a signer is believed without knowing whether the certificate was revoked"
                        );
                    }
                }
            }
        }
        Ok(())
    }
}
