//! Entries of the feed of notification addresses, as they are written. An entry's content is a JSON
//! document in a text.

use serde::Deserialize;
use serde_json::Value;
use types::OrgNumber;

use crate::text::without_nul;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PageBody {
    #[serde(default)]
    pub(super) entries: Vec<EntryBody>,
    pub(super) next_page: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct EntryBody {
    id: Option<String>,
    pub(super) updated: Option<String>,
    #[serde(rename = "isdeleted", alias = "isDeleted", default)]
    is_deleted: Option<bool>,
    content: Option<Value>,
}

/// What an entry does to the copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Change {
    /// The feed's own id of the address.
    pub(super) id: String,
    pub(super) updated: String,
    /// What it is now; `None`: it is gone.
    pub(super) address: Option<Address>,
}

/// One of an organization's addresses.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Address {
    pub(super) organization: OrgNumber,
    pub(super) email: Option<String>,
    pub(super) mobile: Option<String>,
}

impl std::fmt::Debug for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Address({}, …)", self.organization)
    }
}

impl Change {
    /// An address that cannot be read any more takes the place of the one that could: it is gone.
    pub(super) fn of(entry: EntryBody) -> Option<Self> {
        let id = without_nul(entry.id?);
        let deleted = entry.is_deleted.unwrap_or_default();
        let address = entry.content.filter(|_| !deleted).and_then(|content| Address::read(&content));
        if address.is_none() && !deleted {
            tracing::warn!("an entry of the feed of notification addresses cannot be read");
        }
        Some(Self { id, updated: without_nul(entry.updated.unwrap_or_default()), address })
    }
}

impl Address {
    fn read(content: &Value) -> Option<Self> {
        let parsed: Value;
        let document = match content {
            Value::String(text) => {
                parsed = serde_json::from_str(text).ok()?;
                &parsed
            }
            other => other,
        };
        let info = document.get("Kontaktinformasjon").or_else(|| document.get("kontaktinformasjon"))?;
        let unit = &info["kontaktinformasjonForEnhet"]["enhetsidentifikator"];
        let digital = &info["digitalVarslingsinformasjon"];
        let address = Self {
            organization: unit["verdi"].as_str()?.parse().ok()?,
            email: email(&digital["epostadresse"]),
            mobile: mobile(&digital["mobiltelefon"]),
        };
        (address.email.is_some() || address.mobile.is_some()).then_some(address)
    }
}

fn text<'v>(value: &'v Value, member: &str) -> Option<&'v str> {
    value[member].as_str().map(str::trim).filter(|text| !text.is_empty())
}

fn email(value: &Value) -> Option<String> {
    let joined = || Some(format!("{}@{}", text(value, "brukernavn")?, text(value, "domenenavn")?));
    joined().or_else(|| text(value, "navn").map(str::to_owned)).map(without_nul)
}

/// With its country's prefix, which is written in three ways and may be missing.
fn mobile(value: &Value) -> Option<String> {
    let number = text(value, "nasjonaltNummer").or_else(|| text(value, "navn"))?;
    let prefix = text(value, "internasjonaltPrefiks").map(|prefix| {
        let digits = prefix.trim_start_matches('+');
        digits.strip_prefix("00").unwrap_or(digits)
    });
    let whole = match prefix {
        Some(prefix) => format!("+{prefix}{number}"),
        None => number.to_owned(),
    };
    Some(without_nul(whole))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn change(entry: Value) -> Option<Change> {
        Change::of(serde_json::from_value(entry).expect("an entry"))
    }

    fn content(digital: &Value) -> String {
        json!({ "Kontaktinformasjon": { "identifikator": "37ab", "digitalVarslingsinformasjon": digital,
            "kontaktinformasjonForEnhet": { "enhetsidentifikator": {
                "verdi": "310000019", "type": "ORGANISASJONSNUMMER" } } } })
        .to_string()
    }

    fn address(digital: &Value) -> Option<Address> {
        let entry = json!({ "id": "37ab", "updated": "2026-01-01T00:00:00Z", "isdeleted": false,
            "title": "x", "content": content(digital) });
        change(entry).expect("a change").address
    }

    #[test]
    fn addresses_are_put_together_from_their_parts() {
        let post =
            json!({ "epostadresse": { "navn": "x", "domenenavn": "fjord.example", "brukernavn": "post" } });
        assert_eq!(address(&post).and_then(|found| found.email).as_deref(), Some("post@fjord.example"));
        for prefix in ["47", "+47", "0047"] {
            let phone = json!({ "mobiltelefon": { "navn": "4798765432", "internasjonaltPrefiks": prefix,
                "nasjonaltNummer": "98765432" } });
            assert_eq!(address(&phone).and_then(|found| found.mobile).as_deref(), Some("+4798765432"));
        }
        let bare = json!({ "mobiltelefon": { "nasjonaltNummer": "98765432" } });
        assert_eq!(address(&bare).and_then(|found| found.mobile).as_deref(), Some("98765432"));
    }

    #[test]
    fn what_is_deleted_or_unreadable_is_gone() {
        let deleted = change(json!({ "id": "a", "isdeleted": true, "content": content(&json!({})) }));
        assert_eq!(deleted.and_then(|change| change.address), None);
        for broken in [json!("{"), json!(7), json!("{}"), json!(content(&json!({}))), Value::Null] {
            let found = change(json!({ "id": "a", "content": broken })).expect("a change");
            assert_eq!(found.address, None, "{broken}");
        }
        assert!(change(json!({ "content": "{}" })).is_none(), "nothing to apply it to");
    }
}
