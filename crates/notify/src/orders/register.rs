//! `POST /future/orders`: registers a chain, answers at once; sending happens later.
//!
//! Asking again with the same idempotency id gives the first answer and sends nothing more.

use std::sync::Arc;
use std::time::Duration;

use super::wire::OrderRequest;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use jiff::Timestamp;
use jobs::Due;
use store::Tx;
use trace::About;
use types::ids::{ChainId, OrderId};
use uuid::Uuid;

use super::expand::Expand;
use super::model::{Content, NewOrder, Order};
use super::receipt::{Digest, Receipt, ReceiptBody, created, receipt};
use super::sql::{self, Chain, Key, Space};
use super::wish::{Wish, understand};
use crate::access::{self, Policy};
use crate::api::{Api, accepts_stale};
use crate::attachments::FileLink;
use crate::known::until_known;
use crate::problem::{Code, Problem};
use crate::recipients::{Contacts, Phase, Recipient, look_up};
use crate::status::timeline;
use crate::{Notify, ORDERS, attachments};

/// Registers a chain.
#[utoipa::path(post, path = "/future/orders", operation_id = "placeOrder", tag = "Orders",
    request_body = OrderRequest,
    responses((status = 201, body = ReceiptBody), (status = 200, body = ReceiptBody), (status = 422), (status = 503)))]
pub(crate) async fn register(State(api): State<Api>, request: Request<Body>) -> Result<Response, Problem> {
    let granted = access::allow(api.notify.verifier(), request.headers(), Policy::CreateOrPlatform).await?;
    let now = api.notify.clock().now();
    let json = api.json(request).await?;
    let (wish, late, digest) = understand(&api.notify, &json, now)?;
    let creator = granted.creator()?;

    let notify = &api.notify;
    let late = late.or_else(|| wish.refused_sender(notify, &creator));
    let key = Key { creator, space: Space::Standard, idempotency_id: wish.idempotency_id().to_owned() };
    let asks_register = wish.asks_register();
    if late.is_some() || asks_register {
        // What was accepted once stays accepted, however late or unreachable it would be today.
        if let Some(receipt) = earlier(notify, &key).await? {
            return Ok(receipt.repeated(&digest));
        }
    }
    if let Some(problem) = late {
        return Err(problem);
    }
    let (chain, orders) = build(notify, key, wish, now, digest.clone());
    if asks_register {
        refuse_unreachable(notify, &orders).await?;
    }
    record_and_answer(&api, Registered { chain, orders, files: Vec::new() }, &digest, now).await
}

/// What is registered at once.
pub(super) struct Registered {
    pub(super) chain: Chain,
    /// The main order first.
    pub(super) orders: Vec<Order>,
    /// What goes with the main order's e-mail.
    pub(super) files: Vec<FileLink>,
}

/// 201 for what is stored now, 200 for what an earlier request has stored.
pub(super) async fn record_and_answer(
    api: &Api,
    registered: Registered,
    digest: &Digest,
    now: Timestamp,
) -> Result<Response, Problem> {
    let notify = &api.notify;
    trace::about(About::Shipment, registered.chain.id);
    let location = api.link(&format!("/orders/chain/{}", registered.chain.id));
    match record(notify, registered, now).await? {
        Recorded::New(receipt) => {
            notify.ring(ORDERS);
            Ok(created(receipt.text, &location))
        }
        Recorded::Earlier(receipt) => Ok(receipt.repeated(digest)),
    }
}

/// The answer that an earlier request with the key got.
pub(crate) async fn earlier(notify: &Notify, key: &Key) -> Result<Option<Receipt>, store::Error> {
    let key = key.clone();
    notify.store().read(move |tx| sql::receipt(tx, &key)).await
}

/// A chain and everything that follows from it, on its way to the store.
#[derive(Debug)]
pub(crate) struct Registration {
    chain: Chain,
    /// The main order first.
    orders: Vec<Order>,
    /// What goes with the main order's e-mail.
    files: Vec<FileLink>,
    /// For each order the id of the job that will process it.
    jobs: Vec<Uuid>,
    now: Timestamp,
    /// The request that brought it.
    context: Option<trace::Context>,
    /// Whether it is one of very many, which have a turn of their own among the jobs.
    in_bulk: bool,
}

impl Registration {
    /// The main order and its reminders.
    pub(crate) fn orders(&self) -> &[Order] {
        &self.orders
    }

    /// Whose turn its jobs take.
    fn turn(&self) -> String {
        let creator = &self.chain.key.creator;
        if self.in_bulk { format!("{creator} bulk") } else { creator.to_string() }
    }
}

/// A registration of a wish that came with very many others.
pub(crate) fn registration_in_bulk(
    notify: &Notify,
    key: Key,
    (wish, digest): (Wish, Digest),
    now: Timestamp,
) -> Registration {
    let (chain, orders) = build(notify, key, wish, now, digest);
    let jobs = orders.iter().map(|_| notify.random().uuid_v7(now)).collect();
    Registration { chain, orders, files: Vec::new(), jobs, now, context: trace::current(), in_bulk: true }
}

/// What came of a registration.
#[derive(Debug)]
pub(crate) enum Recorded {
    /// It was the first of its key.
    New(Receipt),
    /// An earlier one got this receipt.
    Earlier(Receipt),
}

/// How long a registration is offered while nobody knows whether it is on record, and the caller waits.
const PATIENCE: Duration = Duration::from_secs(10);

