//! How an SMPP account is reached and what is special about it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::tz::TimeZone;
use serde::Deserialize;
use types::Secret;

use super::receipt::IdFormat;
use super::status::Verdict;
use super::text::Alphabet;

/// One account at a message centre.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SmppConfig {
    /// The message centre's name or address. No default.
    pub host: String,
    /// Its port. Default 2775.
    pub port: u16,
    /// Another message centre of the same account (`host:port`), tried in turn when no bind can be had
    /// at the first. Default: nowhere.
    pub failover_address: Option<String>,
    /// Whether the connection is TLS from its first byte, checked against the public roots. Default
    /// false: the protocol itself is in the clear, so prefer true wherever it is offered.
    pub tls: bool,
    /// A file with certificates (PEM) that are trusted besides the public ones. Default none.
    pub ca_file: Option<PathBuf>,
    /// The account (`system_id`), at most 15 characters. No default.
    pub system_id: String,
    /// Its password. The protocol gives it 8 characters; longer ones go as they are.
    pub password: Secret,
    /// What the account's agreement says under `system_type`, at most 12 characters. Default empty.
    pub system_type: String,
    /// What the agreement says under `service_type`, at most 5 characters. Default empty.
    pub service_type: String,
    /// Messages outstanding on one bind at most. Default 10.
    pub window: usize,
    /// Whether instant messages have a bind of their own. Where the account allows only one bind, set it
    /// to false: then `instant_share` of the window is kept free for them. Default true.
    pub instant_bind: bool,
    /// Places in the window that only instant messages take, without `instant_bind`. Default 2.
    pub instant_share: usize,
    /// Until a connection stands and the bind is answered, in seconds. Default 5.
    pub connect_seconds: u64,
    /// For the answer to a message, in seconds; after that nobody knows. Default 10.
    pub response_seconds: u64,
    /// Without traffic for this many seconds, the message centre is asked whether it is there; without
    /// an answer in 5 s the connection is closed. Default 30.
    pub enquire_seconds: u64,
    /// How texts of more than one part go. Default `udh`.
    pub long_messages: LongMessages,
    /// What the message centre understands by data coding 0. Default `gsm`.
    pub default_alphabet: Alphabet,
    /// How the ids in receipts are written, compared with those in answers. Default `same`.
    pub receipt_id: IdFormat,
    /// The time zone of the dates in receipts. Default `Europe/Oslo`.
    pub receipt_zone: String,
    /// `registered_delivery` of every message. Default 1: one receipt, whatever comes of it.
    pub registered_delivery: u8,
    /// `esm_class` of every message, to which the header's bit is added where it is needed. Default 0.
    pub esm_class: u8,
    /// Type of number of short codes. Default 3.
    pub short_code_ton: u8,
    /// Numbering plan of short codes. Default 0.
    pub short_code_npi: u8,
    /// Whether a sender name over 11 characters is refused; otherwise it is cut, with a warning.
    /// Default false.
    pub refuse_long_senders: bool,
    /// What this message centre's own statuses mean (`0x0400` to `0x04ff`, and corrections to the common
    /// ones), by number, such as `"0x0401" = "rate_limited"`. Default none: they pass, three times.
    pub statuses: BTreeMap<String, Verdict>,
}

impl Default for SmppConfig {
    fn default() -> Self {
        Self {
            host: String::new(),
            port: 2775,
            failover_address: None,
            tls: false,
            ca_file: None,
            system_id: String::new(),
            password: Secret::new(String::new()),
            system_type: String::new(),
            service_type: String::new(),
            window: 10,
            instant_bind: true,
            instant_share: 2,
            connect_seconds: 5,
            response_seconds: 10,
            enquire_seconds: 30,
            long_messages: LongMessages::default(),
            default_alphabet: Alphabet::default(),
            receipt_id: IdFormat::default(),
            receipt_zone: "Europe/Oslo".to_owned(),
            registered_delivery: 1,
            esm_class: 0,
            short_code_ton: 3,
            short_code_npi: 0,
            refuse_long_senders: false,
            statuses: BTreeMap::new(),
        }
    }
}

/// How texts of more than one part go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LongMessages {
    /// Divided by us, each part with a user-data header (`05 00 03`). Every part has a receipt of its
    /// own.
    #[default]
    Udh,
    /// Divided by us, each part numbered in optional parameters (`sar_*`). Likewise.
    Sar,
    /// Whole, in the optional parameter `message_payload`; the message centre divides. One id and one
    /// receipt for the message.
    Payload,
}

