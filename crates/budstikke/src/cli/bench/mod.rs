//! `budstikke bench`: figures of this machine, measured on real servers in processes of their own.
//!
//! The load comes from this process, the work is done in the servers', and everything they accept
//! is on disk with full sync. Rates are compared with the bare engine's, measured in turns with ours,
//! since absolute figures mean little on another machine or at another hour.

mod ageing;
mod claims;
mod codes;
mod figure;
mod instant;
mod large;
mod load;
mod machine;
mod many;
mod ours;
mod package;
mod peeks;
mod postgres;
mod raw;
mod report;
mod rounds;
mod server;
mod site;
mod small;
mod sql;
mod svg;
mod texts;
mod through;
mod webhooks;

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::catalogue::entries::found;
use crate::telemetry::{self, Log, TelemetryConfig};
use figure::{Engine, Figure};
use machine::Machine;
use postgres::Postgres;
use report::Report;
use rounds::{Bed, Plan};
use server::Servers;

/// Measures this machine: start, memory, packing, a large message, small ones, webhooks, peeks, instant
/// SMS, and on both engines accepting, claiming and reading the feed, beside the bare engine and on a store grown old. Ends with an error when a goal is missed.
#[derive(Args)]
#[command(after_help = "Examples:\n  \
    budstikke bench --only instant,accept --rounds 5\n  \
    budstikke bench --json figures.json --svg ratios.svg")]
pub(crate) struct Bench {
    /// What to measure; may be repeated or a list with commas [default: all]
    #[arg(long, value_enum, value_delimiter = ',', value_name = "WHAT")]
    only: Vec<What>,
    /// Engines to measure [default: both, PostgreSQL if there is one]
    #[arg(long, value_enum, value_delimiter = ',', value_name = "ENGINE")]
    store: Vec<Engine>,
    /// A PostgreSQL on which databases named budstikke_bench_… may be made and dropped, as
    /// postgres://user:password@host/database [default: one of our own, from the programs on this machine]
    #[arg(long, value_name = "URL", env = "BUDSTIKKE_BENCH_POSTGRES", hide_env_values = true)]
    postgres: Option<String>,
    /// Folder on the disk to measure on [default: the system's for temporary files]
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// How often everything is measured in turns
    #[arg(long, default_value_t = 3, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// Finished rows in the store that has grown old; 10000000 is the real trial, and takes many gigabytes
    #[arg(long, default_value_t = 500_000, value_name = "N")]
    rows: u64,
    /// Connections that place orders at the same time
    #[arg(long, default_value_t = 64, value_name = "N")]
    connections: usize,
    /// How long each measurement takes, in seconds
    #[arg(long, default_value_t = 4, value_name = "SECONDS")]
    seconds: u64,
    /// Size of the large message, in megabytes
    #[arg(long, default_value_t = 200, value_name = "MB")]
    large: u64,
    /// Recipients of bulk orders; the one beside which codes are sent must not be over before they are
    #[arg(long, default_value_t = 200_000, value_name = "N")]
    bulk: usize,
    /// Writes everything that was measured to this file
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Draws the ratios into this file
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum What {
    /// Start and idle memory
    Start,
    /// One large file packed, signed and encrypted, beside the bare pipeline
    Package,
    /// A large message from one organization to another
    Large,
    /// Small messages from one organization to another
    Small,
    /// Webhooks, with a dead endpoint and without
    Webhooks,
    /// Looks into an empty inbox
    Peeks,
    /// Instant SMS
    Instant,
    /// Instant SMS while a bulk order is taken and sent
    Codes,
    /// Orders to many: a thousand recipients each, and as a bulk
    Many,
    /// Orders on their whole way, from acceptance to the feed
    Through,
    /// Orders accepted, beside the bare engine
    Accept,
    /// Jobs claimed and completed, beside the bare engine
    Claim,
    /// Pages of the status feed, beside the bare engine
    Feed,
    /// Those of the last three that are measured, on a store with many finished rows
    Aged,
}

/// What two whole servers are started for.
const ON_TWO_SERVERS: [What; 8] = [
    What::Start,
    What::Large,
    What::Small,
    What::Webhooks,
    What::Peeks,
    What::Instant,
    What::Codes,
    What::Many,
];

impl Bench {
    fn wants(&self, what: What) -> bool {
        self.only.is_empty() || self.only.contains(&what)
    }

