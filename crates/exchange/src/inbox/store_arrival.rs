//! The commits that take something in: a status, a message, or a package that is set aside.

use store::{Result, Tx};
use types::OrgNumber;

use super::model::Container;
use super::sql::{self, Aside};
use crate::Exchange;
use crate::conversations::{self, Conversation, Direction};
use crate::feedback;
use crate::message::business::DialogStatus;
use crate::message::{Business, Message};
use crate::registry::ServiceIdentifier;
use crate::statuses::{self, NewStatus, Status};
use crate::trail::{Trail, tell};
use crate::transports::Arrival;

/// What a message is, before it is opened.
pub(super) enum Verdict {
    /// Has not come in before.
    New,
    /// A repeat, or too late; everything about it has been recorded.
    Settled,
    /// Uses the id of somebody else's message.
    OtherSender,
}

/// Records a status on the message it speaks of. Only the receiver of that message may report, and
/// only what a receiver can know; a status that has expired counts all the same.
pub(super) fn status(
    app: &Exchange,
    tx: &mut Tx<'_>,
    service: ServiceIdentifier,
    message: &Message,
) -> Result<()> {
    let Business::Status(body) = &message.envelope.business else { return Ok(()) };
    let id = &message.facts.message_id;
    let sender = message.facts.sender.identifier();
    // Not every channel checks who sends, so a status counts for messages of its own channel only.
    let of_channel = |found: &Conversation| found.service == service;
    let Some(conversation) = answered(app, tx, id, &sender)?.filter(of_channel) else {
        tracing::warn!(%service, message.id = %id, "a status speaks of no message that its sender got");
        return Ok(());
    };
    let reported = body.status.as_deref().and_then(|name| name.parse::<Status>().ok());
    let Some(status) = reported.filter(|status| status.may_come_back()) else {
        tracing::warn!(%service, message.id = %id, "a status reports what no receiver can know");
        return Ok(());
    };
    statuses::record(app, tx, &[(&conversation, status.into())], app.now())?;
    Ok(())
}

/// The message we sent under this id, if this is who got it.
fn answered(app: &Exchange, tx: &mut Tx<'_>, id: &str, receiver: &str) -> Result<Option<Conversation>> {
    let found = conversations::find_message(tx, app.own(), id, Direction::Outgoing)?;
    Ok(found.filter(|conversation| conversation.receiver_identifier.as_deref() == Some(receiver)))
}

/// Looks whether a message is new, and settles repeats and latecomers.
pub(super) fn judge(
    app: &Exchange,
    tx: &mut Tx<'_>,
    service: ServiceIdentifier,
    message: &Message,
    reference: &str,
) -> Result<Verdict> {
    let (own, now) = (app.own(), app.now());
    let id = &message.facts.message_id;
    if let Some(earlier) = sql::earlier(tx, own, id)? {
        if earlier.sender != message.facts.sender.identifier() {
            return Ok(Verdict::OtherSender);
        }
        if earlier.reference != reference {
            // Sent once more: our first answer may have been lost.
            sql::refer(tx, own, id, reference)?;
            let status = if earlier.acknowledged { Status::Levert } else { Status::Mottatt };
            feedback::report(app, tx, service, &message.envelope, status, now)?;
        }
        return Ok(Verdict::Settled);
    }
    if message.facts.expires > now {
        return Ok(Verdict::New);
    }
    sql::remember(tx, own, message, reference, service, now)?;
    let conversation = open(app, tx, own, message, service)?;
    let news = [Status::Opprettet, Status::LevetidUtlopt].map(|status| (&conversation, status.into()));
    statuses::record(app, tx, &news, now)?;
    Ok(Verdict::Settled)
}

/// The story of a message that came in; the one there is, when it came in before.
pub(super) fn open(
    app: &Exchange,
    tx: &mut Tx<'_>,
    own: OrgNumber,
    message: &Message,
    service: ServiceIdentifier,
) -> Result<Conversation> {
    let (facts, direction) = (&message.facts, Direction::Incoming);
    if let Some(opened) = conversations::open(tx, own, direction, facts, service, None, app.now())? {
        return Ok(opened);
    }
    let found = conversations::find_message(tx, own, &facts.message_id, direction)?;
    found.ok_or(store::Error::NotFound)
}

