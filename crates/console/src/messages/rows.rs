//! A message's story as the page writes it. Pure.

use exchange::overview::MessageLine;
use exchange::trace::{Act, Answer, Event, Story, What};

use super::words::{self, MessageWords};
use crate::language::Language;
use crate::moment::when;
use crate::timeline::{Row, fact, precise};

/// What stands above the timeline.
pub(super) fn facts(lang: Language, story: &Story) -> Vec<(&'static str, String)> {
    let (own, line) = (MessageWords::of(lang), &story.line);
    let text = |text: &str| Some(text.to_owned());
    let all = [
        fact(own.status, line.status.clone()),
        fact(own.next, Some(words::next(lang, &story.next))),
        fact(own.direction, text(words::direction(lang, &line.direction))),
        fact(own.sender, text(&line.sender)),
        fact(own.receiver, line.receiver.clone()),
        fact(own.subject, text(&line.title)),
        fact(own.channel, text(&line.service)),
        fact(own.expiry, Some(when(story.expiry))),
        fact(own.reference, text(&story.reference)),
        fact(own.transfer, story.channel_reference.clone()),
        fact(own.conversation, text(&line.conversation_id)),
        fact(own.process, text(&line.process)),
        fact(own.kind, text(&line.document_type)),
        fact(own.client, line.user_agent.clone()),
    ];
    all.into_iter().flatten().collect()
}

/// Something that can be done.
pub(super) struct Button {
    pub(super) act: &'static str,
    pub(super) label: &'static str,
    pub(super) hint: &'static str,
}

impl Button {
    pub(super) const fn of(lang: Language, act: Act) -> Self {
        let own = MessageWords::of(lang);
        let (code, hint) = match act {
            Act::TryNow => ("try", ""),
            Act::DigUp => ("dig_up", ""),
            Act::ReleaseLock => ("release", own.release_hint),
        };
        Self { act: code, label: own.act(act), hint }
    }
}

/// A status on its way to the sender.
pub(super) struct AnswerRow {
    pub(super) status: String,
    pub(super) since: String,
    pub(super) next: String,
}

impl AnswerRow {
    pub(super) fn of(lang: Language, answer: &Answer) -> Self {
        let next = words::next(lang, &answer.next);
        Self { status: answer.status.clone(), since: when(answer.created), next }
    }
}

/// Another message of the conversation.
pub(super) struct Other {
    pub(super) href: String,
    pub(super) words: String,
}

impl Other {
    pub(super) fn of(lang: Language, line: &MessageLine) -> Self {
        let (direction, status) = (words::direction(lang, &line.direction), line.status.as_deref());
        let words =
            format!("{}, {direction}: {} {}", when(line.updated), status.unwrap_or_default(), line.title);
        Self { href: format!("/console/messages/{}", line.id), words }
    }
}

/// One thing that happened.
pub(super) fn row(lang: Language, event: &Event) -> Row {
    let own = MessageWords::of(lang);
    let (certificate, webhook, receipt, delivery) = match &event.what {
        What::Sealed { certificate, .. } => (certificate.clone(), None, false, None),
        What::Webhook { delivery, subscription, state, tries, .. } => {
            let told_again = (state != "pending").then_some(*delivery);
            (None, Some(format!("{subscription} ({tries})")), false, told_again)
        }
        What::Status { receipt, .. } => (None, None, *receipt, None),
        _ => (None, None, false, None),
    };
    let receipt = receipt.then(|| lang.of("kept as it came", "tatt vare på som den kom").to_owned());
    let facts = [
        fact(own.transfer, event.reference.clone()),
        fact(lang.of("Words", "Ord"), event.detail.clone()),
        fact(lang.of("Certificate (SHA-256)", "Sertifikat (SHA-256)"), certificate),
        fact(lang.of("Receipt", "Kvittering"), receipt),
        fact(lang.of("Subscription", "Abonnement"), webhook),
    ];
    Row {
        at: precise(event.at),
        iso: event.at.to_string(),
        who: words::who(lang, &event.who),
        what: words::what(lang, &event.what),
        whom: String::new(),
        facts: facts.into_iter().flatten().collect(),
        mood: mood(&event.what),
        delivery,
    }
}

fn mood(what: &What) -> &'static str {
    match what {
        What::Taken => "good",
        What::Status { name, .. } if matches!(name.as_str(), "LEVERT" | "LEST" | "INNKOMMENDE_LEVERT") => {
            "good"
        }
        What::Status { name, .. } if matches!(name.as_str(), "FEIL" | "LEVETID_UTLOPT") => "bad",
        What::NotTaken | What::InDoubt | What::SetAside => "bad",
        What::Webhook { state, .. } if state == "given_up" => "bad",
        _ => "",
    }
}
