//! `GET /orders/{id}` and `GET /orders?sendersReference=`: an order as it was asked for.

use axum::extract::{Path, Request, State};
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use serde::Serialize;
use types::ids::OrderId;

use super::model::{EmailText, Order, SmsText};
use super::sql;
use crate::access::{self, Creator, Policy};
use crate::api::{Api, query, shown};
use crate::openapi::words::{Channels, ContentType};
use crate::problem::Problem;
use crate::recipients::Recipient;
use gateways::BodyFormat;
use utoipa::ToSchema;

/// What every view of an order begins with.
#[derive(Serialize, ToSchema)]
#[schema(as = OlderOrderHead)]
#[serde(rename_all = "camelCase")]
pub(super) struct HeadBody {
    #[schema(value_type = Uuid)]
    id: OrderId,
    #[serde(skip_serializing_if = "Option::is_none")]
    senders_reference: Option<String>,
    requested_send_time: Timestamp,
    creator: String,
    created: Timestamp,
    #[schema(value_type = Channels)]
    notification_channel: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    ignore_reservation: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource_action: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = Uri)]
    condition_endpoint: Option<String>,
}

impl HeadBody {
    pub(super) fn of(order: &Order) -> Self {
        let content = &order.content;
        Self {
            id: order.id,
            senders_reference: order.senders_reference.clone(),
            requested_send_time: order.requested,
            creator: order.creator.to_string(),
            created: order.created,
            notification_channel: content.schema.as_str(),
            ignore_reservation: content.ignore_reservation,
            resource_id: content.resource_id.clone(),
            resource_action: content.resource_action.clone(),
            condition_endpoint: content.condition.as_ref().map(ToString::to_string),
        }
    }
}

#[derive(Serialize, ToSchema)]
#[schema(as = OlderOrderShown)]
#[serde(rename_all = "camelCase")]
pub(super) struct OrderBody {
    #[serde(flatten)]
    head: HeadBody,
    recipients: Vec<RecipientBody>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email_template: Option<EmailTemplateBody>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sms_template: Option<SmsTemplateBody>,
    links: LinksBody,
}

#[derive(Default, Serialize, ToSchema)]
#[schema(as = OlderRecipientShown)]
#[serde(rename_all = "camelCase")]
struct RecipientBody {
    #[serde(skip_serializing_if = "Option::is_none")]
    email_address: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mobile_number: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    organization_number: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    national_identity_number: Option<String>,
}

impl RecipientBody {
    /// External identities are not shown here.
    fn of(recipient: &Recipient) -> Self {
        match recipient {
            Recipient::Direct { email, mobile } => Self {
                email_address: email.as_ref().map(|email| email.as_given().to_owned()),
                mobile_number: mobile.as_ref().map(|mobile| mobile.as_given().to_owned()),
                ..Self::default()
            },
            Recipient::Person { id, .. } => {
                Self { national_identity_number: Some(id.reveal().to_owned()), ..Self::default() }
            }
            Recipient::Organization { number, .. } => {
                Self { organization_number: Some(number.to_string()), ..Self::default() }
            }
            Recipient::External(_) => Self::default(),
        }
    }
}

#[derive(Serialize, ToSchema)]
#[schema(as = EmailTemplateShown)]
#[serde(rename_all = "camelCase")]
struct EmailTemplateBody {
    #[serde(skip_serializing_if = "Option::is_none")]
    from_address: Option<String>,
    subject: String,
    body: String,
    #[schema(value_type = ContentType)]
    content_type: &'static str,
}

impl EmailTemplateBody {
    fn of(email: &EmailText) -> Self {
        Self {
            from_address: email.sender.as_ref().map(|sender| sender.reveal().to_owned()),
            subject: email.subject.reveal().to_owned(),
            body: email.body.reveal().to_owned(),
            content_type: match email.format {
                BodyFormat::Plain => "Plain",
                BodyFormat::Html => "Html",
            },
        }
    }
}

#[derive(Serialize, ToSchema)]
#[schema(as = SmsTemplateShown)]
#[serde(rename_all = "camelCase")]
struct SmsTemplateBody {
    sender_number: String,
    body: String,
}

