//! The password of the Exchange API and the console: configured, or made at first start.

use std::path::PathBuf;

use anyhow::{Context, Result};
use types::Secret;
use types::random::Random;

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
        .context("the password cannot be written to the data directory")?;
    Ok(Secret::new(made))
}