    fn wants_any(&self, what: &[What]) -> bool {
        what.iter().any(|what| self.wants(*what))
    }

    /// With `--only aged` alone, all three are measured.
    fn plan(&self) -> Plan {
        let none = !self.wants_any(&[What::Accept, What::Claim, What::Feed]);
        let aged = self.wants(What::Aged);
        let wants = |what| self.wants(what) || (none && aged);
        Plan {
            accept: wants(What::Accept),
            claim: wants(What::Claim),
            feed: wants(What::Feed),
            old_rows: if aged { self.rows } else { 0 },
            rounds: self.rounds,
            connections: self.connections,
            time: Duration::from_secs(self.seconds.max(1)),
        }
    }
}

pub(super) fn run(bench: &Bench) -> Result<ExitCode> {
    telemetry::start(&Log { filter: "error".to_owned(), ..Log::default() }, &TelemetryConfig::default())?;
    let report = super::runtime()?.block_on(in_folder(bench))?;
    report.print();
    if let Some(file) = &bench.json {
        report.write_json(file)?;
    }
    if let Some(file) = &bench.svg {
        report.write_svg(file)?;
    }
    Ok(if report.met() { ExitCode::SUCCESS } else { found::BENCH_MISSED.exit.into() })
}

/// Measures in a folder of our own that is gone afterwards, however it went.
async fn in_folder(bench: &Bench) -> Result<Report> {
    let parent = bench.dir.clone().unwrap_or_else(std::env::temp_dir);
    let folder = parent.join(format!("budstikke-bench-{}", uuid::Uuid::new_v4().simple()));
    // Passable for the user that PostgreSQL runs as.
    let made = std::fs::create_dir_all(&folder)
        .and_then(|()| std::fs::set_permissions(&folder, Permissions::from_mode(0o711)));
    made.with_context(|| format!("{} cannot be made", folder.display()))?;
    let measured = measure(bench, &folder).await;
    let removed = tokio::fs::remove_dir_all(&folder).await;
    let report = measured?;
    removed.with_context(|| format!("{} cannot be removed", folder.display()))?;
    Ok(report)
}

async fn measure(bench: &Bench, folder: &Path) -> Result<Report> {
    let machine = Machine::look(folder)?;
    let mut figures = Vec::new();
    if bench.wants(What::Package) {
        eprintln!("packing {} MB …", bench.large);
        figures.extend(package::measure(folder, bench.large, bench.rounds).await.context("packing")?);
    }
    if bench.wants_any(&ON_TWO_SERVERS) {
        figures.extend(whole_servers(bench, folder).await?);
    }
    let mut report = Report { machine, figures, comparisons: Vec::new() };
    if bench.wants_any(&[What::Through, What::Accept, What::Claim, What::Feed, What::Aged]) {
        for engine in engines(bench) {
            let server = match engine {
                Engine::Sqlite => None,
                Engine::Postgres => match a_postgres(bench, folder)? {
                    Some(server) => Some(server),
                    None => continue,
                },
            };
            if let Some(server) = &server {
                report.machine.postgres = Some(server.version().await?);
            }
            on_engine(bench, folder, server.as_ref(), &mut report)
                .await
                .with_context(|| engine.to_string())?;
        }
    }
    report.machine.look_again();
    Ok(report)
}

fn engines(bench: &Bench) -> Vec<Engine> {
    if bench.store.is_empty() { vec![Engine::Sqlite, Engine::Postgres] } else { bench.store.clone() }
}

/// `None` when there is no PostgreSQL and nobody has asked for it.
fn a_postgres(bench: &Bench, folder: &Path) -> Result<Option<Postgres>> {
    if let Some(url) = &bench.postgres {
        return Postgres::at(url).map(Some);
    }
    eprintln!("starting a PostgreSQL of our own …");
    let server = Postgres::start(folder)?;
    if server.is_none() {
        let how = "install it (on Debian: apt-get install postgresql) or name one with --postgres";
        if bench.store.contains(&Engine::Postgres) {
            bail!("there is no PostgreSQL on this machine; {how}");
        }
        eprintln!("there is none on this machine, so only SQLite is measured; {how}");
    }
    Ok(server)
}

async fn on_engine(
    bench: &Bench,
    folder: &Path,
    postgres: Option<&Postgres>,
    report: &mut Report,
) -> Result<()> {
    let plan = bench.plan();
    let mut bed = Bed::make(folder, postgres, &plan).await?;
    if bench.wants(What::Through) {
        eprintln!("{}: orders on their whole way …", bed.engine());
        let measured = through::measure(&bed, bench.connections).await;
        report.figures.extend(measured.context("orders on their whole way")?);
    }
    if plan.accept || plan.claim || plan.feed {
        for round in 1..=plan.rounds {
            eprintln!("{}: round {round} of {} …", bed.engine(), plan.rounds);
            bed.round(&mut report.machine).await.with_context(|| format!("round {round}"))?;
        }
    }
    report.comparisons.extend(bed.end().await?);
    Ok(())
}

/// What is measured on two whole servers with everything embedded.
async fn whole_servers(bench: &Bench, folder: &Path) -> Result<Vec<Figure>> {
    eprintln!("starting two servers …");
    // The first start makes keys and certificates; the second one is what operators see.
    let data = folder.join("two-servers");
    Servers::start(data.clone()).await.context("the first start")?.stop_but_keep_data().await?;
    let servers = Servers::start(data).await.context("the second start")?;
    let mut figures = Vec::new();
    if bench.wants(What::Start) {
        tokio::time::sleep(Duration::from_secs(2)).await;
        let (ready, idle) = (servers.a.ready_after.as_millis(), servers.a.resident_mb()?);
        figures.push(Figure::new("ready to answer after", format!("{ready} ms"), "200 ms", ready < 200));
        figures.push(Figure::new("resident when idle", format!("{idle:.0} MB"), "40 MB", idle < 40.0));
    }
    if bench.wants(What::Large) {
        eprintln!("sending {} MB from one to the other …", bench.large);
        figures.extend(large::measure(&servers, bench.large).await.context("the large message")?);
    }
    if bench.wants(What::Small) {
        eprintln!("sending small messages from one to the other …");
        figures.extend(small::measure(&servers).await.context("small messages")?);
    }
    if bench.wants(What::Webhooks) {
        eprintln!("telling subscribers …");
        figures.extend(webhooks::measure(&servers, bench.rounds).await.context("webhooks")?);
    }
    if bench.wants(What::Peeks) {
        eprintln!("looking into an empty inbox for {} s …", bench.seconds);
        let time = Duration::from_secs(bench.seconds);
        figures.extend(peeks::measure(&servers, time).await.context("looks into an empty inbox")?);
    }
    if bench.wants(What::Instant) {
        let (connections, seconds) = (bench.connections, bench.seconds);
        eprintln!("sending instant SMS over {connections} connections for {seconds} s …");
        let time = Duration::from_secs(seconds);
        figures.extend(instant::measure(&servers, connections, time).await.context("instant SMS")?);
    }
    if bench.wants(What::Codes) {
        eprintln!(
            "sending codes for {0} s, and again beside a bulk order of {1} …",
            bench.seconds, bench.bulk
        );
        let time = Duration::from_secs(bench.seconds);
        figures.extend(codes::measure(&servers, bench.bulk, time).await.context("codes and a bulk order")?);
    }
    if bench.wants(What::Many) {
        eprintln!(
            "placing orders of 1,000 recipients for {0} s, and a bulk of {1} …",
            bench.seconds, bench.bulk
        );
        let time = Duration::from_secs(bench.seconds);
        figures.extend(many::measure(&servers, bench.bulk, time).await.context("orders to many")?);
    }
    servers.stop().await?;
    Ok(figures)
}
