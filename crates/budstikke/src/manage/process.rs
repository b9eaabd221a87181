//! What the operating system says about this process.

use meter::Snapshot;
use meter::families;

/// Adds processor time, memory and open files, where the system tells them.
pub(super) fn add(snapshot: &mut Snapshot) {
    if let Ok(text) = std::fs::read_to_string("/proc/self/status")
        && let Some(kibibytes) = line(&text, "VmRSS:")
    {
        snapshot.set(&families::MEMORY, &[], kibibytes * 1024.0);
    }
    if let Ok(text) = std::fs::read_to_string("/proc/self/stat")
        && let Some(ticks) = ticks(&text)
    {
        let second = rustix::param::clock_ticks_per_second();
        snapshot.set(&families::CPU, &[], ticks / precise(second));
    }
    if let Ok(entries) = std::fs::read_dir("/proc/self/fd") {
        snapshot.set(&families::OPEN_FILES, &[], precise(entries.count() as u64));
    }
}

/// The number behind a name.
fn line(text: &str, name: &str) -> Option<f64> {
    text.lines().find_map(|line| line.strip_prefix(name)?.split_whitespace().next()?.parse().ok())
}

/// Time in the program and in the system. The name of the program, in brackets, may hold blanks.
fn ticks(text: &str) -> Option<f64> {
    let rest = text.rsplit_once(')')?.1;
    let mut fields = rest.split_whitespace().skip(11);
    let (own, system): (f64, f64) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
    Some(own + system)
}

/// As a measure. What counts here stays far below the numbers that a measure cannot hold exactly.
#[expect(clippy::cast_precision_loss, reason = "below 2^53")]
pub(super) const fn precise(number: u64) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blank_in_the_programs_name_moves_nothing() {
        let text = "7 (a b) c) S 1 7 7 0 -1 4194560 100 0 0 0 30 12 0 0 20 0 9 0 1";
        assert_eq!(ticks(text), Some(42.0));
        assert_eq!(line("VmPeak:\t  9 kB\nVmRSS:\t  512 kB\n", "VmRSS:"), Some(512.0));
    }
}
