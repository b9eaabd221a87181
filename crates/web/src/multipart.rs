//! `multipart/form-data` bodies (RFC 7578), field by field and piece by piece.
//!
//! Whatever its size, a body takes about one network read of memory here: a field's bytes are handed
//! on as they come, and what must be kept until it is whole (a boundary, a field's headers) is
//! limited. So that a body which ends early is never taken for a whole one, the closing boundary is
//! required, and its absence is an error of its own.

use std::fmt;

use axum::body::{Body, BodyDataStream};
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt as _;
use http::{HeaderMap, HeaderName, HeaderValue, header};
use memchr::memmem::Finder;

use crate::body::BodyError;
use crate::disposition::{ContentDisposition, DispositionError};
use crate::params;

/// Room for one field's headers, in bytes.
const HEADER_BYTES: usize = 16 * 1024;
/// Room for what comes before the first boundary, in bytes.
const PREAMBLE_BYTES: usize = 64 * 1024;

/// How much a multipart body may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MultipartLimits {
    /// Bytes in one field; [`Field::limit_to`] can lower it for a field once its name is known.
    pub field: u64,
    /// Bytes in the whole body, boundaries and headers included.
    pub total: u64,
    /// Fields.
    pub fields: usize,
}

/// Why a multipart body could not be read. Names of fields and files are for the caller: printing the
/// error leaves them out.
#[derive(thiserror::Error)]
pub enum MultipartError {
    /// The content type is not `multipart/form-data`.
    #[error("the content type is not multipart/form-data")]
    UnsupportedMediaType,
    /// The content type names no boundary of 1 to 70 characters.
    #[error("the content type has no usable boundary")]
    NoBoundary,
    /// The whole body is too large.
    #[error("the body is larger than {limit} bytes")]
    TooLarge {
        /// Bytes.
        limit: u64,
    },
    /// One field is too large.
    #[error("a field is larger than {limit} bytes")]
    FieldTooLarge {
        /// The field's name.
        name: String,
        /// Its file name.
        file_name: Option<String>,
        /// Bytes.
        limit: u64,
    },
    /// There are too many fields.
    #[error("there are more than {limit} fields")]
    TooManyFields {
        /// Fields.
        limit: usize,
    },
    /// The framing is wrong: no first boundary, something after a boundary, headers without end.
    #[error("the multipart body is malformed: {0}")]
    Malformed(&'static str),
    /// A field's `Content-Disposition` cannot be read.
    #[error(transparent)]
    Disposition(#[from] DispositionError),
    /// A field read as text is not UTF-8.
    #[error("a text field is not UTF-8")]
    NotUtf8,
    /// The body ended before its closing boundary.
    #[error("the body was cut off")]
    CutOff,
    /// The client stopped sending, but stayed connected.
    #[error("the rest of the body did not come in time")]
    Stalled,
}

impl fmt::Debug for MultipartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MultipartError({self})")
    }
}

/// A multipart body that is being read.
pub struct Multipart {
    body: BodyDataStream,
    buffer: BytesMut,
    /// Line break, two dashes and the boundary.
    delimiter: Finder<'static>,
    limits: MultipartLimits,
    seen: u64,
    fields: usize,
    at: At,
}

impl fmt::Debug for Multipart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Multipart({} bytes, {} fields so far)", self.seen, self.fields)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    Preamble,
    Data,
    AfterDelimiter,
    End,
}

impl Multipart {
    /// Begins to read a body with the headers it came with.
    pub fn new(headers: &HeaderMap, body: Body, limits: MultipartLimits) -> Result<Self, MultipartError> {
        let boundary = boundary(headers)?;
        let delimiter = format!("\r\n--{boundary}");
        Ok(Self {
            body: body.into_data_stream(),
            // The first boundary may stand at the very start: then this is its line break.
            buffer: BytesMut::from("\r\n"),
            delimiter: Finder::new(delimiter.as_bytes()).into_owned(),
            limits,
            seen: 0,
            fields: 0,
            at: At::Preamble,
        })
    }

