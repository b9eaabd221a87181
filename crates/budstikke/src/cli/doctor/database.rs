//! The database: SQLite's file, or PostgreSQL over a connection that only looks.

use std::path::Path;

use anyhow::{Context, Result};
use indicatif::HumanBytes;
use rusqlite::{Connection, OpenFlags};
use rustix::fs::statfs;
use store::{PostgresConfig, PostgresLook, look_at_postgres};
use types::Secret;

use super::finding::{Advice, Finding};
use super::{Patient, Probe};
use crate::catalogue::entries::stores;
use crate::catalogue::{Whose, entry_of};
use crate::config::StorePlace;

const WHAT: &str = "database (store)";

pub(super) fn probes(patient: &Patient) -> Vec<(&'static str, Probe)> {
    let patient = patient.clone();
    let probe: Probe = match &patient.config.store {
        StorePlace::Embedded => {
            let (file, deep) = (patient.config.data_dir.join("budstikke.db"), patient.deep);
            Box::pin(async move {
                let looked = tokio::task::spawn_blocking(move || sqlite(&file, deep)).await;
                looked.unwrap_or_else(|error| vec![failed(&error.into())])
            })
        }
        StorePlace::Shared(url) => {
            let shared = PostgresConfig { url: url.clone(), ..patient.config.postgres.clone() };
            Box::pin(async move { postgres(&shared, patient.config.clock.warn_seconds).await })
        }
    };
    vec![(WHAT, probe)]
}

fn failed(error: &anyhow::Error) -> Finding {
    let entry = entry_of(error);
    Finding::wrong(WHAT, format!("{error:#}"), Advice::new(entry.cause, entry.remedy, entry.whose))
}

/// Looks beside a server that may be running: read-only, and without taking the data directory.
fn sqlite(file: &Path, deep: bool) -> Vec<Finding> {
    if !file.exists() {
        return vec![Finding::fine(WHAT, format!("{} is made at the first start", file.display()))];
    }
    let mut findings = match look_at_file(file, deep) {
        Ok(finding) => vec![finding],
        Err(error) => vec![failed(&error)],
    };
    findings.extend(file_system(file));
    findings
}

fn look_at_file(file: &Path, deep: bool) -> Result<Finding> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let opened = Connection::open_with_flags(file, flags).map_err(store::Error::from);
    let connection = opened.context("the database file cannot be opened")?;
    let ask = |sql: &str| -> Result<String> {
        let value = connection.query_row(sql, [], |row| row.get::<_, rusqlite::types::Value>(0));
        Ok(match value.map_err(store::Error::from).context("the database file cannot be read")? {
            rusqlite::types::Value::Text(text) => text,
            rusqlite::types::Value::Integer(number) => number.to_string(),
            other => format!("{other:?}"),
        })
    };
    let (version, journal) = (ask("SELECT sqlite_version()")?, ask("PRAGMA journal_mode")?);
    let bytes = std::fs::metadata(file).map(|about| about.len()).unwrap_or_default();
    let log = std::fs::metadata(file.with_extension("db-wal")).map(|about| about.len()).unwrap_or_default();
    let seen = format!(
        "SQLite {version}, {}, log {}, {journal}, every commit on disk",
        HumanBytes(bytes),
        HumanBytes(log)
    );
    if deep {
        let verdict = ask("PRAGMA quick_check(1)")?;
        if verdict != "ok" {
            let advice = Advice::new(
                "The file is damaged: a failing disk, or another program has written to it.",
                "Stop the server, keep a copy, look at the disk (`smartctl`, the kernel's log), and restore the last good backup.",
                Whose::Machine,
            );
            return Ok(Finding::wrong(WHAT, format!("SQLite says: {verdict}"), advice));
        }
        return Ok(Finding::fine(WHAT, format!("{seen}; read whole and found good")));
    }
    Ok(Finding::fine(WHAT, seen))
}

