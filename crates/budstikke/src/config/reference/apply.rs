//! Makes settings of ours of the reference's keys.

use std::collections::BTreeMap;

use figment::value::{Dict, Value};
use types::OrgNumber;
use url::Url;

use super::keys::{Becomes, Hand};
use super::presets::Preset;

/// Where settings gather, by their dotted names.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    pub(super) settings: BTreeMap<String, (Value, String)>,
    system_users: BTreeMap<usize, (Option<String>, Option<String>, String)>,
    database: Option<(Url, String)>,
    database_user: Option<String>,
    database_password: Option<String>,
    client_prefix: Option<(String, String)>,
    asks_no_time: bool,
    speaks_plain: bool,
}

/// What came of a key.
pub(super) enum Came {
    /// It is used.
    Used,
    /// It has no effect, for this reason.
    Ignored(String),
}

impl Gathered {
    fn put(&mut self, setting: &str, value: impl Into<Value>, source: &str) {
        self.settings.insert(setting.to_owned(), (value.into(), source.to_owned()));
    }

    /// Does what a key asks for. `place` is where it stands in a list.
    pub(super) fn apply(
        &mut self,
        becomes: Becomes,
        place: usize,
        value: &str,
        source: &str,
    ) -> Result<Came, String> {
        let value = value.trim();
        match becomes {
            Becomes::Nothing(why) => return Ok(Came::Ignored(why.to_owned())),
            Becomes::Text(setting) => self.put(setting, value, source),
            Becomes::YesNo(setting) => self.put(setting, yes_or_no(value)?, source),
            Becomes::Number(setting, times, more) => {
                let number: u64 = value.parse().map_err(|_| "a whole number is wanted")?;
                let number = number.checked_mul(times).and_then(|number| number.checked_add(more));
                self.put(setting, number.ok_or("the number is too large")?, source);
            }
            Becomes::Size(setting) => self.put(setting, size(value)?, source),
            Becomes::List(setting) => self.list(setting, words(value).map(Value::from), source),
            Becomes::Numbers(setting) => {
                let numbers: Result<Vec<u64>, _> = words(value).map(str::parse).collect();
                let numbers = numbers.map_err(|_| "whole numbers are wanted")?;
                self.list(setting, numbers.into_iter().map(Value::from), source);
            }
            Becomes::By(hand, setting) => return self.by(hand, setting, place, value, source),
        }
        Ok(Came::Used)
    }

    /// Adds to a list; one key may hold several, and several keys one each.
    fn list(&mut self, setting: &str, values: impl Iterator<Item = Value>, source: &str) {
        let list = self.settings.entry(setting.to_owned());
        let (list, _) = list.or_insert_with(|| (Value::from(Vec::<Value>::new()), source.to_owned()));
        if let Value::Array(_, list) = list {
            list.extend(values);
        }
    }

    fn by(
        &mut self,
        hand: Hand,
        setting: &str,
        place: usize,
        value: &str,
        source: &str,
    ) -> Result<Came, String> {
        match hand {
            Hand::Organization => self.put(setting, organization(value)?, source),
            Hand::File => {
                let path = value.strip_prefix("file://").or_else(|| value.strip_prefix("file:"));
                let path = path.unwrap_or(value);
                if path.starts_with("classpath:") {
                    return Err("a file is wanted; there is no class path here".to_owned());
                }
                self.put(setting, path, source);
            }
            Hand::StoreKind => self.put(setting, value.to_ascii_lowercase(), source),
            Hand::Port => {
                let port: u16 = value.parse().map_err(|_| "a port is wanted, from 0 to 65535")?;
                self.put(setting, format!("0.0.0.0:{port}"), source);
            }
            Hand::Dpo => {
                let services = if yes_or_no(value)? { vec![Value::from("DPO")] } else { Vec::new() };
                self.put(setting, services, source);
            }
            Hand::OtherChannel => {
                let on = yes_or_no(value)?;
                let why =
                    if on { becomes_nothing(hand) } else { "it is off, and not carried here".to_owned() };
                return Ok(Came::Ignored(why));
            }
            Hand::Registry => self.remote(setting, "registry", url(value)?.as_str(), source),
            Hand::Broker => {
                let address = with_path(url(value)?, "broker/api/v1");
                self.remote(setting, "broker", address.as_str(), source);
            }
            Hand::Exchange => {
                let path = "authentication/api/v1/exchange/maskinporten";
                self.put(setting, with_path(url(value)?, path).as_str(), source);
            }
            Hand::Issuer => {
                let endpoint = with_path(url(value)?, "token");
                self.remote(setting, "issuer", endpoint.as_str(), source);
                let base = endpoint.as_str().trim_end_matches("token").to_owned();
                self.settings
                    .entry("maskinporten.audience".to_owned())
                    .or_insert_with(|| (Value::from(base), source.to_owned()));
            }
            Hand::ClientPrefix => self.client_prefix = Some((value.to_owned(), source.to_owned())),
            Hand::Database => return self.database(value, source),
            Hand::DatabaseUser => self.database_user = Some(value.to_owned()),
            Hand::DatabasePassword => self.database_password = Some(value.to_owned()),
            Hand::SystemUser => {
                let user = self.system_users.entry(place).or_default();
                user.0 = Some(organization(value)?);
                source.clone_into(&mut user.2);
            }
            Hand::SystemUserName => {
                let user = self.system_users.entry(place).or_default();
                user.1 = Some(value.to_owned());
                source.clone_into(&mut user.2);
            }
            Hand::TimeServer => self.put(setting, value, source),
            Hand::ServerTls => self.speaks_plain = !yes_or_no(value)?,
            Hand::NoTimeServer => self.asks_no_time = yes_or_no(value)?,
            Hand::Profile => {}
        }
        Ok(Came::Used)
    }

