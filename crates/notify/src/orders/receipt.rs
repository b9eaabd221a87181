//! What a registration is answered with: the first request of a key, and every repetition of it.

use std::fmt;

use aws_lc_rs::digest::{SHA256, digest};
use axum::response::Response;
use http::{HeaderName, HeaderValue, StatusCode, header};
use serde::Serialize;
use serde_json::Value;
use types::ids::{ChainId, OrderId};
use utoipa::ToSchema;

use super::model::Order;
use crate::api::written_json;

#[derive(Serialize, ToSchema)]
#[schema(as = Receipt)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ReceiptBody<'a> {
    #[schema(value_type = Uuid)]
    notification_order_id: ChainId,
    notification: ShipmentBody<'a>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = RegisteredShipment)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ShipmentBody<'a> {
    #[schema(value_type = Uuid)]
    shipment_id: OrderId,
    #[serde(skip_serializing_if = "Option::is_none")]
    senders_reference: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(no_recursion)]
    reminders: Vec<ShipmentBody<'a>>,
}

impl<'a> ShipmentBody<'a> {
    fn of(order: &'a Order) -> Self {
        let senders_reference = order.senders_reference.as_deref();
        Self { shipment_id: order.id, senders_reference, reminders: Vec::new() }
    }
}

/// The answer's body for a chain of these orders, the main one first.
pub(crate) fn receipt(chain: ChainId, orders: &[Order]) -> String {
    let mut shipments = orders.iter().map(ShipmentBody::of);
    let main = shipments.next().expect("a chain has a main order");
    let notification = ShipmentBody { reminders: shipments.collect(), ..main };
    let body = ReceiptBody { notification_order_id: chain, notification };
    serde_json::to_string(&body).expect("ids and texts are plain JSON")
}

/// Says that a repetition is not what was asked for first.
const HEADER: HeaderName = HeaderName::from_static("budstikke-replay");
/// Bytes of a digest that are kept.
const KEPT: usize = 16;

/// What a request's body boils down to, with the kind of message it asks for in front.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Digest(String);

impl Digest {
    /// Of a body in JSON, whatever its spaces and the order of its members.
    pub(crate) fn of_json(kind: &str, body: &Value) -> Self {
        let mut body = body.clone();
        // The order of members says nothing.
        body.sort_all_objects();
        Self::of_text(kind, &body.to_string())
    }

    /// Of a text that says everything about a request.
    pub(crate) fn of_text(kind: &str, text: &str) -> Self {
        use fmt::Write as _;
        let mut written = format!("{kind}:");
        for byte in digest(&SHA256, text.as_bytes()).as_ref().iter().take(KEPT) {
            // Writing to a text cannot fail.
            let _ = write!(written, "{byte:02x}");
        }
        Self(written)
    }

    fn kind(&self) -> &str {
        self.0.split(':').next().unwrap_or_default()
    }
}

impl store::ToValue for Digest {
    fn to_value(&self) -> store::Value<'_> {
        store::Value::Text(self.0.as_str().into())
    }
}

impl store::Column for Digest {
    const WANTED: &'static str = "a digest";

    fn from_value(value: store::Value<'_>) -> Option<Self> {
        <String as store::Column>::from_value(value).map(Self)
    }
}

/// The answer that the first request of a key got, and what that request was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Receipt {
    /// The answer's body.
    pub(crate) text: String,
    /// Requests of older versions left none.
    pub(crate) digest: Option<Digest>,
}

impl Receipt {
    /// The receipt of a request with this digest.
    pub(crate) const fn new(text: String, digest: Digest) -> Self {
        Self { text, digest: Some(digest) }
    }

    /// The 200 for a request that comes again, with a word about how it differs from the first.
    pub(crate) fn repeated(self, again: &Digest) -> Response {
        let difference = self.digest.as_ref().and_then(|first| difference(first, again));
        let mut response = written_json(StatusCode::OK, self.text);
        if let Some(difference) = difference {
            tracing::warn!(difference, "an idempotency id came again, but not the same request");
            response.headers_mut().insert(HEADER, HeaderValue::from_static(difference));
        }
        response
    }
}

/// A 201 that says where.
pub(crate) fn created(receipt: String, location: &str) -> Response {
    at_location(written_json(StatusCode::CREATED, receipt), location)
}

/// Adds `Location`.
pub(super) fn at_location(mut response: Response, location: &str) -> Response {
    if let Ok(location) = HeaderValue::from_str(location) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}

fn difference(first: &Digest, again: &Digest) -> Option<&'static str> {
    if first.kind() != again.kind() {
        return Some("different-channel");
    }
    (first != again).then_some("different-body")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn spaces_and_order_make_no_difference_but_contents_and_channels_do() {
        let body: Value = serde_json::from_str(r#"{ "b": 1, "a": "x" }"#).expect("JSON");
        let first = Digest::of_json("sms", &json!({"a": "x", "b": 1}));
        assert_eq!(difference(&first, &Digest::of_json("sms", &body)), None);
        assert_eq!(difference(&first, &Digest::of_json("sms", &json!({}))), Some("different-body"));
        assert_eq!(difference(&first, &Digest::of_json("email", &body)), Some("different-channel"));
    }
}
