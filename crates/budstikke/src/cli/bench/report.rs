//! Everything that was measured, as a table for people, as JSON for programs, and as a picture.

use std::path::Path;

use anyhow::{Context, Result};
use serde::Serialize;
use serde_json::json;

use super::figure::{Comparison, Figure, median, spread, thousands};
use super::machine::Machine;
use super::svg;

#[derive(Serialize)]
pub(super) struct Report {
    pub machine: Machine,
    pub figures: Vec<Figure>,
    pub comparisons: Vec<Comparison>,
}

impl Report {
    /// Whether every goal was met.
    pub(super) fn met(&self) -> bool {
        self.figures.iter().all(|figure| figure.met) && self.comparisons.iter().all(Comparison::met)
    }

    pub(super) fn print(&self) {
        self.print_machine();
        if !self.figures.is_empty() {
            println!("\n{:<64} {:>20}  {:<10} met", "what", "measured", "goal");
            for Figure { what, measured, goal, met } in &self.figures {
                println!("{what:<64} {measured:>20}  {goal:<10} {}", if *met { "yes" } else { "NO" });
            }
        }
        if !self.comparisons.is_empty() {
            println!(
                "\n{:<42} {:<10} {:<11} {:>9} {:>9} {:>6} {:>11}  {:<4} met",
                "a second", "engine", "against", "base", "ours", "ratio", "(spread)", "goal"
            );
            self.comparisons.iter().for_each(print);
        }
    }

    fn print_machine(&self) {
        let Machine { cores, processor, kernel, disk, budstikke, sqlite, postgres, .. } = &self.machine;
        println!("\nbudstikke {budstikke}, load from the same machine, everything answered is on disk");
        println!("{cores} cores ({processor}), Linux {kernel}");
        println!(
            "{} on {}: a synced write of 4 KiB takes {:.2} ms (p99 {:.2})",
            disk.file_system, disk.device, disk.sync_p50, disk.sync_p99
        );
        println!("SQLite {sqlite}; PostgreSQL {}", postgres.as_deref().unwrap_or("not measured"));
        let Machine { load_at_start, load_at_end, neighbours, .. } = &self.machine;
        print!("load average {load_at_start:.2} at the start, {load_at_end:.2} at the end");
        let (least, most) = spread(neighbours);
        if neighbours.is_empty() {
            println!();
        } else {
            println!(
                "; between measurements others used {:.0} % of the cores ({:.0} to {:.0})",
                median(neighbours) * 100.0,
                least * 100.0,
                most * 100.0
            );
        }
    }

    pub(super) fn write_json(&self, file: &Path) -> Result<()> {
        let comparisons: Vec<_> = self.comparisons.iter().map(with_ratio).collect();
        let all = json!({ "machine": self.machine, "figures": self.figures, "comparisons": comparisons });
        write(file, &serde_json::to_string_pretty(&all)?)
    }

    pub(super) fn write_svg(&self, file: &Path) -> Result<()> {
        write(file, &svg::draw(&self.comparisons, &self.machine))
    }
}

fn with_ratio(comparison: &Comparison) -> serde_json::Value {
    let mut value = json!(comparison);
    value["ratio"] = json!(comparison.ratio());
    value["met"] = json!(comparison.met());
    value
}

fn write(file: &Path, text: &str) -> Result<()> {
    std::fs::write(file, text).with_context(|| format!("{} cannot be written", file.display()))
}

fn print(comparison: &Comparison) {
    let Comparison { operation, unit, engine, against, base, ours, goal, times } = comparison;
    let (least, most) = spread(&comparison.ratios());
    println!(
        "{:<42} {:<10} {:<11} {:>9} {:>9} {:>6.2} {:>11}  {:<4.2} {}",
        format!("{operation} ({unit})"),
        engine.to_string(),
        against.words(),
        thousands(median(base)),
        thousands(median(ours)),
        comparison.ratio(),
        format!("{least:.2}–{most:.2}"),
        goal,
        if comparison.met() { "yes" } else { "NO" }
    );
    if let Some(times) = times {
        println!("{:<42} answered after {:.1} ms (p50), {:.1} ms (p99)", "", times.p50, times.p99);
    }
}
