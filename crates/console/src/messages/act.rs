//! `POST /console/messages/{number}/act`: try now, dig up, release a lock, tell a webhook again.

use audit::{Action, Entry};
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use exchange::Exchange;
use exchange::trace::Done;
use jiff::Timestamp;
use serde::Deserialize;
use store::Tx;
use uuid::Uuid;

use super::words::MessageWords;
use crate::Console;
use crate::page::{self, Refusal};
use crate::posted::Posted;
use crate::role::Role;
use crate::shipments::told;

#[derive(Deserialize)]
pub(super) struct Wish {
    /// A delivery that is to be told again; nothing else is done then.
    delivery: Option<Uuid>,
    #[serde(default)]
    act: String,
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Deed {
    TryNow,
    DigUp,
    Release,
    TellAgain(Uuid),
}

impl Deed {
    fn of(wish: &Wish) -> Option<Self> {
        match (wish.delivery, wish.act.as_str()) {
            (Some(delivery), _) => Some(Self::TellAgain(delivery)),
            (None, "try") => Some(Self::TryNow),
            (None, "dig_up") => Some(Self::DigUp),
            (None, "release") => Some(Self::Release),
            _ => None,
        }
    }

    /// For the audit log.
    fn words(self) -> String {
        match self {
            Self::TryNow => "had the message tried now".to_owned(),
            Self::DigUp => "put the message’s work back into the queue".to_owned(),
            Self::Release => "released the message’s lock".to_owned(),
            Self::TellAgain(delivery) => format!("had webhook delivery {delivery} told again"),
        }
    }

    /// Does it; answers the code of what came of it, and whether anything was done.
    fn run(
        self,
        exchange: &Exchange,
        tx: &mut Tx<'_>,
        number: i64,
        now: Timestamp,
    ) -> store::Result<(&'static str, bool)> {
        let done = match self {
            Self::TryNow => exchange.try_now(tx, number, now)?,
            Self::DigUp => exchange.dig_up(tx, number, now)?,
            Self::Release => exchange.release_lock(tx, number, now)?,
            Self::TellAgain(delivery) => return Ok(told(exchange.tell_again(tx, delivery, now)?)),
        };
        Ok(match done {
            Done::Now(_) => ("done", true),
            Done::TooLate => ("late", false),
            Done::Unknown => ("nothing", false),
        })
    }
}

pub(super) async fn act(
    State(console): State<Console>,
    Path(number): Path<String>,
    Posted { visitor, form }: Posted<Wish>,
) -> Result<Response, Refusal> {
    visitor.needs(Role::Operate)?;
    let Ok(number) = number.parse::<i64>() else { return Ok(page::not_found(&visitor)) };
    let Some(deed) = Deed::of(&form) else {
        return Ok(page::refused(&visitor, MessageWords::of(visitor.lang).unknown_act));
    };
    let (exchange, now, actor) = (console.exchange().clone(), console.now(), visitor.actor());
    let id = console.random().uuid_v7(now);
    let done = console.store().write(move |tx| {
        let Some(message) = exchange.message_of(tx, number)? else { return Ok(None) };
        let (said, done) = deed.run(&exchange, tx, number, now)?;
        if done {
            let entry = Entry::new(id, now, actor.clone(), Action::Operated, &message, deed.words());
            audit::record(tx, &[entry])?;
        }
        Ok::<_, store::Error>(Some(said))
    });
    let Some(said) = done.await? else { return Ok(page::not_found(&visitor)) };
    console.exchange().acted();
    Ok(Redirect::to(&format!("/console/messages/{number}?said={said}")).into_response())
}
