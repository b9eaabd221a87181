//! A shipment's story as the page writes it. Pure.

use notify::recipients::Channel;
use notify::trace::{self, Act, Event, Recipient, Story, What};

use super::words::{self, ShipmentWords};
use crate::language::Language;
use crate::moment::when;
use crate::timeline::{Row, fact, precise};

/// What stands above the timeline.
pub(super) struct Head {
    pub(super) id: String,
    pub(super) state: &'static str,
    pub(super) next: String,
    pub(super) requested: String,
    pub(super) ordered: String,
    pub(super) creator: String,
    pub(super) reference: String,
    pub(super) kind: &'static str,
    pub(super) buttons: Vec<Button>,
}

/// Something that can be done.
pub(super) struct Button {
    pub(super) act: &'static str,
    pub(super) label: &'static str,
    /// Whether somebody must say that they accept a second copy.
    pub(super) doubtful: bool,
}

impl Head {
    pub(super) fn of(lang: Language, story: Story) -> Self {
        Self {
            id: story.id.to_string(),
            state: words::state(lang, story.state),
            next: words::next(lang, &story.next),
            requested: when(story.requested),
            ordered: when(story.created),
            creator: story.creator.to_string(),
            reference: types::mask::persons(&story.senders_reference.unwrap_or_default()),
            kind: words::kind(lang, story.kind),
            buttons: buttons(lang, &story.acts),
        }
    }
}

/// As a form posts it.
pub(super) const fn code(act: Act) -> &'static str {
    match act {
        Act::Cancel => "cancel",
        Act::TryNow => "try",
        Act::DigUp => "dig_up",
        Act::SendAgain => "again",
    }
}

fn buttons(lang: Language, acts: &[Act]) -> Vec<Button> {
    let own = ShipmentWords::of(lang);
    let button =
        |act: &Act| Button { act: code(*act), label: own.act(*act), doubtful: *act == Act::SendAgain };
    acts.iter().map(button).collect()
}

/// Another order of the chain.
pub(super) struct Sibling {
    pub(super) href: String,
    pub(super) words: String,
}

impl Sibling {
    pub(super) fn of(lang: Language, sibling: &trace::Sibling) -> Self {
        let (kind, state) = (words::kind(lang, sibling.kind), words::state(lang, sibling.state));
        let words = format!("{}, {kind}: {state}", when(sibling.requested));
        Self { href: format!("/console/shipments/{}", sibling.id), words }
    }
}

/// One recipient.
pub(super) struct RecipientRow {
    pub(super) id: types::ids::NotificationId,
    pub(super) label: String,
    pub(super) by_register: bool,
    pub(super) has_address: bool,
    pub(super) result: String,
    pub(super) mood: &'static str,
    pub(super) is_over: bool,
    pub(super) next: String,
    pub(super) facts: Vec<(&'static str, String)>,
    pub(super) buttons: Vec<Button>,
}

const fn channel(channel: Channel) -> &'static str {
    match channel {
        Channel::Sms => "SMS",
        Channel::Email => "E-mail",
    }
}

fn label(lang: Language, recipient: &Recipient) -> String {
    let channel = match (lang, recipient.channel) {
        (Language::Bokmal, Channel::Email) => "E-post",
        (_, other) => channel(other),
    };
    format!("{channel} {}", recipient.destination)
}

impl RecipientRow {
    pub(super) fn of(lang: Language, recipient: &Recipient) -> Self {
        let own = ShipmentWords::of(lang);
        let standing = recipient.standing;
        let is_over = standing.is_final();
        let mood = match (is_over, standing.is_success()) {
            (true, true) => "good",
            (true, false) => "bad",
            (false, _) if recipient.in_doubt => "bad",
            (false, _) => "",
        };
        let expires = (!is_over).then(|| when(recipient.expires));
        let facts = [
            fact(own.route, recipient.route.clone()),
            fact(own.provider, recipient.reference.clone()),
            fact(own.parts, recipient.parts.map(|parts| parts.to_string())),
            fact(own.expires, expires),
        ];
        Self {
            id: recipient.id,
            label: label(lang, recipient),
            by_register: recipient.by_register,
            has_address: !recipient.destination.is_empty(),
            result: standing.wire(),
            mood,
            is_over,
            next: words::next(lang, &recipient.next),
            facts: facts.into_iter().flatten().collect(),
            buttons: buttons(lang, &recipient.acts),
        }
    }
}

/// What happened, the first first.
pub(super) fn timeline(lang: Language, story: &Story) -> Vec<Row> {
    story.events.iter().map(|event| row(lang, story, event)).collect()
}

fn row(lang: Language, story: &Story, event: &Event) -> Row {
    let own = ShipmentWords::of(lang);
    let concerned = story.recipients.iter().filter(|_| story.recipients.len() > 1);
    let whom = concerned.filter(|one| Some(one.id) == event.recipient).map(|one| label(lang, one)).next();
    let (occurred, delivery) = match &event.what {
        What::Reported { occurred, .. } => (occurred.map(precise), None),
        What::Webhook { delivery, state, .. } => (None, (state != "pending").then_some(*delivery)),
        _ => (None, None),
    };
    let facts = [
        fact(own.route, event.route.clone()),
        fact(own.provider, event.reference.clone()),
        fact(lang.of("Happened", "Skjedde"), occurred),
        fact(lang.of("Words", "Ord"), event.detail.as_deref().map(types::mask::persons)),
        fact(lang.of("Subscription", "Abonnement"), subscription(&event.what)),
    ];
    Row {
        at: precise(event.at),
        iso: event.at.to_string(),
        who: words::who(lang, &event.who),
        what: words::what(lang, &event.what),
        whom: whom.unwrap_or_default(),
        facts: facts.into_iter().flatten().collect(),
        mood: mood(&event.what),
        delivery,
    }
}

fn subscription(what: &What) -> Option<String> {
    match what {
        What::Webhook { subscription, tries, .. } => Some(format!("{subscription} ({tries})")),
        _ => None,
    }
}

fn mood(what: &What) -> &'static str {
    match what {
        What::Taken | What::ConditionMet => "good",
        What::Reported { result, counted: true, .. } if result == "Delivered" => "good",
        What::Refused | What::NotTaken | What::InDoubt | What::TimeUp | What::NotSent(_) => "bad",
        What::Webhook { state, .. } if state == "given_up" => "bad",
        _ => "",
    }
}
