//! `POST /console/shipments/{id}/act`: cancel, try now, dig up, send again, tell a webhook again.

use audit::{Action, Entry};
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use jiff::Timestamp;
use notify::Notify;
use notify::trace::Done;
use serde::Deserialize;
use store::Tx;
use types::ids::{NotificationId, OrderId};
use uuid::Uuid;
use webhooks::Again;

use super::words::ShipmentWords;
use crate::Console;
use crate::page::{self, Refusal};
use crate::posted::Posted;
use crate::role::Role;

#[derive(Deserialize)]
pub(super) struct Wish {
    /// A delivery that is to be told again; nothing else is done then.
    delivery: Option<Uuid>,
    #[serde(default)]
    act: String,
    /// One recipient; the order itself otherwise.
    recipient: Option<NotificationId>,
    /// Whether somebody accepts that a message may arrive twice.
    #[serde(default)]
    sure: String,
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Deed {
    Cancel,
    ProcessNow,
    SendNow(NotificationId),
    DigUpOrder,
    DigUp(NotificationId),
    SendAgain(NotificationId),
    TellAgain(Uuid),
}

/// Why a wish is no deed.
#[derive(Debug, PartialEq, Eq)]
enum NoDeed {
    /// Nobody said that a second copy is accepted.
    NotSure,
    Unknown,
}

impl Deed {
    fn of(wish: &Wish) -> Result<Self, NoDeed> {
        if let Some(delivery) = wish.delivery {
            return Ok(Self::TellAgain(delivery));
        }
        match (wish.act.as_str(), wish.recipient) {
            ("cancel", None) => Ok(Self::Cancel),
            ("try", None) => Ok(Self::ProcessNow),
            ("try", Some(to)) => Ok(Self::SendNow(to)),
            ("dig_up", None) => Ok(Self::DigUpOrder),
            ("dig_up", Some(to)) => Ok(Self::DigUp(to)),
            ("again", Some(to)) if wish.sure == "yes" => Ok(Self::SendAgain(to)),
            ("again", Some(_)) => Err(NoDeed::NotSure),
            _ => Err(NoDeed::Unknown),
        }
    }

    /// For the audit log.
    fn words(self) -> String {
        match self {
            Self::Cancel => "cancelled the order".to_owned(),
            Self::ProcessNow => "had the order processed now".to_owned(),
            Self::SendNow(to) => format!("had notification {to} sent now"),
            Self::DigUpOrder => "put the order back into the queue".to_owned(),
            Self::DigUp(to) => format!("put notification {to} back into the queue"),
            Self::SendAgain(to) => format!("had notification {to} sent again, accepting a second copy"),
            Self::TellAgain(delivery) => format!("had webhook delivery {delivery} told again"),
        }
    }

    /// Does it; answers the code of what came of it and, if anything was done, to which order.
    fn run(
        self,
        notify: &Notify,
        tx: &mut Tx<'_>,
        order: OrderId,
        now: Timestamp,
    ) -> store::Result<(&'static str, Option<OrderId>)> {
        let done = match self {
            Self::Cancel => notify.cancel_by_hand(tx, order, now)?,
            Self::ProcessNow => notify.process_now(tx, order, now)?,
            Self::SendNow(to) => notify.send_now(tx, to, now)?,
            Self::DigUpOrder => notify.dig_up_order(tx, order, now)?,
            Self::DigUp(to) => notify.dig_up_notification(tx, to, now)?,
            Self::SendAgain(to) => notify.send_again(tx, to, now)?,
            Self::TellAgain(delivery) => {
                let (said, done) = told(notify.tell_again(tx, order, delivery, now)?);
                return Ok((said, done.then_some(order)));
            }
        };
        Ok(match done {
            Done::Now(order) => ("done", Some(order)),
            Done::Already => ("already", None),
            Done::TooLate => ("late", None),
            Done::Unknown => ("nothing", None),
        })
    }
}

/// The code of what came of telling a webhook again, and whether anything was done.
pub(crate) const fn told(again: Again) -> (&'static str, bool) {
    match again {
        Again::Soon => ("soon", true),
        Again::StandsStill => ("still", true),
        Again::OnItsWay => ("way", false),
        Again::Gone => ("gone", false),
    }
}

pub(super) async fn act(
    State(console): State<Console>,
    Path(id): Path<String>,
    Posted { visitor, form }: Posted<Wish>,
) -> Result<Response, Refusal> {
    visitor.needs(Role::Operate)?;
    let own = ShipmentWords::of(visitor.lang);
    let Ok(order) = id.parse::<OrderId>() else { return Ok(page::not_found(&visitor)) };
    let deed = match Deed::of(&form) {
        Ok(deed) => deed,
        Err(NoDeed::NotSure) => return Ok(page::refused(&visitor, own.not_sure)),
        Err(NoDeed::Unknown) => return Ok(page::refused(&visitor, own.unknown_act)),
    };
    let (notify, now) = (console.notify().clone(), console.now());
    let (id, actor) = (console.random().uuid_v7(now), visitor.actor());
    let done = console.store().write(move |tx| {
        let (said, done) = deed.run(&notify, tx, order, now)?;
        if let Some(order) = done {
            let entry = Entry::new(id, now, actor.clone(), Action::Operated, &order, deed.words());
            audit::record(tx, &[entry])?;
        }
        Ok::<_, store::Error>(said)
    });
    let said = done.await?;
    console.notify().acted();
    let one = form.recipient.map(|to| format!("&recipient={to}")).unwrap_or_default();
    Ok(Redirect::to(&format!("/console/shipments/{order}?said={said}{one}")).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wish(act: &str, to: Option<u128>, sure: &str) -> Wish {
        let recipient = to.map(|id| NotificationId::new(Uuid::from_u128(id)));
        Wish { delivery: None, act: act.to_owned(), recipient, sure: sure.to_owned() }
    }

    #[test]
    fn what_may_arrive_twice_is_sent_again_only_with_a_tick() {
        let to = NotificationId::new(Uuid::from_u128(7));
        assert_eq!(Deed::of(&wish("again", Some(7), "")), Err(NoDeed::NotSure));
        assert_eq!(Deed::of(&wish("again", Some(7), "yes")), Ok(Deed::SendAgain(to)));
        assert_eq!(Deed::of(&wish("again", None, "yes")), Err(NoDeed::Unknown));
        assert_eq!(Deed::of(&wish("cancel", None, "")), Ok(Deed::Cancel));
        assert_eq!(Deed::of(&wish("burn", None, "")), Err(NoDeed::Unknown));
    }
}
