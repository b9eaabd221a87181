//! `budstikke user`: those who may sign in to the console, from the machine that holds the store.
//!
//! Whoever can write the store can do this, whether the server runs or not: so a lost administrator is found
//! again.

use std::io::{BufRead as _, IsTerminal as _};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};
use console::Role;
use console::sign_in::{Account, AccountError, Accounts};
use serde_json::{Value, json};
use store::{DataDir, DataDirError};
use types::Secret;
use types::random::Random;

use super::Settings;
use super::output::Output;
use super::table::Table;
use crate::app::open_store_at;
use crate::catalogue::entries::{files, settings, start};
use crate::config::{Config, StorePlace};

/// Who did it, in the audit log.
const ACTOR: &str = "operator at the machine";

/// Manages those who may sign in to the console, whether the server runs or not.
#[derive(Args)]
#[command(after_help = "Examples:\n  budstikke user list\n  budstikke user add kari --role operate\n  \
                        budstikke user password admin")]
pub(crate) struct User {
    #[command(subcommand)]
    wish: Wish,
}

#[derive(Subcommand)]
enum Wish {
    /// List everybody who may sign in
    #[command(after_help = "Examples:\n  budstikke user list")]
    List {
        #[command(flatten)]
        output: Output,
        #[command(flatten)]
        settings: Settings,
    },
    /// Add somebody who signs in with a password
    #[command(after_help = "Examples:\n  budstikke user add kari --role operate")]
    Add {
        /// User name: letters a-z, digits and . _ @ -
        name: String,
        /// What they may do: read, operate or administer
        #[arg(long, default_value = "read")]
        role: Role,
        #[command(flatten)]
        output: Output,
        #[command(flatten)]
        settings: Settings,
    },
    /// Give somebody another password and end their sessions; read from standard input, or made and printed
    #[command(after_help = "Examples:\n  budstikke user password admin\n  \
                            budstikke user password kari < new-password")]
    Password {
        /// User name
        name: String,
        #[command(flatten)]
        output: Output,
        #[command(flatten)]
        settings: Settings,
    },
    /// Give somebody another role
    #[command(after_help = "Examples:\n  budstikke user role kari administer")]
    Role {
        /// User name
        name: String,
        /// read, operate or administer
        role: Role,
        #[command(flatten)]
        output: Output,
        #[command(flatten)]
        settings: Settings,
    },
    /// Close somebody's account and end their sessions
    #[command(after_help = "Examples:\n  budstikke user disable kari")]
    Disable {
        /// User name
        name: String,
        #[command(flatten)]
        output: Output,
        #[command(flatten)]
        settings: Settings,
    },
    /// Open somebody's account again
    #[command(after_help = "Examples:\n  budstikke user enable kari")]
    Enable {
        /// User name
        name: String,
        #[command(flatten)]
        output: Output,
        #[command(flatten)]
        settings: Settings,
    },
}

pub(super) fn run(user: &User) -> Result<ExitCode> {
    super::runtime()?.block_on(act(&user.wish))?;
    Ok(ExitCode::SUCCESS)
}

async fn act(wish: &Wish) -> Result<()> {
    match wish {
        Wish::List { output, settings } => {
            let all = open(settings)?.accounts.all().await?;
            output.show(&all.iter().map(told).collect::<Vec<_>>(), || listed(&all))?;
        }
        Wish::Add { name, role, output, settings } => {
            let done = format!("{name} may sign in and {role}");
            let add = async |all: &Accounts, password: &Secret| all.add(ACTOR, name, password, *role).await;
            with_password(settings, *output, name, &done, add).await?;
        }
        Wish::Password { name, output, settings } => {
            let done = format!("{name} has another password");
            let set = async |all: &Accounts, password: &Secret| all.set_password(ACTOR, name, password).await;
            with_password(settings, *output, name, &done, set).await?;
        }
        Wish::Role { name, role, output, settings } => {
            let opened = open(settings)?;
            opened.accounts.set_role(ACTOR, name, *role).await?;
            opened.say(*output, name, None, &format!("{name} may {role}")).await?;
        }
        Wish::Disable { name, output, settings } => closed(settings, *output, name, true).await?,
        Wish::Enable { name, output, settings } => closed(settings, *output, name, false).await?,
    }
    Ok(())
}

