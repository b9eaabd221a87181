//! The error body of the Exchange API.
//!
//! A handler answers with a [`Problem`], which knows status, class name and text. The layer
//! [`finish`](crate::layers::finish) adds what only the request knows and writes it.

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde_json::{Map, Value, json};
use store::blobs::BlobError;

const DOMAIN: &str = "no.difi.meldingsutveksling.exceptions.";
const NOT_READABLE: &str = "org.springframework.http.converter.HttpMessageNotReadableException";
const TYPE_MISMATCH: &str = "org.springframework.web.method.annotation.MethodArgumentTypeMismatchException";

/// Something in a body that breaks a rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Violation {
    /// The rule's name, such as `NotNull`.
    pub code: &'static str,
    /// Where, as a dotted path.
    pub field: String,
    /// The rule in words.
    pub message: String,
    /// What was there.
    pub rejected: Option<Value>,
}

/// Why a request is refused, in the API's terms.
#[derive(Clone, Debug)]
pub struct Problem {
    status: StatusCode,
    exception: Option<String>,
    message: String,
    description: Option<String>,
    errors: Vec<Value>,
    in_doubt: bool,
}

impl Problem {
    fn new(status: StatusCode, exception: impl Into<String>, message: impl Into<String>) -> Self {
        let (exception, message) = (Some(exception.into()), message.into());
        Self { status, exception, message, description: None, errors: Vec::new(), in_doubt: false }
    }

    /// An error with a class name of its own, package included.
    pub(crate) fn of_class(status: StatusCode, class: &str, message: impl Into<String>) -> Self {
        Self::new(status, class, message)
    }

    /// An error of the domain; `class` is its class name without package.
    pub fn domain(status: StatusCode, class: &str, message: impl Into<String>) -> Self {
        Self::new(status, format!("{DOMAIN}{class}"), message)
    }

    /// Its class name without package, for figures.
    pub(crate) fn exception(&self) -> String {
        let class = self.exception.as_deref().unwrap_or("none");
        class.rsplit('.').next().unwrap_or(class).to_owned()
    }

    /// Whether it is an error of this class, without package.
    pub(crate) fn is(&self, class: &str) -> bool {
        self.exception() == class
    }

    /// Whether asking once more later may be answered differently, though nothing has changed in what is
    /// asked.
    pub(crate) fn is_temporary(&self) -> bool {
        self.status.is_server_error()
    }

    /// The same with status 400.
    pub fn bad(class: &str, message: impl Into<String>) -> Self {
        Self::domain(StatusCode::BAD_REQUEST, class, message)
    }

    /// Adds the registry's own words.
    #[must_use]
    pub fn with_description(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }

    /// Adds what is wrong in single places (`style B` of the contract).
    #[must_use]
    pub fn with_errors(mut self, violations: &[Violation]) -> Self {
        self.errors = violations.iter().map(style_b).collect();
        self
    }

    /// There is no message with this id.
    pub fn message_not_found(message_id: &str) -> Self {
        let text = format!("No message with messageId = {message_id}");
        Self::domain(StatusCode::NOT_FOUND, "MessageNotFoundException", text)
    }

    /// The message has to be peeked first.
    pub fn not_locked(message_id: &str) -> Self {
        let text = format!("The message with messageId = {message_id} is not locked; peek it first");
        Self::bad("MessageNotLockedException", text)
    }

