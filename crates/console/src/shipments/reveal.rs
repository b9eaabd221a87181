//! `POST /console/shipments/{id}/reveal`: shows one recipient. That somebody asked, who, when and why, is on
//! record before anything is shown.

use audit::{Action, Entry};
use axum::extract::{Path, State};
use axum::response::Response;
use notify::trace::{self, Revealed, Wanted};
use serde::Deserialize;
use types::ids::NotificationId;
use types::mask;

use super::{Page, page_of, read};
use crate::Console;
use crate::page::{self, Refusal};
use crate::posted::Posted;
use crate::role::Role;

/// Letters of a reason at most.
const REASON: usize = 200;

#[derive(Deserialize)]
pub(super) struct Question {
    recipient: NotificationId,
    #[serde(default)]
    why: String,
}

pub(super) async fn reveal(
    State(console): State<Console>,
    Path(id): Path<String>,
    Posted { visitor, form }: Posted<Question>,
) -> Result<Response, Refusal> {
    visitor.needs(Role::Operate)?;
    let (to, now, actor) = (form.recipient, console.now(), visitor.actor());
    // The log can never be cleaned, so a person's number is no reason.
    let why: String = mask::persons(form.why.trim()).chars().take(REASON).collect();
    let (entry_id, why) = (console.random().uuid_v7(now), why);
    let shown = console.store().write(move |tx| {
        let Some(revealed) = trace::reveal(tx, to)? else { return Ok(None) };
        let because = if why.is_empty() { String::new() } else { format!(": {why}") };
        let detail = format!("looked at the recipient of notification {to}{because}");
        let entry = Entry::new(entry_id, now, actor.clone(), Action::Operated, &revealed.order, detail);
        audit::record(tx, &[entry])?;
        Ok::<_, store::Error>(Some(revealed))
    });
    let Some(Revealed { order, destination }) = shown.await? else { return Ok(page::not_found(&visitor)) };
    // Of another shipment than the page is about: it was looked at and is on record, but is not shown here.
    if order.to_string() != id {
        return Ok(page::not_found(&visitor));
    }
    Ok(match read(&console, &id, Wanted::Only(to)).await? {
        Some(story) => {
            let revealed = Some((to, destination.reveal().to_owned()));
            page::html(&Page { revealed, ..page_of(&visitor, story, Wanted::Only(to)) })
        }
        None => page::not_found(&visitor),
    })
}
