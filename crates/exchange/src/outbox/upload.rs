//! A file on its way into the blob store: counted and hashed as it arrives, in constant memory.

use std::io::BufReader;
use std::sync::Arc;

use aws_lc_rs::digest;
use bytes::Bytes;
use store::blobs::{BlobKey, BlobWriter, Blobs};

use super::checks;
use crate::Exchange;
use crate::message::arkivmelding_xml::{self, CaseDocument};
use crate::message::document::{Document, media_type};
use crate::problem::Problem;

/// The kind of blobs that files of drafts are.
pub(crate) const KIND: &str = "out-file";
/// The most bytes of an `arkivmelding.xml` that are read.
const CASE_DOCUMENT_BYTES: u64 = 64 << 20;

/// A file that is arriving. Dropped before it is finished, it leaves nothing.
pub(super) struct Upload {
    writer: Box<dyn BlobWriter>,
    blob: BlobKey,
    hash: digest::Context,
    bytes: u64,
}

/// A file that has arrived, and what it says if it is `arkivmelding.xml`.
pub(super) struct Uploaded {
    pub(super) file: Document,
    pub(super) case_document: Option<CaseDocument>,
}

impl Uploaded {
    /// The same file once more, so that one copy can go with the commit and one can clean up.
    pub(super) fn copy(&self) -> Self {
        Self { file: self.file.clone(), case_document: self.case_document.clone() }
    }
}

impl Upload {
    pub(super) async fn begin(app: &Exchange) -> Result<Self, Problem> {
        let blob = BlobKey::new(KIND, app.random().uuid_v7(app.now()));
        let writer = app.blobs().create(&blob).await?;
        Ok(Self { writer, blob, hash: digest::Context::new(&digest::SHA256), bytes: 0 })
    }

    /// Takes the next piece; answers how many bytes there are so far.
    pub(super) async fn take(&mut self, piece: Bytes) -> Result<u64, Problem> {
        self.hash.update(&piece);
        self.bytes += piece.len() as u64;
        self.writer.write(piece).await?;
        Ok(self.bytes)
    }

    /// Makes the file durable.
    pub(super) async fn finish(
        self,
        app: &Exchange,
        name: String,
        title: Option<String>,
        given_type: Option<&str>,
    ) -> Result<Uploaded, Problem> {
        let bytes = self.writer.finish().await?;
        let media_type = media_type(&name, given_type);
        let sha256 = self.hash.finish().as_ref().to_vec();
        let file = Document { number: 0, name, title, media_type, bytes, sha256, blob: self.blob };
        if file.name != arkivmelding_xml::NAME {
            return Ok(Uploaded { file, case_document: None });
        }
        match read_case_document(Arc::clone(app.blobs()), file.clone()).await {
            Ok(case_document) => Ok(Uploaded { file, case_document: Some(case_document) }),
            Err(problem) => {
                app.drop_blobs(vec![file.blob]).await;
                Err(problem)
            }
        }
    }
}

async fn read_case_document(blobs: Arc<dyn Blobs>, file: Document) -> Result<CaseDocument, Problem> {
    if file.bytes > CASE_DOCUMENT_BYTES {
        return Err(checks::bad_case_document("arkivmelding.xml is too large"));
    }
    let reading = tokio::task::spawn_blocking(move || {
        let input = BufReader::new(blobs.read_blocking(&file.blob)?);
        let wrong = |error| checks::bad_case_document(&format!("arkivmelding.xml: {error}"));
        arkivmelding_xml::read(input).map_err(wrong)
    });
    reading.await.map_err(|panic| Problem::internal(&panic))?
}
