//! The commands.

mod audit;
mod backup;
mod bench;
mod bulk;
mod check;
mod client;
mod codes;
mod completions;
mod config;
mod demo;
mod doctor;
mod errors;
mod export;
mod feed;
mod forget;
mod health;
mod import;
mod inbox;
mod messages;
mod moving;
mod openapi;
pub(crate) mod output;
mod part;
mod progress;
mod reference;
mod registry;
mod reload;
mod remote;
mod restore;
mod retention;
mod send;
mod serve;
mod status;
mod table;
mod token;
mod user;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::error::ErrorKind;
use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::catalogue;
use crate::catalogue::Exit;
use crate::catalogue::entries::{settings, start};
use crate::config::{Config, Override, Sources};

/// What is said when nothing can be started.
const UNUSABLE: &str = "the configuration cannot be used";

/// Carries messages for public bodies: SMS, e-mail and eFormidling, in one binary.
#[derive(Parser)]
#[command(
    version,
    about,
    after_help = "Try `budstikke demo` first: it starts two organizations and plays the whole story.\n\
        Every setting can be given in a file (--config), in the environment and on the command line;\n\
        the last one wins. The setting notify.daytime_opens_hour, for example, is\n\
        BUDSTIKKE_NOTIFY__DAYTIME_OPENS_HOUR=8 or --set notify.daytime_opens_hour=8."
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    #[command(
        about = "Start the server: both APIs, the embedded services, the console; needs no configuration"
    )]
    #[command(after_help = "Examples:\n  \
        budstikke serve\n  \
        budstikke serve --config /etc/budstikke/budstikke.toml\n  \
        budstikke serve --properties integrasjonspunkt-local.properties --data-dir /var/lib/budstikke")]
    Serve(Settings),
    #[command(about = "Run a broker alone, in a process of its own")]
    Broker(part::Broker),
    #[command(about = "Run a registry alone, in a process of its own, or change what is registered")]
    Registry(registry::Registry),
    #[command(about = "Start two organizations and play the whole story, with progress")]
    Demo(demo::Demo),
    #[command(about = "Ask the running server whether it is ready")]
    Health(health::Health),
    #[command(about = "Have the running server read its configuration anew")]
    Reload(reload::Reload),
    #[command(about = "Say what is kept for how long and what would go, and remove it")]
    Retention(retention::Retention),
    #[command(about = "Show what there is about one recipient, and erase it")]
    Forget(forget::Forget),
    #[command(about = "Print a development token from the embedded issuer")]
    Token(token::Token),
    #[command(about = "Send an SMS, an e-mail, or a message with files")]
    Send(Box<send::Send>),
    #[command(about = "Show what is known of an order, a shipment or a message, as a timeline")]
    Status(status::Status),
    #[command(about = "Print what has come to its end, and go on as more does")]
    Feed(feed::Feed),
    #[command(about = "Look at, take and remove messages that came in")]
    Inbox(inbox::Inbox),
    #[command(about = "Fill the embedded contact register from a JSON or CSV file")]
    Import(import::Import),
    #[command(about = "Write the embedded contact register to a file")]
    Export(export::Export),
    #[command(about = "Manage those who may sign in to the console")]
    User(user::User),
    #[command(about = "Check or export the audit log")]
    Audit(audit::Audit),
    #[command(about = "Back up the data directory, also while the server runs")]
    Backup(backup::Backup),
    #[command(about = "Build a data directory from a backup")]
    Restore(restore::Restore),
    #[command(about = "Move everything from SQLite to PostgreSQL, or back")]
    Move(moving::Moving),
    #[command(
        about = "Say what every setting is, where it comes from and what is wrong; also of the reference's file"
    )]
    Check(check::Check),
    #[command(about = "Print every setting there is, as a file to copy or as the page of the documentation")]
    Config(config::Configuration),
    #[command(about = "Try everything that a server needs, and say what is wrong and whose move it is")]
    Doctor(doctor::Doctor),
    #[command(name = "openapi", about = "Write the OpenAPI document of an API")]
    OpenApi(openapi::OpenApi),
    #[command(about = "Measure this machine: start, memory, instant SMS, a large message")]
    Bench(bench::Bench),
    #[command(about = "List every error with its code, or explain one")]
    Errors(errors::Errors),
    #[command(about = "Print completions for bash, zsh or fish")]
    Completions(completions::Completions),
    /// Print the page about all commands
    #[command(hide = true)]
    Commands,
}

