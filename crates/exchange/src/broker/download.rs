//! `GET /broker/api/v1/filetransfer/{id}/download`: gives the bytes to a recipient.

use std::ops::Range;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use store::Tx;
use types::OrgNumber;
use types::ids::FileTransferId;
use uuid::Uuid;

use super::access::{READ, Seen, transfer_id};
use super::model::{RecipientStatus, TransferStatus, blob_of, notes_ranged_download};
use super::problem::Problem;
use super::range::{Wanted, wanted};
use super::{Broker, sql};

/// What is going to be sent.
struct Parcel {
    upload: Uuid,
    file_name: String,
    size: u64,
    part: Option<Range<u64>>,
}

pub(super) async fn handle(
    State(broker): State<Broker>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let caller = broker.caller(&headers, &[READ]).await?;
    let id = transfer_id(&id)?;
    let range = headers.get(header::RANGE).and_then(|range| range.to_str().ok()).map(str::to_owned);
    let parcel = broker.begin_download(id, caller.org, range).await?;
    let bytes = broker.0.blobs.read(&blob_of(parcel.upload), parcel.part.clone()).await?;
    Ok(parcel.respond(Body::from_stream(bytes)))
}

impl Broker {
    /// Notes that the recipient fetches, before the first byte leaves.
    async fn begin_download(
        &self,
        id: FileTransferId,
        caller: OrgNumber,
        range: Option<String>,
    ) -> Result<Parcel, Problem> {
        let now = self.0.clock.now();
        let begin = move |tx: &mut Tx<'_>| {
            let seen = Seen::lock(tx, id, caller)?;
            let recipient = seen.as_recipient().ok_or(Problem::NoAccess)?;
            let transfer = &seen.transfer;
            if !matches!(transfer.status, TransferStatus::Published | TransferStatus::AllConfirmedDownloaded)
            {
                return Err(Problem::NotDownloadable);
            }
            let kept = transfer.upload.zip(transfer.bytes);
            let (upload, size) = kept.ok_or(Problem::NotDownloadable)?;
            let part = match wanted(range.as_deref(), size) {
                Wanted::Whole => None,
                Wanted::Part(part) => Some(part),
                Wanted::Unsatisfiable => return Err(Problem::RangeNotSatisfiable { size }),
            };
            if part.is_none() || notes_ranged_download(recipient, now) {
                sql::set_recipient_status(tx, id, caller, RecipientStatus::DownloadStarted, now)?;
            }
            Ok(Parcel { upload, file_name: transfer.file_name.clone(), size, part })
        };
        self.0.store.write(begin).await
    }
}

impl Parcel {
    fn respond(self, body: Body) -> Response {
        let status = if self.part.is_some() { StatusCode::PARTIAL_CONTENT } else { StatusCode::OK };
        let mut response = (status, body).into_response();
        let headers = response.headers_mut();
        let mut put = |name: HeaderName, value: String| {
            if let Ok(value) = HeaderValue::try_from(value) {
                headers.insert(name, value);
            }
        };
        if let Some(part) = &self.part {
            put(header::CONTENT_RANGE, format!("bytes {}-{}/{}", part.start, part.end - 1, self.size));
        }
        let length = self.part.map_or(self.size, |part| part.end - part.start);
        put(header::CONTENT_LENGTH, length.to_string());
        put(header::ACCEPT_RANGES, "bytes".to_owned());
        put(header::CONTENT_TYPE, "application/octet-stream".to_owned());
        put(header::CONTENT_DISPOSITION, disposition(&self.file_name));
        response
    }
}

/// The file name in both forms of RFC 6266; the plain one without signs that would end it.
fn disposition(name: &str) -> String {
    let is_plain = |sign: char| (sign.is_ascii_graphic() || sign == ' ') && !matches!(sign, '"' | '\\');
    let plain: String = name.chars().map(|sign| if is_plain(sign) { sign } else { '_' }).collect();
    let extended = utf8_percent_encode(name, NON_ALPHANUMERIC);
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{extended}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_name_cannot_break_out_of_its_header() {
        let header = disposition("blå\"; x=\r\n.zip");

        assert_eq!(
            header,
            "attachment; filename=\"bl__; x=__.zip\"; filename*=UTF-8''bl%C3%A5%22%3B%20x%3D%0D%0A%2Ezip"
        );
        assert!(HeaderValue::try_from(header).is_ok());
    }
}
