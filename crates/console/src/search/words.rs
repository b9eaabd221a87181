//! The words of the search page.

use super::asked::Kind;
use crate::language::Language;

/// Everything the page says.
pub(crate) struct SearchWords {
    pub(crate) title: &'static str,
    pub(crate) label: &'static str,
    pub(crate) explained: &'static str,
    pub(crate) search: &'static str,
    pub(crate) looked_as: &'static str,
    pub(crate) shipments: &'static str,
    pub(crate) messages: &'static str,
    pub(crate) no_shipments: &'static str,
    pub(crate) no_messages: &'static str,
    pub(crate) older: &'static str,
    pub(crate) by: &'static str,
    pub(crate) reference: &'static str,
}

const ENGLISH: SearchWords = SearchWords {
    title: "Search",
    label: "What do you know?",
    explained: "An e-mail address, a phone number in any spelling, an id of a shipment, notification, message or \
                conversation, a sender’s or a provider’s reference, an organisation number, or a national identity \
                number. It stands in no address and no log. Looking for a person is written to the audit log.",
    search: "Search",
    looked_as: "Looked for as",
    shipments: "Shipments",
    messages: "Messages",
    no_shipments: "No shipments. An order that waits for its time is found by its ids and its sender’s reference only.",
    no_messages: "No messages.",
    older: "Older",
    by: "by",
    reference: "reference",
};

const BOKMAL: SearchWords = SearchWords {
    title: "Søk",
    label: "Hva vet du?",
    explained: "En e-postadresse, et telefonnummer uansett skrivemåte, en id for en forsendelse, et varsel, en melding \
                eller en samtale, avsenders eller leverandørs referanse, et organisasjonsnummer eller et fødselsnummer. \
                Det står ikke i noen adresse eller logg. Søk etter en person føres i revisjonsloggen.",
    search: "Søk",
    looked_as: "Søkt etter som",
    shipments: "Forsendelser",
    messages: "Meldinger",
    no_shipments: "Ingen forsendelser. En bestilling som venter på sin tid, finnes bare på id og avsenders referanse.",
    no_messages: "Ingen meldinger.",
    older: "Eldre",
    by: "fra",
    reference: "referanse",
};

impl SearchWords {
    /// In a language.
    pub(crate) const fn of(lang: Language) -> &'static Self {
        match lang {
            Language::English => &ENGLISH,
            Language::Bokmal => &BOKMAL,
        }
    }
}

/// What a text was taken for.
pub(super) const fn kind(lang: Language, kind: Kind) -> &'static str {
    match kind {
        Kind::Email => lang.of("e-mail address", "e-postadresse"),
        Kind::Phone => lang.of("phone number", "telefonnummer"),
        Kind::Person => lang.of("national identity number", "fødselsnummer"),
        Kind::Organization => lang.of("organisation number", "organisasjonsnummer"),
        Kind::Id => lang.of("id", "id"),
        Kind::Number => lang.of("number of a message", "nummer på en melding"),
        Kind::Reference => lang.of("reference", "referanse"),
    }
}

/// All that a text was taken for.
pub(super) fn kinds(lang: Language, kinds: &[Kind]) -> String {
    let names: Vec<_> = kinds.iter().map(|one| kind(lang, *one)).collect();
    names.join(", ")
}
