//! What the webhooks' pages say, in English and Norwegian (bokmål).

use crate::language::Language;

/// Everything they say.
#[derive(Debug)]
pub(super) struct Words {
    pub title: &'static str,
    pub explained: &'static str,
    pub back: &'static str,
    pub name: &'static str,
    pub owner: &'static str,
    pub product: &'static str,
    pub endpoint: &'static str,
    pub events: &'static str,
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
    pub replay_explained: &'static str,
    pub from: &'static str,
    pub since: &'static str,
    pub active: &'static str,
    pub failing: &'static str,
    pub paused: &'static str,
    pub held: &'static str,
    pub nobody: &'static str,
    pub later: &'static str,
    pub earlier: &'static str,
    pub nothing: &'static str,
    pub all: &'static str,
    pub pending: &'static str,
    pub delivered: &'static str,
    pub given_up: &'static str,
    pub unnamed: &'static str,
    pub no_such_wish: &'static str,
}

const ENGLISH: Words = Words {
    title: "Webhooks",
    explained: "Who is told of what, by Notify and by Exchange. An endpoint that fails again and again is \
                paused, asked now and then, and told everything when it answers; one that is held waits for \
                you.",
    back: "All webhooks",
    name: "Name",
    owner: "Whose",
    product: "Product",
    endpoint: "Endpoint",
    events: "Events",
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
    replay_explained: "Tells again what was told or given up, in the old order and under the old ids, so that \
                       the subscriber recognises what it knows.",
    from: "From number",
    since: "or from this moment",
    active: "active",
    failing: "failing",
    paused: "paused",
    held: "held",
    nobody: "Nobody subscribes.",
    later: "More",
    earlier: "Earlier ones",
    nothing: "None.",
    all: "All",
    pending: "waiting",
    delivered: "delivered",
    given_up: "given up",
    unnamed: "(no name)",
    no_such_wish: "The wish is pause, resume, or replay from a number or a moment.",
};

const NORWEGIAN: Words = Words {
    title: "Webhooks",
    explained: "Hvem som får vite hva, fra Notify og fra Exchange. Et endepunkt som feiler gang på gang settes \
                på pause, spørres av og til, og får alt når det svarer; et som holdes venter på deg.",
    back: "Alle webhooks",
    name: "Navn",
    owner: "Hvem sin",
    product: "Produkt",
    endpoint: "Endepunkt",
    events: "Hendelser",
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
    replay_explained: "Sender på nytt det som er fortalt eller oppgitt, i den gamle rekkefølgen og med de \
                       gamle id-ene, så abonnenten kjenner igjen det den vet.",
    from: "Fra nummer",
    since: "eller fra dette tidspunktet",
    active: "aktiv",
    failing: "feiler",
    paused: "på pause",
    held: "holdt",
    nobody: "Ingen abonnerer.",
    later: "Flere",
    earlier: "Tidligere",
    nothing: "Ingen.",
    all: "Alle",
    pending: "venter",
    delivered: "levert",
    given_up: "oppgitt",
    unnamed: "(uten navn)",
    no_such_wish: "Ønsket er pause, resume, eller replay fra et nummer eller et tidspunkt.",
};

impl Words {
    /// In a language.
    pub(super) const fn of(lang: Language) -> &'static Self {
        lang.of(&ENGLISH, &NORWEGIAN)
    }

    /// A delivery's state; all states for none.
    pub(super) fn state(&self, code: &str) -> &'static str {
        match code {
            "pending" => self.pending,
            "delivered" => self.delivered,
            "given_up" => self.given_up,
            _ => self.all,
        }
    }
}
