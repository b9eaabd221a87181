//! Which server, and as whom: flags, environment, or what runs on the data directory.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Args;
use reqwest::{Certificate, Client};
use types::{OrgNumber, Secret};
use url::Url;

use super::Remote;
use super::token::Tokens;
use crate::app::{Addresses, password_file};
use crate::catalogue::entries::{files, server, settings};
use crate::cli::Settings;
use crate::config::Config;
use crate::embedded;

/// Which server a command talks to. Without --url it is the one that runs on the data directory.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Which server, and as whom")]
pub(crate) struct Reach {
    /// The server's base address [default: the server that runs on the data directory]
    #[arg(long, env = "BUDSTIKKE_URL", value_name = "URL")]
    url: Option<Url>,
    /// A token; without one it is made by the embedded issuer, or fetched for the client in [maskinporten]
    #[arg(long, env = "BUDSTIKKE_TOKEN", hide_env_values = true, value_name = "TOKEN")]
    token: Option<Secret>,
    /// User of the Exchange API [default: exchange.user_name]
    #[arg(long, env = "BUDSTIKKE_USER", value_name = "NAME")]
    user: Option<String>,
    /// That user's password; a file is safer, since others on this machine see command lines
    #[arg(long, env = "BUDSTIKKE_PASSWORD", hide_env_values = true, value_name = "PASSWORD")]
    password: Option<Secret>,
    /// A file with that password in its first line
    #[arg(long, value_name = "FILE", conflicts_with = "password")]
    password_file: Option<PathBuf>,
    /// The organization that is sent for [default: organization.number]
    #[arg(long, value_name = "NUMBER")]
    own: Option<OrgNumber>,
    #[command(flatten)]
    settings: Settings,
}

impl Reach {
    /// Finds the server and what opens it.
    pub(crate) fn open(&self) -> Result<Remote> {
        let config = self.settings.load()?;
        let own = self.own.unwrap_or(config.organization.number);
        let given = self.token.clone();
        let (base, user, tokens, http) = match &self.url {
            Some(url) => {
                let tokens = Tokens::elsewhere(given, config.clone());
                (based(url)?, self.user_elsewhere(&config)?, tokens, web::plain_client()?)
            }
            None => self.here(given, &config)?,
        };
        Ok(Remote { base, own, http, user, tokens })
    }

    fn here(&self, given: Option<Secret>, config: &Config) -> Result<(Url, User, Tokens, Client)> {
        let addresses = Addresses::of_running(&config.data_dir).with_context(|| {
            server::NO_SERVER.says(format!("no server runs on {}", config.data_dir.display()))
        })?;
        let (base, http) = local(config, &addresses)?;
        let user = match self.user_elsewhere(config)? {
            Some(user) => Some(user),
            None => local_user(self.user.as_deref(), config)?,
        };
        Ok((base, user, Tokens::here(given, config.clone(), addresses.services), http))
    }

    /// The user that the command names; the name may be left out.
    fn user_elsewhere(&self, config: &Config) -> Result<User> {
        let password = match (&self.password, &self.password_file) {
            (Some(password), _) => password.clone(),
            (None, Some(file)) => first_line(file)?,
            (None, None) => return Ok(None),
        };
        let name = self.user.clone().unwrap_or_else(|| config.exchange.user_name.clone());
        Ok(Some((name, password)))
    }
}

/// The base of the server that runs here, and a client that believes it.
pub(crate) fn local(config: &Config, addresses: &Addresses) -> Result<(Url, Client)> {
    let own = embedded::server_credential(config)?;
    let scheme = if own.is_some() { "https" } else { "http" };
    let base = based(&format!("{scheme}://{}/", addresses.api).parse()?)?;
    let http = match own {
        None => web::plain_client()?,
        Some(own) => believing(&own.chain_der())?,
    };
    Ok((base, http))
}

type User = Option<(String, Secret)>;

/// The user of a server whose data directory we can read.
fn local_user(name: Option<&str>, config: &Config) -> Result<User> {
    let password = match &config.exchange.user_password {
        Some(configured) => configured.clone(),
        None => first_line(&password_file(config))?,
    };
    Ok(Some((name.unwrap_or(&config.exchange.user_name).to_owned(), password)))
}

fn first_line(file: &Path) -> Result<Secret> {
    let text = std::fs::read_to_string(file).map(Secret::new);
    let text = text.with_context(|| {
        files::FILE_UNREADABLE.says(format!("the password in {} cannot be read", file.display()))
    })?;
    Ok(Secret::new(text.reveal().lines().next().unwrap_or_default().trim().to_owned()))
}

/// An address that paths are put behind.
fn based(url: &Url) -> Result<Url> {
    let usable = matches!(url.scheme(), "http" | "https") && url.has_host();
    if !usable {
        return Err(settings::COMMAND_LINE.says(format!("{url} is no address of a server")).into());
    }
    let mut base = url.clone();
    base.set_query(None);
    base.set_fragment(None);
    if !base.path().ends_with('/') {
        base.set_path(&format!("{}/", url.path()));
    }
    Ok(base)
}

/// A client for the server of this machine, which is known by its certificate and not by a name.
fn believing(chain: &[Vec<u8>]) -> Result<Client> {
    let chain = chain.iter().filter_map(|der| Certificate::from_der(der).ok());
    let client = Client::builder().no_proxy().tls_certs_only(chain).tls_danger_accept_invalid_hostnames(true);
    client.build().context(settings::CERTIFICATE.says("the server's own certificate cannot be believed"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_base_for_paths_whatever_stands_behind_it() {
        for (given, base) in [
            ("https://a.example", "https://a.example/"),
            ("https://a.example/below", "https://a.example/below/"),
            ("http://a.example:9093/?x=1#y", "http://a.example:9093/"),
        ] {
            let given: Url = given.parse().expect("a URL");
            assert_eq!(based(&given).expect("a base").as_str(), base);
        }
        let odd: Url = "file:///etc/passwd".parse().expect("a URL");
        based(&odd).expect_err("a refusal");
    }
}
