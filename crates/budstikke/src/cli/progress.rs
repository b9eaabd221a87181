//! Progress of long copies, for whoever sits at a terminal; silent where nobody does.

use indicatif::{ProgressBar, ProgressStyle};
use store::copy::moving::{Moving, Stage};
use store::copy::{Progress, Step};

/// One bar at a time, a new one for each step.
#[derive(Default)]
pub(super) struct Bars {
    current: Option<(Step, ProgressBar)>,
}

impl Bars {
    /// Shows how far a step has come.
    pub(super) fn tell(&mut self, progress: Progress) {
        if self.current.as_ref().is_none_or(|(step, _)| *step != progress.step) {
            self.finish();
            self.current = Some((progress.step, bytes_bar(name(progress.step))));
        }
        if let Some((_, bar)) = &self.current {
            bar.set_length(progress.of);
            bar.set_position(progress.done);
        }
    }

    /// Leaves the last bar as it is.
    pub(super) fn finish(&mut self) {
        if let Some((_, bar)) = self.current.take() {
            bar.abandon();
        }
    }
}

pub(super) fn bytes_bar(what: impl Into<std::borrow::Cow<'static, str>>) -> ProgressBar {
    let style =
        "{msg:10} {wide_bar} {bytes:>11} of {total_bytes:>11}  {binary_bytes_per_sec:>13}  {eta:>4} left";
    let style = ProgressStyle::with_template(style).expect("a template that is well formed");
    ProgressBar::new(0).with_style(style).with_message(what)
}

/// Progress of rows, table by table.
#[derive(Default)]
pub(super) struct RowBars {
    current: Option<(Stage, ProgressBar)>,
}

impl RowBars {
    /// Shows how far a move has come.
    pub(super) fn tell(&mut self, progress: &Moving<'_>) {
        if self.current.as_ref().is_none_or(|(stage, _)| *stage != progress.stage) {
            self.finish();
            let what = match progress.stage {
                Stage::Copying => "copying",
                Stage::Comparing => "comparing",
            };
            self.current = Some((progress.stage, count_bar(what, progress.done)));
        }
        if let Some((_, bar)) = &self.current {
            bar.set_length(progress.of);
            bar.set_position(progress.done);
            bar.set_prefix(progress.table.to_owned());
        }
    }

    /// Leaves the last bar as it is.
    pub(super) fn finish(&mut self) {
        if let Some((_, bar)) = self.current.take() {
            bar.abandon();
        }
    }
}

/// Progress of files.
pub(super) fn files_bar() -> ProgressBar {
    count_bar("files", 0)
}

/// What an earlier run has done does not count for the rate.
fn count_bar(what: &'static str, done: u64) -> ProgressBar {
    let style =
        "{msg:10} {wide_bar} {human_pos:>11} of {human_len:>11}  {per_sec:>15}  {eta:>4} left  {prefix}";
    let style = ProgressStyle::with_template(style).expect("a template that is well formed");
    let bar = ProgressBar::new(0).with_style(style).with_message(what).with_position(done);
    bar.reset_eta();
    bar
}

const fn name(step: Step) -> &'static str {
    match step {
        Step::Database => "database",
        Step::Files => "files",
        Step::Verify => "verifying",
        Step::Restore => "restoring",
    }
}
