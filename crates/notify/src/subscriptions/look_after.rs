//! What operators do with creators' webhooks.

use audit::{Action, Entry};
use store::Tx;
use webhooks::{SubscribeError, Subscription, Wish};

use super::manage::written;
use crate::Notify;

impl Notify {
    /// Does what is wanted of a subscription and enters that into the audit log, in one commit; answers how
    /// many events are told again.
    pub async fn look_after_webhook(
        &self,
        subscription: &Subscription,
        wish: Wish,
        actor: String,
    ) -> Result<u64, SubscribeError> {
        let (webhooks, subscription, now) =
            (self.webhooks().clone(), subscription.clone(), self.clock().now());
        let entry = self.random().uuid_v7(now);
        let work = move |tx: &mut Tx<'_>| {
            let done = webhooks.look_after(tx, &subscription, &wish, now)?;
            let again = done.ok_or(SubscribeError::NotFound)?;
            let subject = format!("subscription {}", written(subscription.id));
            let line = Entry::new(entry, now, actor.clone(), Action::Operated, &subject, wish.done(again));
            audit::record(tx, &[line])?;
            Ok::<_, SubscribeError>(again)
        };
        let again = self.store().write(work).await?;
        self.webhooks().ring();
        Ok(again)
    }
}
