//! The machine: data directory, disk and ports.

use std::net::{SocketAddr, TcpListener};

use tokio::net::TcpStream;

use super::finding::{Advice, Finding};
use super::{Patient, Probe};
use crate::catalogue::Whose;
use crate::catalogue::entries::start;
use crate::cli::check::writable;
use crate::manage::disk::room;

pub(super) fn probes(patient: &Patient) -> Vec<(&'static str, Probe)> {
    let (folder, disk, listening) = (patient.clone(), patient.clone(), patient.clone());
    vec![
        ("data_dir", Box::pin(async move { vec![data_dir(&folder)] })),
        ("disk", Box::pin(async move { vec![space(&disk)] })),
        ("ports", Box::pin(async move { ports(&listening).await })),
    ]
}

fn data_dir(patient: &Patient) -> Finding {
    match writable(&patient.config.data_dir) {
        Ok(seen) => Finding::fine("data_dir", seen),
        Err(error) => {
            let entry = start::DATA_DIR_UNUSABLE;
            let advice = Advice::new(entry.cause, entry.remedy, entry.whose);
            Finding::wrong("data_dir", format!("{error:#}"), advice)
        }
    }
}

/// Room on the disk where the data directory is, or will be.
fn space(patient: &Patient) -> Finding {
    let data_dir = &patient.config.data_dir;
    let there = data_dir.ancestors().find(|folder| folder.is_dir()).unwrap_or_else(|| ".".as_ref());
    let threshold = patient.config.manage.disk_threshold_bytes;
    match room(there) {
        Err(error) => {
            let advice =
                Advice::new("The file system does not tell.", "Look at `df` and `mount`.", Whose::Machine);
            Finding::warning("disk", error.to_string(), advice)
        }
        Ok(room) => judged(room.free, room.total, threshold),
    }
}

fn judged(free: u64, total: u64, threshold: u64) -> Finding {
    let percent = free.saturating_mul(100) / total.max(1);
    let bytes = indicatif::HumanBytes(free);
    let seen = format!("{bytes} free ({percent} %)");
    let remedy = "Free disk space, or move the data directory to a larger disk; what is full refuses new messages and loses none.";
    if free < threshold {
        let cause = "Less is free than manage.disk_threshold_bytes: health is down, and soon nothing more can be kept.";
        return Finding::wrong("disk", seen, Advice::new(cause, remedy, Whose::Machine));
    }
    if percent < 10 {
        let cause = "Less than a tenth is left; large messages take their size twice on the way.";
        return Finding::warning("disk", seen, Advice::new(cause, remedy, Whose::Machine));
    }
    Finding::fine("disk", seen)
}

/// Whether a running server listens where it says, or whether one could.
async fn ports(patient: &Patient) -> Vec<Finding> {
    let listen = &patient.config.listen;
    let Some(running) = &patient.running else {
        let wanted = [
            ("listen.api", Some(listen.api)),
            ("listen.services", Some(listen.services)),
            ("listen.operators", Some(listen.operators)),
            ("listen.mail", Some(listen.mail).filter(|_| patient.config.embedded.mail)),
            ("listen.smsc", Some(listen.smsc).filter(|_| patient.config.embedded.smsc)),
            ("listen.bounces", listen.bounces),
        ];
        let wanted = wanted.into_iter().filter_map(|(setting, address)| Some((setting, address?)));
        return wanted.map(|(setting, address)| free(setting, address)).collect();
    };
    let taken = [
        ("listen.api", Some(running.api)),
        ("listen.services", Some(running.services)),
        ("listen.operators", Some(running.operators)),
        ("listen.mail", running.mail),
        ("listen.smsc", running.smsc),
    ];
    let mut findings = Vec::new();
    for (setting, address) in taken {
        if let Some(address) = address {
            findings.push(listens(setting, address).await);
        }
    }
    findings
}

fn free(setting: &'static str, address: SocketAddr) -> Finding {
    match TcpListener::bind(address) {
        Ok(_) => Finding::fine(setting, format!("{address} is free")),
        Err(error) => {
            let entry = start::ADDRESS_TAKEN;
            let advice = Advice::new(entry.cause, entry.remedy, entry.whose);
            Finding::wrong(setting, format!("{address}: {error}"), advice)
        }
    }
}

async fn listens(setting: &'static str, address: SocketAddr) -> Finding {
    match TcpStream::connect(address).await {
        Ok(_) => Finding::fine(setting, format!("the server listens on {address}")),
        Err(error) => {
            let advice = Advice::new(
                "The server holds its data directory, but takes no connections here: it starts, stops, or hangs.",
                "Look at its log; if it stays so, restart it. What it has accepted is on disk.",
                Whose::Server,
            );
            Finding::wrong(setting, format!("{address}: {error}"), advice)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::finding::Verdict;
    use super::*;

    #[test]
    fn a_disk_is_judged_by_what_is_left_and_by_the_threshold() {
        assert_eq!(judged(50, 100, 10).verdict, Verdict::Fine);
        assert_eq!(judged(5, 100, 1).verdict, Verdict::Warning);
        assert_eq!(judged(5, 100, 6).verdict, Verdict::Wrong);
        assert_eq!(judged(0, 0, 0).verdict, Verdict::Warning);
    }
}
