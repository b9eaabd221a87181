//! The clock, against a time server. A wrong clock makes tokens and signatures worthless.

use super::finding::{Advice, Finding};
use super::{Patient, Probe};
use crate::catalogue::Whose;
use crate::config::Surroundings;
use crate::manage::clock::reading;

const WHAT: &str = "clock";
/// Issuers of tokens take no more, in seconds.
const TOKENS: f64 = 30.0;

pub(super) fn probes(patient: &Patient) -> Vec<(&'static str, Probe)> {
    let patient = patient.clone();
    vec![(WHAT, Box::pin(async move { vec![clock(&patient).await] }))]
}

async fn clock(patient: &Patient) -> Finding {
    let config = &patient.config.clock;
    let Some(server) = &config.server else {
        if patient.config.environment == Surroundings::Production {
            let advice = Advice::new(
                "clock.server names no time server, so nobody notices when the clock goes wrong.",
                "Name one, such as the one that chrony or systemd-timesyncd follows.",
                Whose::Yours,
            );
            return Finding::warning(WHAT, "nothing to compare with", advice);
        }
        return Finding::fine(WHAT, "nothing to compare with (clock.server)");
    };
    match reading(server).await {
        Ok(seconds) => judged(server, seconds, config.warn_seconds),
        Err(reason) => {
            let advice = Advice::new(
                "The time server cannot be asked: a typing error, or UDP port 123 is shut.",
                "Open it outwards, or name another in clock.server.",
                Whose::Network,
            );
            Finding::warning(format!("{WHAT} (clock.server {server})"), reason, advice)
        }
    }
}

fn judged(server: &str, seconds: f64, warn_seconds: f64) -> Finding {
    let (what, seen) = (format!("{WHAT} (clock.server {server})"), format!("{seconds:+.3} s from ours"));
    let advice = || {
        Advice::new(
            "The clock of this machine is wrong; tokens and signatures carry its time.",
            "Let the machine follow a time server (chrony, systemd-timesyncd), and set it right now (`chronyc makestep`).",
            Whose::Machine,
        )
    };
    if seconds.abs() > TOKENS {
        Finding::wrong(what, seen, advice())
    } else if seconds.abs() > warn_seconds {
        Finding::warning(what, seen, advice())
    } else {
        Finding::fine(what, seen)
    }
}
