//! What the page about erasing says, in English and Norwegian (bokmål).

use types::erasure::Share;

use crate::language::Language;

/// Everything it says.
pub(super) struct ErasureWords {
    lang: Language,
    pub title: &'static str,
    pub explained: &'static str,
    pub recipient: &'static str,
    pub forms: &'static str,
    pub look: &'static str,
    pub nobody: &'static str,
    pub found: &'static str,
    pub erased: &'static str,
    pub nothing: &'static str,
    pub kind: &'static str,
    pub goes: &'static str,
    pub gone: &'static str,
    pub stays: &'static str,
    pub because: &'static str,
    pub waiting: &'static str,
    pub confirm: &'static str,
    pub for_good: &'static str,
    pub come_back: &'static str,
    pub back: &'static str,
}

const ENGLISH: ErasureWords = ErasureWords {
    lang: Language::English,
    title: "Erase a recipient",
    explained: "For somebody who wants to be forgotten. You see first what there is; nothing is changed by looking. \
                Orders keep their number, their status and their place in the feed; the address in them becomes \
                “erased”. Both the look and the erasure are in the audit log, with the recipient masked.",
    recipient: "Recipient",
    forms: "A mobile number, an e-mail address, a national identity number (eleven digits) or an organisation number \
            (nine). Do it for each that you know of the person: one does not lead to the other.",
    look: "See what there is",
    nobody: "This is no mobile number, e-mail address, national identity number or organisation number.",
    found: "What there is about",
    erased: "Erased:",
    nothing: "There is nothing that can go.",
    kind: "What",
    goes: "Goes",
    gone: "Gone",
    stays: "Stays",
    because: "Why",
    waiting: "Orders that are not over",
    confirm: "Erase for good",
    for_good: "It cannot be undone. Backups made before still have it.",
    come_back: "Come back when what stays is over, and erase once more.",
    back: "How long things are kept",
};

const BOKMAL: ErasureWords = ErasureWords {
    lang: Language::Bokmal,
    title: "Slett en mottaker",
    explained: "For noen som vil bli glemt. Du ser først hva som finnes; ingenting endres av å se. Bestillinger beholder \
                nummeret, statusen og plassen i hendelsesstrømmen; adressen i dem blir «erased». Både blikket og \
                slettingen står i revisjonsloggen, med mottakeren maskert.",
    recipient: "Mottaker",
    forms: "Et mobilnummer, en e-postadresse, et fødselsnummer (elleve sifre) eller et organisasjonsnummer (ni). Gjør \
            det for hvert du vet om personen: det ene fører ikke til det andre.",
    look: "Se hva som finnes",
    nobody: "Dette er ikke noe mobilnummer, noen e-postadresse, noe fødselsnummer eller noe organisasjonsnummer.",
    found: "Hva som finnes om",
    erased: "Slettet:",
    nothing: "Det finnes ingenting som kan slettes.",
    kind: "Hva",
    goes: "Slettes",
    gone: "Slettet",
    stays: "Blir",
    because: "Hvorfor",
    waiting: "Bestillinger som ikke er ferdige",
    confirm: "Slett for godt",
    for_good: "Det kan ikke gjøres om. Sikkerhetskopier fra før har det fortsatt.",
    come_back: "Kom tilbake når det som blir, er ferdig, og slett en gang til.",
    back: "Hvor lenge ting beholdes",
};

impl ErasureWords {
    pub(super) const fn of(lang: Language) -> &'static Self {
        lang.of(&ENGLISH, &BOKMAL)
    }

    /// What a kind of data is.
    pub(super) fn what(&self, share: &Share) -> String {
        let bokmal = match share.kind.as_str() {
            "notifications" => "varsler: adresse, identitet, egne tekster",
            "log" => "linjer i varslingsloggen",
            "attempts" => "forsøk på å levere til en tjeneste",
            "reports" => "leveringsrapporter",
            "orders" => "bestillinger: mottakeren; tekster og filer der det ikke var noen andre",
            "timeline" => "notater om bestillinger til ingen andre",
            "feed" => "hendelser i strømmen: adressen",
            "webhooks" => "det webhooks er blitt fortalt: adressen",
            "contacts" => "oppføringer i det innebygde kontaktregisteret",
            "suppressions" => "sperring av adressen, som hash med nøkkel",
            "messages" => "ferdige meldinger: samtale, statuser, tidslinje",
            "drafts" => "utkast, med filene",
            "registry" => "oppføringer i det innebygde tjenesteregisteret",
            "captured" => "det simulatorene på denne noden har tatt imot",
            _ => return share.what.clone(),
        };
        self.lang.of(share.what.as_str(), bokmal).to_owned()
    }

    /// Why some of it stays.
    pub(super) fn why(&self, share: &Share) -> String {
        let Some(why) = share.why.as_deref() else { return String::new() };
        let bokmal = match share.kind.as_str() {
            "notifications" => "de er underveis; slett en gang til når de har et resultat",
            "orders" => "avsenderne vil ha dem sendt; avbryt dem, eller slett en gang til når de er ferdige",
            "suppressions" => "for at adressen fortsatt skal få være i fred",
            "messages" => "de er ikke ferdige; slett en gang til når de er det",
            "drafts" => "de er i ferd med å bli sendt",
            _ => why,
        };
        self.lang.of(why, bokmal).to_owned()
    }
}
