//! What the webhooks' page says, in English and Norwegian (bokmål).

use crate::language::Language;

/// Everything it says.
pub(super) struct WebhookWords {
    pub title: &'static str,
    pub explained: &'static str,
    pub name: &'static str,
    pub endpoint: &'static str,
    pub state: &'static str,
    pub failures: &'static str,
    pub waiting: &'static str,
    pub ping: &'static str,
    pub pause: &'static str,
    pub resume: &'static str,
    pub deliveries: &'static str,
    pub number: &'static str,
    pub event: &'static str,
    pub tries: &'static str,
    pub outcome: &'static str,
    pub created: &'static str,
    pub replay: &'static str,
    pub from: &'static str,
    pub active: &'static str,
    pub paused: &'static str,
    pub held: &'static str,
    pub nobody: &'static str,
    pub later: &'static str,
    pub actions: &'static str,
    pub unknown_wish: &'static str,
}

const ENGLISH: WebhookWords = WebhookWords {
    title: "Webhooks",
    explained: "Who is told of statuses. An endpoint that fails again and again is paused, asked now and then, \
                and told everything when it answers; one that is held waits for you.",
    name: "Name",
    endpoint: "Endpoint",
    state: "State",
    failures: "Failed in a row",
    waiting: "Waiting",
    ping: "Last ping",
    pause: "Hold",
    resume: "Go on now",
    deliveries: "Deliveries",
    number: "Number",
    event: "Event",
    tries: "Tries",
    outcome: "Outcome",
    created: "Announced",
    replay: "Tell again",
    from: "From number",
    active: "active",
    paused: "paused",
    held: "held",
    nobody: "Nobody subscribes.",
    later: "Later ones",
    actions: "Actions",
    unknown_wish: "The wish is pause, resume or replay, and replay says from where.",
};

const NORWEGIAN: WebhookWords = WebhookWords {
    title: "Webhooks",
    explained: "Hvem som får vite om statuser. Et endepunkt som feiler gang på gang settes på pause, spørres av og \
                til, og får alt når det svarer; et som holdes venter på deg.",
    name: "Navn",
    endpoint: "Endepunkt",
    state: "Tilstand",
    failures: "Feil på rad",
    waiting: "Venter",
    ping: "Siste ping",
    pause: "Hold",
    resume: "Fortsett nå",
    deliveries: "Leveranser",
    number: "Nummer",
    event: "Hendelse",
    tries: "Forsøk",
    outcome: "Utfall",
    created: "Kunngjort",
    replay: "Send på nytt",
    from: "Fra nummer",
    active: "aktiv",
    paused: "på pause",
    held: "holdt",
    nobody: "Ingen abonnerer.",
    later: "Senere",
    actions: "Handlinger",
    unknown_wish: "Ønsket er pause, resume eller replay, og replay sier hvorfra.",
};

impl WebhookWords {
    pub(super) const fn of(lang: Language) -> &'static Self {
        lang.of(&ENGLISH, &NORWEGIAN)
    }
}