/// Where settings come from, the same for every command.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Settings")]
pub(crate) struct Settings {
    /// A configuration file in TOML [default: budstikke.toml, if it is there]
    #[arg(long, env = "BUDSTIKKE_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    /// The reference's own file, read as a layer below ours [default: integrasjonspunkt-local.properties, if it
    /// is there]
    #[arg(long, env = "BUDSTIKKE_PROPERTIES", value_name = "FILE")]
    properties: Option<PathBuf>,
    /// The reference's profile: presets of the addresses of the public services
    #[arg(long, env = "BUDSTIKKE_PROFILE", value_name = "staging|production")]
    profile: Option<String>,
    /// Where everything is kept; made if needed [default: ./budstikke-data]
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// Address of the APIs and the console [default: 127.0.0.1:9093]; port 0 takes any that is free
    #[arg(long, value_name = "ADDR")]
    listen: Option<String>,
    /// Address of the embedded services [default: 127.0.0.1:9094]
    #[arg(long, value_name = "ADDR")]
    services: Option<String>,
    /// Address of the embedded mail server [default: 127.0.0.1:9025]
    #[arg(long, value_name = "ADDR")]
    mail: Option<String>,
    /// Any other setting, as `section.key=value`; may be repeated
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = Override::parse)]
    overrides: Vec<Override>,
}

impl Settings {
    /// The configuration file, if there is one.
    fn config_file(&self) -> Option<PathBuf> {
        let usual = PathBuf::from("budstikke.toml");
        self.config.clone().or_else(|| usual.exists().then_some(usual))
    }

    /// Reads the configuration: defaults, then the reference's file, then ours, then the environment, then the
    /// command line.
    pub(crate) fn load(&self) -> Result<Config> {
        self.sources().and_then(|sources| Config::load(&sources)).context(UNUSABLE)
    }

    /// Where settings come from.
    pub(crate) fn sources(&self) -> Result<Sources> {
        let mut overrides = Vec::new();
        if let Some(dir) = &self.data_dir {
            overrides.push(Override::text("data_dir", dir.to_string_lossy()));
        }
        for (key, value) in
            [("listen.api", &self.listen), ("listen.services", &self.services), ("listen.mail", &self.mail)]
        {
            overrides.extend(value.as_ref().map(|value| Override::text(key, value)));
        }
        overrides.extend(self.overrides.iter().cloned());
        let (properties, profile) = (self.properties.as_deref(), self.profile.as_deref());
        Sources::find(self.config.as_deref(), properties, profile, overrides)
    }
}

/// Reads the command line, runs the command, and tells of its error.
pub(crate) fn run() -> ExitCode {
    let matches = reference::grouped(Cli::command()).try_get_matches();
    let cli = match matches.and_then(|matches| Cli::from_arg_matches(&matches)) {
        Ok(cli) => cli,
        Err(error) => return misunderstood(&error),
    };
    cli.command.run().unwrap_or_else(|error| catalogue::tell(&error, wants_json()))
}

/// Help and version are no errors; all else is, in the words of the parser.
fn misunderstood(error: &clap::Error) -> ExitCode {
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        // A reader that has gone away has read enough.
        let _ = error.print();
        return Exit::Done.into();
    }
    let entry = settings::COMMAND_LINE;
    if wants_json() {
        let words = error.to_string();
        return catalogue::tell(&entry.says(words.trim_end().trim_start_matches("error: ")).into(), true);
    }
    let _ = error.print();
    eprintln!("\n{} (exit code {})", entry.code, entry.exit.number());
    entry.exit.into()
}

/// Whether errors are told as JSON; also those of a command line that is not understood.
fn wants_json() -> bool {
    std::env::args_os().skip(1).take_while(|argument| argument != "--").any(|argument| argument == "--json")
}

impl Command {
    fn run(self) -> Result<ExitCode> {
        match self {
            Self::Serve(settings) => serve::run(&settings),
            Self::Broker(broker) => part::broker(&broker),
            Self::Registry(registry) => registry::run(registry),
            Self::Demo(demo) => demo::run(demo),
            Self::Health(health) => health::run(&health),
            Self::Reload(reload) => reload::run(&reload),
            Self::Retention(retention) => retention::run(&retention),
            Self::Forget(forget) => forget::run(&forget),
            Self::Token(token) => token::run(&token),
            Self::Send(send) => send::run(&send),
            Self::Status(status) => status::run(&status),
            Self::Feed(feed) => feed::run(&feed),
            Self::Inbox(inbox) => inbox::run(&inbox),
            Self::Import(import) => import::run(&import),
            Self::Export(export) => export::run(&export),
            Self::User(user) => user::run(&user),
            Self::Audit(audit) => audit::run(audit),
            Self::Backup(backup) => backup::run(&backup),
            Self::Restore(restore) => restore::run(&restore),
            Self::Move(moving) => moving::run(&moving),
            Self::Check(check) => check::run(&check),
            Self::Config(asked) => {
                config::run(&asked);
                Ok(ExitCode::SUCCESS)
            }
            Self::Doctor(doctor) => doctor::run(&doctor),
            Self::OpenApi(api) => openapi::run(&api),
            Self::Bench(bench) => bench::run(&bench),
            Self::Errors(errors) => errors::run(&errors),
            Self::Completions(completions) => completions::run(&completions, Cli::command()),
            Self::Commands => reference::run(Cli::command()),
        }
    }
}

/// The runtime that long-running commands run on.
fn runtime() -> Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context(start::SYSTEM.says("no runtime could be started"))
}
