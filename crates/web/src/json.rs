//! JSON bodies, with the place of what is wrong. Each product shapes the answer.

use std::fmt;

use axum::body::Body;
use bytes::Bytes;
use http::{HeaderMap, Request, header};
use serde::de::DeserializeOwned;
use serde_json::error::Category;

use crate::body::{self, BodyError};
use crate::params;

/// How large and how deep a JSON body may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JsonLimits {
    /// Bytes.
    pub bytes: usize,
    /// Objects and lists inside each other. At most 127, where the parser itself stops.
    pub depth: usize,
}

impl Default for JsonLimits {
    fn default() -> Self {
        Self { bytes: 1024 * 1024, depth: 32 }
    }
}

/// Why a body could not be read as the JSON wanted.
///
/// Texts that repeat what the caller sent (`message`) are for the caller only: they may hold personal
/// data, so printing the error leaves them out.
#[derive(thiserror::Error)]
pub enum JsonError {
    /// Not declared as JSON in UTF-8.
    #[error("the content type is not JSON in UTF-8")]
    UnsupportedMediaType,
    /// There is no body.
    #[error("there is no body")]
    Empty,
    /// Larger than accepted.
    #[error("the body is larger than {limit} bytes")]
    TooLarge {
        /// Bytes.
        limit: u64,
    },
    /// More objects and lists inside each other than accepted.
    #[error("the body is nested more than {limit} levels deep")]
    TooDeep {
        /// Levels.
        limit: usize,
    },
    /// Not JSON.
    #[error("not JSON at line {line}, column {column}")]
    Syntax {
        /// From 1.
        line: usize,
        /// From 1; 0 when the line is empty.
        column: usize,
        /// What the parser expected.
        message: String,
    },
    /// JSON, but not of the shape wanted.
    #[error("the value at {path} does not fit")]
    Data {
        /// Where, written `recipients[0].mobileNumber`; `.` is the whole body.
        path: String,
        /// What was expected, and what was found.
        message: String,
    },
    /// The client stopped sending.
    #[error("the rest of the body did not come in time")]
    Stalled,
    /// The body broke off.
    #[error("the body was cut off")]
    Aborted(#[source] axum::Error),
}

impl fmt::Debug for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "JsonError({self})")
    }
}

impl From<BodyError> for JsonError {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::TooLarge { limit } => Self::TooLarge { limit },
            BodyError::Stalled => Self::Stalled,
            BodyError::CutOff(source) => Self::Aborted(source),
        }
    }
}

/// Reads a request's body as JSON: content type, size, depth, syntax and shape, in that order.
pub async fn read<T: DeserializeOwned>(request: Request<Body>, limits: JsonLimits) -> Result<T, JsonError> {
    let body = read_bytes(request, limits.bytes).await?;
    parse(&body, limits.depth)
}

/// Reads the bytes of a request that is declared as JSON, for those who need them as they came.
pub async fn read_bytes(request: Request<Body>, limit: usize) -> Result<Bytes, JsonError> {
    if !is_json(request.headers()) {
        return Err(JsonError::UnsupportedMediaType);
    }
    Ok(body::read(request.into_body(), limit).await?)
}

/// Whether the content type is `application/json`, `text/json` or `application/…+json`, in UTF-8.
pub fn is_json(headers: &HeaderMap) -> bool {
    let Some(value) = headers.get(header::CONTENT_TYPE) else {
        return false;
    };
    let Some((kind, params)) = params::split(value.as_bytes()) else {
        return false;
    };
    let kind = kind.to_ascii_lowercase();
    let json = kind == "application/json"
        || kind == "text/json"
        || (kind.starts_with("application/") && kind.ends_with("+json"));
    let utf8 = params
        .iter()
        .filter(|param| param.name.eq_ignore_ascii_case("charset"))
        .all(|param| param.value.eq_ignore_ascii_case("utf-8") || param.value.eq_ignore_ascii_case("utf8"));
    json && utf8
}

/// Reads bytes as JSON.
///
/// The path to a wrong value is worked out in a second reading, so that right bodies do not pay for
/// it.
pub fn parse<T: DeserializeOwned>(bytes: &[u8], depth: usize) -> Result<T, JsonError> {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(JsonError::Empty);
    }
    if deepest(bytes) > depth {
        return Err(JsonError::TooDeep { limit: depth });
    }
    serde_json::from_slice(bytes).map_err(|error| match error.classify() {
        Category::Data => with_path::<T>(bytes).unwrap_or_else(|| syntax(&error)),
        Category::Syntax | Category::Eof | Category::Io => syntax(&error),
    })
}

