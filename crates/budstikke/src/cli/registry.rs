//! `budstikke registry`: the registry in a process of its own, and what is registered there.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use auth::Verifier;
use clap::{Args, Subcommand};
use exchange::registry::embedded::{EmbeddedRegistry, file};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use store::DataDir;
use types::OrgNumber;

use super::Settings;
use super::import::accepted;
use super::output::Output;
use super::table::Table;
use crate::alone::{Client, new_registry};
use crate::app::{Addresses, open_store};
use crate::catalogue::Told;
use crate::catalogue::entries::{files, server, settings};
use crate::config::{Config, Part};
use crate::embedded;

/// A registry in a process of its own, or what is registered there.
///
/// Without a command it runs: on listen.services it answers /adressetjeneste as the national registry does,
/// and on listen.operators it lets operators change what is registered. Of the configuration matter
/// data_dir, store, postgres, organization (its certificate signs answers), organizations, listen.services,
/// listen.operators, embedded.address, embedded.elsewhere (the broker, whose token issuer is then believed),
/// embedded.authority_dir, trusted_issuers, registry and log.
///
/// The commands work whether the registry runs or not, also on that of `budstikke serve` (name its data
/// directory), and each change is written to the audit log.
#[derive(Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Registry {
    #[command(subcommand)]
    what: Option<What>,
    /// Print the settings that an integration point needs, and do nothing else
    #[arg(long, value_enum, value_name = "KIND")]
    print_client_settings: Option<Client>,
    #[command(flatten)]
    settings: Settings,
}

#[derive(Subcommand)]
enum What {
    #[command(about = "Register an organization, or replace all that was registered of it")]
    Add(Add),
    #[command(about = "List the organizations: a table on a terminal, else a line of JSON each")]
    List(Only),
    #[command(
        about = "Forget an organization (nine digits), a citizen (eleven) or an actor in health (her-id:…)"
    )]
    Remove(Remove),
    #[command(about = "Register everything in a JSON file, or nothing; docs/registry.md has the form")]
    Import(Import),
}

#[derive(Args)]
#[command(after_help = "Examples:\n  \
    budstikke registry add 310000002 --name 'Vidde kommune' --certificate vidde.pem")]
struct Add {
    /// Nine digits
    number: OrgNumber,
    /// Its name
    #[arg(long)]
    name: String,
    /// Its certificate (PEM); without one it takes part in nothing itself
    #[arg(long, value_name = "FILE")]
    certificate: Option<PathBuf>,
    /// What it takes part in: standard, einnsyn, or a process; may be repeated [default: standard]
    #[arg(long = "process", value_name = "NAME")]
    processes: Vec<String>,
    /// The highest security level at which SvarUt reaches it: 3 or 4
    #[arg(long, value_name = "LEVEL")]
    svarut_level: Option<u8>,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    settings: Settings,
}

#[derive(Args)]
#[command(after_help = "Examples:\n  \
    budstikke registry list --data-dir /var/lib/budstikke")]
struct Only {
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    settings: Settings,
}

#[derive(Args)]
#[command(after_help = "Examples:\n  \
    budstikke registry remove 310000002\n  \
    budstikke registry remove her-id:8094866")]
struct Remove {
    /// Whom
    id: String,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    settings: Settings,
}

#[derive(Args)]
#[command(after_help = "Examples:\n  \
    budstikke registry import registrations.json")]
struct Import {
    /// The file
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    settings: Settings,
}

pub(super) fn run(command: Registry) -> Result<ExitCode> {
    let Some(what) = command.what else {
        return super::part::run(&command.settings, Part::Registry, command.print_client_settings);
    };
    let (settings, output, change) = match what {
        What::Add(add) => {
            let file = add.file()?;
            (add.settings, add.output, Change::Register(serde_json::to_vec(&file)?))
        }
        What::List(only) => (only.settings, only.output, Change::List),
        What::Remove(remove) => (remove.settings, remove.output, Change::Remove(remove.id)),
        What::Import(import) => {
            let content = std::fs::read(&import.file);
            let content = content.with_context(|| unreadable(&import.file))?;
            (import.settings, import.output, Change::Register(content))
        }
    };
    let config = settings.load_part(Part::Registry)?;
    super::runtime()?.block_on(async {
        match Addresses::of_running(&config.data_dir) {
            Some(addresses) => change.through_the_server(&config, &addresses, output).await,
            None => change.directly(&config, output).await,
        }
    })?;
    Ok(ExitCode::SUCCESS)
}

