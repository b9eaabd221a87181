//! What the audit log's page says, in English and Norwegian (bokmål).

use crate::language::Language;

/// Everything it says.
pub(super) struct AuditWords {
    pub title: &'static str,
    pub explained: &'static str,
    pub actor: &'static str,
    pub action: &'static str,
    pub any: &'static str,
    pub subject: &'static str,
    pub from: &'static str,
    pub until: &'static str,
    pub filter: &'static str,
    pub number: &'static str,
    pub when: &'static str,
    pub detail: &'static str,
    pub nothing: &'static str,
    pub older: &'static str,
    pub raw: &'static str,
    pub head: &'static str,
    pub no_moment: &'static str,
    pub unreadable: &'static str,
}

const ENGLISH: AuditWords = AuditWords {
    title: "Audit log",
    explained: "Who did what, the newest first. Entries are chained: “budstikke audit verify” finds every change. New \
                ones get their place within about a second.",
    actor: "Who",
    action: "What",
    any: "anything",
    subject: "To what",
    from: "From",
    until: "Until",
    filter: "Show",
    number: "Number",
    when: "When",
    detail: "More",
    nothing: "Nothing here. Further back there may be more.",
    older: "Further back",
    raw: "The log as it is (NDJSON)",
    head: "The chain ends at",
    no_moment: "From and until are a date and a time. Everything is shown.",
    unreadable: "What is asked for cannot be read.",
};

const BOKMAL: AuditWords = AuditWords {
    title: "Revisjonslogg",
    explained: "Hvem som gjorde hva, det nyeste først. Innslagene er lenket: «budstikke audit verify» finner enhver \
                endring. Nye får plassen sin innen omtrent et sekund.",
    actor: "Hvem",
    action: "Hva",
    any: "hva som helst",
    subject: "Med hva",
    from: "Fra",
    until: "Til",
    filter: "Vis",
    number: "Nummer",
    when: "Tidspunkt",
    detail: "Mer",
    nothing: "Ingenting her. Lenger tilbake kan det være mer.",
    older: "Lenger tilbake",
    raw: "Loggen som den er (NDJSON)",
    head: "Kjeden slutter ved",
    no_moment: "Fra og til er en dato og et klokkeslett. Alt vises.",
    unreadable: "Det som spørres om, kan ikke leses.",
};

impl AuditWords {
    pub(super) const fn of(lang: Language) -> &'static Self {
        lang.of(&ENGLISH, &BOKMAL)
    }
}
