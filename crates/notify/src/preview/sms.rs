//! `POST /future/sms/preview`: what a text takes as an SMS, and how it would take less.

use super::wire::SmsText;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;

use super::text::SmsBody;
use crate::access::{self, Policy};
use crate::api::{Api, shown};
use crate::binding::{Faults, Reader};
use crate::problem::Problem;

/// Measures the body's text. Keywords are measured as they stand.
#[utoipa::path(post, path = "/future/sms/preview", operation_id = "measureSms", tag = "Preview",
    request_body = SmsText, responses((status = 200, body = SmsBody)))]
pub(crate) async fn preview(State(api): State<Api>, request: Request<Body>) -> Result<Response, Problem> {
    let granted = access::allow(api.notify.verifier(), request.headers(), Policy::CreateOrPlatform).await?;
    let json = api.json(request).await?;
    let faults = Faults::default();
    let text = Reader::document(&json, &faults).and_then(|body| body.needed_text("body").map(str::to_owned));
    let (text, _) = faults.settle(text)?;
    granted.creator()?;
    Ok(shown(&SmsBody::of(&text)))
}
