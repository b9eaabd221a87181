//! The broker's errors: problem documents (RFC 9457) with codes.

use std::collections::BTreeMap;

use auth::Refusal;
use auth::verify::RefusalKind;
use axum::Json;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;
use store::blobs::BlobError;
use tracing::{error, warn};

/// Why a request was not carried out.
#[derive(Debug, thiserror::Error)]
pub(super) enum Problem {
    #[error("The requested file transfer was not found")]
    NotFound,
    #[error("A file has already been, or attempted to be, uploaded to this file transfer")]
    AlreadyUploaded,
    #[error("The caller has no access to the resource in this role")]
    NoAccess,
    #[error("The file is not available for download")]
    NotDownloadable,
    #[error("The upload failed")]
    UploadFailed,
    #[error("The checksum of the uploaded file is not the announced one")]
    ChecksumMismatch,
    #[error("A download can be confirmed only while the file transfer is published")]
    ConfirmWhilePublished,
    #[error("The file is larger than {0} bytes")]
    TooBig(u64),
    #[error("The download cannot be confirmed before it was started")]
    ConfirmBeforeDownload,
    #[error("The sender has {0} here and may not have more; try again when recipients have fetched")]
    QuotaUsedUp(&'static str),
    #[error("Too many uploads are under way; try again later")]
    Busy,
    #[error("The storage is not ready; try again later")]
    StorageNotReady,
    #[error("It is not known whether this was stored; look before trying again")]
    InDoubt,
    #[error("The resource is not configured in this broker")]
    UnknownResource,
    #[error("The byte range cannot be satisfied")]
    RangeNotSatisfiable { size: u64 },
    #[error("One or more validation errors occurred.")]
    Invalid(BTreeMap<String, Vec<String>>),
    #[error("The response can only be given as application/json")]
    NotAcceptable,
    #[error("The token lacks the scope {0}")]
    MissingScope(&'static str),
    #[error("A valid bearer token is needed: {0}")]
    Unauthenticated(String),
    #[error("IDX10205: Issuer validation failed")]
    WrongIssuer,
    #[error("The token cannot be checked now; try again later")]
    CannotCheckToken,
    #[error("An unexpected error occurred")]
    Internal,
}

impl Problem {
    /// Status and, where the protocol has one, number.
    const fn status_and_code(&self) -> (StatusCode, Option<u16>) {
        match self {
            Self::NotFound => (StatusCode::NOT_FOUND, Some(1)),
            Self::AlreadyUploaded => (StatusCode::CONFLICT, Some(4)),
            Self::NoAccess => (StatusCode::UNAUTHORIZED, Some(6)),
            Self::NotDownloadable => (StatusCode::FORBIDDEN, Some(7)),
            Self::UploadFailed => (StatusCode::INTERNAL_SERVER_ERROR, Some(8)),
            Self::ChecksumMismatch => (StatusCode::BAD_REQUEST, Some(9)),
            Self::ConfirmWhilePublished => (StatusCode::BAD_REQUEST, Some(10)),
            Self::TooBig(_) => (StatusCode::BAD_REQUEST, Some(16)),
            Self::ConfirmBeforeDownload => (StatusCode::BAD_REQUEST, Some(19)),
            Self::QuotaUsedUp(_) => (StatusCode::TOO_MANY_REQUESTS, None),
            Self::StorageNotReady | Self::InDoubt | Self::Busy => (StatusCode::SERVICE_UNAVAILABLE, Some(21)),
            Self::UnknownResource => (StatusCode::BAD_REQUEST, Some(25)),
            Self::RangeNotSatisfiable { .. } => (StatusCode::RANGE_NOT_SATISFIABLE, Some(29)),
            Self::Invalid(_) => (StatusCode::BAD_REQUEST, None),
            Self::NotAcceptable => (StatusCode::NOT_ACCEPTABLE, None),
            Self::MissingScope(_) | Self::WrongIssuer => (StatusCode::FORBIDDEN, None),
            Self::Unauthenticated(_) => (StatusCode::UNAUTHORIZED, None),
            Self::CannotCheckToken => (StatusCode::SERVICE_UNAVAILABLE, None),
            Self::Internal => (StatusCode::INTERNAL_SERVER_ERROR, None),
        }
    }

    /// One field that is wrong.
    pub fn field(name: &str, why: impl Into<String>) -> Self {
        Self::Invalid(BTreeMap::from([(name.to_owned(), vec![why.into()])]))
    }
}

impl From<store::Error> for Problem {
    fn from(why: store::Error) -> Self {
        error!("the broker's database failed: {why}");
        match why {
            store::Error::OutcomeUnknown => Self::InDoubt,
            why if why.is_passing() => Self::StorageNotReady,
            _ => Self::Internal,
        }
    }
}

impl From<BlobError> for Problem {
    fn from(why: BlobError) -> Self {
        error!("the broker's files failed: {why}");
        match why {
            BlobError::Full | BlobError::Io(_) | BlobError::Unavailable { .. } => Self::StorageNotReady,
            BlobError::NotFound(_) | BlobError::Exists(_) => Self::Internal,
        }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match (refusal.kind(), &refusal) {
            (_, Refusal::UnknownIssuer) => Self::WrongIssuer,
            (RefusalKind::Unavailable, _) => {
                warn!("the broker cannot check tokens: {refusal}");
                Self::CannotCheckToken
            }
            (RefusalKind::Unauthenticated | RefusalKind::Forbidden, _) => {
                Self::Unauthenticated(refusal.to_string())
            }
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    r#type: &'static str,
    title: String,
    status: u16,
    detail: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    errors: Option<BTreeMap<String, Vec<String>>>,
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let (status, code) = self.status_and_code();
        let detail = self.to_string();
        if matches!(self, Self::NotAcceptable) {
            return (status, detail).into_response();
        }
        let range = match &self {
            Self::RangeNotSatisfiable { size } => HeaderValue::try_from(format!("bytes */{size}")).ok(),
            _ => None,
        };
        let title = match &self {
            Self::WrongIssuer | Self::Invalid(_) => detail.clone(),
            _ => status.canonical_reason().unwrap_or_default().to_owned(),
        };
        let body = Body {
            r#type: "about:blank",
            title,
            status: status.as_u16(),
            detail,
            code: code.map(|number| format!("BRO-{number:05}")),
            errors: if let Self::Invalid(errors) = self { Some(errors) } else { None },
        };
        let mut response = (status, Json(body)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(range) = range {
            headers.insert(header::CONTENT_RANGE, range);
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
