//! What the endpoints of outgoing messages take and answer besides documents, for the document of the API.
#![expect(dead_code, reason = "`create_multipart` reads and `files` writes; these say what")]

use utoipa::ToSchema;

use crate::openapi::Sbd;

/// A message with its files.
#[derive(ToSchema)]
pub(super) struct MessageWithFiles {
    /// The document, without a file name.
    sbd: Sbd,
    /// Files: any other parts with file names. A part's name is the file's title.
    #[schema(value_type = Option<Vec<String>>, format = Binary)]
    file: Option<Vec<Vec<u8>>>,
}

/// A file that has been attached.
#[derive(ToSchema)]
pub(super) struct AttachedFile {
    /// From 1 on, in the order in which they came.
    number: i64,
    filename: String,
    title: Option<String>,
    mimetype: String,
    /// Bytes.
    size: i64,
    /// In hexadecimal.
    #[schema(pattern = "^[0-9a-f]{64}$")]
    sha256: String,
}
