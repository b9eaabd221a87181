//! `POST /future/orders`: registers a chain, answers at once; sending happens later.
//!
//! Asking again with the same idempotency id gives the first answer and sends nothing more.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use jiff::{SignedDuration, Timestamp};
use jobs::Due;
use store::Tx;
use types::ids::{ChainId, OrderId};
use uuid::Uuid;

use super::body;
use super::conditions::refused_conditions;
use super::expand::Expand;
use super::model::{Content, Kind, Order, State as OrderState};
use super::receipt::{Digest, Receipt, created, receipt};
use super::sql::{self, Chain, Key, Space};
use crate::access::{self, Creator, Policy, senders};
use crate::api::{Api, accepts_stale};
use crate::attachments::FileLink;
use crate::binding::{Faults, Reader};
use crate::known::until_known;
use crate::problem::{Code, Problem};
use crate::recipients::{Contacts, Phase, Recipient, look_up};
use crate::status::timeline;
use crate::{Notify, ORDERS, attachments};

/// Days a reminder may wait at most.
const LONGEST_DELAY_DAYS: i64 = 3650;
/// Reminders in a chain at most.
const MOST_REMINDERS: usize = 100;

/// A request that has been understood.
pub(crate) struct Wish {
    idempotency_id: String,
    dialog_id: Option<String>,
    transmission_id: Option<String>,
    /// The main order first.
    drafts: Vec<Draft>,
}

impl Wish {
    /// What names the request for all time.
    pub(crate) fn idempotency_id(&self) -> &str {
        &self.idempotency_id
    }

    /// The problem of a sender that is not the creator's own.
    pub(crate) fn refused_sender(&self, notify: &Notify, creator: &Creator) -> Option<Problem> {
        let texts = self.drafts.iter().map(|draft| &draft.content.texts);
        senders::check(&notify.config().senders, creator, texts).err()
    }

    /// Whether a register knows how its recipients are reached.
    pub(crate) fn asks_register(&self) -> bool {
        self.drafts.iter().any(|draft| needs_register(&draft.content))
    }
}

/// One order of a chain.
struct Draft {
    kind: Kind,
    senders_reference: Option<String>,
    requested: Timestamp,
    content: Content,
}

/// Registers a chain.
pub(crate) async fn register(State(api): State<Api>, request: Request<Body>) -> Result<Response, Problem> {
    let granted = access::allow(api.notify.verifier(), request.headers(), Policy::CreateOrPlatform).await?;
    let now = api.notify.clock().now();
    let json = api.json(request).await?;
    let (wish, late, digest) = understand(&api.notify, &json, now)?;
    let creator = granted.creator()?;

    let notify = &api.notify;
    let late = late.or_else(|| wish.refused_sender(notify, &creator));
    let key = Key { creator, space: Space::Standard, idempotency_id: wish.idempotency_id.clone() };
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
    Registration { chain, orders, files: Vec::new(), jobs, now, in_bulk: true }
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
    let registration = Arc::new(Registration { chain, orders, files, jobs, now, in_bulk: false });
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
            (*job, Expand { order: order.id }, Due::at(ORDERS, &turn, order.requested))
        })
    });
    let jobs: Vec<_> = jobs.collect();
    jobs::enqueue_all::<Notify, _>(tx, &jobs, now)
}

fn build(notify: &Notify, key: Key, wish: Wish, now: Timestamp, digest: Digest) -> (Chain, Vec<Order>) {
    let id = ChainId::new(notify.random().uuid_v7(now));
    let stale = accepts_stale(notify, &key.creator);
    let orders: Vec<Order> = wish
        .drafts
        .into_iter()
        .map(|draft| Order {
            id: OrderId::new(notify.random().uuid_v7(now)),
            creator: key.creator.clone(),
            chain: Some(id),
            kind: draft.kind,
            state: OrderState::Registered,
            senders_reference: draft.senders_reference,
            requested: draft.requested,
            content: if stale { with_stale(draft.content) } else { draft.content },
            tries: 0,
            created: now,
            changed: now,
        })
        .collect();
    let receipt = Receipt::new(receipt(id, &orders), digest);
    let Wish { dialog_id, transmission_id, .. } = wish;
    (Chain { id, key, receipt, dialog_id, transmission_id, created: now }, orders)
}

