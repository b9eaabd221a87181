//! The `Content-Disposition` header: what a part or file is called (RFC 6266, RFC 7578, RFC 8187).

use http::{HeaderMap, header};

use crate::params::{self, latin1};

/// What a `Content-Disposition` header says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContentDisposition {
    /// `attachment`, `form-data`, …, as written.
    pub kind: String,
    /// `name*`, else `name`.
    pub name: Option<String>,
    /// `filename*`, else `filename`.
    pub file_name: Option<String>,
}

/// Why a `Content-Disposition` header could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DispositionError {
    /// The header is absent.
    #[error("there is no Content-Disposition header")]
    Missing,
    /// No kind in front, a parameter without a value, or an open quote.
    #[error("the Content-Disposition header is malformed")]
    Malformed,
    /// `filename*` or `name*` is not `UTF-8''…` or `ISO-8859-1''…`, rightly percent encoded.
    #[error("an extended value of the Content-Disposition header is not in UTF-8 or ISO-8859-1")]
    BadExtendedValue,
}

impl ContentDisposition {
    /// Reads the header from a request or part.
    pub fn from_headers(headers: &HeaderMap) -> Result<Self, DispositionError> {
        let value = headers.get(header::CONTENT_DISPOSITION).ok_or(DispositionError::Missing)?;
        Self::parse(value.as_bytes())
    }

    /// Reads the header's value.
    pub fn parse(value: &[u8]) -> Result<Self, DispositionError> {
        let (kind, params) = params::split(value).ok_or(DispositionError::Malformed)?;
        if kind.is_empty() {
            return Err(DispositionError::Malformed);
        }
        let plain = |wanted: &str| {
            let found = params.iter().find(|param| param.name.eq_ignore_ascii_case(wanted));
            found.map(|param| param.value.clone())
        };
        let named = |wanted: &str| match plain(&format!("{wanted}*")) {
            Some(extended) => decode_extended(&extended).map(Some),
            None => Ok(plain(wanted)),
        };
        Ok(Self { name: named("name")?, file_name: named("filename")?, kind })
    }
}

/// `charset'language'percent-encoded` (RFC 8187, section 3.2).
fn decode_extended(value: &str) -> Result<String, DispositionError> {
    let bad = DispositionError::BadExtendedValue;
    let (charset, rest) = value.split_once('\'').ok_or(bad)?;
    let (_language, encoded) = rest.split_once('\'').ok_or(bad)?;
    let bytes: Vec<u8> = percent_encoding::percent_decode_str(encoded).collect();
    match charset.to_ascii_lowercase().as_str() {
        "utf-8" => String::from_utf8(bytes).map_err(|_| bad),
        "iso-8859-1" => Ok(latin1(&bytes)),
        _ => Err(bad),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file_name(value: &str) -> Result<Option<String>, DispositionError> {
        ContentDisposition::parse(value.as_bytes()).map(|read| read.file_name)
    }

    #[test]
    fn title_and_file_name_are_read() {
        let read = ContentDisposition::parse(br#"attachment; name="Mitt brev"; filename="brev.pdf""#);
        let expected = ContentDisposition {
            kind: "attachment".to_owned(),
            name: Some("Mitt brev".to_owned()),
            file_name: Some("brev.pdf".to_owned()),
        };
        assert_eq!(read, Ok(expected));
    }

    #[test]
    fn the_extended_form_wins_in_any_order() {
        let wanted = Ok(Some("blåbær.pdf".to_owned()));
        let first = "attachment; filename*=UTF-8''bl%C3%A5b%C3%A6r.pdf; filename=\"x.pdf\"";
        let last = "attachment; filename=\"x.pdf\"; filename*=iso-8859-1'nb'bl%E5b%E6r.pdf";
        assert_eq!(file_name(first), wanted);
        assert_eq!(file_name(last), wanted);
    }

    #[test]
    fn other_character_sets_and_broken_encodings_are_refused() {
        let bad = Err(DispositionError::BadExtendedValue);
        assert_eq!(file_name("a; filename*=KOI8-R''x"), bad);
        assert_eq!(file_name("a; filename*=UTF-8''%E5"), bad);
        assert_eq!(file_name("a; filename*=x"), bad);
        assert_eq!(file_name("; filename=x"), Err(DispositionError::Malformed));
        assert_eq!(ContentDisposition::from_headers(&HeaderMap::new()), Err(DispositionError::Missing));
    }
}
