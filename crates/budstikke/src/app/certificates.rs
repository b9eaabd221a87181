//! Our certificates while we run: new files are taken over, successors take over by themselves, and
//! somebody is told before the last one runs out.
//!
//! Files are looked at every `organization.watch_seconds` and after the configuration has been read anew. What cannot be used changes
//! nothing: what was there before signs on, the log and the health say what is wrong, and the files are
//! tried again until they are right.

use std::time::Duration;

use anyhow::Result;
use exchange::identities::ReloadFailure;
use tokio_util::sync::CancellationToken;

use super::{App, outward, products};
use crate::embedded::{OwnCredential, OwnIdentity, Stamps, configured, roots};

/// Between two looks at the time, when no files are watched.
const EVERY: Duration = Duration::from_secs(60);

/// What was seen and said so far.
struct Watch {
    app: App,
    /// The files as they were when they were read.
    stamps: Stamps,
    /// All that we have had since the start, those of the files first.
    identity: OwnIdentity,
    /// The certificate that others were told of, by its fingerprint.
    told: [u8; 32],
    /// Whether keys have been read that nobody has been given yet.
    renewed: bool,
    /// The alarm that was raised last, in days.
    alarm: Option<i64>,
}

/// Watches until told to stop.
pub(super) async fn watch(app: App, stop: CancellationToken) {
    let mut reloads = app.0.reloading.times();
    let mut watch = Watch::new(app);
    watch.raise_alarm();
    loop {
        let seconds = watch.app.config().organization.watch_seconds;
        let every = if seconds == 0 { EVERY } else { Duration::from_secs(seconds) };
        let asked = tokio::select! {
            () = stop.cancelled() => return,
            // Whoever tells of reloads lives as long as the app, of which we have one.
            _ = reloads.changed() => true,
            () = tokio::time::sleep(every) => false,
        };
        watch.look(asked, asked || seconds != 0).await;
    }
}

impl Watch {
    fn new(app: App) -> Self {
        let (stamps, identity) = (Stamps::of(&app.config()), app.0.identity.clone());
        let told = fingerprint(identity.shown(&app.store().clock()));
        Self { app, stamps, identity, told, renewed: false, alarm: None }
    }

    /// Takes new files over, tells others of another certificate, and raises alarms.
    async fn look(&mut self, asked: bool, at_files: bool) {
        let stamps = Stamps::of(&self.app.config());
        if at_files && !stamps.is_empty() {
            let failed =
                self.app.exchange().identities().overview(self.app.store().clock().now()).failure.is_some();
            if asked || failed || stamps != self.stamps {
                self.read();
                self.stamps = stamps;
            }
        }
        self.tell().await;
        self.raise_alarm();
    }

    /// Reads the files; the certificates that were there before go on opening what was encrypted to them.
    fn read(&mut self) {
        let config = self.app.config();
        match configured(&config).and_then(|read| Ok((read, roots(&config)?))) {
            Ok((credentials, _)) if credentials.is_empty() => {}
            Ok((credentials, roots)) => {
                self.take_over(credentials);
                self.trust(roots);
            }
            Err(error) => self.refuse(&error),
        }
    }

    fn take_over(&mut self, mut credentials: Vec<OwnCredential>) {
        let is_new = credentials.iter().any(|new| !self.knows(new));
        let is_there =
            |own: &&OwnCredential| credentials.iter().any(|new| fingerprint(new) == fingerprint(own));
        let former = self.identity.credentials.iter().filter(|own| !is_there(own)).cloned();
        let former: Vec<_> = former.collect();
        credentials.extend(former);
        self.identity.credentials = credentials;
        self.renewed = true;
        let replaced = self.app.exchange().identities().replace(self.identity.identities());
        if replaced.is_ok() && is_new {
            let certificates = self.identity.credentials.len();
            tracing::info!(certificates, "took new certificate files over");
        }
    }

    /// Believes the roots in the file from now on.
    fn trust(&mut self, roots: Option<String>) {
        if roots != self.identity.trusted_pem {
            self.identity.trusted_pem = roots;
            match products::trusted(&self.identity) {
                Ok(anchors) => self.app.exchange().replace_trust(anchors),
                Err(error) => self.refuse(&error),
            }
        }
    }

    fn knows(&self, new: &OwnCredential) -> bool {
        self.identity.credentials.iter().any(|own| fingerprint(own) == fingerprint(new))
    }

    /// What is wrong is said once, and stays in the health until it is right.
    fn refuse(&self, error: &anyhow::Error) {
        let (identities, now) = (self.app.exchange().identities(), self.app.store().clock().now());
        let reason = format!("{error:#}");
        let earlier = identities.overview(now).failure;
        if earlier.as_ref().is_none_or(|earlier| earlier.reason != reason) {
            tracing::error!(%reason, "new certificate files cannot be used; the certificate from before is kept");
        }
        let since = earlier.map_or(now, |earlier| earlier.since);
        identities.set_failure(Some(ReloadFailure { since, reason }));
    }

    /// Whoever encrypts to us, or believes us by our certificate, must know which one holds now.
    async fn tell(&mut self) {
        let shown = self.identity.shown(&self.app.store().clock()).clone();
        let print = fingerprint(&shown);
        if print == self.told && !self.renewed {
            return;
        }
        if let Err(error) = self.tell_all(&shown).await {
            tracing::error!(error = format!("{error:#}"), "others could not be told of our new certificate");
            return;
        }
        self.renewed = false;
        if print != self.told {
            self.told = print;
            let certificate = shown.identity.certificate();
            let serial = certificate.serial_decimal();
            tracing::info!(%serial, until = %certificate.not_after(), "another certificate of ours signs from here on");
        }
    }

    async fn tell_all(&self, shown: &OwnCredential) -> Result<()> {
        let app = &self.app.0;
        if let Some(client) = &app.token_client {
            client.replace_key(outward::client_key(&self.app.config(), shown)?);
        }
        if fingerprint(shown) != self.told {
            app.services.let_in_ourselves(&self.app.config(), &app.addresses, shown).await?;
        }
        Ok(())
    }

    /// Says how long our certificates last, once for each threshold.
    fn raise_alarm(&mut self) {
        let overview = self.app.exchange().identities().overview(self.app.store().clock().now());
        let alarm = overview.alarm();
        if alarm != self.alarm {
            match alarm {
                Some(0) => tracing::error!(
                    "our certificate has run out or does not hold yet: nothing can be sent until a valid one is in place"
                ),
                Some(_) => tracing::warn!(
                    days_left = overview.days_left(),
                    "our certificate runs out; put its successor in place (organization.keystore)"
                ),
                None => tracing::info!("our certificate lasts again"),
            }
            self.alarm = alarm;
        }
    }
}

fn fingerprint(own: &OwnCredential) -> [u8; 32] {
    own.identity.certificate().fingerprint()
}
