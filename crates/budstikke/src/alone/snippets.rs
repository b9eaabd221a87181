//! What an Integrasjonspunkt needs to know to use a broker or a registry of ours, ready to be pasted.

use anyhow::Result;
use clap::ValueEnum;

use crate::app::Addresses;
use crate::config::{Config, Part};

/// Which kind of Integrasjonspunkt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Client {
    /// The reference in Java: lines for its `.properties` file
    Java,
    /// Budstikke: sections for its `.toml` file
    Budstikke,
}

/// The settings, with comments on what is to be filled in.
pub(crate) fn snippet(config: &Config, part: Part, client: Client) -> Result<String> {
    let running = Addresses::of_running(&config.data_dir);
    let services = running.map_or(config.listen.services, |addresses| addresses.services);
    let base = config.services_url(services)?;
    let issuer = match &config.embedded.elsewhere {
        Some(elsewhere) => Some(elsewhere.as_str()),
        None => config.embedded.issuer.then_some(base.as_str()),
    };
    Ok(match client {
        Client::Java => java(base.as_str(), issuer, part),
        Client::Budstikke => budstikke(base.as_str(), issuer, part),
    })
}

fn java(base: &str, issuer: Option<&str>, part: Part) -> String {
    let mut lines = Vec::new();
    match part {
        Part::Broker => {
            lines.push(
                "# The broker. Fill in difi.move.org.number and difi.move.org.keystore.* as before."
                    .to_owned(),
            );
            lines.push("difi.move.feature.enableDPO=true".to_owned());
            lines.push(format!("difi.move.dpo.brokerserviceUrl={base}broker/api/v1"));
        }
        Part::Registry => {
            lines.push("# The registry and the key that signs its answers.".to_owned());
            lines.push(format!("difi.move.serviceregistryEndpoint={base}adressetjeneste"));
            lines.push(format!("difi.move.sign.jwkUrl={base}adressetjeneste/jwk"));
        }
    }
    if let Some(issuer) = issuer {
        lines.push("# The token issuer: the same lines for broker and registry.".to_owned());
        lines.push(format!("difi.move.oidc.url={issuer}token"));
        lines.push(format!("difi.move.oidc.audience={issuer}"));
        lines.push(format!(
            "difi.move.dpo.altinnTokenExchangeUrl={issuer}authentication/api/v1/exchange/maskinporten"
        ));
    }
    lines.join("\n") + "\n"
}

fn budstikke(base: &str, issuer: Option<&str>, part: Part) -> String {
    let mut lines = Vec::new();
    if let Some(issuer) = issuer {
        lines.push("# The token issuer: the same section for broker and registry.".to_owned());
        lines.push("[embedded]".to_owned());
        lines.push("issuer = false\nbroker = false\nregistry = false".to_owned());
        lines.push(format!("elsewhere = \"{issuer}\""));
        lines.push(String::new());
    }
    match part {
        Part::Broker => {
            lines.push("# The broker.".to_owned());
            lines.push(format!("[dpo]\nbroker_url = \"{base}broker/api/v1\""));
        }
        Part::Registry => {
            lines.push("# The registry.".to_owned());
            lines.push(format!("[hosted_registry]\nurl = \"{base}adressetjeneste\""));
        }
    }
    lines.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Override, Sources};

    fn config(settings: &[&str]) -> Config {
        let overrides = settings.iter().map(|text| Override::parse(text).expect("a setting")).collect();
        let sources = Sources::find(None, None, None, overrides).expect("sources");
        Config::load_unchecked(&sources).expect("a configuration")
    }

    #[test]
    fn java_is_told_of_every_address_it_asks() {
        let config = config(&["listen.services=127.0.0.1:9094", "data_dir=/nowhere/at/all"]);

        let broker = snippet(&config, Part::Broker, Client::Java).expect("settings");
        let registry = snippet(&config, Part::Registry, Client::Java).expect("settings");

        for line in [
            "difi.move.dpo.brokerserviceUrl=http://127.0.0.1:9094/broker/api/v1",
            "difi.move.oidc.url=http://127.0.0.1:9094/token",
            "difi.move.oidc.audience=http://127.0.0.1:9094/",
        ] {
            assert!(broker.lines().any(|told| told == line), "{broker}");
        }
        assert!(registry.contains("difi.move.sign.jwkUrl=http://127.0.0.1:9094/adressetjeneste/jwk"));
    }

    #[test]
    fn what_budstikke_is_told_is_a_configuration_it_takes() {
        let broker_at = config(&["data_dir=/nowhere/at/all"]);
        let elsewhere = ["data_dir=/nowhere/at/all", "embedded.elsewhere=http://broker.example/"];
        let broker = snippet(&broker_at, Part::Broker, Client::Budstikke).expect("settings");
        let registry = snippet(&config(&elsewhere), Part::Registry, Client::Budstikke).expect("settings");
        assert!(registry.contains("elsewhere = \"http://broker.example/\""), "{registry}");

        let file = std::env::temp_dir().join(format!("budstikke-snippet-{}.toml", std::process::id()));
        for text in [&broker, &registry] {
            std::fs::write(&file, text).expect("a file");
            let sources = Sources::find(Some(&file), None, None, Vec::new()).expect("sources");
            let read = Config::load_unchecked(&sources);
            assert!(read.is_ok_and(|read| !read.embedded.broker), "{text}");
        }
        std::fs::remove_file(&file).expect("a removal");
    }
}