/// Stores the chain and all that follows from it, unless another request was first.
async fn record(notify: &Notify, registered: Registered, now: Timestamp) -> Result<Recorded, store::Error> {
    let Registered { chain, orders, files } = registered;
    let jobs = orders.iter().map(|_| notify.random().uuid_v7(now)).collect();
    let registration =
        Arc::new(Registration { chain, orders, files, jobs, now, context: trace::current(), in_bulk: false });
    until_known(PATIENCE, || notify.registrations().write(Arc::clone(&registration))).await
}

/// Stores chains, many in one commit.
pub(crate) fn record_all(tx: &mut Tx<'_>, all: &[Arc<Registration>]) -> Result<Vec<Recorded>, store::Error> {
    // Keys are taken in one order, so that no two commits wait for each other.
    let mut sorted: Vec<(usize, &Registration)> = all.iter().map(|item| &**item).enumerate().collect();
    sorted.sort_by_key(|(_, registration)| &registration.chain.key);
    let chains: Vec<_> = sorted.iter().map(|(_, registration)| &registration.chain).collect();
    let earlier = sql::insert_chains(tx, &chains)?;
    let mut recorded: Vec<_> = Vec::with_capacity(all.len());
    let mut new = Vec::with_capacity(all.len());
    for ((index, registration), earlier) in sorted.into_iter().zip(earlier) {
        let receipt = &registration.chain.receipt;
        let answer = match earlier {
            // Ids are ours alone, so this is our own receipt, from a commit whose answer was lost.
            Some(earlier) if earlier == *receipt => Recorded::New(earlier),
            Some(earlier) => Recorded::Earlier(earlier),
            None => {
                new.push(registration);
                Recorded::New(receipt.clone())
            }
        };
        recorded.push((index, answer));
    }
    insert_orders(tx, &new)?;
    recorded.sort_unstable_by_key(|(index, _)| *index);
    Ok(recorded.into_iter().map(|(_, answer)| answer).collect())
}

fn insert_orders(tx: &mut Tx<'_>, new: &[&Registration]) -> Result<(), store::Error> {
    let orders: Vec<&Order> = new.iter().flat_map(|registration| &registration.orders).collect();
    sql::insert_all(tx, &orders)?;
    for Registration { orders, files, .. } in new.iter().filter(|new| !new.files.is_empty()) {
        if let Some(main) = orders.first() {
            attachments::sql::insert_all(tx, main.id, files)?;
        }
    }
    timeline::record_first(tx, &orders, "registered")?;
    let Some(now) = new.iter().map(|registration| registration.now).max() else {
        return Ok(());
    };
    let jobs = new.iter().flat_map(|registration| {
        let turn = registration.turn();
        let orders = registration.orders.iter().zip(&registration.jobs);
        orders.map(move |(order, job)| {
            let due = Due::at(ORDERS, &turn, order.requested);
            (*job, Expand { order: order.id }, due.for_request(registration.context.clone()))
        })
    });
    let jobs: Vec<_> = jobs.collect();
    jobs::enqueue_all::<Notify, _>(tx, &jobs, now)
}

fn build(notify: &Notify, key: Key, wish: Wish, now: Timestamp, digest: Digest) -> (Chain, Vec<Order>) {
    let chain = ChainId::new(notify.random().uuid_v7(now));
    let stale = accepts_stale(notify, &key.creator);
    let orders: Vec<Order> = wish
        .drafts
        .into_iter()
        .map(|draft| {
            let content = if stale { with_stale(draft.content) } else { draft.content };
            let id = OrderId::new(notify.random().uuid_v7(now));
            NewOrder { content, ..draft }.registered(id, key.creator.clone(), Some(chain), now)
        })
        .collect();
    let receipt = Receipt::new(receipt(chain, &orders), digest);
    let Wish { dialog_id, transmission_id, .. } = wish;
    (Chain { id: chain, key, receipt, dialog_id, transmission_id, created: now }, orders)
}

fn with_stale(mut content: Content) -> Content {
    for recipient in &mut content.recipients {
        if let Recipient::Person { use_stale, .. } = recipient {
            *use_stale = true;
        }
    }
    content
}

/// Refuses the whole chain when a recipient cannot be reached. Somebody who is reserved is no reason,
/// nor an organization that people with a right to the resource may have registered addresses at.
async fn refuse_unreachable(notify: &Notify, orders: &[Order]) -> Result<(), Problem> {
    for order in orders {
        let contacts = look_up(notify.contacts(), &order.content.recipients, Phase::Registration).await;
        let contacts = contacts.map_err(|error| {
            tracing::warn!(%error, "cannot look up recipients while registering an order");
            Problem::from(Code::DependencyUnavailable)
        })?;
        if is_unreachable(order, &contacts) {
            return Err(Code::MissingContact.into());
        }
    }
    Ok(())
}

/// Whether a recipient of an order cannot be reached, as far as the register knows at registration.
pub(crate) fn is_unreachable(order: &Order, contacts: &Contacts) -> bool {
    let Content { schema, recipients, .. } = &order.content;
    let may_have_more =
        |recipient: &Recipient| matches!(recipient, Recipient::Organization { right: Some(_), .. });
    recipients.iter().any(|recipient| {
        !contacts.is_reachable(recipient, *schema)
            && !contacts.is_reserved(recipient)
            && !may_have_more(recipient)
    })
}

/// The orders that would come of a wish; refused as a registration would be, and not stored.
pub(crate) async fn planned(
    notify: &Notify,
    key: Key,
    (wish, digest): (Wish, Digest),
    now: Timestamp,
) -> Result<Vec<Order>, Problem> {
    let asks_register = wish.asks_register();
    let (_, orders) = build(notify, key, wish, now, digest);
    if asks_register {
        refuse_unreachable(notify, &orders).await?;
    }
    Ok(orders)
}
