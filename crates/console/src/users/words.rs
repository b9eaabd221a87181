//! What the pages about users say, in English and Norwegian (bokmål).

use crate::language::Language;
use crate::sign_in::AccountError;

/// Everything they say.
pub(super) struct UserWords {
    lang: Language,
    pub title: &'static str,
    pub explained: &'static str,
    pub login: &'static str,
    pub name: &'static str,
    pub role: &'static str,
    pub state: &'static str,
    pub open: &'static str,
    pub closed: &'static str,
    pub at_provider: &'static str,
    pub signed_in: &'static str,
    pub actions: &'static str,
    pub change: &'static str,
    pub set_role: &'static str,
    pub set_password: &'static str,
    pub disable: &'static str,
    pub enable: &'static str,
    pub add_title: &'static str,
    pub add: &'static str,
    pub password: &'static str,
    pub password_rule: &'static str,
    pub role_rule: &'static str,
    pub done: &'static str,
    pub unknown_wish: &'static str,
    pub own_title: &'static str,
    pub own_provider: &'static str,
    pub own_password: &'static str,
    pub current: &'static str,
    pub again: &'static str,
    pub ends_sessions: &'static str,
    pub not_alike: &'static str,
    pub not_current: &'static str,
}

const ENGLISH: UserWords = UserWords {
    lang: Language::English,
    title: "Users",
    explained: "Everybody who may sign in here. Those who come from your own provider appear when they first do; \
                their role comes from there each time.",
    login: "User name",
    name: "Name",
    role: "Role",
    state: "State",
    open: "may sign in",
    closed: "disabled",
    at_provider: "signs in at the provider",
    signed_in: "Last signed in",
    actions: "Actions",
    change: "Change",
    set_role: "Set role",
    set_password: "Set password",
    disable: "Disable",
    enable: "Enable",
    add_title: "Add a user",
    add: "Add",
    password: "New password",
    password_rule: "At least 12 characters.",
    role_rule: "Read: look. Operate: also send again, cancel, hold, pin and try. Administer: also users and the audit \
                log.",
    done: "Done.",
    unknown_wish: "There is no such change, or no such role.",
    own_title: "Your account",
    own_provider: "You sign in at your organisation's own provider; your password is changed there.",
    own_password: "Change your password",
    current: "Present password",
    again: "New password once more",
    ends_sessions: "You are signed out everywhere and sign in again with the new password.",
    not_alike: "The new password was not the same both times.",
    not_current: "The present password is not right, or it was tried too often.",
};

const BOKMAL: UserWords = UserWords {
    lang: Language::Bokmal,
    title: "Brukere",
    explained: "Alle som kan logge inn her. De som kommer fra deres egen leverandør, dukker opp første gang de gjør \
                det; rollen kommer derfra hver gang.",
    login: "Brukernavn",
    name: "Navn",
    role: "Rolle",
    state: "Tilstand",
    open: "kan logge inn",
    closed: "stengt",
    at_provider: "logger inn hos leverandøren",
    signed_in: "Sist logget inn",
    actions: "Handlinger",
    change: "Endre",
    set_role: "Sett rolle",
    set_password: "Sett passord",
    disable: "Steng",
    enable: "Åpne",
    add_title: "Legg til en bruker",
    add: "Legg til",
    password: "Nytt passord",
    password_rule: "Minst 12 tegn.",
    role_rule: "Lese: se. Drifte: også sende på nytt, avbryte, holde, låse og prøve. Administrere: også brukere og \
                revisjonslogg.",
    done: "Gjort.",
    unknown_wish: "Det finnes ingen slik endring, eller ingen slik rolle.",
    own_title: "Din konto",
    own_provider: "Du logger inn hos organisasjonens egen leverandør; passordet endres der.",
    own_password: "Endre passordet ditt",
    current: "Nåværende passord",
    again: "Nytt passord en gang til",
    ends_sessions: "Du blir logget ut overalt og logger inn igjen med det nye passordet.",
    not_alike: "Det nye passordet var ikke likt begge ganger.",
    not_current: "Det nåværende passordet er ikke riktig, eller det ble prøvd for ofte.",
};

impl UserWords {
    pub(super) const fn of(lang: Language) -> &'static Self {
        lang.of(&ENGLISH, &BOKMAL)
    }

    /// Why an account is as it was.
    pub(super) fn why(&self, error: &AccountError) -> String {
        let bokmal = match error {
            AccountError::Login => {
                "Et brukernavn har 2 til 64 bokstaver a–z, sifre og . _ @ -, og begynner med bokstav eller siffer."
            }
            AccountError::Taken => "Det finnes allerede en bruker med det navnet.",
            AccountError::Unknown => "Det finnes ingen slik bruker.",
            AccountError::Password(_) => "Et passord har minst 12 tegn og høyst 256 byte.",
            AccountError::Elsewhere => {
                "Denne brukeren logger inn hos organisasjonens egen leverandør og har ikke passord her."
            }
            AccountError::LastAdministrator => "Dette er den siste administratoren som kan logge inn.",
            AccountError::Store(_) => "Noe gikk galt på tjeneren.",
        };
        let english = format!("It stays as it was: {error}.");
        self.lang.of(english.as_str(), bokmal).to_owned()
    }
}
