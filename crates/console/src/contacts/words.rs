//! What the contact register's page says, in English and Norwegian (bokmål).

use crate::language::Language;

/// Everything it says.
pub(super) struct ContactWords {
    pub title: &'static str,
    pub explained: &'static str,
    pub sought: &'static str,
    pub search: &'static str,
    pub nobody: &'static str,
    pub export: &'static str,
    pub name: &'static str,
    pub reserved: &'static str,
    pub yes: &'static str,
    pub no: &'static str,
    pub email: &'static str,
    pub mobile: &'static str,
    pub confirmed: &'static str,
    pub never_confirmed: &'static str,
    pub unusable: &'static str,
    pub main_unit: &'static str,
    pub party: &'static str,
    pub user: &'static str,
    pub everything: &'static str,
}

const ENGLISH: ContactWords = ContactWords {
    title: "Contact register",
    explained: "Persons by eleven digits, organisations by nine, others by user name. Only whole numbers and \
                names are found, and addresses are masked.",
    sought: "Number or user name",
    search: "Look up",
    nobody: "Nobody is registered under that.",
    export: "Download the whole register (unmasked)",
    name: "Name",
    reserved: "Reserved",
    yes: "yes",
    no: "no",
    email: "E-mail",
    mobile: "Mobile",
    confirmed: "confirmed",
    never_confirmed: "never confirmed",
    unusable: "cannot be sent to",
    main_unit: "Main unit",
    party: "Party",
    user: "User",
    everything: "everything",
};

const NORWEGIAN: ContactWords = ContactWords {
    title: "Kontaktregister",
    explained: "Personer med elleve sifre, organisasjoner med ni, andre med brukernavn. Bare hele numre og \
                navn blir funnet, og adresser er maskert.",
    sought: "Nummer eller brukernavn",
    search: "Slå opp",
    nobody: "Ingen er registrert under dette.",
    export: "Last ned hele registeret (umaskert)",
    name: "Navn",
    reserved: "Reservert",
    yes: "ja",
    no: "nei",
    email: "E-post",
    mobile: "Mobil",
    confirmed: "bekreftet",
    never_confirmed: "aldri bekreftet",
    unusable: "kan ikke brukes",
    main_unit: "Hovedenhet",
    party: "Part",
    user: "Bruker",
    everything: "alt",
};

impl ContactWords {
    pub(super) const fn of(lang: Language) -> &'static Self {
        lang.of(&ENGLISH, &NORWEGIAN)
    }
}