    /// The next field. What is left of the one before is skipped.
    pub async fn next_field(&mut self) -> Result<Option<Field<'_>>, MultipartError> {
        let mut skipped = 0;
        while matches!(self.at, At::Preamble | At::Data) {
            let piece = self.piece().await?;
            skipped += piece.len();
            if self.at == At::Preamble && skipped > PREAMBLE_BYTES {
                return Err(MultipartError::Malformed("the first boundary is missing"));
            }
        }
        if self.at == At::End || self.is_closed().await? {
            return Ok(None);
        }
        self.fields += 1;
        if self.fields > self.limits.fields {
            let limit = self.limits.fields;
            return Err(MultipartError::TooManyFields { limit });
        }
        let headers = self.headers().await?;
        let disposition = ContentDisposition::from_headers(&headers)?;
        let name = disposition.name.ok_or(DispositionError::Malformed)?;
        self.at = At::Data;
        Ok(Some(Field {
            limit: self.limits.field,
            multipart: self,
            name,
            file_name: disposition.file_name,
            headers,
            seen: 0,
        }))
    }

    /// More of what stands before the next delimiter; empty when the delimiter has been reached and
    /// passed.
    async fn piece(&mut self) -> Result<Bytes, MultipartError> {
        loop {
            if let Some(end) = self.delimiter.find(&self.buffer) {
                if end > 0 {
                    return Ok(self.buffer.split_to(end).freeze());
                }
                let _passed = self.buffer.split_to(self.delimiter.needle().len());
                self.at = At::AfterDelimiter;
                return Ok(Bytes::new());
            }
            // The end of what we have may be the beginning of a delimiter.
            let keep = self.delimiter.needle().len() - 1;
            if self.buffer.len() > keep {
                let safe = self.buffer.len() - keep;
                return Ok(self.buffer.split_to(safe).freeze());
            }
            self.more().await?;
        }
    }

    /// Whether the delimiter just passed was the closing one.
    async fn is_closed(&mut self) -> Result<bool, MultipartError> {
        while self.buffer.len() < 2 {
            self.more().await?;
        }
        if self.buffer.starts_with(b"--") {
            self.at = At::End;
            self.buffer.clear();
            return Ok(true);
        }
        Ok(false)
    }

    /// The headers of a field, from behind its delimiter to the empty line.
    async fn headers(&mut self) -> Result<HeaderMap, MultipartError> {
        let end = loop {
            if let Some(end) = memchr::memmem::find(&self.buffer, b"\r\n\r\n") {
                break end;
            }
            if self.buffer.len() > HEADER_BYTES {
                return Err(MultipartError::Malformed("a field's headers have no end"));
            }
            self.more().await?;
        };
        let block = self.buffer.split_to(end);
        let _empty_line = self.buffer.split_to(4);
        // White space may stand between a boundary and its line's end (RFC 2046, section 5.1.1).
        let line = memchr::memmem::find(&block, b"\r\n").unwrap_or(block.len());
        if !block[..line].iter().all(|byte| matches!(byte, b' ' | b'\t')) {
            return Err(MultipartError::Malformed("something follows a boundary"));
        }
        read_headers(&block[line..])
    }

    async fn more(&mut self) -> Result<(), MultipartError> {
        let Some(piece) = self.body.next().await else {
            return Err(MultipartError::CutOff);
        };
        let piece = piece.map_err(|error| match BodyError::from_reading(error) {
            BodyError::Stalled => MultipartError::Stalled,
            BodyError::TooLarge { .. } | BodyError::CutOff(_) => MultipartError::CutOff,
        })?;
        self.seen += piece.len() as u64;
        if self.seen > self.limits.total {
            let limit = self.limits.total;
            return Err(MultipartError::TooLarge { limit });
        }
        self.buffer.extend_from_slice(&piece);
        Ok(())
    }
}