/// Closes an account, or opens it again.
async fn closed(settings: &Settings, output: Output, name: &str, disabled: bool) -> Result<()> {
    let opened = open(settings)?;
    opened.accounts.set_disabled(ACTOR, name, disabled).await?;
    let done = if disabled { "may not sign in any more" } else { "may sign in again" };
    opened.say(output, name, None, &format!("{name} {done}")).await
}

/// Does what needs a password, and says it when it was made here.
async fn with_password(
    settings: &Settings,
    output: Output,
    name: &str,
    done: &str,
    work: impl AsyncFnOnce(&Accounts, &Secret) -> Result<(), AccountError>,
) -> Result<()> {
    let opened = open(settings)?;
    let (password, made) = password()?;
    work(&opened.accounts, &password).await?;
    opened.say(output, name, made.as_ref(), done).await
}

/// The accounts of the configured store. A server that runs on it goes on: what is changed here is one short
/// commit beside its own.
struct Opened {
    accounts: Accounts,
    /// Nobody else opens the folder as long as this is held; a running server holds it itself.
    _data_dir: Option<DataDir>,
}

fn open(settings: &Settings) -> Result<Opened> {
    let config: Config = settings.load()?;
    let is_shared = matches!(config.store, StorePlace::Shared(_));
    if !is_shared && !config.data_dir.exists() {
        let words =
            format!("there is no data directory {}; --data-dir says where it is", config.data_dir.display());
        bail!(start::DATA_DIR_MISSING.says(words));
    }
    let data_dir = match DataDir::open(&config.data_dir) {
        Ok(data_dir) => Some(data_dir),
        Err(DataDirError::InUse(_)) => None,
        Err(error) => return Err(error.into()),
    };
    let accounts = Accounts::new(open_store_at(&config, &config.data_dir)?);
    Ok(Opened { accounts, _data_dir: data_dir })
}

/// The password that comes on standard input, or a new one where somebody sits at a terminal.
fn password() -> Result<(Secret, Option<Secret>)> {
    let input = std::io::stdin();
    if input.is_terminal() {
        let made = Secret::new(Random::system().uuid_v4().simple().to_string());
        return Ok((made.clone(), Some(made)));
    }
    let mut line = String::new();
    input.lock().read_line(&mut line).context(files::FILE_UNREADABLE.says("the password cannot be read"))?;
    let line = Secret::new(line);
    let text = line.reveal().trim_end_matches(['\r', '\n']);
    if text.is_empty() {
        // Nothing came: a script that wants one made.
        let made = Secret::new(Random::system().uuid_v4().simple().to_string());
        return Ok((made.clone(), Some(made)));
    }
    if text.contains('\0') {
        bail!(settings::ACCOUNT.says("a password is text"));
    }
    Ok((Secret::new(text.to_owned()), None))
}

impl Opened {
    /// Says what has been done, and for machines how the account is now; with the password that was made.
    async fn say(&self, output: Output, login: &str, made: Option<&Secret>, done: &str) -> Result<()> {
        let all = self.accounts.all().await?;
        let account = all.iter().find(|account| account.login.eq_ignore_ascii_case(login.trim()));
        let mut value = account.map_or_else(|| json!({ "login": login }), told);
        let mut words = format!("{done}\n");
        if let Some(made) = made {
            value["password"] = made.reveal().as_str().into();
            words += &format!("password: {}\n", made.reveal());
        }
        output.show(&value, || words)
    }
}

fn told(account: &Account) -> Value {
    let Account { login, name, role, disabled, signed_in, .. } = account;
    let seen = signed_in.map(|at| at.to_string());
    json!({ "login": login, "name": name, "role": role.to_string(), "disabled": disabled, "lastSignedIn": seen })
}

fn listed(accounts: &[Account]) -> String {
    let mut table = Table::headed(["LOGIN", "ROLE", "STATE", "LAST SIGNED IN", "NAME"]);
    for Account { login, name, role, disabled, signed_in, .. } in accounts {
        let state = if *disabled { "disabled" } else { "open" };
        let seen = signed_in.map_or_else(|| "never".to_owned(), |at| at.to_string());
        table.row([login.into(), role.to_string().into(), state.into(), seen.into(), name.into()]);
    }
    table.take()
}
