//! What is asked before sending, and what is remembered afterwards.

use store::Error;
use types::EmailAddress;
use types::erasure::Whom;

use super::model::{Entry, Keyed, Reason, Scope};
use super::sql;
use crate::Notify;
use crate::access::Creator;
use crate::sending::{Fact, Standing};
use gateways::{EmailResult, Holdup};

/// How long an address that does not exist is left alone, where nothing is configured.
const BOUNCED_DAYS: u32 = 90;

/// What stands in the way of an e-mail: the address is on the list, or nobody can tell.
pub(crate) async fn check(app: &Notify, creator: &Creator, to: &EmailAddress) -> Option<Fact> {
    match find(app, creator, to).await {
        Ok(None) => None,
        Ok(Some(entry)) => {
            let standing = Standing::Email(EmailResult::FailedSupressedRecipient);
            Some(Fact::Refused { standing, detail: format!("suppressed: {}", entry.reason.wire()) })
        }
        Err(error) => {
            tracing::warn!(%error, "the suppression list cannot be read; an e-mail waits");
            let cause = Holdup::Passing("the suppression list cannot be read".to_owned());
            Some(Fact::NotTaken { after: None, cause })
        }
    }
}

async fn find(app: &Notify, creator: &Creator, to: &EmailAddress) -> Result<Option<Entry>, Error> {
    let hash = keyed(app).await?.hash(to);
    let (creator, now) = (creator.clone(), app.clock().now());
    app.store().read(move |tx| sql::find(tx, &creator, hash, now)).await
}

/// How many entries of the list are about a recipient, whoever brought them about.
pub(crate) async fn entries_about(app: &Notify, whom: &Whom) -> Result<i64, Error> {
    let Whom::Email(address) = whom else { return Ok(0) };
    let hash = keyed(app).await?.hash(address);
    app.store().read(move |tx| sql::count(tx, hash)).await
}

/// The key: configured, or the one that the store keeps.
pub(super) async fn keyed(app: &Notify) -> Result<&Keyed, Error> {
    let make = || async {
        if let Some(key) = &app.config().suppression_key {
            return Ok(Keyed::new(key.reveal().as_bytes()));
        }
        let random = app.random();
        let new = [random.uuid_v4().into_bytes(), random.uuid_v4().into_bytes()].concat();
        let key = app.store().write(move |tx| sql::key(tx, &new)).await?;
        Ok(Keyed::new(&key))
    };
    app.suppression_key().get_or_try_init(make).await
}

/// How many days a dead address is left alone; none at all where that is switched off.
fn bounced_days(app: &Notify) -> Option<u32> {
    let days = app.config().suppress_bounced_days.unwrap_or(BOUNCED_DAYS);
    (days > 0).then_some(days)
}

/// Remembers what an address is like. Dead addresses are dead for everybody; whoever complains does so about
/// one creator.
pub(crate) async fn learn(
    app: &Notify,
    creator: &Creator,
    address: &EmailAddress,
    reason: Reason,
) -> Result<(), Error> {
    let Some(days) = bounced_days(app).or((reason != Reason::HardBounce).then_some(BOUNCED_DAYS)) else {
        return Ok(());
    };
    let now = app.clock().now();
    let scope = match reason {
        Reason::HardBounce => Scope::Everybody,
        Reason::Complaint | Reason::Manual => Scope::Only(creator.clone()),
    };
    let (hash, expires) = (keyed(app).await?.hash(address), reason.expires(now, days));
    let entry = Entry { hash, scope, source: creator.clone(), reason, created: now, expires };
    app.store().write(move |tx| sql::put_all(tx, std::slice::from_ref(&entry))).await?;
    tracing::info!(reason = reason.wire(), "an address is no longer sent to");
    Ok(())
}

/// Remembers an address that the mail server itself has refused because there is no such mailbox, or because
/// it is on the server's own list. Failing to remember is no failure of the message.
pub(crate) async fn learn_from_refusal(app: &Notify, creator: &Creator, to: &EmailAddress, fact: &Fact) {
    let is_dead = match fact {
        Fact::Refused { standing: Standing::Email(EmailResult::FailedSupressedRecipient), .. } => true,
        Fact::Refused { standing: Standing::Email(EmailResult::FailedBounced), detail } => {
            gateways::email::bounce::names_dead_address(detail)
        }
        _ => false,
    };
    if !is_dead {
        return;
    }
    if let Err(error) = learn(app, creator, to, Reason::HardBounce).await {
        tracing::warn!(%error, "could not remember a dead address");
    }
}
