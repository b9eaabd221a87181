//! The registry's errors, never signed: `{"error_code":"","error_description":"…"}`.

use auth::Refusal;
use auth::verify::RefusalKind;
use axum::Json;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;
use tracing::{error, warn};
use types::OrgNumber;

use super::SigningError;
use crate::registry::{Identifier, LookUpError};

/// Why a question has no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum Problem {
    #[error("Entity with identifier '{0}' not found.")]
    UnknownEntity(Identifier),
    #[error("The text is no identifier: {0}")]
    NoIdentifier(String),
    #[error("The citizen was not found")]
    UnknownCitizen,
    #[error("Process {0} not found for receiver {1}")]
    UnknownProcess(String, Identifier),
    #[error("No certificate found for {0}")]
    NoCertificate(OrgNumber),
    #[error("{0} has one certificate for DPO and another for DPE; ask with the scope of one of them")]
    CertificatesDiffer(OrgNumber),
    #[error("No shared access key is configured")]
    NoSasToken,
    #[error("Security level {0} is not available for the receiver")]
    LevelNotAvailable(u8),
    #[error("The security level must be a whole number")]
    NoLevel,
    #[error("A valid bearer token is needed: {0}")]
    Unauthenticated(String),
    #[error("The token lacks the scope {0}")]
    MissingScope(&'static str),
    #[error("The token cannot be checked now; try again later")]
    CannotCheckToken,
    #[error("The registry cannot answer now; try again later")]
    Unavailable,
    #[error("An unexpected error occurred")]
    Internal,
}

impl Problem {
    const fn status(&self) -> StatusCode {
        match self {
            Self::UnknownEntity(_)
            | Self::NoIdentifier(_)
            | Self::UnknownCitizen
            | Self::UnknownProcess(..)
            | Self::NoCertificate(_)
            | Self::NoSasToken => StatusCode::NOT_FOUND,
            Self::LevelNotAvailable(_) | Self::NoLevel | Self::CertificatesDiffer(_) => {
                StatusCode::BAD_REQUEST
            }
            Self::Unauthenticated(_) | Self::MissingScope(_) => StatusCode::UNAUTHORIZED,
            Self::CannotCheckToken | Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    const fn code(&self) -> &'static str {
        match self {
            Self::NoCertificate(_) => "certificate_not_found",
            _ => "",
        }
    }
}

impl From<store::Error> for Problem {
    fn from(why: store::Error) -> Self {
        error!("the registry's database failed: {why}");
        if why.is_passing() { Self::Unavailable } else { Self::Internal }
    }
}

impl From<SigningError> for Problem {
    fn from(why: SigningError) -> Self {
        error!("{why}");
        Self::Internal
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal.kind() {
            RefusalKind::Unavailable => {
                warn!("the registry cannot check tokens: {refusal}");
                Self::CannotCheckToken
            }
            RefusalKind::Unauthenticated | RefusalKind::Forbidden => {
                Self::Unauthenticated(refusal.to_string())
            }
        }
    }
}

impl From<Problem> for LookUpError {
    fn from(problem: Problem) -> Self {
        match problem.status() {
            StatusCode::NOT_FOUND => Self::NotFound(problem.to_string()),
            status if status.is_server_error() => Self::Unavailable(problem.to_string()),
            status => Self::Refused { status: status.as_u16(), reason: problem.to_string() },
        }
    }
}

#[derive(Serialize)]
struct Body {
    error_code: &'static str,
    error_description: String,
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        if matches!(self, Self::UnknownCitizen) {
            // Another body than all the rest, as the contract has it.
            let body = Json(serde_json::json!({ "message": self.to_string() }));
            return (self.status(), body).into_response();
        }
        let body = Body { error_code: self.code(), error_description: self.to_string() };
        let mut response = (self.status(), Json(body)).into_response();
        if matches!(self, Self::Unauthenticated(_)) {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
