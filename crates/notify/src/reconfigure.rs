//! Going on with another configuration, without a stop.
//!
//! Most settings are asked for each time they are used, so that it is enough to put others in their place.
//! Those that something was built from at the start stay as they were: sizes of lanes and pools, hours,
//! clients. Which are which is the binary's business, which hands in a configuration where the latter are
//! unchanged.

use std::sync::Arc;

use crate::recipients::Channel;
use crate::routes::{RouteError, Terms};
use crate::{Config, Notify};

impl Notify {
    /// Goes on with these settings.
    pub fn reconfigure(&self, config: Config) {
        self.verifier().set_limits(config.pace.clone());
        self.webhooks().reconfigure(config.webhooks.posting());
        self.0.config.store(Arc::new(config));
    }

    /// Takes routes on other terms from here on, by their names; first SMS, then e-mail.
    ///
    /// # Errors
    /// When no message could keep the pace; then nothing is changed.
    pub fn set_terms(
        &self,
        sms: impl IntoIterator<Item = (String, Terms)>,
        email: impl IntoIterator<Item = (String, Terms)>,
    ) -> Result<(), RouteError> {
        let sms = sms.into_iter().map(|(name, terms)| (Channel::Sms, name, terms));
        let email = email.into_iter().map(|(name, terms)| (Channel::Email, name, terms));
        self.ways().set_terms(&sms.chain(email).collect::<Vec<_>>())
    }
}