fn boundary(headers: &HeaderMap) -> Result<String, MultipartError> {
    let unsupported = MultipartError::UnsupportedMediaType;
    let Some(value) = headers.get(header::CONTENT_TYPE) else {
        return Err(unsupported);
    };
    let Some((kind, params)) = params::split(value.as_bytes()) else {
        return Err(unsupported);
    };
    if !kind.eq_ignore_ascii_case("multipart/form-data") {
        return Err(unsupported);
    }
    let mut params = params.into_iter();
    let boundary = params.find(|param| param.name.eq_ignore_ascii_case("boundary"));
    match boundary.map(|param| param.value) {
        Some(text) if (1..=70).contains(&text.len()) && text.is_ascii() => Ok(text),
        _ => Err(MultipartError::NoBoundary),
    }
}

/// Lines of `Name: value`; a line that begins with white space continues the one before.
fn read_headers(block: &[u8]) -> Result<HeaderMap, MultipartError> {
    let malformed = || MultipartError::Malformed("a field's header cannot be read");
    let mut lines: Vec<Vec<u8>> = Vec::new();
    for line in split_lines(block) {
        match lines.last_mut() {
            Some(last) if line.starts_with(b" ") || line.starts_with(b"\t") => {
                last.extend_from_slice(line);
            }
            _ => lines.push(line.to_vec()),
        }
    }
    let mut headers = HeaderMap::new();
    for line in lines.iter().filter(|line| !line.is_empty()) {
        let colon = memchr::memchr(b':', line).ok_or_else(malformed)?;
        let name = HeaderName::from_bytes(&line[..colon]).map_err(|_| malformed())?;
        let value = HeaderValue::from_bytes(line[colon + 1..].trim_ascii()).map_err(|_| malformed())?;
        headers.append(name, value);
    }
    Ok(headers)
}

fn split_lines(block: &[u8]) -> impl Iterator<Item = &[u8]> {
    block.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line))
}

/// One field of a multipart body; its bytes are read with [`Field::chunk`].
pub struct Field<'a> {
    multipart: &'a mut Multipart,
    name: String,
    file_name: Option<String>,
    headers: HeaderMap,
    seen: u64,
    limit: u64,
}

impl fmt::Debug for Field<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Field({} bytes so far)", self.seen)
    }
}

impl Field<'_> {
    /// The field's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The file's name as sent. Not a path: look at it before it becomes part of one.
    pub fn file_name(&self) -> Option<&str> {
        self.file_name.as_deref()
    }

    /// The declared media type, as sent.
    pub fn content_type(&self) -> Option<&str> {
        let value = self.headers.get(header::CONTENT_TYPE)?;
        value.to_str().ok()
    }

    /// Every header of the field.
    pub const fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// Lowers how many bytes this field may have.
    pub fn limit_to(&mut self, bytes: u64) {
        self.limit = self.limit.min(bytes);
    }

    /// The next piece; `None` when the field has ended.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, MultipartError> {
        if self.multipart.at != At::Data {
            return Ok(None);
        }
        let piece = self.multipart.piece().await?;
        self.seen += piece.len() as u64;
        if self.seen > self.limit {
            return Err(MultipartError::FieldTooLarge {
                name: self.name.clone(),
                file_name: self.file_name.clone(),
                limit: self.limit,
            });
        }
        Ok((!piece.is_empty()).then_some(piece))
    }

    /// The whole field in memory.
    pub async fn bytes(mut self) -> Result<Bytes, MultipartError> {
        let mut whole = BytesMut::new();
        while let Some(piece) = self.chunk().await? {
            whole.extend_from_slice(&piece);
        }
        Ok(whole.freeze())
    }

    /// The whole field in memory, as text.
    pub async fn text(self) -> Result<String, MultipartError> {
        let bytes = self.bytes().await?;
        String::from_utf8(bytes.into()).map_err(|_| MultipartError::NotUtf8)
    }
}
