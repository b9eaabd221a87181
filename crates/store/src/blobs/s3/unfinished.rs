//! Uploads in parts that nobody will finish: their process was killed.
//!
//! The client cannot list uploads, so the request is signed by the client and sent by us.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use object_store::client::{HttpError, HttpRequest, HttpRequestBody};
use object_store::multipart::MultipartStore;
use object_store::path::Path;
use object_store::signer::{SignedUrlOptions, Signer};
use serde::Deserialize;

use super::S3Blobs;
use crate::blobs::BlobError;

/// How long a signed address can be used.
const SIGNED_FOR: Duration = Duration::from_secs(300);

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Listing {
    #[serde(default)]
    upload: Vec<Begun>,
    #[serde(default)]
    is_truncated: bool,
    next_key_marker: Option<String>,
    next_upload_id_marker: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Begun {
    key: String,
    upload_id: String,
    initiated: Timestamp,
}

/// Why uploads cannot be listed.
#[derive(Debug, thiserror::Error)]
enum ListingError {
    #[error("the address of the bucket is none")]
    Address,
    #[error(transparent)]
    Http(#[from] HttpError),
    #[error("status {0}: {1}")]
    Status(u16, String),
    #[error("the list of uploads is not as S3 writes it: {0}")]
    Malformed(#[from] quick_xml::DeError),
}

impl S3Blobs {
    /// Ends uploads that were begun more than `age` seconds ago; answers how many.
    pub(super) async fn abort_older_than(&self, age: u64) -> Result<usize, BlobError> {
        let age = SignedDuration::from_secs(i64::try_from(age).unwrap_or(i64::MAX));
        let Ok(before) = now().checked_sub(age) else { return Ok(0) };
        let (mut ended, mut after) = (0, None);
        loop {
            let listing = self.list_uploads(after).await?;
            let ours = |begun: &&Begun| begun.initiated <= before && self.key_of(&begun.key).is_some();
            for begun in listing.upload.iter().filter(ours) {
                ended += usize::from(self.abort_begun(begun).await?);
            }
            after = match (listing.is_truncated, listing.next_key_marker) {
                (true, Some(key)) => Some((key, listing.next_upload_id_marker.unwrap_or_default())),
                _ => return Ok(ended),
            };
        }
    }

    /// Ends one upload; answers whether it had not ended by itself.
    async fn abort_begun(&self, begun: &Begun) -> Result<bool, BlobError> {
        let aborted = self.s3.abort_multipart(&Path::from(begun.key.as_str()), &begun.upload_id).await;
        match aborted {
            Ok(()) => Ok(true),
            Err(error) if super::errors::is_ended(&error) => Ok(false),
            Err(error) => Err(self.place.explain(error)),
        }
    }

    async fn list_uploads(&self, after: Option<(String, String)>) -> Result<Listing, BlobError> {
        let mut query = vec![("uploads", String::new()), ("max-uploads", "1000".to_owned())];
        if !self.location.prefix().is_empty() {
            query.push(("prefix", format!("{}/", self.location.prefix())));
        }
        if let Some((key, upload)) = after {
            query.extend([("key-marker", key), ("upload-id-marker", upload)]);
        }
        let options = SignedUrlOptions::default().with_query(query);
        let get = HttpRequest::new(HttpRequestBody::empty());
        let signed =
            self.s3.signed_url_opts(get.method().clone(), &Path::default(), SIGNED_FOR, &options).await;
        let signed = signed.map_err(|error| self.place.explain(error))?;
        self.fetch(get, signed.as_str()).await.map_err(|error| {
            self.place.unavailable("it does not list unfinished uploads: check its access rules", error)
        })
    }

    async fn fetch(&self, mut get: HttpRequest, address: &str) -> Result<Listing, ListingError> {
        *get.uri_mut() = address.parse().map_err(|_| ListingError::Address)?;
        let response = self.http.execute(get).await?;
        let status = response.status();
        let body = String::from_utf8_lossy(&response.into_body().bytes().await?).into_owned();
        if !status.is_success() {
            return Err(ListingError::Status(status.as_u16(), body));
        }
        Ok(quick_xml::de::from_str(&body)?)
    }
}

/// The machine's time: the service's dates are compared with it, as a folder's are.
fn now() -> Timestamp {
    Timestamp::try_from(std::time::SystemTime::now()).unwrap_or(Timestamp::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_uploads_is_read() {
        let xml = "<ListMultipartUploadsResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
            <Bucket>b</Bucket><KeyMarker/><MaxUploads>1000</MaxUploads><IsTruncated>false</IsTruncated>\
            <Upload><Key>a/b</Key><UploadId>u1</UploadId><Initiated>2026-03-02T11:00:00.000Z</Initiated></Upload>\
            <Upload><Key>a/c</Key><UploadId>u2</UploadId><Initiated>2026-03-02T12:00:00.000Z</Initiated></Upload>\
            </ListMultipartUploadsResult>";
        let listing: Listing = quick_xml::de::from_str(xml).expect("a list");
        assert_eq!(listing.upload.len(), 2);
        assert_eq!(listing.upload[1].upload_id, "u2");
        assert!(!listing.is_truncated);

        let none: Listing =
            quick_xml::de::from_str("<ListMultipartUploadsResult/>").expect("a list of nothing");
        assert!(none.upload.is_empty());
    }
}
