//! The section `[providers]`: the routes that messages take.

use figment::value::{Dict, Value};
use gateways::email::{AcsConfig, Dsn, SmtpConfig};
use gateways::sms::{PsWinConfig, SmppConfig};
use notify::routes::Terms;
use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer};

/// The `[providers]` section.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Providers {
    /// Routes for SMS: `[[providers.sms]]`.
    #[serde(deserialize_with = "one_or_several")]
    pub sms: Vec<RouteConfig<SmsGateway>>,
    /// Routes for e-mail: `[[providers.email]]`.
    #[serde(deserialize_with = "one_or_several")]
    pub email: Vec<RouteConfig<EmailGateway>>,
}

impl Providers {
    /// Whether every route for e-mail reports every delivery, so that silence means failure.
    pub(crate) fn expect_email_reports(&self) -> bool {
        let reports = |route: &RouteConfig<EmailGateway>| match &route.gateway {
            EmailGateway::Smtp(settings) => settings.dsn == Dsn::Required,
            EmailGateway::Acs(_) => false,
        };
        !self.email.is_empty() && self.email.iter().all(reports)
    }
}

/// One of `[[providers.sms]]` or `[[providers.email]]`.
#[derive(Clone, Debug)]
pub(crate) struct RouteConfig<G> {
    /// Its name. Default: its kind.
    pub name: String,
    /// When it is taken.
    pub terms: Terms,
    /// Where it leads, and how it is reached.
    pub gateway: G,
}

/// What speaks SMS.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub(crate) enum SmsGateway {
    /// A gateway that speaks the PSWin XML protocol.
    PsWin(Box<PsWinConfig>),
    /// A message centre that speaks SMPP 3.4.
    Smpp(Box<SmppConfig>),
}

/// What carries e-mail.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub(crate) enum EmailGateway {
    /// A mail relay.
    Smtp(SmtpConfig),
    /// Azure Communication Services.
    Acs(AcsConfig),
}

/// A family of gateways.
pub(crate) trait Gateway: DeserializeOwned {
    /// The kind of a route that names none.
    const USUAL: &str;
}

impl Gateway for SmsGateway {
    const USUAL: &str = "pswin";
}

impl Gateway for EmailGateway {
    const USUAL: &str = "smtp";
}

/// Keys of a route that say when it is taken; all others are its gateway's.
const TERMS: [&str; 5] = ["weight", "per_second", "at_once", "prefixes", "only_for"];

impl<'de, G: Gateway> Deserialize<'de> for RouteConfig<G> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut all = Dict::deserialize(deserializer)?;
        let kind = all.entry("kind".to_owned()).or_insert_with(|| Value::from(G::USUAL)).clone();
        let name = all.remove("name").unwrap_or(kind);
        let (terms, gateway): (Dict, Dict) = all.into_iter().partition(|(key, _)| TERMS.contains(&&**key));
        Ok(Self {
            name: read(&name)?,
            terms: read(&Value::from(terms))?,
            gateway: read(&Value::from(gateway))?,
        })
    }
}

/// What is wrong is said without the value: it may be a password.
fn read<T: DeserializeOwned, E: Error>(value: &Value) -> Result<T, E> {
    value.deserialize().map_err(|error: figment::Error| E::custom(error.kind))
}

/// A list, or a single one without a list around it.
fn one_or_several<'de, D, G>(deserializer: D) -> Result<Vec<RouteConfig<G>>, D::Error>
where
    D: Deserializer<'de>,
    G: Gateway,
{
    let value = <Value as Deserialize>::deserialize(deserializer)?;
    match value {
        Value::Dict(..) => Ok(vec![read(&value)?]),
        several => read(&several),
    }
}

#[cfg(test)]
mod tests {
    use figment::Figment;
    use figment::providers::{Format, Toml};

    use super::*;

    fn providers(toml: &str) -> Result<Providers, String> {
        Figment::new().merge(Toml::string(toml)).extract().map_err(|error| error.to_string())
    }

    #[test]
    fn routes_are_a_list_and_take_their_kinds_name() {
        let providers = providers(
            "[[sms]]
            username = \"fjord\"
            weight = 51
            [[sms]]
            name = \"reserve\"
            kind = \"pswin\"
            per_second = 20
            at_once = 4
            prefixes = [\"+47\"]
            only_for = \"ordinary\"
            [email]
            host = \"smtp.fjord.example\"",
        );
        let providers = providers.expect("routes");
        let names: Vec<_> = providers.sms.iter().map(|route| (&*route.name, route.terms.weight)).collect();
        assert_eq!(names, [("pswin", 51), ("reserve", 100)]);
        assert!(matches!(&providers.sms[0].gateway, SmsGateway::PsWin(first) if first.username == "fjord"));
        assert_eq!(providers.sms[1].terms.per_second, Some(20.0));
        let EmailGateway::Smtp(relay) = &providers.email[0].gateway else { panic!("a relay") };
        assert_eq!((relay.host.as_str(), &*providers.email[0].name), ("smtp.fjord.example", "smtp"));
    }

    #[test]
    fn silence_means_failure_only_where_every_relay_must_report() {
        let expected = |toml: &str| providers(toml).expect("routes").expect_email_reports();
        assert!(!expected("") && !expected("[[email]]\nhost = \"a\""));
        assert!(expected("[[email]]\ndsn = \"required\""));
        assert!(!expected("[[email]]\ndsn = \"required\"\n[[email]]\nname = \"b\""));
    }

    #[test]
    fn a_message_centre_is_a_route_like_any_other() {
        let providers = providers(
            "[[sms]]
            kind = \"smpp\"
            host = \"smsc.example\"
            system_id = \"fjord\"
            per_second = 20
            statuses = { \"0x0401\" = \"rate_limited\" }",
        );
        let providers = providers.expect("routes");
        let SmsGateway::Smpp(smpp) = &providers.sms[0].gateway else { panic!("another kind") };
        assert_eq!((smpp.host.as_str(), smpp.port, &*providers.sms[0].name), ("smsc.example", 2775, "smpp"));
        assert_eq!(smpp.check(), Ok(()));
    }

    #[test]
    fn what_no_route_knows_is_refused() {
        for (toml, wanted) in [
            ("[[sms]]\nkind = \"pigeon\"", "pigeon"),
            ("[[sms]]\nhost = \"a\"", "host"),
            ("[[sms]]\nkind = \"smpp\"\nusername = \"a\"", "username"),
            ("[[email]]\nweight = -1", "invalid"),
        ] {
            let refused = providers(toml).expect_err("a refusal");
            assert!(refused.contains(wanted), "{refused}");
        }
    }
}