fn with_stale(mut content: Content) -> Content {
    for recipient in &mut content.recipients {
        if let Recipient::Person { use_stale, .. } = recipient {
            *use_stale = true;
        }
    }
    content
}

fn needs_register(content: &Content) -> bool {
    content.recipients.iter().any(|recipient| !matches!(recipient, Recipient::Direct { .. }))
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

/// Reads a request. What cannot be accepted any more may still be a repetition, so that is told beside the
/// wish and what the request boils down to.
pub(crate) fn understand(
    notify: &Notify,
    json: &serde_json::Value,
    now: Timestamp,
) -> Result<(Wish, Option<Problem>, Digest), Problem> {
    let (wish, late) = parse(json, now)?;
    let late = late.or_else(|| refused_conditions(notify, wish.drafts.iter().map(|draft| &draft.content)));
    Ok((wish, late, Digest::of_json("order", json)))
}

fn parse(json: &serde_json::Value, now: Timestamp) -> Result<(Wish, Option<Problem>), Problem> {
    let faults = Faults::default();
    let wish = Reader::document(json, &faults).and_then(|body| read(&body, now));
    faults.settle(wish)
}

fn read(body: &Reader<'_>, now: Timestamp) -> Option<Wish> {
    let idempotency_id = body::idempotency_id(body);
    let senders_reference = body::senders_reference(body);
    let requested = body::requested(body, now);
    let (dialog_id, transmission_id) = body::association(body);
    let content = body::content(body);
    let reminders = body.objects("reminders");
    if reminders.len() > MOST_REMINDERS {
        body.rule("Reminders", format!("must not be more than {MOST_REMINDERS}"));
    }
    let reminders: Vec<_> =
        reminders.iter().map(|reminder| read_reminder(reminder, requested, now)).collect();
    let main = Draft { kind: Kind::Notification, senders_reference, requested, content: content? };
    let drafts = std::iter::once(Some(main)).chain(reminders).collect::<Option<Vec<_>>>()?;
    Some(Wish { idempotency_id: idempotency_id?, dialog_id, transmission_id, drafts })
}

fn read_reminder(reminder: &Reader<'_>, main: Timestamp, now: Timestamp) -> Option<Draft> {
    let senders_reference = body::senders_reference(reminder);
    let requested = reminder_time(reminder, main, now);
    let content = body::content(reminder);
    Some(Draft { kind: Kind::Reminder, senders_reference, requested: requested?, content: content? })
}

/// Either so many days after the main order, or at a time of its own.
fn reminder_time(reminder: &Reader<'_>, main: Timestamp, now: Timestamp) -> Option<Timestamp> {
    let days = reminder.integer("delayDays");
    let own = body::not_past(reminder, "requestedSendTime", "RequestedSendTime", now);
    let gives_days = reminder.has("delayDays");
    let gives_own = reminder.has("requestedSendTime");
    if gives_days == gives_own {
        let faults = reminder.faults();
        faults.rule(reminder.own_key(), "must have exactly one of delayDays and requestedSendTime");
        if gives_days {
            reminder.rule("DelayDays", "cannot be given together with requestedSendTime");
            reminder.rule("RequestedSendTime", "cannot be given together with delayDays");
        }
        return None;
    }
    if gives_own {
        return own;
    }
    let days = days?;
    if !(1..=LONGEST_DELAY_DAYS).contains(&days) {
        reminder.rule("DelayDays", format!("must be in 1..{LONGEST_DELAY_DAYS}"));
        return None;
    }
    let requested = main.checked_add(SignedDuration::from_hours(days * 24)).ok();
    if requested.is_none() {
        reminder.rule("DelayDays", "leads beyond the year 9999");
    }
    requested
}