impl SmsTemplateBody {
    fn of(sms: &SmsText, default_sender: &str) -> Self {
        let sender_number = sms.sender.clone().unwrap_or_else(|| default_sender.to_owned());
        Self { sender_number, body: sms.body.reveal().to_owned() }
    }
}

#[derive(Serialize, ToSchema)]
#[schema(as = OrderLinks)]
struct LinksBody {
    #[serde(rename = "self")]
    #[schema(format = Uri)]
    own: String,
    #[schema(format = Uri)]
    status: String,
}

impl OrderBody {
    fn of(api: &Api, order: &Order) -> Self {
        let own = api.link(&format!("/orders/{}", order.id));
        let texts = &order.content.texts;
        let default_sender = &api.notify.config().sms_sender;
        Self {
            head: HeadBody::of(order),
            recipients: order.content.recipients.iter().map(RecipientBody::of).collect(),
            email_template: texts.email.as_ref().map(EmailTemplateBody::of),
            sms_template: texts.sms.as_ref().map(|sms| SmsTemplateBody::of(sms, default_sender)),
            links: LinksBody { status: format!("{own}/status"), own },
        }
    }
}

#[derive(Serialize, ToSchema)]
#[schema(as = OlderOrders)]
pub(super) struct ListBody {
    count: usize,
    orders: Vec<OrderBody>,
}

/// The id in an older endpoint's path.
pub(super) fn parse_id(id: &str) -> Result<OrderId, Problem> {
    id.parse().map_err(|_| Problem::wrong("id", "is not a UUID"))
}

/// Who asks for an order of the older endpoints.
pub(super) async fn creator(api: &Api, headers: &HeaderMap) -> Result<Creator, Problem> {
    let granted = access::allow(api.notify.verifier(), headers, Policy::CreateOrPlatform).await?;
    granted.creator()
}

/// One of a creator's own orders.
pub(super) async fn own_order(api: &Api, creator: Creator, id: OrderId) -> Result<Order, Problem> {
    let found: Result<Option<Order>, store::Error> =
        api.notify.store().read(move |tx| sql::find_own(tx, &creator, id)).await;
    found?.ok_or(Problem::plain(StatusCode::NOT_FOUND))
}

/// Shows one of the caller's own orders.
#[utoipa::path(get, path = "/orders/{id}", operation_id = "showOlderOrder", tag = "Older orders",
    params(("id" = Uuid, Path, description = "The order.")),
    responses((status = 200, body = OrderBody), (status = 400), (status = 404)))]
pub(crate) async fn by_id(
    State(api): State<Api>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    let creator = creator(&api, request.headers()).await?;
    let order = own_order(&api, creator, parse_id(&id)?).await?;
    Ok(shown(&OrderBody::of(&api, &order)))
}

/// Shows the caller's own orders with a reference.
#[utoipa::path(get, path = "/orders", operation_id = "findOlderOrders", tag = "Older orders",
    params(("sendersReference" = String, Query, min_length = 1, description = "Compared exactly.")),
    responses((status = 200, body = ListBody), (status = 400)))]
pub(crate) async fn by_reference(State(api): State<Api>, request: Request) -> Result<Response, Problem> {
    let creator = creator(&api, request.headers()).await?;
    let query = query(request.uri());
    let given = query.into_iter().find(|(name, _)| name.eq_ignore_ascii_case("sendersReference"));
    let Some((_, reference)) = given.filter(|(_, value)| !value.is_empty()) else {
        return Err(Problem::wrong("sendersReference", "is needed"));
    };
    if reference.contains('\0') {
        return Err(Problem::wrong("sendersReference", "must not have the character U+0000"));
    }
    let found: Result<Vec<Order>, store::Error> =
        api.notify.store().read(move |tx| sql::by_reference(tx, &creator, &reference)).await;
    let orders: Vec<_> = found?.iter().map(|order| OrderBody::of(&api, order)).collect();
    Ok(shown(&ListBody { count: orders.len(), orders }))
}