/// Stores a message with its story and the answer to its sender; answers false when another worker
/// has been faster.
pub(super) fn store(
    app: &Exchange,
    tx: &mut Tx<'_>,
    service: ServiceIdentifier,
    message: &Message,
    reference: &str,
    container: Option<&Container>,
) -> Result<bool> {
    let (own, now) = (app.own(), app.now());
    if !sql::remember(tx, own, message, reference, service, now)? {
        return Ok(false);
    }
    sql::insert(tx, app.random().uuid_v7(now), own, message, service, container, now)?;
    let conversation = open(app, tx, own, message, service)?;
    feedback::report(app, tx, service, &message.envelope, Status::Mottatt, now)?;
    let mut news: Vec<(&Conversation, NewStatus)> =
        [Status::Opprettet, Status::InnkommendeMottatt].map(|status| (&conversation, status.into())).into();
    let answered = receipt(app, tx, message)?;
    news.extend(answered.as_ref().map(|(conversation, said)| (conversation, said.clone())));
    statuses::record(app, tx, &news, now)?;
    tell!(Trail::of(&message.facts, service), reference, "received a message");
    Ok(true)
}

/// What a receipt says about the message it answers, when it comes from whoever got that.
fn receipt(app: &Exchange, tx: &mut Tx<'_>, message: &Message) -> Result<Option<(Conversation, NewStatus)>> {
    let Some((related, said)) = says(&message.envelope.business) else { return Ok(None) };
    let conversation = answered(app, tx, related, &message.facts.sender.identifier())?;
    Ok(conversation.map(|conversation| (conversation, said)))
}

/// The message that a receipt answers, and the status it means for it.
fn says(business: &Business) -> Option<(&str, NewStatus)> {
    let as_it_came = || serde_json::to_string(business).expect("a receipt is plain JSON");
    let (related, status, text, raw) = match business {
        Business::ArkivmeldingKvittering(body) => {
            let kind = body.receipt_type.as_deref().unwrap_or("OK");
            let status = if body.is_refusal() { Status::Feil } else { Status::Lest };
            (&body.related_to_message_id, status, format!("ArkivmeldingKvittering: {kind}"), as_it_came())
        }
        Business::DialogmeldingKvittering(body) => {
            let outcome = body.status?;
            let status = if outcome == DialogStatus::Ok { Status::Levert } else { Status::Feil };
            let raw = body.raw_receipt.clone().unwrap_or_else(as_it_came);
            (&body.related_to_message_id, status, format!("DialogmeldingKvittering: {outcome}"), raw)
        }
        _ => return None,
    };
    let raw_receipt = Some(raw.replace('\0', "\u{fffd}"));
    Some((related.as_deref()?, NewStatus { raw_receipt, ..NewStatus::described(status, text) }))
}

/// Sets a package aside; answers false when somebody else has done so already. When its envelope is
/// believed, its story tells why.
pub(super) fn set_aside(
    app: &Exchange,
    tx: &mut Tx<'_>,
    service: ServiceIdentifier,
    arrival: &Arrival,
    message: Option<&Message>,
    aside: &Aside,
) -> Result<bool> {
    let (own, now) = (app.own(), app.now());
    if !sql::set_aside(tx, app.random().uuid_v7(now), own, service, arrival, aside, now)? {
        return Ok(false);
    }
    let Some(message) = message else { return Ok(true) };
    let conversation = open(app, tx, own, message, service)?;
    let failed = NewStatus::described(Status::Feil, format!("The package was set aside: {}", aside.reason));
    let news = [(&conversation, Status::Opprettet.into()), (&conversation, failed)];
    statuses::record(app, tx, &news, now)?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::message::MessageType;

    #[test]
    fn a_receipt_in_health_means_levert_or_feil_and_keeps_what_came() {
        let read = |body| Business::read(MessageType::DialogmeldingKvittering, body).expect("a body");
        for (outcome, status) in
            [("OK", Status::Levert), ("REJECTED", Status::Feil), ("OK_ERROR_IN_MESSAGE_PART", Status::Feil)]
        {
            let body =
                json!({ "relatedToMessageId": "m", "status": outcome, "rawReceipt": "<AppRec\u{0}/>" });
            let business = read(body);
            let (related, said) = says(&business).expect("it says something");
            assert_eq!((related, said.status), ("m", status));
            assert_eq!(said.description, Some(format!("DialogmeldingKvittering: {outcome}")));
            assert_eq!(said.raw_receipt.as_deref(), Some("<AppRec\u{fffd}/>"), "a database keeps no NUL");
        }
        assert!(
            says(&read(json!({ "relatedToMessageId": "m" }))).is_none(),
            "without an outcome it says nothing"
        );
        assert!(says(&read(json!({ "status": "OK" }))).is_none(), "about nothing");
    }
}