/// Why an account's settings cannot work.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SmppConfigError {
    /// A setting that must be there is empty.
    #[error("{0} of an SMPP gateway is missing")]
    Missing(&'static str),
    /// A text that does not fit its field.
    #[error("{0} of an SMPP gateway is longer than the protocol's {1} characters, or not ASCII")]
    Unfit(&'static str, usize),
    /// No such zone.
    #[error("receipt_zone of an SMPP gateway is not the name of a time zone")]
    Zone,
    /// Not a number in hexadecimal.
    #[error("a status of an SMPP gateway is not written like 0x0400")]
    Status,
    /// A count of zero, or a share that leaves nothing.
    #[error("{0} of an SMPP gateway leaves nothing to work with")]
    Nothing(&'static str),
    /// No certificates to check the other side with.
    #[error("ca_file of an SMPP gateway holds no certificates that can be trusted")]
    Tls,
}

impl SmppConfig {
    /// Whether it can work at all.
    pub fn check(&self) -> Result<(), SmppConfigError> {
        for (name, value) in [("host", &self.host), ("system_id", &self.system_id)] {
            if value.is_empty() {
                return Err(SmppConfigError::Missing(name));
            }
        }
        let fields = [
            ("system_id", &self.system_id, 15),
            ("password", self.password.reveal(), 64),
            ("system_type", &self.system_type, 12),
            ("service_type", &self.service_type, 5),
        ];
        for (name, value, most) in fields {
            if value.len() > most || !value.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
                return Err(SmppConfigError::Unfit(name, most));
            }
        }
        let counts = [
            ("window", u64::try_from(self.window).unwrap_or(u64::MAX)),
            ("connect_seconds", self.connect_seconds),
            ("response_seconds", self.response_seconds),
            ("enquire_seconds", self.enquire_seconds),
        ];
        if let Some((name, _)) = counts.into_iter().find(|(_, count)| *count == 0) {
            return Err(SmppConfigError::Nothing(name));
        }
        if !self.instant_bind && self.instant_share >= self.window {
            return Err(SmppConfigError::Nothing("instant_share"));
        }
        self.zone()?;
        self.table().map(drop)
    }

    /// The zone of receipts' dates.
    pub(super) fn zone(&self) -> Result<TimeZone, SmppConfigError> {
        TimeZone::get(&self.receipt_zone).map_err(|_| SmppConfigError::Zone)
    }

    /// The statuses as numbers.
    pub(super) fn table(&self) -> Result<BTreeMap<u32, Verdict>, SmppConfigError> {
        let number = |text: &str| {
            let digits = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"))?;
            u32::from_str_radix(digits, 16).ok().filter(|number| *number != 0)
        };
        let numbered = self.statuses.iter().map(|(text, verdict)| Some((number(text)?, *verdict)));
        numbered.collect::<Option<_>>().ok_or(SmppConfigError::Status)
    }

    /// Where to connect to: the first place, then the other, in turn.
    pub(super) fn addresses(&self) -> Vec<String> {
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        let first = format!("{host}:{}", self.port);
        std::iter::once(first).chain(self.failover_address.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> SmppConfig {
        SmppConfig { host: "smsc.example".to_owned(), system_id: "demo".to_owned(), ..SmppConfig::default() }
    }

    #[test]
    fn what_cannot_work_is_refused_by_name() {
        assert_eq!(config().check(), Ok(()));
        assert_eq!(SmppConfig::default().check(), Err(SmppConfigError::Missing("host")));
        let long = SmppConfig { system_type: "x".repeat(13), ..config() };
        assert_eq!(long.check(), Err(SmppConfigError::Unfit("system_type", 12)));
        let zone = SmppConfig { receipt_zone: "Europe/Oslo2".to_owned(), ..config() };
        assert_eq!(zone.check(), Err(SmppConfigError::Zone));
        let none = SmppConfig { instant_bind: false, window: 2, ..config() };
        assert_eq!(none.check(), Err(SmppConfigError::Nothing("instant_share")));
        for wrong in ["0400", "0x", "0x0", "all"] {
            let statuses = BTreeMap::from([(wrong.to_owned(), Verdict::Passing)]);
            assert_eq!(SmppConfig { statuses, ..config() }.check(), Err(SmppConfigError::Status), "{wrong}");
        }
    }

    #[test]
    fn settings_are_read_by_their_documented_names() {
        let read: SmppConfig = serde_json::from_value(serde_json::json!({
            "host": "smsc.example", "port": 3550, "tls": true, "system_id": "demo", "password": "demo",
            "long_messages": "sar", "default_alphabet": "latin1", "receipt_id": "hex_to_dec",
            "failover_address": "smsc2.example:3550", "statuses": { "0x0401": "rate_limited" },
        }))
        .expect("settings");
        assert_eq!(read.check(), Ok(()));
        assert_eq!(read.long_messages, LongMessages::Sar);
        assert_eq!(read.addresses(), ["smsc.example:3550", "smsc2.example:3550"]);
        assert_eq!(read.table(), Ok(BTreeMap::from([(0x401, Verdict::RateLimited)])));
        assert!(!format!("{read:?}").contains("password: \"demo"));
    }
}
