//! Who may ask, and in which form the answer goes out.

use auth::{Caller, TokenKind};
use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, HeaderValue, header};
use serde::Serialize;

use super::problem::Problem;
use super::{EmbeddedRegistry, SigningError};
use crate::registry::Identifier;

const JOSE: &str = "application/jose";

/// What opens each category of questions: the scope, and its older name.
pub(super) const DPO_SCOPES: [&str; 2] = ["eformidling:dpo", "move/dpo.read"];
pub(super) const DPE_SCOPES: [&str; 2] = ["eformidling:dpe", "move/dpe.read"];
const DPI_SCOPES: [&str; 2] = ["eformidling:dpi", "move/dpi.read"];
const DPH_SCOPES: [&str; 1] = ["eformidling:dph"];
/// Opens questions about health besides.
const BETA: &str = "x-enable-beta-features";

impl EmbeddedRegistry {
    /// The caller; `None` where everybody may ask and this one showed no token.
    pub(super) async fn caller(&self, headers: &HeaderMap) -> Result<Option<Caller>, Problem> {
        let token = match web::bearer::from_headers(headers) {
            Ok(token) => token,
            Err(_) if self.0.config.open => return Ok(None),
            Err(why) => return Err(Problem::Unauthenticated(why.to_string())),
        };
        Ok(Some(self.0.verifier.verify(token.reveal(), &[TokenKind::Maskinporten]).await?))
    }

    /// The caller, who may ask about citizens only with the scope of digital post, and about health only
    /// with the scope and the header of that. Where everybody may ask, no scope is needed.
    pub(super) async fn caller_about(&self, headers: &HeaderMap, who: &Identifier) -> Result<(), Problem> {
        let caller = self.caller(headers).await?;
        let demand = |scopes: &[&'static str]| match &caller {
            Some(caller) if !caller.has_any_scope(scopes) => Err(Problem::MissingScope(scopes[0])),
            _ => Ok(()),
        };
        match who {
            Identifier::Organization(_) => Ok(()),
            Identifier::Person(_) => demand(&DPI_SCOPES),
            Identifier::HerId(_) | Identifier::PractitionerOf(_) => {
                demand(&DPH_SCOPES)?;
                let wanted =
                    headers.get(BETA).is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"true"));
                if wanted { Ok(()) } else { Err(Problem::UnknownEntity(who.clone())) }
            }
        }
    }

    /// JSON, signed for those who take signatures.
    pub(super) fn json(&self, headers: &HeaderMap, answer: &impl Serialize) -> Result<Response, Problem> {
        let json = serde_json::to_vec(answer).map_err(SigningError::Header)?;
        self.reply(headers, json, "application/json")
    }

    /// Plain text, signed for those who take signatures.
    pub(super) fn text(&self, headers: &HeaderMap, answer: &str) -> Result<Response, Problem> {
        self.reply(headers, answer.as_bytes().to_vec(), "text/plain;charset=UTF-8")
    }

    fn reply(&self, headers: &HeaderMap, plain: Vec<u8>, kind: &'static str) -> Result<Response, Problem> {
        let (body, kind) = if takes_jose(headers) {
            (self.0.signer.sign(&plain)?.into_bytes(), JOSE)
        } else {
            (plain, kind)
        };
        let mut response = body.into_response();
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        Ok(response)
    }
}

/// Whoever names the type at all expects a signature, also where it names others beside it.
fn takes_jose(headers: &HeaderMap) -> bool {
    let named = |entry: &str| entry.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(JOSE);
    let values = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(named)
}
