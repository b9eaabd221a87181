//! Lanes and workers: every channel sends messages and statuses on lanes of its own, so that a slow
//! one waits alone and a status never waits for a large message.

use std::time::Duration;

use jobs::{Kinds, Lane, LaneLimits, Workers};

use crate::Exchange;
use crate::feedback::Report;
use crate::outbox::follow::Follow;
use crate::outbox::send::Send;
use crate::registry::ServiceIdentifier;

/// The lane in which a channel's messages are sent.
pub(crate) const fn messages(service: ServiceIdentifier) -> Lane {
    Lane(match service {
        ServiceIdentifier::Dpo => "exchange.dpo",
        ServiceIdentifier::Dpv => "exchange.dpv",
        ServiceIdentifier::Dpi => "exchange.dpi",
        ServiceIdentifier::Dpf => "exchange.dpf",
        ServiceIdentifier::Dpe => "exchange.dpe",
        ServiceIdentifier::Dph => "exchange.dph",
        ServiceIdentifier::Unknown => "exchange.unknown",
    })
}

/// The lane in which a channel's statuses are sent and progress is asked for.
pub(crate) const fn statuses(service: ServiceIdentifier) -> Lane {
    Lane(match service {
        ServiceIdentifier::Dpo => "exchange.dpo.status",
        ServiceIdentifier::Dpv => "exchange.dpv.status",
        ServiceIdentifier::Dpi => "exchange.dpi.status",
        ServiceIdentifier::Dpf => "exchange.dpf.status",
        ServiceIdentifier::Dpe => "exchange.dpe.status",
        ServiceIdentifier::Dph => "exchange.dph.status",
        ServiceIdentifier::Unknown => "exchange.unknown.status",
    })
}

/// The task of whoever asks a channel for what has come in.
pub(crate) const fn receiving(service: ServiceIdentifier) -> &'static str {
    match service {
        ServiceIdentifier::Dpo => "exchange.receive.dpo",
        ServiceIdentifier::Dpv => "exchange.receive.dpv",
        ServiceIdentifier::Dpi => "exchange.receive.dpi",
        ServiceIdentifier::Dpf => "exchange.receive.dpf",
        ServiceIdentifier::Dpe => "exchange.receive.dpe",
        ServiceIdentifier::Dph => "exchange.receive.dph",
        ServiceIdentifier::Unknown => "exchange.receive.unknown",
    }
}

/// The task of whoever asks a channel about what we sent.
pub(crate) const fn tracking(service: ServiceIdentifier) -> &'static str {
    match service {
        ServiceIdentifier::Dpo => "exchange.track.dpo",
        ServiceIdentifier::Dpv => "exchange.track.dpv",
        ServiceIdentifier::Dpi => "exchange.track.dpi",
        ServiceIdentifier::Dpf => "exchange.track.dpf",
        ServiceIdentifier::Dpe => "exchange.track.dpe",
        ServiceIdentifier::Dph => "exchange.track.dph",
        ServiceIdentifier::Unknown => "exchange.track.unknown",
    }
}

/// Workers for every channel there is.
pub(crate) fn workers(app: &Exchange) -> Vec<Workers<Exchange>> {
    let kinds = Kinds::new().with::<Send>().with::<Report>().with::<Follow>();
    // A large message takes minutes to pack and hand over; at the stop signal it gets half of one.
    let grace = Duration::from_secs(30);
    let lease = Duration::from_secs(app.config().lease_seconds.max(1));
    let limits = LaneLimits { at_once: app.config().send_at_once, lease, grace, ..LaneLimits::default() };
    let services = app.0.transports.iter().map(|transport| transport.service());
    services
        .flat_map(|service| [messages(service), statuses(service)])
        .map(|lane| {
            let (kinds, store) = (kinds.clone(), app.store().clone());
            Workers::new(app.clone(), kinds, lane, limits, store, app.0.clock.clone(), app.0.wake.clone())
        })
        .collect()
}
