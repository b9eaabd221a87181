//! A form that one of our own pages has sent.

use axum::Form;
use axum::body::Body;
use axum::extract::{FromRequest, FromRequestParts, Request};
use serde::de::DeserializeOwned;
use types::Secret;

use crate::Console;
use crate::guard::is_from_here;
use crate::page::{self, Refusal};
use crate::visitor::Visitor;

/// Bytes of a form.
const LARGEST_FORM: usize = 256 << 10;

/// A form of somebody who is signed in, sent by a page of theirs. `T` names the fields; `csrf` is looked at
/// here and need not be among them. What somebody's role must be is for the handler to say.
#[derive(Debug)]
pub struct Posted<T> {
    /// Who sent it.
    pub visitor: Visitor,
    /// What it says.
    pub form: T,
}

impl<T: DeserializeOwned> FromRequest<Console> for Posted<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, console: &Console) -> Result<Self, Refusal> {
        let (mut parts, body) = request.into_parts();
        let visitor = Visitor::from_request_parts(&mut parts, console).await?;
        let lang = visitor.lang;
        let refuse = |text: &str| Refusal::from(page::refused(&visitor, text));
        if !is_from_here(&parts.headers, &parts.uri, console.config().address.as_ref()) {
            return Err(page::foreign(&visitor).into());
        }
        let bytes = web::body::read(body, LARGEST_FORM).await.map_err(|error| refuse(&error.to_string()))?;
        let field = |wanted: &str| {
            let mut pairs = url::form_urlencoded::parse(&bytes);
            pairs.find_map(|(name, value)| (name == wanted).then(|| value.into_owned()))
        };
        let token = Secret::new(visitor.csrf().to_owned());
        if !field("csrf").is_some_and(|shown| web::basic::is_same(&shown, &token)) {
            return Err(page::foreign(&visitor).into());
        }
        if url::form_urlencoded::parse(&bytes).any(|(_, value)| value.contains('\0')) {
            return Err(refuse(
                lang.of("A text holds a sign that is none.", "En tekst har et tegn som ikke er noe tegn."),
            ));
        }
        let form = Form::<T>::from_request(Request::from_parts(parts, Body::from(bytes)), console).await;
        let unfit =
            lang.of("The form is not filled in as it must be.", "Skjemaet er ikke fylt ut slik det må være.");
        match form {
            Ok(Form(form)) => Ok(Self { visitor, form }),
            Err(_) => Err(refuse(unfit)),
        }
    }
}
