//! What the page about retention says, in English and Norwegian (bokmål).

use types::retention::Kept;

use crate::language::Language;

/// Everything it says.
pub(super) struct RetentionWords {
    lang: Language,
    pub title: &'static str,
    pub explained: &'static str,
    pub rules: &'static str,
    pub what: &'static str,
    pub keeps: &'static str,
    pub setting: &'static str,
    pub now: &'static str,
    pub then: &'static str,
    pub days: &'static str,
    pub look: &'static str,
    pub remove: &'static str,
    pub remove_explained: &'static str,
    pub removed: &'static str,
    pub erase: &'static str,
    pub erase_explained: &'static str,
    pub erase_link: &'static str,
}

const ENGLISH: RetentionWords = RetentionWords {
    lang: Language::English,
    title: "How long things are kept",
    explained: "Every kind of data, the setting that says for how long, and how much would go. The server removes what \
                is due by itself, a little at a time; looking removes nothing.",
    rules: "Rules",
    what: "What",
    keeps: "Kept for",
    setting: "Setting",
    now: "Due now",
    then: "Due then",
    days: "Days ahead",
    look: "Look ahead",
    remove: "Remove now what is due",
    remove_explained: "The same that the server does by itself, at once. It is noted in the audit log.",
    removed: "What was due has been removed.",
    erase: "One recipient",
    erase_explained: "Somebody wants to be forgotten: see what there is about them, and erase it.",
    erase_link: "Erase a recipient",
};

const BOKMAL: RetentionWords = RetentionWords {
    lang: Language::Bokmal,
    title: "Hvor lenge ting beholdes",
    explained: "Hvert slags data, innstillingen som sier hvor lenge, og hvor mye som ville bli fjernet. Tjeneren fjerner \
                selv det som er modent, litt om gangen; å se fjerner ingenting.",
    rules: "Regler",
    what: "Hva",
    keeps: "Beholdes",
    setting: "Innstilling",
    now: "Modent nå",
    then: "Modent da",
    days: "Dager fram",
    look: "Se fram",
    remove: "Fjern det modne nå",
    remove_explained: "Det samme som tjeneren gjør selv, på én gang. Det noteres i revisjonsloggen.",
    removed: "Det som var modent, er fjernet.",
    erase: "Én mottaker",
    erase_explained: "Noen vil bli glemt: se hva som finnes om dem, og slett det.",
    erase_link: "Slett en mottaker",
};

impl RetentionWords {
    pub(super) const fn of(lang: Language) -> &'static Self {
        lang.of(&ENGLISH, &BOKMAL)
    }

    /// For how long something is kept.
    pub(super) fn keeps(&self, kept: &Kept) -> String {
        match (kept.days, kept.setting.is_some()) {
            (Some(1), _) => self.lang.of("1 day", "1 dag").to_owned(),
            (Some(days), _) => format!("{days} {}", self.lang.of("days", "dager")),
            (None, true) => self.lang.of("for ever", "for alltid").to_owned(),
            (None, false) => "–".to_owned(),
        }
    }

    /// What a kind of data is.
    pub(super) fn what(&self, kept: &Kept) -> String {
        let bokmal = match kept.kind.as_str() {
            "orders" => "ferdige bestillinger: mottakere, tekster, filer, forsøk, rapporter, tidslinje",
            "feed" => "hendelser i statusstrømmen",
            "bulks" => "hvilke bestillinger som kom i hvilken masseutsending",
            "suppressions" => "adresser som får være i fred, som hash: hver til sin egen slutt",
            "keys" => "idempotensnøkler med kvitteringer: for alltid, så ingenting sendes to ganger",
            "figures" => "dagens tall for hver avsender, uten mottakere: for alltid",
            "drafts" => "meldinger som ingen har sendt, med filene",
            "conversations" => "ferdige samtaler med statusene",
            "queued" => "statuser som ingen tar av køen; de blir stående i listene",
            "received" => "id-er på meldinger som er kommet inn, så ingen kommer inn to ganger",
            "webhooks" => "det webhooks er blitt fortalt; forsvinner når køen tømmes neste gang",
            "messages" => "meldinger underveis: til de er sendt, eller hentet av klienten",
            "blobs" => "filer som ingen melding nevner lenger: ett døgn",
            "audit" => "hvem som gjorde hva, i en kjede som ellers ville ryke: for alltid",
            _ => return kept.what.clone(),
        };
        self.lang.of(kept.what.as_str(), bokmal).to_owned()
    }
}