    /// A body that is not JSON of the wanted shape.
    pub fn not_readable(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, NOT_READABLE, message)
    }

    /// A parameter of the wrong type.
    pub fn type_mismatch(name: &str, wanted: &str) -> Self {
        let text = format!("The parameter {name} must be {wanted}");
        Self::new(StatusCode::BAD_REQUEST, TYPE_MISMATCH, text)
    }

    /// The part of a multipart body that should hold the message cannot be read as one.
    pub fn part_not_readable(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, TYPE_MISMATCH, message)
    }

    /// A part of a multipart body is missing.
    pub fn missing_part(name: &str) -> Self {
        let class = "org.springframework.web.bind.MissingServletRequestParameterException";
        Self::new(StatusCode::BAD_REQUEST, class, format!("The part {name} is missing"))
    }

    /// A header is missing.
    pub fn missing_header(name: &str) -> Self {
        let class = "org.springframework.web.bind.MissingRequestHeaderException";
        Self::new(StatusCode::BAD_REQUEST, class, format!("The header {name} is missing"))
    }

    /// A header that cannot be read.
    pub fn bad_header(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "java.lang.IllegalArgumentException", message)
    }

    /// A content type that is not accepted here.
    pub fn unsupported_media_type(wanted: &str) -> Self {
        let class = "org.springframework.web.HttpMediaTypeNotSupportedException";
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, class, format!("The content type must be {wanted}"))
    }

    /// More than the server takes at once.
    pub fn too_large(limit: u64) -> Self {
        let class = "org.springframework.web.multipart.MaxUploadSizeExceededException";
        let text = format!("The request is larger than {limit} bytes");
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, class, text)
    }

    /// A request whose body ended too early or did not come.
    pub fn cut_off() -> Self {
        Self::new(StatusCode::BAD_REQUEST, NOT_READABLE, "The body was cut off; nothing of it was kept")
    }

    /// Nobody may do this without credentials.
    pub fn unauthorized() -> Self {
        let message = "Credentials are missing or wrong".to_owned();
        let (status, exception) = (StatusCode::UNAUTHORIZED, None);
        Self { status, exception, message, description: None, errors: Vec::new(), in_doubt: false }
    }

    /// Good credentials, but for something else.
    pub fn forbidden(message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "org.springframework.security.access.AccessDeniedException", message)
    }

    /// The character NUL, which no text in a database can hold.
    pub fn nul(what: &str) -> Self {
        Self::bad_header(format!("{what} must not hold the character NUL"))
    }

    /// An address that cannot name anything here; the reference's firewall answers so.
    pub(crate) fn rejected_address() -> Self {
        let class = "org.springframework.security.web.firewall.RequestRejectedException";
        let text = "The request was rejected because the URL holds the character NUL or is no text in UTF-8";
        Self::new(StatusCode::BAD_REQUEST, class, text)
    }

    /// A method that a path does not know.
    pub(crate) fn method_not_supported() -> Self {
        let class = "org.springframework.web.HttpRequestMethodNotSupportedException";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, class, "The method is not supported here")
    }

    /// A path that does not exist.
    pub fn no_such_path() -> Self {
        let class = "org.springframework.web.servlet.resource.NoResourceFoundException";
        Self::new(StatusCode::NOT_FOUND, class, "There is nothing at this path")
    }

    /// Something of ours failed. The log knows more; the caller is told nothing else.
    pub fn internal(error: &dyn std::fmt::Display) -> Self {
        tracing::error!(%error, "a request failed");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "java.lang.RuntimeException",
            "Something went wrong here",
        )
    }

    /// The disk is full or fails. Changing the request helps nothing; the reference's status is kept.
    fn not_stored(error: &dyn std::fmt::Display) -> Self {
        tracing::error!(%error, "a request could not be stored");
        let text = "Nothing was stored: the server's disk is full or fails. Send the same again later";
        Self::domain(StatusCode::INTERNAL_SERVER_ERROR, "MessagePersistException", text)
    }

    /// The database did not say whether it has the rows.
    fn perhaps_stored() -> Self {
        tracing::error!("it is not known whether a request was stored");
        let text = "It is not known whether this was stored. Look for it before you send it again";
        let problem = Self::domain(StatusCode::INTERNAL_SERVER_ERROR, "MessagePersistException", text);
        Self { in_doubt: true, ..problem }
    }

    /// Whether what was asked for may have been stored all the same.
    pub(crate) const fn is_in_doubt(&self) -> bool {
        self.in_doubt
    }

    /// The registry cannot be asked now.
    pub fn registry_unavailable(reason: &str) -> Self {
        tracing::warn!(reason, "the registry could not be asked");
        let class = "org.springframework.web.client.ResourceAccessException";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, class, "The service registry does not answer")
    }

    /// A JSON body that breaks rules (`style A` of the contract).
    pub fn invalid_body(object: &'static str, violations: &[Violation]) -> Self {
        let class = "org.springframework.web.bind.MethodArgumentNotValidException";
        let text = format!("Validation failed for object='{object}'. Error count: {}", violations.len());
        let mut problem = Self::new(StatusCode::BAD_REQUEST, class, text);
        problem.errors = violations.iter().map(|violation| style_a(object, violation)).collect();
        problem
    }

    /// A part or routed message that breaks rules (`style B` of the contract).
    pub fn constraint_violation(violations: &[Violation]) -> Self {
        let texts: Vec<_> = violations
            .iter()
            .map(|violation| format!("{}: {}", violation.field, violation.message))
            .collect();
        let class = "jakarta.validation.ConstraintViolationException";
        let mut problem = Self::new(StatusCode::BAD_REQUEST, class, texts.join(", "));
        problem.errors = violations.iter().map(style_b).collect();
        problem
    }

    /// The body, as far as it does not depend on the request.
    pub(crate) fn body(&self) -> Map<String, Value> {
        let mut body = Map::new();
        body.insert("status".into(), self.status.as_u16().into());
        body.insert("error".into(), self.status.canonical_reason().unwrap_or("Error").into());
        body.insert("message".into(), self.message.clone().into());
        if let Some(exception) = &self.exception {
            body.insert("exception".into(), exception.clone().into());
        }
        if let Some(description) = &self.description {
            body.insert("description".into(), description.clone().into());
        }
        if !self.errors.is_empty() {
            body.insert("errors".into(), self.errors.clone().into());
        }
        body
    }
}

fn style_a(object: &str, violation: &Violation) -> Value {
    let Violation { code, field, message, rejected } = violation;
    let last = field.rsplit('.').next().unwrap_or(field);
    let mut entry = json!({
        "codes": [format!("{code}.{object}.{field}"), format!("{code}.{last}"), code],
        "arguments": [{
            "codes": [format!("{object}.{field}"), field], "defaultMessage": field, "code": field
        }],
        "defaultMessage": message, "objectName": object, "field": field, "bindingFailure": false, "code": code,
    });
    if let Some(rejected) = rejected {
        entry["rejectedValue"] = rejected.clone();
    }
    entry
}

fn style_b(violation: &Violation) -> Value {
    let Violation { code, field, message, rejected } = violation;
    let mut entry = json!({
        "codes": [code], "defaultMessage": message, "objectName": field, "field": field,
        "bindingFailure": false, "code": code,
    });
    if let Some(rejected) = rejected {
        entry["rejectedValue"] = rejected.clone();
    }
    entry
}

impl From<store::Error> for Problem {
    fn from(error: store::Error) -> Self {
        match error {
            store::Error::OutcomeUnknown => Self::perhaps_stored(),
            error if error.is_passing() => Self::not_stored(&error),
            error => Self::internal(&error),
        }
    }
}

impl From<BlobError> for Problem {
    fn from(error: BlobError) -> Self {
        Self::not_stored(&error)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}