    /// A service elsewhere takes the place of the embedded one.
    fn remote(&mut self, setting: &str, embedded: &str, value: &str, source: &str) {
        self.put(setting, value, source);
        self.put(&format!("embedded.{embedded}"), false, source);
    }

    fn database(&mut self, value: &str, source: &str) -> Result<Came, String> {
        let Some(address) = value.strip_prefix("jdbc:postgresql:") else {
            return Ok(Came::Ignored("SQLite in the data directory stands in its place".to_owned()));
        };
        let address = Url::parse(&format!("postgres:{address}")).map_err(|error| error.to_string())?;
        self.database = Some((address, source.to_owned()));
        Ok(Came::Used)
    }

    /// Puts together what stood in several keys, over what a profile sets.
    pub(super) fn finish(
        mut self,
        preset: Option<&Preset>,
    ) -> Result<BTreeMap<String, (Value, String)>, String> {
        if let Some((mut address, source)) = self.database.take() {
            let user = self.database_user.as_deref().unwrap_or("");
            let whole = address
                .set_username(user)
                .and_then(|()| address.set_password(self.database_password.as_deref()));
            whole
                .map_err(|()| "difi.datasource.url: the database's address cannot have a user".to_owned())?;
            self.put("store", address.as_str(), &source);
        }
        if self.speaks_plain {
            self.settings.retain(|setting, _| !setting.starts_with("listen.tls."));
        }
        if self.asks_no_time {
            self.settings.remove("clock.server");
        }
        let own =
            self.settings.get("organization.number").and_then(|(value, _)| value.as_str()).map(str::to_owned);
        self.system_users(own.as_deref())?;
        if let (Some(own), Some((prefix, source))) = (&own, self.client_prefix.take()) {
            let id = Value::from(format!("{prefix}{own}"));
            self.settings.entry("maskinporten.client_id".to_owned()).or_insert((id, source));
        }
        let mut all = preset.map(|preset| preset.settings(own.as_deref())).unwrap_or_default();
        all.extend(self.settings);
        Ok(all)
    }

    fn system_users(&mut self, own: Option<&str>) -> Result<(), String> {
        let Some((.., source)) = self.system_users.values().next().cloned() else { return Ok(()) };
        // Ours is served besides those that we act for.
        if let Some(own) = own {
            self.system_users.entry(0).or_default().0.get_or_insert_with(|| own.to_owned());
        }
        let mut list = Vec::new();
        for (place, (org, name, _)) in &self.system_users {
            let org = org.as_ref().ok_or_else(|| {
                format!("difi.move.dpo.reportees[{}].orgId is missing", place.saturating_sub(1))
            })?;
            let mut user = Dict::from([("org".to_owned(), Value::from(org.as_str()))]);
            if let Some(name) = name {
                user.insert("name".to_owned(), Value::from(name.as_str()));
            }
            list.push(Value::from(user));
        }
        self.put("dpo.system_users", list, &source);
        Ok(())
    }
}

/// What stands between commas.
fn words(value: &str) -> impl Iterator<Item = &str> {
    value.split(',').map(str::trim).filter(|word| !word.is_empty())
}

fn becomes_nothing(hand: Hand) -> String {
    Becomes::By(hand, "").in_words()
}

fn yes_or_no(value: &str) -> Result<bool, String> {
    match value.to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" | "1" => Ok(true),
        "false" | "no" | "off" | "0" => Ok(false),
        _ => Err("true or false is wanted".to_owned()),
    }
}

fn organization(value: &str) -> Result<String, String> {
    let digits = value.strip_prefix("0192:").unwrap_or(value);
    digits.parse::<OrgNumber>().map(|org| org.to_string()).map_err(|error| error.to_string())
}

fn url(value: &str) -> Result<Url, String> {
    let url = Url::parse(value).map_err(|error| format!("an address is wanted: {error}"))?;
    if matches!(url.scheme(), "http" | "https") {
        Ok(url)
    } else {
        Err("an address begins with https://".to_owned())
    }
}

/// An address of a machine alone means its usual path there.
fn with_path(mut url: Url, usual: &str) -> Url {
    if url.path() == "/" {
        url.set_path(usual);
    }
    url
}

/// Bytes, as Spring writes amounts: `5242880`, `250MB`, `1GB`; binary units.
fn size(value: &str) -> Result<u64, String> {
    let digits = value.trim_end_matches(|sign: char| sign.is_ascii_alphabetic()).trim_end();
    let unit: u64 = match value[digits.len()..].trim().to_ascii_uppercase().as_str() {
        "" | "B" => 1,
        "KB" => 1 << 10,
        "MB" => 1 << 20,
        "GB" => 1 << 30,
        "TB" => 1 << 40,
        _ => return Err("an amount is wanted, such as 250MB".to_owned()),
    };
    let number: u64 = digits.parse().map_err(|_| "an amount is wanted, such as 250MB")?;
    number.checked_mul(unit).ok_or_else(|| "the amount is too large".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_have_binary_units() {
        let read: Vec<_> =
            ["5242880", "1GB", "250MB", "2 MB", "18mb"].map(size).into_iter().flatten().collect();
        assert_eq!(read, [5_242_880, 1 << 30, 250 << 20, 2 << 20, 18 << 20]);
        for wrong in ["", "MB", "1.5GB", "1PB", "99999999999TB"] {
            size(wrong).expect_err(wrong);
        }
    }
}
