//! `budstikke token`: a development token, printed alone so that a script can take it.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use auth::TokenKind;
use auth::local_issuer::DevToken;
use clap::Args;
use serde_json::json;

use super::Settings;
use super::output::Output;
use crate::app::Addresses;
use crate::catalogue::entries::{settings, start};
use crate::embedded;

/// Prints a token that the embedded issuer of this data directory vouches for. The server need not
/// run.
#[derive(Args)]
#[command(after_help = "Examples:\n  \
    TOKEN=$(budstikke token --org fjord)\n  \
    budstikke token --org 310000002 --kind maskinporten --scope 'eformidling:dpo' --lifetime 600")]
pub(crate) struct Token {
    /// Organization: nine digits, or a short name from the configuration
    #[arg(long, value_name = "NAME OR NUMBER")]
    org: String,
    /// Scope or scopes, separated by blanks
    #[arg(long, default_value = "altinn:serviceowner/notifications.create")]
    scope: String,
    /// Kind of token: as Altinn's exchange or as Maskinporten makes them
    #[arg(long, value_enum, default_value = "altinn")]
    kind: Kind,
    /// How long it is good for, in seconds
    #[arg(long, default_value_t = 3_600, value_name = "SECONDS")]
    lifetime: u64,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    settings: Settings,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Kind {
    Altinn,
    Maskinporten,
    Platform,
}

pub(super) fn run(token: &Token) -> Result<ExitCode> {
    let config = token.settings.load()?;
    if !config.embedded.issuer {
        bail!(
            settings::NOT_POSSIBLE_SO
                .says("the embedded issuer is switched off (embedded.issuer); get a token from the real one")
        );
    }
    let organization = config
        .directory()
        .find(&token.org)
        .context(settings::NOBODY_KNOWN.says("--org names nobody we know"))?;
    // The address is the issuer's name; a running server may have taken another than the configured one.
    let running = Addresses::of_running(&config.data_dir);
    let services = running.map_or(config.listen.services, |addresses| addresses.services);
    let issuer = embedded::issuer(&config, services)?;
    let wanted = DevToken {
        kind: match token.kind {
            Kind::Altinn => TokenKind::Altinn,
            Kind::Maskinporten => TokenKind::Maskinporten,
            Kind::Platform => TokenKind::PlatformAccess,
        },
        org: organization.number,
        name: Some(organization.name),
        supplier: None,
        scopes: token.scope.clone(),
        lifetime: Duration::from_secs(token.lifetime),
    };
    let made = issuer.issue_as(&wanted).context(start::IDENTITY.says("the token could not be signed"))?;
    let told = json!({ "token": made.reveal(), "expiresIn": token.lifetime, "org": wanted.org.to_string() });
    token.output.show(&told, || format!("{}\n", made.reveal()))?;
    Ok(ExitCode::SUCCESS)
}
