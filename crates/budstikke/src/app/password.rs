//! Passwords that are made at first start: that of the Exchange API, unless it is configured, and that of the
//! console's first administrator.

use std::path::PathBuf;

use anyhow::{Context, Result};
use console::sign_in::Accounts;
use store::Store;
use types::Secret;
use types::random::Random;

use crate::catalogue::entries::start;
use crate::config::Config;
use crate::private_file;

/// Where a password that was made at first start lies; its owner alone may read it.
pub(crate) fn password_file(config: &Config) -> PathBuf {
    config.data_dir.join("password")
}

/// The configured password, or the one in the data directory, or a new one.
pub(super) fn read_or_make(config: &Config) -> Result<Secret> {
    if let Some(configured) = &config.exchange.user_password {
        return Ok(configured.clone());
    }
    let path = password_file(config);
    if let Ok(kept) = std::fs::read_to_string(&path)
        && !kept.trim().is_empty()
    {
        return Ok(Secret::new(kept.trim().to_owned()));
    }
    let made = Random::system().uuid_v4().simple().to_string();
    private_file::write(&path, &format!("{made}\n"))
        .context(start::IDENTITY.says("the password cannot be written to the data directory"))?;
    Ok(Secret::new(made))
}

/// Where the first password of the console's first administrator lies; its owner alone may read it.
pub(crate) fn console_password_file(config: &Config) -> PathBuf {
    config.data_dir.join("console-password")
}

/// Makes the console's first administrator, unless somebody may sign in there already. The file comes first,
/// so that nobody has a password that is written nowhere; when another node was first, it goes again.
pub(super) async fn make_administrator(config: &Config, store: &Store) -> Result<()> {
    let accounts = Accounts::new(store.clone());
    let nobody = accounts.nobody_is_there().await.context("the console's users")?;
    if !config.console.enabled || !nobody {
        return Ok(());
    }
    let path = console_password_file(config);
    let made = Secret::new(Random::system().uuid_v4().simple().to_string());
    private_file::write(&path, &format!("{}\n", made.reveal()))
        .context("the console's password cannot be written to the data directory")?;
    let first = accounts.make_first(&made).await.context("the console's administrator")?;
    if !first {
        std::fs::remove_file(&path).context("a password that nobody has cannot be removed")?;
    }
    Ok(())
}
