//! An error as people and machines read it, on standard error.

use std::process::ExitCode;

use anyhow::Error;
use serde_json::{Value, json};

use super::{Entry, entry_of};
use crate::cli::output::{Closed, Paint, paints_errors};

/// Tells of an error and answers how the process ends. What nobody reads any more (`| head`) is no error.
pub(crate) fn tell(error: &Error, json: bool) -> ExitCode {
    if error.chain().any(<dyn std::error::Error>::is::<Closed>) {
        return ExitCode::SUCCESS;
    }
    let entry = entry_of(error);
    if json {
        eprintln!("{}", as_json(error));
    } else {
        eprint!("{}", for_people(error, entry));
    }
    entry.exit.into()
}

/// One object in one member `error`, so that it is never taken for an answer.
pub(super) fn as_json(error: &Error) -> Value {
    let entry = entry_of(error);
    let because: Vec<String> = error.chain().skip(1).map(ToString::to_string).collect();
    json!({ "error": {
        "code": entry.code, "message": error.to_string(), "because": because,
        "cause": entry.cause, "remedy": entry.remedy, "whoseMove": entry.whose, "exitCode": entry.exit,
    } })
}

/// The first line says what, the next why, the last what to do.
fn for_people(error: &Error, entry: &Entry) -> String {
    let paint = |paint: Paint, text: &str| if paints_errors() { paint.on(text) } else { text.to_owned() };
    let mut text = format!("{} {error}\n", paint(Paint::Bad, "budstikke:"));
    let mut said = error.to_string();
    for cause in error.chain().skip(1).map(ToString::to_string) {
        // Some libraries repeat what is below them.
        if !said.contains(&cause) {
            text.push_str(&format!("  because: {cause}\n"));
        }
        said = cause;
    }
    text.push_str(&format!("  {} {}\n", paint(Paint::Good, "what to do:"), entry.remedy));
    let exit = entry.exit.number();
    text.push_str(&paint(
        Paint::Faint,
        &format!("  {} (exit code {exit}); `budstikke errors {}` explains it", entry.code, entry.code),
    ));
    text.push('\n');
    text
}
