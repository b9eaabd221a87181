//! `budstikke --help` in groups, and docs/reference/commands.md made of the same commands.

use std::fmt::Write as _;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Arg, Command};

use super::output::print;

/// The groups in which commands are listed. What is in none is listed last.
const GROUPS: [(&str, &[&str]); 5] = [
    ("Run", &["serve", "demo", "broker", "registry", "reload", "health"]),
    ("Send and receive", &["send", "status", "feed", "inbox", "token", "openapi"]),
    ("Look after it", &["check", "doctor", "config", "user", "audit", "errors", "bench"]),
    ("Data", &["import", "export", "backup", "restore", "move", "retention", "forget"]),
    ("Shell", &["completions"]),
];

/// The same command with its subcommands in groups.
pub(super) fn grouped(command: Command) -> Command {
    let mut text = String::new();
    for (title, names) in in_groups(&command) {
        let _ = writeln!(text, "{title}:");
        for name in names {
            let about = command.find_subcommand(&name).map(about).unwrap_or_default();
            let _ = writeln!(text, "  {name:12} {about}");
        }
        text.push('\n');
    }
    let template =
        format!("{{about}}\n\n{{usage-heading}} {{usage}}\n\n{text}Options:\n{{options}}\n{{after-help}}\n");
    command.help_template(template)
}

fn in_groups(command: &Command) -> Vec<(&'static str, Vec<String>)> {
    let visible = command.get_subcommands().filter(|sub| !sub.is_hide_set() && sub.get_name() != "help");
    let there: Vec<&str> = visible.map(Command::get_name).collect();
    let mut groups: Vec<(&'static str, Vec<String>)> = GROUPS
        .into_iter()
        .map(|(title, names)| {
            let names = names.iter().filter(|name| there.contains(*name));
            (title, names.map(|name| (*name).to_owned()).collect())
        })
        .collect();
    let is_grouped = |name: &str| GROUPS.iter().any(|(_, names)| names.contains(&name));
    let others: Vec<String> =
        there.iter().filter(|name| !is_grouped(name)).map(|name| (*name).to_owned()).collect();
    groups.insert(groups.len() - 1, ("More", others));
    groups.retain(|(_, names)| !names.is_empty());
    groups
}

fn about(command: &Command) -> String {
    command.get_about().map(ToString::to_string).unwrap_or_default()
}

/// Prints the page.
pub(super) fn run(command: Command) -> Result<ExitCode> {
    print(&page(command))?;
    Ok(ExitCode::SUCCESS)
}

/// Headings of flags that many commands have; they are explained once.
const SHARED: [&str; 2] = ["Settings", "Which server, and as whom"];

/// The page.
pub(super) fn page(mut command: Command) -> String {
    command.build();
    let mut text = String::from(
        "# Commands\n\n\
         <!-- Made with `budstikke commands`; change the commands in crates/budstikke/src/cli instead. -->\n\n\
         Commands that answer with data print tables for people, and JSON with `--json`. Colours and progress are for\n\
         terminals only; `NO_COLOR` turns colours off. Exit codes, and the codes of errors, are in [errors.md](errors.md).\n",
    );
    for (title, names) in in_groups(&command) {
        let _ = writeln!(text, "\n## {title}");
        for name in names {
            if let Some(sub) = command.find_subcommand(&name) {
                one(&mut text, sub, "budstikke", 3);
            }
        }
    }
    for heading in SHARED {
        shared(&mut text, &command, heading);
    }
    text
}

fn one(text: &mut String, command: &Command, above: &str, level: usize) {
    let name = format!("{above} {}", command.get_name());
    let hashes = "#".repeat(level);
    let words = command.get_long_about().or(command.get_about()).map(ToString::to_string).unwrap_or_default();
    let _ = writeln!(text, "\n{hashes} `{name}`\n\n{}", words.trim());
    let own = |arg: &&Arg| {
        !arg.is_hide_set() && !is_shared(arg) && !matches!(arg.get_id().as_str(), "help" | "version")
    };
    let args: Vec<&Arg> = command.get_arguments().filter(own).collect();
    if !args.is_empty() {
        text.push_str("\n| flag | meaning |\n|---|---|\n");
        for arg in args {
            row(text, arg);
        }
    }
    let has = |heading: &str| command.get_arguments().any(|arg| arg.get_help_heading() == Some(heading));
    let more: Vec<String> = SHARED
        .into_iter()
        .filter(|heading| has(heading))
        .map(|heading| format!("[{}](#{})", heading.to_lowercase(), anchor(heading)))
        .collect();
    if !more.is_empty() {
        let _ = writeln!(text, "\nAnd the flags for {}.", more.join(" and "));
    }
    if let Some(examples) = command.get_after_help().map(ToString::to_string) {
        let examples = examples
            .trim_start_matches("Examples:")
            .lines()
            .map(|line| line.strip_prefix("  ").unwrap_or(line));
        let examples: Vec<&str> = examples.filter(|line| !line.is_empty()).collect();
        let _ = writeln!(text, "\n```sh\n{}\n```", examples.join("\n"));
    }
    for sub in command.get_subcommands().filter(|sub| sub.get_name() != "help" && !sub.is_hide_set()) {
        one(text, sub, &name, level + 1);
    }
}

fn is_shared(arg: &Arg) -> bool {
    arg.get_help_heading().is_some_and(|heading| SHARED.contains(&heading))
}

fn anchor(heading: &str) -> String {
    heading.to_lowercase().replace(',', "").replace(' ', "-")
}

/// The flags of a heading, from the first command that has them.
fn shared(text: &mut String, command: &Command, heading: &str) {
    let Some(with) = first_with(command, heading) else { return };
    let _ = writeln!(text, "\n## {heading}\n\n| flag | meaning |\n|---|---|");
    for arg in with.get_arguments().filter(|arg| arg.get_help_heading() == Some(heading)) {
        row(text, arg);
    }
}

fn first_with<'c>(command: &'c Command, heading: &str) -> Option<&'c Command> {
    if command.get_arguments().any(|arg| arg.get_help_heading() == Some(heading)) {
        return Some(command);
    }
    command.get_subcommands().find_map(|sub| first_with(sub, heading))
}

