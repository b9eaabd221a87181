//! The registers of persons and organizations, with fictitious records.
//!
//! From the same records it answers in the dialects of all of them:
//!
//! | path | is |
//! |---|---|
//! | `POST /rest/v2/personer` | the contact and reservation register itself; wants a bearer token |
//! | `POST /profile/api/v1/users/contactpoint/lookup`, `…/availability`, `…/lookupsi` | Altinn's profile service, about persons |
//! | `POST /profile/api/v1/organizations/notificationaddresses/lookup` | about organizations |
//! | `POST /profile/api/v1/units/contactpoint/lookup` | about those who have registered addresses there |
//! | `POST /register/api/v1/parties/nameslookup` | Altinn's register of names; wants a platform access token |
//! | `POST /authorization/api/v1/decision` | Altinn's authorization, in XACML's JSON form |
//! | `GET /calls`, `PUT /faults`, `DELETE /faults` | not a register: what was asked how often, and what shall go wrong |
//!
//! Contact details nobody has touched for 18 months are stale, and each dialect treats them its own way.
//! Records stand in memory ([`Records`]) or come from whoever has them ([`Source`]).

mod authorization;
mod faults;
mod krr;
mod names;
mod organizations;
mod profile;
mod records;

use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use http::StatusCode;
use jiff::Timestamp;
use types::time::Clock;

use crate::captured::Captured;

pub use faults::{Call, Fault};
pub use records::{Account, Grant, Organization, Person, Records, Right, Source, Unavailable, User};

/// Calls that are remembered.
const KEEP: usize = 10_000;

/// The registers. Clones are the same registers.
#[derive(Clone, Debug)]
pub struct ContactRegister(Arc<Register>);

#[derive(Debug)]
struct Register {
    clock: Clock,
    source: Arc<dyn Source>,
    faults: Mutex<Vec<(String, Fault)>>,
    refused_token: Mutex<Option<String>>,
    bad_number: Mutex<Option<String>>,
    calls: Captured<Call>,
}

impl ContactRegister {
    /// Registers of these records.
    pub fn new(source: Arc<dyn Source>, clock: Clock) -> Self {
        Self(Arc::new(Register {
            clock,
            source,
            faults: Mutex::default(),
            refused_token: Mutex::default(),
            bad_number: Mutex::default(),
            calls: Captured::keeping(KEEP),
        }))
    }

    /// Registers of the records in a file of the embedded register's form.
    pub fn from_json(json: &[u8], clock: Clock) -> Result<Self, serde_json::Error> {
        Ok(Self::new(Arc::new(Records::from_json(json)?), clock))
    }

    /// Lets something go wrong wherever the path contains this text. The latest wins.
    pub fn fault(&self, path: &str, fault: Fault) {
        let mut faults = self.0.faults.lock().unwrap_or_else(PoisonError::into_inner);
        faults.retain(|(known, _)| known != path);
        faults.push((path.to_owned(), fault));
    }

    /// Everything goes right again.
    pub fn mend(&self) {
        self.0.faults.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Answers every request with this status instead; `None` ends the outage.
    pub fn outage(&self, status: Option<StatusCode>) {
        self.mend();
        if let Some(status) = status {
            self.fault("", Fault::Status(status));
        }
    }

    /// The national register no longer believes this token.
    pub fn refuse_token(&self, token: &str) {
        *self.0.refused_token.lock().unwrap_or_else(PoisonError::into_inner) = Some(token.to_owned());
    }

    /// The national register finds nothing but fault with every call in which this number is.
    pub fn fault_on(&self, id: &str) {
        *self.0.bad_number.lock().unwrap_or_else(PoisonError::into_inner) = Some(id.to_owned());
    }

    /// How many requests came.
    pub fn requests(&self) -> u64 {
        self.0.calls.total()
    }

    /// The requests to paths that contain this text, oldest first.
    pub fn calls_to(&self, path: &str) -> Vec<Arc<Call>> {
        self.0.calls.all().into_iter().filter(|call| call.path.contains(path)).collect()
    }

    /// What it answers over HTTP.
    pub fn router(&self) -> Router {
        let profile = "/profile/api/v1";
        let registers = Router::new()
            .route("/rest/v2/personer", post(krr::persons))
            .route(&format!("{profile}/users/contactpoint/lookup"), post(profile::lookup))
            .route(&format!("{profile}/users/contactpoint/availability"), post(profile::availability))
            .route(&format!("{profile}/users/contactpoint/lookupsi"), post(profile::self_identified))
            .route(
                &format!("{profile}/organizations/notificationaddresses/lookup"),
                post(organizations::official),
            )
            .route(&format!("{profile}/units/contactpoint/lookup"), post(organizations::users))
            .route("/register/api/v1/parties/nameslookup", post(names::look_up))
            .route("/authorization/api/v1/decision", post(authorization::decide))
            .layer(from_fn_with_state(self.clone(), faults::note));
        Router::new()
            .route("/calls", get(faults::calls))
            .route("/faults", put(faults::put).delete(faults::mend))
            .merge(registers)
            .with_state(self.clone())
    }

    fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    fn source(&self) -> &dyn Source {
        self.0.source.as_ref()
    }
}

impl IntoResponse for Unavailable {
    fn into_response(self) -> Response {
        (StatusCode::SERVICE_UNAVAILABLE, self.to_string()).into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exactly_eighteen_months_is_fresh_and_a_second_more_is_stale() {
        let now: Timestamp = "2026-08-31T12:00:00Z".parse().expect("a moment");
        let touched = |text: &str| records::Contact {
            value: "kari@fjord.example",
            touched: Some(text.parse().expect("a moment")),
        };
        assert!(!touched("2025-02-28T12:00:00Z").is_stale(now));
        assert!(touched("2025-02-28T11:59:59Z").is_stale(now));
        assert!(records::Contact { value: "", touched: None }.is_stale(now));
    }

    #[test]
    fn a_list_with_a_wrong_number_or_field_is_refused() {
        let read = |json: &str| Records::from_json(json.as_bytes());
        assert!(read(r#"{"persons":[{"nationalIdentityNumber":"13858130624"}]}"#).is_ok());
        assert!(read(r#"{"persons":[{"nationalIdentityNumber":"1385813062"}]}"#).is_err());
        assert!(read(r#"{"persons":[{"nationalIdentityNumber":"13858130624","mail":{}}]}"#).is_err());
    }
}
