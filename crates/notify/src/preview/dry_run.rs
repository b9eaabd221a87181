//! `POST /future/orders/dry-run`: what an order would do to whom and when. It is checked as
//! `/future/orders` checks it and refused alike; its recipients are looked up as when it is due; nothing is
//! stored. Addresses that a register gave are shown in part only: whoever asks learns that somebody can be
//! reached, which an order would tell as well, and not where.

use super::wire::DryRun;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::text::SmsBody;
use crate::Notify;
use crate::access::{self, Policy};
use crate::api::{Api, shown};
use crate::openapi::words::{Channel as ChannelWord, DeliveryStatus, ShipmentType};
use crate::orders::plan::{self, Draft};
use crate::orders::sql::{Key, Space};
use crate::orders::wire::OrderRequest;
use crate::orders::{Kind, Order, SendingTime, register, wish};
use crate::problem::{Code, Problem};
use crate::recipients::{Channel, Recipient};
use crate::sending::hours::email_expiry;

#[derive(Serialize, ToSchema)]
#[schema(as = PlannedOrder)]
#[serde(rename_all = "camelCase")]
pub(super) struct OrderBody {
    #[serde(rename = "type")]
    #[schema(value_type = ShipmentType)]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    senders_reference: Option<String>,
    requested_send_time: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = Uri)]
    condition_endpoint: Option<String>,
    messages: Vec<MessageBody>,
    /// Parts of all SMS together.
    sms_parts: usize,
    emails: usize,
}

#[derive(Serialize, ToSchema)]
#[schema(as = PlannedMessage)]
#[serde(rename_all = "camelCase")]
struct MessageBody {
    #[serde(rename = "type")]
    #[schema(value_type = ChannelWord)]
    kind: &'static str,
    destination: String,
    /// What the notification would begin as.
    #[schema(value_type = DeliveryStatus)]
    status: String,
    would_send: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    not_before: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sms: Option<SmsBody>,
}

/// Says what would happen.
#[utoipa::path(post, path = "/future/orders/dry-run", operation_id = "dryRun", tag = "Preview",
    request_body = OrderRequest, responses((status = 200, body = DryRun), (status = 422), (status = 503)))]
pub(crate) async fn try_out(State(api): State<Api>, request: Request<Body>) -> Result<Response, Problem> {
    let granted = access::allow(api.notify.verifier(), request.headers(), Policy::CreateOrPlatform).await?;
    let now = api.notify.clock().now();
    let json = api.json(request).await?;
    let (wish, refused, digest) = wish::understand(&api.notify, &json, now)?;
    if let Some(problem) = refused {
        return Err(problem);
    }
    let creator = granted.creator()?;
    wish.refused_sender(&api.notify, &creator).map_or(Ok(()), Err)?;
    let idempotency_id = wish.idempotency_id().to_owned();
    let key = Key { creator, space: Space::Standard, idempotency_id };
    let known = register::earlier(&api.notify, &key).await?.is_some();
    let orders = register::planned(&api.notify, key, (wish, digest), now).await?;
    let mut bodies = Vec::with_capacity(orders.len());
    for order in &orders {
        bodies.push(body(&api.notify, order, now).await?);
    }
    Ok(shown(&json!({ "alreadyRegistered": known, "orders": bodies })))
}

async fn body(notify: &Notify, order: &Order, now: Timestamp) -> Result<OrderBody, Problem> {
    let drafts = plan::addresses(notify, order).await.map_err(|error| {
        tracing::warn!(%error, "cannot look up recipients for a dry run");
        Problem::from(Code::DependencyUnavailable)
    })?;
    let messages: Vec<_> = drafts.iter().map(|draft| message(notify, order, draft, now)).collect();
    let sent = || messages.iter().filter(|message| message.would_send);
    Ok(OrderBody {
        kind: if order.kind == Kind::Reminder { "Reminder" } else { "Notification" },
        senders_reference: order.senders_reference.clone(),
        requested_send_time: order.requested,
        condition_endpoint: order.content.condition.as_ref().map(ToString::to_string),
        sms_parts: sent().filter_map(|message| message.sms.as_ref()).map(SmsBody::parts).sum(),
        emails: sent().filter(|message| message.kind == "Email").count(),
        messages,
    })
}

fn message(notify: &Notify, order: &Order, draft: &Draft, now: Timestamp) -> MessageBody {
    let channel = draft.standing.channel();
    let would_send = !draft.standing.is_final();
    let given = order.content.recipients.iter().all(|to| matches!(to, Recipient::Direct { .. }));
    let destination = draft.destination.reveal();
    let (not_before, expires) = times(notify, order, channel, now);
    MessageBody {
        kind: channel.wire(),
        destination: if given { destination.to_owned() } else { masked(channel, destination) },
        status: draft.standing.wire(),
        would_send,
        not_before: would_send.then_some(not_before),
        expires: would_send.then_some(expires),
        sms: sms(order, draft, given).filter(|_| channel == Channel::Sms),
    }
}

/// What the SMS would take. A text that a register's name was filled into is not shown again.
fn sms(order: &Order, draft: &Draft, given: bool) -> Option<SmsBody> {
    let own = order.content.texts.sms.as_ref().map(|sms| sms.body.reveal());
    match &draft.body {
        Some(filled) if !given => Some(SmsBody::counted(filled.reveal())),
        Some(filled) => Some(SmsBody::of(filled.reveal())),
        None => own.map(SmsBody::of),
    }
}

/// From when on it is sent, and until when it is worth sending.
fn times(notify: &Notify, order: &Order, channel: Channel, now: Timestamp) -> (Timestamp, Timestamp) {
    let from = order.requested.max(now);
    let policy = order.content.texts.sms.as_ref().map_or(SendingTime::Anytime, |sms| sms.sending_time);
    match (channel, policy) {
        (Channel::Email, _) => (from, email_expiry(from)),
        (Channel::Sms, SendingTime::Anytime) => (from, notify.window().expiry(policy, from)),
        (Channel::Sms, SendingTime::Daytime) => {
            (notify.window().next_open(from), notify.window().expiry(policy, from))
        }
    }
}

/// Enough to recognize an address that one knows.
fn masked(channel: Channel, address: &str) -> String {
    match channel {
        _ if address.is_empty() => String::new(),
        Channel::Sms => {
            let last = address.chars().count().saturating_sub(2);
            format!("***{}", address.chars().skip(last).collect::<String>())
        }
        Channel::Email => {
            let (local, domain) = address.rsplit_once('@').unwrap_or((address, ""));
            let end = domain.rsplit('.').next().unwrap_or_default();
            format!("{}***@***.{end}", local.chars().take(1).collect::<String>())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn little_is_left_of_an_address() {
        assert_eq!(masked(Channel::Sms, "+4799999912"), "***12");
        assert_eq!(masked(Channel::Email, "kari@fjord.example"), "k***@***.example");
        assert_eq!(masked(Channel::Email, ""), "");
    }
}
