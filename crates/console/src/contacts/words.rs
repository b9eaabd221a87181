//! What the contact register's page says, in English and Norwegian (bokmål).

use notify::recipients::registers::Imported;

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
    pub registers: &'static str,
    pub registry: &'static str,
    pub registry_explained: &'static str,
    pub nobody_here: &'static str,
    pub no_registry: &'static str,
    pub number: &'static str,
    pub certificate: &'static str,
    pub processes: &'static str,
    pub more: &'static str,
    pub import: &'static str,
    pub import_explained: &'static str,
    pub file: &'static str,
    pub export_title: &'static str,
    pub not_imported: &'static str,
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
    registers: "Registers",
    registry: "Service registry",
    registry_explained: "Who is registered in the embedded service registry, and for which processes. Filled by “budstikke registry”.",
    nobody_here: "Nobody is registered.",
    no_registry: "The embedded service registry is switched off; another registry is asked.",
    number: "Number",
    certificate: "Certificate",
    processes: "Processes",
    more: "More",
    import: "Fill the register",
    import_explained: "Each list in the file replaces what the register has of its kind; a list that is left out leaves its kind alone. Larger files go by “budstikke import”.",
    file: "Content of the file, JSON or CSV",
    export_title: "Take a copy",
    not_imported: "Nothing was changed:",
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
    registers: "Registre",
    registry: "Tjenesteregister",
    registry_explained: "Hvem som er registrert i det innebygde tjenesteregisteret, og for hvilke prosesser. Fylles med «budstikke registry».",
    nobody_here: "Ingen er registrert.",
    no_registry: "Det innebygde tjenesteregisteret er slått av; et annet register blir spurt.",
    number: "Nummer",
    certificate: "Sertifikat",
    processes: "Prosesser",
    more: "Flere",
    import: "Fyll registeret",
    import_explained: "Hver liste i filen erstatter det registeret har av sitt slag; en liste som er utelatt, lar sitt slag være i fred. Større filer går med «budstikke import».",
    file: "Innholdet i filen, JSON eller CSV",
    export_title: "Ta en kopi",
    not_imported: "Ingenting ble endret:",
};

impl ContactWords {
    pub(super) const fn of(lang: Language) -> &'static Self {
        lang.of(&ENGLISH, &NORWEGIAN)
    }

    /// What an import brought.
    pub(super) fn imported(lang: Language, imported: &Imported) -> String {
        let Imported { persons, organizations, accounts, users, grants, unusable } = imported;
        match lang {
            Language::English => format!(
                "Imported: {persons} persons, {organizations} organisations, {accounts} accounts, {users} \
                 users, {grants} rights; {unusable} addresses or numbers cannot be sent to."
            ),
            Language::Bokmal => format!(
                "Importert: {persons} personer, {organizations} organisasjoner, {accounts} kontoer, {users} \
                 brukere, {grants} rettigheter; {unusable} adresser eller numre kan ikke brukes."
            ),
        }
    }
}
