//! What the demo prints: each step with its progress, its proof and its time.

use std::fmt::Display;
use std::future::Future;
use std::time::{Duration, Instant};

use anyhow::Result;
use indicatif::{ProgressBar, ProgressStyle};

use super::stage::Stage;
use crate::app::console_password_file;

/// What a step hands back: something for the next one, and a sentence for the reader.
pub(super) struct Proved<T> {
    pub value: T,
    pub proof: String,
}

/// A proof with something for the next step.
pub(super) fn proved<T>(value: T, proof: impl Display) -> Proved<T> {
    Proved { value, proof: proof.to_string() }
}

/// Begins a part of the story.
pub(super) fn part(title: &str) {
    println!("\n{title}");
}

/// The steps told so far.
pub(super) struct Story {
    begun: Instant,
    steps: Vec<(String, String, Duration)>,
}

impl Story {
    pub(super) fn begin() -> Self {
        println!("Budstikke {}: both jobs, end to end, on this machine.\n", env!("CARGO_PKG_VERSION"));
        Self { begun: Instant::now(), steps: Vec::new() }
    }

    /// Runs a step and prints how it went.
    pub(super) async fn step<T>(
        &mut self,
        what: &str,
        work: impl Future<Output = Result<Proved<T>>>,
    ) -> Result<T> {
        let spinner = ProgressBar::new_spinner();
        spinner.set_style(ProgressStyle::with_template("  {spinner} {msg} ({elapsed})").expect("a template"));
        spinner.set_message(what.to_owned());
        spinner.enable_steady_tick(Duration::from_millis(100));
        let begun = Instant::now();
        let result = work.await;
        let took = begun.elapsed();
        spinner.finish_and_clear();
        match result {
            Ok(Proved { value, proof }) => {
                println!("  ✓ {what} ({})\n      {proof}", human(took));
                self.steps.push((what.to_owned(), proof, took));
                Ok(value)
            }
            Err(error) => {
                println!("  ✗ {what} ({})", human(took));
                Err(error)
            }
        }
    }

    /// Says what was proved, how long it took, and where the consoles are.
    pub(super) fn end(&self, stage: &Stage, exit: bool) {
        println!("\nProved, in {}:", human(self.begun.elapsed()));
        for (what, _, took) in &self.steps {
            println!("  {:>9}  {what}", human(*took));
        }
        if exit {
            return;
        }
        println!("\nThe consoles stay up until you press Ctrl-C:");
        for organization in stage.organizations() {
            println!(
                "  {} ({})  {}console  user {}, password in {}",
                organization.name,
                organization.client.org,
                organization.client.api,
                console::sign_in::FIRST,
                console_password_file(&organization.app.config()).display()
            );
        }
    }
}

/// A duration as people read it.
fn human(time: Duration) -> String {
    if time < Duration::from_secs(1) {
        format!("{} ms", time.as_millis())
    } else {
        format!("{:.1} s", time.as_secs_f64())
    }
}