fn row(text: &mut String, arg: &Arg) {
    let values = arg.get_value_names().unwrap_or_default();
    let value = if arg.get_action().takes_values() {
        values.first().map(ToString::to_string).unwrap_or_default()
    } else {
        String::new()
    };
    let flag = match (arg.get_long(), arg.get_short()) {
        (Some(long), short) => {
            let short = short.map(|short| format!("-{short}, ")).unwrap_or_default();
            format!("{short}--{long} {value}")
        }
        (None, Some(short)) => format!("-{short} {value}"),
        (None, None) => value,
    };
    let mut meaning = arg.get_help().map(ToString::to_string).unwrap_or_default();
    let possible: Vec<String> = if arg.get_action().takes_values() && !arg.is_hide_possible_values_set() {
        arg.get_possible_values().iter().map(|value| format!("`{}`", value.get_name())).collect()
    } else {
        Vec::new()
    };
    if !possible.is_empty() {
        meaning = format!("{meaning}: {}", possible.join(", "));
    }
    let defaults: Vec<String> =
        arg.get_default_values().iter().map(|value| value.to_string_lossy().into_owned()).collect();
    if !defaults.is_empty() && arg.get_action().takes_values() {
        meaning = format!("{meaning} [default: {}]", defaults.join(" "));
    }
    if let Some(variable) = arg.get_env() {
        meaning = format!("{meaning} (or `{}`)", variable.to_string_lossy());
    }
    let _ = writeln!(text, "| `{}` | {} |", flag.trim().replace('|', "\\|"), meaning.replace('|', "\\|"));
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;
    use crate::cli::Cli;

    #[test]
    fn the_page_of_commands_is_what_they_say_of_themselves() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/reference/commands.md");
        let there = std::fs::read_to_string(file).unwrap_or_default();
        assert!(
            there == page(Cli::command()),
            "write it with: budstikke commands > docs/reference/commands.md"
        );
    }

    #[test]
    fn every_command_and_flag_explains_itself_and_every_command_has_examples() {
        let mut command = grouped(Cli::command());
        command.build();
        let mut wrong = Vec::new();
        look_at(&command, "budstikke", &mut wrong);
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        command.debug_assert();
    }

    fn look_at(command: &Command, name: &str, wrong: &mut Vec<String>) {
        let (first, is_whole) = (about(command), !name.contains(' '));
        if !is_whole && (first.is_empty() || first.len() > 100 || first.ends_with('.')) {
            wrong.push(format!("{name}: the first line is one short sentence without a full stop: {first}"));
        }
        for arg in command.get_arguments().filter(|arg| !arg.is_hide_set()) {
            if arg.get_help().is_none_or(|help| help.to_string().trim().is_empty()) {
                wrong.push(format!("{name}: {} says nothing", arg.get_id()));
            }
        }
        let subs: Vec<&Command> = command.get_subcommands().filter(|sub| sub.get_name() != "help").collect();
        let examples = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        if subs.is_empty() && !examples.starts_with("Examples:\n") && !command.is_hide_set() {
            wrong.push(format!("{name}: there is no example (after_help = \"Examples:\\n  budstikke …\")"));
        }
        for sub in subs {
            look_at(sub, &format!("{name} {}", sub.get_name()), wrong);
        }
    }

    #[test]
    fn every_command_is_listed_in_a_group() {
        let help = grouped(Cli::command()).render_help().to_string();
        for sub in Cli::command().get_subcommands().filter(|sub| !sub.is_hide_set()) {
            let listed =
                help.lines().any(|line| line.trim_start().starts_with(&format!("{} ", sub.get_name())));
            assert!(listed, "{} is not listed in:\n{help}", sub.get_name());
        }
        assert!(help.contains("Send and receive:") && help.contains("Try `budstikke demo` first"), "{help}");
    }
}
