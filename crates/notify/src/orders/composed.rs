//! `POST /future/orders/composed-email`: one e-mail to one address, with files.
//!
//! No register is asked and there are no reminders. The files are named by links and fetched when the
//! e-mail is sent; see [`crate::attachments`].

use super::wire::ComposedRequest;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use jiff::Timestamp;
use serde_json::Value;
use types::ids::{ChainId, OrderId};

use super::body;
use super::conditions::refused_conditions;
use super::model::{Content, Kind, NewOrder, Texts};
use super::receipt::{Digest, Receipt, ReceiptBody, receipt};
use super::register::{Registered, earlier, record_and_answer};
use super::sql::{Chain, Key, Space};
use crate::access::{self, Policy, senders};
use crate::api::Api;
use crate::attachments::{self, FileLink};
use crate::binding::{Faults, Reader};
use crate::problem::Problem;
use crate::recipients::{ChannelSchema, Recipient};
use crate::{Config, Notify};

/// A request that has been understood.
struct Wish {
    idempotency_id: String,
    senders_reference: Option<String>,
    requested: Timestamp,
    dialog_id: Option<String>,
    transmission_id: Option<String>,
    content: Content,
    files: Vec<FileLink>,
}

/// Registers an e-mail with files.
#[utoipa::path(post, path = "/future/orders/composed-email", operation_id = "placeComposedEmail", tag = "Orders",
    request_body = ComposedRequest,
    responses((status = 201, body = ReceiptBody), (status = 200, body = ReceiptBody)))]
pub(crate) async fn register(State(api): State<Api>, request: Request<Body>) -> Result<Response, Problem> {
    let granted = access::allow(api.notify.verifier(), request.headers(), Policy::Composed).await?;
    let now = api.notify.clock().now();
    let json = api.json(request).await?;
    let notify = &api.notify;
    let (wish, late) = parse(&json, &notify.config(), now)?;
    let creator = granted.creator()?;

    let key = Key { creator, space: Space::Composed, idempotency_id: wish.idempotency_id.clone() };
    let digest = Digest::of_json("composed", &json);
    let late = late
        .or_else(|| refused_conditions(notify, std::iter::once(&wish.content)))
        .or_else(|| senders::check(&notify.config().senders, &key.creator, [&wish.content.texts]).err());
    if let Some(problem) = late {
        // What was accepted once stays accepted, however late it would be today.
        let earlier = earlier(notify, &key).await?;
        return earlier.map(|receipt| receipt.repeated(&digest)).ok_or(problem);
    }
    let registered = build(notify, key, wish, digest.clone(), now);
    record_and_answer(&api, registered, &digest, now).await
}

fn build(notify: &Notify, key: Key, wish: Wish, digest: Digest, now: Timestamp) -> Registered {
    let id = ChainId::new(notify.random().uuid_v7(now));
    let Wish { senders_reference, requested, content, dialog_id, transmission_id, files, .. } = wish;
    let order = NewOrder { kind: Kind::Composed, senders_reference, requested, content };
    let order_id = OrderId::new(notify.random().uuid_v7(now));
    let order = order.registered(order_id, key.creator.clone(), Some(id), now);
    let receipt = Receipt::new(receipt(id, std::slice::from_ref(&order)), digest);
    let chain = Chain { id, key, receipt, dialog_id, transmission_id, created: now };
    Registered { chain, orders: vec![order], files }
}

fn parse(json: &Value, config: &Config, now: Timestamp) -> Result<(Wish, Option<Problem>), Problem> {
    let faults = Faults::default();
    let wish = Reader::document(json, &faults).and_then(|body| read(&body, config, now));
    faults.settle(wish)
}

fn read(body: &Reader<'_>, config: &Config, now: Timestamp) -> Option<Wish> {
    let idempotency_id = body::idempotency_id(body);
    let senders_reference = body::senders_reference(body);
    let requested = body::requested(body, now);
    let (dialog_id, transmission_id) = body::association(body);
    let (condition, condition_failure) = body::condition_and_policy(body);
    let recipient = body.needed_object("recipient");
    let (content, files) = recipient.and_then(|recipient| read_recipient(&recipient, config, requested))?;
    Some(Wish {
        idempotency_id: idempotency_id?,
        senders_reference,
        requested,
        dialog_id,
        transmission_id,
        content: Content { condition, condition_failure, ..content },
        files,
    })
}

fn read_recipient(
    recipient: &Reader<'_>,
    config: &Config,
    requested: Timestamp,
) -> Option<(Content, Vec<FileLink>)> {
    let address = body::email_address(recipient);
    let settings = recipient.needed_object_as("emailSettings", "Settings")?;
    let text = body::email_text(&settings);
    let files = attachments::read::files(&settings, config, requested);
    let to = Recipient::Direct { email: Some(address?), mobile: None };
    let texts = Texts { email: Some(text?), sms: None };
    Some((body::plain_content(ChannelSchema::Email, to, texts), files?))
}
