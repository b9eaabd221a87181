//! The commands.

mod audit;
mod backup;
mod bench;
mod bulk;
mod check;
mod client;
mod codes;
mod config;
mod demo;
mod export;
mod health;
mod import;
mod messages;
mod moving;
mod part;
mod progress;
mod registry;
mod reload;
mod restore;
mod serve;
mod token;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Args, Parser, Subcommand};

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
    /// Start the server: both APIs, the embedded services, the console. Needs no configuration
    Serve(Settings),
    /// Run a broker alone, in a process of its own
    Broker(part::Broker),
    /// Run a registry alone, in a process of its own, or change what is registered
    Registry(registry::Registry),
    /// Start two organizations and play the whole story, with progress
    Demo(demo::Demo),
    /// Ask the running server whether it is ready
    Health(health::Health),
    /// Have the running server read its configuration anew
    Reload(reload::Reload),
    /// Print a development token from the embedded issuer
    Token(token::Token),
    /// Fill the embedded contact register from a JSON or CSV file
    Import(import::Import),
    /// Write the embedded contact register to a file
    Export(export::Export),
    /// Check or export the audit log
    Audit(audit::Audit),
    /// Back up the data directory, also while the server runs
    Backup(backup::Backup),
    /// Build a data directory from a backup
    Restore(restore::Restore),
    /// Move everything from SQLite to PostgreSQL, or back
    Move(moving::Moving),
    /// Say what every setting is, where it comes from and what is wrong; also of the reference's file
    Check(check::Check),
    /// Print every setting there is, as a file to copy or as the page of the documentation
    Config(config::Configuration),
    /// Measure this machine: start, memory, instant SMS, a large message
    Bench(bench::Bench),
}

/// Where settings come from, the same for every command.
#[derive(Args, Clone, Debug, Default)]
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

/// Reads the command line and runs the command.
pub(crate) fn run() -> Result<ExitCode> {
    match Cli::parse().command {
        Command::Serve(settings) => serve::run(&settings),
        Command::Broker(broker) => part::broker(&broker),
        Command::Registry(registry) => registry::run(registry),
        Command::Demo(demo) => demo::run(demo),
        Command::Health(health) => health::run(&health),
        Command::Reload(reload) => reload::run(&reload),
        Command::Token(token) => token::run(&token),
        Command::Import(import) => import::run(&import),
        Command::Export(export) => export::run(&export),
        Command::Audit(audit) => audit::run(audit),
        Command::Backup(backup) => backup::run(&backup),
        Command::Restore(restore) => restore::run(&restore),
        Command::Move(moving) => moving::run(&moving),
        Command::Check(check) => check::run(&check),
        Command::Config(asked) => {
            config::run(&asked);
            Ok(ExitCode::SUCCESS)
        }
        Command::Bench(bench) => bench::run(&bench),
    }
}

/// The runtime that long-running commands run on.
fn runtime() -> Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().context("no runtime could be started")
}
