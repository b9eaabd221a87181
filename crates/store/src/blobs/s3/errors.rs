//! What the S3 service said, as what went wrong for us.

use std::error::Error;
use std::sync::Arc;

use object_store::Error as S3Error;
use object_store::client::{HttpError, HttpErrorKind};

use crate::blobs::BlobError;

/// Codes of services whose disks or quotas are used up.
const FULL: [&str; 4] =
    ["XMinioStorageFull", "InsufficientStorage", "QuotaExceeded", "XMinioAdminBucketQuotaExceeded"];

/// Where blobs are, for error texts.
#[derive(Clone, Debug)]
pub(super) struct Place(Arc<str>);

impl Place {
    pub(super) fn new(location: &super::S3Location, address: &str) -> Self {
        Self(format!("{location} at {address}").into())
    }

    /// The error, with what to check. A missing blob is for the caller to recognize: see [`is_absent`].
    pub(super) fn explain(&self, error: S3Error) -> BlobError {
        let said = chain(&error);
        let code = code_in(&said);
        if code.is_some_and(|code| FULL.contains(&code)) {
            return BlobError::Full;
        }
        let check = match (code, &error) {
            (Some("NoSuchBucket"), _) => "the bucket does not exist: make it, or correct its name",
            (Some("InvalidAccessKeyId" | "SignatureDoesNotMatch"), _) => {
                "the service does not know the key, or the key is another: check access_key and secret_key"
            }
            (Some("RequestTimeTooSkewed"), _) => "the clocks differ: set the time of this machine",
            (Some("NoSuchUpload"), _) => {
                "the upload was removed while it was going on: check the bucket's lifecycle rules"
            }
            (_, S3Error::PermissionDenied { .. } | S3Error::Unauthenticated { .. }) => {
                "access is denied: the key must be allowed to list the bucket and to get, put, and delete \
                 its objects"
            }
            _ => "it cannot be reached or does not answer: check the endpoint and the network",
        };
        self.unavailable(check, error)
    }

    pub(super) fn unavailable(
        &self,
        check: &str,
        source: impl Into<Box<dyn Error + Send + Sync>>,
    ) -> BlobError {
        BlobError::Unavailable { what: format!("{}: {check}", self.0), source: source.into() }
    }
}

/// Whether the service says that there is no such object, and not that there is no bucket.
pub(super) fn is_absent(error: &S3Error) -> bool {
    matches!(error, S3Error::NotFound { .. }) && code_in(&chain(error)) != Some("NoSuchBucket")
}

/// Whether a conditional write was refused: something is there, or is being put there.
pub(super) fn is_refused(error: &S3Error) -> bool {
    matches!(
        error,
        S3Error::AlreadyExists { .. } | S3Error::Precondition { .. } | S3Error::NotModified { .. }
    )
}

/// Whether an upload has ended, by our own earlier request or by somebody's hand.
pub(super) fn is_ended(error: &S3Error) -> bool {
    code_in(&chain(error)) == Some("NoSuchUpload")
}

/// Whether a request may have had its effect although no answer came.
pub(super) fn is_unclear(error: &S3Error) -> bool {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<HttpError>() {
            return error.kind() != HttpErrorKind::Connect;
        }
        cause = error.source();
    }
    false
}

/// The error and its causes in one text; the service's XML is in one of them.
fn chain(error: &S3Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

/// The code in the service's error document.
fn code_in(text: &str) -> Option<&str> {
    text.split_once("<Code>")?.1.split_once("</Code>").map(|(code, _)| code)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn not_found(code: &str) -> S3Error {
        S3Error::NotFound {
            path: "test".to_owned(),
            source: format!("404: <Error><Code>{code}</Code></Error>").into(),
        }
    }

    #[test]
    fn a_missing_bucket_is_not_a_missing_blob() {
        assert!(is_absent(&not_found("NoSuchKey")));
        assert!(!is_absent(&not_found("NoSuchBucket")));
        let place = Place::new(&"s3://letters/a".parse().expect("a place"), "https://s3.example.no");
        let told = place.explain(not_found("NoSuchBucket")).to_string();
        assert!(told.contains("s3://letters/a at https://s3.example.no"), "{told}");
        assert!(told.contains("bucket does not exist"), "{told}");
    }

    #[test]
    fn a_full_service_is_a_full_disk() {
        let place = Place::new(&"s3://letters".parse().expect("a place"), "here");
        let source = "507: <Error><Code>XMinioStorageFull</Code></Error>".into();
        let error = S3Error::Generic { store: "S3", source };
        assert!(matches!(place.explain(error), BlobError::Full));
    }
}
