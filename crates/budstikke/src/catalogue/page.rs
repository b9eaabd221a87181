//! docs/reference/errors.md, made of the catalogue.

use std::fmt::Write as _;

use super::Exit;
use super::entries::FAMILIES;

/// The page. Print it with `budstikke errors --markdown`; a test holds the file equal to it.
pub(crate) fn page() -> String {
    let mut text = String::from(
        "# Errors\n\n\
         <!-- Made with `budstikke errors --markdown`; change crates/budstikke/src/catalogue/entries instead. -->\n\n\
         Every error that a command or a start shows has a code that never changes its meaning. `budstikke errors`\n\
         lists them, `budstikke errors BUD-2001` explains one. With `--json` an error is one line of JSON on standard\n\
         error, in a member `error`: `code`, `message`, `because` (a list), `cause`, `remedy`, `whoseMove`, `exitCode`.\n\n\
         ## Exit codes\n\n| code | meaning |\n|---|---|\n",
    );
    for exit in Exit::ALL {
        line(&mut text, format_args!("| {} | {} |", exit.number(), exit.in_words()));
    }
    text.push_str(
        "\nSystemd need not start a server again that ended with 2 (`RestartPreventExitStatus=2`). A process that a\n\
         signal ended has 128 and the signal's number, as everywhere.\n",
    );
    for family in &FAMILIES {
        line(&mut text, format_args!("\n## {}", family.title));
        for entry in family.entries {
            line(&mut text, format_args!("\n### {}: {}\n", entry.code, entry.what));
            line(&mut text, format_args!("- Cause: {}", entry.cause));
            line(&mut text, format_args!("- Remedy: {}", entry.remedy));
            let (whose, exit) = (entry.whose.in_words(), entry.exit.number());
            line(&mut text, format_args!("- Whose move: {whose}. Exit code: {exit}."));
        }
    }
    text
}

fn line(text: &mut String, words: std::fmt::Arguments<'_>) {
    // Writing into a String cannot fail.
    let _ = writeln!(text, "{words}");
}
