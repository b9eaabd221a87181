//! Mail that comes back: the configured listener, or one of our own that the embedded mail server reports to.

use std::sync::Arc;

use anyhow::{Context, Result};
use gateways::email::bounce::{BounceListener, BouncesConfig, BoundBounces, Doorkeeper};
use gateways::email::verp::ReturnPaths;
use notify::Notify;
use simulators::SmtpSink;
use simulators::smtp_sink::ReportsTo;
use tokio_util::sync::CancellationToken;
use types::Secret;
use types::random::Random;

use crate::config::Config;

/// The domain of return paths towards the embedded mail server, which alone knows it.
const EMBEDDED_DOMAIN: &str = "bounce.budstikke.example";

/// Where mail of ours is returned to, and who takes it there.
pub(super) struct Bounces {
    /// None: to whoever it comes from.
    pub(super) paths: Option<ReturnPaths>,
    listening: Option<Listening>,
}

struct Listening {
    bound: BoundBounces,
    config: BouncesConfig,
    doorkeeper: Doorkeeper,
}

impl Bounces {
    /// Takes the address of the listener, if there is to be one.
    pub(super) async fn open(config: &Config) -> Result<Self> {
        let mut settings = config.bounces.clone();
        let address = match config.listen.bounces {
            None if settings.domain.is_none() && config.mails_to_itself() => {
                // Only this process needs to believe what comes back, and only as long as it lives.
                settings.domain = Some(EMBEDDED_DOMAIN.to_owned());
                settings.key = Some(Secret::new(Random::system().uuid_v4().to_string()));
                Some(([127, 0, 0, 1], 0).into())
            }
            configured => configured,
        };
        let paths = settings.return_paths().context("bounces")?;
        let Some(address) = address else {
            return Ok(Self { paths, listening: None });
        };
        let doorkeeper = settings.doorkeeper().context("bounces")?;
        let bound = BounceListener::bind(address).await;
        let bound = bound
            .with_context(|| format!("listen.bounces {address} is taken or not ours; choose another"))?;
        Ok(Self { paths, listening: Some(Listening { bound, config: settings, doorkeeper }) })
    }

    /// Has the embedded mail server report to the listener.
    pub(super) fn hear_from(&self, sink: &SmtpSink) {
        if let (Some(paths), Some(listening)) = (&self.paths, &self.listening) {
            let (domain, at) = (paths.domain().to_owned(), listening.bound.local_addr);
            sink.report_to(Some(ReportsTo { domain, at }));
        }
    }

    /// Takes bounces until told to stop.
    pub(super) async fn serve(self, notify: Notify, stop: CancellationToken) {
        if let Some(Listening { bound, config, doorkeeper }) = self.listening {
            bound.serve(config, doorkeeper, Arc::new(notify), stop).await;
        }
    }
}