/// File systems on which a database is not safe, by the numbers in Linux's magic.h.
fn file_system(file: &Path) -> Option<Finding> {
    const TMPFS: u64 = 0x0102_1994;
    const NETWORK: [u64; 5] = [0x6969, 0x517B, 0xFF53_4D42, 0xFE53_4D42, 0x0102_1997];
    let folder = file.parent()?;
    let kind = u64::try_from(statfs(folder).ok()?.f_type).ok()? & 0xFFFF_FFFF;
    let what = "file system of the database";
    if kind == TMPFS {
        let advice = Advice::new(
            "The folder is in memory (tmpfs): everything is gone when the machine restarts.",
            "Put data_dir on a disk.",
            Whose::Machine,
        );
        return Some(Finding::warning(what, "tmpfs", advice));
    }
    NETWORK.contains(&kind).then(|| {
        let advice = Advice::new(
            "SQLite's locks and syncs do not hold on network file systems; a crash may damage the database.",
            "Put data_dir on a local disk, or share a PostgreSQL (`store`) and a bucket (`blobs`).",
            Whose::Machine,
        );
        Finding::wrong(what, "a network file system", advice)
    })
}

async fn postgres(config: &PostgresConfig, warn_seconds: f64) -> Vec<Finding> {
    match look_at_postgres(config).await {
        Ok(look) => judged(&look, warn_seconds),
        Err(error) => vec![unreachable(&error, &config.url)],
    }
}

fn unreachable(error: &store::Error, url: &Secret) -> Finding {
    let words = error.to_string();
    let small = words.to_ascii_lowercase();
    let has = |signs: &[&str]| signs.iter().any(|sign| small.contains(sign));
    let advice = if has(&["password", "authentication", "pg_hba", "no role", "role "]) {
        Advice::new(
            "PostgreSQL does not let us in: user or password is wrong, or pg_hba.conf has no line for this machine.",
            "Compare user and password in `store`; the administrator can look into pg_hba.conf and the server's log.",
            Whose::Yours,
        )
    } else if has(&["does not exist"]) {
        Advice::new(
            "There is no such database.",
            "Create it (`createdb`), or mend its name in `store`.",
            Whose::Database,
        )
    } else if has(&["lookup", "name or service", "resolve"]) {
        Advice::new(
            "This machine's resolver does not know the database's name.",
            "Look for a typing error in `store`; ask your network for the name.",
            Whose::Network,
        )
    } else if has(&["certificate", "tls", "handshake"]) {
        Advice::new(
            "TLS cannot be agreed with PostgreSQL.",
            "Name the root in `?sslrootcert=`; `sslmode=disable` is for networks that are trusted.",
            Whose::Yours,
        )
    } else if has(&["too many", "remaining connection"]) {
        Advice::new(
            "All its connections are taken.",
            "Raise max_connections, or lower [postgres] writers and readers.",
            Whose::Database,
        )
    } else if has(&["refused"]) {
        Advice::new(
            "The machine is there, but no PostgreSQL listens.",
            "Start it, or mend the port in `store`.",
            Whose::Database,
        )
    } else {
        let entry = stores::DATABASE_UNAVAILABLE;
        Advice::new(
            entry.cause,
            "Look at the database's own log; what waits is sent when it is back.",
            entry.whose,
        )
    };
    Finding::wrong(WHAT, without(url, &words), advice)
}

/// The words without the address's password, should it be quoted.
fn without(url: &Secret, words: &str) -> String {
    let quoted = url.reveal();
    if quoted.is_empty() { words.to_owned() } else { words.replace(quoted.as_str(), "postgres://…") }
}

fn judged(look: &PostgresLook, warn_seconds: f64) -> Vec<Finding> {
    let size = HumanBytes(u64::try_from(look.bytes).unwrap_or_default());
    let tables = if look.has_tables { "" } else { ", without tables yet" };
    let mut findings = vec![Finding::fine(
        WHAT,
        format!(
            "PostgreSQL {}, {size}{tables}, {} of {} connections taken",
            look.version, look.connections, look.connections_at_most
        ),
    )];
    findings.push(durability(look));
    findings.push(replication(look));
    if look.connections * 10 > look.connections_at_most * 9 {
        let advice = Advice::new(
            "Nine in ten connections are taken; a node that starts may get none.",
            "Raise max_connections, or lower [postgres] writers and readers on the nodes.",
            Whose::Database,
        );
        findings.push(Finding::warning("connections of the database", "few are left", advice));
    }
    if look.encoding != "UTF8" {
        let advice = Advice::new(
            "The database keeps text in another encoding than UTF-8; names and texts cannot be kept.",
            "Create it anew with ENCODING 'UTF8'.",
            Whose::Database,
        );
        findings.push(Finding::wrong("encoding of the database", look.encoding.as_str(), advice));
    }
    if look.clock_ahead.abs() > warn_seconds {
        let advice = Advice::new(
            "The clocks of this machine and of the database differ. Nodes follow the database's.",
            "Let both follow a time server (chrony, systemd-timesyncd).",
            Whose::Machine,
        );
        let seen = format!("{:+.1} s from ours", look.clock_ahead);
        findings.push(Finding::warning("clock of the database", seen, advice));
    }
    findings
}