fn syntax(error: &serde_json::Error) -> JsonError {
    JsonError::Syntax {
        line: error.line(),
        column: error.column(),
        message: without_place(&error.to_string()),
    }
}

fn with_path<T: DeserializeOwned>(bytes: &[u8]) -> Option<JsonError> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let error = serde_path_to_error::deserialize::<_, T>(&mut reader).err()?;
    Some(JsonError::Data {
        path: error.path().to_string(),
        message: without_place(&error.inner().to_string()),
    })
}

/// The parser ends its sentences with ` at line 1 column 2`, which we give on its own.
fn without_place(message: &str) -> String {
    let end = message.rfind(" at line ").unwrap_or(message.len());
    message[..end].to_owned()
}

/// How many objects and lists are inside each other at most. Counts brackets outside texts, which
/// is exact for JSON and harmless for what is not.
fn deepest(bytes: &[u8]) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    let mut rest = bytes.iter();
    while let Some(byte) = rest.next() {
        match byte {
            b'"' => skip_text(&mut rest),
            b'{' | b'[' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

fn skip_text<'a>(rest: &mut impl Iterator<Item = &'a u8>) {
    while let Some(byte) = rest.next() {
        match byte {
            b'"' => return,
            b'\\' => {
                rest.next();
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(rename_all = "camelCase")]
    struct Order {
        recipients: Vec<Recipient>,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(rename_all = "camelCase")]
    struct Recipient {
        mobile_number: String,
    }

    fn order(text: &str) -> Result<Order, JsonError> {
        parse(text.as_bytes(), 8)
    }

    #[test]
    fn a_wrong_value_is_named_by_its_path() {
        let wrong = order(r#"{"recipients":[{"mobileNumber":"+4799999999"},{"mobileNumber":7}]}"#);
        let Err(JsonError::Data { path, message }) = wrong else { panic!("{wrong:?}") };
        assert_eq!(path, "recipients[1].mobileNumber");
        assert_eq!(message, "invalid type: integer `7`, expected a string");
    }

    #[test]
    fn broken_json_is_named_by_line_and_column() {
        let wrong = order("{\n  \"recipients\": [}\n}");
        assert!(matches!(wrong, Err(JsonError::Syntax { line: 2, column: 18, .. })), "{wrong:?}");
        assert!(matches!(order("{} x"), Err(JsonError::Data { .. } | JsonError::Syntax { .. })));
        assert!(matches!(order(r#"{"recipients":[]} x"#), Err(JsonError::Syntax { line: 1, .. })));
        assert!(matches!(
            order("{\"recipients\":[\"\u{1}"),
            Err(JsonError::Data { .. } | JsonError::Syntax { .. })
        ));
        assert!(matches!(order("  \n"), Err(JsonError::Empty)));
    }

    #[test]
    fn nesting_is_limited_and_brackets_in_texts_do_not_count() {
        let deep = "[".repeat(9) + &"]".repeat(9);
        assert!(matches!(order(&deep), Err(JsonError::TooDeep { limit: 8 })));
        assert_eq!(deepest(br#"{"a":"[[[\"[[","b":[[]]}"#), 3);
        assert_eq!(deepest(b"]]}[[}"), 2);
    }

    #[test]
    fn only_json_in_utf8_is_json() {
        let declared = |value: &str| {
            let value = value.parse().expect("a header value");
            is_json(&HeaderMap::from_iter([(header::CONTENT_TYPE, value)]))
        };
        for right in [
            "application/json",
            "APPLICATION/JSON; charset=UTF-8",
            "application/problem+json",
            "text/json;charset=\"utf-8\"",
        ] {
            assert!(declared(right), "{right}");
        }
        for wrong in ["text/plain", "application/jsonx", "application/json; charset=latin1", ""] {
            assert!(!declared(wrong), "{wrong}");
        }
        assert!(!is_json(&HeaderMap::new()));
    }

    #[test]
    fn printing_an_error_repeats_nothing_the_caller_sent() {
        let wrong = order(r#"{"recipients":"01010050053"}"#).expect_err("a text is no list");
        assert_eq!(wrong.to_string(), "the value at recipients does not fit");
        assert_eq!(format!("{wrong:?}"), "JsonError(the value at recipients does not fit)");
    }
}
