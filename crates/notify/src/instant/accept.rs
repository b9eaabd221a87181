//! The first commit of an instant message: everything that must be on disk before the provider is called.

use std::sync::Arc;
use std::time::Duration;

use jobs::{Claim, Due, Taken, ledger};
use store::{Result, Tx};
use types::ids::AttemptId;
use uuid::Uuid;

use crate::known::until_known;
use crate::orders::Order;
use crate::orders::receipt::Receipt;
use crate::orders::sql::{self as orders_sql, Chain};
use crate::recipients::Channel;
use crate::sending::{self, Notification, SendEmail, SendSms};
use crate::{INSTANT, Notify};

/// Everything the first commit writes.
#[derive(Debug)]
pub(crate) struct Rows {
    pub(super) chain: Chain,
    pub(super) order: Order,
    pub(super) notification: Notification,
    pub(super) attempt: AttemptId,
    pub(super) route: Arc<str>,
    pub(super) job: Uuid,
    pub(super) context: Option<trace::Context>,
    pub(super) claim: Claim,
    pub(super) audited: audit::Entry,
}

/// What came of it.
#[derive(Debug)]
pub(crate) enum Accepted {
    /// The first of its key, with the job to be run now.
    New(Box<Taken>),
    /// An earlier request got this receipt.
    Earlier(Receipt),
}

/// The first commit, asked again while nobody knows whether it happened: if it did, the rows are ours
/// and the message is still to be handed over.
pub(super) async fn accept(notify: &Notify, rows: Rows, patience: Duration) -> Result<Accepted> {
    let rows = Arc::new(rows);
    until_known(patience, || notify.boardings().write(Arc::clone(&rows))).await
}

/// The first commit of several messages.
pub(crate) fn accept_all(tx: &mut Tx<'_>, all: &[Arc<Rows>]) -> Result<Vec<Accepted>> {
    // Keys are taken in one order, so that no two commits wait for each other.
    let mut sorted: Vec<(usize, &Rows)> = all.iter().map(|rows| &**rows).enumerate().collect();
    sorted.sort_by_key(|(_, rows)| &rows.chain.key);
    let chains: Vec<_> = sorted.iter().map(|(_, rows)| &rows.chain).collect();
    let earlier = orders_sql::insert_chains(tx, &chains)?;
    let new = sorted.iter().zip(&earlier).filter(|(_, earlier)| earlier.is_none());
    let new: Vec<&Rows> = new.map(|((_, rows), _)| *rows).collect();
    orders_sql::insert_all(tx, &new.iter().map(|rows| &rows.order).collect::<Vec<_>>())?;
    sending::sql::insert_all(tx, &new.iter().map(|rows| &rows.notification).collect::<Vec<_>>())?;
    audit::record(tx, &new.iter().map(|rows| rows.audited.clone()).collect::<Vec<_>>())?;
    if let Some(now) = new.iter().map(|rows| rows.claim.now).max() {
        ledger::begin_all(tx, &new.iter().map(|rows| rows.intent()).collect::<Vec<_>>(), now)?;
    }
    let mut accepted = Vec::with_capacity(all.len());
    for ((index, rows), earlier) in sorted.into_iter().zip(earlier) {
        let answer = match earlier {
            None => Accepted::New(Box::new(rows.enqueue(tx)?)),
            Some(receipt) => rows.recognize(tx, receipt)?,
        };
        accepted.push((index, answer));
    }
    accepted.sort_unstable_by_key(|(index, _)| *index);
    Ok(accepted.into_iter().map(|(_, answer)| answer).collect())
}

impl Rows {
    /// The attempt under way.
    fn intent(&self) -> ledger::Intent<'_> {
        let owner = self.order.creator.as_str();
        ledger::Intent { id: self.attempt, owner, subject: self.notification.id.uuid(), route: &self.route }
    }

    /// The job, already taken.
    fn enqueue(&self, tx: &mut Tx<'_>) -> Result<Taken> {
        let Self { order, notification, job, claim, context, .. } = self;
        let owner = order.creator.as_str();
        let id = notification.id;
        let due =
            Due::now(INSTANT, owner, claim.now).until(notification.expires).for_request(context.clone());
        match notification.standing.channel() {
            Channel::Sms => {
                jobs::enqueue_taken::<Notify, _>(tx, *job, &SendSms { notification: id }, &due, claim)
            }
            Channel::Email => {
                jobs::enqueue_taken::<Notify, _>(tx, *job, &SendEmail { notification: id }, &due, claim)
            }
        }
    }

    /// Ids are ours alone, so our own receipt comes from a commit whose answer was lost.
    fn recognize(&self, tx: &mut Tx<'_>, receipt: Receipt) -> Result<Accepted> {
        let is_ours = receipt == self.chain.receipt;
        let ours = if is_ours { jobs::still_taken(tx, self.job, &self.claim.worker)? } else { None };
        Ok(ours.map_or(Accepted::Earlier(receipt), |taken| Accepted::New(Box::new(taken))))
    }
}
