//! The sheet on which a trial counts.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

/// What one run counted, and what did not hold.
pub struct Sheet {
    run: String,
    counts: Vec<(String, Value)>,
    broken: Vec<String>,
}

impl Sheet {
    /// A sheet for a run with this name.
    pub fn new(run: &str) -> Self {
        Self { run: run.to_owned(), counts: Vec::new(), broken: Vec::new() }
    }

    /// Writes down a count, a time in words, or anything else.
    pub fn count(&mut self, what: &str, counted: impl Into<Value>) {
        self.counts.retain(|(known, _)| known != what);
        self.counts.push((what.to_owned(), counted.into()));
    }

    /// Writes down a number of things.
    pub fn number(&mut self, what: &str, of: usize) {
        self.count(what, of as u64);
    }

    /// A count must be none.
    pub fn must_be_none(&mut self, what: &str) {
        let counted = self.counts.iter().find(|(known, _)| known == what).map(|(_, value)| value.clone());
        if counted != Some(Value::from(0)) {
            self.broken.push(format!("{what}: {counted:?}"));
        }
    }

    /// A count must not be higher.
    pub fn must_be_at_most(&mut self, what: &str, most: u64) {
        let counted = self.counts.iter().find(|(known, _)| known == what).map(|(_, value)| value.clone());
        if counted.as_ref().and_then(Value::as_u64).is_none_or(|counted| counted > most) {
            self.broken.push(format!("{what}: {counted:?}, more than {most}"));
        }
    }

    /// Writes down what should hold and does not.
    pub fn broken(&mut self, what: impl IntoIterator<Item = String>) {
        self.broken.extend(what);
    }

    /// Whether everything held.
    pub fn holds(&self) -> bool {
        self.broken.is_empty()
    }

    /// Prints everything, the broken at the end.
    #[expect(clippy::print_stdout, reason = "this is what whoever started the run reads")]
    pub fn print(&self) {
        println!("\n{}", self.run);
        for (what, counted) in &self.counts {
            let counted = counted.as_str().map_or_else(|| counted.to_string(), str::to_owned);
            println!("  {what:<48} {counted:>16}");
        }
        match self.broken.len() {
            0 => println!("  everything holds"),
            many => println!("  BROKEN, {many} times:"),
        }
        for what in self.broken.iter().take(20) {
            println!("    {what}");
        }
    }

    /// Writes everything as JSON into a folder; the file's name is the run's.
    pub fn write(&self, folder: &Path) -> PathBuf {
        std::fs::create_dir_all(folder).expect("a folder");
        let counts: Map<String, Value> = self.counts.iter().cloned().collect();
        let all = json!({ "run": self.run, "counts": counts, "broken": self.broken });
        let name: String = self.run.chars().map(|c| if c.is_alphanumeric() { c } else { '-' }).collect();
        let file = folder.join(format!("{}.json", name.to_lowercase()));
        std::fs::write(&file, format!("{all:#}\n")).expect("a file");
        file
    }
}