fn durability(look: &PostgresLook) -> Finding {
    let what = "durability of the database";
    let on = |is: bool| if is { "on" } else { "off" };
    let seen = format!(
        "fsync {}, full_page_writes {}, synchronous_commit {}",
        on(look.fsync),
        on(look.full_page_writes),
        look.synchronous_commit
    );
    if look.fsync && look.full_page_writes {
        // Weaker commits are raised on each of our connections.
        return Finding::fine(what, seen);
    }
    let advice = Advice::new(
        "A power cut may lose or damage what was accepted.",
        "Set fsync and full_page_writes to on in postgresql.conf, and reload.",
        Whose::Database,
    );
    Finding::wrong(what, seen, advice)
}

fn replication(look: &PostgresLook) -> Finding {
    let what = "replication of the database";
    if look.replica {
        let advice = Advice::new(
            "This server is a replica and takes no writes.",
            "Name all servers in `store` (host1,host2): the one that can be written to is used.",
            Whose::Yours,
        );
        return Finding::wrong(what, "it is a replica", advice);
    }
    let waits = match look.synchronous_standbys.as_str() {
        "" => "commits wait for none".to_owned(),
        names => format!("commits wait for {names}"),
    };
    if look.replicas == 0 && !look.synchronous_standbys.is_empty() {
        let advice = Advice::new(
            "Commits wait for replicas, and none follows: nothing can be written.",
            "Bring the replica back, or take it out of synchronous_standby_names.",
            Whose::Database,
        );
        return Finding::wrong(what, waits, advice);
    }
    Finding::fine(what, format!("{} replicas follow, {waits}", look.replicas))
}

#[cfg(test)]
mod tests {
    use super::super::finding::Verdict;
    use super::*;

    fn look() -> PostgresLook {
        PostgresLook {
            version: "15.14".to_owned(),
            fsync: true,
            full_page_writes: true,
            synchronous_commit: "on".to_owned(),
            synchronous_standbys: String::new(),
            replica: false,
            replicas: 0,
            connections: 4,
            connections_at_most: 100,
            bytes: 1 << 20,
            encoding: "UTF8".to_owned(),
            clock_ahead: 0.1,
            has_tables: true,
        }
    }

    fn worst(look: &PostgresLook) -> Vec<String> {
        let findings = judged(look, 5.0).into_iter().filter(|finding| finding.verdict != Verdict::Fine);
        findings.map(|finding| format!("{:?} {}", finding.verdict, finding.what)).collect()
    }

    #[test]
    fn a_database_is_judged_by_what_it_would_lose() {
        assert_eq!(worst(&look()), Vec::<String>::new());
        let standing = |synchronous_standbys: &str, replicas| PostgresLook {
            synchronous_standbys: synchronous_standbys.to_owned(),
            replicas,
            ..look()
        };
        assert_eq!(worst(&standing("b", 1)), Vec::<String>::new());
        for (look, wanted) in [
            (PostgresLook { fsync: false, ..look() }, "Wrong durability of the database"),
            (PostgresLook { replica: true, ..look() }, "Wrong replication of the database"),
            (standing("b", 0), "Wrong replication of the database"),
            (PostgresLook { connections: 95, ..look() }, "Warning connections of the database"),
            (PostgresLook { encoding: "SQL_ASCII".to_owned(), ..look() }, "Wrong encoding of the database"),
            (PostgresLook { clock_ahead: -60.0, ..look() }, "Warning clock of the database"),
        ] {
            assert_eq!(worst(&look), [wanted]);
        }
    }
}