impl Add {
    fn file(&self) -> Result<Value> {
        let read = |path: &Path| std::fs::read_to_string(path).with_context(|| unreadable(path));
        let certificate = self.certificate.as_deref().map(read).transpose()?;
        let processes = (!self.processes.is_empty()).then_some(&self.processes);
        Ok(json!({ "organizations": [{
            "number": self.number.to_string(), "name": self.name, "certificate": certificate,
            "processes": processes, "svarutLevel": self.svarut_level,
        }] }))
    }
}

fn unreadable(path: &Path) -> Told {
    files::FILE_UNREADABLE.says(format!("{} cannot be read", path.display()))
}

enum Change {
    Register(Vec<u8>),
    List,
    Remove(String),
}

impl Change {
    async fn through_the_server(self, config: &Config, addresses: &Addresses, output: Output) -> Result<()> {
        let request = |method: Method, path: &str| -> Result<RequestBuilder> {
            let url = format!("http://{}{path}", addresses.operators);
            let request = web::plain_client()?.request(method, url);
            Ok(match &config.registry.admin_token {
                Some(token) => request.bearer_auth(token.reveal()),
                None => request,
            })
        };
        match self {
            Self::Register(content) => {
                let answer = accepted(request(Method::POST, "/registry")?.body(content).send().await).await?;
                let told: Value = serde_json::from_slice(&answer.bytes().await?)?;
                output.line(&told, || format!("registered {}\n", told["registered"]))?;
            }
            Self::Remove(id) => {
                accepted(request(Method::DELETE, &format!("/registry/{id}"))?.send().await).await?;
                output.line(&json!({ "removed": id }), || "removed\n".to_owned())?;
            }
            Self::List => {
                let mut after = String::new();
                loop {
                    let path = format!("/registry/organizations?after={after}");
                    let answer = accepted(request(Method::GET, &path)?.send().await).await?;
                    let told: Value = serde_json::from_slice(&answer.bytes().await?)?;
                    let Some(last) =
                        print(told["organizations"].as_array().map_or(&[][..], Vec::as_slice), output)?
                    else {
                        break;
                    };
                    after = last;
                }
            }
        }
        Ok(())
    }

    async fn directly(self, config: &Config, output: Output) -> Result<()> {
        let (registry, _data_dir) = registry(config)?;
        match self {
            Self::Register(content) => {
                let subjects =
                    file::read(&content).context(files::FILE_CONTENT.says("nothing was registered"))?;
                let count = subjects.len();
                registry.register_all("operator", subjects).await?;
                output.line(&json!({ "registered": count }), || format!("registered {count}\n"))?;
            }
            Self::Remove(id) => {
                let who = id.parse().context(settings::NOBODY_KNOWN.says("the text names nobody"))?;
                if !registry.forget("operator", who).await? {
                    bail!(server::NOT_FOUND.says("nobody is registered under this number"));
                }
                output.line(&json!({ "removed": id }), || "removed\n".to_owned())?;
            }
            Self::List => {
                let mut after = String::new();
                while let Some(last) = print(&registry.list(&after).await?, output)? {
                    after = last;
                }
            }
        }
        Ok(())
    }
}

/// Prints a page, and answers the number that it ends with.
fn print(page: &[Value], output: Output) -> Result<Option<String>> {
    let people = std::io::stdout().is_terminal() && !output.is_json();
    let mut table = Table::plain().at_least([9, 40, 0]);
    for organization in page {
        let text = |name: &str| organization[name].as_str().unwrap_or_default();
        let processes: Vec<&str> = organization["processes"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|one| one["process"].as_str())
            .collect();
        table.row([text("number").into(), text("name").into(), processes.join(", ").into()]);
    }
    let lines = || page.iter().map(|organization| format!("{organization}\n")).collect::<String>();
    super::output::print(&if people { table.take() } else { lines() })?;
    Ok(page.last().and_then(|last| last["number"].as_str()).map(str::to_owned))
}

/// The registry of a server that does not run. Hold on to the data directory meanwhile.
fn registry(config: &Config) -> Result<(EmbeddedRegistry, DataDir)> {
    let data_dir = DataDir::open(&config.data_dir)?;
    let store = open_store(config, &data_dir)?;
    let clock = store.clock();
    let identity = embedded::identity(config, &clock)?;
    // What is done here needs nobody's tokens.
    let verifier = Verifier::new(Vec::new(), Arc::new(config.directory()), clock);
    Ok((new_registry(config, &store, verifier, &identity)?, data_dir))
}
