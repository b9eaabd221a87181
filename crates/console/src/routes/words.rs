//! What the page of routes says, in English and Norwegian (bokmål).

use crate::language::Language;

/// Everything it says.
#[derive(Debug)]
pub(super) struct Words {
    pub title: &'static str,
    pub explained: &'static str,
    pub routes: &'static str,
    pub speaks: &'static str,
    pub weight: &'static str,
    pub share: &'static str,
    pub score: &'static str,
    pub until: &'static str,
    pub paused: &'static str,
    pub trips: &'static str,
    pub trouble: &'static str,
    pub risks: &'static str,
    pub auto: &'static str,
    pub off: &'static str,
    pub only: &'static str,
    pub reset: &'static str,
    pub no_such_wish: &'static str,
    pub over_time: &'static str,
    pub taken: &'static str,
    pub refused: &'static str,
    pub not_taken: &'static str,
    pub in_doubt: &'static str,
    pub channels: &'static str,
    pub channels_explained: &'static str,
    pub channel: &'static str,
    pub other_side: &'static str,
    pub up: &'static str,
    pub down: &'static str,
    pub answered: &'static str,
    pub failed: &'static str,
    pub none: &'static str,
}

const ENGLISH: Words = Words {
    title: "Gateways and routes",
    explained: "A message takes one of its channel's open routes, drawn by weight, and another one only when \
                the first has certainly not taken it. A route that fails is shut for a while and tried again \
                by itself.",
    routes: "Routes",
    speaks: "Speaks",
    weight: "Weight",
    share: "Share",
    score: "Health",
    until: "Tried again",
    paused: "Asked for patience until",
    trips: "Shut in a row",
    trouble: "Last trouble",
    risks: "Sent twice, perhaps",
    auto: "Automatic",
    off: "Switch off",
    only: "Only this one",
    reset: "Try at once",
    no_such_wish: "The wish is auto, off, only or reset.",
    over_time: "What came of the calls",
    taken: "Taken",
    refused: "Refused",
    not_taken: "Not taken",
    in_doubt: "In doubt",
    channels: "Channels of eFormidling",
    channels_explained: "The other side of each channel is asked twice a minute whether it is there. Rounds \
                         are those of this node since it started.",
    channel: "Channel",
    other_side: "Other side",
    up: "reached",
    down: "cannot be reached",
    answered: "Rounds answered",
    failed: "Rounds failed",
    none: "No channel has been asked yet.",
};

const NORWEGIAN: Words = Words {
    title: "Tjenester og ruter",
    explained: "En melding tar en av kanalens åpne ruter, trukket etter vekt, og en annen bare når den første \
                sikkert ikke har tatt imot den. En rute som feiler, stenges en stund og prøves igjen av seg \
                selv.",
    routes: "Ruter",
    speaks: "Snakker",
    weight: "Vekt",
    share: "Andel",
    score: "Helse",
    until: "Prøves igjen",
    paused: "Ba om tålmodighet til",
    trips: "Stengt på rad",
    trouble: "Siste problem",
    risks: "Kanskje sendt to ganger",
    auto: "Automatisk",
    off: "Slå av",
    only: "Bare denne",
    reset: "Prøv straks",
    no_such_wish: "Ønsket er auto, off, only eller reset.",
    over_time: "Hva som ble av kallene",
    taken: "Tatt imot",
    refused: "Avvist",
    not_taken: "Ikke tatt imot",
    in_doubt: "I tvil",
    channels: "Kanaler i eFormidling",
    channels_explained: "Motparten i hver kanal spørres to ganger i minuttet om den er der. Runder er denne \
                         nodens siden den startet.",
    channel: "Kanal",
    other_side: "Motpart",
    up: "nådd",
    down: "kan ikke nås",
    answered: "Runder besvart",
    failed: "Runder feilet",
    none: "Ingen kanal er spurt ennå.",
};

impl Words {
    /// In a language.
    pub(super) const fn of(lang: Language) -> &'static Self {
        lang.of(&ENGLISH, &NORWEGIAN)
    }
}
