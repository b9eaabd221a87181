//! What was measured on, and how busy it was with other things meanwhile.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde::Serialize;

use super::figure::Times;

/// The machine, the programs and the neighbours.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Machine {
    pub cores: usize,
    pub processor: String,
    pub kernel: String,
    pub disk: Disk,
    pub budstikke: &'static str,
    pub sqlite: &'static str,
    pub postgres: Option<String>,
    /// Processes that wanted a core, averaged over a minute, before we began.
    pub load_at_start: f64,
    /// The same when we ended; our own work included.
    pub load_at_end: f64,
    /// What share of all cores others used between our measurements, from 0 to 1, each time.
    pub neighbours: Vec<f64>,
}

/// Where the measured files lay.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Disk {
    pub device: String,
    pub file_system: String,
    /// A synced write of 4 KiB, in milliseconds.
    pub sync_p50: f64,
    pub sync_p99: f64,
}

impl Machine {
    pub(super) fn look(folder: &Path) -> Result<Self> {
        let disk = Disk::under(folder)?;
        Ok(Self {
            cores: std::thread::available_parallelism().map_or(0, usize::from),
            processor: processor().unwrap_or_default(),
            kernel: one_line("/proc/sys/kernel/osrelease"),
            disk,
            budstikke: env!("CARGO_PKG_VERSION"),
            sqlite: rusqlite::version(),
            postgres: None,
            load_at_start: load(),
            load_at_end: 0.0,
            neighbours: Vec::new(),
        })
    }

    /// Looks at the neighbours while we do nothing.
    pub(super) async fn look_around(&mut self) {
        self.neighbours.extend(neighbours().await);
    }

    /// To be called at the end.
    pub(super) fn look_again(&mut self) {
        self.load_at_end = load();
    }
}

impl Disk {
    /// The disk under a folder. One in memory is refused: it proves nothing about full sync.
    fn under(folder: &Path) -> Result<Self> {
        let (device, file_system) = mount_of(folder).unwrap_or_default();
        if matches!(file_system.as_str(), "tmpfs" | "ramfs") {
            bail!("{} lies in memory ({file_system}); name a folder on a disk with --dir", folder.display());
        }
        let (sync_p50, sync_p99) = sync_times(folder).context("the disk could not be tried")?;
        Ok(Self { device, file_system, sync_p50, sync_p99 })
    }
}

/// The mount point that holds the folder most closely.
fn mount_of(folder: &Path) -> Option<(String, String)> {
    let folder = folder.canonicalize().ok()?;
    let mounts = std::fs::read_to_string("/proc/self/mounts").ok()?;
    let held_by = |line: &str| {
        let mut words = line.split(' ').map(str::to_owned);
        let (device, place, file_system) = (words.next()?, words.next()?, words.next()?);
        folder.starts_with(&place).then_some((place.len(), device, file_system))
    };
    let closest = mounts.lines().filter_map(held_by).max_by_key(|(length, ..)| *length);
    closest.map(|(_, device, file_system)| (device, file_system))
}

fn sync_times(folder: &Path) -> Result<(f64, f64)> {
    let path = folder.join("sync-trial");
    let mut file = File::create(&path)?;
    let mut took = Vec::new();
    for number in 0..200_u8 {
        let begun = Instant::now();
        file.write_all(&[number; 4_096])?;
        file.sync_data()?;
        took.push(begun.elapsed());
    }
    std::fs::remove_file(&path)?;
    let times = Times::of(took).context("no write was timed")?;
    Ok((times.p50, times.p99))
}

fn processor() -> Option<String> {
    let all = std::fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = all.lines().find_map(|line| line.strip_prefix("model name"))?;
    Some(line.trim_start_matches([' ', '\t', ':']).to_owned())
}

fn one_line(path: &str) -> String {
    std::fs::read_to_string(path).unwrap_or_default().trim().to_owned()
}

/// The load average of the last minute.
fn load() -> f64 {
    one_line("/proc/loadavg").split(' ').next().and_then(|first| first.parse().ok()).unwrap_or(f64::NAN)
}

/// What share of all cores is in use while we do nothing, from 0 to 1; `None` where there is no `/proc`.
async fn neighbours() -> Option<f64> {
    let (begun, before) = (Instant::now(), busy()?);
    tokio::time::sleep(Duration::from_millis(700)).await;
    let cores = f64::from(u32::try_from(std::thread::available_parallelism().ok()?.get()).ok()?);
    Some(((busy()? - before) / (begun.elapsed().as_secs_f64() * cores)).clamp(0.0, 1.0))
}

/// Seconds of core time that anybody has used since the machine started.
fn busy() -> Option<f64> {
    let all = std::fs::read_to_string("/proc/stat").ok()?;
    let words = all.lines().next()?.split_whitespace().skip(1);
    let words: Vec<f64> = words.filter_map(|word| word.parse().ok()).collect();
    // user, nice, system, (idle, waiting for disks), interrupts, soft interrupts, stolen
    let counted = [0, 1, 2, 5, 6, 7].into_iter().filter_map(|place| words.get(place));
    Some(counted.sum::<f64>() / 100.0)
}
