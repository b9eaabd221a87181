//! The contact and reservation register, with fictitious persons.
//!
//! It answers in two dialects from the same persons: the national register's own
//! (`POST /rest/v2/personer`, which wants a bearer token) and that of the profile service which keeps
//! a copy of it (`POST /profile/api/v1/users/contactpoint/lookup` and `…/availability`). Contact
//! details nobody has touched for 18 months are stale, and each dialect treats them its own way.

mod krr;
mod profile;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use http::StatusCode;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Deserializer};
use types::NationalId;
use types::time::Clock;

/// A fictitious person.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Person {
    /// Who it is.
    #[serde(deserialize_with = "national_id")]
    pub national_identity_number: NationalId,
    /// Whether the person has declined digital mail from public bodies.
    #[serde(default)]
    pub reserved: bool,
    /// Where mail goes.
    pub email: Option<Contact>,
    /// Where text messages go.
    pub mobile: Option<Contact>,
    /// `nb`, `nn`, `en` or `se`.
    #[serde(default = "bokmål")]
    pub language: String,
    /// Whether the person has been deleted from the register.
    #[serde(default)]
    pub deleted: bool,
}

/// An address or number, and when it was last changed or confirmed.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Contact {
    /// As registered, right or wrong.
    pub value: String,
    /// Without it, the value counts as stale.
    pub touched: Option<Timestamp>,
}

impl fmt::Debug for Contact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Contact(…, touched: {:?})", self.touched)
    }
}

impl Contact {
    /// Whether nobody has touched it for more than 18 calendar months, in UTC.
    fn is_stale(&self, now: Timestamp) -> bool {
        let limit = now.to_zoned(TimeZone::UTC).checked_sub(18.months());
        match (self.touched, limit) {
            (Some(touched), Ok(limit)) => touched < limit.timestamp(),
            _ => true,
        }
    }
}

fn bokmål() -> String {
    "nb".to_owned()
}

fn national_id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<NationalId, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.parse().map_err(serde::de::Error::custom)
}

/// The register. Clones are the same register.
#[derive(Clone, Debug)]
pub struct ContactRegister(Arc<Register>);

#[derive(Debug)]
struct Register {
    clock: Clock,
    persons: Mutex<BTreeMap<NationalId, Arc<Person>>>,
    outage: Mutex<Option<StatusCode>>,
    requests: AtomicU64,
}

impl ContactRegister {
    /// A register of these persons.
    pub fn new(persons: Vec<Person>, clock: Clock) -> Self {
        let register = Self(Arc::new(Register {
            clock,
            persons: Mutex::default(),
            outage: Mutex::default(),
            requests: AtomicU64::new(0),
        }));
        for person in persons {
            register.put(person);
        }
        register
    }

    /// A register of the persons in a JSON list.
    pub fn from_json(json: &[u8], clock: Clock) -> Result<Self, serde_json::Error> {
        let persons = serde_json::from_slice(json)?;
        Ok(Self::new(persons, clock))
    }

    /// Adds a person, or replaces the one with the same number.
    pub fn put(&self, person: Person) {
        let id = person.national_identity_number.clone();
        self.persons().insert(id, Arc::new(person));
    }

    /// Answers every request with this status instead; `None` ends the outage.
    pub fn outage(&self, status: Option<StatusCode>) {
        *self.0.outage.lock().unwrap_or_else(PoisonError::into_inner) = status;
    }

    /// How many requests came.
    pub fn requests(&self) -> u64 {
        self.0.requests.load(Ordering::Relaxed)
    }

    /// What it answers over HTTP.
    pub fn router(&self) -> Router {
        Router::new()
            .route("/rest/v2/personer", post(krr::persons))
            .route("/profile/api/v1/users/contactpoint/lookup", post(profile::lookup))
            .route("/profile/api/v1/users/contactpoint/availability", post(profile::availability))
            .layer(from_fn_with_state(self.clone(), count))
            .with_state(self.clone())
    }

    fn persons(&self) -> MutexGuard<'_, BTreeMap<NationalId, Arc<Person>>> {
        self.0.persons.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn find(&self, id: &str) -> Option<Arc<Person>> {
        let id: NationalId = id.parse().ok()?;
        self.persons().get(&id).cloned()
    }
}

async fn count(State(register): State<ContactRegister>, request: Request, next: Next) -> Response {
    register.0.requests.fetch_add(1, Ordering::Relaxed);
    let outage = *register.0.outage.lock().unwrap_or_else(PoisonError::into_inner);
    match outage {
        Some(status) => status.into_response(),
        None => next.run(request).await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exactly_eighteen_months_is_fresh_and_a_second_more_is_stale() {
        let now: Timestamp = "2026-08-31T12:00:00Z".parse().expect("a moment");
        let touched = |text: &str| Contact {
            value: "kari@fjord.example".to_owned(),
            touched: Some(text.parse().expect("a moment")),
        };
        assert!(!touched("2025-02-28T12:00:00Z").is_stale(now));
        assert!(touched("2025-02-28T11:59:59Z").is_stale(now));
        assert!(Contact { value: String::new(), touched: None }.is_stale(now));
    }

    #[test]
    fn a_list_with_a_wrong_number_or_field_is_refused() {
        let read = |json: &str| ContactRegister::from_json(json.as_bytes(), Clock::system());
        assert!(read(r#"[{"nationalIdentityNumber":"13858130624"}]"#).is_ok());
        assert!(read(r#"[{"nationalIdentityNumber":"1385813062"}]"#).is_err());
        assert!(read(r#"[{"nationalIdentityNumber":"13858130624","mail":{}}]"#).is_err());
    }
}
